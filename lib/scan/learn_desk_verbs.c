/* SPDX-License-Identifier: ISC */
#include "scan/learn_desk_verbs.h"

#include "base/clock.h"
#include "base/json.h"
#include "scan/evaluation.h"

int
learn_run_learn(struct learn_desk *desk, struct err *err)
{
	for (size_t i = 0; i < desk->examples.n; i++) {
		example_unpack(&desk->examples.items[i], &desk->features);
		learner_learn(&desk->model, &desk->features,
		    desk->examples.items[i].spam);
	}
	return model_write(&desk->model, buf_text(&desk->path), err);
}

int
learn_run_unlearn(struct learn_desk *desk, struct err *err)
{
	for (size_t i = 0; i < desk->examples.n; i++) {
		example_unpack(&desk->examples.items[i], &desk->features);
		learner_unlearn(&desk->model, &desk->features,
		    desk->examples.items[i].spam);
	}
	return model_write(&desk->model, buf_text(&desk->path), err);
}

int
learn_run_train(struct learn_desk *desk, struct err *err)
{
	learner_train(&desk->model, &desk->examples, 1, 1, &desk->features);
	return model_write(&desk->model, buf_text(&desk->path), err);
}

static double
score(struct learn_desk *desk, const struct model *m, size_t i)
{
	struct model_scores scores;

	example_unpack(&desk->examples.items[i], &desk->features);
	model_score(m, &desk->features, &scores);
	return scores.spam;
}

int
learn_run_test(struct learn_desk *desk, struct err *err)
{
	(void)err;
	for (size_t i = 0; i < desk->examples.n; i++) {
		double spam = score(desk, &desk->model, i);

		buf_format(&desk->out, "%.4f %s %s\n", spam,
		    model_is_blind(&desk->model) ? "unknown" :
		    spam >= 0.5 ? "spam" : "ham", desk->names[i]);
	}
	return 0;
}

static void
put_evaluation(struct learn_desk *desk, struct evaluation *e)
{
	struct evaluation_result result;

	evaluation_compute(e, &result);
	if (desk->conf->form == LEARN_TEXT)
		evaluation_text(&result, &desk->out);
	else if (desk->conf->form == LEARN_JSON)
		evaluation_json(&result, &desk->out);
	else
		evaluation_svg(e, &desk->out);
	evaluation_free(e);
}

int
learn_run_eval(struct learn_desk *desk, struct err *err)
{
	struct evaluation e = EVALUATION_INIT;

	(void)err;
	for (size_t i = 0; i < desk->examples.n; i++)
		evaluation_add(&e, score(desk, &desk->model, i),
		    desk->examples.items[i].spam);
	put_evaluation(desk, &e);
	return 0;
}

/* Neighbours of a stream are often alike: they are dealt out in turn. */
int
learn_run_cross_validate(struct learn_desk *desk, struct err *err)
{
	struct evaluation e = EVALUATION_INIT;
	size_t folds = (size_t)desk->conf->folds;

	(void)err;
	for (size_t fold = 0; fold < folds; fold++) {
		struct model m;

		model_init(&m);
		learner_train(&m, &desk->examples, fold, folds,
		    &desk->features);
		for (size_t i = fold; i < desk->examples.n; i += folds)
			evaluation_add(&e, score(desk, &m, i),
			    desk->examples.items[i].spam);
		model_free(&m);
	}
	put_evaluation(desk, &e);
	return 0;
}

/* Whom another model would judge otherwise. */
int
learn_run_diff(struct learn_desk *desk, struct err *err)
{
	size_t changed = 0;

	if (model_read(&desk->model, desk->words[0], err) < 0 ||
	    model_read(&desk->other, desk->words[1], err) < 0)
		return -1;
	for (size_t i = 0; i < desk->examples.n; i++) {
		double before = score(desk, &desk->model, i);
		double after = score(desk, &desk->other, i);

		if ((before >= 0.5) == (after >= 0.5))
			continue;
		changed++;
		buf_format(&desk->out, "%.4f %.4f %s %s\n", before, after,
		    after >= 0.5 ? "spam" : "ham", desk->names[i]);
	}
	buf_format(&desk->out, "%zu of %zu messages are judged otherwise\n",
	    changed, desk->examples.n);
	return 0;
}

int
learn_run_info(struct learn_desk *desk, struct err *err)
{
	const struct model_head *head = &desk->model.head;
	struct json_writer w = JSON_WRITER(&desk->out);
	char changed[CLOCK_TEXT_SIZE];

	(void)err;
	clock_rfc3339(head->changed_ms, changed);
	if (desk->conf->form == LEARN_JSON) {
		json_open_object(&w, NULL);
		json_put_integer(&w, "version", head->version);
		json_put_integer(&w, "spam", (int64_t)head->spam);
		json_put_integer(&w, "ham", (int64_t)head->ham);
		json_put_text(&w, "changed", changed);
		json_close_object(&w);
		buf_append_char(&desk->out, '\n');
		return 0;
	}
	buf_format(&desk->out, "version   %u\nlearned   %llu spam, %llu ham\n"
	    "changed   %s\nfusion    %.3f %+.3f grams %+.3f pairs\n",
	    (unsigned)head->version, (unsigned long long)head->spam,
	    (unsigned long long)head->ham, changed, head->fusion[0],
	    head->fusion[1], head->fusion[2]);
	return 0;
}

int
learn_run_merge(struct learn_desk *desk, struct err *err)
{
	for (int i = 0; i < desk->words_n; i++) {
		if (model_read(&desk->other, desk->words[i], err) < 0)
			return -1;
		learner_merge(&desk->model, &desk->other);
	}
	return model_write(&desk->model, buf_text(&desk->path), err);
}
