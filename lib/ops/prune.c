/* SPDX-License-Identifier: ISC */
/* Pruning. */
#include "ops/prune.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "ops/usage.h"

/* REWRITE: when its turn has come it is NOW, and after that GONE. */
enum fate { KEEP, REWRITE, REMOVE, NOW, GONE };

struct prune {
	struct repository *r;
	struct repository *to; /* where rewritten blobs go */
	const struct prune_options *options;
	struct prune_result *result;
	struct usage usage;
	enum fate *fates; /* of each pack */
	int64_t *live;    /* octets of each pack that are needed */
	struct destination_list ours; /* index objects of rewritten packs */
};

static void
decide(struct prune *p)
{
	const struct blob_index *index = &p->r->index;
	int64_t *live = p->live;

	for (size_t i = 0; i < index->blobs_n; i++)
		live[index->blobs[i].pack] += usage_live(&p->usage, p->r, i);
	for (size_t i = 0; i < index->packs_n; i++) {
		int64_t octets = index->packs[i].octets;
		int64_t dead = octets - live[i];

		if (live[i] == 0)
			p->fates[i] = REMOVE;
		else if (dead * 100 > octets * p->options->waste &&
		    dead > 4096 && (index->packs[i].kind == PACK_META ||
			p->r->keys->can_read))
			p->fates[i] = REWRITE;
		p->result->packs++;
		p->result->octets_before += octets;
		p->result->octets_after += p->fates[i] == KEEP ? octets :
		    p->fates[i] == REWRITE ? live[i] : 0;
		p->result->removed += p->fates[i] == REMOVE;
		p->result->rewritten += p->fates[i] == REWRITE;
	}
}

/* Zeros for the pages that nobody needs; false where all are needed. */
static bool
thin(const struct usage_blob *use, struct buf *octets)
{
	bool thinned = false;

	if (use->unit == 0)
		return false;
	for (size_t i = 0; i < octets->n / use->unit; i++) {
		if (usage_has_page(use, i))
			continue;
		memset(octets->p + i * use->unit, 0, use->unit);
		thinned = true;
	}
	return thinned;
}

static int
move_blob(struct prune *p, size_t number, struct buf *octets, struct err *err)
{
	const struct blob *blob = &p->r->index.blobs[number].blob;
	bool was_thinned = (blob->kind & BLOB_IS_THINNED) != 0;

	if (repository_get(p->r, blob->id, octets, err) < 0)
		return -1;
	if (thin(&p->usage.blobs[number], octets) || was_thinned)
		return repository_put_thinned(p->to, blob->id,
		    buf_slice(octets), err);
	return repository_put(p->to, blob->id, blob_kind(blob),
	    buf_slice(octets), err);
}

static int
rewrite(struct prune *p, struct err *err)
{
	struct buf octets = BUF_INIT;
	int result = 0;

	for (size_t i = 0; i < p->r->index.blobs_n && result == 0; i++) {
		if (p->fates[p->r->index.blobs[i].pack] != NOW ||
		    !p->usage.blobs[i].used)
			continue;
		if (p->options->stop != NULL && *p->options->stop != 0)
			result = err_set(err, ERR_SYSTEM, "interrupted: "
			    "the next prune goes on");
		else
			result = move_blob(p, i, &octets, err);
	}
	buf_free(&octets);
	return result < 0 ? -1 : repository_flush(p->to, err);
}

/* One index object of all packs that stay; on a full disk the reserve makes
 * room for it. */
static int
write_kept_index(struct prune *p, struct err *err)
{
	const struct blob_index *index = &p->r->index;
	struct buf text = BUF_INIT;
	unsigned char id[PACK_ID_SIZE];
	char name[64] = "index/";
	struct blob *blobs = mem_array(NULL, index->blobs_n + 1,
	    sizeof(*blobs));
	size_t *starts = mem_zalloc((index->packs_n + 2) * sizeof(*starts));
	size_t *ends = mem_zalloc((index->packs_n + 1) * sizeof(*ends));
	int result = 0;

	/* Sorted by pack: counted, then placed. */
	for (size_t i = 0; i < index->blobs_n; i++)
		starts[index->blobs[i].pack + 1]++;
	for (size_t i = 0; i < index->packs_n; i++) {
		starts[i + 1] += starts[i];
		ends[i] = starts[i];
	}
	for (size_t i = 0; i < index->blobs_n; i++)
		blobs[ends[index->blobs[i].pack]++] = index->blobs[i].blob;
	for (size_t i = 0; i < index->packs_n; i++)
		if (p->fates[i] == KEEP || p->fates[i] == REWRITE)
			blob_index_format(&text, &index->packs[i],
			    blobs + starts[i], ends[i] - starts[i]);
	if (text.n > 0) {
		random_octets(id, sizeof(id));
		hex_encode(id, sizeof(id), name + 6);
		result = repository_put_object(p->r, name, buf_slice(&text),
		    err);
		if (result < 0 && destination_remove(p->r->destination,
			REPOSITORY_RESERVE, NULL) == 0) {
			err_clear(err);
			result = repository_put_object(p->r, name,
			    buf_slice(&text), err);
		}
	}
	free(blobs);
	free(starts);
	free(ends);
	buf_free(&text);
	return result;
}

