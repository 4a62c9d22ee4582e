/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_OPTION_H
#define FE_BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * A program's options are one const table.  It yields the parsing of the
 * command line, the program's section of fe.conf (same names), --help, the
 * completions and what `fe config show' prints.  Values land in the program's
 * own conf struct, whose first member is a struct cmd_conf (cmd.h).
 *
 * The member at `offset' has the type that the kind says; texts belong to the
 * parser and live as long as the process.
 */
enum option_kind {
	OPTION_END = 0,
	OPTION_FLAG,     /* bool; yes or no in fe.conf; --no-NAME on the line */
	OPTION_COUNT,    /* int; -v -v; not in fe.conf */
	OPTION_TEXT,     /* const char *; NULL when not given */
	OPTION_CHOICE,   /* int: index into `choices' (a|b|c) */
	OPTION_NUMBER,   /* int64_t, min..max */
	OPTION_SIZE,     /* int64_t octets: 50M */
	OPTION_DURATION, /* int64_t seconds: 36h */
	OPTION_TIME,     /* int64_t ms since 1970, -1 when not given */
	OPTION_FD,       /* int; that descriptor stays open; -1: not given */
	OPTION_LIST      /* struct option_list; repeatable */
};

struct option_list {
	const char **items;
	size_t n;
};

enum {
	OPTION_PER_RUN = 1, /* refused in fe.conf */
	OPTION_SHARED = 2,  /* read from [fe] too */
	OPTION_NO_FILTER = 4 /* with it a filter is a server: no delivery */
};

struct option_def {
	enum option_kind kind;
	char letter;          /* 0: none */
	const char *name;     /* long name, without dashes */
	size_t offset;        /* offsetof(struct x_conf, member) */
	const char *argument; /* `DIR', for --help; NULL for flags */
	const char *fallback; /* default, as one would type it; NULL: none */
	const char *choices;  /* `off|offer|require' */
	int64_t min, max;     /* of a number, size or duration; 0,0: >= 0 */
	unsigned flags;
	const char *help; /* a sentence without the full stop */
	/* Or NULL.  `check, watch': with another first word it is an error. */
	const char *verbs;
	/* Or NULL.  For a value that its kind finds good: 0, or -1 with what is
	 * wrong with it, as in "'x' is no address"; where it stands, and so
	 * the kind of error, is put to that. */
	int (*check)(const char *value, struct err *err);
};

/* Checks the text and, unless `member' is NULL, stores its value there; a list
 * has room for it.  -1 if it is no value of this option. */
int option_apply(const struct option_def *def, const char *text, void *member);
/* What a good value would look like, for the sentence about a bad one. */
void option_describe(const struct option_def *def, char *out, size_t size);

bool option_list_has(const struct option_list *list, const char *item);

#endif
