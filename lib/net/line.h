/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_LINE_H
#define FE_NET_LINE_H

#include <signal.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/tls.h"

/*
 * A connection read by lines (or by octets) and written in batches, plain or
 * under TLS, with a deadline for each wait.
 *
 * On a socket the kernel's own receive time-out wakes a blocking read now and
 * then, so a read costs one system call and no poll(2).  Other descriptors
 * (pipes, terminals) are polled.  A signal that sets *stop ends a wait.
 */
enum line_result {
	LINE_OK,
	LINE_TOO_LONG, /* the line was passed over */
	LINE_END,      /* the other side has closed */
	LINE_TIMEOUT,
	LINE_STOPPED,  /* *stop was set while waiting */
	LINE_FAILED    /* reset, or TLS broke */
};

struct line {
	int in, out;
	bool in_socket;
	struct tls *tls; /* NULL: plain */
	struct buf input, output;
	size_t used; /* octets of input handed out */
	const volatile sig_atomic_t *stop;
	bool broken; /* a write has failed: nothing more is written */
	/* Nobody else holds the connection, and its owner closes it as soon as
	 * he has said the last.  Set after line_open. */
	bool alone;
};

#define LINE_INPUT_SIZE ((size_t)64 << 10)

/* Takes the descriptors over, makes them block.  `tick_ms' is how late a
 * deadline may be noticed; writes that wait longer than write_ms fail. */
void line_open(struct line *l, int in, int out, int64_t tick_ms,
    int64_t write_ms, const volatile sig_atomic_t *stop);
/* Frees; sends TLS's close alert if the peer still listens.  The descriptors
 * stay open. */
void line_close(struct line *l);

/* The next line without its LF, a CR before that kept, valid until the next
 * call.  Flushes the output before it waits.  A line over max octets is
 * passed over whole.  deadline_ms is of clock_monotonic_ms. */
enum line_result line_next(
    struct line *l, size_t max, int64_t deadline_ms, struct slice *line);
/* Is a whole line there already? */
bool line_has_next(const struct line *l);
/* What has been read and not yet handed out. */
struct slice line_ahead(const struct line *l);
/* Hands out the first n octets of that. */
void line_skip(struct line *l, size_t n);
/* Reads more; flushes the output first. */
enum line_result line_fill(struct line *l, int64_t deadline_ms);
/* The same, but at most n octets: what follows is for somebody else. */
enum line_result line_fill_most(struct line *l, size_t n, int64_t deadline_ms);
/* Forgets what was read and not handed out; returns how much. */
size_t line_discard(struct line *l);
/* Is something there to read at this moment, without waiting? */
bool line_peek(const struct line *l);
/* Writes out what is in l->output. -1: the peer is gone (l->broken). */
int line_flush(struct line *l);
/* The same for the last words: where we are alone they go out with the close,
 * as one packet. */
int line_flush_last(struct line *l);

#endif
