/* SPDX-License-Identifier: ISC */
/*
 * fe-learn: trains, tests and compares spam models.  All messages are read
 * first; then the model is locked, changed and replaced, so that a stream
 * that breaks teaches nothing and may simply be learned again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "mail/charset.h"
#include "record/filter.h"
#include "record/render.h"
#include "scan/evaluation.h"
#include "scan/learner.h"

enum { FORM_TEXT, FORM_JSON, FORM_SVG };

struct learn_conf {
	struct filter_conf filter;
	const char *model;
	int form;
	int64_t folds;
};

#define AT(member) offsetof(struct learn_conf, member)
static const struct option_def options[] = {
    CMD_OPTIONS(struct learn_conf, filter.cmd),
    {OPTION_TEXT, 'm', "model", AT(model), "FILE",
	.help = "the model (default: model/site.model of the home)"},
    {OPTION_CHOICE, 'i', "input", AT(filter.input), "FORM", "auto",
	"auto|mail|record", .flags = OPTION_PER_RUN,
	.help = "what comes in: one message, or a stream of records"},
    {OPTION_CHOICE, 'o', "output", AT(form), "FORM", "text",
	"text|json|svg", .flags = OPTION_PER_RUN,
	.help = "how measures are written; svg is the ROC curve"},
    {OPTION_NUMBER, 0, "folds", AT(folds), "N", "4", .min = 2, .max = 20,
	.flags = OPTION_PER_RUN, .help = "parts of cross-validate"},
    {OPTION_SIZE, 0, "size-max", AT(filter.size_max), "SIZE", "50M",
	.flags = OPTION_SHARED, .help = "largest message"},
    {OPTION_END}};

static const struct cmd learn_cmd = {.name = "fe-learn",
    .synopsis = "[options] spam | ham | train < messages\n"
		"[options] unlearn spam | ham < messages\n"
		"[options] test | eval | cross-validate < messages\n"
		"[options] diff OLD NEW < messages\n"
		"[options] info\n"
		"[options] merge FILE...",
    .summary = "train, test and compare spam models",
    .options = options};

struct learn {
	const struct learn_conf *conf;
	char **words; /* behind the verb */
	int words_n;
	struct buf path;
	struct model model, other;
	struct features features;
	struct examples examples;
	char **names; /* of the examples */
	struct buf out;
};

enum label { LABEL_NONE, LABEL_SPAM, LABEL_HAM };
enum { TAKES_LABELS = 1, TAKES_NONE = 2, TAKES_WORDS = 4, TAKES_CLASS = 8,
	CHANGES = 16, STARTS_NEW = 32, NEEDS_NO_MODEL = 64 };

struct verb {
	const char *name;
	unsigned flags;
	int (*run)(struct learn *l, struct err *err);
};

static enum label
label_of(struct slice text)
{
	if (slice_is(text, "spam") || slice_is(text, "phish"))
		return LABEL_SPAM;
	return slice_is(text, "ham") ? LABEL_HAM : LABEL_NONE;
}

/* Path where there is one, else the id. */
static char *
name_of(const struct record *r)
{
	struct buf text = BUF_INIT, safe = BUF_INIT;

	if (json_string(meta_at(&r->meta, "source.path"), &text) < 0 ||
	    text.n == 0)
		json_string(meta_get(&r->meta, "id"), &text);
	render_safe(&safe, buf_slice(&text));
	buf_free(&text);
	return buf_take(&safe, NULL);
}

static int
read_record(struct learn *l, const struct record *r, enum label all,
    bool labels, struct err *err)
{
	enum label label = all;
	char *name = name_of(r);

	if (labels)
		label = label_of(json_plain(meta_at(&r->meta,
		    "source.label")));
	if (labels && label == LABEL_NONE) {
		err_set(err, ERR_USAGE, "'%s' is labelled neither spam nor "
		    "ham: use fe-cat --label", name);
		free(name);
		return -1;
	}
	features_make(&l->features, buf_slice(&r->body));
	if ((l->examples.n & (l->examples.n - 1)) == 0)
		l->names = mem_array(l->names, l->examples.n == 0 ? 1 :
		    l->examples.n * 2, sizeof(*l->names));
	l->names[l->examples.n] = name;
	if (examples_add(&l->examples, &l->features, label == LABEL_SPAM,
	    err) < 0) {
		free(name);
		return -1;
	}
	return 0;
}

