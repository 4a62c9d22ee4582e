/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_EXAMPLES_H
#define FE_SCAN_EXAMPLES_H

#include "base/err.h"
#include "feature.h"

/* Messages to learn from at once, packed: about two octets a feature. */
#define EXAMPLES_SIZE_MAX ((size_t)1 << 30)
struct example {
	uint8_t *packed;
	uint32_t grams_n, pairs_n;
	bool spam;
};
struct examples {
	struct example *items;
	size_t n, capacity, size;
};
void examples_init(struct examples *e);
void examples_free(struct examples *e);
/* ERR_SYSTEM over EXAMPLES_SIZE_MAX. */
int examples_add(struct examples *e, struct features *f, bool spam,
    struct err *err);
/* Fills the sets of f. */
void example_unpack(const struct example *example, struct features *f);

#endif
