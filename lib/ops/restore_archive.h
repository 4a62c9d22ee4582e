/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_RESTORE_ARCHIVE_H
#define FE_OPS_RESTORE_ARCHIVE_H

#include <signal.h>

#include "ops/snapshot.h"

/*
 * A snapshot as a tar archive (POSIX pax, libarchive), or its listing as an
 * mtree(5) specification, on a descriptor: what other tools take from here on.
 */
enum restore_archive_form { ARCHIVE_TAR, ARCHIVE_MTREE };
int restore_archive(struct repository *r, const struct file_list *list,
    const char *below, enum restore_archive_form form, int fd,
    const volatile sig_atomic_t *stop, struct err *err);

#endif
