/* SPDX-License-Identifier: ISC */
/*
 * A destination that is a folder.  An object is written under a name that
 * begins with a dot, synced, and renamed; its folder is synced, too.  The
 * folder given must be there: a disk that is not mounted shall not be taken
 * for an empty one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/direct_file.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/shred.h"
#include "ops/destination_kind.h"

static const char *const folders[] = {"packs", "index", "snapshots", "locks",
    "mailboxes", "keys", "drills"};
#define FOLDERS (sizeof(folders) / sizeof(folders[0]))
#define BEGIN_MIN ((size_t)256 << 10)
#define READ_AHEAD ((uint64_t)4 << 20)

/* Packs are read blob by blob, one of lists and maps beside one of content. */
struct open_object {
	char *name; /* or NULL */
	int fd;
	uint64_t used;
	uint64_t next, ahead; /* behind what was read; was asked for */
};
#define OPEN_OBJECTS 4

struct path_destination {
	struct destination base;
	struct open_object objects[OPEN_OBJECTS];
	uint64_t clock;
};

static const char *
object_path(const struct destination *d, const char *name, struct buf *out)
{
	buf_format(out, "%s/%s", d->folder, name);
	return buf_text(out);
}

/* The folder of a first object below it: packs/3f. */
static int
make_folder_of(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = mem_dup(path, (size_t)(slash - path));
	int result = 0;

	if (mkdir(folder, 0700) == 0)
		result = io_sync_folder(folder, err);
	else if (errno != EEXIST)
		result = err_errno(err, "cannot make folder '%s'", folder);
	free(folder);
	return result;
}

static int
open_new(const char *path, struct err *err)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
	int fd = open(path, flags, 0600);

	if (fd < 0 && errno == ENOENT) {
		if (make_folder_of(path, err) < 0)
			return -1;
		fd = open(path, flags, 0600);
	}
	return fd < 0 ? err_errno(err, "cannot make '%s'", path) : fd;
}

static int
write_new(const char *path, struct slice octets, bool lazily, struct err *err)
{
	int fd = open_new(path, err), result = 0;

	if (fd < 0)
		return -1;
	if (direct_write(fd, octets) < 0 || (!lazily && fdatasync(fd) < 0))
		result = err_errno(err, "cannot write '%s'", path);
	/* The disk may begin with what did not go there at once; nobody waits
	 * for it before path_sync(). */
	else if (lazily && octets.n >= BEGIN_MIN)
		sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (close(fd) < 0 && result == 0)
		result = err_errno(err, "cannot write '%s'", path);
	return result;
}

/* The content of an object that is replaced or removed: with the keys of a
 * mailbox it is overwritten, for file systems that write in place. */
static int
open_for_shredding(const char *name, const char *path)
{
	if (strncmp(name, "mailboxes/", 10) != 0)
		return -1;
	return open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
}

static int
shred(int fd, const char *path, struct err *err)
{
	int result = fd < 0 ? 0 : shred_octets(fd, path, err);

	if (fd >= 0)
		close(fd);
	return result;
}

static int
put(struct destination *d, const char *name, struct slice octets, bool lazily,
    struct err *err)
{
	struct buf path = BUF_INIT, new = BUF_INIT;
	const char *slash;
	int result = -1, old;

	object_path(d, name, &path);
	slash = strrchr(path.p, '/');
	buf_format(&new, "%.*s/.%s.%ld", (int)(slash - path.p), path.p,
	    slash + 1, (long)getpid());
	old = open_for_shredding(name, path.p);
	if (write_new(new.p, octets, lazily, err) == 0) {
		if (rename(new.p, path.p) < 0)
			err_errno(err, "cannot rename '%s'", new.p);
		else
			result = lazily ? 0 : io_sync_folder(path.p, err);
	}
	if (result == 0)
		result = shred(old, path.p, err);
	else {
		unlink(new.p);
		if (old >= 0)
			close(old);
	}
	buf_free(&path);
	buf_free(&new);
	return result;
}

static int
path_put(struct destination *d, const char *name, struct slice octets,
    struct err *err)
{
	return put(d, name, octets, false, err);
}

