/* SPDX-License-Identifier: ISC */
/*
 * Records for people, for jq and for other mail programs.  What comes from
 * the message reaches a terminal through render_safe() alone.
 */
#include "record/render.h"

#include <string.h>

#include "base/json.h"
#include "base/utf8.h"
#include "mail/header.h"
#include "record/edit.h"
#include "record/lines.h"

#define LINE_MAX_TEXT 64 /* lists of words up to here share a line */
#define ITEMS_MAX 50     /* of one list in a report */
#define VERDICT_FIELD "X-Fe-Verdict"

/* Characters that nobody sees or that change the order of those around them
 * (Unicode: bidirectional controls, zero widths, tags, separators). */
static bool
is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad ||
	    c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
	    (c >= 0xe0000 && c <= 0xe0fff);
}

void
render_safe(struct buf *out, struct slice text)
{
	while (text.n > 0) {
		uint32_t code;
		bool valid;
		size_t n = utf8_next(text, &code, &valid);

		if (!valid)
			utf8_append(out, UTF8_REPLACEMENT);
		else if (!is_hidden(code))
			buf_append(out, text.p, n);
		else if (code < 0x80)
			buf_format(out, "\\x%02x", (unsigned)code);
		else
			buf_format(out, "\\u{%04x}", (unsigned)code);
		text = slice_part(text, n, text.n);
	}
}

static bool
is_container(struct slice value)
{
	enum json_type type = json_type(value);

	return type == JSON_OBJECT || type == JSON_ARRAY;
}

static void
put_scalar(struct buf *out, struct slice value)
{
	struct buf text = BUF_INIT;

	if (json_string(value, &text) == 0) {
		if (text.n == 0)
			buf_append_text(out, "\"\"");
		render_safe(out, buf_slice(&text));
	} else {
		render_safe(out, value);
	}
	buf_free(&text);
}

static void
put_label(struct buf *out, int indent, struct slice name)
{
	size_t from;

	for (int i = 0; i < indent; i++)
		buf_append_char(out, ' ');
	from = out->n;
	render_safe(out, name);
	do
		buf_append_char(out, ' ');
	while (out->n - from < 10);
}

static void put_value(
    struct buf *out, int indent, struct slice name, struct slice value);

/* The members that are no containers on one line, `result' first and without
 * its name; the others below. */
static void
put_object(struct buf *out, int indent, struct slice name, struct slice value)
{
	struct slice result = json_get(value, "result"), member, item;
	struct json_walk walk = json_walk(value);
	const char *blank = "";

	put_label(out, indent, name);
	if (result.p != NULL && !is_container(result)) {
		put_scalar(out, result);
		blank = "  ";
	}
	while (json_next(&walk, &member, &item)) {
		if (is_container(item) || slice_is(member, "result"))
			continue;
		buf_append_text(out, blank);
		render_safe(out, member);
		buf_append_char(out, '=');
		put_scalar(out, item);
		blank = " ";
	}
	while (out->n > 0 && out->p[out->n - 1] == ' ')
		buf_truncate(out, out->n - 1);
	buf_append_char(out, '\n');
	walk = json_walk(value);
	while (json_next(&walk, &member, &item))
		if (is_container(item))
			put_value(out, indent + 2, member, item);
}

static void
put_array(struct buf *out, int indent, struct slice name, struct slice value)
{
	struct json_walk walk = json_walk(value);
	struct slice item;
	size_t n = 0, total = json_count(value);
	bool one_line = value.n <= LINE_MAX_TEXT &&
	    memchr(value.p, '{', value.n) == NULL;

	if (one_line)
		put_label(out, indent, name);
	while (json_next(&walk, NULL, &item) && n < ITEMS_MAX) {
		if (!one_line)
			put_value(out, indent, name, item);
		else if (n > 0)
			buf_append_text(out, ", ");
		if (one_line)
			put_scalar(out, item);
		n++;
	}
	if (one_line)
		buf_append_text(out, total == 0 ? "none\n" : "\n");
	if (n < total) {
		put_label(out, indent, name);
		buf_format(out, "(%zu more)\n", total - n);
	}
}

static void
put_value(struct buf *out, int indent, struct slice name, struct slice value)
{
	switch (json_type(value)) {
	case JSON_OBJECT:
		put_object(out, indent, name, value);
		return;
	case JSON_ARRAY:
		put_array(out, indent, name, value);
		return;
	default:
		put_label(out, indent, name);
		put_scalar(out, value);
		buf_append_char(out, '\n');
	}
}