/* Packs that no index names: a backup was killed before it could. */
static bool
is_named(const struct prune *p, const char *name)
{
	char other[REPOSITORY_PACK_NAME_SIZE];

	for (size_t i = 0; i < p->r->index.packs_n; i++) {
		repository_pack_name(p->r->index.packs[i].id, other);
		if (strcmp(name, other) == 0)
			return true;
	}
	return false;
}

static int
remove_packs(struct prune *p, enum fate fate, struct err *err)
{
	char name[REPOSITORY_PACK_NAME_SIZE];

	for (size_t i = 0; i < p->r->index.packs_n; i++) {
		if (p->fates[i] != fate)
			continue;
		repository_pack_name(p->r->index.packs[i].id, name);
		if (destination_remove(p->r->destination, name, err) < 0)
			return -1;
	}
	return 0;
}

static int
remove_unnamed(struct prune *p, const struct destination_list *packs,
    struct err *err)
{
	for (size_t i = 0; i < packs->n; i++)
		if (!is_named(p, packs->items[i].name) &&
		    destination_remove(p->r->destination,
		    packs->items[i].name, err) < 0)
			return -1;
	return 0;
}

/* What has come to the index meanwhile names packs that were written anew. */
static int
take_ours(struct prune *p, const struct destination_list *old,
    struct err *err)
{
	struct destination_list now = {NULL, 0};

	if (destination_list(p->r->destination, "index", &now, err) < 0)
		return -1;
	for (size_t i = 0; i < now.n; i++)
		if (destination_list_find(old, now.items[i].name) == NULL)
			destination_list_add(&p->ours, now.items[i].name, 0);
	destination_list_free(&now);
	return 0;
}

static int
remove_old(struct prune *p, const struct destination_list *old,
    struct err *err)
{
	for (size_t i = 0; i < old->n; i++) {
		bool keep = false;

		for (size_t j = 0; j < p->ours.n && !keep; j++)
			keep = strcmp(p->ours.items[j].name,
			    old->items[i].name) == 0;
		if (!keep && destination_remove(p->r->destination,
			old->items[i].name, err) < 0)
			return -1;
	}
	return 0;
}

/* A new index in place of those that are there, then the packs that it does
 * not name: those of that fate. */
static int
replace_index(struct prune *p, enum fate goes, struct err *err)
{
	struct destination_list old = {NULL, 0};
	int result = destination_list(p->r->destination, "index", &old, err);

	if (result == 0 && goes == NOW) {
		repository_close(p->to);
		p->to = repository_open(p->r->destination, p->r->keys, err);
		result = p->to == NULL ? -1 : 0;
		if (result == 0) {
			p->to->has_index = true; /* an empty one */
			result = rewrite(p, err);
		}
		if (result == 0)
			result = take_ours(p, &old, err);
	}
	if (result == 0)
		result = write_kept_index(p, err);
	if (result == 0)
		result = remove_old(p, &old, err);
	if (result == 0)
		result = remove_packs(p, goes, err);
	destination_list_free(&old);
	return result;
}

static void
change_fates(struct prune *p, enum fate from, enum fate to)
{
	for (size_t i = 0; i < p->r->index.packs_n; i++)
		if (p->fates[i] == from)
			p->fates[i] = to;
}

/* Takes away what an attempt wrote that there was no room for: all but what
 * was there before. */
static int
roll_back(struct prune *p, const struct destination_list *indexes,
    struct err *err)
{
	struct destination_list now = {NULL, 0};
	int result = destination_list(p->r->destination, "index", &now, err);

