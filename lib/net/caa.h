/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_CAA_H
#define FE_NET_CAA_H

#include <stdint.h>

#include "base/slice.h"

/*
 * CAA records (RFC 8659, 4.1): who may issue certificates for a name.
 */
struct caa {
	uint8_t flags;
	struct slice tag, value; /* `issue', `ca.example; policy=ev' */
};
/* Reads the rdata of an answer, which is hostile; slices point into it.  -1
 * where the tag is none. */
int caa_parse(struct caa *caa, struct slice rdata);

#endif
