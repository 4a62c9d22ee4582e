/* SPDX-License-Identifier: ISC */
/*
 * The spam layer of fe-scan.  A model that is replaced is taken over between
 * two messages; one that is damaged is told, and the old one stays.
 */
#include "spam.h"

#include <math.h>
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
look(struct spam_model *m)
{
	const char *path = buf_text(&m->path);
	struct stat status;
	uint64_t seen[4] = {0};
	struct err err = ERR_INIT;

	m->looked_ms = clock_monotonic_ms();
	m->is_there = true;
	if (stat(path, &status) < 0) {
		path = m->fallback;
		if (path == NULL || stat(path, &status) < 0) {
			m->is_there = false;
			return;
		}
	}
	seen[0] = (uint64_t)status.st_ino;
	seen[1] = (uint64_t)status.st_size;
	seen[2] = (uint64_t)status.st_mtim.tv_sec;
	seen[3] = (uint64_t)status.st_mtim.tv_nsec;
	if (memcmp(seen, m->seen, sizeof(seen)) == 0)
		return;
	memcpy(m->seen, seen, sizeof(seen));
	if (m->model.weights == NULL)
		model_init(&m->model);
	if (model_read(&m->model, path, &err) < 0)
		log_warning("%s", err.text);
}

static void
look_again(struct spam_model *m)
{
	m->used_ms = clock_monotonic_ms();
	if (m->used_ms - m->looked_ms >= LOOK_MS)
		look(m);
}

static void
close_model(struct spam_model *m)
{
	if (m->model.weights != NULL)
		model_free(&m->model);
	buf_free(&m->path);
	*m = (struct spam_model){.path = BUF_INIT};
}

void
spam_open(struct spam_scanner *s, const char *path, const char *fallback)
{
	*s = (struct spam_scanner){.site = {.path = BUF_INIT,
	    .fallback = fallback}};
	for (size_t i = 0; i < SPAM_USERS_MAX; i++)
		s->users[i].path = (struct buf)BUF_INIT;
	buf_append_text(&s->site.path, path);
	model_init(&s->site.model);
	features_init(&s->features);
	look(&s->site);
}

void
spam_close(struct spam_scanner *s)
{
	close_model(&s->site);
	for (size_t i = 0; i < SPAM_USERS_MAX; i++)
		close_model(&s->users[i]);
	features_free(&s->features);
}

/* Held already, or in the place of who was asked for the longest ago. */
static struct spam_model *
find_user(struct spam_scanner *s, const char *path)
{
	struct spam_model *oldest = &s->users[0];

	for (size_t i = 0; i < SPAM_USERS_MAX; i++) {
		struct spam_model *m = &s->users[i];

		if (m->used_ms != 0 && strcmp(buf_text(&m->path), path) == 0) {
			look_again(m);
			return m;
		}
		if (m->used_ms < oldest->used_ms)
			oldest = m;
	}
	close_model(oldest);
	buf_append_text(&oldest->path, path);
	look(oldest);
	oldest->used_ms = clock_monotonic_ms();
	return oldest;
}

static double
log_odds(double p)
{
	const double least = 1e-9;

	p = p < least ? least : p > 1 - least ? 1 - least : p;
	return log(p / (1 - p));
}

/* Both models together; false: neither can say anything. */
static bool
judge(struct spam_scanner *s, const char *user, struct spam_result *r)
{
	struct spam_model *own = user != NULL ? find_user(s, user) : NULL;
	bool site_knows = !model_is_blind(&s->site.model);
	bool own_knows = own != NULL && own->is_there &&
	    own->model.weights != NULL && !model_is_blind(&own->model);
	struct model_scores site, mine;

	if (site_knows) {
		model_score(&s->site.model, &s->features, &site);
		r->score = site.spam;
	}
	if (own_knows) {
		const struct model_head *head = &own->model.head;
		double n = 2.0 * (double)(head->spam < head->ham ?
		    head->spam : head->ham);

		model_score(&own->model, &s->features, &mine);
		r->user_share = site_knows ? n / (n + SPAM_USER_EVEN) : 1;
		r->score = site_knows ? 1 / (1 + exp(
		    -(1 - r->user_share) * log_odds(site.spam) -
		    r->user_share * log_odds(mine.spam))) : mine.spam;
	}
	return site_knows || own_knows;
}

static const char *
class_of(double score)
{
	if (score >= SPAM_AT)
		return "spam";
	return score < HAM_BELOW ? "ham" : "unsure";
}

/* The buckets that weigh most, the heaviest first. */
static void
choose_names(const struct spam_scanner *s, struct spam_result *r)
{
	const struct feature_set *set = &s->features.grams;
	const int16_t *weights = s->site.model.weights;

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

void
spam_explain(struct spam_scanner *s, struct slice message,
    struct spam_result *r)
{
	if (model_is_blind(&s->site.model))
		return;
	features_sort(&s->features);
	choose_names(s, r);
	s->features.names = r->names;
	s->features.names_n = r->names_n;
	features_make(&s->features, message);
	s->features.names = NULL;
	s->features.names_n = 0;
}

void
spam_begin(struct spam_scanner *s, const struct reading *reading)
{
	look_again(&s->site);
	features_begin(&s->features, reading);
}

void
spam_add_text(struct spam_scanner *s, const struct reading *reading)
{
	features_add_text(&s->features, reading);
}

void
spam_judge(struct spam_scanner *s, const char *user, struct spam_result *r)
{
	struct slice text;

	features_end(&s->features);
	text = buf_slice(&s->features.text);
	*r = (struct spam_result){.score = 0.5, .class = "unknown"};
	if (judge(s, user, r))
		r->class = class_of(r->score);
	r->gtube = memmem(text.p, text.n, gtube, sizeof(gtube) - 1) != NULL;
	if (r->gtube) {
		r->score = 1;
		r->class = "spam";
	}
}

void
spam_write(const struct spam_scanner *s, const struct spam_result *r,
    struct json_writer *w)
{
	json_open_object(w, "spam");
	json_put_real(w, "score", r->score, 4);
	json_put_text(w, "class", r->class);
	if (r->user_share > 0)
		json_put_real(w, "user_share", r->user_share, 2);
	if (r->gtube)
		json_put_bool(w, "gtube", true);
	if (r->names_n > 0) {
		json_open_array(w, "features");
		for (size_t i = 0; i < r->names_n; i++) {
			const struct feature_name *name = &r->names[i];

			json_open_object(w, NULL);
			json_put_text(w, "feature", name->text);
			json_put_real(w, "weight",
			    (double)s->site.model.weights[name->bucket] /
			    MODEL_UNIT, 3);
			json_close_object(w);
		}
		json_close_array(w);
	}
	json_close_object(w);
}
