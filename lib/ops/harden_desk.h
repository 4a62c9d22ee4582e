/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_DESK_H
#define FE_OPS_HARDEN_DESK_H

#include "base/cmd.h"
#include "ops/harden.h"

/*
 * What fe-harden does, by its verbs; fe-harden(8) says what each is.  They
 * print to standard output.
 */
enum { HARDEN_OUTPUT_TEXT, HARDEN_OUTPUT_JSON };

struct harden_conf {
	struct cmd_conf cmd;
	struct option_list beside, open, out, allow, needed;
	const char *root, *exceptions;
	int64_t confirm_within, scan_ban, rate;
	int output, profile;
	bool yes, due;
};

struct harden_desk {
	const struct harden_conf *conf;
	struct harden_host host;
	struct harden_exceptions exceptions;
	struct harden_choices choices;
	const char *const *words; /* behind the verb */
	size_t words_n;
	bool found; /* exit code 1 */
};

/* Opens the tree and reads what was configured and chosen; conf must live as
 * long.  ERR_USAGE, ERR_CONFIG; to be closed in any case. */
int harden_desk_open(struct harden_desk *desk, const struct harden_conf *conf,
    struct err *err);
void harden_desk_close(struct harden_desk *desk);

/* 0, or -1 with err. */
typedef int harden_verb(struct harden_desk *desk, struct err *err);

/* harden_desk_look.c */
harden_verb harden_desk_check, harden_desk_explain;
/* harden_desk_plan.c */
harden_verb harden_desk_plan;
/* harden_desk_change.c: for root */
harden_verb harden_desk_apply, harden_desk_confirm, harden_desk_revert;

/* ---- what several of them need ---- */

/* The items that are in force. */
void harden_desk_applied(struct harden_desk *desk, struct harden_choices *all);
/* *all: the union of what is in force and what is chosen, since files hold
 * both; *plan: what is to be done for them, reduced.  Both are the caller's
 * to free, also on -1. */
int harden_desk_make_plan(struct harden_desk *desk, struct harden_choices *all,
    struct harden_plan *plan, struct err *err);
void harden_desk_print_plan(const struct harden_plan *plan);

#endif
