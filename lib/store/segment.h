/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_SEGMENT_H
#define FE_STORE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "journal_entry.h"

/*
 * One file of the delivery journal, journal/ULID.seg: a head of 64 octets
 *	`fe-journal 1' LF, id of the segment, zeros
 * and entries behind it.  Its writer holds a flock on it for life, so one
 * whose lock can be had is an orphan.  It gets its name with the first sync,
 * when head, lock and entries are there: so nobody takes one that is being
 * made for an orphan, and the first message of a segment waits for no other
 * sync than its own and that of the name.
 */
#define SEGMENT_HEAD 64

struct segment {
	char id[ID_SIZE];
	char *path;
	char *new_path;    /* until it has its name; or NULL */
	int fd;
	bool ours;         /* locked by us: may be changed */
	bool failed;       /* nothing more may be appended */
	bool damaged;      /* something between its entries is none */
	uint64_t end;      /* up to here it is durable */
	uint64_t written;  /* up to here it is written, with `waiting' */
	uint64_t sequence; /* of the last entry */
	struct buf waiting;
	size_t open_orders; /* the journal's count: not applied */
};

/* A new one, of which nothing is durable yet. */
struct segment *segment_make(struct err *err);
/* Opens one by name (`ULID.seg').  NULL without err: gone, or not one of
 * ours.  lock: only if its writer is dead (NULL without err if not). */
struct segment *segment_open(const char *name, bool lock, struct err *err);
void segment_close(struct segment *s); /* accepts NULL */
/* Unlinks, then closes. */
void segment_remove(struct segment *s);

/* Appends an entry; *offset is where it stands.  On -1 nothing of it does. */
int segment_append(struct segment *s, const struct journal_message *message,
    const struct journal_order *orders, size_t n, int64_t time_ms,
    uint64_t *offset, struct err *err);
/* Everything appended is durable when it returns 0.  After -1 what was not
 * durable is cut off and the segment has failed: never try again on it. */
int segment_sync(struct segment *s, struct err *err);
/* Throws away all entries, and goes on with the next sequence. */
int segment_reset(struct segment *s, struct err *err);

/* The head of the entry at *offset, its octets in *octets, and *offset is
 * moved behind the entry.  1; 0: no whole entry follows (the end, or a tail
 * that was never acknowledged); -1: it cannot be read.  Octets between two
 * entries that are none are passed over, and `damaged' is set. */
int segment_next(struct segment *s, uint64_t *offset, struct buf *octets,
    struct journal_head *head, struct err *err);
/* Appends the message of the entry at `offset' (content, terms, summary). */
int segment_read_message(const struct segment *s, uint64_t offset,
    const struct journal_head *head, const unsigned char *entry_key,
    struct buf *out, struct err *err);
/* Says that an order of the entry at `offset' is done; not synced. */
void segment_set_done(struct segment *s, uint64_t offset,
    const struct journal_head *head, size_t order);

/* The names of all segments, oldest first, each with a NUL behind it. */
int segment_list(struct buf *names, struct err *err);

#endif
