/* SPDX-License-Identifier: ISC */
#include "mail/comment.h"
#include "unit.h"

static void
nests_and_is_quoted(void)
{
	static const struct {
		const char *text;
		size_t length, skipped;
	} rows[] = {{"(a)b", 3, 3}, {"()", 2, 2}, {"(a(b)c)d", 7, 7},
	    {"(a\\)b)c", 6, 6}, {"(a(b)c", 0, 6}, {"(\\", 0, 2},
	    {"(", 0, 1}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice text = slice_text(rows[i].text);

		EXPECT_NUMBER(rows[i].text, rows[i].length,
		    comment_length(text));
		EXPECT_NUMBER(rows[i].text, rows[i].skipped,
		    comment_skip(text));
	}
}

int
main(void)
{
	UNIT_RUN(nests_and_is_quoted);
	return UNIT_RESULT;
}
