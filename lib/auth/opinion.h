/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_OPINION_H
#define FE_AUTH_OPINION_H

#include "auth/checks.h"
#include "record/stream.h"

/*
 * The second opinion: a fe-opinion that runs beside us, is sent each record
 * and answers with what libspf2 and libopendkim say of it.
 */
enum opinion_engine { ENGINE_NATIVE, ENGINE_SYSTEM, ENGINE_BOTH };

#define OPINION_ANSWER_MAX ((size_t)2 << 20)

struct opinion;

struct opinion_conf {
	const char *home, *dns_zone; /* or NULL */
	bool no_dns;
	int64_t dns_timeout_s, time_max_s, size_max;
	int64_t now_ms; /* -1: the clock runs */
};
/* Starts it: before the sandbox.  ERR_SYSTEM. */
struct opinion *opinion_start(const struct opinion_conf *conf,
    struct err *err);
/* Ends it; accepts NULL. */
void opinion_stop(struct opinion *opinion);
/* Sends the record and waits for the answer, until deadline_ms
 * (clock_monotonic_ms) at most; it is told how long that is.  If it is late
 * all the same, or dies, it is gone for good.  -1: there is no answer, or no
 * time for one. */
int opinion_ask(struct opinion *opinion, struct record *r,
    int64_t deadline_ms);

/* The last answer against our own results.  Appends to `out' the array
 * `disagreements' ({"check", "domain", "selector", "native", "system"});
 * returns how many there are. */
size_t opinion_compare(const struct opinion *opinion,
    const struct checks *checks, struct buf *out);
/* Puts the last answer in the place of our results; without an answer they
 * are temperror. */
void opinion_replace(const struct opinion *opinion, struct spf_result *spf,
    struct dkim_report *dkim);

#endif
