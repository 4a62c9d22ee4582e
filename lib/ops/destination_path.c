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
#include "ops/open_objects.h"

static const char *const folders[] = {"packs", "index", "snapshots", "locks",
    "mailboxes", "keys", "drills"};
#define FOLDERS (sizeof(folders) / sizeof(folders[0]))
#define BEGIN_MIN ((size_t)256 << 10)
struct path_destination {
	struct destination base;
	/* Held open: what is mounted elsewhere or renamed meanwhile is still
	 * the one that was locked, and nothing goes below a mount point from
	 * which the disk has gone. */
	int root;
	uid_t uid; /* of the folder, whose all of it is */
	gid_t gid;
	struct open_objects objects;
};

static struct path_destination *
self(struct destination *d)
{
	return (struct path_destination *)(void *)d;
}

/* Was the folder removed with all that was in it? */
static bool
is_gone(const struct path_destination *d)
{
	struct stat st;

	return fstat(d->root, &st) == 0 && st.st_nlink == 0;
}

/* The sentence of errno, about an object. */
static int
cannot(const struct path_destination *d, const char *what, const char *name,
    struct err *err)
{
	if (errno == ENOENT && is_gone(d))
		return err_set(err, ERR_SYSTEM, "cannot reach the destination "
		    "'%s': it was removed", d->base.name);
	return err_errno(err, "cannot %s '%s/%s'", what, d->base.folder, name);
}

/* What root makes belongs to whom the folder belongs to: the next backup runs
 * as he.  A file system that has no owners need not obey. */
static void
give_to_owner(const struct path_destination *d, int fd)
{
	if (geteuid() == 0 && d->uid != 0 && fchown(fd, d->uid, d->gid) < 0)
		return;
}

static int
sync_folder_of(const struct path_destination *d, const char *name,
    struct err *err)
{
	const char *slash = strrchr(name, '/');
	char *folder = slash == NULL ? mem_text(".") :
	    mem_dup(name, (size_t)(slash - name));
	int fd = openat(d->root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0 || fsync(fd) < 0)
		result = cannot(d, "sync folder", folder, err);
	if (fd >= 0)
		close(fd);
	free(folder);
	return result;
}

/* Makes a folder where there is none: 1, 0 it was there, -1. */
static int
make_folder(const struct path_destination *d, const char *name,
    struct err *err)
{
	int fd;

	if (mkdirat(d->root, name, 0700) < 0)
		return errno == EEXIST ? 0 : cannot(d, "make folder", name,
		    err);
	fd = openat(d->root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		give_to_owner(d, fd);
		close(fd);
	}
	return 1;
}

/* The folder of a first object below it: packs/3f. */
static int
make_folder_of(const struct path_destination *d, const char *name,
    struct err *err)
{
	const char *slash = strrchr(name, '/');
	char *folder;
	int made;

	if (slash == NULL)
		return cannot(d, "make", name, err);
	folder = mem_dup(name, (size_t)(slash - name));
	made = make_folder(d, folder, err);
	if (made > 0)
		made = sync_folder_of(d, folder, err);
	free(folder);
	return made < 0 ? -1 : 0;
}

static int
open_new(const struct path_destination *d, const char *name, struct err *err)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
	int fd = openat(d->root, name, flags, 0600);

	if (fd < 0 && errno == ENOENT) {
		if (make_folder_of(d, name, err) < 0)
			return -1;
		fd = openat(d->root, name, flags, 0600);
	}
	if (fd < 0)
		return cannot(d, "make", name, err);
	give_to_owner(d, fd);
	return fd;
}

static int
write_new(const struct path_destination *d, const char *name,
    struct slice octets, bool lazily, struct err *err)
{
	int fd = open_new(d, name, err), result = 0;

