/* SPDX-License-Identifier: ISC */
/*
 * Files of scripts.  Users write them while we run: a file that is half there
 * is broken now and whole at the next message.
 */
#include "library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "lexer.h"

struct file {
	char *path;
	int64_t inode, mtime_ns, size; /* inode -1: it was not there */
	struct file *next;
};

struct entry {
	char *mailbox; /* NULL: the site */
	char *folder;  /* where :personal looks */
	bool must_exist;
	struct file *files; /* all that was looked at */
	struct sieve_script *script;
	enum library_state state;
	struct err fault;
};

struct library {
	const char *users;
	char *site_path;
	struct entry *site;
	struct entry *slots[LIBRARY_USERS_MAX];
};

/* What one reading needs to know. */
struct reading {
	struct entry *entry;
	const char *users;
};

static void
forget_files(struct entry *e)
{
	while (e->files != NULL) {
		struct file *file = e->files;

		e->files = file->next;
		free(file->path);
		free(file);
	}
}

static void
entry_free(struct entry *e)
{
	if (e == NULL)
		return;
	forget_files(e);
	script_free(e->script);
	free(e->mailbox);
	free(e->folder);
	free(e);
}

static void
identify(struct file *file, const struct stat *st)
{
	file->inode = (int64_t)st->st_ino;
	file->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 +
	    st->st_mtim.tv_nsec;
	file->size = st->st_size;
}

static bool
has_changed(const struct entry *e)
{
	for (const struct file *f = e->files; f != NULL; f = f->next) {
		struct file now = {.inode = -1};
		struct stat st;

		if (stat(f->path, &st) == 0)
			identify(&now, &st);
		if (now.inode != f->inode || now.mtime_ns != f->mtime_ns ||
		    now.size != f->size)
			return true;
	}
	return false;
}

/* 1 read, 0 there is no such file, -1. */
static int
read_file(struct entry *e, const char *path, struct buf *text,
    struct err *err)
{
	struct file *file = mem_zalloc(sizeof(*file));
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int result = 1;

	file->path = mem_text(path);
	file->inode = -1;
	file->next = e->files;
	e->files = file;
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 :
		    err_errno(err, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0)
		result = err_errno(err, "cannot look at '%s'", path);
	else if (!S_ISREG(st.st_mode))
		result = err_set(err, ERR_CONFIG, "'%s' is no file", path);
	else {
		identify(file, &st);
		if (io_read_all(fd, path, text, err) < 0)
			result = -1;
	}
	close(fd);
	return result;
}

/* Of `include' (RFC 6609): NAME.sieve, else NAME, in one folder. */
static int
load_included(void *context, bool global, struct slice name, struct buf *text,
    struct buf *path, struct err *err)
{
	const struct reading *reading = context;
	const char *folder = global && reading->users != NULL ?
	    reading->users : reading->entry->folder;
	int got;

	if (!home_name_is_valid(name))
		return 0;
	buf_reset(path);
	buf_format(path, "%s/%.*s.sieve", folder, SLICE_ARG(name));
	got = read_file(reading->entry, buf_text(path), text, err);
	if (got != 0 || !slice_ends(name, ".sieve"))
		return got;
	buf_reset(path);
	buf_format(path, "%s/%.*s", folder, SLICE_ARG(name));
	return read_file(reading->entry, buf_text(path), text, err);
}

/* Reads and parses; *script is NULL unless GOOD. */
static enum library_state
read_script(struct entry *e, const char *path, const char *users,
    struct sieve_script **script, struct err *err)
{
	struct reading reading = {e, users};
	const struct sieve_loader loader = {load_included, &reading};
	struct buf text = BUF_LIMITED(SIEVE_SCRIPT_MAX + 1);
	int got;

	*script = NULL;
	forget_files(e);
	got = read_file(e, path, &text, err);
	if (got > 0)
		*script = sieve_parse(path, buf_slice(&text), &loader, err);
	buf_free(&text);
	if (got == 0)
		return LIBRARY_NONE;
	return *script != NULL ? LIBRARY_GOOD : LIBRARY_BROKEN;
}

/* SIEVE_SCRIPT_MAX is checked by the parser where it can say so; a larger
 * file does not even fit the buffer. */
