/* SPDX-License-Identifier: ISC */
/*
 * Records into files.  Names come from ids and folders of records, so they
 * are checked or encoded; what is written is on the disk before it has its
 * name.
 */
#include "record/split.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"
#include "record/lines.h"
#include "record/maildir.h"
#include "record/mbox.h"

#define NAME_SIZE_MAX 200 /* octets of a folder's encoded name */

int
split_open(struct split *s, const char *root, enum split_form form,
    struct err *err)
{
	*s = (struct split){
	    .root = root, .form = form, .octets = BUF_INIT};
	return io_make_folders(root, 0700, err);
}

static int
sync_folder(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0 || fsync(fd) < 0)
		result = err_errno(err, "cannot sync folder '%s'", path);
	if (fd >= 0)
		close(fd);
	return result;
}

static void
set_time(int fd, int64_t date_ms)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
	    {.tv_sec = (time_t)(date_ms / 1000)}};

	/* only a convenience: the date is in the record as well */
	if (date_ms >= 0 && futimens(fd, times) < 0)
		errno = 0;
}

static bool
is_waiting(const struct split *s, const char *temporary)
{
	for (size_t i = 0; i < s->waiting_n; i++)
		if (strcmp(s->waiting[i].temporary, temporary) == 0)
			return true;
	return false;
}

/* One sync for all that wait, then their names.  Unlike rename, link never
 * takes the place of a file. */
static int
name_waiting(struct split *s, struct err *err)
{
	int result = s->waiting_n == 0 ? 0 :
	    io_sync_file_system(s->root, err);

	for (size_t i = 0; i < s->waiting_n; i++) {
		struct split_file *file = &s->waiting[i];

		if (result == 0 && link(file->temporary, file->path) < 0)
			result = err_errno(
			    err, "cannot make '%s'", file->path);
		unlink(file->temporary);
		free(file->temporary);
		free(file->path);
	}
	s->waiting_n = 0;
	return result;
}

static int
write_file(struct split *s, const char *temporary, const char *path,
    int64_t date_ms, struct err *err)
{
	struct slice octets = buf_slice(&s->octets);
	int fd, result = 0;

	if (is_waiting(s, temporary) || access(path, F_OK) == 0)
		return err_set(
		    err, ERR_MESSAGE, "'%s' is there already", path);
	unlink(temporary); /* of a run that was killed */
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, "cannot make '%s'", temporary);
	if (io_write(fd, octets.p, octets.n) < 0)
		result = err_errno(err, "cannot write '%s'", temporary);
	set_time(fd, date_ms);
	if (close(fd) < 0 && result == 0)
		result = err_errno(err, "cannot close '%s'", temporary);
	if (result < 0) {
		unlink(temporary);
		return -1;
	}
	s->waiting[s->waiting_n++] = (struct split_file){
	    mem_text(temporary), mem_text(path)};
	return s->waiting_n == SPLIT_BATCH ? name_waiting(s, err) : 0;
}

/* The body with the line ends it had. */
static void
restore(struct split *s, const struct record *r, const struct source *source)
{
	struct slice body = buf_slice(&r->body);

	buf_reset(&s->octets);
	if (lines_restore(body, source->lines, &s->octets) == 0)
		return;
	s->inexact = s->inexact || source->lines.p != NULL;
	if (s->form == SPLIT_FILES)
		return;
	buf_truncate(&s->octets, 0);
	lines_to_lf(body, &s->octets);
}

static bool
is_inbox(struct slice folder)
{
	return folder.p == NULL || slice_case_is(folder, "INBOX");
}

/* The folder's name for a file, none for INBOX.  Levels that are empty would
 * climb or clash. */
static int
encode_folder(struct slice folder, struct buf *name, struct err *err)
{
	struct slice rest = folder;

	if (is_inbox(folder))
		return 0;
	while (rest.p != NULL)
		if (slice_cut(&rest, '/').n == 0)
			return err_set(err, ERR_MESSAGE,
			    "'%.*s' is no name of a folder",
			    SLICE_ARG(folder));
	maildir_folder_encode(folder, name);
	if (name->n > NAME_SIZE_MAX)
		return err_set(err, ERR_MESSAGE,
		    "the name of folder '%.*s' is too long",
		    (int)slice_part(folder, 0, 80).n, folder.p);
	return 0;
}

