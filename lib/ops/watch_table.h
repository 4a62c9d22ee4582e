/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_WATCH_TABLE_H
#define FE_OPS_WATCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * What an alarm has counted: for each key the latest N signals, each with its
 * time and what is to be different about it.  The memory is that of a fixed
 * number of keys; when a key finds no room the one with the least goes, so
 * that a flood of addresses that are each seen once pushes out itself.
 */
struct watch_table {
	size_t buckets; /* a power of two; of 8 keys each */
	size_t count;   /* N */
	size_t stride;  /* octets of a bucket */
	int64_t window_s;
	unsigned char *memory;
	unsigned char secret[16]; /* of the hashes: nobody chooses a bucket */
};

/* As many keys as fit into `size' octets, 8 at least. */
void watch_table_init(struct watch_table *t, size_t size, int64_t count,
    int64_t window_s);
void watch_table_free(struct watch_table *t);
size_t watch_table_keys(const struct watch_table *t);
size_t watch_table_memory(const struct watch_table *t); /* octets */
/* A signal with this key.  `what' none: every signal is different.  Returns
 * the number of signals since the last alarm when N different ones lie within
 * the window (and starts anew), else 0. */
int64_t watch_table_add(struct watch_table *t, struct slice key,
    struct slice what, int64_t now_s);

#endif
