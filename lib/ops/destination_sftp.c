/* SPDX-License-Identifier: ISC */
/* A destination behind OpenSSH's SFTP. */
#include "ops/destination_sftp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ops/destination_kind.h"
#include "ops/destination_reply.h"

enum { OPEN_READ = 1, OPEN_WRITE = 2, OPEN_CREATE = 8, OPEN_TRUNCATE = 16 };

#define PART 32768       /* octets of one read or write */
#define WINDOW 48        /* requests without an answer */
#define LIST_DEPTH 2

struct sftp_destination {
	struct destination base;
	struct sftp_client client;
};

static struct sftp_client *
self(struct destination *d)
{
	return &((struct sftp_destination *)(void *)d)->client;
}

/* Asks for something of a name; 0 and the code. */
static int
ask_path(struct sftp_client *d, uint8_t type, const char *name,
    uint32_t *code, struct err *err)
{
	uint32_t id = sftp_begin(d, type);

	sftp_put_path(d, name);
	if (type == FXP_MKDIR)
		sftp_put_number(&d->out, 0); /* no attributes */
	if (sftp_ask(d, id, err) < 0)
		return -1;
	*code = sftp_status(d);
	return 0;
}

/* Opens a file; 1 and the handle, 0 there is none, -1. */
static int
open_file(struct sftp_client *d, const char *name, uint32_t flags,
    struct buf *handle, struct err *err)
{
	uint32_t id = sftp_begin(d, FXP_OPEN);
	struct slice got;

	sftp_put_path(d, name);
	sftp_put_number(&d->out, flags);
	sftp_put_number(&d->out, 0);
	if (sftp_ask(d, id, err) < 0)
		return -1;
	if (d->type == FXP_HANDLE && sftp_cut_string(&d->body, &got) == 0) {
		buf_append_slice(handle, got);
		return 1;
	}
	if (sftp_status(d) == FX_NO_SUCH_FILE)
		return 0;
	return sftp_refused(d, "open", name, err);
}

static int
close_handle(struct sftp_client *d, const struct buf *handle,
    struct err *err)
{
	uint32_t id = sftp_begin(d, FXP_CLOSE);

	sftp_put_string(&d->out, buf_slice(handle));
	if (sftp_ask(d, id, err) < 0)
		return -1;
	return sftp_status(d) == FX_OK ? 0 : sftp_refused(d, "close", "", err);
}

/* ---- writing ---- */

static int
take_status(struct sftp_client *d, const char *name, struct err *err)
{
	if (sftp_receive(d, err) < 0)
		return -1;
	return sftp_status(d) == FX_OK ? 0 :
	    sftp_refused(d, "write", name, err);
}

static int
write_all(struct sftp_client *d, const struct buf *handle,
    const char *name, struct slice octets, struct err *err)
{
	size_t at = 0, waiting = 0;
	int result = 0;

	while (at < octets.n || waiting > 0) {
		size_t n = octets.n - at < PART ? octets.n - at : PART;

		if (n > 0 && waiting < WINDOW && result == 0) {
			sftp_begin(d, FXP_WRITE);
			sftp_put_string(&d->out, buf_slice(handle));
			sftp_put_number(&d->out, (uint32_t)(at >> 32));
			sftp_put_number(&d->out, (uint32_t)at);
			sftp_put_number(&d->out, (uint32_t)n);
			if (sftp_send(d, slice_part(octets, at, at + n),
				err) < 0)
				return -1;
			at += n;
			waiting++;
			continue;
		}
		if (waiting == 0)
			break;
		/* After a failure the other answers are still to come. */
		if (take_status(d, name, result == 0 ? err : NULL) < 0)
			result = -1;
		waiting--;
	}
	return result;
}

static int
sync_handle(struct sftp_client *d, const struct buf *handle,
    const char *name, struct err *err)
{
	uint32_t id;

	if (!d->has_fsync)
		return 0;
	id = sftp_begin(d, FXP_EXTENDED);
	sftp_put_string(&d->out, SLICE("fsync@openssh.com"));
	sftp_put_string(&d->out, buf_slice(handle));
	if (sftp_ask(d, id, err) < 0)
		return -1;
	return sftp_status(d) == FX_OK ? 0 : sftp_refused(d, "sync", name, err);
}

static int
rename_over(struct sftp_client *d, const char *from, const char *to,
    struct err *err)
{
	uint32_t id = sftp_begin(d, FXP_EXTENDED);

	sftp_put_string(&d->out, SLICE("posix-rename@openssh.com"));
	sftp_put_path(d, from);
	sftp_put_path(d, to);
	if (sftp_ask(d, id, err) < 0)
		return -1;
	return sftp_status(d) == FX_OK ? 0 :
	    sftp_refused(d, "rename to", to, err);
}

