/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_ONENOTE_H
#define FE_SCAN_ONENOTE_H

#include "base/slice.h"

/* Of the files packaged in a section of OneNote ([MS-ONESTORE]): pictures are
 * part of a page, CONTENT_OBJECT is any other, with what its octets say. */
unsigned onenote_flags(struct slice octets);

#endif
