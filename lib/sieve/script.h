/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_SCRIPT_H
#define FE_SIEVE_SCRIPT_H

#include "arena.h"
#include "base/err.h"
#include "regex.h"
#include "vocabulary.h"

/*
 * A script that was read and found good: a tree.  It does not change while
 * it runs, so one may serve many messages.
 */
enum match_type { MATCH_IS, MATCH_CONTAINS, MATCH_MATCHES, MATCH_REGEX,
	MATCH_COUNT, MATCH_VALUE };
enum match_relation { RELATION_EQ, RELATION_NE, RELATION_GT, RELATION_GE,
	RELATION_LT, RELATION_LE };
enum comparator { COMPARE_CASEMAP, COMPARE_OCTET, COMPARE_NUMERIC };
enum address_part { PART_ALL, PART_LOCALPART, PART_DOMAIN, PART_USER,
	PART_DETAIL };

struct sieve_match {
	enum match_type type;
	enum match_relation relation;
	enum comparator comparator;
	bool comparator_given;
	enum address_part part;
};

/* A string is the text, or pieces where it holds variables. */
struct sieve_piece {
	struct slice literal; /* none: a variable */
	int variable;         /* index of script.variables, or -1: */
	unsigned match;       /* ${1} */
};
struct sieve_string {
	struct slice text;  /* without variables: what it means */
	struct slice lower; /* the same in lower case */
	struct sieve_regex *regex;
	int variable; /* where it is the name of one: its index */
	struct sieve_piece *pieces;
	size_t pieces_n;    /* 0: text is all */
};

struct sieve_value {
	bool is_number;
	int64_t number;
	struct sieve_string *strings;
	size_t n;
	size_t at; /* octet of the script */
};

struct sieve_tag_use {
	enum sieve_tag tag;
	struct sieve_value *value; /* NULL: takes none */
	struct sieve_tag_use *next;
};

#define NODE_ARGS_MAX 3
struct sieve_script;

struct sieve_node {
	const struct word_def *def;
	unsigned line;
	size_t at;           /* octet of the script */
	struct slice source; /* as written, without a block */
	struct sieve_match match;
	struct sieve_tag_use *tags;
	struct sieve_value *args[NODE_ARGS_MAX]; /* by place in def->args */
	struct sieve_node *tests;  /* first of its tests */
	struct sieve_node *block;  /* first command of its block */
	struct sieve_node *next;   /* sibling */
	struct sieve_script *included; /* NULL: :optional, and not there */
};

struct sieve_variable {
	struct slice name; /* lower case */
	bool is_global;    /* by the command `global' or as `global.x' */
	bool is_set;       /* by `set', as far as the script was read */
};
#define SIEVE_VARIABLES_MAX 256

struct sieve_script {
	const char *name; /* for people */
	struct slice text;
	uint64_t required; /* EXT_BITs */
	struct sieve_node *first;
	struct sieve_variable *variables;
	size_t variables_n;
	size_t commands_n;
	struct sieve_regex *regexes;   /* all of them, to be freed */
	struct sieve_script *includes; /* the next in a list of them all */
	struct slice key;  /* of an included one: which it is */
	struct arena arena; /* all of the above, and itself not */
	struct buf warnings; /* lines `NAME:LINE: sentence' of check */
};

struct sieve_script *script_new(const char *name, struct slice text);
void script_free(struct sieve_script *s); /* with what it includes; NULL */
const struct sieve_tag_use *node_tag(const struct sieve_node *node,
    enum sieve_tag tag);
/* The only text of a value that has no variables, else none. */
struct slice value_constant(const struct sieve_value *value);
/* Index of a variable by its name (any case), added if need be; -1: too
 * many. */
int script_variable(struct sieve_script *s, struct slice name);

#endif
