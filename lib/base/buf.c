/* SPDX-License-Identifier: ISC */
/*
 * The growing buffer.  Growth is by halves, never beyond the maximum.
 */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define BUF_KEEP ((size_t)1 << 20) /* buf_reset gives back what is above */

int
buf_reserve(struct buf *b, size_t n)
{
	size_t need, capacity;

	if (n > b->max || b->n > b->max - n)
		return -1;
	need = b->n + n + 1;
	if (need <= b->capacity)
		return 0;
	capacity = b->capacity + b->capacity / 2;
	if (capacity < need)
		capacity = need;
	if (capacity < 64)
		capacity = 64;
	b->p = mem_array(b->p, capacity, 1);
	b->capacity = capacity;
	b->p[b->n] = '\0';
	return 0;
}

int
buf_append(struct buf *b, const void *p, size_t n)
{
	if (buf_reserve(b, n) < 0)
		return -1;
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
	return 0;
}

int
buf_append_slice(struct buf *b, struct slice s)
{
	return buf_append(b, s.p, s.n);
}

int
buf_append_text(struct buf *b, const char *text)
{
	return buf_append(b, text, strlen(text));
}

int
buf_append_lower(struct buf *b, struct slice s)
{
	struct slice part = slice_part(s, 0, b->max - b->n);
	size_t from = b->n;

	buf_append_slice(b, part);
	for (size_t i = 0; i < part.n; i++)
		b->p[from + i] = ascii_lower(b->p[from + i]);
	return part.n == s.n ? 0 : -1;
}

int
buf_format(struct buf *b, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0 || buf_reserve(b, (size_t)n) < 0)
		return -1;
	va_start(args, format);
	vsnprintf(b->p + b->n, (size_t)n + 1, format, args);
	va_end(args);
	b->n += (size_t)n;
	return 0;
}

void
buf_remove(struct buf *b, size_t from, size_t to)
{
	if (to > b->n)
		to = b->n;
	if (from >= to)
		return;
	memmove(b->p + from, b->p + to, b->n - to);
	buf_truncate(b, b->n - (to - from));
}

void
buf_truncate(struct buf *b, size_t n)
{
	if (n < b->n || (n == b->n && b->p != NULL)) {
		b->n = n;
		b->p[n] = '\0';
	}
}

const char *
buf_text(const struct buf *b)
{
	return b->p != NULL ? b->p : "";
}

void
buf_reset(struct buf *b)
{
	if (b->capacity > BUF_KEEP)
		buf_free(b);
	else
		buf_truncate(b, 0);
}

void
buf_free(struct buf *b)
{
	free(b->p);
	b->p = NULL;
	b->n = b->capacity = 0;
}

void
buf_wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->capacity);
	buf_free(b);
}

char *
buf_take(struct buf *b, size_t *n)
{
	char *p;

	buf_reserve(b, 0);
	p = b->p;
	if (n != NULL)
		*n = b->n;
	b->p = NULL;
	b->n = b->capacity = 0;
	return p;
}
