/* SPDX-License-Identifier: ISC */
/*
 * Which files of the home belong into a backup, and in which order.  What the
 * home does not know is taken along: better too much than a file missing on
 * the day.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/home.h"
#include "base/mem.h"
#include "ops/backup_parts.h"
#include "store/mailbox.h"

#define DEPTH_MAX 32

/* The journal first, then the mailboxes; the rest in any order. */
static const char *const first_folders[] = {"journal", "mail"};

/* Never: keys that the repository shall not have; logs and their keys, which
 * have their time and would outlive it there; and what its own programs leave
 * while they work. */
static const char *const left_out[] = {"keys/service", "keys/backup",
    "keys/log", "log", "restore", NULL};

static bool
is_left_out(struct slice path)
{
	for (size_t i = 0; left_out[i] != NULL; i++)
		if (slice_is(path, left_out[i]))
			return true;
	return false;
}

/* What lies beside a database and is no part of it. */
static bool
is_companion(struct slice path)
{
	return slice_ends(path, ".sqlite-wal") ||
	    slice_ends(path, ".sqlite-shm") ||
	    slice_ends(path, ".sqlite-journal");
}

static bool
is_mailbox_part(struct slice path, struct slice name)
{
	if (!slice_starts(path, "mail/"))
		return false;
	if (slice_ends(path, ".keys") || slice_ends(path, ".lock"))
		return true;
	/* Being made or rekeyed; the quarantine's name has a dot, too. */
	return name.p[0] == '.' &&
	    !slice_is(path, "mail/" MAILBOX_QUARANTINE ".sqlite");
}

/* mail/DOMAIN/USER.sqlite is USER@DOMAIN. */
static char *
mailbox_address(struct slice path)
{
	struct slice rest = path, user, domain;
	struct buf address = BUF_INIT;

	if (slice_is(path, "mail/" MAILBOX_QUARANTINE ".sqlite"))
		return mem_text(MAILBOX_QUARANTINE);
	if (!slice_starts(path, "mail/") || !slice_ends(path, ".sqlite"))
		return NULL;
	slice_cut(&rest, '/');
	domain = slice_cut(&rest, '/');
	if (rest.p == NULL || slice_find(rest, '/') < rest.n)
		return NULL;
	user = slice_part(rest, 0, rest.n - 7);
	buf_format(&address, "%.*s@%.*s", SLICE_ARG(user), SLICE_ARG(domain));
	return buf_take(&address, NULL);
}

static void
add(struct found_files *files, const char *path, const char *from,
    const struct stat *st)
{
	struct found_file *f;

	if (files->n % 256 == 0)
		files->items = mem_array(files->items, files->n + 256,
		    sizeof(*files->items));
	f = &files->items[files->n++];
	*f = (struct found_file){.path = mem_text(path),
	    .from = mem_text(from), .st = *st};
	f->address = mailbox_address(slice_text(path));
	f->paged = slice_ends(slice_text(path), ".sqlite");
	if (S_ISREG(st->st_mode)) {
		files->octets += st->st_size;
		files->regular++;
	}
}

static int walk(struct found_files *files, const char *path, unsigned depth,
    struct err *err);

static int
take(struct found_files *files, const char *path, struct slice name,
    unsigned depth, struct err *err)
{
	struct slice whole = slice_text(path);
	struct buf full = BUF_INIT;
	struct stat st;
	char *from;
	int result = 0;

	if (is_left_out(whole) || is_companion(whole) ||
	    is_mailbox_part(whole, name))
		return 0;
	if (lstat(home_file(&full, "%s", path), &st) < 0) {
		if (errno != ENOENT)
			result = err_errno(err, "cannot read '%s'", full.p);
	} else if (S_ISLNK(st.st_mode) && depth == 0 &&
	    strcmp(path, "fe.conf") == 0 &&
	    (from = realpath(full.p, NULL)) != NULL) {
		/* The content is what a new host needs. */
		if (stat(from, &st) == 0 && S_ISREG(st.st_mode))
			add(files, path, from, &st);
		free(from);
	} else if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
		add(files, path, NULL, &st);
	else if (S_ISDIR(st.st_mode)) {
		add(files, path, NULL, &st);
		if (depth < DEPTH_MAX)
			result = walk(files, path, depth + 1, err);
	}
	buf_free(&full);
	return result;
}

static int
compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool
comes_first(const char *name)
{
	for (size_t i = 0; i < 2; i++)
		if (strcmp(name, first_folders[i]) == 0)
			return true;
	return false;
}

/* path `': the home itself. */
static int
walk(struct found_files *files, const char *path, unsigned depth,
    struct err *err)
{
	struct buf full = BUF_INIT, inner = BUF_INIT;
	struct dirent **entries = NULL;
	int n = scandir(home_file(&full, "%s", path), &entries, NULL,
	    compare_names);
	int result = 0;

	if (n < 0)
		result = err_errno(err, "cannot read folder '%s'", full.p);
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;

		if (result == 0 && strcmp(name, ".") != 0 &&
		    strcmp(name, "..") != 0 &&
		    !(depth == 0 && comes_first(name))) {
			buf_truncate(&inner, 0);
			buf_format(&inner, "%s%s%s", path,
			    path[0] != '\0' ? "/" : "", name);
			result = take(files, inner.p, slice_text(name), depth,
			    err);
		}
		free(entries[i]);
	}
	free(entries);
	buf_free(&full);
	buf_free(&inner);
	return result;
}

int
backup_walk(struct found_files *files, struct err *err)
{
	int result = 0;

	*files = (struct found_files){.n = 0};
	for (size_t i = 0; i < 2 && result == 0; i++)
		result = take(files, first_folders[i],
		    slice_text(first_folders[i]), 0, err);
	if (result == 0)
		result = walk(files, "", 0, err);
	return result;
}

void
found_files_free(struct found_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		free(files->items[i].path);
		free(files->items[i].from);
		free(files->items[i].address);
	}
	free(files->items);
	*files = (struct found_files){.n = 0};
}
