/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_HTML_PAGE_H
#define FE_SCAN_HTML_PAGE_H

#include "base/slice.h"

/* What an attached page of HTML, or a picture in SVG, does when it is opened:
 * CONTENT_SCRIPT where it runs one, CONTENT_SMUGGLING where that makes a file
 * out of the page, which no scanner on the way has seen. */
unsigned html_page_flags(struct slice octets);

#endif
