/* SPDX-License-Identifier: ISC */
/* Pruning. */
#include "ops/prune.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "ops/usage.h"

enum fate { KEEP, REWRITE, REMOVE };

struct prune {
	struct repository *r;
	struct repository *to; /* where rewritten blobs go */
	const struct prune_options *options;
	struct prune_result *result;
	struct usage usage;
	enum fate *fates; /* of each pack */
};

static void
decide(struct prune *p)
{
	const struct blob_index *index = &p->r->index;
	int64_t *live = mem_zalloc((index->packs_n + 1) * sizeof(*live));

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
	free(live);
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
		if (p->fates[p->r->index.blobs[i].pack] != REWRITE ||
		    !p->usage.blobs[i].used)
			continue;
		if (p->options->stop != NULL && *p->options->stop != 0)
			result = err_set(err, ERR_SYSTEM, "interrupted: "
			    "nothing was removed");
		else
			result = move_blob(p, i, &octets, err);
	}
	buf_free(&octets);
	return result < 0 ? -1 : repository_flush(p->to, err);
}

/* One index object of all packs that stay. */
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
		if (p->fates[i] == KEEP)
			blob_index_format(&text, &index->packs[i],
			    blobs + starts[i], ends[i] - starts[i]);
	if (text.n > 0) {
		random_octets(id, sizeof(id));
		hex_encode(id, sizeof(id), name + 6);
		result = repository_put_object(p->r, name, buf_slice(&text),
		    err);
	}
	free(blobs);
	free(starts);
	free(ends);
	buf_free(&text);
	return result;
}

static int
remove_all(struct prune *p, const struct destination_list *list,
    struct err *err)
{
	for (size_t i = 0; i < list->n; i++)
		if (destination_remove(p->r->destination,
			list->items[i].name, err) < 0)
			return -1;
	return 0;
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
remove_packs(struct prune *p, const struct destination_list *unnamed,
    struct err *err)
{
	char name[REPOSITORY_PACK_NAME_SIZE];

	for (size_t i = 0; i < p->r->index.packs_n; i++) {
		if (p->fates[i] == KEEP)
			continue;
		repository_pack_name(p->r->index.packs[i].id, name);
		if (destination_remove(p->r->destination, name, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < unnamed->n; i++)
		if (!is_named(p, unnamed->items[i].name) &&
		    destination_remove(p->r->destination,
		    unnamed->items[i].name, err) < 0)
			return -1;
	return 0;
}

static int
apply(struct prune *p, const struct destination_list *packs,
    const struct destination_list *indexes, struct err *err)
{
	bool changes = p->result->removed + p->result->rewritten > 0 ||
	    indexes->n > 16;

	if (changes) {
		p->to = repository_open(p->r->destination, p->r->keys, err);
		if (p->to == NULL)
			return -1;
		p->to->has_index = true; /* an empty one */
		if (rewrite(p, err) < 0 || write_kept_index(p, err) < 0 ||
		    remove_all(p, indexes, err) < 0)
			return -1;
	}
	return remove_packs(p, packs, err);
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
	if (usage_read(&p.usage, r, err) == 0 &&
	    destination_list(r->destination, "packs", &packs, err) == 0 &&
	    destination_list(r->destination, "index", &indexes, err) == 0 &&
	    /* What has gone has no snapshots, and would need nothing. */
	    repository_is_there(r, err) == 0) {
		decide(&p);
		for (size_t i = 0; i < packs.n; i++)
			result->unindexed += !is_named(&p,
			    packs.items[i].name);
		status = options->dry_run ? 0 : apply(&p, &packs, &indexes,
		    err);
		if (status == 0 && !options->dry_run)
			status = destination_tidy(r->destination, err);
	}
	repository_close(p.to);
	usage_free(&p.usage);
	destination_list_free(&packs);
	destination_list_free(&indexes);
	free(p.fates);
	return status;
}
