/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LEARN_DESK_VERBS_H
#define FE_SCAN_LEARN_DESK_VERBS_H

#include "scan/learn_desk.h"

/* What fe-learn does with messages and models that were read (learn_desk.h).
 * What is to be said is put into desk->out. */
typedef int learn_verb_run(struct learn_desk *desk, struct err *err);

learn_verb_run learn_run_learn, learn_run_unlearn, learn_run_train,
    learn_run_test, learn_run_eval, learn_run_cross_validate, learn_run_diff,
    learn_run_info, learn_run_merge;

#endif
