/* SPDX-License-Identifier: ISC */
#include "net/line.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

static volatile sig_atomic_t stop;

/* A line over a socket pair whose other end has said `text'. */
static int
begin(struct line *l, const char *text)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ||
	    write(pair[1], text, strlen(text)) < 0)
		abort();
	stop = 0;
	line_open(l, pair[0], pair[0], 20, 1000, &stop);
	return pair[1];
}

static void
end(struct line *l, int peer)
{
	close(l->in);
	line_close(l);
	close(peer);
}

static void
hands_out_lines_whatever_their_length(void)
{
	static const struct {
		const char *label;
		enum line_result result;
		const char *want;
	} rows[] = {{"plain", LINE_OK, "one\r"}, {"empty", LINE_OK, ""},
	    {"at the limit", LINE_OK, "12345678"},
	    {"over it", LINE_TOO_LONG, "123456789"},
	    {"after it", LINE_OK, "next"}, {"no end", LINE_TIMEOUT, NULL}};
	struct line l;
	int peer = begin(&l, "one\r\n\n12345678\n123456789\nnext\nrest");
	struct slice got;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_NUMBER(rows[i].label, rows[i].result,
		    line_next(&l, 8, clock_monotonic_ms() +
			(rows[i].want != NULL ? 20000 : 50), &got));
		if (rows[i].want != NULL)
			EXPECT_SLICE(
			    rows[i].label, slice_text(rows[i].want), got);
	}
	EXPECT_SLICE("ahead", SLICE("rest"), line_ahead(&l));
	EXPECT_NUMBER("discarded", 4, line_discard(&l));
	end(&l, peer);
}

static void
tells_the_end_a_stop_and_the_time_apart(void)
{
	struct line l;
	struct slice got;
	int peer = begin(&l, "");

	EXPECT_NUMBER("time", LINE_TIMEOUT,
	    line_next(&l, 8, clock_monotonic_ms() + 30, &got));
	stop = 1;
	EXPECT_NUMBER("stop", LINE_STOPPED,
	    line_next(&l, 8, clock_monotonic_ms() + 20000, &got));
	stop = 0;
	shutdown(peer, SHUT_WR);
	EXPECT_NUMBER("end", LINE_END,
	    line_next(&l, 8, clock_monotonic_ms() + 20000, &got));
	end(&l, peer);
}

static void
reads_no_more_than_it_was_asked_for(void)
{
	struct line l;
	int peer = begin(&l, "headerrest");

	EXPECT_NUMBER("fill", LINE_OK,
	    line_fill_most(&l, 6, clock_monotonic_ms() + 20000));
	EXPECT_SLICE("part", SLICE("header"), line_ahead(&l));
	line_skip(&l, 6);
	EXPECT_NUMBER("none ahead", 0, line_ahead(&l).n);
	EXPECT_NUMBER("but there", true, line_peek(&l));
	end(&l, peer);
}

static void
writes_before_it_waits_and_not_to_one_who_has_gone(void)
{
	struct line l;
	int peer = begin(&l, "x\n");
	struct slice got;
	char octets[8];

	buf_append_text(&l.output, "hi");
	EXPECT_NUMBER("read", LINE_OK,
	    line_next(&l, 8, clock_monotonic_ms() + 20000, &got));
	EXPECT_NUMBER("written", 2, read(peer, octets, sizeof(octets)));
	close(peer);
	buf_append_text(&l.output, "lost");
	EXPECT_NUMBER("gone", -1, line_flush(&l));
	EXPECT(l.broken);
	EXPECT_NUMBER("end", LINE_END,
	    line_fill(&l, clock_monotonic_ms() + 20000));
	end(&l, -1);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	UNIT_RUN(hands_out_lines_whatever_their_length);
	UNIT_RUN(tells_the_end_a_stop_and_the_time_apart);
	UNIT_RUN(reads_no_more_than_it_was_asked_for);
	UNIT_RUN(writes_before_it_waits_and_not_to_one_who_has_gone);
	return UNIT_RESULT;
}
