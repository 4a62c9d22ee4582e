/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_SECURITY_TXT_H
#define FE_OPS_SECURITY_TXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/option.h"

/*
 * security.txt (RFC 9116): whom to tell of a hole.
 */
struct security_txt {
	struct option_list contacts; /* in the order of preference, 2.5.3 */
	int64_t expires_ms;	     /* 2.5.5 */
	struct option_list encryption, acknowledgments, policy, hiring;
	const char *languages; /* `en, de', or NULL */
	struct option_list canonical;
};
/* Appends the file; CRLF line ends.  ERR_USAGE: no contact, a URI that is
 * none (RFC 3986; web ones must be https, 2.5), a language that is none. */
int security_txt_format(const struct security_txt *s, struct buf *out,
    struct err *err);

/* For `check' of options (option.h): one URI, and the languages. */
int security_check_uri(const char *text, struct err *err);
int security_check_languages(const char *text, struct err *err);

/* What is wrong with a file that somebody wrote. */
struct security_txt_facts {
	int64_t expires_ms; /* -1: it does not say */
	unsigned contacts, expires, canonical;
	bool is_signed; /* by OpenPGP in the clear (2.3); not verified */
	char fault[200]; /* the first; "": none */
};
#define SECURITY_TXT_MAX ((size_t)32 << 10) /* 5.5: readers have bounds */
void security_txt_check(struct slice text, struct security_txt_facts *facts);

#endif
