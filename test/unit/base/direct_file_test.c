/* SPDX-License-Identifier: ISC */
/* What is written past the page cache is what was given, in its order. */
#include "base/direct_file.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "unit.h"

static char folder[] = "/tmp/fe.XXXXXX";

/* Both parts, one after the other, into a file of that folder; reads back. */
static void
expect_written(const char *where, struct slice first, struct slice second)
{
	struct buf path = BUF_INIT, all = BUF_INIT, got = BUF_INIT;
	int fd;

	buf_append_slice(&all, first);
	buf_append_slice(&all, second);
	buf_format(&path, "%s/file", where);
	fd = open(path.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	EXPECT(fd >= 0);
	EXPECT(direct_write(fd, first) == 0);
	EXPECT(direct_write(fd, second) == 0);
	EXPECT((fcntl(fd, F_GETFL) & O_DIRECT) == 0);
	close(fd);
	EXPECT(io_read_file(path.p, &got, NULL) == 0);
	EXPECT(got.n == all.n);
	EXPECT(got.n == all.n && memcmp(got.p, all.p, all.n) == 0);
	unlink(path.p);
	buf_free(&path);
	buf_free(&all);
	buf_free(&got);
}

static void
all_lengths_and_places_are_written_whole(void)
{
	const size_t n = (size_t)1 << 20;
	char *p = direct_alloc(n), memory[] = "/dev/shm/fe.XXXXXX";

	EXPECT((uintptr_t)p % 4096 == 0);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 7 + i / 4096);
	/* whole blocks; a rest behind them; a start that is none; little */
	expect_written(folder, slice_of(p, n), slice_of(p, n));
	expect_written(folder, slice_of(p, n - 1), slice_of(p, n));
	expect_written(folder, slice_of(p + 1, n - 1), slice_of(p, 300001));
	expect_written(folder, slice_of(p, 3), slice_of(p, n));
	expect_written(folder, slice_of(p, 0), slice_of(p, 5));
	/* a file system that has no such way, or another one */
	if (mkdtemp(memory) != NULL) {
		expect_written(memory, slice_of(p, n), slice_of(p, 9));
		rmdir(memory);
	}
	free(p);
}

static void
a_full_disk_is_an_error(void)
{
	char *p = direct_alloc((size_t)1 << 20);
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	memset(p, 'x', (size_t)1 << 20);
	EXPECT(direct_write(fd, slice_of(p, (size_t)1 << 20)) < 0);
	close(fd);
	free(p);
}

/* In parts that lie well and parts that do not, into two files in turn. */
static void
parts_make_a_file(void)
{
	const size_t n = (size_t)3 << 20;
	struct direct_file f = {.room = NULL};
	struct buf path = BUF_INIT, got = BUF_INIT;
	char *p = direct_alloc(n);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 13 + i / 4096);
	buf_format(&path, "%s/parts", folder);
	for (size_t step = 4096; step < n; step = step * 7 + 4096) {
		int fd = open(path.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0600);
		size_t at = 0;

		direct_file_begin(&f, fd);
		for (size_t m = 1; at < n; at += m, m = step) {
			m = m < n - at ? m : n - at;
			EXPECT(direct_file_put(&f, slice_of(p + at, m)) == 0);
		}
		EXPECT(direct_file_end(&f) == 0);
		EXPECT((fcntl(fd, F_GETFL) & O_DIRECT) == 0);
		close(fd);
		buf_truncate(&got, 0);
		EXPECT(io_read_file(path.p, &got, NULL) == 0);
		EXPECT(got.n == n && memcmp(got.p, p, n) == 0);
	}
	unlink(path.p);
	direct_file_begin(&f, open("/dev/full", O_WRONLY | O_CLOEXEC));
	EXPECT(direct_file_put(&f, slice_of(p, n)) < 0);
	direct_file_begin(&f, f.fd);
	EXPECT(direct_file_put(&f, slice_of(p, 3)) == 0);
	EXPECT(direct_file_end(&f) < 0);
	close(f.fd);
	direct_file_free(&f);
	buf_free(&path);
	buf_free(&got);
	free(p);
}

int
main(void)
{
	if (mkdtemp(folder) == NULL)
		return 1;
	UNIT_RUN(all_lengths_and_places_are_written_whole);
	UNIT_RUN(a_full_disk_is_an_error);
	UNIT_RUN(parts_make_a_file);
	rmdir(folder);
	return UNIT_RESULT;
}
