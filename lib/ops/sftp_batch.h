/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_SFTP_BATCH_H
#define FE_OPS_SFTP_BATCH_H

#include "base/buf.h"
#include "base/err.h"

/*
 * One login with OpenSSH's sftp, by one key and nothing else, and a batch of
 * its commands.
 */
struct sftp_login {
	const char *destination; /* USER@HOST */
	const char *port;        /* digits, or NULL */
	const char *key;         /* private key file, or NULL: ssh's own */
	const char *known_hosts; /* or NULL: ssh's own */
};

/* The exit status; what it says replaces *out.  A refusal holds the words
 * `Permission denied ('.  -1: there is no sftp, or it hangs. */
int sftp_batch(const struct sftp_login *login, struct slice batch,
    struct buf *out, struct err *err);

#endif