/* Opens the new file, making its folder at first need. */
static int
open_new(struct sftp_client *d, const char *name, struct buf *handle,
    struct err *err)
{
	const uint32_t flags = OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE;
	const char *slash = strrchr(name, '/');
	int found = open_file(d, name, flags, handle, err);
	uint32_t code;

	if (found == 0 && slash != NULL) {
		char *folder = mem_dup(name, (size_t)(slash - name));

		found = ask_path(d, FXP_MKDIR, folder, &code, err);
		if (found == 0)
			found = open_file(d, name, flags, handle, err);
		free(folder);
	}
	if (found == 0)
		return sftp_refused(d, "make", name, err);
	return found < 0 ? -1 : 0;
}

static int
sftp_put(struct destination *base, const char *name, struct slice octets,
    struct err *err)
{
	struct sftp_client *d = self(base);
	const char *slash = strrchr(name, '/');
	struct buf new = BUF_INIT, handle = BUF_INIT;
	uint32_t code;
	int result;

	buf_format(&new, "%.*s.%s.%ld", slash == NULL ? 0 :
	    (int)(slash - name + 1), name, slash == NULL ? name : slash + 1,
	    (long)getpid());
	result = open_new(d, new.p, &handle, err);
	if (result == 0) {
		result = write_all(d, &handle, name, octets, err);
		if (result == 0)
			result = sync_handle(d, &handle, name, err);
		if (close_handle(d, &handle, result == 0 ? err : NULL) < 0)
			result = -1;
		if (result == 0)
			result = rename_over(d, new.p, name, err);
		if (result < 0)
			(void)ask_path(d, FXP_REMOVE, new.p, &code, NULL);
	}
	buf_free(&new);
	buf_free(&handle);
	return result;
}

static int
sftp_prepare(struct destination *base, struct err *err)
{
	static const char *const folders[] = {"", "packs", "index",
	    "snapshots", "locks", "mailboxes", "keys", "drills"};
	struct sftp_client *d = self(base);
	uint32_t code;

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (ask_path(d, FXP_MKDIR, folders[i], &code, err) < 0)
			return -1;
	/* What is there already is refused, too: see whether it is. */
	if (ask_path(d, FXP_STAT, "packs", &code, err) < 0)
		return -1;
	return d->type == FXP_ATTRS ? 0 : sftp_refused(d, "make", "packs", err);
}

static int
sftp_remove(struct destination *base, const char *name, struct err *err)
{
	struct sftp_client *d = self(base);
	uint32_t code;

	if (ask_path(d, FXP_REMOVE, name, &code, err) < 0)
		return -1;
	if (code == FX_OK || code == FX_NO_SUCH_FILE)
		return 0;
	return sftp_refused(d, "remove", name, err);
}

/* ---- reading ---- */

static int
file_size(struct sftp_client *d, const struct buf *handle,
    const char *name, uint64_t *size, struct err *err)
{
	uint32_t id = sftp_begin(d, FXP_FSTAT);
	int64_t octets, mode;

	sftp_put_string(&d->out, buf_slice(handle));
	if (sftp_ask(d, id, err) < 0)
		return -1;
	if (d->type != FXP_ATTRS ||
	    sftp_cut_attributes(&d->body, &octets, &mode) < 0 || octets < 0)
		return sftp_refused(d, "look at", name, err);
	*size = (uint64_t)octets;
	return 0;
}

static int
ask_part(struct sftp_client *d, const struct buf *handle,
    uint64_t offset, size_t n, struct err *err)
{
	sftp_begin(d, FXP_READ);
	sftp_put_string(&d->out, buf_slice(handle));
	sftp_put_number(&d->out, (uint32_t)(offset >> 32));
	sftp_put_number(&d->out, (uint32_t)offset);
	sftp_put_number(&d->out, (uint32_t)n);
	return sftp_send(d, SLICE_NONE, err);
}

/* The next answer, whose request was the `first' + k-th: its octets go to
 * their place. */
static int
take_part(struct sftp_client *d, const char *name, uint32_t first,
    size_t n, char *out, struct err *err)
{
	struct slice data;
	size_t at;

	if (sftp_receive(d, err) < 0)
		return -1;
	at = (size_t)(uint32_t)(d->id - first) * PART;
	if (at >= n)
		return err_set(err, ERR_SYSTEM, "'%s' answers what was not "
		    "asked", d->name);
	if (d->type == FXP_STATUS && sftp_status(d) == FX_EOF)
		return err_set(err, ERR_CONFIG, "'%s/%s' is cut short",
		    d->name, name);
	if (d->type != FXP_DATA || sftp_cut_string(&d->body, &data) < 0)
		return sftp_refused(d, "read", name, err);
	/* OpenSSH gives all that was asked for, but at the end. */
	if (data.n != (n - at < PART ? n - at : PART))
		return err_set(err, ERR_CONFIG, "'%s/%s' is cut short",
		    d->name, name);
	memcpy(out + at, data.p, data.n);
	return 0;
}

