/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_LINE_INPUT_H
#define FE_BASE_LINE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/*
 * Lines from a descriptor that may be a pipe which never ends: what is there
 * is read, and its whole lines are given out.  One that is longer than max is
 * passed over, so that nobody fills our memory.
 *
 *	while (!in.at_end && line_input_read(&in, err) == 0)
 *		while (line_input_next(&in, &line))
 *			...
 */
struct line_input {
	int fd;
	size_t max; /* octets of a line */
	struct buf buf;
	size_t from; /* where the next line begins */
	bool at_end, had_any;
	bool passing_over;
	int64_t passed_over; /* lines */
};
#define LINE_INPUT(descriptor, longest) \
	{.fd = (descriptor), .max = (longest), .buf = BUF_INIT}

void line_input_free(struct line_input *in);
/* One read(2), which waits where there is nothing. */
int line_input_read(struct line_input *in, struct err *err);
/* The next line without its LF or CRLF; it dies with the next read.  A last
 * line without its end is one, once the end was read. */
bool line_input_next(struct line_input *in, struct slice *line);

#endif
