/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LIMITER_H
#define FE_SCAN_LIMITER_H

#include "base/event_socket.h"
#include "scan/limit_exempt.h"
#include "scan/limit_key.h"
#include "store/limits.h"

/*
 * Rules applied to records.  Rates are GCRA (ITU-T I.371, virtual scheduling):
 * each key has a theoretical arrival time TAT; what costs n units conforms if
 * max(TAT, now) + n * interval - now is at most burst * interval, and then
 * that is the new TAT; what does not conform does not count.
 *
 * All judgements between limiter_begin and limiter_end are one transaction:
 * keep no lock while you wait for somebody.  Where the state cannot be had
 * nothing is over, the result is `unavailable', and a warning says so.
 */
struct limiter {
	struct limit_rule *rules;
	size_t n;
	struct limit_exempt exempt;
	struct limits limits;
	bool dry_run;    /* nothing is kept */
	const char *by;  /* `fe-limit' */
	int64_t now_ms;  /* of this transaction */
	bool available;  /* this transaction */
	struct buf identity;
	struct event_sender *events; /* who is banned is told; may be NULL */
};

/* What is judged. */
struct limit_subject {
	const struct meta *meta;
	enum limit_step step;
	struct slice ip; /* where not none: stands for client.ip */
};

/* What became of it, all rules together. */
struct limit_outcome {
	bool over;
	int64_t retry_after_s;
};

void limiter_begin(struct limiter *l);
/* Appends an entry of `limits' for each rule of the step (and for bans of
 * other steps) to an open JSON array. */
void limiter_judge(struct limiter *l, const struct limit_subject *subject,
    struct json_writer *w, struct limit_outcome *outcome);
void limiter_end(struct limiter *l);
bool limiter_has_step(const struct limiter *l, enum limit_step step);

/* Octets of a pseudonym that are shown, and their hex digits with NUL. */
#define LIMITER_SHOWN 8
#define LIMITER_SHOWN_SIZE (2 * LIMITER_SHOWN + 1)
const char *limiter_show_key(const unsigned char *key,
    char out[LIMITER_SHOWN_SIZE]);
/* The keys that a rule has for values as a person types them: its own and
 * that of its ban.  -1 where they cannot be values of this rule. */
int limiter_keys(struct limiter *l, const struct limit_rule *rule,
    struct slice values, unsigned char own[STATE_KEY_SIZE],
    unsigned char ban[STATE_KEY_SIZE]);

#endif
