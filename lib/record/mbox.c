/* SPDX-License-Identifier: ISC */
/*
 * mbox files are read line by line: they may be larger than memory, one
 * message may not.
 */
#include "record/mbox.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/io.h"
#include "mail/date.h"

#define READ_STEP ((size_t)64 << 10)
#define FROM_MAX 1000 /* octets of a `From ' line that are kept */

void
mbox_open(struct mbox *m, int fd, struct slice first, int64_t size_max)
{
	*m = (struct mbox){.fd = fd, .size_max = size_max, .ahead = BUF_INIT,
	    .from = BUF_INIT};
	buf_append_slice(&m->ahead, first);
}

void
mbox_close(struct mbox *m)
{
	buf_free(&m->ahead);
	buf_free(&m->from);
}

static int
read_more(struct mbox *m, struct err *err)
{
	ssize_t got;

	buf_remove(&m->ahead, 0, m->used);
	m->used = 0;
	buf_reserve(&m->ahead, READ_STEP);
	got = io_read(m->fd, m->ahead.p + m->ahead.n, READ_STEP);
	if (got < 0)
		return err_errno(err, "cannot read the mbox");
	m->ahead.n += (size_t)got;
	m->at_end = got == 0;
	return 0;
}

/* The next line with its LF, or a part of at least READ_STEP octets of a long
 * one; empty at the end of the file. */
static int
next_piece(struct mbox *m, struct slice *piece, struct err *err)
{
	for (;;) {
		struct slice s = slice_part(
		    buf_slice(&m->ahead), m->used, m->ahead.n);
		size_t at = slice_find(s, '\n');

		if (at < s.n || m->at_end || s.n >= READ_STEP) {
			*piece = slice_part(s, 0, at + 1);
			m->used += piece->n;
			return 0;
		}
		if (read_more(m, err) < 0)
			return -1;
	}
}

static bool
is_empty_line(struct slice line)
{
	return slice_is(line, "\n") || slice_is(line, "\r\n");
}

/* A line of a message that an mbox has with one more `>'. */
static bool
is_quoted(struct slice line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == '>')
		n++;
	return n > 0 && slice_starts(slice_part(line, n, line.n), "From ");
}

struct reading {
	struct buf *message;
	size_t max;
	size_t empty; /* octets of an empty line not yet appended */
	char empty_line[2];
	bool too_large;
};

static void
add(struct reading *r, struct slice piece)
{
	size_t want = r->empty + piece.n;

	if (r->too_large || r->message->n + want > r->max) {
		r->too_large = true;
		buf_free(r->message);
		return;
	}
	buf_append(r->message, r->empty_line, r->empty);
	buf_append_slice(r->message, piece);
	r->empty = 0;
}

/* The empty line before a `From ' line or the end belongs to the mbox. */
static void
hold_empty_line(struct reading *r, struct slice line)
{
	if (r->empty > 0)
		add(r, SLICE(""));
	memcpy(r->empty_line, line.p, line.n);
	r->empty = line.n;
}

static void
keep_from_line(struct mbox *m, struct slice line)
{
	buf_truncate(&m->from, 0);
	buf_append_slice(&m->from, slice_part(slice_trim(line), 0, FROM_MAX));
}

/* Up to the next `From ' line, which is kept for the next call. */
static int
read_message(struct mbox *m, struct reading *r, struct err *err)
{
	bool line_start = true;
	struct slice piece;

	for (;;) {
		bool starts = line_start;

		if (next_piece(m, &piece, err) < 0)
			return -1;
		if (piece.n == 0)
			return 0;
		line_start = piece.p[piece.n - 1] == '\n';
		if (starts && (r->empty > 0 || r->message->n == 0) &&
		    slice_starts(piece, "From ")) {
			keep_from_line(m, piece);
			/* the rest of a very long one */
			while (!line_start && piece.n > 0) {
				if (next_piece(m, &piece, err) < 0)
					return -1;
				line_start = piece.n == 0 ||
				    piece.p[piece.n - 1] == '\n';
			}
			return 0;
		}
		if (starts && is_empty_line(piece))
			hold_empty_line(r, piece);
		else
			add(r, starts && is_quoted(piece)
				? slice_part(piece, 1, piece.n) : piece);
	}
}

int
mbox_next(struct mbox *m, struct buf *message, struct buf *from,
    struct err *err)
{
	struct reading r = {.message = message, .max = (size_t)m->size_max};

	buf_reset(message);
	/* what stands above the first `From ' line is none of its messages */
	if (m->from.n == 0 && read_message(m, &r, err) < 0)
		return -1;
	if (m->from.n == 0)
		return 0;
	r = (struct reading){.message = message, .max = (size_t)m->size_max};
	buf_reset(message);
	buf_truncate(from, 0);
	buf_append_slice(from, buf_slice(&m->from));
	buf_truncate(&m->from, 0);
	if (read_message(m, &r, err) < 0)
		return -1;
	if (r.too_large)
		return err_set(err, ERR_MESSAGE,
		    "a message is larger than %zu octets", r.max);
	return 1;
}

int64_t
mbox_date_ms(struct slice from)
{
	int64_t ms;

	from = slice_part(from, 5, from.n);
	from = slice_part(from, slice_find(from, ' '), from.n);
	return date_parse(from, &ms) < 0 ? -1 : ms;
}

static void
append_from_line(struct buf *out, struct slice sender, int64_t date_ms)
{
	time_t seconds = date_ms < 0 ? 0 : (time_t)(date_ms / 1000);
	struct tm tm;
	char date[64];

	gmtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%a %b %e %H:%M:%S %Y", &tm);
	buf_append_text(out, "From ");
	if (sender.n == 0)
		buf_append_text(out, "MAILER-DAEMON");
	for (size_t i = 0; i < sender.n; i++)
		buf_append_char(out, sender.p[i] > ' ' ? sender.p[i] : '_');
	buf_format(out, " %s\n", date);
}

void
mbox_append(struct buf *out, struct slice sender, int64_t date_ms,
    struct slice message)
{
	append_from_line(out, sender, date_ms);
	while (message.n > 0) {
		size_t end = slice_find(message, '\n');
		struct slice line = slice_part(message, 0, end + 1);

		if (slice_starts(line, "From ") || is_quoted(line))
			buf_append_char(out, '>');
		buf_append_slice(out, line);
		message = slice_part(message, line.n, message.n);
	}
	if (out->p[out->n - 1] != '\n')
		buf_append_char(out, '\n');
	buf_append_char(out, '\n');
}
