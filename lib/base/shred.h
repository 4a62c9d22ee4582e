/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_SHRED_H
#define FE_BASE_SHRED_H

#include "err.h"

/*
 * The end of a file of secrets: its octets are overwritten in place and
 * synced, then its name is taken away.  That holds for file systems that
 * write in place; of flash nothing can be promised, and the encryption of the
 * disk must do its part.  A file that is not there is no error; a further
 * link of it keeps zeros.
 */
int shred_file(const char *path, struct err *err);
/* The octets of an open file alone; `path' is the subject of the sentence. */
int shred_octets(int fd, const char *path, struct err *err);
/* The same for a second name that `current' got before another file took its
 * place; while both are still one file the second name alone goes. */
int shred_former(const char *former, const char *current, struct err *err);
/* Makes `former' that second name, where another file has it in its stead. */
int shred_keep_former(
    const char *former, const char *current, struct err *err);

#endif
