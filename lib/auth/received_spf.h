/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_RECEIVED_SPF_H
#define FE_AUTH_RECEIVED_SPF_H

#include "auth/spf.h"

/* Appends the value of a field Received-SPF (RFC 7208, 9.1), folded with CRLF
 * HTAB.  What a sender chose stands in it as a dot-atom or within quotes. */
void received_spf_write(const struct spf_result *r, enum spf_scope scope,
    const struct spf_query *query, struct buf *out);

#endif
