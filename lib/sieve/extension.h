/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_EXTENSION_H
#define FE_SIEVE_EXTENSION_H

#include <stdint.h>

#include "base/slice.h"

/*
 * What a script may `require' (RFC 5228, 2.10.5).  All of these are done
 * whole; a name that is not here is an error.
 */
enum sieve_extension {
	EXT_NONE = 0, /* the base language */
	EXT_FILEINTO,
	EXT_ENVELOPE,
	EXT_ENCODED_CHARACTER,
	EXT_COMPARATOR_NUMERIC,
	EXT_COMPARATOR_OTHER, /* those that need no require, yet may have one */
	EXT_COPY,             /* RFC 3894 */
	EXT_BODY,             /* RFC 5173 */
	EXT_VARIABLES,        /* RFC 5229 */
	EXT_VACATION,         /* RFC 5230 */
	EXT_VACATION_SECONDS, /* RFC 6131 */
	EXT_RELATIONAL,       /* RFC 5231 */
	EXT_IMAP4FLAGS,       /* RFC 5232 */
	EXT_SUBADDRESS,       /* RFC 5233 */
	EXT_SPAMTEST,         /* RFC 5235 */
	EXT_SPAMTESTPLUS,
	EXT_VIRUSTEST,
	EXT_DATE,             /* RFC 5260 */
	EXT_INDEX,
	EXT_EDITHEADER,       /* RFC 5293 */
	EXT_REJECT,           /* RFC 5429 */
	EXT_EREJECT,
	EXT_ENOTIFY,          /* RFC 5435 */
	EXT_ENVIRONMENT,      /* RFC 5183 */
	EXT_MAILBOX,          /* RFC 5490 */
	EXT_INCLUDE,          /* RFC 6609 */
	EXT_REGEX,            /* draft-ietf-sieve-regex-01 */
	EXT_DUPLICATE,        /* RFC 7352 */
	EXT_RECORD            /* vnd.fe.record: fe-sieve(1) */
};

#define EXT_BIT(extension) (UINT64_C(1) << (extension))

/* EXT_NONE: there is none of that name. */
enum sieve_extension extension_find(struct slice name);
const char *extension_name(enum sieve_extension extension);
/* The i-th name, or NULL behind the last: for a list of them. */
const char *extension_at(size_t i);

#endif
