/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LEARN_DESK_H
#define FE_SCAN_LEARN_DESK_H

#include "record/filter.h"
#include "scan/learner.h"

/*
 * What fe-learn does with a model.  All messages are read first; then the
 * model is locked, changed and replaced, so that a stream that breaks teaches
 * nothing and may simply be learned again.
 */
enum learn_form { LEARN_TEXT, LEARN_JSON, LEARN_SVG };

struct learn_conf {
	struct filter_conf filter;
	const char *model; /* NULL: model/site.model of the home */
	int form;          /* enum learn_form */
	int64_t folds;
};

struct learn_desk {
	const struct learn_conf *conf;
	const struct learn_verb *verb;
	char **words; /* behind the verb */
	int words_n;
	struct buf path;
	struct model model, other;
	struct features features;
	struct examples examples;
	char **names; /* of the examples */
	struct buf out;
};

/* Finds the verb of the words.  ERR_USAGE; closed by the caller in any case.
 */
int learn_desk_open(struct learn_desk *desk, const struct learn_conf *conf,
    struct err *err);
void learn_desk_close(struct learn_desk *desk);
/* Does the verb ask for messages? */
bool learn_desk_reads(const struct learn_desk *desk);
/* Enters the sandbox: the models that the verb needs, and no more. */
int learn_desk_confine(const struct learn_desk *desk, struct err *err);
/* One more message to learn from or to look at.  ERR_USAGE where the verb
 * wants a label, and the record has none. */
int learn_desk_take(struct learn_desk *desk, const struct record *r,
    struct err *err);
/* With all messages taken: the work, and what there is to say of it. */
int learn_desk_run(struct learn_desk *desk, struct err *err);

#endif
