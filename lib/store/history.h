/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_HISTORY_H
#define FE_STORE_HISTORY_H

#include "state.h"

/*
 * state/reputation.sqlite: what came from whom.  Each identity (a pseudonym)
 * has two sums that halve every half-life, so that who changes is seen to.
 * Additions of several processes come to the same as those of one.  Rows of
 * which nothing is left go (state_sweep).
 */
struct history {
	struct state state;
	int64_t half_life_ms, size_max;
	unsigned added; /* rows in this transaction */
};

struct history_row {
	double good, bad;  /* messages, by now */
	double all;        /* those neither good nor bad, too */
	int64_t first_ms;  /* when it was first seen, since 1970 */
};

int history_open(struct history *h, int64_t half_life_ms, int64_t size_max,
    int64_t wait_ms, struct err *err);
void history_close(struct history *h);
/* Both within a transaction of h->state.  1, 0 there is none, -1. */
int history_get(struct history *h, const unsigned char key[STATE_KEY_SIZE],
    int64_t now_ms, struct history_row *row, struct err *err);
/* Adds these numbers of messages; first_ms is not looked at. */
int history_add(struct history *h, const unsigned char key[STATE_KEY_SIZE],
    int64_t now_ms, const struct history_row *more, struct err *err);
/* Before a commit. */
int history_sweep(struct history *h, int64_t now_ms, struct err *err);

#endif
