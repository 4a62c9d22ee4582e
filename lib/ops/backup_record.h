/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BACKUP_RECORD_H
#define FE_OPS_BACKUP_RECORD_H

#include <stdint.h>

#include "base/err.h"

/*
 * What the host remembers of a destination, for the time when that is out of
 * reach: HOME/backup/NAME.json.
 */
struct backup_record {
	char snapshot[64]; /* the newest one that was made; empty: none */
	int64_t time_ms;   /* its time */
	int64_t pruned_ms;
	int64_t without_keys; /* mailboxes, in that snapshot */
};
/* A record that is not there, or damaged, is empty. */
void backup_record_read(struct backup_record *record, const char *name);
int backup_record_write(const struct backup_record *record, const char *name,
    struct err *err);

#endif
