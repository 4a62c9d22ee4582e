/* SPDX-License-Identifier: ISC */
/*
 * The spam layer of fe-scan.  A model that is replaced is taken over between
 * two messages; one that is damaged is told, and the old one stays.
 */
#include "spam.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"

#define LOOK_MS 1000

/* In lower case, as the text of the features is. */
static const char gtube[] =
    "xjs*c4jdbqadn1.nsbn3*2idnen*gtube-standard-anti-ube-test-email*c.34x";

static void
look(struct spam_scanner *s)
{
	const char *path = s->path;
	struct stat status;
	uint64_t seen[4] = {0};
	struct err err = ERR_INIT;

	s->looked_ms = clock_monotonic_ms();
	if (stat(path, &status) < 0) {
		path = s->fallback;
		if (path == NULL || stat(path, &status) < 0)
			return;
	}
	seen[0] = (uint64_t)status.st_ino;
	seen[1] = (uint64_t)status.st_size;
	seen[2] = (uint64_t)status.st_mtim.tv_sec;
	seen[3] = (uint64_t)status.st_mtim.tv_nsec;
	if (memcmp(seen, s->seen, sizeof(seen)) == 0)
		return;
	memcpy(s->seen, seen, sizeof(seen));
	if (model_read(&s->model, path, &err) < 0)
		log_warning("%s", err.text);
}

void
spam_open(struct spam_scanner *s, const char *path, const char *fallback)
{
	*s = (struct spam_scanner){.path = path, .fallback = fallback};
	model_init(&s->model);
	features_init(&s->features);
	look(s);
}

void
spam_close(struct spam_scanner *s)
{
	model_free(&s->model);
	features_free(&s->features);
}

static const char *
class_of(const struct spam_scanner *s, double score)
{
	if (model_is_blind(&s->model))
		return "unknown";
	if (score >= SPAM_AT)
		return "spam";
	return score < HAM_BELOW ? "ham" : "unsure";
}

/* The buckets that weigh most, the heaviest first. */
static void
choose_names(const struct spam_scanner *s, struct spam_result *r)
{
	const struct feature_set *set = &s->features.grams;
	const int16_t *weights = s->model.weights;

	for (size_t i = 0; i < set->n; i++) {
		struct feature_name name = {.bucket = set->items[i]};
		size_t at = r->names_n;

		while (at > 0 && abs(weights[name.bucket]) >
		    abs(weights[r->names[at - 1].bucket]))
			at--;
		if (at == SPAM_EXPLAINED)
			continue;
		if (r->names_n < SPAM_EXPLAINED)
			r->names_n++;
		memmove(&r->names[at + 1], &r->names[at],
		    (r->names_n - at - 1) * sizeof(name));
		r->names[at] = name;
	}
}

static void
explain_score(struct spam_scanner *s, struct slice message,
    struct spam_result *r)
{
	choose_names(s, r);
	s->features.names = r->names;
	s->features.names_n = r->names_n;
	features_make(&s->features, message);
	s->features.names = NULL;
	s->features.names_n = 0;
}

void
spam_scan(struct spam_scanner *s, struct slice message, bool explain,
    struct spam_result *r)
{
	struct model_scores scores;
	struct slice text;

	if (clock_monotonic_ms() - s->looked_ms >= LOOK_MS)
		look(s);
	features_make(&s->features, message);
	text = buf_slice(&s->features.text);
	model_score(&s->model, &s->features, &scores);
	*r = (struct spam_result){.score = scores.spam,
	    .class = class_of(s, scores.spam),
	    .gtube = memmem(text.p != NULL ? text.p : "", text.n, gtube,
		sizeof(gtube) - 1) != NULL};
	if (r->gtube) {
		r->score = 1;
		r->class = "spam";
	}
	if (explain && !model_is_blind(&s->model))
		explain_score(s, message, r);
}

void
spam_write(const struct spam_scanner *s, const struct spam_result *r,
    struct json_writer *w)
{
	json_open_object(w, "spam");
	json_put_real(w, "score", r->score, 4);
	json_put_text(w, "class", r->class);
	if (r->gtube)
		json_put_bool(w, "gtube", true);
	if (r->names_n > 0) {
		json_open_array(w, "features");
		for (size_t i = 0; i < r->names_n; i++) {
			const struct feature_name *name = &r->names[i];

			json_open_object(w, NULL);
			json_put_text(w, "feature", name->text);
			json_put_real(w, "weight",
			    (double)s->model.weights[name->bucket] /
			    MODEL_UNIT, 3);
			json_close_object(w);
		}
		json_close_array(w);
	}
	json_close_object(w);
}
