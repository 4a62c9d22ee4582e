/* SPDX-License-Identifier: ISC */
/*
 * Segments as files.  A crash leaves: no file, or one without a name (before
 * the first sync), or whole entries and perhaps a torn one at the end, which
 * nobody was told of.  Only what a sync returned for is promised.
 */
#include "segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"

#define MAGIC "fe-journal 1\n"
#define SUFFIX ".seg"
#define NEW_SUFFIX ".new"
/* Older than what a writer may need to begin one. */
#define UNFINISHED_SECONDS 3600
#define SEGMENT_MODE 0640
/* So much is gathered before it is written. */
#define WAITING_MAX ((size_t)256 << 10)

static struct segment *
segment_new(const char *id)
{
	struct segment *s = mem_zalloc(sizeof(*s));
	struct buf path = BUF_INIT;

	memcpy(s->id, id, ID_SIZE);
	home_file(&path, "journal/%s" SUFFIX, id);
	s->path = buf_take(&path, NULL);
	s->fd = -1;
	s->waiting = (struct buf)BUF_INIT;
	s->end = s->written = SEGMENT_HEAD;
	return s;
}

void
segment_close(struct segment *s)
{
	if (s == NULL)
		return;
	if (s->fd >= 0)
		close(s->fd);
	buf_free(&s->waiting);
	free(s->new_path);
	free(s->path);
	free(s);
}

void
segment_remove(struct segment *s)
{
	(void)unlink(s->new_path != NULL ? s->new_path : s->path);
	segment_close(s);
}

static int
write_head(struct segment *s, struct err *err)
{
	char head[SEGMENT_HEAD] = MAGIC;

	memcpy(head + sizeof(MAGIC) - 1, s->id, ID_SIZE - 1);
	if (io_write(s->fd, head, sizeof(head)) < 0)
		return err_errno(err, "cannot write '%s'", s->new_path);
	return 0;
}

static int
open_new(struct segment *s, struct err *err)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
	struct buf folder = BUF_INIT;

	s->fd = open(s->new_path, flags, SEGMENT_MODE);
	/* fe-init made the folder; a home of an older version has none. */
	if (s->fd < 0 && errno == ENOENT &&
	    io_make_folders(home_file(&folder, "journal"), 0750, err) == 0)
		s->fd = open(s->new_path, flags, SEGMENT_MODE);
	buf_free(&folder);
	return s->fd < 0 ? err_errno(err, "cannot make '%s'", s->new_path) : 0;
}

static int
make_file(struct segment *s, struct err *err)
{
	if (open_new(s, err) < 0)
		return -1;
	/* Whatever the umask said: the group reads for backups. */
	(void)fchmod(s->fd, SEGMENT_MODE);
	if (flock(s->fd, LOCK_EX | LOCK_NB) < 0)
		return err_errno(err, "cannot lock '%s'", s->new_path);
	return write_head(s, err);
}

static int
give_name(struct segment *s, struct err *err)
{
	if (rename(s->new_path, s->path) < 0)
		return err_errno(err, "cannot rename '%s'", s->new_path);
	free(s->new_path);
	s->new_path = NULL;
	return io_sync_folder(s->path, err);
}

/* Old, and nobody writes it: one that waits for its first sync is locked. */
static bool
is_leftover(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	bool left = fd >= 0 && fstat(fd, &st) == 0 &&
	    st.st_mtime < clock_now_ms() / 1000 - UNFINISHED_SECONDS &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0;

	if (fd >= 0)
		close(fd);
	return left;
}

/* `.ULID.new' of a writer that was killed before it had a segment. */
static void
remove_unfinished(const char *folder, const char *name)
{
	struct slice text = slice_text(name);
	struct buf path = BUF_INIT;

	if (text.p[0] == '.' && slice_ends(text, NEW_SUFFIX) &&
	    id_is_valid(slice_part(text, 1, text.n - strlen(NEW_SUFFIX)))) {
		buf_format(&path, "%s/%s", folder, name);
		if (is_leftover(buf_text(&path)))
			(void)unlink(buf_text(&path));
	}
	buf_free(&path);
}

struct segment *
segment_make(struct err *err)
{
	char id[ID_SIZE];
	struct buf path = BUF_INIT;
	struct segment *s;

	id_make(id);
	s = segment_new(id);
	home_file(&path, "journal/.%s" NEW_SUFFIX, id);
	s->new_path = buf_take(&path, NULL);
	if (make_file(s, err) < 0) {
		segment_remove(s);
		return NULL;
	}
	s->ours = true;
	return s;
}

/* `ULID.seg' to ULID. */
static bool
name_id(const char *name, char id[ID_SIZE])
{
	struct slice text = slice_text(name);

	if (!slice_ends(text, SUFFIX) || text.n != ID_SIZE - 1 +
	    strlen(SUFFIX) || !id_is_valid(slice_part(text, 0, ID_SIZE - 1)))
		return false;
	memcpy(id, name, ID_SIZE - 1);
	id[ID_SIZE - 1] = '\0';
	return true;
}

