/* SPDX-License-Identifier: ISC */
#include "scan/html_page.h"

#include "base/buf.h"
#include "scan/file_flag.h"
#include "unit.h"

/* So many blanks, then the text, as UTF-16. */
static unsigned
flags_of(size_t before, const char *text)
{
	struct buf page = BUF_INIT;
	unsigned flags;

	buf_append(&page, "\xff\xfe", 2);
	for (size_t i = 0; i < before; i++)
		buf_append(&page, " ", 2);
	for (; *text != '\0'; text++) {
		buf_append_char(&page, *text);
		buf_append_char(&page, '\0');
	}
	flags = html_page_flags(buf_slice(&page));
	buf_free(&page);
	return flags;
}

/* UTF-16 is looked at piece by piece. */
static void
finds_scripts_and_words_wherever_a_piece_ends(void)
{
	static const size_t ends[] = {0, (64 << 10) - 4096, 64 << 10};

	for (size_t k = 0; k < 3; k++)
		for (size_t at = ends[k] > 40 ? ends[k] - 40 : 0;
		    at < ends[k] + 10; at++) {
			EXPECT_NUMBER("script", CONTENT_SCRIPT,
			    flags_of(at, "<p><script>x</script>"));
			EXPECT_NUMBER("handler", CONTENT_SCRIPT,
			    flags_of(at, "<img x onerror = x>"));
			EXPECT_NUMBER("none", 0,
			    flags_of(at, "<img x> onerror = x"));
			EXPECT_NUMBER("saved", CONTENT_SMUGGLING, flags_of(at,
			    "<a href=data:text/html,x download=y>"));
		}
}

static void
finds_a_tag_that_many_pieces_hold(void)
{
	struct buf page = BUF_INIT;

	buf_append_text(&page, "<p ");
	for (int i = 0; i < 200000; i++)
		buf_append_char(&page, 'a');
	buf_append_text(&page, " onload=x>");
	EXPECT_NUMBER("in a tag", CONTENT_SCRIPT,
	    flags_of(0, buf_text(&page)));
	EXPECT_NUMBER("as ASCII", CONTENT_SCRIPT,
	    html_page_flags(buf_slice(&page)));
	page.p[2] = '>';
	EXPECT_NUMBER("behind it", 0, flags_of(0, buf_text(&page)));
	buf_free(&page);
}

int
main(void)
{
	UNIT_RUN(finds_scripts_and_words_wherever_a_piece_ends);
	UNIT_RUN(finds_a_tag_that_many_pieces_hold);
	return UNIT_RESULT;
}
