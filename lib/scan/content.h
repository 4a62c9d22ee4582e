/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_CONTENT_H
#define FE_SCAN_CONTENT_H

#include <stdbool.h>

#include "base/json.h"
#include "file_flag.h"

/*
 * What a file is by its octets and its name: attachments, and the files in
 * archives.  Nothing is run, and no archive is opened here (unpack.h).
 */

/* The kind by its octets (`pdf', `zip', `ooxml', `exe', ...), or "". */
const char *content_kind(struct slice octets);
/* One that unpack.h can open; documents that are ZIP files are. */
bool content_is_archive(const char *kind);
/* An archive that a person would call one: no document. */
bool content_is_plain_archive(const char *kind);
/* All that can be said from octets and name (either may be empty); kind is
 * content_kind() of the octets, for which all of a ZIP file is searched. */
unsigned content_flags(struct slice octets, const char *kind,
    struct slice name);
bool content_has_eicar(struct slice octets);

/* The same, and whether it is another kind than declared. */
unsigned content_part_flags(struct slice octets, const char *kind,
    struct slice name, struct slice type, struct slice subtype);
/* Appends each with a blank before it. */
void content_flags_text(unsigned flags, struct buf *out);

/* Writes the member `flags', an array of texts, unless there are none. */
void content_flags_write(unsigned flags, struct json_writer *w);
/* Reads such an array; texts that are not ours are passed over. */
unsigned content_flags_read(struct slice json);

#endif
