/* SPDX-License-Identifier: ISC */
/* Where a shorter length ends, the state of the hash is copied and closed. */
#include "auth/body_hash.h"

#include <assert.h>
#include <stdlib.h>

struct pass {
	struct body_hash *items[BODY_HASH_MAX]; /* by length */
	size_t n, at;
	uint64_t taken;
	struct sha256 hash;
};

const struct body_hash *
body_hashes_get(const struct body_hashes *hashes, enum canon canon,
    uint64_t length)
{
	for (size_t i = 0; i < hashes->n; i++)
		if (hashes->items[i].canon == canon &&
		    hashes->items[i].length == length)
			return &hashes->items[i];
	return NULL;
}

void
body_hashes_want(struct body_hashes *hashes, enum canon canon, uint64_t length)
{
	if (body_hashes_get(hashes, canon, length) != NULL)
		return;
	assert(hashes->n < BODY_HASH_MAX);
	hashes->items[hashes->n++] = (struct body_hash){.canon = canon,
	    .length = length};
}

static void
take(void *cookie, const void *octets, size_t n)
{
	struct pass *pass = cookie;
	const char *p = octets;

	while (pass->at < pass->n &&
	    pass->items[pass->at]->length - pass->taken <= n) {
		struct body_hash *item = pass->items[pass->at++];
		size_t part = (size_t)(item->length - pass->taken);
		struct sha256 copy;

		sha256_add(&pass->hash, p, part);
		copy = pass->hash;
		sha256_end(&copy, item->digest);
		p += part;
		n -= part;
		pass->taken += part;
	}
	pass->taken += n;
	if (pass->at < pass->n)
		sha256_add(&pass->hash, p, n);
}

static int
compare_items(const void *a, const void *b)
{
	const struct body_hash *x = *(struct body_hash *const *)a;
	const struct body_hash *y = *(struct body_hash *const *)b;

	return (x->length > y->length) - (x->length < y->length);
}

static void
run_pass(struct pass *pass, enum canon canon, struct slice body)
{
	struct canon_sink sink = {take, pass};
	uint64_t total;

	if (pass->n == 0)
		return;
	qsort(pass->items, pass->n, sizeof(pass->items[0]), compare_items);
	take(pass, "", 0); /* l=0 */
	total = canon_body(canon, body, &sink);
	for (size_t i = 0; i < pass->n; i++)
		pass->items[i]->total = total;
	for (; pass->at < pass->n; pass->at++) {
		struct body_hash *item = pass->items[pass->at];

		item->too_short = item->length != BODY_HASH_WHOLE;
		if (!item->too_short)
			sha256_end(&pass->hash, item->digest);
	}
}

void
body_hashes_run(struct body_hashes *hashes, struct slice body)
{
	struct pass pass;

	for (int canon = CANON_SIMPLE; canon <= CANON_RELAXED; canon++) {
		pass.n = pass.at = 0;
		pass.taken = 0;
		for (size_t i = 0; i < hashes->n; i++)
			if (hashes->items[i].canon == (enum canon)canon)
				pass.items[pass.n++] = &hashes->items[i];
		sha256_init(&pass.hash);
		run_pass(&pass, (enum canon)canon, body);
	}
}
