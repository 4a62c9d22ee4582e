/* SPDX-License-Identifier: ISC */
/*
 * The new header comes from the one function that makes it (record/edit.h)
 * and is then told apart into what stood in the old one and what was added.
 */
#include "edit_pieces.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "mail/header.h"
#include "record/edit.h"

/* The fields that operations add, each as it looks in a header. */
struct new_fields {
	struct buf text;
	size_t *ends; /* of the i-th in text; a deletion's is empty */
	size_t n;
};

static int
add_field(struct new_fields *f, struct slice op, struct err *err)
{
	struct buf list = BUF_INIT, field = BUF_INIT;
	size_t rest;
	int result;

	buf_append_char(&list, '[');
	buf_append_slice(&list, op);
	buf_append_char(&list, ']');
	result = edit_header(SLICE(""), buf_slice(&list), SLICE_NONE, &field,
	    &rest, err);
	if (result == 0) {
		buf_append_slice(&f->text, buf_slice(&field));
		f->ends = mem_array(f->ends, f->n + 1, sizeof(*f->ends));
		f->ends[f->n++] = f->text.n;
	}
	buf_free(&list);
	buf_free(&field);
	return result;
}

static int
new_fields_fill(struct new_fields *f, const struct header_ops *ops,
    struct err *err)
{
	const struct slice lists[] = {ops->record, ops->entry};

	*f = (struct new_fields){.text = BUF_INIT};
	for (size_t i = 0; i < 2; i++) {
		struct json_walk walk = json_walk(lists[i]);
		struct slice op;

		while (json_next(&walk, NULL, &op))
			if (f->n >= EDIT_OPS_MAX ||
			    add_field(f, op, err) < 0)
				return err_set(err, ERR_MESSAGE, "the record's "
				    "changes to the header cannot be read");
	}
	return 0;
}

static void
new_fields_free(struct new_fields *f)
{
	buf_free(&f->text);
	free(f->ends);
}

static struct slice
new_field(const struct new_fields *f, size_t i)
{
	return slice_part(buf_slice(&f->text), i == 0 ? 0 : f->ends[i - 1],
	    f->ends[i]);
}

/* Does the field stand at p, whole (no fold behind it)? */
static bool
stands_at(struct slice header, size_t p, struct slice field)
{
	size_t end = p + field.n;

	return field.n > 0 && end <= header.n &&
	    slice_equal(slice_part(header, p, end), field) &&
	    (end == header.n || !ascii_is_space(header.p[end]));
}

static void
push(struct edit_pieces *pieces, enum edit_piece_kind kind, size_t from,
    size_t to)
{
	struct edit_piece *last = pieces->n > 0 ?
	    &pieces->items[pieces->n - 1] : NULL;

	if (kind == PIECE_OLD && from == to)
		return;
	if (kind == PIECE_OLD && last != NULL && last->kind == PIECE_OLD &&
	    last->to == from) {
		last->to = to;
		return;
	}
	pieces->items = mem_array(pieces->items, pieces->n + 1,
	    sizeof(*pieces->items));
	pieces->items[pieces->n++] = (struct edit_piece){kind, from, to};
}

struct split {
	struct slice message, header; /* old message, new header */
	struct header old;
	struct new_fields fields;
	size_t next; /* old field */
};

/* Octets of the piece at p, which is pushed; 0: there is none. */
static size_t
split_one(struct split *s, size_t p, struct edit_pieces *pieces)
{
	for (size_t i = 0; i < s->fields.n; i++)
		if (stands_at(s->header, p, new_field(&s->fields, i))) {
			push(pieces, PIECE_FIELD, i, 0);
			return new_field(&s->fields, i).n;
		}
	for (size_t i = s->next; i < s->old.n; i++) {
		struct slice whole = s->old.fields[i].whole;
		size_t from = (size_t)(whole.p - s->message.p);

		if (!stands_at(s->header, p, whole))
			continue;
		push(pieces, PIECE_OLD, from, from + whole.n);
		s->next = i + 1;
		return whole.n;
	}
	if (!slice_starts(slice_part(s->header, p, s->header.n), "\r\n"))
		return 0;
	push(pieces, PIECE_LINE_END, 0, 0);
	return 2;
}

static int
split_header(struct split *s, struct edit_pieces *pieces, struct err *err)
{
	size_t p = 0, n;

	for (; p < s->header.n; p += n) {
		n = split_one(s, p, pieces);
		if (n == 0 || pieces->n >= EDIT_PIECES_MAX)
			return err_set(err, ERR_MESSAGE, "the changed header "
			    "is not made of known pieces");
	}
	return 0;
}

int
edit_pieces_make(struct edit_pieces *pieces, struct slice message,
    const struct header_ops *ops, struct err *err)
{
	struct split s = {.message = message};
	struct buf header = BUF_INIT;
	size_t rest = 0;
	int result = -1;

	*pieces = (struct edit_pieces){NULL, 0};
	header_parse(&s.old, message);
	if (new_fields_fill(&s.fields, ops, err) == 0 &&
	    edit_header(message, ops->record, ops->entry, &header, &rest,
	    err) == 0) {
		s.header = buf_slice(&header);
		result = split_header(&s, pieces, err);
	}
	if (result == 0)
		push(pieces, PIECE_OLD, rest, message.n);
	else
		edit_pieces_free(pieces);
	new_fields_free(&s.fields);
	header_free(&s.old);
	buf_free(&header);
	return result;
}

/* *at: where the old piece before this one ended. */
static int
apply_one(const struct edit_piece *piece, struct slice message,
    const struct new_fields *fields, size_t *at, struct buf *out)
{
	switch (piece->kind) {
	case PIECE_OLD:
		if (piece->from < *at || piece->from > piece->to ||
		    piece->to > message.n)
			return -1;
		*at = piece->to;
		return buf_append_slice(out,
		    slice_part(message, piece->from, piece->to));
	case PIECE_FIELD:
		if (piece->from >= fields->n)
			return -1;
		return buf_append_slice(out, new_field(fields, piece->from));
	case PIECE_LINE_END:
		return buf_append_text(out, "\r\n");
	}
	return -1;
}

int
edit_pieces_apply(const struct edit_pieces *pieces, struct slice message,
    const struct header_ops *ops, struct buf *out)
{
	struct new_fields fields;
	int result = new_fields_fill(&fields, ops, NULL);
	size_t at = 0;

	for (size_t i = 0; i < pieces->n && result == 0; i++)
		result = apply_one(&pieces->items[i], message, &fields, &at,
		    out);
	new_fields_free(&fields);
	return result;
}

void
edit_pieces_free(struct edit_pieces *pieces)
{
	free(pieces->items);
	*pieces = (struct edit_pieces){NULL, 0};
}
