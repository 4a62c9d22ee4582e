/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LOOKALIKE_H
#define FE_SCAN_LOOKALIKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * Host names that are made to be taken for another: letters that look like
 * others (paypa1, rnicrosoft, Cyrillic ones), one letter more, less, changed
 * or swapped, words added (paypal-login), another suffix, or the domain in
 * front of a foreign one (paypal.com.login.example).
 */
/* The small Latin letter that a character looks like, `?' for none. */
char lookalike_letter(uint32_t c);
/* Appends a label (A- or U-label) as the eye takes it: alike letters are one,
 * hyphens none. */
void lookalike_skeleton(struct slice label, struct buf *out);
/* host: A-labels in lower case; registrable: its public suffix and one label;
 * domain: a registrable one, in lower case. */
bool lookalike(struct slice host, struct slice registrable,
    struct slice domain);

#endif
