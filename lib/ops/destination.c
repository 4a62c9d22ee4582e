/* SPDX-License-Identifier: ISC */
/* Destinations of all kinds. */
#include "ops/destination.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/destination_kind.h"

#define CLONE_MAX ((size_t)1 << 30)

struct destination *
destination_open(const struct destination_options *options, struct err *err)
{
	struct slice url = slice_text(options->url);

	if ((options->path == NULL) == (options->url == NULL)) {
		err_set(err, ERR_USAGE, options->url == NULL ?
		    "where to? a destination needs path or url" :
		    "a destination has a path or a url, not both");
		return NULL;
	}
	if (options->path != NULL)
		return destination_path_open(options, err);
	if (slice_starts(url, "sftp://"))
		return destination_sftp_open(options, err);
	if (slice_starts(url, "s3://"))
		return destination_s3_open(options, err);
	err_set(err, ERR_USAGE, "'%s' is no URL of a destination (sftp://, "
	    "s3://)", options->url);
	return NULL;
}

void
destination_close(struct destination *d)
{
	if (d == NULL)
		return;
	pthread_mutex_destroy(&d->getting);
	free(d->name);
	free(d->folder);
	d->kind->close(d);
}

const char *
destination_name(const struct destination *d)
{
	return d->name;
}

const char *
destination_folder(const struct destination *d)
{
	return d->folder;
}

bool
destination_parallel_put(const struct destination *d)
{
	return d->kind->parallel_put;
}

bool
destination_has_disk(const struct destination *d)
{
	return d->kind->has_disk;
}

bool
destination_is_full(const struct destination *d, const struct err *err)
{
	struct slice text = slice_text(err->text);

	return d->kind->has_disk && err->kind == ERR_SYSTEM &&
	    (slice_ends(text, strerror(ENOSPC)) ||
		slice_ends(text, strerror(EDQUOT)) ||
		slice_ends(text, ": failure"));
}

void
destination_keep(struct destination *d,
    int (*keep)(void *context, struct err *err), void *context)
{
	d->keep = keep;
	d->keep_context = context;
}

int
destination_touch(struct destination *d, struct err *err)
{
	return d->keep == NULL ? 0 : d->keep(d->keep_context, err);
}

int
destination_is_there(struct destination *d, struct err *err)
{
	return d->kind->is_there == NULL ? 0 : d->kind->is_there(d, err);
}

int
destination_prepare(struct destination *d, struct err *err)
{
	return d->kind->prepare(d, err);
}

int
destination_put(struct destination *d, const char *name, struct slice octets,
    struct err *err)
{
	return d->kind->put(d, name, octets, err);
}

int
destination_put_lazily(struct destination *d, const char *name,
    struct slice octets, struct err *err)
{
	if (d->kind->put_lazily == NULL)
		return d->kind->put(d, name, octets, err);
	return d->kind->put_lazily(d, name, octets, err);
}

int
destination_sync(struct destination *d, struct err *err)
{
	return d->kind->sync == NULL ? 0 : d->kind->sync(d, err);
}

int
destination_get(struct destination *d, const char *name, uint64_t offset,
    size_t n, struct buf *out, struct err *err)
{
	bool alone = !d->kind->parallel_get;
	int result;

	pthread_mutex_lock(&d->getting);
	result = destination_touch(d, err);
	if (result == 0 && alone)
		result = d->kind->get(d, name, offset, n, out, err);
	pthread_mutex_unlock(&d->getting);
	if (result < 0 || alone)
		return result;
	return d->kind->get(d, name, offset, n, out, err);
}

void
destination_read_direct(struct destination *d)
{
	if (d->kind->read_direct != NULL)
		d->kind->read_direct(d);
}

int
destination_clone(struct destination *d, struct destination *from,
    const char *name, struct err *err)
{
	struct buf octets = BUF_LIMITED(CLONE_MAX);
	int result = 0;

	if (d->kind->clone != NULL && d->kind == from->kind)
		result = d->kind->clone(d, from, name, err);
	if (result != 0)
		return result < 0 ? -1 : 0;
	result = destination_get(from, name, 0, 0, &octets, err);
	if (result == 0)
		result = err_set(err, ERR_SYSTEM, "'%s/%s' is missing",
		    from->name, name);
	if (result > 0)
		result = destination_put(d, name, buf_slice(&octets), err);
	buf_free(&octets);
	return result;
}

int
destination_remove(struct destination *d, const char *name, struct err *err)
{
	return d->kind->remove(d, name, err);
}

int
destination_tidy(struct destination *d, struct err *err)
{
	return d->kind->tidy == NULL ? 0 : d->kind->tidy(d, err);
}

static int
compare(const void *a, const void *b)
{
	const struct destination_item *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int
destination_list(struct destination *d, const char *folder,
    struct destination_list *list, struct err *err)
{
	*list = (struct destination_list){NULL, 0};
	if (d->kind->list(d, folder, list, err) < 0) {
		destination_list_free(list);
		return -1;
	}
	if (list->n > 0)
		qsort(list->items, list->n, sizeof(*list->items), compare);
	return 0;
}

bool
destination_needs_folder(const char *name)
{
	return strcmp(name, "packs") == 0 || strcmp(name, "index") == 0 ||
	    strcmp(name, "snapshots") == 0;
}

static int
compare_name(const void *name, const void *item)
{
	return strcmp(name, ((const struct destination_item *)item)->name);
}

const struct destination_item *
destination_list_find(const struct destination_list *list, const char *name)
{
	return list->n == 0 ? NULL : bsearch(name, list->items, list->n,
	    sizeof(*list->items), compare_name);
}

void
destination_list_add(struct destination_list *list, const char *name,
    int64_t size)
{
	if (list->n % 64 == 0)
		list->items = mem_array(list->items, list->n + 64,
		    sizeof(*list->items));
	list->items[list->n++] = (struct destination_item){mem_text(name),
	    size};
}

void
destination_list_free(struct destination_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i].name);
	free(list->items);
	*list = (struct destination_list){NULL, 0};
}
