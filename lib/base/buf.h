/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_BUF_H
#define FE_BASE_BUF_H

#include <stddef.h>

#include "slice.h"

/*
 * The one growing buffer.  Invariants: p is NULL only while nothing was ever
 * appended; else p[n] is NUL (not counted), though NULs may stand before it;
 * n <= max.  The append verbs return 0, or -1 when the result would be longer
 * than max, and then change nothing.  Slices into a buffer die with the next
 * append.  Memory comes from mem.h.
 */
struct buf {
	char *p;
	size_t n;
	size_t capacity;
	size_t max;
};

#define BUF_MAX ((size_t)1 << 40) /* "no limit": for our own data only */
#define BUF_INIT {NULL, 0, 0, BUF_MAX}
#define BUF_LIMITED(limit) {NULL, 0, 0, (limit)}

int buf_append(struct buf *b, const void *p, size_t n);
int buf_append_slice(struct buf *b, struct slice s);
int buf_append_text(struct buf *b, const char *text);
/* In ASCII lower case; -1: full, and holds the beginning. */
int buf_append_lower(struct buf *b, struct slice s);
int buf_format(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for n more octets at p + n, for read(2); the caller adds to n. */
int buf_reserve(struct buf *b, size_t n);

static inline int
buf_append_char(struct buf *b, char c)
{
	if (b->n + 1 >= b->capacity && buf_reserve(b, 1) < 0)
		return -1;
	if (b->n >= b->max)
		return -1;
	b->p[b->n++] = c;
	b->p[b->n] = '\0';
	return 0;
}

/* Takes the octets [from, to) out. */
void buf_remove(struct buf *b, size_t from, size_t to);
void buf_truncate(struct buf *b, size_t n);

static inline struct slice
buf_slice(const struct buf *b)
{
	return (struct slice){b->p != NULL ? b->p : "", b->n};
}

const char *buf_text(const struct buf *b); /* never NULL */

/* Empties for reuse; memory over 1 MiB goes back to the system. */
void buf_reset(struct buf *b);
void buf_free(struct buf *b); /* also ready for use again, same max */
void buf_wipe(struct buf *b); /* zeroes the memory first, then frees */
/* The caller owns the octets (NUL behind them, length in *n if not NULL). */
char *buf_take(struct buf *b, size_t *n);

#endif
