/* SPDX-License-Identifier: ISC */
/*
 * Lines of logs made anonymous.  What must hold: what comes out of a line is a
 * line without control characters, nobody is found in it, and it is not much
 * longer.  And files of logs, packed or sealed, are read without harm.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "ops/log_file.h"
#include "ops/personal.h"
#include "ops/scrub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct buf *out)
{
	struct buf plain = BUF_INIT;
	struct personal_walk walk;
	struct personal found;

	for (size_t i = 0; i < out->n; i++)
		if (((unsigned char)out->p[i] < 0x20 && out->p[i] != '\t') ||
		    out->p[i] == 0x7f)
			abort();
	personal_normalize(buf_slice(out), &plain);
	walk = personal_walk(buf_slice(&plain));
	if (personal_next(&walk, &found))
		abort();
	buf_free(&plain);
}

static int
count(void *cookie, struct slice part, struct err *err)
{
	size_t *total = cookie;

	(void)err;
	*total += part.n;
	return *total > (size_t)64 << 20 ? -1 : 0;
}

static void
read_file(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	size_t total = 0;
	bool cut;
	int fd = memfd_create("log", MFD_CLOEXEC);

	home_set("/nonexistent");
	if (fd < 0 || io_write(fd, data, size) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		abort();
	log_file_read(fd, "log", count, &total, &cut, &err);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char key[PSEUDONYM_KEY_SIZE] = "k";
	struct slice rest = slice_of(data, size);
	struct scrub s = SCRUB_INIT;
	struct buf out = BUF_INIT;

	if (size > 1 && (data[0] == 0x1f || data[0] == 'f'))
		read_file(data, size);
	s.key = key;
	while (rest.p != NULL) {
		struct slice line = slice_cut(&rest, '\n');

		buf_truncate(&out, 0);
		scrub_line(&s, line, &out);
		if (out.n > 20 * line.n + 64)
			abort();
		check(&out);
	}
	buf_free(&out);
	scrub_free(&s);
	return 0;
}
