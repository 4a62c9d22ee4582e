/* SPDX-License-Identifier: ISC */
#include "record/edit.h"
#include "store/edit_pieces.h"
#include "unit.h"

/* The pieces put together are what the one function makes. */
static void
equals_what_edit_header_makes(void)
{
	static const struct {
		const char *message, *record, *entry;
	} rows[] = {
	    {"A: 1\r\nB: 2\r\n\r\nbody\r\n", NULL, NULL},
	    {"A: 1\r\nB: 2\r\n\r\nbody\r\n",
		"[{\"op\":\"prepend\",\"name\":\"X\",\"value\":\"y\"}]", NULL},
	    {"A: 1\r\nB: 2\r\nA: 3\r\n\r\nbody\r\n",
		"[{\"op\":\"delete\",\"name\":\"a\"}]",
		"[{\"op\":\"append\",\"name\":\"Z\",\"value\":\"q\\r\\n r\"}]"},
	    /* the new field's text is the beginning of an old, folded one */
	    {"A: 1\r\n folded\r\nA: 1\r\n\r\nx",
		"[{\"op\":\"prepend\",\"name\":\"A\",\"value\":\"1\"}]",
		"[{\"op\":\"delete\",\"name\":\"A\",\"index\":-1}]"},
	    {"A: 1", "[{\"op\":\"append\",\"name\":\"B\",\"value\":\"2\"}]",
		NULL},
	    {"", "[{\"op\":\"append\",\"name\":\"B\",\"value\":\"2\"}]", NULL},
	    {" odd first line\r\n\r\nx",
		"[{\"op\":\"prepend\",\"name\":\"B\",\"value\":\"2\"}]", NULL},
	};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct slice message = slice_text(rows[i].message);
		struct header_ops ops = {slice_text(rows[i].record),
		    slice_text(rows[i].entry)};
		struct buf want = BUF_INIT, got = BUF_INIT;
		struct edit_pieces pieces;
		size_t rest = 0;

		EXPECT(edit_header(message, ops.record, ops.entry, &want,
		    &rest, &err) == 0);
		buf_append_slice(&want, slice_part(message, rest, message.n));
		EXPECT(edit_pieces_make(&pieces, message, &ops, &err) == 0);
		EXPECT(edit_pieces_apply(&pieces, message, &ops, &got) == 0);
		EXPECT_SLICE(rows[i].message, buf_slice(&want),
		    buf_slice(&got));
		edit_pieces_free(&pieces);
		buf_free(&want);
		buf_free(&got);
	}
}

static void
refuses_octets_that_come_twice(void)
{
	struct edit_piece items[] = {{PIECE_OLD, 0, 3}, {PIECE_OLD, 2, 4}};
	struct edit_pieces pieces = {items, 2};
	struct header_ops ops = {SLICE_NONE, SLICE_NONE};
	struct buf out = BUF_INIT;

	EXPECT(edit_pieces_apply(&pieces, SLICE("abcd"), &ops, &out) < 0);
	items[1].from = 3;
	buf_reset(&out);
	EXPECT(edit_pieces_apply(&pieces, SLICE("abcd"), &ops, &out) == 0);
	EXPECT_SLICE("whole", SLICE("abcd"), buf_slice(&out));
	buf_free(&out);
}

static void
refuses_pieces_that_fit_nothing(void)
{
	static const struct edit_piece rows[] = {{PIECE_OLD, 0, 5},
	    {PIECE_OLD, 3, 2}, {PIECE_OLD, (size_t)-1, 1}, {PIECE_FIELD, 1, 0},
	    {PIECE_FIELD, (size_t)-1, 0}};
	struct header_ops ops = {
	    SLICE("[{\"op\":\"prepend\",\"name\":\"X\",\"value\":\"y\"}]"),
	    SLICE_NONE};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct edit_piece one = rows[i];
		struct edit_pieces pieces = {&one, 1};
		struct buf out = BUF_INIT;

		EXPECT(edit_pieces_apply(&pieces, SLICE("abcd"), &ops,
		    &out) < 0);
		buf_free(&out);
	}
}

int
main(void)
{
	UNIT_RUN(equals_what_edit_header_makes);
	UNIT_RUN(refuses_octets_that_come_twice);
	UNIT_RUN(refuses_pieces_that_fit_nothing);
	return UNIT_RESULT;
}
