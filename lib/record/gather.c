/* SPDX-License-Identifier: ISC */
/*
 * Files, Maildirs and mboxes as messages.  The files are foreign, and so are
 * their names.
 */
#include "record/gather.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/received.h"
#include "record/maildir.h"
#include "record/mbox.h"

void
gather_dates(struct slice octets, int64_t *received_ms, int64_t *date_ms)
{
	const struct header_field *field;
	struct received received;
	struct header header;

	*received_ms = *date_ms = -1;
	header_parse(&header, octets);
	if ((field = header_find(&header, "Received", 0)) != NULL) {
		received_parse(&received, field->value);
		if (date_parse(received.date, received_ms) < 0)
			*received_ms = -1;
	}
	if ((field = header_find(&header, "Date", 0)) != NULL &&
	    date_parse(field->value, date_ms) < 0)
		*date_ms = -1;
	header_free(&header);
}

static void
tell(struct gather *g, struct err *err, const char *path)
{
	if (strstr(err->text, path) == NULL)
		err_prefix(err, "%s", path);
	g->failed(g->context, err);
}

/* When one file arrived: by its header, else by the clock of its inode. */
static int64_t
file_date(struct slice octets, const struct stat *status)
{
	int64_t received_ms, date_ms;

	gather_dates(octets, &received_ms, &date_ms);
	if (received_ms >= 0)
		return received_ms;
	return date_ms >= 0 ? date_ms : (int64_t)status->st_mtime * 1000;
}

static int
gather_mbox(struct gather *g, const char *path, int fd, struct slice first)
{
	struct source source = {.kind = SOURCE_MBOX, .path = slice_text(path)};
	struct buf octets = BUF_INIT, from = BUF_INIT, folder = BUF_INIT;
	const char *slash = strrchr(path, '/');
	struct slice name = slice_text(slash == NULL ? path : slash + 1);
	struct err err = ERR_INIT;
	struct mbox mbox;
	int got, result = 0;

	if (slice_ends(name, ".mbox") && name.n > 5) {
		maildir_folder_decode(slice_part(name, 0, name.n - 5), &folder);
		source.folder = buf_slice(&folder);
	}
	mbox_open(&mbox, fd, first, g->size_max);
	while (result == 0 &&
	    (got = mbox_next(&mbox, &octets, &from, &err)) != 0) {
		if (got < 0) {
			tell(g, &err, path);
			if (err.kind != ERR_MESSAGE)
				break;
			continue;
		}
		source.date_ms = mbox_date_ms(buf_slice(&from));
		result = g->message(g->context, &source, &octets);
	}
	mbox_close(&mbox);
	buf_free(&octets);
	buf_free(&from);
	buf_free(&folder);
	return result;
}

/* Reads until there are n octets or the file ends. */
static int
peek(int fd, struct buf *octets, size_t n)
{
	while (octets->n < n) {
		ssize_t got;

		buf_reserve(octets, n);
		got = io_read(fd, octets->p + octets->n, n - octets->n);
		if (got <= 0)
			return (int)got;
		octets->n += (size_t)got;
		octets->p[octets->n] = '\0';
	}
	return 0;
}

/* The rest of one message that is a file of its own. */
static int
gather_message(struct gather *g, const char *path, int fd,
    struct source *source, struct buf *octets)
{
	struct err err = ERR_INIT;
	struct stat status;

	octets->max = (size_t)g->size_max;
	if (fstat(fd, &status) < 0) {
		err_errno(&err, "cannot read '%s'", path);
		tell(g, &err, path);
		return 0;
	}
	if (S_ISREG(status.st_mode) && status.st_size < g->size_max)
		buf_reserve(octets, (size_t)status.st_size + 1 - octets->n);
	if (io_read_all(fd, path, octets, &err) < 0) {
		tell(g, &err, path);
		return 0;
	}
	if (octets->n == 0) {
		err_set(&err, ERR_MESSAGE, "'%s' is empty", path);
		tell(g, &err, path);
		return 0;
	}
	if (source->kind == SOURCE_FILE)
		source->date_ms = file_date(buf_slice(octets), &status);
	else if (source->date_ms < 0)
		source->date_ms = (int64_t)status.st_mtime * 1000;
	return g->message(g->context, source, octets);
}

/* A file; in a Maildir each is one message whatever it begins with. */
static int
gather_file(struct gather *g, const char *path, struct source *source)
{
	struct buf octets = BUF_INIT;
	struct err err = ERR_INIT;
	int result = 0, fd = STDIN_FILENO;

	if (strcmp(path, "-") != 0)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || peek(fd, &octets, strlen("From ")) < 0) {
		err_errno(&err, "cannot read '%s'", path);
		tell(g, &err, path);
	} else if (source->kind == SOURCE_FILE &&
	    slice_starts(buf_slice(&octets), "From ")) {
		result = gather_mbox(g, path, fd, buf_slice(&octets));
	} else {
		result = gather_message(g, path, fd, source, &octets);
	}
	if (fd > STDIN_FILENO)
		close(fd);
	buf_free(&octets);
	return result;
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
is_subfolder(const struct dirent *entry)
{
	return entry->d_name[0] == '.' && entry->d_name[1] != '\0' &&
	    strcmp(entry->d_name, "..") != 0;
}