/* Is it the file of that name, and one of ours? */
static bool
check_head(const struct segment *s)
{
	char head[SEGMENT_HEAD];
	struct stat st, named;

	if (fstat(s->fd, &st) < 0 || stat(s->path, &named) < 0 ||
	    st.st_ino != named.st_ino || !S_ISREG(st.st_mode))
		return false;
	return pread(s->fd, head, sizeof(head), 0) == sizeof(head) &&
	    memcmp(head, MAGIC, sizeof(MAGIC) - 1) == 0 &&
	    memcmp(head + sizeof(MAGIC) - 1, s->id, ID_SIZE - 1) == 0;
}

struct segment *
segment_open(const char *name, bool lock, struct err *err)
{
	char id[ID_SIZE];
	struct segment *s;

	if (!name_id(name, id))
		return NULL;
	s = segment_new(id);
	s->fd = open(s->path, (lock ? O_RDWR : O_RDONLY) | O_CLOEXEC |
	    O_NOFOLLOW);
	if (s->fd < 0 && errno != ENOENT)
		err_errno(err, "cannot open '%s'", s->path);
	if (s->fd < 0 || (lock && flock(s->fd, LOCK_EX | LOCK_NB) < 0) ||
	    !check_head(s)) {
		segment_close(s);
		return NULL;
	}
	s->ours = lock;
	return s;
}

/* ---- appending ---- */

static int
write_out(struct segment *s, const char *p, size_t n, struct err *err)
{
	while (n > 0) {
		ssize_t put = pwrite(s->fd, p, n, (off_t)s->written);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && (errno == ENOSPC || errno == EDQUOT))
			return err_set(err, ERR_SYSTEM, "cannot write '%s': "
			    "the disk is full", s->path);
		if (put < 0)
			return err_errno(err, "cannot write '%s'", s->path);
		p += put;
		n -= (size_t)put;
		s->written += (uint64_t)put;
	}
	return 0;
}

static int
flush(struct segment *s, struct err *err)
{
	int result = write_out(s, s->waiting.p, s->waiting.n, err);

	buf_reset(&s->waiting);
	return result;
}

static int
append_octets(void *context, struct slice octets, struct err *err)
{
	struct segment *s = context;

	if (s->waiting.n + octets.n > WAITING_MAX && flush(s, err) < 0)
		return -1;
	if (octets.n > WAITING_MAX)
		return write_out(s, octets.p, octets.n, err);
	return buf_append_slice(&s->waiting, octets);
}

/* What is written of it nobody relies on; where it cannot even be cut off it
 * must not be followed by anything. */
static void
cut_back(struct segment *s, uint64_t to)
{
	buf_reset(&s->waiting);
	if (ftruncate(s->fd, (off_t)to) < 0)
		s->failed = true;
	s->written = to;
}

/* Takes back an entry that failed, which began at `before'.  Those ahead of it
 * are in the file, or wait still; else a write that failed has lost them, and
 * nothing of this segment may be promised any more. */
static void
take_back(struct segment *s, uint64_t before)
{
	if (s->written >= before)
		cut_back(s, before);
	else if (s->written + s->waiting.n >= before)
		buf_truncate(&s->waiting, (size_t)(before - s->written));
	else
		s->failed = true;
}

int
segment_append(struct segment *s, const struct journal_message *message,
    const struct journal_order *orders, size_t n, int64_t time_ms,
    uint64_t *offset, struct err *err)
{
	struct journal_place place = {s->id, s->sequence + 1, time_ms};
	uint64_t before = s->written + s->waiting.n;

	if (s->failed)
		return err_set(err, ERR_SYSTEM, "'%s' has failed before",
		    s->path);
	if (journal_entry_seal(&place, message, orders, n, append_octets, s,
	    err) < 0) {
		take_back(s, before);
		return -1;
	}
	s->sequence++;
	*offset = before;
	return 0;
}

int
segment_sync(struct segment *s, struct err *err)
{
	if (s->failed) {
		err_set(err, ERR_SYSTEM, "'%s' has failed before", s->path);
	} else if (flush(s, err) == 0) {
		if (fdatasync(s->fd) < 0) {
			err_errno(err, "cannot sync '%s'", s->path);
		} else if (s->new_path == NULL || give_name(s, err) == 0) {
			s->end = s->written;
			return 0;
		}
	}
	cut_back(s, s->end);
	s->failed = true;
	return -1;
}

int
segment_reset(struct segment *s, struct err *err)
{
	buf_reset(&s->waiting);
	if (ftruncate(s->fd, SEGMENT_HEAD) < 0) {
		s->failed = true;
		return err_errno(err, "cannot cut '%s'", s->path);
	}
	s->end = s->written = SEGMENT_HEAD;
	return 0;
}

/* ---- reading ---- */

