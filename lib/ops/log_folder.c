/* SPDX-License-Identifier: ISC */
/*
 * Writing log files.  A write that fails leaves the file as it was, so that it
 * can be tried again; a kill leaves whole lines and at most one part of a
 * line, which the next start ends.
 */
#include "ops/log_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

static int
lock(struct log_folder *f, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	buf_format(&path, "%s/lock", f->conf->path);
	f->lock = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->lock < 0)
		result = err_errno(err, "cannot open '%s'", path.p);
	else if (flock(f->lock, LOCK_EX | LOCK_NB) < 0)
		result = err_set(err, ERR_CONFIG,
		    "another fe-log writes to '%s'", f->conf->path);
	buf_free(&path);
	return result;
}

/* A line that a kill has cut is ended. */
static int
end_line(struct log_folder *f, const char *path, struct err *err)
{
	char last = '\n';

	if (f->size > 0 && pread(f->fd, &last, 1, f->size - 1) != 1)
		return err_errno(err, "cannot read '%s'", path);
	if (last != '\n') {
		if (io_write(f->fd, "\n", 1) < 0)
			return err_errno(err, "cannot write '%s'", path);
		f->size++;
	}
	return 0;
}

static int
go_on(struct log_folder *f, const struct log_name *name, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	f->number = name->number;
	if (f->conf->seal || name->sealed || name->size >= f->conf->file_size)
		return 0;
	log_name_path(name, f->conf->path, &path);
	f->fd = open(path.p, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (f->fd < 0)
		result = err_errno(err, "cannot open '%s'", path.p);
	else {
		f->size = name->size;
		result = end_line(f, path.p, err);
	}
	buf_free(&path);
	return result;
}

int
log_folder_open(struct log_folder *f, const struct log_folder_conf *conf,
    const struct log_key *key, struct err *err)
{
	struct log_names names;
	int result = 0;

	*f = (struct log_folder){.conf = conf,
	    .fd = -1,
	    .lock = -1,
	    .day = key->day,
	    .pending = BUF_INIT};
	if (io_make_folders(conf->path, 0750, err) < 0 || lock(f, err) < 0 ||
	    log_names_read(&names, conf->path, err) < 0)
		return -1;
	if (names.n > 0 && names.items[names.n - 1].day == key->day)
		result = go_on(f, &names.items[names.n - 1], err);
	log_names_free(&names);
	return result;
}

/* `current' leads to the file; a reader with tail -F follows. */
static int
point(const struct log_folder *f, const char *target, struct err *err)
{
	struct buf link = BUF_INIT, fresh = BUF_INIT;
	int result = 0;

	buf_format(&link, "%s/current", f->conf->path);
	buf_format(&fresh, "%s/.current", f->conf->path);
	unlink(fresh.p);
	if (symlink(strrchr(target, '/') + 1, fresh.p) < 0 ||
	    rename(fresh.p, link.p) < 0)
		result = err_errno(err, "cannot make '%s'", link.p);
	else
		result = io_sync_folder(link.p, err);
	buf_free(&link);
	buf_free(&fresh);
	return result;
}

static int
begin_file(struct log_folder *f, const struct log_key *key, struct err *err)
{
	struct log_name name = {.day = key->day, .sealed = f->conf->seal};
	struct buf path = BUF_INIT;
	int result = 0;

	if (f->day != key->day)
		f->number = 0;
	f->day = key->day;
	do {
		name.number = ++f->number;
		log_name_path(&name, f->conf->path, &path);
		f->fd = open(path.p,
		    O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	} while (f->fd < 0 && errno == EEXIST);
	if (f->fd < 0 || fchmod(f->fd, 0640) < 0) {
		f->number--;
		result = err_errno(err, "cannot make '%s'", path.p);
	}
	f->size = 0;
	if (result == 0)
		result = point(f, path.p, err);
	buf_free(&path);
	return result;
}

int
log_folder_flush(struct log_folder *f, struct err *err)
{
	if (f->pending.n == 0)
		return 0;
	if (io_write(f->fd, f->pending.p, f->pending.n) < 0) {
		err_errno(err, "cannot write to '%s'", f->conf->path);
		if (ftruncate(f->fd, f->size) < 0)
			err_errno(err, "cannot cut '%s'", f->conf->path);
		return -1;
	}
	f->size += (int64_t)f->pending.n;
	f->dirty = true;
	buf_reset(&f->pending);
	return 0;
}

int
log_folder_sync(struct log_folder *f, struct err *err)
{
	if (f->fd < 0 || !f->dirty)
		return 0;
	f->dirty = false;
	if (fdatasync(f->fd) == 0)
		return 0;
	/* a second try would say yes to what was lost: another file */
	err_errno(err, "cannot sync '%s'", f->conf->path);
	log_seal_end(&f->seal);
	close(f->fd);
	f->fd = -1;
	return -1;
}

int
log_folder_rotate(struct log_folder *f, struct err *err)
{
	int result = 0;

	if (f->fd < 0)
		return 0;
	if (f->seal.state != NULL) {
		log_seal_add(&f->seal, SLICE(""), true, &f->pending);
		log_seal_end(&f->seal);
	}
	if (log_folder_flush(f, err) < 0)
		return -1; /* the seal is in `pending': once more, later */
	if (fsync(f->fd) < 0)
		result = err_errno(err, "cannot sync '%s'", f->conf->path);
	close(f->fd);
	f->fd = -1;
	f->dirty = false;
	return result;
}

static int
make_room(
    struct log_folder *f, const struct log_key *key, size_t n, struct err *err)
{
	bool full = f->size > 0 && f->size + (int64_t)n > f->conf->file_size;
	bool ended = f->conf->seal && f->seal.state == NULL;
	size_t removed;

	if (f->fd >= 0 && (full || ended || f->day != key->day) &&
	    log_folder_rotate(f, err) < 0)
		return -1;
	if (f->fd >= 0)
		return 0;
	if (begin_file(f, key, err) < 0)
		return -1;
	if (f->conf->seal)
		log_seal_begin(&f->seal, key, &f->pending);
	return log_folder_expire(f->conf, key->day * 86400000, &removed, err);
}

int
log_folder_write(struct log_folder *f, const struct log_key *key,
    struct slice lines, struct err *err)
{
	if (make_room(f, key, lines.n + 64, err) < 0)
		return -1;
	if (f->conf->seal)
		log_seal_add(&f->seal, lines, false, &f->pending);
	else
		buf_append_slice(&f->pending, lines);
	return log_folder_flush(f, err) < 0 ? 1 : 0;
}

int
log_folder_close(struct log_folder *f, struct err *err)
{
	int result = log_folder_rotate(f, err);

	if (f->fd >= 0)
		close(f->fd);
	if (f->lock >= 0)
		close(f->lock);
	f->fd = f->lock = -1;
	log_seal_end(&f->seal);
	buf_free(&f->pending);
	return result;
}
