/* SPDX-License-Identifier: ISC */
/*
 * Header operations applied to a message.  The message is hostile; the
 * operations come from a program of ours, but their values often hold what
 * the message said, so no value can leave its field.
 */
#include "record/edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "mail/header.h"

struct piece {
	struct slice name;
	struct slice whole; /* as it stands; none: made of name and value */
	size_t value_from, value_to; /* in `values' */
	bool gone;
};

/* From top to bottom: front backwards, the message's own fields, back. */
struct edit {
	struct header header;
	struct piece *own, *front, *back;
	size_t own_n, front_n, back_n;
	struct buf values; /* names and values of new fields */
	size_t ops;
};

static struct piece *
piece_at(struct edit *e, size_t i)
{
	if (i < e->front_n)
		return &e->front[e->front_n - 1 - i];
	i -= e->front_n;
	return i < e->own_n ? &e->own[i] : &e->back[i - e->own_n];
}

/* A line end stays one only as a fold. */
static void
append_value(struct buf *out, struct slice value)
{
	while (value.n > 0 && (value.p[value.n - 1] == '\n' ||
	    value.p[value.n - 1] == '\r'))
		value.n--;
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (c == '\0' || c == '\r')
			continue;
		if (c != '\n') {
			buf_append_char(out, c);
			continue;
		}
		buf_append_text(out, "\r\n");
		while (i + 1 < value.n && strchr("\r\n", value.p[i + 1]) !=
		    NULL && value.p[i + 1] != '\0')
			i++;
		if (i + 1 < value.n && !ascii_is_space(value.p[i + 1]))
			buf_append_char(out, ' ');
	}
}

static void
delete_fields(struct edit *e, struct slice name, int64_t index)
{
	size_t n = e->front_n + e->own_n + e->back_n;
	int64_t seen = 0;

	for (size_t k = 0; k < n; k++) {
		struct piece *p = piece_at(e, index < 0 ? n - 1 - k : k);

		if (p->gone || !slice_case_equal(p->name, name))
			continue;
		seen++;
		if (index == 0 || seen == index || seen == -index)
			p->gone = true;
		if (index != 0 && p->gone)
			return;
	}
}

static void
add_field(struct edit *e, bool front, struct slice name, struct slice value)
{
	struct piece **list = front ? &e->front : &e->back;
	size_t *n = front ? &e->front_n : &e->back_n;
	struct piece p = {.name = name, .value_from = e->values.n};

	append_value(&e->values, value);
	p.value_to = e->values.n;
	*list = mem_array(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = p;
}

static int
apply(struct edit *e, struct slice op, struct err *err)
{
	struct slice kind = json_get(op, "op");
	struct slice name = json_plain(json_get(op, "name"));
	bool front = json_string_is(kind, "prepend");
	struct buf value = BUF_INIT;
	int64_t index = 0;

	if (++e->ops > EDIT_OPS_MAX)
		return err_set(err, ERR_MESSAGE,
		    "over %d changes to one header", EDIT_OPS_MAX);
	if (!header_name_is_valid(name))
		return err_set(err, ERR_MESSAGE,
		    "a change to the header names no field");
	if (json_string_is(kind, "delete")) {
		json_integer(json_get(op, "index"), &index);
		delete_fields(e, name, index);
		return 0;
	}
	if (!front && !json_string_is(kind, "append"))
		return err_set(err, ERR_MESSAGE,
		    "an unknown change to the header field '%.*s'",
		    SLICE_ARG(name));
	json_string(json_get(op, "value"), &value);
	add_field(e, front, name, buf_slice(&value));
	buf_free(&value);
	return 0;
}

static int
apply_all(struct edit *e, struct slice ops, struct err *err)
{
	struct json_walk walk = json_walk(ops);
	struct slice op;

	while (json_next(&walk, NULL, &op))
		if (apply(e, op, err) < 0)
			return -1;
	return 0;
}

static void
write_piece(const struct edit *e, const struct piece *p, struct buf *out)
{
	struct slice value;

	if (p->gone)
		return;
	if (out->n > 0 && out->p[out->n - 1] != '\n')
		buf_append_text(out, "\r\n");
	if (p->whole.p != NULL) {
		buf_append_slice(out, p->whole);
		return;
	}
	value = slice_part(buf_slice(&e->values), p->value_from, p->value_to);
	buf_append_slice(out, p->name);
	buf_append_text(out, value.n > 0 && ascii_is_space(value.p[0]) ? ":"
								       : ": ");
	buf_append_slice(out, value);
	buf_append_text(out, "\r\n");
}

/* What stands above the first field: an mbox line, or continuations of
 * nothing.  It stays, unless fields come on top of it: there it would end the
 * header or go on the last of them. */
static struct slice
text_above(const struct edit *e, struct slice message, size_t end)
{
	size_t first = e->own_n == 0
	    ? end : (size_t)(e->own[0].whole.p - message.p);

	return e->front_n > 0 ? SLICE_NONE : slice_part(message, 0, first);
}

/* Fields beyond the limits of header.h. */
static struct slice
text_below(const struct edit *e, struct slice message, size_t end)
{
	const struct piece *last;

	if (e->own_n == 0)
		return SLICE_NONE;
	last = &e->own[e->own_n - 1];
	return slice_part(message,
	    (size_t)(last->whole.p - message.p) + last->whole.n, end);
}

static void
write_header(struct edit *e, struct slice message, size_t end,
    struct buf *out)
{
	size_t n = e->front_n + e->own_n;

	buf_append_slice(out, text_above(e, message, end));
	for (size_t i = 0; i < n; i++)
		write_piece(e, piece_at(e, i), out);
	buf_append_slice(out, text_below(e, message, end));
	for (size_t i = n; i < n + e->back_n; i++)
		write_piece(e, piece_at(e, i), out);
}

static void
take_own_fields(struct edit *e)
{
	e->own_n = e->header.n;
	e->own = mem_array(NULL, e->own_n, sizeof(*e->own));
	for (size_t i = 0; i < e->own_n; i++)
		e->own[i] = (struct piece){.name = e->header.fields[i].name,
		    .whole = e->header.fields[i].whole};
}

int
edit_header(struct slice message, struct slice ops, struct slice more_ops,
    struct buf *header, size_t *rest, struct err *err)
{
	struct edit e = {.values = BUF_INIT};
	int result = -1;

	buf_truncate(header, 0);
	if (message.p == NULL)
		message = SLICE("");
	header_parse(&e.header, message);
	take_own_fields(&e);
	if (apply_all(&e, ops, err) < 0 || apply_all(&e, more_ops, err) < 0)
		goto out;
	*rest = (size_t)(e.header.text.p - message.p) + e.header.text.n;
	write_header(&e, message, *rest, header);
	result = 0;
out:
	header_free(&e.header);
	free(e.own);
	free(e.front);
	free(e.back);
	buf_free(&e.values);
	return result;
}
