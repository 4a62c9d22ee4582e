/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LIMIT_RULE_H
#define FE_SCAN_LIMIT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * A rule of fe-limit, as one writes it:
 *
 *	NAME key=MEMBERS rate=N/TIME [burst=N] [count=WHAT] [ban=TIME]
 *	    [slow=TIME] [at=STEP] [observe]
 *	NAME key=MEMBERS greylist [delay=TIME] [window=TIME] [keep=TIME]
 *	    [at=STEP] [observe]
 */
enum limit_step {
	LIMIT_AT_MESSAGE,   /* in a pipeline */
	LIMIT_AT_CONNECTION,
	LIMIT_AT_RECIPIENT, /* RCPT of one that exists */
	LIMIT_AT_UNKNOWN    /* RCPT of one that does not */
};

enum limit_count { LIMIT_MESSAGES, LIMIT_RECIPIENTS, LIMIT_OCTETS };

#define LIMIT_MEMBERS_MAX 4
#define LIMIT_NAME_MAX 31

struct limit_rule {
	char name[LIMIT_NAME_MAX + 1];
	struct slice members[LIMIT_MEMBERS_MAX]; /* paths; into the text */
	size_t members_n;
	enum limit_step step;
	bool greylist, observe;
	enum limit_count count;
	int64_t interval_ns; /* of one unit: TIME / N */
	int64_t burst;       /* units at once */
	int64_t ban_s, slow_s;
	int64_t delay_s, window_s, keep_s;
};

/* The text lives as long as the rule.  ERR_CONFIG. */
int limit_rule_parse(const char *text, struct limit_rule *rule,
    struct err *err);
/* For `check' of an option (option.h). */
int limit_rule_check(const char *text, struct err *err);
/* A rule from single options: `key' is its name, too; burst 0: as N. */
int limit_rule_make(const char *key, const char *rate, int64_t burst,
    struct limit_rule *rule, struct err *err);
const char *limit_step_name(enum limit_step step);
/* -1 if there is none of that name. */
int limit_step_find(struct slice name);

#endif
