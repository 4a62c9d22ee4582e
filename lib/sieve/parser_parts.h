/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_PARSER_PARTS_H
#define FE_SIEVE_PARSER_PARTS_H

#include "lexer.h"
#include "parser.h"

/*
 * What the files of the parser share.  All that return int give 0, or -1 with
 * a sentence in p->err.
 */
struct parents {
	struct slice key;
	struct sieve_script *script; /* while it is read */
	struct parents *up;
};

struct parser {
	struct lexer lexer;
	struct token token;
	struct sieve_script *script;
	struct sieve_script *top; /* the outermost */
	const struct sieve_loader *loader;
	struct parents *parents;
	unsigned depth, include_depth;
	size_t line_at;   /* line_at's line is known: */
	unsigned line;
	uint64_t used;
	bool past_require;
	struct err *err;
};

int parser_next(struct parser *p); /* the token behind this one */
bool parser_at_mark(const struct parser *p, char mark);
/* `expected EXPECTED SUBJECT, found ...'; -1. */
int parser_fail_expected(struct parser *p, const char *expected,
    const char *subject);
/* Is the extension required that WHAT, a word or a tag, is of? */
int parser_need(struct parser *p, enum sieve_extension extension, size_t at,
    const char *colon, const char *what);
/* A whole script; top and parents NULL, include_depth 0: the outermost. */
struct sieve_script *parser_script(const char *name, struct slice text,
    const struct sieve_loader *loader, struct sieve_script *top,
    struct parents *parents, unsigned include_depth, struct err *err);

/* parser_arguments.c: tags, then the arguments that the word takes. */
int parser_arguments(struct parser *p, struct sieve_node *node);
/* parser_include.c: what two commands do when they are read. */
int parser_require(struct parser *p, const struct sieve_node *node);
int parser_include(struct parser *p, struct sieve_node *node);

#endif
