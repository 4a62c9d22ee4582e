/* SPDX-License-Identifier: ISC */
/*
 * Databases read from outside.  The locks are SQLite's own (its file format
 * document and os_unix.c): 510 octets of the main file for readers, octets
 * 123 to 127 of the WAL index for the five read marks.  The mark 0 would stop
 * checkpoints; 1 to 4 only keep the WAL from being started anew.
 */
#include "ops/page_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/slice.h"
#include "store/page.h"
#include "store/wal_file.h"

#define SHARED_FIRST 0x40000002
#define SHARED_SIZE 510
#define READ_MARK_FIRST 124 /* mark 1 */
#define READ_MARKS 4
#define WAL_HEAD_SIZE 32
#define WAL_VERSION 3007000
#define WAIT_STEP_NS 2000000

static uint32_t
big32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/* n octets at the offset, or fewer at the end of the file. */
static ssize_t
read_at(int fd, void *out, size_t n, uint64_t offset)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(fd, (char *)out + done, n - done,
		    (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

static int
beside(const struct page_source *s, const char *suffix, size_t cut)
{
	struct buf path = BUF_INIT;
	int fd;

	buf_append(&path, s->path, strlen(s->path) - cut);
	buf_append_text(&path, suffix);
	fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	buf_free(&path);
	return fd;
}

/* Tries again until it is done or the time is up. */
static bool
wait_more(int64_t until)
{
	struct timespec step = {0, WAIT_STEP_NS};

	if (clock_monotonic_ms() >= until)
		return false;
	nanosleep(&step, NULL);
	return true;
}

static bool
lock_range(int fd, off_t from, off_t n)
{
	struct flock range = {.l_type = F_RDLCK, .l_whence = SEEK_SET,
	    .l_start = from, .l_len = n};

	return fcntl(fd, F_SETLK, &range) == 0;
}

/* The lock of a mailbox; other databases have none. */
static int
take_user_lock(struct page_source *s, int64_t until, struct err *err)
{
	static const char suffix[] = ".sqlite";

	if (!slice_ends(slice_text(s->path), suffix))
		return 0;
	s->lock_fd = beside(s, ".lock", sizeof(suffix) - 1);
	while (s->lock_fd >= 0 && flock(s->lock_fd, LOCK_SH | LOCK_NB) < 0)
		if (!wait_more(until))
			return err_set(err, ERR_SYSTEM,
			    "'%s' is locked by another program", s->path);
	return 0;
}

static int
take_main_lock(struct page_source *s, int64_t until, struct err *err)
{
	while (!lock_range(s->main_fd, SHARED_FIRST, SHARED_SIZE))
		if (!wait_more(until))
			return err_set(err, ERR_SYSTEM,
			    "'%s' is locked by a writer", s->path);
	return 0;
}

/* A mark in the WAL index; no WAL index is no error.  Since the main file's
 * lock is held, the index keeps its name. */
static int
take_read_mark(struct page_source *s, int64_t until, struct err *err)
{
	s->shm_fd = beside(s, "-shm", 0);
	while (s->shm_fd >= 0) {
		for (int i = 0; i < READ_MARKS; i++)
			if (lock_range(s->shm_fd, READ_MARK_FIRST + i, 1))
				return 0;
		if (!wait_more(until))
			return err_set(err, ERR_SYSTEM,
			    "the WAL of '%s' is being started anew", s->path);
	}
	return 0;
}

static int64_t
changed_ns(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

/* Size and form of the pages.  1, 0, -1. */
static int
read_header(struct page_source *s, struct err *err)
{
	unsigned char head[PAGE_CLEAR_SIZE];
	struct stat st;
	ssize_t got = read_at(s->main_fd, head, sizeof(head), 0);

	if (got < 0 || fstat(s->main_fd, &st) < 0)
		return err_errno(err, "cannot read '%s'", s->path);
	if (got < (ssize_t)sizeof(head))
		return 0;
	s->page_size = (uint32_t)page_size_read(head);
	if (s->page_size == 0 || head[20] < PAGE_TRAILER_SIZE ||
	    memcmp(head, "SQLite format 3", 16) == 0)
		return 0;
	s->main_pages = (uint64_t)st.st_size / s->page_size;
	s->pages = s->main_pages;
	s->main_changed_ns = changed_ns(s->main_fd);
	return 1;
}

/* A transaction of a rollback journal that was cut short would have to be
 * rolled back first. */
static int
refuse_hot_journal(struct page_source *s, struct err *err)
{
	int fd = beside(s, "-journal", 0);
	unsigned char head = 0;
	bool hot = fd >= 0 && read_at(fd, &head, 1, 0) == 1 && head != 0;

	if (fd >= 0)
		close(fd);
	if (hot)
		return err_set(err, ERR_CONFIG, "'%s' has an interrupted "
		    "transaction: open it once with its own program", s->path);
	return 0;
}

static void
read_wal_header(struct page_source *s)
{
	unsigned char *head = s->wal.head;
	uint32_t magic, sum[2] = {0, 0};

	s->wal_fd = beside(s, "-wal", 0);
	memset(head, 0, WAL_HEAD_SIZE);
	if (s->wal_fd < 0 ||
	    read_at(s->wal_fd, head, WAL_HEAD_SIZE, 0) != WAL_HEAD_SIZE)
		return;
	magic = big32(head);
	s->wal.big_endian = (magic & 1) != 0;
	wal_sum(s->wal.big_endian, head, 24, sum);
	s->wal.valid = (magic & ~1U) == 0x377f0682 &&
	    big32(head + 4) == WAL_VERSION &&
	    big32(head + 8) == s->page_size && sum[0] == big32(head + 24) &&
	    sum[1] == big32(head + 28);
	s->wal.sum[0] = sum[0];
	s->wal.sum[1] = sum[1];
}

int
page_source_open(struct page_source *s, const char *path, int64_t wait_ms,
    struct err *err)
{
	int64_t until = clock_monotonic_ms() + wait_ms;
	int result;

	memset(s, 0, sizeof(*s));
	s->main_fd = s->wal_fd = s->lock_fd = s->shm_fd = -1;
	s->path = mem_text(path);
	if (take_user_lock(s, until, err) < 0)
		return -1;
	s->main_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (s->main_fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	if (take_main_lock(s, until, err) < 0 ||
	    take_read_mark(s, until, err) < 0)
		return -1;
	/* The size counts only from here on: before, a checkpoint could add
	 * pages and the WAL be started anew. */
	result = read_header(s, err);
	if (result <= 0)
		return result;
	if (refuse_hot_journal(s, err) < 0)
		return -1;
	read_wal_header(s);
	return page_source_scan(s, err) < 0 ? -1 : 1;
}

/* Notes a frame of a transaction that turned out to be committed. */
static int
note_frame(struct page_source *s, uint32_t number, uint32_t frame,
    struct err *err)
{
	size_t need = number;

	/* A database has no more pages than were ever written. */
	if (number == 0 || number > s->main_pages + frame + 1)
		return err_set(err, ERR_CONFIG, "the WAL of '%s' is damaged",
		    s->path);
	if (need > s->frames_n) {
		size_t room = s->frames_n * 2 > need ? s->frames_n * 2 : need;

		s->frames = mem_array(s->frames, room, sizeof(*s->frames));
		memset(s->frames + s->frames_n, 0,
		    (room - s->frames_n) * sizeof(*s->frames));
		s->frames_n = room;
	}
	s->frames[number - 1] = frame + 1;
	return 0;
}

struct open_transaction {
	uint32_t *numbers;
	size_t n;
};

static int
commit(struct page_source *s, const struct open_transaction *t,
    uint32_t pages, const uint32_t sum[2], struct err *err)
{
	for (size_t i = 0; i < t->n; i++)
		if (note_frame(s, t->numbers[i], s->wal.next + (uint32_t)i,
			err) < 0)
			return -1;
	s->wal.next += (uint32_t)t->n;
	s->wal.sum[0] = sum[0];
	s->wal.sum[1] = sum[1];
	s->pages = pages;
	return 0;
}

static uint64_t
frame_offset(const struct page_source *s, uint32_t frame)
{
	return WAL_HEAD_SIZE + (uint64_t)frame *
	    (FRAME_HEAD_SIZE + s->page_size);
}

/* Is it the next frame of the chain?  Goes on with the sum. */
static bool
frame_is_valid(const struct page_source *s, const unsigned char *frame,
    uint32_t sum[2])
{
	if (memcmp(frame + 8, s->wal.head + 16, 8) != 0)
		return false;
	wal_sum(s->wal.big_endian, frame, 8, sum);
	wal_sum(s->wal.big_endian, frame + FRAME_HEAD_SIZE, s->page_size, sum);
	return sum[0] == big32(frame + 16) && sum[1] == big32(frame + 20);
}

int
page_source_scan(struct page_source *s, struct err *err)
{
	struct open_transaction t = {NULL, 0};
	size_t size = FRAME_HEAD_SIZE + s->page_size;
	unsigned char *frame;
	uint32_t sum[2] = {s->wal.sum[0], s->wal.sum[1]};
	int result = 0;

	if (!s->wal.valid)
		return 0;
	frame = mem_alloc(size);
	while (result == 0 && read_at(s->wal_fd, frame, size,
	    frame_offset(s, s->wal.next + (uint32_t)t.n)) == (ssize_t)size &&
	    frame_is_valid(s, frame, sum)) {
		uint32_t pages = big32(frame + 4);

		if (t.n % 256 == 0)
			t.numbers = mem_array(t.numbers, t.n + 256,
			    sizeof(*t.numbers));
		t.numbers[t.n++] = big32(frame);
		if (pages == 0)
			continue;
		result = commit(s, &t, pages, sum, err);
		t.n = 0;
	}
	free(t.numbers);
	free(frame);
	return result;
}

bool
page_source_in_wal(const struct page_source *s, uint64_t page)
{
	return page < s->frames_n && s->frames[page] != 0;
}

ssize_t
page_source_read_main(struct page_source *s, uint64_t page, size_t n,
    unsigned char *out, struct err *err)
{
	ssize_t got = read_at(s->main_fd, out, n * s->page_size,
	    page * s->page_size);

	if (got < 0)
		return err_errno(err, "cannot read '%s'", s->path);
	return got / (ssize_t)s->page_size;
}

int
page_source_read_wal(struct page_source *s, uint64_t page, unsigned char *out,
    struct err *err)
{
	ssize_t got = read_at(s->wal_fd, out, s->page_size,
	    frame_offset(s, s->frames[page] - 1) + FRAME_HEAD_SIZE);

	if (got < 0)
		return err_errno(err, "cannot read the WAL of '%s'", s->path);
	if (got != (ssize_t)s->page_size)
		return err_set(err, ERR_SYSTEM, "the WAL of '%s' was cut "
		    "short", s->path);
	return 0;
}

bool
page_source_is_stale(struct page_source *s)
{
	unsigned char head[WAL_HEAD_SIZE] = {0};
	int shm, wal;
	bool stale;

	/* With a mark nobody can have started the WAL anew. */
	if (s->shm_fd >= 0)
		return false;
	shm = beside(s, "-shm", 0);
	wal = beside(s, "-wal", 0);
	if (wal >= 0)
		(void)read_at(wal, head, sizeof(head), 0);
	stale = shm >= 0 || memcmp(head, s->wal.head, sizeof(head)) != 0 ||
	    changed_ns(s->main_fd) != s->main_changed_ns;
	if (shm >= 0)
		close(shm);
	if (wal >= 0)
		close(wal);
	return stale;
}

void
page_source_close(struct page_source *s)
{
	int fds[] = {s->wal_fd, s->shm_fd, s->main_fd, s->lock_fd};

	for (size_t i = 0; i < 4; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(s->path);
	free(s->frames);
	memset(s, 0, sizeof(*s));
	s->main_fd = s->wal_fd = s->lock_fd = s->shm_fd = -1;
}
