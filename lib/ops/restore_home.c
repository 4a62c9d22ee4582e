/* SPDX-License-Identifier: ISC */
/*
 * Whole homes out of a snapshot.  What is decrypted here is written by a
 * thread meanwhile; nothing is synced before all of it is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "ops/file_writer.h"
#include "ops/restore.h"
#include "store/mailbox.h"

#define PROGRESS_MS 200

void
restore_result_free(struct restore_result *result)
{
	free(result->first_without_keys);
	memset(result, 0, sizeof(*result));
}

static bool
is_below(const char *path, const char *below)
{
	size_t n = below == NULL ? 0 : strlen(below);

	return n == 0 || (strncmp(path, below, n) == 0 &&
	    (path[n] == '\0' || path[n] == '/'));
}

/* One restore that is going on. */
struct making {
	struct repository *r;
	const struct restore_options *options;
	struct restore_result *result;
	struct file_writer *writer;
	bool *made; /* of the list's entries; those want keys */
	/* Looked up last. */
	char *user, *group;
	uid_t uid;
	gid_t gid;
};

static bool
is_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* By their names, where there are such. */
static void
find_owner(struct making *m, const struct file_entry *e, uid_t *uid,
    gid_t *gid)
{
	if (e->user != NULL && !is_same(m->user, e->user)) {
		const struct passwd *user = getpwnam(e->user);

		free(m->user);
		m->user = user == NULL ? NULL : mem_text(e->user);
		m->uid = user == NULL ? 0 : user->pw_uid;
	}
	if (e->group != NULL && !is_same(m->group, e->group)) {
		const struct group *group = getgrnam(e->group);

		free(m->group);
		m->group = group == NULL ? NULL : mem_text(e->group);
		m->gid = group == NULL ? 0 : group->gr_gid;
	}
	*uid = is_same(m->user, e->user) ? m->uid : e->uid;
	*gid = is_same(m->group, e->group) ? m->gid : e->gid;
}

