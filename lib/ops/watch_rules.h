/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_WATCH_RULES_H
#define FE_OPS_WATCH_RULES_H

#include "base/buf.h"
#include "base/event.h"
#include "ops/watch_pattern.h"

/*
 * The rules of fe-watch(8), a line each:
 *
 *	line PROGRAM[,PROGRAM] SIGNAL [account=NAME] PATTERN
 *	tell EVENT SEVERITY SIGNAL[,SIGNAL] [unproven]
 *	alarm EVENT SEVERITY SIGNAL[,SIGNAL] by KEY N [WHAT] in TIME [unproven]
 *	place EVENT SEVERITY SIGNAL[,SIGNAL]
 *
 * A line becomes a signal; a signal is told, counted, or compared with where
 * its account came from before.  An alarm goes off at the Nth signal, or the
 * Nth different WHAT, within TIME of those that have the same KEY.
 */
enum watch_key { WATCH_BY_ADDRESS, WATCH_BY_NETWORK, WATCH_BY_ACCOUNT,
	WATCH_BY_OBJECT, WATCH_BY_ALL };
enum watch_what { WATCH_SIGNALS, WATCH_ACCOUNTS, WATCH_ADDRESSES,
	WATCH_NETWORKS, WATCH_OBJECTS, WATCH_PORTS };
enum watch_kind { WATCH_TELL, WATCH_ALARM, WATCH_PLACE };

#define WATCH_SIGNALS_MAX 64 /* names of signals; of alarms, tells and places */
#define WATCH_LINES_MAX 1024
#define WATCH_COUNT_MAX 1000
#define WATCH_RULES_SIZE_MAX ((size_t)1 << 20)

struct watch_line_rule {
	size_t signal;
	struct slice account; /* as the rule says; none: as the line says */
	struct watch_pattern pattern;
};

struct watch_alarm {
	enum watch_kind kind;
	struct slice event;
	enum event_severity severity;
	uint64_t signals; /* a bit each */
	enum watch_key key;
	enum watch_what what;
	int64_t count, window_s;
	bool unproven;
};

/* The line rules of a program, in their order. */
struct watch_program {
	struct slice name; /* one `*' in it stands for anything */
	size_t *lines;
	size_t n;
};

struct watch_rules {
	struct buf text;
	struct slice signals[WATCH_SIGNALS_MAX];
	size_t signals_n;
	struct watch_line_rule *lines;
	size_t lines_n;
	struct watch_program *programs;
	size_t programs_n;
	struct watch_alarm alarms[WATCH_SIGNALS_MAX];
	size_t alarms_n;
};

/* ERR_CONFIG with `PATH:LINE: '. */
int watch_rules_read(struct watch_rules *rules, const char *path,
    struct err *err);
/* The same of a text, which is copied. */
int watch_rules_parse(struct watch_rules *rules, const char *path,
    struct slice text, struct err *err);
void watch_rules_free(struct watch_rules *rules);

/* The rules of a program by its name; NULL: none are about it. */
const struct watch_program *watch_rules_program(
    const struct watch_rules *rules, struct slice name);
/* The number of a signal, or -1. */
int watch_rules_signal(const struct watch_rules *rules, struct slice name);

#endif
