/* SPDX-License-Identifier: ISC */
/* Files out of a snapshot, and the keys of mailboxes. */
#include "ops/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "crypto/keys_file.h"
#include "ops/key_object.h"
#include "ops/stored_map.h"
#include "store/mailbox_files.h"
#include "store/mailbox_lock.h"

#define THREADS 8

void
restore_in_threads(struct repository *r, void *(*run)(void *context),
    void *context)
{
	pthread_t threads[THREADS - 1];
	size_t n = 0;

	destination_read_direct(r->destination);
	while (n < THREADS - 1 &&
	    pthread_create(&threads[n], NULL, run, context) == 0)
		n++;
	run(context);
	while (n > 0)
		pthread_join(threads[--n], NULL);
}

/* Do these pages end as the snapshot noted? */
static bool
has_trailers(const struct file_map *map, size_t page, struct slice octets)
{
	for (size_t at = 0; at + map->unit <= octets.n; at += map->unit)
		if (memcmp(octets.p + at + map->unit - MAP_TRAILER_SIZE,
			map->trailers[page++], MAP_TRAILER_SIZE) != 0)
			return false;
	return true;
}

static int
give_extent(const struct file_map *map, const struct map_extent *extent,
    size_t page, const struct buf *blob, restore_write *write, void *context,
    struct err *err)
{
	uint64_t from = (uint64_t)extent->from * map->unit;
	uint64_t n = (uint64_t)extent->count * map->unit;
	struct slice part;

	if (from + n > blob->n)
		return err_set(err, ERR_CONFIG, "the map of a file names more "
		    "than its blob has");
	part = slice_part(buf_slice(blob), (size_t)from, (size_t)(from + n));
	if (map->unit != 1 && !has_trailers(map, page, part))
		return err_set(err, ERR_CONFIG, "a page is not the one that "
		    "the snapshot noted");
	return write(context, part, err);
}

int
restore_content(struct repository *r, const struct file_entry *e,
    struct kept_blobs *blobs, restore_write *write, void *context,
    struct err *err)
{
	struct file_map map;
	struct map_extent extent;
	struct kept_blobs own;
	const struct buf *blob = NULL;
	size_t at = 0, page = 0;
	uint32_t loaded = UINT32_MAX;
	int64_t octets = 0;
	int result;

	kept_blobs_init(&own);
	if (blobs == NULL)
		blobs = &own;
	result = stored_map_read(r, e, &map, err);

	while (result == 0 && file_map_next(&map, &at, &extent)) {
		if (loaded != extent.blob)
			blob = kept_blobs_get(blobs, r,
			    map.blobs[extent.blob], err);
		loaded = extent.blob;
		result = blob == NULL ? -1 : 0;
		if (result == 0)
			result = give_extent(&map, &extent, page, blob, write,
			    context, err);
		page += extent.count;
		octets += (int64_t)extent.count * map.unit;
	}
	if (result == 0 && octets != e->octets)
		result = err_set(err, ERR_CONFIG, "the map has %lld octets, "
		    "the snapshot says %lld", (long long)octets,
		    (long long)e->octets);
	if (result < 0)
		err_prefix(err, "'%s'", e->path);
	file_map_free(&map);
	kept_blobs_free(&own);
	return result;
}

struct open_file {
	int fd;
	const char *path;
};

static int
write_file(void *context, struct slice octets, struct err *err)
{
	struct open_file *f = context;

	if (io_write(f->fd, octets.p, octets.n) < 0)
		return err_errno(err, "cannot write '%s'", f->path);
	return 0;
}

int
restore_file(struct repository *r, const struct file_entry *e,
    const char *path, struct err *err)
{
	struct open_file f = {.path = path};
	int result;

	f.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (f.fd < 0)
		return err_errno(err, "cannot make '%s'", path);
	result = restore_content(r, e, NULL, write_file, &f, err);
	if (close(f.fd) < 0 && result == 0)
		result = err_errno(err, "cannot write '%s'", path);
	if (result < 0)
		unlink(path);
	return result;
}