static void
refresh(struct entry *e, const char *path, const char *users, bool *is_news)
{
	struct err fault = ERR_INIT;
	struct sieve_script *fresh;
	enum library_state state;

	*is_news = false;
	if (e->files != NULL && !has_changed(e))
		return;
	state = read_script(e, path, users, &fresh, &fault);
	/* A policy does not end because an editor takes its file away for a
	 * moment. */
	if (state == LIBRARY_NONE && e->mailbox == NULL &&
	    (e->script != NULL || e->must_exist)) {
		state = LIBRARY_BROKEN;
		err_set(&fault, ERR_CONFIG, "there is no script '%s'", path);
	}
	*is_news = state == LIBRARY_BROKEN;
	/* the site's last good one; a user's mail goes to INBOX instead */
	if (state == LIBRARY_BROKEN && e->mailbox == NULL && e->script != NULL)
		state = LIBRARY_KEPT;
	else {
		script_free(e->script);
		e->script = fresh;
	}
	e->state = state;
	e->fault = fault;
}

static enum library_state
answer(const struct entry *e, const struct sieve_script **script,
    struct err *err)
{
	*script = e->script;
	if (e->fault.kind != ERR_NONE)
		*err = e->fault;
	return e->state;
}

struct library *
library_new(const char *site, bool must_exist, const char *users)
{
	struct library *l = mem_zalloc(sizeof(*l));

	l->users = users;
	if (site != NULL) {
		l->site_path = mem_text(site);
		l->site = mem_zalloc(sizeof(*l->site));
		l->site->folder = io_folder_of(site);
		l->site->must_exist = must_exist;
	}
	return l;
}

void
library_free(struct library *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < LIBRARY_USERS_MAX; i++)
		entry_free(l->slots[i]);
	entry_free(l->site);
	free(l->site_path);
	free(l);
}

enum library_state
library_site(struct library *l, const struct sieve_script **script,
    bool *is_news, struct err *err)
{
	*script = NULL;
	*is_news = false;
	if (l->site == NULL)
		return LIBRARY_NONE;
	refresh(l->site, l->site_path, NULL, is_news);
	return answer(l->site, script, err);
}

static struct entry **
find_slot(struct library *l, struct slice mailbox)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < mailbox.n; i++)
		hash = (hash ^ (unsigned char)mailbox.p[i]) * 16777619u;
	return &l->slots[hash % LIBRARY_USERS_MAX];
}

/* What falls into one slot takes it over. */
static struct entry *
find_entry(struct library *l, struct slice mailbox, struct slice user,
    struct slice domain)
{
	struct entry **slot = find_slot(l, mailbox);
	struct buf folder = BUF_INIT;

	if (*slot != NULL && slice_is(mailbox, (*slot)->mailbox))
		return *slot;
	entry_free(*slot);
	*slot = mem_zalloc(sizeof(**slot));
	(*slot)->mailbox = mem_dup(mailbox.p, mailbox.n);
	buf_format(&folder, "%s/%.*s/%.*s", l->users, SLICE_ARG(domain),
	    SLICE_ARG(user));
	(*slot)->folder = buf_take(&folder, NULL);
	return *slot;
}

enum library_state
library_user(struct library *l, struct slice mailbox,
    const struct sieve_script **script, bool *is_news, struct err *err)
{
	struct slice domain = mailbox, user = slice_cut(&domain, '@');
	struct buf path = BUF_INIT;
	struct entry *e;

	*script = NULL;
	*is_news = false;
	if (l->users == NULL || domain.p == NULL ||
	    !home_name_is_valid(user) || !home_name_is_valid(domain))
		return LIBRARY_NONE;
	e = find_entry(l, mailbox, user, domain);
	buf_format(&path, "%s/active", e->folder);
	refresh(e, buf_text(&path), l->users, is_news);
	buf_free(&path);
	return answer(e, script, err);
}

struct sieve_script *
library_read(const char *path, const char *users, struct err *err)
{
	struct entry e = {.folder = io_folder_of(path)};
	struct sieve_script *script;

	if (read_script(&e, path, users, &script, err) == LIBRARY_NONE)
		err_set(err, ERR_USAGE, "there is no script '%s'", path);
	forget_files(&e);
	free(e.folder);
	return script;
}
