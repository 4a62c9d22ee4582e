/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BASELINE_KEY_H
#define FE_OPS_BASELINE_KEY_H

#include "ops/baseline.h"

/*
 * What signs a baseline: 32 octets in a file, and the public part in another,
 * in hexadecimal.
 */

/* The seed (secret_free); makes the key where the file is missing, and the
 * public part.  ERR_CONFIG where that is of another key. */
int baseline_key_read(const char *path, const char *public_path,
    unsigned char **seed, struct err *err);
int baseline_key_public(const char *path,
    unsigned char out[BASELINE_PUBLIC_SIZE], struct err *err);

#endif
