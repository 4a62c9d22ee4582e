/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_ATTACHMENT_H
#define FE_SCAN_ATTACHMENT_H

#include "base/json.h"
#include "mail/mime.h"

/*
 * What the attachments of a message really are: by their first octets, not by
 * what they are called.  Archives are recognised and not opened.
 */
#define ATTACHMENTS_MAX 100                      /* stated */
#define ATTACHMENTS_JSON_MAX ((size_t)200 << 10) /* of all facts: then cut */
#define ATTACHMENT_SIZE_MAX ((size_t)50 << 20)   /* decoded, all together */

enum attachment_flag {
	ATTACHMENT_EXECUTABLE = 1,
	ATTACHMENT_SCRIPT = 2,       /* by name: .js, .vbs, .ps1, ... */
	ATTACHMENT_SHORTCUT = 4,     /* .lnk, .url, .scf */
	ATTACHMENT_DISK_IMAGE = 8,
	ATTACHMENT_MACROS = 16,      /* VBA in OLE2 or OOXML */
	ATTACHMENT_PDF_ACTIVE = 32,  /* JavaScript or launch actions */
	ATTACHMENT_ENCRYPTED = 64,   /* a ZIP whose first file is */
	ATTACHMENT_TWO_ENDS = 128,   /* invoice.pdf.exe */
	ATTACHMENT_TURNED_NAME = 256, /* characters that turn its direction */
	ATTACHMENT_TYPE_DIFFERS = 512, /* another kind than declared */
	ATTACHMENT_EICAR = 1024      /* the test text for virus scanners */
};
#define ATTACHMENT_FLAGS_N 11

/* The kind by its first octets (`pdf', `zip', `exe', ...), or "". */
const char *attachment_kind(struct slice octets);
/* All that can be said from content, name and declared type. */
unsigned attachment_flags(struct slice octets, struct slice name,
    struct slice type, struct slice subtype);
/* Writes the member `attachments'. */
void attachments_write(const struct mime *m, struct json_writer *w);

#endif
