/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LEARNER_H
#define FE_SCAN_LEARNER_H

#include "model.h"

/*
 * How a model learns.  One message at a time, as people file their mail; or
 * from many at once, which is the better the more there are: they are gone
 * through several times in a fixed random order.
 */

/* Learns one message.  Little happens where the model knew already. */
void learner_learn(struct model *m, const struct features *f, bool spam);
/* Takes one learning back, as far as that can be: the model then leans less
 * to what it had been told. */
void learner_unlearn(struct model *m, const struct features *f, bool spam);

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

/* Adds what these teach to a model; with `fold' < folds those whose number
 * modulo folds is `fold' are left out.  `f' is scratch room. */
void learner_train(struct model *m, const struct examples *e, size_t fold,
    size_t folds, struct features *f);

/* The average of two models, by what each has learned; into m. */
void learner_merge(struct model *m, const struct model *other);

#endif