static struct split_folder *
find_folder(struct split *s, const char *path)
{
	for (size_t i = s->n; i-- > 0;)
		if (strcmp(s->folders[i].path, path) == 0)
			return &s->folders[i];
	return NULL;
}

static struct split_folder *
add_folder(struct split *s, const char *path)
{
	s->folders = mem_array(s->folders, s->n + 1, sizeof(*s->folders));
	s->folders[s->n] = (struct split_folder){.path = mem_text(path)};
	return &s->folders[s->n++];
}

static int
make_maildir(const char *path, bool sub, struct err *err)
{
	static const char *const parts[] = {"cur", "new", "tmp"};
	struct buf full = BUF_INIT;
	int result = 0, fd;

	for (size_t i = 0; result == 0 && i < 3; i++) {
		buf_truncate(&full, 0);
		buf_format(&full, "%s/%s", path, parts[i]);
		result = io_make_folders(buf_text(&full), 0700, err);
	}
	buf_truncate(&full, 0);
	buf_format(&full, "%s/maildirfolder", path);
	if (result == 0 && sub) {
		fd = open(buf_text(&full), O_WRONLY | O_CREAT | O_CLOEXEC,
		    0600);
		if (fd < 0)
			result = err_errno(
			    err, "cannot make '%s'", buf_text(&full));
		else
			close(fd);
	}
	buf_free(&full);
	return result;
}

static struct split_folder *
maildir_folder(struct split *s, struct slice folder, struct err *err)
{
	struct buf path = BUF_INIT, name = BUF_INIT;
	struct split_folder *found = NULL;

	if (encode_folder(folder, &name, err) < 0)
		goto out;
	buf_append_text(&path, s->root);
	if (name.n > 0)
		buf_format(&path, "/.%s", buf_text(&name));
	found = find_folder(s, buf_text(&path));
	if (found == NULL &&
	    make_maildir(buf_text(&path), name.n > 0, err) == 0)
		found = add_folder(s, buf_text(&path));
out:
	buf_free(&path);
	buf_free(&name);
	return found;
}

/* Whatever has a flag was seen by somebody's mail reader: cur. */
static int
put_maildir(struct split *s, const struct record *r,
    const struct source *source, struct err *err)
{
	struct split_folder *folder = maildir_folder(s, source->folder, err);
	struct slice id = meta_id(&r->meta);
	struct buf temporary = BUF_INIT, path = BUF_INIT, flags = BUF_INIT;
	int64_t date_ms = source->date_ms;
	int result;

	if (folder == NULL)
		return -1;
	if (date_ms < 0)
		date_ms = id_time_ms(id);
	maildir_flags_encode(source->flags, &flags);
	buf_format(&temporary, "%s/tmp/%.*s.fe", folder->path, SLICE_ARG(id));
	buf_format(&path, "%s/%s/%lld.%.*s.fe", folder->path,
	    flags.n > 0 ? "cur" : "new", (long long)(date_ms / 1000),
	    SLICE_ARG(id));
	if (flags.n > 0)
		buf_format(&path, ":2,%s", buf_text(&flags));
	result = write_file(
	    s, buf_text(&temporary), buf_text(&path), date_ms, err);
	buf_free(&temporary);
	buf_free(&path);
	buf_free(&flags);
	return result;
}

static int
put_file(struct split *s, const struct record *r, const struct source *source,
    struct err *err)
{
	struct slice id = meta_id(&r->meta);
	struct buf temporary = BUF_INIT, path = BUF_INIT;
	int result;

	buf_format(&temporary, "%s/.fe-split.%.*s", s->root, SLICE_ARG(id));
	buf_format(&path, "%s/%.*s.eml", s->root, SLICE_ARG(id));
	result = write_file(s, buf_text(&temporary), buf_text(&path),
	    source->date_ms, err);
	buf_free(&temporary);
	buf_free(&path);
	return result;
}