/* 1 all of it, 0 the file ends before, -1. */
static int
read_at(const struct segment *s, uint64_t offset, void *p, size_t n,
    struct err *err)
{
	for (size_t got = 0; got < n;) {
		ssize_t more = pread(s->fd, (char *)p + got, n - got,
		    (off_t)(offset + got));

		if (more < 0 && errno == EINTR)
			continue;
		if (more < 0)
			return err_errno(err, "cannot read '%s'", s->path);
		if (more == 0)
			return 0;
		got += (size_t)more;
	}
	return 1;
}

/* 1 a whole entry, 0 none, -1 the file cannot be read. */
static int
read_entry(const struct segment *s, uint64_t offset, uint64_t size,
    struct buf *octets, struct journal_head *head, struct err *err)
{
	size_t n;
	int got;

	buf_reset(octets);
	buf_reserve(octets, JOURNAL_FIXED);
	got = read_at(s, offset, octets->p, JOURNAL_FIXED, err);
	if (got <= 0)
		return got;
	octets->n = JOURNAL_FIXED;
	n = journal_head_size(buf_slice(octets));
	if (n == 0 || offset + n > size)
		return 0;
	buf_reserve(octets, n - octets->n);
	got = read_at(s, offset, octets->p, n, err);
	if (got <= 0)
		return got;
	octets->n = n;
	return journal_head_parse(head, buf_slice(octets), s->id, NULL) == 0 &&
	    head->entry_size <= size - offset;
}

/* Behind what is no entry: another one?  Then the file is damaged, and not
 * just torn at its end. */
static int
find_entry(const struct segment *s, uint64_t *offset, uint64_t size,
    struct buf *octets, struct journal_head *head, struct err *err)
{
	struct buf window = BUF_INIT;
	int got = 0;

	while (got == 0 && *offset + JOURNAL_FIXED <= size) {
		size_t n = size - *offset < WAITING_MAX ?
		    (size_t)(size - *offset) : WAITING_MAX;
		size_t at;

		buf_reset(&window);
		buf_reserve(&window, n);
		got = read_at(s, *offset, window.p, n, err);
		if (got <= 0)
			break;
		window.n = n;
		at = slice_find_text(slice_part(buf_slice(&window), 1, n),
		    SLICE(JOURNAL_MAGIC)) + 1;
		/* The last octets may begin one. */
		*offset += at < n ? at : n - (sizeof(JOURNAL_MAGIC) - 2);
		got = at < n ? read_entry(s, *offset, size, octets, head,
		    err) : 0;
	}
	buf_free(&window);
	return got;
}

int
segment_next(struct segment *s, uint64_t *offset, struct buf *octets,
    struct journal_head *head, struct err *err)
{
	struct stat st;
	uint64_t size;
	int got;

	if (fstat(s->fd, &st) < 0)
		return err_errno(err, "cannot read '%s'", s->path);
	size = (uint64_t)st.st_size;
	got = read_entry(s, *offset, size, octets, head, err);
	if (got == 0) {
		got = find_entry(s, offset, size, octets, head, err);
		s->damaged |= got > 0;
	}
	if (got > 0) {
		*offset += head->entry_size;
		s->sequence = head->sequence;
	}
	return got;
}

struct reading {
	const struct segment *segment;
	uint64_t offset;
};

static int
read_message(void *context, uint64_t offset, void *p, size_t n,
    struct err *err)
{
	const struct reading *r = context;
	int got = read_at(r->segment, r->offset + offset, p, n, err);

	if (got == 0)
		return err_set(err, ERR_CONFIG, "'%s' ends within a message",
		    r->segment->path);
	return got < 0 ? -1 : 0;
}

int
segment_read_message(const struct segment *s, uint64_t offset,
    const struct journal_head *head, const unsigned char *entry_key,
    struct buf *out, struct err *err)
{
	struct reading r = {s, offset};

	return journal_message_open(head, entry_key, read_message, &r, out,
	    err);
}

void
segment_set_done(struct segment *s, uint64_t offset,
    const struct journal_head *head, size_t order)
{
	/* Lost, it costs a look at what the mailbox has had already. */
	if (pwrite(s->fd, "\1", 1, (off_t)(offset +
	    journal_order_offset(head, order))) < 0)
		return;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

int
segment_list(struct buf *names, struct err *err)
{
	const size_t each = ID_SIZE + sizeof(SUFFIX) - 1;
	struct buf path = BUF_INIT;
	DIR *folder = opendir(home_file(&path, "journal"));
	struct dirent *entry;
	char id[ID_SIZE];
	int result = 0;

	buf_reset(names);
	if (folder == NULL && errno != ENOENT)
		result = err_errno(err, "cannot read '%s'", buf_text(&path));
	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (name_id(entry->d_name, id))
			buf_append(names, entry->d_name, each);
		else
			remove_unfinished(buf_text(&path), entry->d_name);
	if (folder != NULL)
		closedir(folder);
	if (names->n > 0)
		qsort(names->p, names->n / each, each, compare_names);
	buf_free(&path);
	return result;
}
