/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_AUTHRES_H
#define FE_AUTH_AUTHRES_H

#include "auth/checks.h"
#include "record/meta.h"

/*
 * The field Authentication-Results (RFC 8601): what others wrote under our
 * name goes, what we found comes.
 */
#define AUTHRES_FORGED_MAX 64 /* more: all fields of that name go */

/* Does this field speak in the name of `id', or so that nobody can tell? */
bool authres_claims(struct slice value, struct slice id);
/* Appends the field's value, folded with CRLF HTAB. */
void authres_write(const struct checks *checks,
    const struct checks_query *query, struct slice id, struct buf *out);
/* Puts both into the record's `headers', and Received-SPF where it is wanted,
 * in place of earlier ones by the same program.  ERR_MESSAGE when there is no
 * room for them. */
int authres_apply(struct meta *meta, const struct checks *checks,
    const struct checks_query *query, struct slice id, const char *by,
    bool received_spf, struct err *err);

#endif
