/* SPDX-License-Identifier: ISC */
/* Restore drills. */
#include "ops/drill.h"

#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"
#include "ops/file_map.h"
#include "ops/old_mailbox.h"
#include "store/check.h"

#define FILES_MAX 50 /* besides mailboxes, in a sample */

struct drill {
	struct repository *r;
	const struct drill_options *options;
	char *folder;
	const struct file_list *list;
	size_t *chosen; /* of the list */
	size_t chosen_n;
	/* While a mailbox is being opened another home is set; what is logged
	 * meanwhile would look for its key there. */
	pthread_mutex_t opening;
	/* Of all threads. */
	pthread_mutex_t mutex;
	struct drill_result *result;
	size_t next; /* of those chosen */
	bool failed; /* then *err says why */
	struct err *err;
};

/* What one thread found in one file. */
struct found {
	int64_t messages, octets;
};

static void
tell(struct drill *d, const char *path, const struct err *err)
{
	struct err named = *err;

	err_prefix(&named, "'%s'", path);
	pthread_mutex_lock(&d->opening);
	d->options->fault(d->options->context, &named);
	pthread_mutex_unlock(&d->opening);
}

/* The trailers of the pages on disk, against the snapshot's record. */
static int
compare_digest(struct drill *d, const struct file_entry *e, const char *path,
    struct err *err)
{
	struct buf trailers = BUF_INIT;
	unsigned char id[BLOB_ID_SIZE], trailer[MAP_TRAILER_SIZE];
	char hex[2 * BLOB_ID_SIZE + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result = 0;

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	for (int64_t at = e->page_size; at <= e->octets; at += e->page_size) {
		if (pread(fd, trailer, sizeof(trailer), (off_t)(at -
			MAP_TRAILER_SIZE)) != (ssize_t)sizeof(trailer))
			result = err_set(err, ERR_CONFIG, "it is too short");
		buf_append(&trailers, trailer, sizeof(trailer));
	}
	close(fd);
	repository_blob_id(d->r, BLOB_MAP, SLICE("digest"),
	    buf_slice(&trailers), id);
	hex_encode(id, sizeof(id), hex);
	if (result == 0 && strcmp(hex, e->digest) != 0)
		result = err_set(err, ERR_CONFIG, "the restored file is not "
		    "what the snapshot recorded");
	buf_free(&trailers);
	return result;
}

static int
check_mailbox(struct mailbox *m, struct found *found, struct err *err)
{
	struct check_result check;
	int result = mailbox_check(m, &check, err);

	if (result == 0 && !check.is_whole)
		result = err_set(err, ERR_CONFIG, "the restored mailbox is "
		    "damaged: %lld bad pages, %lld wrong counts, %lld lost",
		    (long long)check.pages.bad_pages,
		    (long long)check.wrong_counts, (long long)check.lost);
	if (result == 0)
		found->messages = check.count.messages;
	check_result_free(&check);
	return result;
}

static int
try_mailbox(struct drill *d, const struct file_entry *e, const char *address,
    struct found *found, struct err *err)
{
	struct old_mailbox old = {.mailbox = NULL};
	struct buf path = BUF_INIT;
	int result;