static void
put_fields(const struct record *r, struct buf *out)
{
	static const char *const names[] = {"From", "To", "Date", "Subject"};
	struct header header;

	header_parse(&header, buf_slice(&r->body));
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct buf text = BUF_INIT;

		header_decoded(&header, names[i], &text);
		if (header_find(&header, names[i], 0) != NULL) {
			put_label(out, 0, slice_text(names[i]));
			render_safe(out, buf_slice(&text));
			buf_append_char(out, '\n');
		}
		buf_free(&text);
	}
	header_free(&header);
}

void
render_text(const struct record *r, bool plain, struct buf *out)
{
	static const char *const shown[] = {"fe", "id", "size"};

	/* a receipt has no body, whatever it is the receipt of */
	bool receipt = meta_get(&r->meta, "delivery").p != NULL &&
	    r->body.n == 0;

	buf_append_text(out, receipt ? "receipt   "
	    : plain ? "message   " : "record    ");
	render_safe(out, meta_id(&r->meta));
	if (!receipt)
		buf_format(out, "  %zu octets%s", r->body.n,
		    plain ? ", read as one message" : "");
	else if (plain)
		buf_append_text(out, "  of one message");
	buf_append_char(out, '\n');
	put_fields(r, out);
	for (size_t i = 0; i < r->meta.n; i++) {
		const struct meta_member *m = &r->meta.members[i];
		bool again = false;

		for (size_t k = 0; k < sizeof(shown) / sizeof(*shown); k++)
			again = again ||
			    json_name_is(m->name, slice_text(shown[k]));
		if (!again)
			put_value(out, 0, m->name, m->value);
	}
	buf_append_char(out, '\n');
}

int
render_json(const struct record *r, struct buf *out, struct err *err)
{
	return meta_write(&r->meta, out, err);
}

/* What one recipient's plan says, where there is but one recipient. */
static struct slice
only_plan(const struct meta *m, const char *member)
{
	struct slice plan = meta_get(m, "plan");

	if (json_count(plan) != 1)
		return SLICE_NONE;
	return json_get(json_get(plan, "0"), member);
}

static struct slice
shown_verdict(const struct meta *m)
{
	struct slice verdict = meta_get(m, "verdict");

	if (verdict_action(verdict) <= VERDICT_ACCEPT)
		verdict = only_plan(m, "verdict");
	return verdict_action(verdict) <= VERDICT_ACCEPT ? SLICE_NONE
							 : verdict;
}

/* The plan's changes, then the field of the verdict. */
static void
list_changes(const struct meta *m, struct buf *out)
{
	struct slice verdict = shown_verdict(m), op;
	struct json_walk walk = json_walk(only_plan(m, "headers"));
	struct json_writer w = JSON_WRITER(out);
	struct buf value = BUF_INIT;

	json_open_array(&w, NULL);
	while (json_next(&walk, NULL, &op))
		json_put_raw(&w, NULL, op);
	json_put_raw(&w, NULL,
	    SLICE("{\"op\":\"delete\",\"name\":\"" VERDICT_FIELD "\"}"));
	if (verdict.p != NULL) {
		json_string(json_get(verdict, "action"), &value);
		if (json_type(json_get(verdict, "by")) == JSON_STRING) {
			buf_append_text(&value, "; by=");
			json_string(json_get(verdict, "by"), &value);
		}
		json_open_object(&w, NULL);
		json_put_text(&w, "op", "prepend");
		json_put_text(&w, "name", VERDICT_FIELD);
		json_put_slice(&w, "value", buf_slice(&value));
		json_close_object(&w);
	}
	json_close_array(&w);
	buf_free(&value);
}

int
render_mail(
    const struct record *r, bool crlf, struct buf *out, struct err *err)
{
	struct slice body = buf_slice(&r->body);
	struct buf header = BUF_INIT, changes = BUF_INIT;
	size_t rest = 0;
	int result;

	list_changes(&r->meta, &changes);
	result = edit_header(body, meta_get(&r->meta, "headers"),
	    buf_slice(&changes), &header, &rest, err);
	if (result == 0) {
		struct slice tail = slice_part(body, rest, body.n);

		buf_reserve(out, header.n + tail.n);
		if (crlf) {
			buf_append_slice(out, buf_slice(&header));
			buf_append_slice(out, tail);
		} else {
			lines_to_lf(buf_slice(&header), out);
			lines_to_lf(tail, out);
		}
	}
	buf_free(&changes);
	buf_free(&header);
	return result;
}
