/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_FILE_NAME_H
#define FE_SCAN_FILE_NAME_H

#include <stdbool.h>

#include "base/slice.h"

/* What the name of a file says of it, for those who go by names. */

/* CONTENT_EXECUTABLE, _SCRIPT, _SHORTCUT, _DISK_IMAGE by the last ending, as
 * Windows takes it (dots and blanks behind it are none); CONTENT_TWO_ENDS,
 * CONTENT_TURNED_NAME. */
unsigned file_name_flags(struct slice name);
/* Can a file of this name be of this kind (content.h)?  Names and kinds that
 * promise nothing fit. */
bool file_name_fits(struct slice name, const char *kind);

#endif
