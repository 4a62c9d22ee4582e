/* SPDX-License-Identifier: ISC */
/* Checking a repository. */
#include "ops/check_repository.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "ops/usage.h"

/* -1: there is nothing to go on to. */
static int
tell(struct repository *r, struct repository_check *c, struct err *err)
{
	if (repository_is_lost(r, err))
		return -1;
	c->faults++;
	c->fault(c->context, err);
	return 0;
}

static bool
is_same(const struct blob *a, const struct blob *b)
{
	return memcmp(a->id, b->id, BLOB_ID_SIZE) == 0 && a->kind == b->kind &&
	    a->offset == b->offset && a->stored == b->stored &&
	    a->octets == b->octets;
}

/* Is the id that of the content?  Pages are named by their trailers and their
 * file, and only by the seal bound to their content. */
static bool
id_is_right(const struct repository *r, const struct blob *blob,
    struct slice octets)
{
	unsigned char id[BLOB_ID_SIZE];
	enum blob_kind kind = blob_kind(blob);

	if (kind == BLOB_PAGES)
		return true;
	repository_blob_id(r, kind, SLICE_NONE, octets, id);
	return memcmp(id, blob->id, BLOB_ID_SIZE) == 0;
}

static int
check_blobs(struct repository *r, struct repository_check *c,
    uint32_t number, const unsigned char *key, struct slice pack,
    struct err *err)
{
	struct buf octets = BUF_INIT;
	struct blob *blobs;
	size_t n;
	int result = pack_read_table(key, pack, &blobs, &n, err);

	for (size_t i = 0; i < n && result == 0; i++) {
		const struct blob *b = &blobs[i];
		const struct indexed_blob *found =
		    blob_index_find(&r->index, b->id);

		result = pack_open_blob(key, b, slice_part(pack, b->offset,
		    b->offset + b->stored), &octets, err);
		if (result == 0 && !id_is_right(r, b, buf_slice(&octets)))
			result = err_set(err, ERR_CONFIG, "a blob has another "
			    "id than its content");
		if (result == 0 && (found == NULL || (found->pack == number &&
			!is_same(&found->blob, b))))
			result = err_set(err, ERR_CONFIG, "the index says "
			    "something else than the pack");
		c->blobs++;
	}
	free(blobs);
	buf_free(&octets);
	return result;
}

static int
check_data(struct repository *r, struct repository_check *c, uint32_t number,
    const char *name, struct err *err)
{
	const struct indexed_pack *pack = &r->index.packs[number];
	struct buf octets = BUF_LIMITED((size_t)1 << 30);
	unsigned char *key = NULL;
	int got, result = -1;

	if (pack->kind != PACK_META && !r->keys->can_read) {
		c->unread++;
		return 0;
	}
	got = destination_get(r->destination, name, 0, 0, &octets, err);
	if (got == 0)
		err_set(err, ERR_CONFIG, "it is missing");
	if (got > 0)
		key = pack_open_key(buf_slice(&octets), pack->id, r->keys,
		    err);
	if (key != NULL)
		result = check_blobs(r, c, number, key, buf_slice(&octets),
		    err);
	c->octets += (int64_t)octets.n;
	secret_free(key);
	buf_free(&octets);
	return result;
}

static int
check_packs(struct repository *r, struct repository_check *c, struct err *err)
{
	struct destination_list list;
	char name[REPOSITORY_PACK_NAME_SIZE];
	int result = 0;

	if (destination_list(r->destination, "packs", &list, err) < 0)
		return -1;
	for (uint32_t i = 0; i < r->index.packs_n && result == 0; i++) {
		const struct destination_item *item;

		if (c->stop != NULL && *c->stop != 0)
			break;
		repository_pack_name(r->index.packs[i].id, name);
		item = destination_list_find(&list, name);
		c->packs++;
		err_clear(err);
		if (item == NULL)
			err_set(err, ERR_CONFIG, "it is missing");
		else if (item->size != (int64_t)r->index.packs[i].octets)
			err_set(err, ERR_CONFIG, "it has %lld octets and not "
			    "%lu", (long long)item->size,
			    (unsigned long)r->index.packs[i].octets);
		else if (!c->read_data || check_data(r, c, i, name, err) == 0)
			continue;
		err_prefix(err, "'%s/%s'", destination_name(r->destination),
		    name);
		result = tell(r, c, err);
	}
	destination_list_free(&list);
	return result;
}

/* Each opens; whether its keys do is for those who have the slot key. */
static int
check_key_objects(struct repository *r, struct repository_check *c,
    struct err *err)
{
	struct destination_list list;
	struct buf text = BUF_INIT;
	int result = 0;

	if (destination_list(r->destination, "mailboxes", &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n && result == 0; i++) {
		c->mailboxes++;
		if (list.items[i].size > 0 && repository_get_object(r,
			list.items[i].name, &text, err) < 0)
			result = tell(r, c, err);
	}
	destination_list_free(&list);
	buf_wipe(&text);
	return result;
}

int
repository_check_run(struct repository *r, struct repository_check *c,
    struct err *err)
{
	struct usage usage = {.fault = c->fault, .context = c->context};
	int result = usage_read(&usage, r, err);

	c->snapshots = usage.snapshots;
	c->faults += usage.faults;
	usage_free(&usage);
	if (result < 0 || check_packs(r, c, err) < 0 ||
	    check_key_objects(r, c, err) < 0)
		return -1;
	if (c->stop != NULL && *c->stop != 0)
		return err_set(err, ERR_SYSTEM, "interrupted");
	return 0;
}