static int
path_put_lazily(struct destination *d, const char *name, struct slice octets,
    struct err *err)
{
	return put(d, name, octets, true, err);
}

static int
path_sync(struct destination *d, struct err *err)
{
	return io_sync_file_system(d->folder, err);
}

static int
path_prepare(struct destination *d, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	for (size_t i = 0; i < FOLDERS && result == 0; i++) {
		buf_truncate(&path, 0);
		result = io_make_folders(object_path(d, folders[i], &path),
		    0700, err);
	}
	/* Packs are spread over 256 folders, made once. */
	for (unsigned i = 0; i < 256 && result == 0; i++) {
		buf_truncate(&path, 0);
		buf_format(&path, "%s/packs/%02x", d->folder, i);
		if (mkdir(path.p, 0700) < 0 && errno != EEXIST)
			result = err_errno(err, "cannot make folder '%s'",
			    path.p);
	}
	buf_free(&path);
	return result < 0 ? -1 : path_sync(d, err);
}

static void
close_object(struct open_object *o)
{
	free(o->name);
	if (o->name != NULL)
		close(o->fd);
	memset(o, 0, sizeof(*o));
}

static void
close_objects(struct path_destination *d)
{
	for (size_t i = 0; i < OPEN_OBJECTS; i++)
		close_object(&d->objects[i]);
}

/* The object of that name; else an empty place, or the one that was not used
 * for longest, closed. */
static struct open_object *
place_of(struct path_destination *d, const char *name)
{
	struct open_object *oldest = &d->objects[0];

	for (size_t i = 0; i < OPEN_OBJECTS; i++) {
		struct open_object *o = &d->objects[i];

		if (o->name != NULL && strcmp(o->name, name) == 0)
			return o;
		if (o->used < oldest->used)
			oldest = o;
	}
	close_object(oldest);
	return oldest;
}

/* 1 open, 0 not there. */
static int
open_object(struct path_destination *d, const char *name,
    struct open_object **out, struct err *err)
{
	struct open_object *o = place_of(d, name);
	struct buf path = BUF_INIT;
	int result = 1;

	*out = o;
	if (o->name == NULL) {
		o->fd = open(object_path(&d->base, name, &path),
		    O_RDONLY | O_CLOEXEC);
		if (o->fd >= 0)
			o->name = mem_text(name);
		else if (errno == ENOENT || errno == ENOTDIR)
			result = 0;
		else
			result = err_errno(err, "cannot open '%s'", path.p);
	}
	o->used = result > 0 ? ++d->clock : 0;
	buf_free(&path);
	return result;
}

/* Who reads a pack from one blob to the next finds it in memory. */
static void
read_ahead(struct open_object *o, uint64_t offset, size_t n)
{
	uint64_t end = offset + n;

	if (offset == o->next && end + READ_AHEAD / 2 > o->ahead) {
		(void)posix_fadvise(o->fd, (off_t)end, (off_t)READ_AHEAD,
		    POSIX_FADV_WILLNEED);
		o->ahead = end + READ_AHEAD;
	}
	o->next = end;
}

