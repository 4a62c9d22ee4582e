/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_KEPT_META_H
#define FE_STORE_KEPT_META_H

#include "base/buf.h"
#include "record/meta.h"

/*
 * What a mailbox keeps of a record beside the message: all facts, so that a
 * verdict can be explained and replayed, but of the recipients (and the plan)
 * only its owner's own: blind copies stay blind.  Left out: size, deadline,
 * `headers', marks and cases (they are done) and `source' (kept by itself).
 */
/* Appends one JSON object; -1 when it would be over 1 MiB. */
int kept_meta_format(const struct meta *m, size_t recipient, struct buf *out);

#endif
