/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_LIMITS_H
#define FE_STORE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "state.h"

/*
 * state/limit.sqlite: one row for each key of each rule.  What the numbers
 * mean is lib/scan's business; here they are kept, in bounds (state_sweep).
 */
enum limit_kind {
	LIMIT_RATE = 1,    /* value: theoretical arrival time, ns since 1970 */
	LIMIT_WAITING = 2, /* greylisted; value: first seen, ms since 1970 */
	LIMIT_PASSED = 3,  /* came again in time */
	LIMIT_BAN = 4
};

struct limit_row {
	struct slice key;  /* of STATE_KEY_SIZE octets */
	struct slice rule; /* its name */
	enum limit_kind kind;
	int64_t value;
	int64_t until_ms; /* since 1970: forgotten then */
};

struct limits {
	struct state state;
	int64_t size_max;
	unsigned added; /* rows in this transaction */
};

int limits_open(struct limits *l, int64_t wait_ms, int64_t size_max,
    struct err *err);
void limits_close(struct limits *l);
/* state_begin, state_commit and state_fail do the rest; before a commit: */
int limits_sweep(struct limits *l, int64_t now_ms, struct err *err);

/* 1, 0 there is none (its time may be over, too), -1.  key and rule of *row
 * are not set. */
int limits_get(struct limits *l, const unsigned char key[STATE_KEY_SIZE],
    int64_t now_ms, struct limit_row *row, struct err *err);
int limits_put(struct limits *l, const struct limit_row *row,
    struct err *err);

/* All of them whose time is not over, those of a rule together. */
int limits_each(struct limits *l, int64_t now_ms,
    void (*each)(void *context, const struct limit_row *row), void *context,
    struct err *err);
/* Forgets one key, those of a rule, or all: *n rows. */
int limits_forget(struct limits *l, const unsigned char *key,
    struct slice rule, int64_t *n, struct err *err);

#endif