	for (size_t i = 0; i < now.n && result == 0; i++)
		if (destination_list_find(indexes, now.items[i].name) == NULL)
			result = destination_remove(p->r->destination,
			    now.items[i].name, err);
	destination_list_free(&now);
	if (result == 0)
		result = destination_list(p->r->destination, "packs", &now,
		    err);
	if (result == 0)
		result = remove_unnamed(p, &now, err);
	destination_list_free(&now);
	destination_list_free(&p->ours);
	return result;
}

/* Is the index as it was, but for what came to it?  Else the old packs may not
 * be needed any more, and the new ones are. */
static bool
is_untouched(struct prune *p, const struct destination_list *indexes)
{
	struct destination_list now = {NULL, 0};
	bool all = destination_list(p->r->destination, "index", &now,
	    NULL) == 0;

	for (size_t i = 0; i < indexes->n && all; i++)
		all = destination_list_find(&now, indexes->items[i].name) !=
		    NULL;
	destination_list_free(&now);
	return all;
}

/* One by one, from the pack of which least is to be written. */
static int
rewrite_each(struct prune *p, struct err *err)
{
	for (;;) {
		size_t least = SIZE_MAX;

		for (size_t i = 0; i < p->r->index.packs_n; i++)
			if (p->fates[i] == REWRITE && (least == SIZE_MAX ||
				p->live[i] < p->live[least]))
				least = i;
		if (least == SIZE_MAX)
			return 0;
		p->fates[least] = NOW;
		if (replace_index(p, NOW, err) < 0)
			return -1;
		p->fates[least] = GONE;
	}
}

/* All at once, if there is room for that. */
static int
rewrite_all(struct prune *p, struct err *err)
{
	struct destination_list indexes = {NULL, 0};
	int result = destination_list(p->r->destination, "index", &indexes,
	    err);

	change_fates(p, REWRITE, NOW);
	if (result == 0)
		result = replace_index(p, NOW, err);
	if (result < 0 && err->kind == ERR_SYSTEM && destination_has_disk(
		p->r->destination) && (p->options->stop == NULL ||
		*p->options->stop == 0) && is_untouched(p, &indexes)) {
		change_fates(p, NOW, REWRITE);
		result = roll_back(p, &indexes, err);
		/* With it there is room for the first of them. */
		if (result == 0)
			result = destination_remove(p->r->destination,
			    REPOSITORY_RESERVE, err);
		if (result == 0)
			result = rewrite_each(p, err);
	}
	destination_list_free(&indexes);
	return result;
}

/* First what takes no room, or that of an index; what frees more, but takes
 * as much before, has the room then. */
static int
apply(struct prune *p, const struct destination_list *packs, size_t indexes,
    struct err *err)
{
	if (destination_tidy(p->r->destination, err) < 0 ||
	    remove_unnamed(p, packs, err) < 0)
		return -1;
	if ((p->result->removed > 0 || indexes > 16) &&
	    replace_index(p, REMOVE, err) < 0)
		return -1;
	change_fates(p, REMOVE, GONE);
	return p->result->rewritten == 0 ? 0 : rewrite_all(p, err);
}

int
prune_run(struct repository *r, const struct prune_options *options,
    struct prune_result *result, struct err *err)
{
	struct prune p = {.r = r, .options = options, .result = result};
	struct destination_list packs = {NULL, 0}, indexes = {NULL, 0};
	int status = -1;

	memset(result, 0, sizeof(*result));
	p.fates = mem_zalloc((r->index.packs_n + 1) * sizeof(*p.fates));
	p.live = mem_zalloc((r->index.packs_n + 1) * sizeof(*p.live));
	if (usage_read(&p.usage, r, err) == 0 &&
	    destination_list(r->destination, "packs", &packs, err) == 0 &&
	    destination_list(r->destination, "index", &indexes, err) == 0 &&
	    /* What has gone has no snapshots, and would need nothing. */
	    repository_is_there(r, err) == 0) {
		decide(&p);
		for (size_t i = 0; i < packs.n; i++) {
			if (is_named(&p, packs.items[i].name))
				continue;
			result->unindexed++;
			result->octets_before += packs.items[i].size;
		}
		status = options->dry_run ? 0 : apply(&p, &packs, indexes.n,
		    err);
		if (!options->dry_run)
			repository_keep_reserve(r);
	}
	repository_close(p.to);
	usage_free(&p.usage);
	destination_list_free(&packs);
	destination_list_free(&indexes);
	destination_list_free(&p.ours);
	free(p.fates);
	free(p.live);
	return status;
}
