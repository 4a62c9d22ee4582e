/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DESK_VERBS_H
#define FE_OPS_DESK_VERBS_H

#include "desk.h"

/*
 * What fe-mailbox does, by its verbs; fe-mailbox(1) says what each is.  Each:
 * 0, or -1 with err, or with desk->output_errno.
 */
typedef int desk_verb(struct desk *desk, struct err *err);

/* desk_look.c */
desk_verb desk_list, desk_search, desk_folders, desk_stat;
/* desk_change.c */
desk_verb desk_flag, desk_move, desk_delete;
/* desk_keys.c */
desk_verb desk_keys;
/* desk_care.c */
desk_verb desk_check, desk_rekey, desk_erase, desk_sql;
/* desk_slots.c */
desk_verb desk_slots;
/* The repositories that hold the mailbox's keys, by `, '; what cannot be read
 * names none. */
void desk_name_repositories(const char *mailbox, struct buf *out);
/* desk_quarantine.c */
desk_verb desk_quarantine;

#endif
