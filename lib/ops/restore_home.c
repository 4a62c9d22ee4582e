/* SPDX-License-Identifier: ISC */
/*
 * Whole homes out of a snapshot.  Folders and links come first, in turn; then
 * several threads take a file each, and make the keys of the mailbox that it
 * is: while one waits for the disk others decrypt.  Nothing is synced before
 * all of it is there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "ops/restore.h"
#include "ops/restore_entry.h"
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
	const struct file_list *list;
	const struct restore_options *options;
	struct restore_owners owners;
	struct service_keys service;
	bool with_keys;
	int64_t of_octets, of_files;
	/* Of all threads. */
	pthread_mutex_t mutex;
	struct restore_result *result;
	size_t next;        /* of the list */
	size_t without_at;  /* the first in the list that has no keys */
	struct err why;     /* it has none */
	int64_t shown_ms;
	bool failed;        /* then *err says why */
	struct err *err;
};

/* What is to be done now: folders and links, or files. */
static bool
is_next(const struct making *m, const struct file_entry *e, bool files)
{
	return is_below(e->path, m->options->below) &&
	    (e->type == 'f') == files;
}

static void
show_progress(struct making *m)
{
	const struct restore_options *o = m->options;

	if (o->progress == NULL ||
	    clock_monotonic_ms() - m->shown_ms <= PROGRESS_MS)
		return;
	o->progress(o->context, m->result->octets, m->of_octets,
	    m->result->files, m->of_files);
	m->shown_ms = clock_monotonic_ms();
}

/* Locked. */
static void
count_entry(struct making *m, const struct file_entry *e, int made)
{
	const struct restore_options *o = m->options;

	if (made > 0) {
		m->result->files += e->type == 'f';
		m->result->octets += e->octets;
		if (o->each != NULL)
			o->each(o->context, e);
	} else if (made == 0 && e->type != 'd')
		m->result->kept++;
	show_progress(m);
}

/* A mailbox that is there without keys: a run before was cut short. */
static bool
lacks_keys(const char *address)
{
	struct buf path = BUF_INIT;
	bool lacks = mailbox_path(&path, slice_text(address), MAILBOX_KEYS,
	    NULL) != NULL && access(path.p, F_OK) < 0 && errno == ENOENT;

	buf_free(&path);
	return lacks;
}

/* Locked.  A mailbox whose keys cannot be had is said, and the others go on;
 * where the destination or the disk fails the next run goes on. */
static int
count_keys(struct making *m, size_t at, const char *address, int result,
    const struct err *why, struct err *err)
{
	m->result->mailboxes++;
	if (result == 0)
		return 0;
	if (why->kind == ERR_SYSTEM) {
		*err = *why;
		return -1;
	}
	if (m->result->without_keys++ == 0 || at < m->without_at) {
		free(m->result->first_without_keys);
		m->result->first_without_keys = mem_text(address);
		m->without_at = at;
		m->why = *why;
	}
	return 0;
}

static int
make_keys(struct making *m, size_t at, bool made, struct slice first,
    struct err *err)
{
	const struct file_entry *e = &m->list->items[at];
	char *address = m->with_keys ? restore_address(e) : NULL;
	struct err why = ERR_INIT;
	int result = 0;

	if (address != NULL && (made || lacks_keys(address))) {
		result = restore_keys(m->r, e, address, first, &m->service,
		    &why);
		pthread_mutex_lock(&m->mutex);
		result = count_keys(m, at, address, result, &why, err);
		pthread_mutex_unlock(&m->mutex);
	}
	free(address);
	return result;
}

/* 1 made, or to be made; 0 something is there. */
static int
take_entry(struct making *m, struct restore_maker *maker, size_t at,
    struct err *err)
{
	const struct file_entry *e = &m->list->items[at];
	const struct restore_options *o = m->options;
	int made;

	if (o->stop != NULL && *o->stop != 0)
		return err_set(err, ERR_SYSTEM, "interrupted");
	if (o->dry_run) {
		struct buf path = BUF_INIT;

		made = access(home_file(&path, "%s", e->path), F_OK) < 0;
		buf_free(&path);
	} else
		made = restore_make(maker, e, err);
	if (made >= 0) {
		pthread_mutex_lock(&m->mutex);
		count_entry(m, e, made);
		pthread_mutex_unlock(&m->mutex);
	}
	if (made >= 0 && !o->dry_run && e->type == 'f' &&
	    make_keys(m, at, made > 0, buf_slice(&maker->first), err) < 0)
		return -1;
	return made;
}

/* Takes one entry after the other, until there is none. */
static void
take_entries(struct making *m, bool files)
{
	struct restore_maker maker;
	struct err err = ERR_INIT;
	int done = 0;

	restore_maker_init(&maker, m->r, &m->owners, m->options->stop);
	pthread_mutex_lock(&m->mutex);
	while (!m->failed && m->next < m->list->n) {
		size_t at = m->next++;

		if (!is_next(m, &m->list->items[at], files))
			continue;
		pthread_mutex_unlock(&m->mutex);
		done = take_entry(m, &maker, at, &err);
		pthread_mutex_lock(&m->mutex);
		if (done < 0 && !m->failed) {
			m->failed = true;
			*m->err = err;
		}
	}
	pthread_mutex_unlock(&m->mutex);
	restore_maker_free(&maker);
}

static void *
run_thread(void *context)
{
	take_entries(context, true);
	return NULL;
}

static void
take_files(struct making *m)
{
	m->next = 0;
	if (m->options->dry_run)
		take_entries(m, true);
	else
		restore_in_threads(m->r, run_thread, m);
}

static void
make_all(struct making *m)
{
	const struct restore_options *o = m->options;

	for (size_t i = 0; i < m->list->n; i++)
		if (is_below(m->list->items[i].path, o->below)) {
			m->of_octets += m->list->items[i].octets;
			m->of_files += m->list->items[i].type == 'f';
		}
	take_entries(m, false);
	if (!m->failed && m->with_keys &&
	    restore_service_keys(&m->service, m->err) < 0)
		m->failed = true;
	if (!m->failed)
		take_files(m);
}

int
restore_home(struct repository *r, const struct file_list *list,
    const struct restore_options *options, struct restore_result *result,
    struct err *err)
{
	struct making m = {.r = r, .list = list, .options = options,
	    .with_keys = !options->dry_run && r->keys->has_slot,
	    .service = {.n = 0}, .result = result, .err = err};

	memset(result, 0, sizeof(*result));
	if (!options->dry_run && io_make_folders(home_path(), 0750, err) < 0)
		return -1;
	pthread_mutex_init(&m.mutex, NULL);
	restore_owners_init(&m.owners);
	make_all(&m);
	service_keys_free(&m.service);
	restore_owners_free(&m.owners);
	pthread_mutex_destroy(&m.mutex);
	if (m.failed)
		return -1;
	if (result->without_keys > 0)
		*err = m.why;
	return options->dry_run ? 0 : io_sync_file_system(home_path(), err);
}