static int
read_object(const struct open_object *o, uint64_t offset, size_t n,
    struct buf *out, const char *folder, struct err *err)
{
	while (n > 0) {
		ssize_t got = pread(o->fd, out->p + out->n, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, "cannot read '%s/%s'", folder,
			    o->name);
		if (got == 0)
			return err_set(err, ERR_CONFIG, "'%s/%s' is cut short",
			    folder, o->name);
		out->n += (size_t)got;
		out->p[out->n] = '\0';
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return 1;
}

static int
path_get(struct destination *base, const char *name, uint64_t offset,
    size_t n, struct buf *out, struct err *err)
{
	struct path_destination *d = (struct path_destination *)(void *)base;
	struct open_object *o;
	struct stat st;
	int result = open_object(d, name, &o, err);

	if (result <= 0)
		return result;
	if (n == 0) {
		if (fstat(o->fd, &st) < 0)
			return err_errno(err, "cannot read '%s/%s'",
			    base->folder, name);
		n = (uint64_t)st.st_size > offset ?
		    (size_t)((uint64_t)st.st_size - offset) : 0;
	}
	if (buf_reserve(out, n) < 0)
		return err_set(err, ERR_CONFIG, "'%s/%s' is too large",
		    base->folder, name);
	read_ahead(o, offset, n);
	result = read_object(o, offset, n, out, base->folder, err);
	/* Small objects may be replaced by others. */
	if (strncmp(name, "packs/", 6) != 0)
		close_object(o);
	return result;
}

static int
path_remove(struct destination *base, const char *name, struct err *err)
{
	struct path_destination *d = (struct path_destination *)(void *)base;
	struct buf path = BUF_INIT;
	int old, result = 0;

	close_objects(d);
	object_path(base, name, &path);
	old = open_for_shredding(name, path.p);
	if (unlink(path.p) < 0) {
		if (errno != ENOENT)
			result = err_errno(err, "cannot remove '%s'", path.p);
	} else if (strncmp(name, "locks/", 6) != 0)
		result = io_sync_folder(path.p, err);
	if (shred(old, path.p, result == 0 ? err : NULL) < 0)
		result = -1;
	buf_free(&path);
	return result;
}

/* What is finished, or (`unfinished') what is not. */
static int
list_folder(struct destination *d, const char *name,
    struct destination_list *list, bool unfinished, unsigned depth,
    struct err *err)
{
	struct buf path = BUF_INIT, inner = BUF_INIT;
	const struct dirent *entry;
	DIR *folder = opendir(object_path(d, name, &path));
	struct stat st;
	int result = 0;

	if (folder == NULL && errno != ENOENT)
		result = err_errno(err, "cannot open folder '%s'", path.p);
	while (folder != NULL && result == 0 &&
	    (entry = readdir(folder)) != NULL) {
		bool dot = entry->d_name[0] == '.';

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 || fstatat(
		    dirfd(folder), entry->d_name, &st, 0) < 0)
			continue;
		buf_truncate(&inner, 0);
		buf_format(&inner, "%s/%s", name, entry->d_name);
		if (S_ISREG(st.st_mode) && dot == unfinished)
			destination_list_add(list, inner.p, st.st_size);
		else if (S_ISDIR(st.st_mode) && !dot && depth > 0)
			result = list_folder(d, inner.p, list, unfinished,
			    depth - 1, err);
	}
	if (folder != NULL)
		closedir(folder);
	buf_free(&path);
	buf_free(&inner);
	return result;
}

static int
path_list(struct destination *d, const char *folder,
    struct destination_list *list, struct err *err)
{
	return list_folder(d, folder, list, false, 2, err);
}

static int
path_tidy(struct destination *d, struct err *err)
{
	struct destination_list list = {NULL, 0};
	int result = 0;

	for (size_t i = 0; i < FOLDERS && result == 0; i++)
		result = list_folder(d, folders[i], &list, true, 2, err);
	for (size_t i = 0; i < list.n && result == 0; i++)
		result = path_remove(d, list.items[i].name, err);
	destination_list_free(&list);
	return result;
}

static void
path_close(struct destination *base)
{
	struct path_destination *d = (struct path_destination *)(void *)base;

	close_objects(d);
	free(d);
}

static const struct destination_kind path_kind = {
    .parallel_put = true,
    .prepare = path_prepare,
    .put = path_put,
    .put_lazily = path_put_lazily,
    .sync = path_sync,
    .get = path_get,
    .remove = path_remove,
    .list = path_list,
    .tidy = path_tidy,
    .close = path_close};

struct destination *
destination_path_open(const struct destination_options *options,
    struct err *err)
{
	struct path_destination *d;
	char *folder = realpath(options->path, NULL);
	struct stat st;

	if (folder == NULL || stat(folder, &st) < 0 || !S_ISDIR(st.st_mode)) {
		if (folder != NULL)
			errno = ENOTDIR;
		err_errno(err, "cannot reach the destination '%s'",
		    options->path);
		free(folder);
		return NULL;
	}
	d = mem_zalloc(sizeof(*d));
	d->base.kind = &path_kind;
	d->base.name = mem_text(options->path);
	d->base.folder = folder;
	return &d->base;
}