static int
read_parts(struct sftp_client *d, const struct buf *handle,
    const char *name, uint64_t offset, size_t n, struct buf *out,
    struct err *err)
{
	uint32_t first = d->next_id;
	size_t asked = 0, waiting = 0;
	int result = 0;

	buf_reserve(out, n);
	while (asked < n || waiting > 0) {
		size_t part = n - asked < PART ? n - asked : PART;

		if (part > 0 && waiting < WINDOW && result == 0) {
			if (ask_part(d, handle, offset + asked, part, err) < 0)
				return -1;
			asked += part;
			waiting++;
			continue;
		}
		if (waiting == 0)
			break;
		if (take_part(d, name, first, n, out->p + out->n,
			result == 0 ? err : NULL) < 0)
			result = -1;
		waiting--;
	}
	if (result == 0) {
		out->n += n;
		out->p[out->n] = '\0';
	}
	return result;
}

static int
sftp_get(struct destination *base, const char *name, uint64_t offset,
    size_t n, struct buf *out, struct err *err)
{
	struct sftp_client *d = self(base);
	struct buf handle = BUF_INIT;
	uint64_t size = 0;
	int found = open_file(d, name, OPEN_READ, &handle, err);

	if (found > 0) {
		int result = n == 0 ? file_size(d, &handle, name, &size, err) :
		    0;

		if (n == 0 && size > offset)
			n = (size_t)(size - offset);
		if (result == 0 && n > out->max - out->n)
			result = err_set(err, ERR_CONFIG, "'%s/%s' is too "
			    "large", base->name, name);
		if (result == 0)
			result = read_parts(d, &handle, name, offset, n, out,
			    err);
		if (close_handle(d, &handle, result == 0 ? err : NULL) < 0 ||
		    result < 0)
			found = -1;
	}
	buf_free(&handle);
	return found;
}

/* ---- lists ---- */

static int
read_folder(struct sftp_client *d, const struct buf *handle,
    const char *folder, struct destination_list *list,
    struct destination_list *folders, struct err *err)
{
	for (;;) {
		uint32_t id = sftp_begin(d, FXP_READDIR);

		sftp_put_string(&d->out, buf_slice(handle));
		if (sftp_ask(d, id, err) < 0)
			return -1;
		if (d->type == FXP_STATUS && sftp_status(d) == FX_EOF)
			return 0;
		if (d->type != FXP_NAME)
			return sftp_refused(d, "list", folder, err);
		if (destination_parse_sftp_names(d->body, folder, list,
			folders, err) < 0)
			return -1;
	}
}

static int
list_folder(struct sftp_client *d, const char *folder,
    struct destination_list *list, unsigned depth, struct err *err)
{
	struct destination_list folders = {NULL, 0};
	struct buf handle = BUF_INIT;
	uint32_t id = sftp_begin(d, FXP_OPENDIR);
	struct slice got;
	int result;

	sftp_put_path(d, folder);
	result = sftp_ask(d, id, err);
	if (result == 0 && d->type == FXP_HANDLE &&
	    sftp_cut_string(&d->body, &got) == 0) {
		buf_append_slice(&handle, got);
		result = read_folder(d, &handle, folder, list, &folders, err);
		if (close_handle(d, &handle, result == 0 ? err : NULL) < 0)
			result = -1;
	} else if (result == 0 && (sftp_status(d) != FX_NO_SUCH_FILE ||
		destination_needs_folder(folder)))
		result = sftp_refused(d, "list", folder, err);
	for (size_t i = 0; i < folders.n && depth > 0 && result == 0; i++)
		result = list_folder(d, folders.items[i].name, list,
		    depth - 1, err);
	destination_list_free(&folders);
	buf_free(&handle);
	return result;
}

static int
sftp_list(struct destination *base, const char *folder,
    struct destination_list *list, struct err *err)
{
	return list_folder(self(base), folder, list, LIST_DEPTH, err);
}

static void
sftp_close(struct destination *base)
{
	sftp_client_close(self(base));
	free(base);
}

static const struct destination_kind sftp_kind = {
    .parallel_put = false,
    .has_disk = true,
    .prepare = sftp_prepare,
    .put = sftp_put,
    .get = sftp_get,
    .remove = sftp_remove,
    .list = sftp_list,
    .close = sftp_close};

struct destination *
destination_sftp_open(const struct destination_options *options,
    struct err *err)
{
	struct sftp_destination *d = mem_zalloc(sizeof(*d));

	d->base.kind = &sftp_kind;
	pthread_mutex_init(&d->base.getting, NULL);
	d->base.name = mem_text(options->url);
	if (sftp_client_open(&d->client, options, err) == 0) {
		d->client.name = d->base.name;
		return &d->base;
	}
	destination_close(&d->base);
	return NULL;
}
