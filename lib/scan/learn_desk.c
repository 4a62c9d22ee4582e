/* SPDX-License-Identifier: ISC */
#include "scan/learn_desk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "record/render.h"
#include "scan/learn_desk_verbs.h"

enum label { LABEL_NONE, LABEL_SPAM, LABEL_HAM };
enum { TAKES_LABELS = 1, TAKES_NONE = 2, TAKES_WORDS = 4, TAKES_CLASS = 8,
	CHANGES = 16, STARTS_NEW = 32, NEEDS_NO_MODEL = 64 };

struct learn_verb {
	const char *name;
	unsigned flags;
	learn_verb_run *run;
};

static enum label
label_of(struct slice text)
{
	if (slice_is(text, "spam") || slice_is(text, "phish"))
		return LABEL_SPAM;
	return slice_is(text, "ham") ? LABEL_HAM : LABEL_NONE;
}

static const struct learn_verb verbs[] = {
    {"spam", CHANGES | STARTS_NEW, learn_run_learn},
    {"ham", CHANGES | STARTS_NEW, learn_run_learn},
    {"train", CHANGES | STARTS_NEW | TAKES_LABELS, learn_run_train},
    {"unlearn", CHANGES | TAKES_CLASS, learn_run_unlearn},
    {"test", 0, learn_run_test},
    {"eval", TAKES_LABELS, learn_run_eval},
    {"cross-validate", TAKES_LABELS | NEEDS_NO_MODEL, learn_run_cross_validate},
    {"diff", NEEDS_NO_MODEL | TAKES_WORDS, learn_run_diff},
    {"info", TAKES_NONE, learn_run_info},
    {"merge", TAKES_NONE | TAKES_WORDS | CHANGES | STARTS_NEW,
	learn_run_merge}};

/* ---- opening ---- */

int
learn_desk_open(struct learn_desk *desk, const struct learn_conf *conf,
    struct err *err)
{
	char **words = conf->filter.cmd.words;

	*desk = (struct learn_desk){.conf = conf, .path = BUF_INIT,
	    .out = BUF_INIT};
	features_init(&desk->features);
	model_init(&desk->model);
	model_init(&desk->other);
	if (conf->model != NULL)
		buf_append_text(&desk->path, conf->model);
	else
		home_file(&desk->path, "model/site.model");
	if (words[0] == NULL)
		return err_set(err, ERR_USAGE, "say what to do: spam, ham, "
		    "train, test, eval and so on (see --help)");
	desk->words = words + 1;
	desk->words_n = conf->filter.cmd.words_n - 1;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		unsigned flags = verbs[i].flags;
		int least = (flags & TAKES_CLASS) != 0 ||
		    ((flags & TAKES_WORDS) != 0);

		if (strcmp(verbs[i].name, words[0]) != 0)
			continue;
		if (verbs[i].run == learn_run_diff)
			least = 2;
		if (desk->words_n < least || (verbs[i].run != learn_run_merge &&
		    desk->words_n > least) || ((flags & TAKES_CLASS) != 0 &&
		    label_of(slice_text(desk->words[0])) == LABEL_NONE))
			return err_set(err, ERR_USAGE, "'%s' does not go with "
			    "what stands behind it", words[0]);
		desk->verb = &verbs[i];
		return 0;
	}
	return err_set(err, ERR_USAGE, "'%s' is no verb of fe-learn",
	    words[0]);
}

int
learn_desk_confine(const struct learn_desk *desk, struct err *err)
{
	unsigned flags = desk->verb->flags;
	int models = (flags & TAKES_WORDS) != 0 ? desk->words_n : 0;
	struct sandbox_path *paths = mem_array(NULL, (size_t)models + 1,
	    sizeof(*paths));
	char *folder = io_folder_of(buf_text(&desk->path));
	size_t n = 0;
	int result;

	paths[n++] = (struct sandbox_path){folder, (flags & CHANGES) != 0 ?
	    SANDBOX_READ | SANDBOX_WRITE : SANDBOX_READ};
	for (int i = 0; i < models; i++)
		paths[n++] = (struct sandbox_path){desk->words[i],
		    SANDBOX_READ};
	result = sandbox_enter(SANDBOX_STORE, paths, n,
	    desk->conf->filter.cmd.sandbox, err);
	free(folder);
	free(paths);
	return result;
}

bool
learn_desk_reads(const struct learn_desk *desk)
{
	return (desk->verb->flags & TAKES_NONE) == 0;
}

/* ---- messages ---- */

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

int
learn_desk_take(struct learn_desk *desk, const struct record *r,
    struct err *err)
{
	unsigned flags = desk->verb->flags;
	bool labels = (flags & TAKES_LABELS) != 0;
	enum label label = label_of(slice_text((flags & TAKES_CLASS) != 0 ?
	    desk->words[0] : desk->verb->name));
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
	features_make(&desk->features, buf_slice(&r->body));
	if ((desk->examples.n & (desk->examples.n - 1)) == 0)
		desk->names = mem_array(desk->names, desk->examples.n == 0 ? 1 :
		    desk->examples.n * 2, sizeof(*desk->names));
	desk->names[desk->examples.n] = name;
	if (examples_add(&desk->examples, &desk->features, label == LABEL_SPAM,
	    err) < 0) {
		free(name);
		return -1;
	}
	return 0;
}

/* ---- the model ---- */

/* Others wait here until the model is written. */
static int
lock_model(struct learn_desk *desk, struct err *err)
{
	struct buf path = BUF_INIT;
	int fd;

	buf_format(&path, "%s.lock", buf_text(&desk->path));
	fd = open(buf_text(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		err_errno(err, "cannot lock '%s'", buf_text(&path));
	buf_free(&path);
	return fd < 0 || err->kind != ERR_NONE ? -1 : 0;
}

static int
read_model(struct learn_desk *desk, struct err *err)
{
	if ((desk->verb->flags & NEEDS_NO_MODEL) != 0)
		return 0;
	if ((desk->verb->flags & CHANGES) != 0 && lock_model(desk, err) < 0)
		return -1;
	if (model_read(&desk->model, buf_text(&desk->path), err) == 0)
		return 0;
	if ((desk->verb->flags & STARTS_NEW) == 0 || errno != ENOENT ||
	    err->kind != ERR_SYSTEM)
		return -1;
	err_clear(err);
	return 0;
}

int
learn_desk_run(struct learn_desk *desk, struct err *err)
{
	if (read_model(desk, err) < 0 || desk->verb->run(desk, err) < 0)
		return -1;
	if (io_write(STDOUT_FILENO, desk->out.p, desk->out.n) < 0 &&
	    errno != EPIPE)
		return err_errno(err, "cannot write standard output");
	return 0;
}

void
learn_desk_close(struct learn_desk *desk)
{
	for (size_t i = 0; i < desk->examples.n; i++)
		free(desk->names[i]);
	free(desk->names);
	examples_free(&desk->examples);
	features_free(&desk->features);
	model_free(&desk->model);
	model_free(&desk->other);
	buf_free(&desk->path);
	buf_free(&desk->out);
}
