/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_STREAM_H
#define FE_RECORD_STREAM_H

#include "base/buf.h"
#include "base/err.h"
#include "record/meta.h"

/*
 * Streams of records over descriptors (fe-record(5)): segments of meta LF
 * body, each closed by an end mark.  The reader holds one body at a time;
 * record_take() passes it on without a copy.
 */
struct record {
	struct meta meta;
	struct buf body; /* CRLF line ends; exactly meta.size octets */
};
struct record *record_new(void);
void record_free(struct record *r); /* accepts NULL */

struct record_reader {
	int fd;
	int64_t size_max; /* of a body; more is ERR_MESSAGE */
	struct buf ahead; /* read, not yet used */
	size_t used;
	int64_t in_segment;
	bool between; /* an end mark came last */
	struct record *partial; /* its body is not whole yet */
	int64_t skip; /* octets of a body that is not wanted */
	int64_t room; /* a body that is larger is not begun yet */
};
void record_reader_init(struct record_reader *r, int fd, int64_t size_max);
/* Reads the octets of a stream that is in memory already (copied). */
void record_reader_init_memory(
    struct record_reader *r, struct slice stream, int64_t size_max);
/* Octets that were read from fd before, to be read first. */
void record_reader_feed(struct record_reader *r, struct slice first);
void record_reader_free(struct record_reader *r);

enum record_event {
	RECORD_BROKEN = -1, /* err tells; a dead neighbour is ERR_SYSTEM */
	RECORD_END,         /* end of file behind an end mark */
	RECORD_READ,        /* *record is the caller's */
	RECORD_MARK,        /* an end mark with the right count */
	RECORD_AGAIN        /* nothing whole yet: fd does not block */
};
/* The next event; blocks unless fd does not.  A record has a valid id and a
 * size. */
enum record_event record_read(struct record_reader *r, struct record **record,
    struct err *err);
/* False when the next record is known to be larger than there is room for;
 * record_read then says RECORD_AGAIN.  At first there is room for any. */
bool record_reader_has_room(const struct record_reader *r);
/* The memory that a body has which is not whole yet: as much as the whole. */
int64_t record_reader_holds(const struct record_reader *r);
/* True between the first octet of a meta and the last one of its body, be it
 * passed over. */
bool record_reader_is_within(const struct record_reader *r);
/* The record that there is no room for, as read but for its body, which is
 * passed over; the caller's. */
struct record *record_reader_refuse(struct record_reader *r);
/* True when record_read may return without reading the descriptor. */
bool record_reader_has_ahead(const struct record_reader *r);

struct record_writer {
	int fd;
	int64_t in_segment;
	struct buf line; /* of the meta; kept for the next record */
};
void record_writer_init(struct record_writer *w, int fd);
void record_writer_free(struct record_writer *w);
/* Sets meta.size from the body and writes both, flushed. ERR_SYSTEM (errno
 * is kept: EPIPE means that the reader is gone), ERR_MESSAGE when the meta is
 * over 1 MiB: then nothing was written. */
int record_write(struct record_writer *w, struct record *r, struct err *err);
/* The first half of that, for who writes in his own way: what goes ahead of the
 * body is in w->line, and the record counts as written. */
int record_write_head(struct record_writer *w, struct record *r,
    struct err *err);
/* {"fe":1,"end":N} LF and N back to 0. */
int record_write_mark(struct record_writer *w, struct err *err);

#endif
