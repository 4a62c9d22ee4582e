/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_ROTATE_H
#define FE_OPS_ROTATE_H

#include "ops/rotation.h"

/* NULL ends it. */
extern const struct rotation_kind *const rotate_kinds[];
const struct rotation_kind *rotate_kind_find(struct slice name);
/* For `check' of --limit and --overlap (option.h). */
int rotate_check_time(const char *value, struct err *err);
/* ... and --ssh-user.  In rotate_ssh_user.c. */
int rotate_check_user(const char *value, struct err *err);

/* What fe.conf says of destinations of backups; before anything else is open,
 * since reading it closes what is.  What is wrong there is said when the kind
 * has its turn.  Once in a process. */
void rotate_backups_read(struct rotation *r);

/* The kinds, each where the comment says. */

/* rotate_file.c: files of 32 octets that nothing lasting is encrypted with,
 * and keys in memory */
extern const struct rotation_kind rotate_state, rotate_fingerprint, rotate_log,
    rotate_tls_tickets;
/* rotate_sealed.c: what is encrypted is encrypted anew */
extern const struct rotation_kind rotate_account, rotate_queue;
extern const struct rotation_kind rotate_dkim;    /* rotate_dkim.c */
extern const struct rotation_kind rotate_service; /* rotate_service.c */
extern const struct rotation_kind rotate_mailbox, /* rotate_mailbox.c */
    rotate_recovery;
extern const struct rotation_kind rotate_tls;     /* rotate_tls.c */
extern const struct rotation_kind rotate_backup;  /* rotate_backup.c */
extern const struct rotation_kind rotate_ssh_host; /* rotate_ssh_host.c */
extern const struct rotation_kind rotate_ssh_user; /* rotate_ssh_user.c */

#endif
