/* SPDX-License-Identifier: ISC */
/* Keys of the delivery journal, and the guard that they are used under. */
#include "guarded_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/keys_file.h"
#include "mailbox_files.h"
#include "mailbox_lock.h"

#define PAUSE_MS 2

struct guarded_keys_item {
	char *name;
	struct mailbox_files files;
	struct journal_key key;
	ino_t inode;
	int64_t changed_ns;
	int64_t used;
};

/* ---- the guard ---- */

static int
guard_lock(int fd, short type, int64_t wait_ms, struct err *err)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET,
	    .l_start = 0, .l_len = 1};
	int64_t until_ms = clock_monotonic_ms() + wait_ms;

	while (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EACCES)
			return err_errno(err, "cannot lock the journal's "
			    "guard of a mailbox");
		if (clock_monotonic_ms() >= until_ms)
			return err_set(err, ERR_SYSTEM, "the keys of the "
			    "mailbox are being changed by another program");
		clock_sleep_ms(PAUSE_MS);
	}
	return 0;
}

int
guard_take(const char *lock_path, int64_t wait_ms, struct err *err)
{
	int fd = open(lock_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", lock_path);
	if (guard_lock(fd, F_WRLCK, wait_ms, err) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
err_no_mailbox(struct slice name, struct err *err)
{
	return err_set(err, ERR_USAGE, "there is no mailbox '%.*s'",
	    SLICE_ARG(name));
}

/* Erase takes the file's name away while we wait for it. */
static int
guard_open(const struct guarded_keys_item *item, int64_t wait_ms,
    struct err *err)
{
	const char *path = item->files.path[MAILBOX_LOCK];
	struct stat st;
	int fd;

	for (;;) {
		if (access(path, F_OK) < 0 &&
		    access(item->files.path[MAILBOX_KEYS], F_OK) == 0 &&
		    mailbox_lock_make(path, err) < 0)
			return -1;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			return errno == ENOENT || errno == ENOTDIR ?
			    err_no_mailbox(slice_text(item->name), err) :
			    err_errno(err, "cannot open '%s'", path);
		if (guard_lock(fd, F_RDLCK, wait_ms, err) < 0) {
			close(fd);
			return -1;
		}
		if (fstat(fd, &st) == 0 && st.st_nlink > 0)
			return fd;
		close(fd);
	}
}

/* ---- the keys ---- */

void
guarded_keys_init(struct guarded_keys *keys,
    const struct service_keys *service)
{
	*keys = (struct guarded_keys){.service = service};
}

static void
item_free(struct guarded_keys_item *item)
{
	journal_key_free(&item->key);
	mailbox_files_free(&item->files);
	free(item->name);
}

void
guarded_keys_free(struct guarded_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		item_free(&keys->items[i]);
	free(keys->items);
	keys->items = NULL;
	keys->n = 0;
}

static struct guarded_keys_item *
make_room(struct guarded_keys *keys)
{
	size_t oldest = 0;

	/* All at once: whoever was given a key has it in place. */
	if (keys->items == NULL)
		keys->items = mem_array(NULL, GUARDED_KEYS_MAX,
		    sizeof(*keys->items));
	if (keys->n < GUARDED_KEYS_MAX)
		return &keys->items[keys->n++];
	for (size_t i = 1; i < keys->n; i++)
		if (keys->items[i].used < keys->items[oldest].used)
			oldest = i;
	item_free(&keys->items[oldest]);
	return &keys->items[oldest];
}

static struct guarded_keys_item *
find_item(struct guarded_keys *keys, struct slice name, struct err *err)
{
	struct mailbox_files files;
	struct guarded_keys_item *item;

	for (size_t i = 0; i < keys->n; i++)
		if (slice_is(name, keys->items[i].name))
			return &keys->items[i];
	if (mailbox_files_init(&files, name, err) < 0)
		return NULL;
	item = make_room(keys);
	*item = (struct guarded_keys_item){.name = mem_dup(name.p, name.n),
	    .files = files, .key = JOURNAL_KEY_INIT};
	return item;
}

/* The file is replaced by rename and never written in place. */
static int
read_key(const struct guarded_keys *keys, struct guarded_keys_item *item,
    struct err *err)
{
	const char *path = item->files.path[MAILBOX_KEYS];
	struct mailbox_keys read = MAILBOX_KEYS_INIT;
	struct stat st;
	int64_t changed_ns;
	int result = -1;

	if (stat(path, &st) < 0) {
		journal_key_free(&item->key);
		return errno == ENOENT || errno == ENOTDIR ?
		    err_no_mailbox(slice_text(item->name), err) :
		    err_errno(err, "cannot open '%s'", path);
	}
	changed_ns = (int64_t)st.st_ctim.tv_sec * 1000000000 +
	    st.st_ctim.tv_nsec;
	if (item->key.key != NULL && item->inode == st.st_ino &&
	    item->changed_ns == changed_ns)
		return 0;
	journal_key_free(&item->key);
	if (keys_file_read(&read, path, err) == 0 &&
	    mailbox_keys_unlock(&read, keys->service, err) == 0) {
		journal_key_derive(&item->key, &read);
		item->inode = st.st_ino;
		item->changed_ns = changed_ns;
		result = 0;
	}
	mailbox_keys_free(&read);
	return result;
}

const struct journal_key *
guarded_keys_get(struct guarded_keys *keys, struct slice mailbox,
    int64_t wait_ms, int *guard, struct err *err)
{
	struct guarded_keys_item *item = find_item(keys, mailbox, err);

	*guard = -1;
	if (item == NULL)
		return NULL;
	item->used = ++keys->uses;
	*guard = guard_open(item, wait_ms, err);
	if (*guard < 0)
		return NULL;
	if (read_key(keys, item, err) == 0)
		return &item->key;
	close(*guard);
	*guard = -1;
	return NULL;
}
