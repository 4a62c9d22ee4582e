/* SPDX-License-Identifier: ISC */
#include "store/place.h"
#include "store/query.h"
#include "unit.h"

static void
reads_mailbox_folder_and_message(void)
{
	static const struct {
		const char *text, *mailbox, *folder;
		int64_t uid;
	} rows[] = {
	    {"Alice@Example.org", "alice@example.org", NULL, 0},
	    {"a@x.org:INBOX", "a@x.org", "INBOX", 0},
	    {"a@x.org:INBOX/4711", "a@x.org", "INBOX", 4711},
	    {"a@x.org:Old%20Mail/2", "a@x.org", "Old Mail", 2},
	    {"a@x.org:Lists/fe/3", "a@x.org", "Lists/fe", 3},
	    {"a@x.org:Years%2F2019", "a@x.org", "Years/2019", 0},
	    {"a@x.org:2019", "a@x.org", "2019", 0},
	};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct place p;
		struct buf back = BUF_INIT;

		EXPECT(place_parse(&p, slice_text(rows[i].text), &err) == 0);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].mailbox),
		    slice_text(p.mailbox));
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].folder),
		    slice_text(p.folder));
		EXPECT_NUMBER(rows[i].text, rows[i].uid, p.uid);
		place_format(&back, slice_text(p.mailbox),
		    slice_text(p.folder), p.uid);
		EXPECT(slice_case_equal(buf_slice(&back),
		    slice_text(rows[i].text)));
		buf_free(&back);
		place_free(&p);
	}
}

static void
refuses_what_is_no_place(void)
{
	static const char *const rows[] = {"", "alice", "a@x.org:",
	    "a@x.org:a%", "a@x.org:a%0g", "a@x.org:a%00b"};
	struct err err = ERR_INIT;
	struct place p;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		EXPECT(place_parse(&p, slice_text(rows[i]), &err) < 0);
		EXPECT(err.kind == ERR_USAGE);
	}
}

static void
tells_a_place_from_a_file(void)
{
	EXPECT(place_looks_like(SLICE("a@x.org:INBOX/1")));
	EXPECT(!place_looks_like(SLICE("./a@x.org")));
	EXPECT(!place_looks_like(SLICE("Maildir/cur/1@host")));
	EXPECT(!place_looks_like(SLICE("inbox")));
}

static void
refuses_queries_that_say_nothing(void)
{
	static const char *const rows[] = {"colour:red", "since:tuesday",
	    "is:odd", "has:legs", "larger:much", "from:", "\"\"", "-",
	    "...", "folder:a%zz"};
	struct err err = ERR_INIT;
	struct query *q;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		EXPECT(query_parse(&q, slice_text(rows[i]), 0, &err) < 0);
		EXPECT(err.kind == ERR_USAGE);
		EXPECT(q == NULL);
	}
}

int
main(void)
{
	UNIT_RUN(reads_mailbox_folder_and_message);
	UNIT_RUN(refuses_what_is_no_place);
	UNIT_RUN(tells_a_place_from_a_file);
	UNIT_RUN(refuses_queries_that_say_nothing);
	return UNIT_RESULT;
}
