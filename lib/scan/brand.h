/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_BRAND_H
#define FE_SCAN_BRAND_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * Well-known names that others like to be taken for, and the domains that
 * they write from.
 */
enum brand_claim {
	BRAND_NONE,
	BRAND_OWN,       /* named, from a domain of its */
	BRAND_FOREIGN,   /* named, from another domain */
	BRAND_DISGUISED  /* the same, spelt so that only the eye finds it */
};
/* What a display name (UTF-8) claims; registrable: that of the author's
 * domain, in lower case.  A name that is a word or a family name as well
 * counts where nothing but words of customer service stands beside it. */
enum brand_claim brand_of_name(struct slice name, struct slice registrable);
/* Whose domain that is, plus 1, or 0; and is this one of its, too? */
size_t brand_of_domain(struct slice registrable);
bool brand_owns(size_t brand, struct slice registrable);
/* A host made to be read as a brand's that it is not: paypal-login.example,
 * paypal.com.login.example, paypa1.com.  Both in A-labels and lower case. */
bool brand_in_host(struct slice host, struct slice registrable);

#endif
