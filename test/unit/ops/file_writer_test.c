/* SPDX-License-Identifier: ISC */
/* Files come whole and in order, or not at all, and an error is told. */
#include "ops/file_writer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "unit.h"

#define LARGE ((size_t)3 << 20)

static char folder[] = "/tmp/fe.XXXXXX";
static int finished;

static int
finish(int fd, const char *path, const void *of, struct err *err)
{
	(void)path;
	finished++;
	/* all octets are there by now */
	if (lseek(fd, 0, SEEK_END) != (off_t) * (const size_t *)of)
		return err_set(err, ERR_SYSTEM, "not all is there");
	return 0;
}

static const char *
in(struct buf *path, const char *name)
{
	buf_truncate(path, 0);
	buf_format(path, "%s/%s", folder, name);
	return path->p;
}

/* Begins a new file of that name, whose path is left in *path. */
static void
begin(struct file_writer *w, struct buf *path, const char *name,
    const size_t *size)
{
	int fd = open(in(path, name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);

	EXPECT(fd >= 0);
	file_writer_begin(w, fd, path->p, size);
}

static void
many_files_come_whole(void)
{
	static size_t sizes[60];
	struct file_writer *w = file_writer_new(finish, NULL);
	char *octets = malloc(LARGE + 100), name[16];
	struct buf path = BUF_INIT;

	for (size_t i = 0; i < LARGE + 100; i++)
		octets[i] = (char)(i * 31 + (i >> 12));
	finished = 0;
	for (size_t i = 0; i < 60; i++) {
		sizes[i] = i % 10 == 0 ? LARGE + i : i * 1000;
		snprintf(name, sizeof(name), "%zu", i);
		begin(w, &path, name, &sizes[i]);
		/* in two parts, the second not at a block's beginning */
		EXPECT(file_writer_put(w, slice_of(octets, sizes[i] / 3),
		    NULL) == 0);
		EXPECT(file_writer_put(w, slice_of(octets + sizes[i] / 3,
		    sizes[i] - sizes[i] / 3), NULL) == 0);
		file_writer_end(w);
	}
	EXPECT(file_writer_wait(w, NULL) == 0);
	EXPECT(finished == 60);
	for (size_t i = 0; i < 60; i++) {
		struct buf got = BUF_INIT;

		snprintf(name, sizeof(name), "%zu", i);
		EXPECT(io_read_file(in(&path, name), &got, NULL) == 0);
		EXPECT(got.n == sizes[i] &&
		    memcmp(got.p != NULL ? got.p : "", octets, got.n) == 0);
		unlink(path.p);
		buf_free(&got);
	}
	file_writer_free(w);
	buf_free(&path);
	free(octets);
}

static void
what_is_dropped_is_removed_and_the_next_is_written(void)
{
	static const size_t sizes[2] = {5, 5};
	struct file_writer *w = file_writer_new(finish, NULL);
	struct buf path = BUF_INIT;

	begin(w, &path, "dropped", &sizes[0]);
	EXPECT(file_writer_put(w, SLICE("12345"), NULL) == 0);
	file_writer_drop(w);
	begin(w, &path, "kept", &sizes[1]);
	EXPECT(file_writer_put(w, SLICE("12345"), NULL) == 0);
	file_writer_end(w);
	/* one that is not ended goes with the writer */
	begin(w, &path, "open", &sizes[1]);
	EXPECT(file_writer_wait(w, NULL) == 0);
	file_writer_free(w);
	EXPECT(access(in(&path, "dropped"), F_OK) < 0);
	EXPECT(access(in(&path, "open"), F_OK) < 0);
	EXPECT(access(in(&path, "kept"), F_OK) == 0);
	unlink(path.p);
	buf_free(&path);
}

static void
a_disk_that_is_full_is_told_and_nothing_is_left(void)
{
	static const size_t size = LARGE;
	struct file_writer *w = file_writer_new(finish, NULL);
	char *octets = calloc(1, LARGE);
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;

	close(open(in(&path, "full"), O_WRONLY | O_CREAT, 0600));
	file_writer_begin(w, open("/dev/full", O_WRONLY | O_CLOEXEC), path.p,
	    &size);
	(void)file_writer_put(w, slice_of(octets, LARGE), NULL);
	file_writer_end(w);
	EXPECT(file_writer_wait(w, &err) < 0);
	EXPECT(strstr(err.text, "No space left") != NULL);
	EXPECT(access(path.p, F_OK) < 0);
	/* nothing more is taken */
	begin(w, &path, "next", &size);
	err_clear(&err);
	EXPECT(file_writer_put(w, SLICE("x"), &err) < 0);
	EXPECT(strstr(err.text, "No space left") != NULL);
	file_writer_free(w);
	EXPECT(access(path.p, F_OK) < 0);
	buf_free(&path);
	free(octets);
}

int
main(void)
{
	if (mkdtemp(folder) == NULL)
		return 1;
	UNIT_RUN(many_files_come_whole);
	UNIT_RUN(what_is_dropped_is_removed_and_the_next_is_written);
	UNIT_RUN(a_disk_that_is_full_is_told_and_nothing_is_left);
	EXPECT(rmdir(folder) == 0);
	return UNIT_RESULT;
}
