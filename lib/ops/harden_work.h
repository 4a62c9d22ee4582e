/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_WORK_H
#define FE_OPS_HARDEN_WORK_H

#include "ops/harden.h"
#include "ops/harden_record.h"

/*
 * What applying, taking out and undoing have in common: records of changes,
 * under the lock of HARDEN_STATE.  For harden_change.c and harden_confirm.c.
 */

/* After a reboot nobody waits any more: this undoes what was not confirmed. */
#define HARDEN_BOOT_UNIT "/etc/systemd/system/fe-harden-rollback.service"
#define HARDEN_BOOT_LINK \
	"/etc/systemd/system/sysinit.target.wants/fe-harden-rollback.service"

/* The folder, locked by this process alone until the descriptor is closed;
 * made where it is not there, if so asked. */
int harden_work_lock(const struct tree *tree, bool make, struct err *err);
/* The first in that state; NULL. */
const struct harden_record *harden_work_find(
    const struct harden_records *records, enum harden_record_state state);
/* All records.  ERR_CONFIG while one of them waits or was cut short. */
int harden_work_read(struct harden_records *records, const struct tree *tree,
    struct err *err);

/* An empty one behind those. */
void harden_work_new(struct harden_record *record,
    const struct harden_records *before);
/* What is in force with it: what was before, and the choices. */
void harden_work_note_applied(struct harden_record *record,
    const struct harden_records *before,
    const struct harden_choices *choices);
/* A file as it shall be (text NULL: gone), and as it is now. */
void harden_work_note(const struct tree *tree, struct harden_record *record,
    const char *path, enum harden_file_kind kind, const char *text,
    mode_t mode);
/* Writes the record, then does it; what fails is undone. */
int harden_work_do(const struct tree *tree, struct harden_record *record,
    bool waits, int64_t within_s, struct err *err);
/* All is tried; the first failure is told. */
int harden_work_undo(const struct tree *tree,
    const struct harden_record *record, struct err *err);

#endif
