/* SPDX-License-Identifier: ISC */
/* Repositories renamed and removed whole. */
#include "ops/repository_move.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "ops/repository.h"
#include "ops/repository_lock.h"
#include "ops/sftp_batch.h"
#include "ops/tool.h"

#define REMOVE_SECONDS 3600

static const char *
place(const struct destination_options *o)
{
	return o->path != NULL ? o->path : o->url;
}

/* Without the slashes at its end. */
static struct slice
bare(const char *text)
{
	struct slice s = slice_text(text);

	while (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

static bool
is_s3(const struct destination_options *o)
{
	return o->path == NULL && slice_starts(slice_text(o->url), "s3://");
}

bool
repository_move_is_whole(const struct destination_options *options)
{
	return !is_s3(options);
}

/* s3://HOST/BUCKET, and no prefix: another name would be another bucket. */
static bool
is_whole_bucket(const struct destination_options *o, struct slice name)
{
	struct slice rest = is_s3(o) ? slice_part(name, 5, name.n) :
	    SLICE_NONE;

	(void)slice_cut(&rest, '/');
	return is_s3(o) && rest.p != NULL && slice_find(rest, '/') >= rest.n;
}

void
repository_moved_name(const struct destination_options *options,
    const char *suffix, struct buf *out)
{
	struct slice name = bare(place(options));

	buf_append_slice(out, name);
	buf_format(out, "%c%s", is_whole_bucket(options, name) ? '/' : '-',
	    suffix);
}

static int
move_here(const char *path, const char *to, struct err *err)
{
	struct stat st;
	struct buf from = BUF_INIT;
	int result = 0;

	buf_append_slice(&from, bare(path));
	if (stat(from.p, &st) < 0)
		result = err_errno(err, "cannot read '%s'", from.p);
	else if (access(to, F_OK) < 0 && rename(from.p, to) < 0)
		result = err_errno(err, "cannot rename '%s'", from.p);
	else if (mkdir(from.p, 0700) < 0 && errno != EEXIST)
		result = err_errno(err, "cannot make folder '%s'", from.p);
	else if (chmod(from.p, st.st_mode & 07777) < 0 || (geteuid() == 0 &&
		chown(from.p, st.st_uid, st.st_gid) < 0))
		result = err_errno(err, "cannot give away '%s'", from.p);
	else
		result = io_sync_folder(from.p, err);
	buf_free(&from);
	return result;
}

/* sftp://LOGIN[:PORT]/FOLDER for the program sftp. */
struct remote {
	struct buf login, port, folder;
};

static void
remote_parse(const char *url, struct remote *r)
{
	struct slice rest = bare(url), host, port;
	size_t slash;

	*r = (struct remote){BUF_INIT, BUF_INIT, BUF_INIT};
	rest = slice_part(rest, strlen("sftp://"), rest.n);
	slash = slice_find(rest, '/');
	port = slice_part(rest, 0, slash);
	host = slice_cut(&port, ':');
	rest = slice_part(rest, slash, rest.n);
	if (slice_starts(rest, "/~/"))
		rest = slice_part(rest, 3, rest.n);
	buf_append_slice(&r->login, host);
	if (port.n > 0)
		buf_append_slice(&r->port, port);
	buf_append_slice(&r->folder, rest);
}

static void
remote_free(struct remote *r)
{
	buf_free(&r->login);
	buf_free(&r->port);
	buf_free(&r->folder);
}

static int
run_remote(const struct destination_options *o, const struct remote *r,
    struct slice batch, struct err *err)
{
	const struct sftp_login login = {.destination = r->login.p,
	    .port = r->port.n > 0 ? r->port.p : NULL, .key = o->ssh_key,
	    .known_hosts = o->ssh_known_hosts};
	struct buf out = BUF_INIT;
	int status = sftp_batch(&login, batch, &out, err);

	if (status > 0) {
		struct slice said = slice_trim(buf_slice(&out));

		status = err_set(err, ERR_SYSTEM, "%s: %.*s", r->login.p,
		    SLICE_ARG(slice_part(said, 0, 300)));
	}
	buf_free(&out);
	return status;
}

static int
move_there(const struct destination_options *o, const char *suffix,
    struct err *err)
{
	struct buf batch = BUF_INIT;
	struct remote r;
	int result;

	remote_parse(o->url, &r);
	buf_format(&batch, "rename \"%s\" \"%s-%s\"\nmkdir \"%s\"\n",
	    r.folder.p, r.folder.p, suffix, r.folder.p);
	result = run_remote(o, &r, buf_slice(&batch), err);
	buf_free(&batch);
	remote_free(&r);
	return result;
}

int
repository_is_moved(const struct destination_options *options,
    const char *suffix, struct err *err)
{
	struct destination_options there = *options;
	struct repository_config config;
	struct buf name = BUF_INIT;
	struct destination *d;
	int result = -1;

	repository_moved_name(options, suffix, &name);
	if (options->path != NULL && access(name.p, F_OK) < 0) {
		buf_free(&name);
		return 0;
	}
	*(options->path != NULL ? &there.path : &there.url) = name.p;
	d = destination_open(&there, err);
	if (d != NULL)
		result = repository_config_read(d, &config, err);
	destination_close(d);
	buf_free(&name);
	return result;
}

/* Keys of mailboxes and the slots of the repository key go first: whatever a
 * crash leaves of the rest is noise. */
static int
remove_objects(struct destination *d, struct buf *folders, struct err *err)
{
	static const char *const order[] = {"mailboxes", "keys", "snapshots",
	    "index", "packs", "drills", "locks"};
	int result = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(*order) && result == 0;
	     i++) {
		struct destination_list list = {NULL, 0};
		char *last = NULL;

		result = destination_list(d, order[i], &list, err);
		for (size_t j = 0; j < list.n && result == 0; j++) {
			const char *name = list.items[j].name;
			size_t n = (size_t)(strrchr(name, '/') - name);

			result = destination_remove(d, name, err);
			if (n > strlen(order[i]) && (last == NULL ||
				strncmp(last, name, n) != 0 ||
				last[n] != '\0')) {
				free(last);
				last = mem_dup(name, n);
				buf_format(folders, "%s\n", last);
			}
		}
		buf_format(folders, "%s\n", order[i]);
		free(last);
		destination_list_free(&list);
	}
	if (result == 0)
		result = destination_remove(d, "confirmed", err);
	if (result == 0)
		result = destination_remove(d, REPOSITORY_RESERVE, err);
	return result < 0 ? -1 : destination_remove(d, "config", err);
}

/* ---- object by object ---- */

struct move {
	struct destination *from, *to;
	struct repository_lock lock;
};

/* What was copied before it was cut short is not copied again. */
static int
clone_folder(struct move *m, const char *folder, struct err *err)
{
	struct destination_list here = {NULL, 0}, there = {NULL, 0};
	int result = destination_list(m->from, folder, &here, err);

	if (result == 0)
		result = destination_list(m->to, folder, &there, err);
	for (size_t i = 0; i < here.n && result == 0; i++) {
		const struct destination_item *item = &here.items[i];
		const struct destination_item *has = destination_list_find(
		    &there, item->name);

		if (has != NULL && has->size == item->size)
			continue;
		result = repository_lock_renew(&m->lock, err);
		if (result == 0)
			result = destination_clone(m->to, m->from, item->name,
			    err);
	}
	destination_list_free(&here);
	destination_list_free(&there);
	return result;
}

static int
clone_objects(struct move *m, struct err *err)
{
	static const char *const order[] = {"packs", "index", "snapshots",
	    "mailboxes", "keys", "drills"};
	struct buf text = BUF_INIT;
	int result = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(*order) && result == 0;
	     i++)
		result = clone_folder(m, order[i], err);
	if (result == 0)
		result = destination_get(m->from, "confirmed", 0, 0, &text,
		    err);
	if (result > 0)
		result = destination_clone(m->to, m->from, "confirmed", err);
	/* With it it is a repository. */
	if (result == 0)
		result = destination_clone(m->to, m->from, "config", err);
	buf_free(&text);
	return result;
}