	buf_format(&path, "%s/%s", d->folder, e->path);
	*strrchr(path.p, '/') = '\0';
	result = io_make_folders(path.p, 0700, err);
	buf_truncate(&path, 0);
	buf_format(&path, "%s/%s", d->folder, e->path);
	if (result == 0)
		result = restore_file(d->r, e, path.p, err);
	if (result == 0 && e->page_size != 0)
		result = compare_digest(d, e, path.p, err);
	if (result == 0) {
		pthread_mutex_lock(&d->opening);
		result = old_mailbox_open_at(&old, d->r, e, address,
		    d->folder, err);
		pthread_mutex_unlock(&d->opening);
	}
	if (result == 0)
		result = check_mailbox(old.mailbox, found, err);
	old_mailbox_close(&old);
	(void)unlink(path.p);
	buf_free(&path);
	found->octets = e->octets;
	return result;
}

static int
drop_octets(void *context, struct slice octets, struct err *err)
{
	struct found *found = context;

	(void)err;
	found->octets += (int64_t)octets.n;
	return 0;
}

static int
is_stopped(const struct drill *d, struct err *err)
{
	if (d->options->stop == NULL || *d->options->stop == 0)
		return 0;
	return err_set(err, ERR_SYSTEM, "interrupted: no drill was done");
}

/* Draws without putting back: a shuffle of the first `sample'. */
static void
shuffle(size_t *numbers, size_t n, size_t sample)
{
	for (size_t i = 0; i < sample && i + 1 < n; i++) {
		size_t k = i + randombytes_uniform((uint32_t)(n - i));
		size_t kept = numbers[i];

		numbers[i] = numbers[k];
		numbers[k] = kept;
	}
}

/* -1: the drill is at an end. */
static int
try_one(struct drill *d, const struct file_entry *e, struct err *err)
{
	char *address = restore_address(e);
	struct found found = {0, 0};
	struct err why = ERR_INIT;
	int result;

	if (is_stopped(d, err) < 0) {
		free(address);
		return -1;
	}
	if (address != NULL)
		result = try_mailbox(d, e, address, &found, &why);
	else
		result = restore_content(d->r, e, NULL, drop_octets, &found,
		    &why);
	/* What cannot be reached says nothing of the backups. */
	if (result < 0 && repository_is_lost(d->r, &why)) {
		free(address);
		*err = why;
		return -1;
	}
	if (result < 0)
		tell(d, e->path, &why);
	pthread_mutex_lock(&d->mutex);
	d->result->mailboxes += address != NULL;
	d->result->files += address == NULL;
	d->result->messages += found.messages;
	d->result->octets += found.octets;
	d->result->faults += result < 0;
	pthread_mutex_unlock(&d->mutex);
	free(address);
	return 0;
}

/* Takes one of those chosen after the other, until there is none. */
static void *
try_chosen(void *context)
{
	struct drill *d = context;
	struct err err = ERR_INIT;

	pthread_mutex_lock(&d->mutex);
	while (!d->failed && d->next < d->chosen_n) {
		size_t at = d->chosen[d->next++];
		int result;

		pthread_mutex_unlock(&d->mutex);
		result = try_one(d, &d->list->items[at], &err);
		pthread_mutex_lock(&d->mutex);
		if (result < 0 && !d->failed) {
			d->failed = true;
			*d->err = err;
		}
	}
	pthread_mutex_unlock(&d->mutex);
	return NULL;
}

static void
choose(struct drill *d, size_t *numbers, size_t n, size_t sample)
{
	shuffle(numbers, n, sample);
	for (size_t i = 0; i < n && i < sample; i++)
		d->chosen[d->chosen_n++] = numbers[i];
}

/* Mailboxes first: they are what takes long. */
static void
choose_all(struct drill *d)
{
	const struct file_list *list = d->list;
	size_t *mailboxes = mem_array(NULL, list->n + 1, sizeof(size_t));
	size_t *files = mem_array(NULL, list->n + 1, sizeof(size_t));
	size_t mailboxes_n = 0, files_n = 0;
	int64_t sample = d->options->sample;

	d->chosen = mem_array(NULL, list->n + 1, sizeof(size_t));
	for (size_t i = 0; i < list->n; i++) {
		char *address = restore_address(&list->items[i]);

		d->result->of_octets += list->items[i].octets;
		if (address != NULL)
			mailboxes[mailboxes_n++] = i;
		else if (list->items[i].type == 'f')
			files[files_n++] = i;
		free(address);
	}
	d->result->of_mailboxes = (int64_t)mailboxes_n;
	choose(d, mailboxes, mailboxes_n,
	    sample > 0 ? (size_t)sample : mailboxes_n);
	choose(d, files, files_n, sample > 0 ? FILES_MAX : files_n);
	free(mailboxes);
	free(files);
}

static int
try_list(struct drill *d, const struct file_list *list, struct err *err)
{
	d->list = list;
	d->err = err;
	choose_all(d);
	pthread_mutex_init(&d->mutex, NULL);
	pthread_mutex_init(&d->opening, NULL);
	restore_in_threads(d->r, try_chosen, d);
	pthread_mutex_destroy(&d->mutex);
	pthread_mutex_destroy(&d->opening);
	free(d->chosen);
	return d->failed ? -1 : 0;
}

static int
read_newest(struct drill *d, struct file_list *list, struct err *err)
{
	struct snapshot_names names;
	struct snapshot s = {.host = NULL};
	const char *name;
	int result = -1;

	if (snapshot_names_read(d->r->destination, &names, err) < 0)
		return -1;
	name = snapshot_names_find(&names, NULL, -1, err);
	if (name != NULL && repository_read_index(d->r, err) == 0 &&
	    snapshot_read(d->r, name, &s, err) > 0 &&
	    snapshot_get_list(d->r, &s, list, err) == 0) {
		memcpy(d->result->snapshot, s.name, sizeof(s.name));
		d->result->snapshot_ms = s.time_ms;
		result = 0;
	}
	snapshot_free(&s);
	snapshot_names_free(&names);
	return result;
}

int
drill_run(struct repository *r, const struct drill_options *options,
    struct drill_result *result, struct err *err)
{
	struct drill d = {.r = r, .options = options, .result = result};
	struct file_list list = {NULL, 0};
	int64_t begun_ms = clock_monotonic_ms();
	int status;

	memset(result, 0, sizeof(*result));
	result->time_ms = clock_now_ms();
	status = read_newest(&d, &list, err);
	if (status == 0 && (d.folder = old_mailbox_make_folder(err)) == NULL)
		status = -1;
	if (status == 0)
		status = try_list(&d, &list, err);
	result->took_ms = clock_monotonic_ms() - begun_ms;
	result->full_ms = result->octets == 0 ? result->took_ms :
	    (int64_t)((double)result->took_ms * ((double)result->of_octets /
	    (double)result->octets));
	if (result->full_ms < result->took_ms)
		result->full_ms = result->took_ms;
	if (d.folder != NULL)
		old_mailbox_remove_folder(d.folder);
	free(d.folder);
	file_list_free(&list);
	return status;
}
