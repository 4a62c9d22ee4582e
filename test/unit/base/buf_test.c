/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include <stdlib.h>

#include "unit.h"

static void
ends_in_a_nul_and_keeps_nuls_within(void)
{
	struct buf b = BUF_INIT;

	EXPECT(buf_append(&b, "a\0b", 3) == 0);
	EXPECT_NUMBER("length", 3, b.n);
	EXPECT(b.p[3] == '\0');
	EXPECT_SLICE("octets", SLICE("a\0b"), buf_slice(&b));
	buf_free(&b);
}

static void
is_an_empty_text_before_the_first_append(void)
{
	struct buf b = BUF_INIT;

	EXPECT(buf_text(&b)[0] == '\0');
	EXPECT(buf_slice(&b).p != NULL);
	buf_truncate(&b, 0);
	buf_remove(&b, 0, 10);
	buf_reset(&b);
	buf_wipe(&b);
	EXPECT_NUMBER("length", 0, b.n);
}

static void
changes_nothing_when_full(void)
{
	struct buf b = BUF_LIMITED(4);

	EXPECT(buf_append_text(&b, "abcd") == 0);
	EXPECT(buf_append_char(&b, 'e') == -1);
	EXPECT(buf_append(&b, "", 0) == 0);
	EXPECT(buf_format(&b, "%d", 1) == -1);
	EXPECT(buf_reserve(&b, 1) == -1);
	EXPECT(buf_reserve(&b, (size_t)-1) == -1);
	EXPECT_SLICE("octets", SLICE("abcd"), buf_slice(&b));
	buf_truncate(&b, 2);
	EXPECT(buf_append_text(&b, "xyz") == -1);
	EXPECT(buf_append_text(&b, "xy") == 0);
	EXPECT_SLICE("octets", SLICE("abxy"), buf_slice(&b));
	buf_free(&b);
	EXPECT_NUMBER("maximum after free", 4, b.max);
}

static void
formats_behind_what_is_there(void)
{
	struct buf b = BUF_INIT;

	buf_append_text(&b, "n=");
	EXPECT(buf_format(&b, "%d %s", 7, "x") == 0);
	EXPECT_SLICE("text", SLICE("n=7 x"), buf_slice(&b));
	buf_free(&b);
}

static void
removes_a_part_within_its_bounds(void)
{
	static const struct {
		size_t from, to;
		const char *want;
	} rows[] = {
	    {0, 2, "cde"},
	    {1, 3, "ade"},
	    {3, 99, "abc"},
	    {4, 2, "abcde"},
	    {9, 12, "abcde"},
	    {0, 5, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf b = BUF_INIT;

		buf_append_text(&b, "abcde");
		buf_remove(&b, rows[i].from, rows[i].to);
		EXPECT_SLICE(rows[i].want, slice_text(rows[i].want),
		    buf_slice(&b));
		EXPECT(b.p[b.n] == '\0');
		buf_free(&b);
	}
}

static void
grows_to_many_small_appends(void)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < 100000; i++)
		buf_append_char(&b, (char)('a' + i % 26));
	EXPECT_NUMBER("length", 100000, b.n);
	EXPECT(b.p[99999] == 'a' + 99999 % 26);
	EXPECT(b.capacity < 200000);
	buf_free(&b);
}

static void
gives_large_memory_back_on_reset(void)
{
	struct buf b = BUF_INIT;

	buf_append_text(&b, "small");
	buf_reset(&b);
	EXPECT(b.p != NULL);
	buf_reserve(&b, 2 << 20);
	buf_reset(&b);
	EXPECT(b.p == NULL);
	EXPECT_NUMBER("length", 0, b.n);
	buf_free(&b);
}

static void
gives_its_octets_away_once(void)
{
	struct buf b = BUF_INIT;
	size_t n = 99;
	char *p = buf_take(&b, &n);

	EXPECT_NUMBER("empty", 0, n);
	EXPECT(p != NULL && p[0] == '\0');
	free(p);
	buf_append_text(&b, "abc");
	p = buf_take(&b, &n);
	EXPECT_SLICE("octets", SLICE("abc"), slice_of(p, n));
	EXPECT(b.p == NULL && b.n == 0);
	free(p);
}

static void
lowers_ascii_alone_and_keeps_what_fits(void)
{
	struct buf b = BUF_LIMITED(6);

	EXPECT(buf_append_lower(&b, SLICE("Ab\xc3\x84")) == 0);
	EXPECT_SLICE("lower", SLICE("ab\xc3\x84"), buf_slice(&b));
	EXPECT(buf_append_lower(&b, SLICE("XYZ")) < 0);
	EXPECT_SLICE("cut", SLICE("ab\xc3\x84xy"), buf_slice(&b));
	buf_free(&b);
}

int
main(void)
{
	UNIT_RUN(ends_in_a_nul_and_keeps_nuls_within);
	UNIT_RUN(is_an_empty_text_before_the_first_append);
	UNIT_RUN(changes_nothing_when_full);
	UNIT_RUN(formats_behind_what_is_there);
	UNIT_RUN(removes_a_part_within_its_bounds);
	UNIT_RUN(grows_to_many_small_appends);
	UNIT_RUN(gives_large_memory_back_on_reset);
	UNIT_RUN(gives_its_octets_away_once);
	UNIT_RUN(lowers_ascii_alone_and_keeps_what_fits);
	return UNIT_RESULT;
}