/* All or nothing. */
static bool
read_messages(struct learn *l, struct filter *f, enum label all, bool labels)
{
	struct err err = ERR_INIT;
	struct record *r;
	bool failed = false;

	while (!failed && (r = filter_next(f)) != NULL) {
		if (read_record(l, r, all, labels, &err) < 0) {
			output_fail(&f->output, &err);
			failed = true;
		}
		record_free(r);
	}
	return !f->output.broken;
}

/* Others wait here until the model is written. */
static int
lock_model(struct learn *l, struct err *err)
{
	struct buf path = BUF_INIT;
	int fd;

	buf_format(&path, "%s.lock", buf_text(&l->path));
	fd = open(buf_text(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		err_errno(err, "cannot lock '%s'", buf_text(&path));
	buf_free(&path);
	return fd < 0 || err->kind != ERR_NONE ? -1 : 0;
}

static int
run_learn(struct learn *l, struct err *err)
{
	for (size_t i = 0; i < l->examples.n; i++) {
		example_unpack(&l->examples.items[i], &l->features);
		learner_learn(&l->model, &l->features,
		    l->examples.items[i].spam);
	}
	return model_write(&l->model, buf_text(&l->path), err);
}

static int
run_unlearn(struct learn *l, struct err *err)
{
	for (size_t i = 0; i < l->examples.n; i++) {
		example_unpack(&l->examples.items[i], &l->features);
		learner_unlearn(&l->model, &l->features,
		    l->examples.items[i].spam);
	}
	return model_write(&l->model, buf_text(&l->path), err);
}

static int
run_train(struct learn *l, struct err *err)
{
	learner_train(&l->model, &l->examples, 1, 1, &l->features);
	return model_write(&l->model, buf_text(&l->path), err);
}

static double
score(struct learn *l, const struct model *m, size_t i)
{
	struct model_scores scores;

	example_unpack(&l->examples.items[i], &l->features);
	model_score(m, &l->features, &scores);
	return scores.spam;
}

static int
run_test(struct learn *l, struct err *err)
{
	(void)err;
	for (size_t i = 0; i < l->examples.n; i++) {
		double spam = score(l, &l->model, i);

		buf_format(&l->out, "%.4f %s %s\n", spam,
		    model_is_blind(&l->model) ? "unknown" :
		    spam >= 0.5 ? "spam" : "ham", l->names[i]);
	}
	return 0;
}

static void
put_evaluation(struct learn *l, struct evaluation *e)
{
	struct evaluation_result result;

	evaluation_compute(e, &result);
	if (l->conf->form == FORM_TEXT)
		evaluation_text(&result, &l->out);
	else if (l->conf->form == FORM_JSON)
		evaluation_json(&result, &l->out);
	else
		evaluation_svg(e, &l->out);
	evaluation_free(e);
}

static int
run_eval(struct learn *l, struct err *err)
{
	struct evaluation e = EVALUATION_INIT;

	(void)err;
	for (size_t i = 0; i < l->examples.n; i++)
		evaluation_add(&e, score(l, &l->model, i),
		    l->examples.items[i].spam);
	put_evaluation(l, &e);
	return 0;
}

/* Neighbours of a stream are often alike: they are dealt out in turn. */
static int
run_cross_validate(struct learn *l, struct err *err)
{
	struct evaluation e = EVALUATION_INIT;
	size_t folds = (size_t)l->conf->folds;

	(void)err;
	for (size_t fold = 0; fold < folds; fold++) {
		struct model m;

		model_init(&m);
		learner_train(&m, &l->examples, fold, folds, &l->features);
		for (size_t i = fold; i < l->examples.n; i += folds)
			evaluation_add(&e, score(l, &m, i),
			    l->examples.items[i].spam);
		model_free(&m);
	}
	put_evaluation(l, &e);
	return 0;
}

/* Whom another model would judge otherwise. */
static int
run_diff(struct learn *l, struct err *err)
{
	size_t changed = 0;

	if (model_read(&l->model, l->words[0], err) < 0 ||
	    model_read(&l->other, l->words[1], err) < 0)
		return -1;
	for (size_t i = 0; i < l->examples.n; i++) {
		double before = score(l, &l->model, i);
		double after = score(l, &l->other, i);

		if ((before >= 0.5) == (after >= 0.5))
			continue;
		changed++;
		buf_format(&l->out, "%.4f %.4f %s %s\n", before, after,
		    after >= 0.5 ? "spam" : "ham", l->names[i]);
	}
	buf_format(&l->out, "%zu of %zu messages are judged otherwise\n",
	    changed, l->examples.n);
	return 0;
}

static int
run_info(struct learn *l, struct err *err)
{
	const struct model_head *head = &l->model.head;
	struct json_writer w = JSON_WRITER(&l->out);
	char changed[CLOCK_TEXT_SIZE];

	(void)err;
	clock_rfc3339(head->changed_ms, changed);
	if (l->conf->form == FORM_JSON) {
		json_open_object(&w, NULL);
		json_put_integer(&w, "version", head->version);
		json_put_integer(&w, "spam", (int64_t)head->spam);
		json_put_integer(&w, "ham", (int64_t)head->ham);
		json_put_text(&w, "changed", changed);
		json_close_object(&w);
		buf_append_char(&l->out, '\n');
		return 0;
	}
	buf_format(&l->out, "version   %u\nlearned   %llu spam, %llu ham\n"
	    "changed   %s\nfusion    %.3f %+.3f grams %+.3f pairs\n",
	    (unsigned)head->version, (unsigned long long)head->spam,
	    (unsigned long long)head->ham, changed, head->fusion[0],
	    head->fusion[1], head->fusion[2]);
	return 0;
}

static int
run_merge(struct learn *l, struct err *err)
{
	for (int i = 0; i < l->words_n; i++) {
		if (model_read(&l->other, l->words[i], err) < 0)
			return -1;
		learner_merge(&l->model, &l->other);
	}
	return model_write(&l->model, buf_text(&l->path), err);
}

static const struct verb verbs[] = {
    {"spam", CHANGES | STARTS_NEW, run_learn},
    {"ham", CHANGES | STARTS_NEW, run_learn},
    {"train", CHANGES | STARTS_NEW | TAKES_LABELS, run_train},
    {"unlearn", CHANGES | TAKES_CLASS, run_unlearn},
    {"test", 0, run_test},
    {"eval", TAKES_LABELS, run_eval},
    {"cross-validate", TAKES_LABELS | NEEDS_NO_MODEL, run_cross_validate},
    {"diff", NEEDS_NO_MODEL | TAKES_WORDS, run_diff},
    {"info", TAKES_NONE, run_info},
    {"merge", TAKES_NONE | TAKES_WORDS | CHANGES | STARTS_NEW, run_merge}};

static const struct verb *
find_verb(struct learn *l, struct err *err)
{
	char **words = l->conf->filter.cmd.words;

	if (words[0] == NULL) {
		err_set(err, ERR_USAGE, "say what to do: spam, ham, train, "
		    "test, eval and so on (see --help)");
		return NULL;
	}
	l->words = words + 1;
	l->words_n = l->conf->filter.cmd.words_n - 1;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		unsigned flags = verbs[i].flags;
		int least = (flags & TAKES_CLASS) != 0 ||
		    ((flags & TAKES_WORDS) != 0);

		if (strcmp(verbs[i].name, words[0]) != 0)
			continue;
		if (verbs[i].run == run_diff)
			least = 2;
		if (l->words_n < least || (verbs[i].run != run_merge &&
		    l->words_n > least) || ((flags & TAKES_CLASS) != 0 &&
		    label_of(slice_text(l->words[0])) == LABEL_NONE)) {
			err_set(err, ERR_USAGE, "'%s' does not go with what "
			    "stands behind it", words[0]);
			return NULL;
		}
		return &verbs[i];
	}
	err_set(err, ERR_USAGE, "'%s' is no verb of fe-learn", words[0]);
	return NULL;
}

static int
confine(struct learn *l, const struct verb *verb, struct err *err)
{
	char *folder = mem_text(buf_text(&l->path)), *slash;
	struct sandbox_path paths[34] = {{folder, (verb->flags & CHANGES) != 0
	    ? SANDBOX_READ | SANDBOX_WRITE : SANDBOX_READ}};
	size_t n = 1;
	int result;

	slash = strrchr(folder, '/');
	if (slash == NULL)
		paths[0].path = ".";
	else
		slash[slash == folder] = '\0';
	for (int i = 0; i < l->words_n && n < 34; i++)
		paths[n++] = (struct sandbox_path){l->words[i], SANDBOX_READ};
	charset_preload();
	result = sandbox_enter(SANDBOX_STORE, paths, n,
	    l->conf->filter.cmd.sandbox, err);
	free(folder);
	return result;
}

static int
read_model(struct learn *l, const struct verb *verb, struct err *err)
{
	if ((verb->flags & NEEDS_NO_MODEL) != 0)
		return 0;
	if ((verb->flags & CHANGES) != 0 && lock_model(l, err) < 0)
		return -1;
	if (model_read(&l->model, buf_text(&l->path), err) == 0)
		return 0;
	if ((verb->flags & STARTS_NEW) == 0 || errno != ENOENT ||
	    err->kind != ERR_SYSTEM)
		return -1;
	err_clear(err);
	return 0;
}

/* With the messages read: the work, and what there is to say of it. */
static int
work(struct learn *l, const struct verb *verb, struct err *err)
{
	if (read_model(l, verb, err) < 0 || verb->run(l, err) < 0)
		return -1;
	if (io_write(STDOUT_FILENO, l->out.p, l->out.n) < 0 &&
	    errno != EPIPE)
		return err_errno(err, "cannot write to standard output");
	return 0;
}

/* The exit code. */
static int
run(struct learn *l, const struct verb *verb)
{
	struct err err = ERR_INIT;
	struct filter filter;
	enum label all = label_of(slice_text((verb->flags & TAKES_CLASS) != 0 ?
	    l->words[0] : verb->name));
	bool reads = (verb->flags & TAKES_NONE) == 0;

	if (reads && filter_open(&filter, &learn_cmd, &l->conf->filter,
	    &err) < 0)
		return cmd_fail(&err);
	if (confine(l, verb, &err) < 0)
		return cmd_fail(&err);
	if (!reads)
		return work(l, verb, &err) < 0 ? cmd_fail(&err)
		    : cmd_finish(&err);
	if (read_messages(l, &filter, all,
	    (verb->flags & TAKES_LABELS) != 0) && work(l, verb, &err) < 0)
		output_fail(&filter.output, &err);
	return filter_close(&filter);
}

static void
learn_free(struct learn *l)
{
	for (size_t i = 0; i < l->examples.n; i++)
		free(l->names[i]);
	free(l->names);
	examples_free(&l->examples);
	features_free(&l->features);
	model_free(&l->model);
	model_free(&l->other);
	buf_free(&l->path);
	buf_free(&l->out);
}

int
main(int argc, char *argv[])
{
	struct learn_conf conf = {.form = FORM_TEXT};
	struct learn learn = {.conf = &conf, .path = BUF_INIT,
	    .out = BUF_INIT};
	const struct verb *verb;
	struct err err = ERR_INIT;
	int code;

	cmd_start(&learn_cmd);
	if (option_parse(&learn_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	conf.filter.output = OUTPUT_TEXT;
	verb = find_verb(&learn, &err);
	if (verb == NULL)
		return cmd_usage(&err);
	if (conf.model != NULL)
		buf_append_text(&learn.path, conf.model);
	else
		home_file(&learn.path, "model/site.model");
	features_init(&learn.features);
	model_init(&learn.model);
	model_init(&learn.other);
	code = run(&learn, verb);
	learn_free(&learn);
	return code;
}
