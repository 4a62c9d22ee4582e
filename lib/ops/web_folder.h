/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_WEB_FOLDER_H
#define FE_OPS_WEB_FOLDER_H

#include <stdbool.h>

#include "base/buf.h"

/* Can a web server's user not come to this folder (a whole path)?  Then
 * *which is replaced by the first folder on the way that is closed. */
bool web_folder_is_closed(const char *dir, struct buf *which);

#endif
