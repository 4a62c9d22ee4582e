/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_ID_H
#define FE_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

/*
 * ULIDs (https://github.com/ulid/spec): 48 bits of milliseconds, 80 bits of
 * randomness, 26 characters of Crockford's base 32 in upper case.  Randomness
 * comes from getrandom(2) for each id, so two processes after a fork never
 * share any.
 */
#define ID_SIZE 27 /* with the NUL */

void id_make(char out[ID_SIZE]); /* now, fresh randomness */
/* From a given time and 10 given octets: fe-cat's ids, stable over runs. */
void id_from(int64_t ms, const unsigned char random[10], char out[ID_SIZE]);
/* 26 characters of the alphabet, not over 7ZZ...: safe as a file name. */
bool id_is_valid(struct slice text);
/* The time within a valid id. */
int64_t id_time_ms(struct slice id);

/* n random octets; ends the process with 75 if the kernel has none. */
void random_octets(void *out, size_t n);
/* n octets as 2n lower-case hex digits and a NUL. */
void hex_encode(const void *octets, size_t n, char *out);
/* Exactly n octets from 2n digits; -1 if the text is anything else. */
int hex_decode(struct slice text, void *out, size_t n);

#endif
