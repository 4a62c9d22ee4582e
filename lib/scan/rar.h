/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_RAR_H
#define FE_SCAN_RAR_H

#include "base/slice.h"

/* CONTENT_ENCRYPTED where a RAR 5 archive says that its heads or a file in it
 * are; else 0.  libarchive tells it of other archives only. */
unsigned rar_flags(struct slice octets);

#endif