char *
restore_address(const struct file_entry *e)
{
	struct slice path = slice_text(e->path), domain;
	struct buf address = BUF_INIT;

	if (e->type != 'f' || !slice_starts(path, "mail/") ||
	    !slice_ends(path, ".sqlite"))
		return NULL;
	path = slice_part(path, 5, path.n - 7);
	if (slice_is(path, MAILBOX_QUARANTINE))
		return mem_text(MAILBOX_QUARANTINE);
	domain = slice_cut(&path, '/');
	if (path.p == NULL || slice_find(path, '/') < path.n)
		return NULL;
	buf_format(&address, "%.*s@%.*s", SLICE_ARG(path), SLICE_ARG(domain));
	return buf_take(&address, NULL);
}

/* ---- keys ---- */

static int
write_keys(struct mailbox_keys *list, size_t n,
    const struct mailbox_files *files, struct slice first,
    const struct service_keys *service, const char *address, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (first.n > 0 ? !mailbox_page_fits(first, &list[i]) :
		    !mailbox_files_fit(files, &list[i]))
			continue;
		if (mailbox_keys_set_service(&list[i], service, err) < 0)
			return -1;
		return keys_file_write_unsynced(&list[i],
		    files->path[MAILBOX_KEYS], err);
	}
	return err_set(err, ERR_CONFIG, "no key of the repository opens the "
	    "restored mailbox '%s'", address);
}

/* What root makes beside a file belongs to whom that does. */
static int
give_to_owner_of(const char *from, const char *to, struct err *err)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (stat(from, &st) < 0 || lchown(to, st.st_uid, st.st_gid) < 0)
		return err_errno(err, "cannot give away '%s'", to);
	return 0;
}

int
restore_keys(struct repository *r, const struct file_entry *e,
    const char *address, struct slice first,
    const struct service_keys *service, struct err *err)
{
	struct mailbox_files files;
	struct mailbox_keys *list;
	size_t n;
	int result;

	if (mailbox_files_init(&files, slice_text(address), err) < 0)
		return -1;
	result = key_object_unlock(r, address, e->mailbox, &list, &n, err);
	if (result == 0) {
		result = write_keys(list, n, &files, first, service, address,
		    err);
		for (size_t i = 0; i < n; i++)
			mailbox_keys_free(&list[i]);
		free(list);
	}
	if (result == 0)
		result = mailbox_lock_make(files.path[MAILBOX_LOCK], err);
	if (result == 0)
		result = give_to_owner_of(files.path[MAILBOX_DATABASE],
		    files.path[MAILBOX_KEYS], err);
	if (result == 0)
		result = give_to_owner_of(files.path[MAILBOX_DATABASE],
		    files.path[MAILBOX_LOCK], err);
	mailbox_files_free(&files);
	return result;
}

int
restore_service_keys(struct service_keys *service, struct err *err)
{
	struct buf path = BUF_INIT;
	bool made = false;
	int result = 0;

	if (access(home_file(&path, "keys/service/current"), F_OK) < 0) {
		result = io_make_folders(home_file(&path, "keys/service"),
		    0700, err);
		if (result == 0)
			result = service_key_make(err);
		made = result == 0;
	}
	if (result == 0)
		result = service_keys_read(service, err);
	/* Like the mailboxes: their keeper's. */
	if (result == 0 && made) {
		struct buf mail = BUF_INIT;

		home_file(&mail, "mail");
		result = give_to_owner_of(mail.p, home_file(&path,
		    "keys/service"), err);
		if (result == 0)
			result = give_to_owner_of(mail.p, home_file(&path,
			    "keys/service/%s.key", service->items[0].id),
			    err);
		buf_free(&mail);
	}
	buf_free(&path);
	return result;
}
