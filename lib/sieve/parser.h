/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_PARSER_H
#define FE_SIEVE_PARSER_H

#include "script.h"

/*
 * A script as text into a tree (RFC 5228, 8), found good as a whole: what it
 * uses is there and required, arguments are what they have to be.  Faults are
 * `NAME:LINE:COLUMN: sentence', ERR_CONFIG.
 */
#define SIEVE_DEPTH_MAX 64        /* of blocks and tests */
#define SIEVE_COMMANDS_MAX 20000  /* of a script */
#define SIEVE_INCLUDES_MAX 50     /* scripts of one decision */
#define SIEVE_INCLUDE_DEPTH_MAX 10

/* Finds what `include' names. */
struct sieve_loader {
	/* 1: text and the name for people are filled, 0: there is none, -1. */
	int (*load)(void *context, bool global, struct slice name,
	    struct buf *text, struct buf *path, struct err *err);
	void *context;
};

/* NULL: err tells.  loader NULL: include finds nothing. */
struct sieve_script *sieve_parse(const char *name, struct slice text,
    const struct sieve_loader *loader, struct err *err);

#endif
