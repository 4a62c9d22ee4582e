/* SPDX-License-Identifier: ISC */
#include "record/match.h"

#include "unit.h"

static const char message[] =
    "From: Bob Builder <bob@example.com>\r\nTo: alice@example.org\r\n"
    "Cc: carol@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= Invoice\r\n"
    "\r\nDear Alice, please pay.\r\n";

static void
items_must_all_match(void)
{
	static const struct {
		const char *query;
		bool matches;
	} rows[] = {{"", true}, {"from:bob", true}, {"FROM:BOB", true},
	    {"from:bob@example.com", true}, {"from:alice", false},
	    {"from:bo", false}, {"from:bo*", true}, {"to:alice", true},
	    {"to:carol", false}, {"cc:carol", true}, {"subject:invoice", true},
	    {"subject:gr\xc3\xbc\xc3\x9f" "e", true}, {"subject:pay", false},
	    {"pay", true}, {"text:pay", true}, {"\"please pay\"", true},
	    {"subject:\"invoice nothing\"", false}, {"-from:bob", false},
	    {"-from:dave", true}, {"from:bob subject:invoice pay", true},
	    {"from:bob subject:offer", false}, {"has:attachment", false},
	    {"-has:attachment", true}, {"larger:10", true},
	    {"smaller:10", false}, {"since:1970-01-02", true},
	    {"since:1970-01-04", false}, {"before:1970-01-04", true},
	    {"since:2d", false}, {"since:20d", true}, {"flag:work", true},
	    {"flag:play", false}, {"is:seen", true}, {"is:unseen", false},
	    {"-is:unseen", true}, {"is:flagged", false},
	    {"nosuchfield:word", false}};
	struct source source = {.date_ms = 2 * 86400000LL,
	    .flags = SLICE("\\Seen work")};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct match *match = NULL;

		EXPECT(match_parse(&match, slice_text(rows[i].query),
		    10 * 86400000LL, NULL) == 0);
		EXPECT_NUMBER(rows[i].query, rows[i].matches,
		    match_message(match, slice_text(message), &source));
		match_free(match);
	}
}

static void
items_that_mean_nothing_are_refused(void)
{
	static const char *const rows[] = {"since:yesterday", "since:",
	    "larger:big", "has:feet", "is:lost", "from:", "flag:", "...",
	    "\"\""};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct match *match;
		struct err err = ERR_INIT;

		EXPECT_NUMBER(rows[i], -1,
		    match_parse(&match, slice_text(rows[i]), 0, &err));
		EXPECT_NUMBER(rows[i], ERR_USAGE, err.kind);
	}
}

static void
a_query_has_at_most_64_items(void)
{
	struct buf query = BUF_INIT;
	struct match *match;

	for (int i = 0; i < MATCH_ITEMS_MAX; i++)
		buf_append_text(&query, "a ");
	EXPECT(match_parse(&match, buf_slice(&query), 0, NULL) == 0);
	match_free(match);
	buf_append_text(&query, "b");
	EXPECT(match_parse(&match, buf_slice(&query), 0, NULL) < 0);
	buf_free(&query);
}

static void
only_known_fields_look_like_items(void)
{
	EXPECT(match_looks_like_item(SLICE("from:bob@example.com")));
	EXPECT(match_looks_like_item(SLICE("-subject:x")));
	EXPECT(!match_looks_like_item(SLICE("alice@example.org:INBOX")));
	EXPECT(!match_looks_like_item(SLICE("from")));
	EXPECT(!match_looks_like_item(SLICE("C:/x")));
}

int
main(void)
{
	UNIT_RUN(items_must_all_match);
	UNIT_RUN(items_that_mean_nothing_are_refused);
	UNIT_RUN(a_query_has_at_most_64_items);
	UNIT_RUN(only_known_fields_look_like_items);
	return UNIT_RESULT;
}
