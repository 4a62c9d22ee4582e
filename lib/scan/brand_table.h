/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_BRAND_TABLE_H
#define FE_SCAN_BRAND_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Names that deceit likes to take, for brand.c alone. */
struct brand {
	const char *name;    /* words of a display name, in lower case */
	const char *domains; /* registrable ones, with blanks between */
	bool is_word;        /* a word or a family name, too */
};
extern const struct brand brands[];
extern const size_t brands_n;

#endif
