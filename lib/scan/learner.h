/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LEARNER_H
#define FE_SCAN_LEARNER_H

#include "examples.h"
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

/* Adds what these teach to a model; with `fold' < folds those whose number
 * modulo folds is `fold' are left out.  `f' is scratch room. */
void learner_train(struct model *m, const struct examples *e, size_t fold,
    size_t folds, struct features *f);

/* The average of two models, by what each has learned; into m. */
void learner_merge(struct model *m, const struct model *other);

#endif
