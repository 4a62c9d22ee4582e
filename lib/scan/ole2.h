/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_OLE2_H
#define FE_SCAN_OLE2_H

#include "base/slice.h"

/*
 * The compound files of older Microsoft programs ([MS-CFB]): .doc, .xls,
 * .ppt, .msi, and encrypted OOXML.  Their directory is followed by the tables
 * of the file, at most OLE2_ENTRIES_MAX entries; that of a damaged or hostile
 * one is searched for in all sectors instead.
 */
#define OLE2_ENTRIES_MAX 4096
#define OLE2_BOOK_MAX ((size_t)64 << 10) /* looked at of a workbook */

/* Flags of content.h: VBA or XLM macros, encrypted, a packaged file,
 * executable (an installer). */
unsigned ole2_flags(struct slice octets);

#endif
