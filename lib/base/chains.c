/* SPDX-License-Identifier: ISC */
/*
 * Hash chains, as many as there are entries.
 */
#include "chains.h"

#include <stdlib.h>

#include "mem.h"

static size_t
heads_for(size_t n)
{
	size_t heads = 1;

	while (heads < n)
		heads *= 2;
	return heads;
}

size_t
chains_size(size_t n)
{
	return (heads_for(n) + n + 1) * sizeof(size_t);
}

void
chains_place(struct chains *c, size_t n, void *memory)
{
	size_t heads = heads_for(n);

	*c = (struct chains){memory, (size_t *)memory + heads, heads - 1};
}

void
chains_init(struct chains *c, size_t n)
{
	chains_place(c, n, mem_zalloc(chains_size(n)));
}

void
chains_free(struct chains *c)
{
	free(c->heads); /* and what lies behind them */
	*c = (struct chains){NULL, NULL, 0};
}

void
chains_add(struct chains *c, uint64_t hash, size_t entry)
{
	size_t *head = &c->heads[hash & c->mask];

	c->next[entry] = *head;
	*head = entry + 1;
}

void
chains_remove(struct chains *c, uint64_t hash, size_t entry)
{
	size_t *at = &c->heads[hash & c->mask];

	while (*at != 0 && *at != entry + 1)
		at = &c->next[*at - 1];
	if (*at != 0)
		*at = c->next[entry];
}

ptrdiff_t
chains_first(const struct chains *c, uint64_t hash)
{
	return (ptrdiff_t)c->heads[hash & c->mask] - 1;
}

ptrdiff_t
chains_next(const struct chains *c, ptrdiff_t entry)
{
	return (ptrdiff_t)c->next[entry] - 1;
}