	if (fd < 0)
		return -1;
	if (direct_write(fd, octets) < 0 || (!lazily && fdatasync(fd) < 0))
		result = cannot(d, "write", name, err);
	/* The disk may begin with what did not go there at once; nobody waits
	 * for it before path_sync(). */
	else if (lazily && octets.n >= BEGIN_MIN)
		sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (close(fd) < 0 && result == 0)
		result = cannot(d, "write", name, err);
	return result;
}

/* The content of an object that is replaced or removed: with the keys of a
 * mailbox it is overwritten, for file systems that write in place. */
static int
open_for_shredding(const struct path_destination *d, const char *name)
{
	if (strncmp(name, "mailboxes/", 10) != 0)
		return -1;
	return openat(d->root, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
}

static int
shred(int fd, const char *name, struct err *err)
{
	int result = fd < 0 ? 0 : shred_octets(fd, name, err);

	if (fd >= 0)
		close(fd);
	return result;
}

static int
put(struct destination *base, const char *name, struct slice octets,
    bool lazily, struct err *err)
{
	const struct path_destination *d = self(base);
	const char *slash = strrchr(name, '/');
	const char *last = slash == NULL ? name : slash + 1;
	struct buf new = BUF_INIT;
	int result = -1, old;

	buf_format(&new, "%.*s.%s.%ld", (int)(last - name), name, last,
	    (long)getpid());
	old = open_for_shredding(d, name);
	if (write_new(d, new.p, octets, lazily, err) == 0) {
		if (renameat(d->root, new.p, d->root, name) < 0)
			cannot(d, "rename", new.p, err);
		else
			result = lazily ? 0 : sync_folder_of(d, name, err);
	}
	if (result == 0)
		result = shred(old, name, err);
	else {
		unlinkat(d->root, new.p, 0);
		if (old >= 0)
			close(old);
	}
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
path_sync(struct destination *base, struct err *err)
{
	if (syncfs(self(base)->root) < 0)
		return err_errno(err, "cannot sync '%s'", base->folder);
	return 0;
}

static int
path_is_there(struct destination *base, struct err *err)
{
	struct stat here, there;

	if (fstat(self(base)->root, &here) < 0 || stat(base->folder,
		&there) < 0)
		return err_errno(err, "cannot reach the destination '%s'",
		    base->name);
	if (here.st_dev != there.st_dev || here.st_ino != there.st_ino)
		return err_set(err, ERR_SYSTEM, "another folder has taken the "
		    "place of '%s' meanwhile: was it unmounted?", base->name);
	return 0;
}

static int
path_prepare(struct destination *base, struct err *err)
{
	const struct path_destination *d = self(base);
	char name[16];
	int made = 0;

	for (size_t i = 0; i < FOLDERS && made >= 0; i++)
		made = make_folder(d, folders[i], err);
	/* Packs are spread over 256 folders, made once. */
	for (unsigned i = 0; i < 256 && made >= 0; i++) {
		snprintf(name, sizeof(name), "packs/%02x", i);
		made = make_folder(d, name, err);
	}
	return made < 0 ? -1 : path_sync(base, err);
}

/* Packs are read again and again; small objects once, and may be replaced by
 * others. */
static int
read_object(struct path_destination *d, const char *name, uint64_t offset,
    size_t n, struct buf *out)
{
	int fd, result, why;

	if (strncmp(name, "packs/", 6) == 0)
		return open_objects_read(&d->objects, d->root, name, offset,
		    n, out);
	fd = openat(d->root, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	result = open_object_read(fd, offset, n, out);
	why = errno;
	close(fd);
	errno = why;
	return result;
}

static int
path_get(struct destination *base, const char *name, uint64_t offset,
    size_t n, struct buf *out, struct err *err)
{
	struct path_destination *d = self(base);
	int result = read_object(d, name, offset, n, out);

	if (result < 0 && (errno == ENOENT || errno == ENOTDIR) && !is_gone(d))
		return 0;
	if (result == 0 || (result < 0 && errno == EFBIG))
		return err_set(err, ERR_CONFIG, "'%s/%s' is %s",
		    base->folder, name, result == 0 ? "cut short" :
		    "too large");
	return result < 0 ? cannot(d, "read", name, err) : 1;
}

static void
path_read_direct(struct destination *d)
{
	self(d)->objects.direct = true;
	open_objects_close(&self(d)->objects);
}

static int
path_remove(struct destination *base, const char *name, struct err *err)
{
	struct path_destination *d = self(base);
	int old, result = 0;

	open_objects_close(&d->objects);
	old = open_for_shredding(d, name);
	if (unlinkat(d->root, name, 0) < 0) {
		if (errno != ENOENT || is_gone(d))
			result = cannot(d, "remove", name, err);
	} else if (strncmp(name, "locks/", 6) != 0)
		result = sync_folder_of(d, name, err);
	if (shred(old, name, result == 0 ? err : NULL) < 0)
		result = -1;
	return result;
}

static int list_folder(const struct path_destination *d, const char *name,
    struct destination_list *list, bool unfinished, unsigned depth,
    struct err *err);

static int
list_entries(const struct path_destination *d, const char *name, DIR *folder,
    struct destination_list *list, bool unfinished, unsigned depth,
    struct err *err)
{
	struct buf inner = BUF_INIT;
	const struct dirent *entry;
	struct stat st;
	int result = 0;

	while (result == 0 && (errno = 0, entry = readdir(folder)) != NULL) {
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
	/* What is not in a list may be taken for what nobody needs. */
	if (result == 0 && errno != 0)
		result = cannot(d, "list", name, err);
	buf_free(&inner);
	return result;
}

/* What is finished, or (`unfinished') what is not. */
static int
list_folder(const struct path_destination *d, const char *name,
    struct destination_list *list, bool unfinished, unsigned depth,
    struct err *err)
{
	int fd = openat(d->root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	int result;

	if (folder == NULL) {
		if (fd >= 0)
			close(fd);
		else if (errno == ENOENT && !is_gone(d) &&
		    !destination_needs_folder(name))
			return 0;
		return cannot(d, "list", name, err);
	}
	result = list_entries(d, name, folder, list, unfinished, depth, err);
	closedir(folder);
	return result;
}

static int
path_list(struct destination *d, const char *folder,
    struct destination_list *list, struct err *err)
{
	return list_folder(self(d), folder, list, false, 2, err);
}

static int
path_tidy(struct destination *d, struct err *err)
{
	struct destination_list list = {NULL, 0};
	int result = 0;

	for (size_t i = 0; i < FOLDERS && result == 0; i++)
		result = list_folder(self(d), folders[i], &list, true, 2, err);
	for (size_t i = 0; i < list.n && result == 0; i++)
		result = path_remove(d, list.items[i].name, err);
	destination_list_free(&list);
	return result;
}

static void
path_close(struct destination *base)
{
	struct path_destination *d = self(base);

	open_objects_close(&d->objects);
	pthread_mutex_destroy(&d->objects.mutex);
	close(d->root);
	free(d);
}

static const struct destination_kind path_kind = {
    .parallel_put = true,
    .parallel_get = true,
    .has_disk = true,
    .read_direct = path_read_direct,
    .is_there = path_is_there,
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
	int root = folder == NULL ? -1 : open(folder, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	struct stat st;

	if (root < 0 || fstat(root, &st) < 0) {
		err_errno(err, "cannot reach the destination '%s'",
		    options->path);
		if (root >= 0)
			close(root);
		free(folder);
		return NULL;
	}
	d = mem_zalloc(sizeof(*d));
	d->base.kind = &path_kind;
	pthread_mutex_init(&d->base.getting, NULL);
	d->base.name = mem_text(options->path);
	d->base.folder = folder;
	d->root = root;
	d->uid = st.st_uid;
	d->gid = st.st_gid;
	open_objects_init(&d->objects);
	return &d->base;
}