static int
move_objects(struct move *m, int64_t wait_ms, struct err *err)
{
	struct repository_config old, moved;
	struct buf folders = BUF_INIT;
	int here = repository_config_read(m->from, &old, err), there, result;

	there = here < 0 ? -1 : repository_config_read(m->to, &moved, err);
	if (there < 0)
		return -1;
	if (here == 0 && there == 0)
		return err_set(err, ERR_CONFIG, "there is no repository in "
		    "'%s'", destination_name(m->from));
	if (here > 0 && there > 0 && strcmp(old.id, moved.id) != 0)
		return 0; /* a new one is in its place */
	result = repository_lock_take(&m->lock, m->from, REPOSITORY_REMOVE,
	    wait_ms, err);
	if (result == 0 && there == 0)
		result = clone_objects(m, err);
	/* From here on there is none in the old place, whatever is left. */
	if (result == 0)
		result = destination_remove(m->from, "config", err);
	if (result == 0)
		result = remove_objects(m->from, &folders, err);
	repository_lock_release(&m->lock);
	buf_free(&folders);
	return result;
}

/* A folder is renamed with the lock in it: the lock is taken away over there,
 * or, where a kill came between, as one of a dead process. */
static int
move_folder(const struct destination_options *o, const char *suffix,
    const char *to, int64_t wait_ms, struct err *err)
{
	struct destination_options there = *o;
	struct destination *from = destination_open(o, err), *moved;
	struct repository_lock lock = REPOSITORY_LOCK_INIT;
	int result = from == NULL ? -1 : repository_lock_take(&lock, from,
	    REPOSITORY_REMOVE, wait_ms, err);

	if (result == 0)
		result = o->path != NULL ? move_here(o->path, to, err) :
		    move_there(o, suffix, err);
	if (result < 0)
		repository_lock_release(&lock);
	else {
		*(o->path != NULL ? &there.path : &there.url) = to;
		moved = destination_open(&there, NULL);
		if (moved != NULL)
			(void)destination_remove(moved, lock.name, NULL);
		destination_close(moved);
	}
	destination_close(from);
	return result;
}