static void
give_owner(struct making *m, const struct file_entry *e, const char *path)
{
	uid_t uid;
	gid_t gid;

	if (geteuid() != 0)
		return;
	find_owner(m, e, &uid, &gid);
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

/* Called by the writer.  The mode after the owner, since that takes setgid
 * away. */
static int
finish_file(int fd, const char *path, const void *of, struct err *err)
{
	const struct file_entry *e = of;
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
	return file_writer_put(context, octets, err);
}

static int
make_file(struct making *m, const struct file_entry *e, const char *path,
    struct err *err)
{
	struct buf name = BUF_INIT;
	int fd, result = -1;

	unfinished_name(path, &name);
	(void)unlink(name.p);
	fd = open(name.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd < 0)
		err_errno(err, "cannot make '%s'", name.p);
	else {
		give_owner(m, e, name.p);
		file_writer_begin(m->writer, fd, name.p, e);
		result = restore_content(m->r, e, write_part, m->writer, err);
		if (result < 0)
			file_writer_drop(m->writer);
		else
			file_writer_end(m->writer);
	}
	buf_free(&name);
	return result;
}

/* 1 made; 0 something is there. */
static int
make_entry(struct making *m, const struct file_entry *e, const char *path,
    struct err *err)
{
	struct stat st;

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

/* A mailbox that is there without keys: a run before was cut short. */
static bool
lacks_keys(const struct file_entry *e)
{
	char *address = restore_address(e);
	struct buf path = BUF_INIT;
	bool lacks = address != NULL && mailbox_path(&path,
	    slice_text(address), MAILBOX_KEYS, NULL) != NULL &&
	    access(path.p, F_OK) < 0 && errno == ENOENT;

	buf_free(&path);
	free(address);
	return lacks;
}

/* 1 made, or to be made; 0 something is there. */
static int
take_entry(struct making *m, const struct file_entry *e, struct err *err)
{
	const struct restore_options *o = m->options;
	struct buf path = BUF_INIT;
	int made;

	home_file(&path, "%s", e->path);
	if (o->stop != NULL && *o->stop != 0)
		made = err_set(err, ERR_SYSTEM, "interrupted");
	else if (o->dry_run)
		made = access(path.p, F_OK) < 0;
	else if (check_parents(home_path(), e->path, err) < 0)
		made = -1;
	else
		made = make_entry(m, e, path.p, err);
	buf_free(&path);
	return made;
}

static int
take_entries(struct making *m, const struct file_list *list, struct err *err)
{
	const struct restore_options *o = m->options;
	struct restore_result *result = m->result;
	int64_t of_octets = 0, of_files = 0, shown = 0;
	int done = 0;

	for (size_t i = 0; i < list->n; i++)
		if (is_below(list->items[i].path, o->below)) {
			of_octets += list->items[i].octets;
			of_files += list->items[i].type == 'f';
		}
	for (size_t i = 0; i < list->n && done >= 0; i++) {
		const struct file_entry *e = &list->items[i];

		if (!is_below(e->path, o->below))
			continue;
		done = take_entry(m, e, err);
		if (done > 0) {
			m->made[i] = true;
			result->files += e->type == 'f';
			result->octets += e->octets;
			if (o->each != NULL)
				o->each(o->context, e);
		} else if (done == 0 && e->type != 'd')
			result->kept++;
		if (done == 0 && !o->dry_run && lacks_keys(e))
			m->made[i] = true;
		if (o->progress != NULL &&
		    clock_monotonic_ms() - shown > PROGRESS_MS) {
			o->progress(o->context, result->octets, of_octets,
			    result->files, of_files);
			shown = clock_monotonic_ms();
		}
	}
	return done < 0 ? -1 : 0;
}

/* All files, written when it returns 0. */
static int
make_entries(struct making *m, const struct file_list *list, struct err *err)
{
	int result;

	if (!m->options->dry_run) {
		m->writer = file_writer_new(finish_file, err);
		if (m->writer == NULL)
			return -1;
	}
	result = take_entries(m, list, err);
	if (result == 0 && m->writer != NULL)
		result = file_writer_wait(m->writer, err);
	file_writer_free(m->writer);
	free(m->user);
	free(m->group);
	return result;
}

/* A mailbox whose keys cannot be had is said, and the others go on; where the
 * destination or the disk fails the next run goes on. */
static int
make_keys(struct repository *r, const struct file_list *list,
    struct restore_result *result, const bool *made, struct err *err)
{
	struct service_keys service = {.n = 0};
	struct err why = ERR_INIT;
	int status = 0;

	if (restore_service_keys(&service, err) < 0)
		return -1;
	for (size_t i = 0; i < list->n && status == 0; i++) {
		char *address = made[i] ? restore_address(&list->items[i]) :
		    NULL;

		if (address == NULL)
			continue;
		result->mailboxes++;
		if (restore_keys(r, &list->items[i], address, &service,
			&why) < 0) {
			status = why.kind == ERR_SYSTEM ? -1 : 0;
			if (status < 0 || result->without_keys == 0)
				*err = why;
			if (result->without_keys++ == 0)
				result->first_without_keys = mem_text(address);
		}
		free(address);
	}
	service_keys_free(&service);
	return status;
}

int
restore_home(struct repository *r, const struct file_list *list,
    const struct restore_options *options, struct restore_result *result,
    struct err *err)
{
	struct making m = {.r = r, .options = options, .result = result,
	    .made = mem_zalloc(list->n + 1)};
	int status = 0;

	memset(result, 0, sizeof(*result));
	if (!options->dry_run)
		status = io_make_folders(home_path(), 0750, err);
	if (status == 0)
		status = make_entries(&m, list, err);
	if (status == 0 && !options->dry_run && r->keys->has_slot)
		status = make_keys(r, list, result, m.made, err);
	if (status == 0 && !options->dry_run)
		status = io_sync_file_system(home_path(), err);
	free(m.made);
	return status;
}