static struct split_folder *
mbox_folder(struct split *s, struct slice folder, struct err *err)
{
	struct buf path = BUF_INIT, name = BUF_INIT;
	struct split_folder *found = NULL;

	if (encode_folder(folder, &name, err) < 0)
		goto out;
	if (name.n == 0)
		buf_append_text(&name, "INBOX");
	buf_format(&path, "%s/%s.mbox", s->root, buf_text(&name));
	found = find_folder(s, buf_text(&path));
	if (found != NULL)
		goto out;
	if (access(buf_text(&path), F_OK) == 0) {
		err_set(err, ERR_SYSTEM, "'%s' is there already",
		    buf_text(&path));
		goto out;
	}
	found = add_folder(s, buf_text(&path));
	buf_truncate(&path, 0);
	buf_format(&path, "%s/.fe-split.%s", s->root, buf_text(&name));
	found->temporary = mem_text(buf_text(&path));
	unlink(found->temporary);
out:
	buf_free(&path);
	buf_free(&name);
	return found;
}

static int
append_file(const char *path, struct slice octets, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int result = 0;

	if (fd < 0)
		return err_errno(err, "cannot make '%s'", path);
	if (io_write(fd, octets.p, octets.n) < 0)
		result = err_errno(err, "cannot write '%s'", path);
	if (close(fd) < 0 && result == 0)
		result = err_errno(err, "cannot close '%s'", path);
	return result;
}

static int
put_mbox(struct split *s, const struct record *r, const struct source *source,
    struct err *err)
{
	struct split_folder *folder = mbox_folder(s, source->folder, err);
	struct buf text = BUF_INIT, sender = BUF_INIT;
	int64_t date_ms = source->date_ms;
	int result;

	if (folder == NULL)
		return -1;
	if (date_ms < 0)
		date_ms = id_time_ms(meta_id(&r->meta));
	json_string(meta_at(&r->meta, "envelope.from"), &sender);
	mbox_append(&text, buf_slice(&sender), date_ms,
	    buf_slice(&s->octets));
	result = append_file(folder->temporary, buf_slice(&text), err);
	buf_free(&text);
	buf_free(&sender);
	return result;
}

int
split_put(struct split *s, const struct record *r, struct err *err)
{
	struct source source;
	struct buf text = BUF_INIT;
	int result;

	if (!id_is_valid(meta_id(&r->meta)))
		return err_set(err, ERR_MESSAGE, "a record has no valid id");
	if (r->body.n == 0)
		return err_set(err, ERR_MESSAGE,
		    "record '%.*s' is a receipt, and no message",
		    SLICE_ARG(meta_id(&r->meta)));
	source_get(meta_get(&r->meta, "source"), &source, &text);
	restore(s, r, &source);
	result = s->form == SPLIT_FILES ? put_file(s, r, &source, err)
	    : s->form == SPLIT_MAILDIR	? put_maildir(s, r, &source, err)
					: put_mbox(s, r, &source, err);
	buf_free(&text);
	return result;
}

static int
name_mbox(const struct split_folder *folder, struct err *err)
{
	int fd = open(folder->temporary, O_RDONLY | O_CLOEXEC);
	int result = 0;

	if (fd < 0 || fsync(fd) < 0)
		result = err_errno(
		    err, "cannot sync '%s'", folder->temporary);
	else if (link(folder->temporary, folder->path) < 0)
		result = err_errno(err, "cannot make '%s'", folder->path);
	if (fd >= 0)
		close(fd);
	/* with another's file in its place, ours stays to be looked at */
	if (result == 0)
		unlink(folder->temporary);
	return result;
}

static int
sync_maildir(const struct split_folder *folder, struct err *err)
{
	struct buf path = BUF_INIT;
	int result;

	buf_format(&path, "%s/cur", folder->path);
	result = sync_folder(buf_text(&path), err);
	buf_truncate(&path, 0);
	buf_format(&path, "%s/new", folder->path);
	if (result == 0)
		result = sync_folder(buf_text(&path), err);
	if (result == 0)
		result = sync_folder(folder->path, err);
	buf_free(&path);
	return result;
}

int
split_close(struct split *s, struct err *err)
{
	int result = name_waiting(s, err);

	for (size_t i = 0; i < s->n; i++) {
		struct split_folder *folder = &s->folders[i];
		int done = s->form == SPLIT_MBOX ? name_mbox(folder, err)
						 : sync_maildir(folder, err);

		if (done < 0)
			result = -1;
		free(folder->path);
		free(folder->temporary);
	}
	if (sync_folder(s->root, err) < 0)
		result = -1;
	free(s->folders);
	buf_free(&s->octets);
	return result;
}
