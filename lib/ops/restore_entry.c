/* SPDX-License-Identifier: ISC */
/* Folders, links and files out of a snapshot.  Many threads make files. */
#include "ops/restore_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "ops/restore.h"
#include "store/page.h"

void
restore_owners_init(struct restore_owners *owners)
{
	memset(owners, 0, sizeof(*owners));
	pthread_mutex_init(&owners->mutex, NULL);
}

void
restore_owners_free(struct restore_owners *owners)
{
	free(owners->user);
	free(owners->group);
	pthread_mutex_destroy(&owners->mutex);
}

static bool
is_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* By their names, where there are such. */
static void
find_owner(struct restore_owners *o, const struct file_entry *e, uid_t *uid,
    gid_t *gid)
{
	pthread_mutex_lock(&o->mutex);
	if (e->user != NULL && !is_same(o->user, e->user)) {
		const struct passwd *user = getpwnam(e->user);

		free(o->user);
		o->user = user == NULL ? NULL : mem_text(e->user);
		o->uid = user == NULL ? 0 : user->pw_uid;
	}
	if (e->group != NULL && !is_same(o->group, e->group)) {
		const struct group *group = getgrnam(e->group);

		free(o->group);
		o->group = group == NULL ? NULL : mem_text(e->group);
		o->gid = group == NULL ? 0 : group->gr_gid;
	}
	*uid = is_same(o->user, e->user) ? o->uid : e->uid;
	*gid = is_same(o->group, e->group) ? o->gid : e->gid;
	pthread_mutex_unlock(&o->mutex);
}

static void
give_owner(struct restore_maker *m, const struct file_entry *e,
    const char *path)
{
	uid_t uid;
	gid_t gid;

	if (geteuid() != 0)
		return;
	find_owner(m->owners, e, &uid, &gid);
	if (lchown(path, uid, gid) < 0)
		return; /* no such file system: it stays root's */
}

/* A file has its name when it is whole: who is killed leaves none that the
 * next run would take for one that was there. */
#define UNFINISHED ".restoring"

static void
unfinished_name(const char *path, struct buf *out)
{
	const char *slash = strrchr(path, '/');

	buf_format(out, "%.*s/.%s" UNFINISHED, (int)(slash - path), path,
	    slash + 1);
}

static int
give_name(const char *path, const struct file_entry *e, struct err *err)
{
	struct buf name = BUF_INIT;
	int result = 0;

	home_file(&name, "%s", e->path);
	if (renameat2(AT_FDCWD, path, AT_FDCWD, name.p, RENAME_NOREPLACE) <
		0 && (errno != EINVAL || rename(path, name.p) < 0))
		result = err_errno(err, "cannot rename '%s'", path);
	buf_free(&name);
	return result;
}

/* The mode after the owner, since that takes setgid away. */
static int
finish_file(int fd, const char *path, const struct file_entry *e,
    struct err *err)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
	    {.tv_sec = e->changed_ns / 1000000000,
		.tv_nsec = e->changed_ns % 1000000000}};

	if (futimens(fd, times) < 0)
		return err_errno(err, "cannot set the time of '%s'", path);
	if (fchmod(fd, e->mode) < 0)
		return err_errno(err, "cannot change the mode of '%s'", path);
	return give_name(path, e, err);
}

static int
write_part(void *context, struct slice octets, struct err *err)
{
	struct restore_maker *m = context;

	if (m->stop != NULL && *m->stop != 0)
		return err_set(err, ERR_SYSTEM, "interrupted");
	if (m->first.n < PAGE_SIZE_MAX)
		buf_append_slice(&m->first, slice_part(octets, 0,
		    PAGE_SIZE_MAX - m->first.n));
	if (direct_file_put(&m->file, octets) < 0)
		return err_errno(err, "cannot write '%s'", buf_text(&m->name));
	return 0;
}

static int
fill_file(struct restore_maker *m, int fd, const struct file_entry *e,
    const char *path, struct err *err)
{
	direct_file_begin(&m->file, fd);
	if (restore_content(m->r, e, &m->blobs, write_part, m, err) < 0)
		return -1;
	if (direct_file_end(&m->file) < 0)
		return err_errno(err, "cannot write '%s'", buf_text(&m->name));
	return finish_file(fd, path, e, err);
}

static int
make_file(struct restore_maker *m, const struct file_entry *e,
    const char *path, struct err *err)
{
	int fd, result;

	buf_truncate(&m->name, 0);
	unfinished_name(path, &m->name);
	(void)unlink(m->name.p);
	fd = open(m->name.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(err, "cannot make '%s'", m->name.p);
	give_owner(m, e, m->name.p);
	result = fill_file(m, fd, e, m->name.p, err);
	if (close(fd) < 0 && result == 0)
		result = err_errno(err, "cannot write '%s'", path);
	if (result < 0)
		unlink(m->name.p);
	return result;
}

/* A parent that is a link would lead out of the home. */
static int
check_parents(const char *home, const char *path, struct err *err)
{
	struct buf full = BUF_INIT;
	struct stat st;
	int result = 0;

	for (const char *p = strchr(path, '/'); p != NULL && result == 0;
	     p = strchr(p + 1, '/')) {
		buf_truncate(&full, 0);
		buf_format(&full, "%s/%.*s", home, (int)(p - path), path);
		if (lstat(full.p, &st) < 0)
			result = io_make_folders(full.p, 0700, err);
		else if (!S_ISDIR(st.st_mode))
			result = err_set(err, ERR_CONFIG, "'%s' is no folder",
			    full.p);
	}
	buf_free(&full);
	return result;
}

int
restore_make(struct restore_maker *m, const struct file_entry *e,
    struct err *err)
{
	struct stat st;
	const char *path;

	buf_truncate(&m->path, 0);
	buf_truncate(&m->first, 0);
	path = home_file(&m->path, "%s", e->path);
	if (check_parents(home_path(), e->path, err) < 0)
		return -1;
	if (lstat(path, &st) == 0)
		return 0;
	if (e->type == 'f')
		return make_file(m, e, path, err) < 0 ? -1 : 1;
	if (e->type == 'd' && mkdir(path, 0700) < 0)
		return err_errno(err, "cannot make folder '%s'", path);
	if (e->type == 'l' && symlink(e->target, path) < 0)
		return err_errno(err, "cannot make link '%s'", path);
	give_owner(m, e, path);
	if (e->type != 'l' && chmod(path, e->mode) < 0)
		return err_errno(err, "cannot change the mode of '%s'", path);
	return 1;
}

void
restore_maker_init(struct restore_maker *m, struct repository *r,
    struct restore_owners *owners, const volatile sig_atomic_t *stop)
{
	memset(m, 0, sizeof(*m));
	m->r = r;
	m->owners = owners;
	m->stop = stop;
	m->first = m->name = m->path = (struct buf)BUF_INIT;
	kept_blobs_init(&m->blobs);
}

void
restore_maker_free(struct restore_maker *m)
{
	direct_file_free(&m->file);
	kept_blobs_free(&m->blobs);
	buf_free(&m->first);
	buf_free(&m->name);
	buf_free(&m->path);
}