static int
move_in_bucket(const struct destination_options *o, const char *to,
    int64_t wait_ms, struct err *err)
{
	struct destination_options there = *o;
	struct move m = {.lock = REPOSITORY_LOCK_INIT};
	int result = -1;

	there.url = to;
	m.from = destination_open(o, err);
	m.to = m.from == NULL ? NULL : destination_open(&there, err);
	if (m.to != NULL)
		result = move_objects(&m, wait_ms, err);
	destination_close(m.from);
	destination_close(m.to);
	return result;
}

int
repository_move(const struct destination_options *options, const char *suffix,
    int64_t wait_ms, struct err *err)
{
	struct buf to = BUF_INIT;
	int result;

	repository_moved_name(options, suffix, &to);
	if (is_s3(options))
		result = move_in_bucket(options, to.p, wait_ms, err);
	else if (options->path != NULL && access(to.p, F_OK) == 0)
		result = move_here(options->path, to.p, err);
	else
		result = move_folder(options, suffix, to.p, wait_ms, err);
	buf_free(&to);
	return result;
}

static int
remove_folders(const struct destination_options *o, const char *suffix,
    const struct buf *folders, struct err *err)
{
	struct slice rest = buf_slice(folders);
	struct buf batch = BUF_INIT;
	struct remote r;
	int result;

	remote_parse(o->url, &r);
	while (rest.p != NULL && rest.n > 0) {
		struct slice folder = slice_line(&rest);

		buf_format(&batch, "-rmdir \"%s-%s/%.*s\"\n", r.folder.p,
		    suffix, SLICE_ARG(folder));
	}
	buf_format(&batch, "-rmdir \"%s-%s\"\n", r.folder.p, suffix);
	result = run_remote(o, &r, buf_slice(&batch), err);
	buf_free(&batch);
	remote_free(&r);
	return result;
}

int
repository_remove_moved(const struct destination_options *options,
    const char *suffix, int64_t wait_ms, struct err *err)
{
	struct destination_options there = *options;
	struct buf name = BUF_INIT, folders = BUF_INIT;
	struct repository_lock lock = REPOSITORY_LOCK_INIT;
	struct destination *d;
	int result = -1;

	repository_moved_name(options, suffix, &name);
	*(options->path != NULL ? &there.path : &there.url) = name.p;
	d = destination_open(&there, err);
	if (d != NULL && repository_lock_take(&lock, d, REPOSITORY_REMOVE,
		wait_ms, err) == 0)
		result = remove_objects(d, &folders, err);
	repository_lock_release(&lock);
	destination_close(d);
	if (result == 0 && options->path != NULL) {
		const char *argv[] = {"rm", "-rf", "--", name.p, NULL};

		result = tool_run_for(argv, REMOVE_SECONDS, SLICE(""), NULL,
		    err) == 0 ? 0 : -1;
	} else if (result == 0 && !is_s3(options))
		result = remove_folders(options, suffix, &folders, err);
	buf_free(&name);
	buf_free(&folders);
	return result;
}
