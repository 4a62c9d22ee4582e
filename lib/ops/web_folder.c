/* SPDX-License-Identifier: ISC */
/* A folder that others cannot pass keeps the web server out. */
#include "ops/web_folder.h"

#include <string.h>
#include <sys/stat.h>

bool
web_folder_is_closed(const char *dir, struct buf *which)
{
	struct stat st;

	for (const char *p = dir; p != NULL; p = strchr(p + 1, '/')) {
		const char *end = strchr(p + 1, '/');

		buf_truncate(which, 0);
		buf_append(which, dir,
		    end != NULL ? (size_t)(end - dir) : strlen(dir));
		if (stat(buf_text(which), &st) == 0 && (st.st_mode & 01) == 0)
			return true;
	}
	return false;
}
