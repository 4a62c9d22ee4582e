/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BANNER_H
#define FE_OPS_BANNER_H

#include "ops/ban_firewall.h"

/*
 * Decisions: whom an event bans, and for how long.  The first ban of a client
 * lasts time_s; each further one, unless forget_s have passed since the last
 * ended, lasts `grow' times as long as the one before, time_max_s at most.
 * Where the address may be forged it lasts unproven_max_s at most.
 *
 * The list is HOME/state/bans, shared by any number of processes: who changes
 * it holds a lock, reads it, and writes it whole.
 */
struct banner_conf {
	int64_t time_s, time_max_s, grow, forget_s, unproven_max_s;
	enum event_severity severity; /* from which on an event bans */
	const struct option_list *ignore; /* names of events */
	bool dry_run;
	bool no_firewall;
};

#define BANNER_EVENT_AGE_MS (INT64_C(3600) * 1000)

struct banner {
	struct banner_conf conf;
	struct ban_allow allow;
	struct ban_list list;
	struct buf path, lock_path;
	int lock;          /* -1: not held */
	bool has_firewall; /* and its sets are there */
	bool missed;       /* and a warning said so */
	bool changed;      /* the list */
	struct buf script; /* for nft */
	struct buf *out;   /* events `ban' and `unban' */
};

/* Why an event bans nobody. */
enum banner_result {
	BANNER_BANNED,
	BANNER_NOT_MEANT,  /* no address, not severe, ignored, old */
	BANNER_ALLOWED,
	BANNER_STANDS      /* the client is banned already */
};

/* Looks for the firewall; `allow' was initialised.  Events go to *out. */
int banner_open(struct banner *b, const struct banner_conf *conf,
    struct buf *out, struct err *err);
void banner_close(struct banner *b);

/* Everything between begin and end is one change: the firewall's first, then
 * the file's.  With dry_run neither.  A firewall that cannot be changed is a
 * warning, and tried again: the file is what counts. */
int banner_begin(struct banner *b, struct err *err);
int banner_end(struct banner *b, struct err *err);

enum banner_result banner_take_event(struct banner *b,
    const struct event *event);
/* By hand; for_s 0: as long as it would be.  Who is allowed is ERR_USAGE. */
int banner_ban(struct banner *b, const struct ip *ip, int64_t for_s,
    struct err *err);
/* False if he is not on the list.  His strikes are forgotten. */
bool banner_forgive(struct banner *b, const struct ip *ip);
void banner_forgive_all(struct banner *b);
/* Puts all bans that last into the firewall: at the start (`first'), with the
 * time that is left of them, and now and then, since others may load it anew.
 * Whoever is allowed by now is forgiven. */
void banner_restore(struct banner *b, bool first);

#endif
