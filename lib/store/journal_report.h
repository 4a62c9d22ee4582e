/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_JOURNAL_REPORT_H
#define FE_STORE_JOURNAL_REPORT_H

#include <stdbool.h>

#include "crypto/keyring.h"

/*
 * The delivery journal for an administrator's eyes.
 */

/* Writes a line for each order of each segment: segment, sequence, time,
 * `in hand' of a running fe-store or `orphan', open or done, octets, id,
 * mailbox; by tabs, or JSON. */
int journal_list(bool json, int fd, struct err *err);

/* Writes a stream of the records that are not done, each for its one
 * recipient, for fe-split or another home's fe-store.  One that does not open
 * is logged and left out, and -1 returned at the end (ERR_CONFIG). */
int journal_export(const struct service_keys *service, int fd,
    struct err *err);

#endif
