/* SPDX-License-Identifier: ISC */
#ifndef FE_TEST_SCRATCH_H
#define FE_TEST_SCRATCH_H

/* A folder for files of this test run, and what tests do with files. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"

static char scratch_folder[64];

static inline const char *
scratch_path(const char *name)
{
	static char paths[8][160];
	static unsigned next;
	char *path = paths[next++ % 8];

	if (scratch_folder[0] == '\0') {
		snprintf(scratch_folder, sizeof(scratch_folder),
		    "/tmp/fe-unit.XXXXXX");
		if (mkdtemp(scratch_folder) == NULL)
			abort();
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", scratch_folder, name);
	return path;
}

static inline void
scratch_remove(void)
{
	char command[128];

	if (scratch_folder[0] == '\0')
		return;
	snprintf(command, sizeof(command), "chmod -R u+w %s; rm -rf %s",
	    scratch_folder, scratch_folder);
	if (system(command) != 0)
		printf("# cannot remove %s\n", scratch_folder);
}

static inline int
scratch_copy(const char *from, const char *to)
{
	struct buf content = BUF_INIT;
	int fd, rc = -1;

	if (io_read_file(from, &content, NULL) == 0 &&
	    (fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600)) >= 0) {
		rc = io_write(fd, buf_text(&content), content.n);
		close(fd);
	}
	buf_free(&content);
	return rc < 0 ? -1 : 0;
}

/* Is this text anywhere in the file?  A missing file holds nothing. */
static inline int
scratch_holds(const char *path, const char *text)
{
	struct buf content = BUF_INIT;
	int found = 0;

	if (io_read_file(path, &content, NULL) == 0)
		found = slice_find_text(buf_slice(&content),
		    slice_text(text)) < content.n;
	buf_free(&content);
	return found;
}

static inline long long
scratch_size(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : (long long)st.st_size;
}

#endif
