/* SPDX-License-Identifier: ISC */
/* From one destination to another. */
#include "ops/copy_repository.h"

#include <string.h>

#include "ops/key_object.h"

#define OBJECT_MAX ((size_t)1 << 30)

struct copy {
	struct repository *from, *to;
	const volatile sig_atomic_t *stop;
	struct repository_copy_result *result;
};

static int
copy_object(struct copy *c, const char *name, struct err *err)
{
	struct buf octets = BUF_LIMITED(OBJECT_MAX);
	int got = destination_get(c->from->destination, name, 0, 0, &octets,
	    err);
	int result = got < 0 ? -1 : destination_touch(c->to->destination, err);

	/* Pruned meanwhile: then nothing names it. */
	if (result == 0 && got > 0) {
		result = destination_put(c->to->destination, name,
		    buf_slice(&octets), err);
		c->result->octets += (int64_t)octets.n;
	}
	buf_free(&octets);
	return result;
}

/* All of a list that is not there yet, in that folder; *n counts. */
static int
copy_listed(struct copy *c, const struct destination_list *here,
    const char *folder, int64_t *n, struct err *err)
{
	struct destination_list there;
	int result = destination_list(c->to->destination, folder, &there,
	    err);

	if (result < 0)
		return -1;
	for (size_t i = 0; i < here->n && result == 0; i++) {
		if (destination_list_find(&there, here->items[i].name) !=
			NULL)
			continue;
		if (*c->stop != 0)
			result = err_set(err, ERR_SYSTEM, "interrupted: the "
			    "next copy goes on from here");
		else
			result = copy_object(c, here->items[i].name, err);
		*n += result == 0;
	}
	destination_list_free(&there);
	return result;
}

static int
copy_folder(struct copy *c, const char *folder, int64_t *n, struct err *err)
{
	struct destination_list here;
	int result = destination_list(c->from->destination, folder, &here,
	    err);

	if (result < 0)
		return -1;
	result = copy_listed(c, &here, folder, n, err);
	destination_list_free(&here);
	return result;
}

/* Keys that the other has not; what was erased there stays so. */
static int
copy_keys(struct copy *c, struct err *err)
{
	struct destination_list here, there;
	int result = destination_list(c->from->destination, "mailboxes",
	    &here, err);

	if (result < 0)
		return -1;
	result = destination_list(c->to->destination, "mailboxes", &there,
	    err);
	for (size_t i = 0; i < here.n && result == 0; i++) {
		const char *name = here.items[i].name;

		result = destination_list_find(&there, name) != NULL ?
		    key_object_merge(c->from, c->to, name, err) :
		    copy_object(c, name, err);
	}
	destination_list_free(&here);
	destination_list_free(&there);
	return result;
}

/* A backup may run beside us: what is listed first needs nothing that is not
 * in what is listed later, and goes last. */
static int
copy_all(struct copy *c, const struct destination_list *snapshots,
    const struct destination_list *indexes, struct err *err)
{
	int64_t others = 0;

	if (copy_folder(c, "packs", &c->result->packs, err) < 0 ||
	    copy_listed(c, indexes, "index", &others, err) < 0 ||
	    copy_keys(c, err) < 0 ||
	    copy_folder(c, "keys", &others, err) < 0)
		return -1;
	return copy_listed(c, snapshots, "snapshots", &c->result->snapshots,
	    err);
}

/* Indexes and snapshots are sealed with the same key, packs as well. */
int
repository_copy(struct repository *from, struct repository *to,
    const volatile sig_atomic_t *stop, struct repository_copy_result *result,
    struct err *err)
{
	struct copy c = {from, to, stop, result};
	struct destination_list snapshots = {NULL, 0}, indexes = {NULL, 0};
	int status = -1;

	memset(result, 0, sizeof(*result));
	if (strcmp(from->keys->check, to->keys->check) != 0)
		return err_set(err, ERR_USAGE, "the two have different "
		    "repository keys: make the second one with `init --like'");
	if (destination_list(from->destination, "snapshots", &snapshots,
	    err) == 0 &&
	    destination_list(from->destination, "index", &indexes, err) == 0)
		status = copy_all(&c, &snapshots, &indexes, err);
	destination_list_free(&snapshots);
	destination_list_free(&indexes);
	return status;
}
