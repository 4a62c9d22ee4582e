/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_LEXER_H
#define FE_SIEVE_LEXER_H

#include <stdint.h>

#include "arena.h"
#include "base/err.h"

/*
 * The words of a script (RFC 5228, 8.1).  Line ends may be LF or CRLF.  A
 * fault is told as `NAME:LINE:COLUMN: sentence', columns in characters from
 * 1, ERR_CONFIG.
 */
#define SIEVE_SCRIPT_MAX ((size_t)1 << 20)  /* octets of a script */
#define SIEVE_STRING_MAX ((size_t)64 << 10) /* octets of one string */

enum token_kind {
	TOKEN_END,
	TOKEN_IDENTIFIER,
	TOKEN_TAG,    /* text without its colon */
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_MARK    /* one of [ ] ( ) { } , ; */
};

struct token {
	enum token_kind kind;
	char mark;
	struct slice text;   /* name, or what the string means */
	int64_t number;      /* K, M and G multiplied in */
	size_t from, to;     /* octets of the script */
};

struct lexer {
	const char *name;
	struct slice script;
	size_t at;
	struct arena *arena;
	struct err *err;
};

/* -1 when the script is too long, or not UTF-8 (RFC 5228, 2.1). */
int lexer_start(struct lexer *l, const char *name, struct slice script,
    struct arena *arena, struct err *err);
int lexer_next(struct lexer *l, struct token *t);
/* Fills err for the octet `at'; -1. */
int lexer_fail(const struct lexer *l, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
unsigned lexer_line(struct slice script, size_t at, unsigned *column);
/* What a token is called in a sentence: `'keep'', `a number', ...  out has
 * TOKEN_TEXT_SIZE octets. */
#define TOKEN_TEXT_SIZE 64
const char *token_text(const struct token *t, char *out);

#endif
