/* SPDX-License-Identifier: ISC */
/*
 * Lines as they come.
 */
#include "line_input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE ((size_t)256 << 10)

void
line_input_free(struct line_input *in)
{
	buf_free(&in->buf);
	in->from = 0;
}

int
line_input_read(struct line_input *in, struct err *err)
{
	ssize_t n;

	buf_remove(&in->buf, 0, in->from);
	in->from = 0;
	if (buf_reserve(&in->buf, PIECE) < 0)
		return err_set(err, ERR_BUG, "no room for input");
	n = read(in->fd, in->buf.p + in->buf.n, PIECE);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN
		    ? 0
		    : err_errno(err, "cannot read standard input");
	in->buf.n += (size_t)n;
	in->had_any |= n > 0;
	in->at_end = n == 0;
	return 0;
}

/* Of a line without an end only so much is kept. */
static void
bound(struct line_input *in)
{
	if (in->buf.n - in->from <= in->max)
		return;
	in->passed_over += !in->passing_over;
	in->passing_over = true;
	buf_truncate(&in->buf, 0);
	in->from = 0;
}

/* The rest of one that was passed over is none. */
static bool
take(struct line_input *in, const char *begin, size_t n, struct slice *line)
{
	bool rest = in->passing_over;

	in->passing_over = false;
	if (n > 0 && begin[n - 1] == '\r')
		n--;
	if (n > in->max && !rest)
		in->passed_over++;
	*line = slice_of(begin, n);
	return !rest && n <= in->max;
}

bool
line_input_next(struct line_input *in, struct slice *line)
{
	while (in->from < in->buf.n) {
		const char *begin = in->buf.p + in->from;
		size_t left = in->buf.n - in->from;
		const char *end = memchr(begin, '\n', left);

		if (end == NULL && !in->at_end) {
			bound(in);
			return false;
		}
		left = end != NULL ? (size_t)(end - begin) : left;
		in->from += left + (end != NULL);
		if (take(in, begin, left, line))
			return true;
	}
	return false;
}
