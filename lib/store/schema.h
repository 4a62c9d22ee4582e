/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_SCHEMA_H
#define FE_STORE_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The tables of a mailbox (fe-mailbox(5)).  Their version is the database's
 * user_version; an upgrade from any older one is one transaction, a newer one
 * is refused with a sentence.
 */
#define SCHEMA_VERSION 1
#define SCHEMA_APPLICATION 0x66654d42 /* `feMB' as application_id */

/* Makes the tables in an empty database, in one transaction; the standard
 * folders get UIDVALIDITYs from now_ms on. */
int schema_create(sqlite3 *db, int64_t now_ms, struct err *err);
/* Looks at user_version, upgrades where it is older (ERR_SYSTEM where
 * `read_only' forbids it).  ERR_CONFIG: newer, or not a mailbox. */
int schema_check(sqlite3 *db, bool read_only, struct err *err);
/* Runs step[v - 1] for each version v from the file's own to `to' - 1, all in
 * one transaction.  (schema_check with the table of steps as an argument.) */
int schema_upgrade(sqlite3 *db, const char *const *step, int to,
    struct err *err);

#endif
