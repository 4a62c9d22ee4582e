/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_CHILDREN_H
#define FE_NET_CHILDREN_H

#include <sodium.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/chains.h"
#include "net/ip.h"

/*
 * The sessions of a server that accepts for itself, each in a slot: found by
 * its pid, its pipeline's pid or its client's address at a cost that does not
 * grow with their number.
 */
struct child {
	pid_t pid; /* 0: the slot is free */
	int fd;    /* -1: it has not asked for anything yet, or not any more */
	bool knocked; /* it had one */
	bool told;    /* to end */
	unsigned char keys; /* how often it has asked for the key process */
	struct ip client; /* ip_client */
	pid_t pipeline;   /* 0: none */
};

struct children {
	struct child *items; /* by slot; max; with all tables in one piece, */
	size_t size;         /* so large, which no session has (mem_own) */
	size_t max, n, top;  /* allowed, there, above the highest ever used */
	size_t *vacant, vacant_n; /* slots below top that are free again */
	struct chains pids;       /* of sessions; + max: of pipelines */
	struct chains clients;
	unsigned char key[crypto_shorthash_KEYBYTES]; /* of their hashes */
};

void children_init(struct children *c, size_t max);
void children_free(struct children *c);

/* The slot that the next one gets; there are fewer than max. */
size_t children_next_slot(const struct children *c);
/* Into that slot. */
struct child *children_add(
    struct children *c, pid_t pid, const struct ip *client);
/* It has ended: closes its descriptor. */
void children_remove(struct children *c, struct child *child);
size_t children_slot(const struct children *c, const struct child *child);
/* The session of this pid, or whose pipeline has it; or NULL. */
struct child *children_find(
    const struct children *c, pid_t pid, bool pipeline);
/* How many there are of a client (ip_client). */
size_t children_of(const struct children *c, const struct ip *client);
/* 0: it has none any more. */
void children_set_pipeline(
    struct children *c, struct child *child, pid_t pid);
/* Closes its channel. */
void child_hang_up(struct child *child);
/* To all of them, or to those who were told to end. */
void children_signal(const struct children *c, int number, bool all);

#endif
