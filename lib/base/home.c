/* SPDX-License-Identifier: ISC */
/*
 * Where things are: paths below the home.
 */
#include "home.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mem.h"

static char *root; /* set once at start, like the program's name */

void
home_set(const char *path)
{
	free(root);
	root = mem_text(path);
}

const char *
home_path(void)
{
	return root != NULL ? root : "/var/lib/fe";
}

const char *
home_file(struct buf *out, const char *format, ...)
{
	va_list args;
	char *name = NULL;

	va_start(args, format);
	if (vasprintf(&name, format, args) < 0)
		name = mem_text("");
	va_end(args);
	buf_truncate(out, 0);
	buf_format(out, "%s/%s", home_path(), name);
	free(name);
	return buf_text(out);
}

bool
home_name_is_valid(struct slice name)
{
	if (name.n == 0 || name.n > 200 || name.p[0] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '/' || (unsigned char)name.p[i] < 0x20 ||
		    name.p[i] == 0x7f)
			return false;
	return true;
}
