/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_ACTIONS_H
#define FE_SIEVE_ACTIONS_H

#include "run.h"

/*
 * The commands that decide something.  Each: 0, or -1 and the script fails.
 * Nothing is done here; the result says what shall be.
 */
typedef int sieve_action(struct sieve_run *run, const struct sieve_node *node);

/* action_keep.c: RFC 5228, 4; RFC 3894, 5232, 5429, 5490; vnd.fe.record */
sieve_action action_keep, action_fileinto, action_redirect, action_discard,
    action_reject, action_quarantine, action_tempfail;
/* action_set.c: RFC 5229, 4; RFC 5232, 3 */
sieve_action action_set, action_setflag, action_addflag, action_removeflag;
/* action_header.c: RFC 5293 */
sieve_action action_addheader, action_deleteheader;
/* action_answer.c: RFC 5230, 6131; RFC 5435, 5436 */
sieve_action action_vacation, action_notify;

#endif
