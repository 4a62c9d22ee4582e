/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_PDF_H
#define FE_SCAN_PDF_H

#include "base/slice.h"

/*
 * What a PDF file would do when it is opened.  Its names (ISO 32000-1, 7.3.5)
 * are read wherever they stand, escapes decoded, in object streams too (7.5.7;
 * deflated ones, up to these limits).  No reference is followed.
 */
#define PDF_STREAMS_MAX 500                   /* inflated */
#define PDF_STREAM_MAX ((size_t)1 << 20)      /* octets of one */
#define PDF_INFLATED_MAX ((size_t)8 << 20)    /* of all */

/* Flags of content.h: JavaScript or launch actions, encrypted, an embedded
 * file. */
unsigned pdf_flags(struct slice octets);

#endif
