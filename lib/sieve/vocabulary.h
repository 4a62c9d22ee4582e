/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_VOCABULARY_H
#define FE_SIEVE_VOCABULARY_H

#include <stdbool.h>

#include "extension.h"

/*
 * Commands, tests and tags of the language as tables: the parser takes what
 * they say, and checks by them what a script may use.
 */
enum sieve_word {
	WORD_NONE,
	/* control and actions */
	WORD_REQUIRE, WORD_IF, WORD_ELSIF, WORD_ELSE, WORD_STOP, WORD_KEEP,
	WORD_DISCARD, WORD_REDIRECT, WORD_FILEINTO, WORD_REJECT, WORD_EREJECT,
	WORD_SET, WORD_SETFLAG, WORD_ADDFLAG, WORD_REMOVEFLAG, WORD_ADDHEADER,
	WORD_DELETEHEADER, WORD_VACATION, WORD_NOTIFY, WORD_INCLUDE,
	WORD_RETURN, WORD_GLOBAL, WORD_QUARANTINE, WORD_TEMPFAIL,
	/* tests */
	WORD_ADDRESS, WORD_ALLOF, WORD_ANYOF, WORD_ENVELOPE, WORD_EXISTS,
	WORD_FALSE, WORD_HEADER, WORD_NOT, WORD_SIZE, WORD_TRUE, WORD_BODY,
	WORD_STRING, WORD_HASFLAG, WORD_DATE, WORD_CURRENTDATE,
	WORD_MAILBOXEXISTS, WORD_ENVIRONMENT, WORD_SPAMTEST, WORD_VIRUSTEST,
	WORD_VALID_NOTIFY_METHOD, WORD_NOTIFY_METHOD_CAPABILITY,
	WORD_DUPLICATE, WORD_FE
};

enum sieve_tag {
	TAG_NONE,
	TAG_COPY, TAG_CREATE, TAG_FLAGS, TAG_OVER, TAG_UNDER, TAG_RAW,
	TAG_CONTENT, TAG_TEXT, TAG_LOWER, TAG_UPPER, TAG_LOWERFIRST,
	TAG_UPPERFIRST, TAG_QUOTEWILDCARD, TAG_QUOTEREGEX, TAG_LENGTH,
	TAG_ENCODEURL, TAG_DAYS, TAG_SECONDS, TAG_SUBJECT, TAG_FROM,
	TAG_ADDRESSES, TAG_MIME, TAG_HANDLE, TAG_ZONE, TAG_ORIGINALZONE,
	TAG_INDEX, TAG_LAST, TAG_PERCENT, TAG_IMPORTANCE, TAG_OPTIONS,
	TAG_MESSAGE, TAG_PERSONAL, TAG_GLOBAL, TAG_ONCE, TAG_OPTIONAL,
	TAG_HEADER, TAG_UNIQUEID,
	/* kept in the node itself */
	TAG_COMPARATOR, TAG_IS, TAG_CONTAINS, TAG_MATCHES, TAG_REGEX,
	TAG_COUNT, TAG_VALUE, TAG_ALL, TAG_LOCALPART, TAG_DOMAIN, TAG_USER,
	TAG_DETAIL
};

/* Which families of tags a word takes beside its own. */
enum { TAKES_MATCH = 1, TAKES_PART = 2, TAKES_INDEX = 4 };
enum word_shape {
	SHAPE_PLAIN,
	SHAPE_TEST,  /* one test behind it: if, not */
	SHAPE_TESTS, /* a list of tests */
	SHAPE_BLOCK  /* nothing but a block: else */
};
#define WORD_TAGS_MAX 8

struct word_def {
	const char *name;
	enum sieve_word word;
	bool is_test;
	enum sieve_extension extension;
	unsigned takes;
	enum word_shape shape;
	/* S string, L strings, N number, ? the next one is optional. */
	const char *args;
	enum sieve_tag tags[WORD_TAGS_MAX];
};

struct tag_def {
	const char *name; /* without the colon */
	enum sieve_tag tag;
	char arg;         /* as in word_def; 0: none */
	enum sieve_extension extension;
};

/* Case-blind; NULL: unknown. */
const struct word_def *word_find(struct slice name, bool is_test);
/* The tag of that name if the word takes it, else NULL. */
const struct tag_def *tag_find(const struct word_def *word,
    struct slice name);
/* Is there such a tag at all? */
bool tag_exists(struct slice name);
/* What this word needs for that tag. */
enum sieve_extension tag_needs(const struct word_def *word,
    const struct tag_def *tag);

#endif
