/* SPDX-License-Identifier: ISC */
#include "mail/received.h"

#include <time.h>

#include "base/buf.h"

#include "unit.h"

static void
tells_the_client_as_each_server_writes_it(void)
{
	static const struct {
		const char *value, *helo, *ip, *by;
	} rows[] = {
		{"from helo.example (rev.example [192.0.2.1]) by mx.example"
		    " (Postfix) with ESMTPS id 1;", "helo.example",
		    "192.0.2.1", "mx.example"},
		{"from helo.example (unknown [IPv6:2001:db8::1]) by mx.example",
		    "helo.example", "2001:db8::1", "mx.example"},
		{"from [203.0.113.9] (rev.example [192.0.2.1]) by mx.example",
		    "[203.0.113.9]", "192.0.2.1", "mx.example"},
		{"from rev.example (HELO helo.example) (192.0.2.1)\n"
		    "  by mx.example with SMTP", "helo.example", "192.0.2.1",
		    "mx.example"},
		{"from rev.example (HELO 203.0.113.9) (192.0.2.1) by mx",
		    "203.0.113.9", "192.0.2.1", "mx"},
		{"from rev.example ([192.0.2.1] helo=helo.example) by mx",
		    "helo.example", "192.0.2.1", "mx"},
		{"from rev.example ([192.0.2.1] helo=[203.0.113.9]) by mx",
		    "[203.0.113.9]", "192.0.2.1", "mx"},
		{"from [192.0.2.1] (helo=helo.example) by mx",
		    "helo.example", "192.0.2.1", "mx"},
		{"from x (203.0.113.9 [192.0.2.1]) by mx", "x", "192.0.2.1",
		    "mx"},
		{"from x ([192.0.2.1]) (Authenticated: [203.0.113.9]) by mx",
		    "x", "192.0.2.1", "mx"},
		{"from x by mx ([203.0.113.9])", "x", NULL, "mx"},
		{"from by (x [192.0.2.1]) by mx", "by", "192.0.2.1", "mx"},
		{"by mx with LMTP", NULL, NULL, "mx"},
		{"", NULL, NULL, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct received r;

		received_parse(&r, slice_text(rows[i].value));
		EXPECT_SLICE(rows[i].value, slice_text(rows[i].helo),
		    received_helo(&r));
		EXPECT_SLICE(rows[i].value, slice_text(rows[i].ip), r.ip);
		EXPECT_SLICE(rows[i].value, slice_text(rows[i].by), r.by);
	}
}

static void
reads_the_other_clauses(void)
{
	struct received r;

	received_parse(&r, SLICE("from a (b [192.0.2.1]; c) by d via TCP"
	    " with ESMTP (e) id <F/1> for <g@example.org>;\n Tue (x; y), 1"));
	EXPECT_SLICE("via", SLICE("TCP"), r.via);
	EXPECT_SLICE("with", SLICE("ESMTP"), r.with);
	EXPECT_SLICE("id", SLICE("F/1"), r.id);
	EXPECT_SLICE("for", SLICE("g@example.org"), r.recipient);
	EXPECT_SLICE("date", SLICE("Tue (x; y), 1"), r.date);
}

static void
takes_the_first_of_each_clause(void)
{
	struct received r;

	received_parse(&r, SLICE("from a by b for c from d by e for f"));
	EXPECT_SLICE("from", SLICE("a"), r.from);
	EXPECT_SLICE("by", SLICE("b"), r.by);
	EXPECT_SLICE("for", SLICE("c"), r.recipient);
}

/* Brackets and angles that nothing closes: each is looked behind for as far as
 * an address or an id can reach. */
static void
spends_little_on_what_is_never_closed(void)
{
	static const char *const openings[] = {"[", "< ", "[< "};

	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
		struct buf value = BUF_INIT;
		clock_t since = clock();
		struct received r;

		buf_append_text(&value, "from x (");
		while (value.n < 2000000)
			buf_append_text(&value, openings[i]);
		buf_append_text(&value, ") by y (");
		while (value.n < 4000000)
			buf_append_text(&value, openings[i]);
		received_parse(&r, buf_slice(&value));
		EXPECT_NUMBER(openings[i], 1,
		    clock() - since < 3 * CLOCKS_PER_SEC);
		buf_free(&value);
	}
}

int
main(void)
{
	UNIT_RUN(spends_little_on_what_is_never_closed);
	UNIT_RUN(tells_the_client_as_each_server_writes_it);
	UNIT_RUN(reads_the_other_clauses);
	UNIT_RUN(takes_the_first_of_each_clause);
	return UNIT_RESULT;
}