static int
by_octets(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The entries of a folder that `wanted' lets through, by name; -1 and told
 * where there are none to be had. */
static int
list(struct gather *g, const char *path, int (*wanted)(const struct dirent *),
    struct dirent ***entries)
{
	struct err err = ERR_INIT;
	int n = scandir(path, entries, wanted, by_octets);

	if (n < 0) {
		err_errno(&err, "cannot read folder '%s'", path);
		tell(g, &err, path);
	}
	return n;
}

static int
gather_maildir_files(struct gather *g, const char *path, const char *part,
    struct slice folder)
{
	struct buf full = BUF_INIT, flags = BUF_INIT;
	struct dirent **entries = NULL;
	int n, result = 0;

	buf_format(&full, "%s/%s", path, part);
	n = list(g, buf_text(&full), is_visible, &entries);
	for (int i = 0; i < n; i++) {
		struct slice name = slice_text(entries[i]->d_name);
		struct source source = {.kind = SOURCE_MAILDIR,
		    .folder = folder, .date_ms = maildir_date_ms(name)};

		buf_truncate(&full, 0);
		buf_truncate(&flags, 0);
		buf_format(&full, "%s/%s/%s", path, part, name.p);
		maildir_flags_decode(name, &flags);
		source.path = buf_slice(&full);
		source.flags = buf_slice(&flags);
		if (result == 0)
			result = gather_file(g, buf_text(&full), &source);
		free(entries[i]);
	}
	free(entries);
	buf_free(&full);
	buf_free(&flags);
	return result;
}

static int
gather_maildir_folder(struct gather *g, const char *path, struct slice folder)
{
	if (gather_maildir_files(g, path, "cur", folder) < 0)
		return -1;
	return gather_maildir_files(g, path, "new", folder);
}

/* `.A.B' named alone is folder A/B; else the whole is INBOX and what is
 * below it. */
static int
gather_maildir(struct gather *g, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct slice own = slice_text(slash == NULL ? path : slash + 1);
	struct buf folder = BUF_INIT, full = BUF_INIT;
	struct dirent **entries = NULL;
	int n, result;

	if (own.n > 1 && own.p[0] == '.' && own.p[1] != '.' &&
	    own.p[1] != '\0') {
		maildir_folder_decode(slice_part(own, 1, own.n), &folder);
		result = gather_maildir_folder(g, path, buf_slice(&folder));
		buf_free(&folder);
		return result;
	}
	result = gather_maildir_folder(g, path, SLICE("INBOX"));
	n = list(g, path, is_subfolder, &entries);
	for (int i = 0; i < n; i++) {
		buf_truncate(&folder, 0);
		buf_truncate(&full, 0);
		maildir_folder_decode(
		    slice_text(entries[i]->d_name + 1), &folder);
		buf_format(&full, "%s/%s", path, entries[i]->d_name);
		if (result == 0 && maildir_is(buf_text(&full)))
			result = gather_maildir_folder(
			    g, buf_text(&full), buf_slice(&folder));
		free(entries[i]);
	}
	free(entries);
	buf_free(&folder);
	buf_free(&full);
	return result;
}

static int gather_any(struct gather *g, const char *path, unsigned depth);

static int
gather_folder(struct gather *g, const char *path, unsigned depth)
{
	struct buf full = BUF_INIT;
	struct dirent **entries = NULL;
	struct err err = ERR_INIT;
	int n, result = 0;

	if (depth == GATHER_DEPTH_MAX) {
		err_set(&err, ERR_MESSAGE, "'%s' lies too deep", path);
		tell(g, &err, path);
		return 0;
	}
	n = list(g, path, is_visible, &entries);
	for (int i = 0; i < n; i++) {
		buf_truncate(&full, 0);
		buf_format(&full, "%s/%s", path, entries[i]->d_name);
		if (result == 0)
			result = gather_any(g, buf_text(&full), depth + 1);
		free(entries[i]);
	}
	free(entries);
	buf_free(&full);
	return result;
}

static int
gather_any(struct gather *g, const char *path, unsigned depth)
{
	struct source source = {.kind = SOURCE_FILE,
	    .path = slice_text(path), .date_ms = -1};
	struct stat status;

	if (strcmp(path, "-") == 0 || stat(path, &status) < 0 ||
	    !S_ISDIR(status.st_mode))
		return gather_file(g, path, &source);
	if (maildir_is(path))
		return gather_maildir(g, path);
	return gather_folder(g, path, depth);
}

int
gather_path(struct gather *g, const char *path)
{
	struct buf clean = BUF_INIT;
	int result;

	buf_append_text(&clean, path);
	while (clean.n > 1 && clean.p[clean.n - 1] == '/')
		buf_truncate(&clean, clean.n - 1);
	result = gather_any(g, buf_text(&clean), 0);
	buf_free(&clean);
	return result;
}
