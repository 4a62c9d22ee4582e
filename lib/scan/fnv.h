/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_FNV_H
#define FE_SCAN_FNV_H

#include <stdint.h>

/* FNV-1a of 32 bits, the hash of words in features: part of the model's
 * format. */
#define FNV_START 0x811c9dc5u
#define FNV_FACTOR 0x01000193u

static inline uint32_t
fnv_octet(uint32_t hash, unsigned char octet)
{
	return (hash ^ octet) * FNV_FACTOR;
}

#endif
