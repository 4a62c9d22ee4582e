/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_SIGNERS_H
#define FE_NET_SIGNERS_H

#include <stdbool.h>
#include <stddef.h>

#include "net/signer.h"

/*
 * The key processes of a server that accepts for itself: the newest, and each
 * before it as long as there is a session that began with its certificate,
 * for which no other key can sign.  A session is the number of its slot.
 */
struct signers {
	struct signers_one *newest; /* NULL: there is none yet */
	size_t max;
	struct signers_one **of; /* of each slot; NULL: of none; mem_own */
};

/* For slots from 0 to max - 1. */
void signers_init(struct signers *s, size_t max);
void signers_free(struct signers *s); /* lets all of them end */
/* `fresh', which it takes over, is the newest from now on. */
void signers_add(struct signers *s, struct signer fresh);
/* The newest, or {0, -1}. */
struct signer signers_newest(const struct signers *s);
/* A session begins: with the newest. */
void signers_begin(struct signers *s, size_t slot);
/* It has ended; that it had not begun is no error. */
void signers_end(struct signers *s, size_t slot);
/* A channel to the session's key process, or to the newest where that one has
 * died. */
int signers_connect(const struct signers *s, size_t slot, struct err *err);
/* A process has died.  Was it the newest? */
bool signers_bury(struct signers *s, pid_t pid);

#endif
