/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_MAGIC_H
#define FE_SCAN_MAGIC_H

#include "base/slice.h"

/*
 * The kind of a file by its first octets, for some by its last.  "" where
 * they say nothing; *flags what the kind alone says (file_flag.h).
 */
const char *magic_kind(struct slice octets, unsigned *flags);

#endif
