/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_FULL_H
#define FE_STORE_FULL_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * run/full: the addresses whose mailbox is over its quota, sorted lines as in
 * run/recipients, replaced by rename.  Servers look at it at RCPT; a message
 * that was begun before is stored.
 */

/* Puts in, or takes out, all addresses that run/recipients has for the
 * mailbox.  Nothing is written where it is so already. */
int full_set(struct slice mailbox, bool full, struct err *err);

#endif
