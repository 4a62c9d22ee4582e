/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>
#include <unistd.h>

#include "base/line_input.h"

/* What is written bit by bit, and the lines of it, joined by `|'; max is 5. */
static void
gives_out_whole_lines(void)
{
	static const struct {
		const char *pieces[4], *lines;
		int passed_over;
	} rows[] = {
	    {{"a\nb\n"}, "a|b|", 0},
	    {{"a", "b\nc", "\n"}, "ab|c|", 0},
	    {{"a\r\n\nb"}, "a||b|", 0},
	    {{"12345\n123456\n1\n"}, "12345|1|", 1},
	    {{"123456", "7890", "12\n", "x\n"}, "x|", 1},
	    {{"123456", "789"}, "", 1},
	    {{"1234567\n"}, "", 1},
	    {{""}, "", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf lines = BUF_INIT;
		struct slice line;
		int ends[2];

		EXPECT(pipe(ends) == 0);
		struct line_input in = LINE_INPUT(ends[0], 5);
		for (size_t k = 0; k < 5 && !in.at_end; k++) {
			const char *piece = k < 4 ? rows[i].pieces[k] : NULL;

			if (piece != NULL && piece[0] != '\0')
				EXPECT(write(ends[1], piece, strlen(piece)) >
				    0);
			else
				close(ends[1]);
			EXPECT(line_input_read(&in, NULL) == 0);
			while (line_input_next(&in, &line)) {
				buf_append_slice(&lines, line);
				buf_append_char(&lines, '|');
			}
		}
		EXPECT(in.at_end);
		EXPECT_SLICE(rows[i].pieces[0], slice_text(rows[i].lines),
		    slice_text(buf_text(&lines)));
		EXPECT_NUMBER(rows[i].pieces[0], rows[i].passed_over,
		    in.passed_over);
		line_input_free(&in);
		buf_free(&lines);
		close(ends[0]);
	}
}

int
main(void)
{
	UNIT_RUN(gives_out_whole_lines);
	return UNIT_RESULT;
}
