/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_INSTALLATION_H
#define FE_BASE_INSTALLATION_H

#include "buf.h"
#include "err.h"

/*
 * Where the toolkit itself is: the folder of the running program, and the
 * folder of what is installed beside it (share/fe of the prefix; share/ of
 * the tree when a program is run from the folder it was built in).
 */

/* The folder of the running program, without a slash at its end. */
int installation_bin(struct buf *out, struct err *err);
/* The path of a file of share/, `commands' or `systemd/fe-smtp.socket', that
 * is there; ERR_CONFIG when it is nowhere. */
int installation_share(struct buf *out, const char *name, struct err *err);

#endif
