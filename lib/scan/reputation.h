/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_REPUTATION_H
#define FE_SCAN_REPUTATION_H

#include "scan/dnsbl.h"
#include "scan/identity.h"
#include "store/history.h"

/*
 * What is known of who sent a message: the history of its identities
 * (identity.h) and what lists in DNS say.  Only messages that were just
 * received (member `received') make history: what fe-cat reads does not.
 */
#define REPUTATION_PENDING 128 /* additions that share a transaction */

enum reputation_outcome {
	REPUTATION_UNDECIDED, REPUTATION_GOOD, REPUTATION_BAD
};

struct reputation {
	struct history history;
	bool remembers; /* the home has a state, and we may use it */
	struct dnsbl lists;
	struct {
		unsigned char key[STATE_KEY_SIZE];
		enum reputation_outcome outcome;
	} pending[REPUTATION_PENDING];
	size_t pending_n;
};

struct reputation_conf {
	struct dnsbl_conf lists;
	int64_t half_life; /* seconds */
	bool no_history;
};

/* A home without keys/state.key, or one that is not ours to read, has no
 * history: that is no error. */
int reputation_open(struct reputation *r, const struct reputation_conf *conf,
    struct err *err);
void reputation_close(struct reputation *r); /* keeps what is pending */
/* Writes the member `reputation'; score: 0 good, 0.5 unknown, 1 bad. */
void reputation_write(struct reputation *r, const struct meta *meta,
    const struct urls *urls, int64_t until_ms, struct json_writer *w);
/* The message turned out to be such. */
void reputation_learn(struct reputation *r, const struct meta *meta,
    enum reputation_outcome outcome);
/* Keeps what is pending; for when there is nothing else to do. */
void reputation_flush(struct reputation *r);

#endif
