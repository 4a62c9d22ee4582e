/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_NUMBER_H
#define FE_BASE_NUMBER_H

#include <stdint.h>

#include "slice.h"

/*
 * The one place that turns text into numbers.  All return 0, or -1 where the
 * text is not wholly such a number or lies outside [min, max]; *out is then
 * untouched.
 */
int number_parse(struct slice text, int64_t min, int64_t max, int64_t *out);
/* `50M': octets, with K, M, G (powers of 1024). */
int number_parse_size(struct slice text, int64_t *out);
/* `36h': seconds, with s, m, h, d, w. */
int number_parse_duration(struct slice text, int64_t *out);

#endif
