/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_SSH_KEY_H
#define FE_OPS_SSH_KEY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * SSH key files by ssh-keygen: FILE and FILE.pub, the next one FILE.next, the
 * one before FILE.old.
 */
#define SSH_KEY_ID_SIZE 80 /* `SHA256:...' */

/* Makes the Ed25519 key FILE.next without a passphrase, of FILE's owner and
 * mode, unless a whole one is there. */
int ssh_key_make_next(const char *file, struct err *err);
/* `TYPE BASE64 COMMENT', from the private key; replaces out. */
int ssh_key_public(const char *file, const char *suffix, struct buf *out,
    struct err *err);
int ssh_key_id(const char *file, const char *suffix,
    char id[SSH_KEY_ID_SIZE], struct err *err);
bool ssh_key_is_there(const char *file, const char *suffix);
/* FILE.old is a second name of FILE. */
int ssh_key_keep_old(const char *file, struct err *err);
/* The same, and FILE.next takes FILE's place. */
int ssh_key_swap(const char *file, struct err *err);
/* FILE.pub, where a crash left none, and no FILE.next.pub without its key. */
int ssh_key_settle(const char *file, struct err *err);
/* The same, and FILE.old destroyed. */
int ssh_key_destroy_old(const char *file, struct err *err);

#endif
