/* SPDX-License-Identifier: ISC */
/*
 * Sets of features as the differences of neighbours, since a hundred thousand
 * messages as they are would not fit into memory.
 */
#include "examples.h"

#include <stdlib.h>

#include "base/mem.h"

void
examples_init(struct examples *e)
{
	*e = (struct examples){.items = NULL};
}

void
examples_free(struct examples *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->items[i].packed);
	free(e->items);
	examples_init(e);
}

/* Differences of neighbours, seven bits an octet. */
static size_t
pack(uint8_t *out, const struct feature_set *set)
{
	uint32_t last = 0;
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		uint32_t step = set->items[i] - last;

		last = set->items[i];
		for (; step >= 128; step >>= 7)
			out[n++] = (uint8_t)(step | 128);
		out[n++] = (uint8_t)step;
	}
	return n;
}

static const uint8_t *
unpack(const uint8_t *p, size_t n, struct feature_set *set)
{
	uint32_t last = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t step = *p & 127;

		for (unsigned shift = 7; (*p++ & 128) != 0; shift += 7)
			step |= (uint32_t)(*p & 127) << shift;
		set->items[i] = last += step;
	}
	set->n = n;
	return p;
}

int
examples_add(struct examples *e, struct features *f, bool spam,
    struct err *err)
{
	uint8_t *packed = mem_alloc((f->grams.n + f->pairs.n) * 4 + 1);
	struct example *example;
	size_t n;

	features_sort(f);
	n = pack(packed, &f->grams);
	n += pack(packed + n, &f->pairs);
	e->size += n;
	if (e->size > EXAMPLES_SIZE_MAX) {
		free(packed);
		return err_set(err, ERR_SYSTEM, "these are more messages than "
		    "can be learned at once: %zu were read", e->n);
	}
	if (e->n == e->capacity) {
		e->capacity = e->capacity == 0 ? 256 : e->capacity * 2;
		e->items = mem_array(e->items, e->capacity, sizeof(*e->items));
	}
	example = &e->items[e->n++];
	*example = (struct example){mem_array(packed, n + 1, 1),
	    (uint32_t)f->grams.n, (uint32_t)f->pairs.n, spam};
	return 0;
}

void
example_unpack(const struct example *example, struct features *f)
{
	const uint8_t *p = unpack(example->packed, example->grams_n,
	    &f->grams);

	unpack(p, example->pairs_n, &f->pairs);
}
