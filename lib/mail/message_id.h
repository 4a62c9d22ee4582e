/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_MESSAGE_ID_H
#define FE_MAIL_MESSAGE_ID_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * Message identifiers (RFC 5322, 3.6.4), of Message-ID, In-Reply-To and
 * References.
 */
/* Cuts the next one off *rest, without its <>.  In a value without any <> the
 * whole of it is taken for one.  False: there is no more. */
bool message_id_next(struct slice *rest, struct slice *id);
/* Appends a new one with its <>. */
int message_id_make(struct slice domain, struct buf *out);

#endif
