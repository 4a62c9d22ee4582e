/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_MAILBOX_SQL_H
#define FE_STORE_MAILBOX_SQL_H

#include "store/mailbox.h"
#include "store/sql_cache.h"

/*
 * For the nouns that live in a mailbox (folder, message, search, delivered):
 * its statements.  Only within a transaction.
 */
struct sql_cache *mailbox_sql(struct mailbox *m);

/* The connection, for integrity checks and foreign queries, within or outside
 * of a transaction; dies with the next mailbox_begin. */
sqlite3 *mailbox_connection(struct mailbox *m);
/* Was it opened read-only? */
bool mailbox_is_read_only(const struct mailbox *m);

#endif
