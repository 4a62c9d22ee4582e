/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_DOMAIN_H
#define FE_AUTH_DOMAIN_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * Domains as identities.  All take and give names without the final dot.
 */
#define DOMAIN_SIZE_MAX 253
#define DOMAIN_LABEL_MAX 63

/* Appends the A-label form in lower case (RFC 5890); a final dot is dropped.
 * -1 where the text is no name: empty labels, labels over 63 octets, more
 * than 253 octets, blanks and control characters, U-labels that are none. */
int domain_to_ascii(struct slice text, struct buf *out);
/* Is it one?  For `check' of an option (option.h). */
int domain_check(const char *text, struct err *err);
/* Equal, or below it; ASCII case-blind. */
bool domain_is_within(struct slice name, struct slice parent);
/* How many labels; 0 for an empty name. */
size_t domain_labels(struct slice name);
/* The last n labels (all, if there are fewer). */
struct slice domain_last_labels(struct slice name, size_t n);

#endif
