/* SPDX-License-Identifier: ISC */
/*
 * Logs of JSON objects.  Strings are unescaped before they are looked at; the
 * name of a member says what its strings are.
 */
#include "base/json.h"
#include "ops/scrub_parts.h"

#define OCTETS_MIN 4 /* fewer numbers are numbers */

static void
put_string(struct scrub *s, struct json_writer *w, const char *name,
    enum scrub_kind kind, struct slice value)
{
	buf_truncate(&s->text, 0);
	buf_truncate(&s->plain, 0);
	buf_truncate(&s->value, 0);
	json_string(value, &s->text);
	personal_normalize(buf_slice(&s->text), &s->plain);
	scrub_value(s, kind, buf_slice(&s->plain), &s->value);
	json_put_slice(w, name, buf_slice(&s->value));
}

static void put_any(struct scrub *s, struct json_writer *w, const char *name,
    enum scrub_kind kind, struct slice value);

/* journald writes what is no UTF-8 as an array of octets: the text. */
static bool
take_octets(struct slice value, struct buf *text)
{
	struct json_walk walk = json_walk(value);
	struct slice item;
	int64_t octet;

	while (json_next(&walk, NULL, &item)) {
		if (json_integer(item, &octet) < 0 || octet < 0 || octet > 255)
			return false;
		buf_append_char(text, (char)octet);
	}
	return text->n >= OCTETS_MIN;
}

static void
put_array(struct scrub *s, struct json_writer *w, const char *name,
    enum scrub_kind kind, struct slice value)
{
	struct json_walk walk = json_walk(value);
	struct buf text = BUF_INIT, plain = BUF_INIT, out = BUF_INIT;
	struct slice item;

	if (take_octets(value, &text)) {
		personal_normalize(buf_slice(&text), &plain);
		scrub_value(s, kind, buf_slice(&plain), &out);
		json_put_slice(w, name, buf_slice(&out));
	} else {
		json_open_array(w, name);
		while (json_next(&walk, NULL, &item))
			put_any(s, w, NULL, kind, item);
		json_close_array(w);
	}
	buf_free(&text);
	buf_free(&plain);
	buf_free(&out);
}

/* What `{"user":{"name":"alice"}}' and `{"body":{"text":"..."}}' say of all
 * that is in them. */
static enum scrub_kind
kind_within(enum scrub_kind outer, enum scrub_kind own)
{
	if (own != SCRUB_PLAIN)
		return own;
	return outer == SCRUB_PERSON || outer == SCRUB_TEXT ||
	    outer == SCRUB_REST || outer == SCRUB_TOKEN ? outer : SCRUB_PLAIN;
}

static void
put_members(struct scrub *s, struct json_writer *w, enum scrub_kind kind,
    struct slice value)
{
	struct json_walk walk = json_walk(value);
	struct slice raw, item;
	struct buf name = BUF_INIT, text = BUF_INIT, plain = BUF_INIT;

	while (json_next(&walk, &raw, &item)) {
		struct slice quoted = slice_of(raw.p - 1, raw.n + 2);

		buf_truncate(&name, 0);
		buf_truncate(&text, 0);
		buf_truncate(&plain, 0);
		json_string(quoted, &text);
		personal_normalize(buf_slice(&text), &plain);
		scrub_spans(s, buf_slice(&plain), &name);
		put_any(s, w, buf_text(&name), kind_within(kind,
		    scrub_kind_of(buf_slice(&plain))), item);
	}
	buf_free(&name);
	buf_free(&text);
	buf_free(&plain);
}

static void
put_any(struct scrub *s, struct json_writer *w, const char *name,
    enum scrub_kind kind, struct slice value)
{
	switch (json_type(value)) {
	case JSON_STRING:
		put_string(s, w, name, kind, value);
		break;
	case JSON_OBJECT:
		json_open_object(w, name);
		put_members(s, w, kind, value);
		json_close_object(w);
		break;
	case JSON_ARRAY:
		put_array(s, w, name, kind, value);
		break;
	default:
		json_put_raw(w, name, value);
		break;
	}
}

bool
scrub_json(struct scrub *s, struct slice line, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	size_t from = out->n;

	if (json_check(line, NULL) < 0)
		return false;
	put_any(s, &w, NULL, SCRUB_PLAIN, line);
	if (w.failed) {
		buf_truncate(out, from);
		return false;
	}
	return true;
}
