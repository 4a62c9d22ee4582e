/* SPDX-License-Identifier: ISC */
#include "auth/tag_list.h"
#include "base/buf.h"
#include "unit.h"

static void
reads_names_and_values(void)
{
	struct tag_list list;

	EXPECT(tag_list_parse(&list,
	    SLICE(" v=1 ; a_1 = x y;\r\n\tb=;p=q=r==; ")) == 0);
	EXPECT_NUMBER("tags", 4, list.n);
	EXPECT_SLICE("v", SLICE("1"), tag_list_get(&list, "v"));
	EXPECT_SLICE("a_1", SLICE("x y"), tag_list_get(&list, "a_1"));
	EXPECT_SLICE("b", SLICE(""), tag_list_get(&list, "b"));
	EXPECT(tag_list_get(&list, "b").p != NULL);
	EXPECT_SLICE("p", SLICE("q=r=="), tag_list_get(&list, "p"));
	EXPECT(tag_list_get(&list, "V").p == NULL);
}

static void
refuses_what_breaks_the_syntax(void)
{
	static const char *const rows[] = {"", ";", "v", "v=1;;a=2", "=1",
	    "1v=1", "v=1; v=2", "v=1; a b=2", "v-x=1", "v=\001"};
	struct tag_list list;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (tag_list_parse(&list, slice_text(rows[i])) == 0) {
			EXPECT(!"refused");
			printf("# row '%s'\n", rows[i]);
		}
}

static void
passes_over_it_where_asked(void)
{
	struct tag_list list;

	tag_list_parse_lenient(&list,
	    SLICE("v=DMARC1;; p=none; nonsense; p=reject;"));
	EXPECT_NUMBER("tags", 2, list.n);
	EXPECT_SLICE("p", SLICE("none"), tag_list_get(&list, "p"));
}

static void
stops_at_its_limit(void)
{
	struct buf text = BUF_INIT;
	struct tag_list list;

	for (int i = 0; i < TAG_LIST_MAX; i++)
		buf_format(&text, "%st%d=1", i > 0 ? ";" : "", i);
	EXPECT(tag_list_parse(&list, buf_slice(&text)) == 0);
	buf_append_text(&text, ";more=1");
	EXPECT(tag_list_parse(&list, buf_slice(&text)) < 0);
	buf_free(&text);
}

static void
finds_words_between_colons(void)
{
	EXPECT(tag_value_has(SLICE("sha1 : SHA256"), "sha256"));
	EXPECT(!tag_value_has(SLICE("sha1:sha2567"), "sha256"));
	EXPECT(!tag_value_has(SLICE_NONE, "y"));
}

int
main(void)
{
	UNIT_RUN(reads_names_and_values);
	UNIT_RUN(refuses_what_breaks_the_syntax);
	UNIT_RUN(passes_over_it_where_asked);
	UNIT_RUN(stops_at_its_limit);
	UNIT_RUN(finds_words_between_colons);
	return UNIT_RESULT;
}
