/* SPDX-License-Identifier: ISC */
/*
 * Online logistic regression over grams (Goodman and Yih, Online
 * discriminative spam filter training, 2006), and counts of pairs that are
 * trained only where they did not know well enough.  From many messages at
 * once each weight has a rate of its own, which falls as it moves (after
 * Duchi, Hazan and Singer, Adaptive Subgradient Methods, 2011): what is seen
 * rarely, and says much, is not held back by what is in all mail.
 */
#include "learner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fusion.h"

/* Weights learned in several orders, and their mean: what one order left by
 * chance is not in it.  A run does not change after its third epoch. */
#define RUNS 3
#define EPOCHS 3
/* With so many messages; less with fewer, which would be learned by heart and
 * fail on mail from elsewhere. */
#define RATE 1.2
#define RATE_LEAST 0.24
#define RATE_MESSAGES 3000.0
#define RATE_ONLINE 3.0 /* of one message alone */
/* A ham taken for spam is the dearer error; and what looks like spam and is
 * none is rare, so that it has to weigh more to be learned at all. */
#define HAM_WEIGHT 2.0
#define ERROR_ONLINE 0.05 /* less is no reason to learn */
#define ERROR_LEAST 0.001 /* the same, from many at once */
#define RUN_HALVES 2.0   /* steps to one side after which they are halved */
#define PAIRS_SURE 100.0 /* beyond it a pair score needs no counting */
#define COUNT_MAX 15

static double
logistic(double z)
{
	return 1 / (1 + exp(-z));
}

static int16_t
clamp(double weight)
{
	weight = nearbyint(weight);
	if (weight > INT16_MAX)
		return INT16_MAX;
	return weight < INT16_MIN ? INT16_MIN : (int16_t)weight;
}

static double
class_rate(double rate, bool spam)
{
	return spam ? rate : rate * HAM_WEIGHT;
}

static void
move_some(struct model *m, const uint32_t *items, size_t n, double change)
{
	double step = n == 0 ? 0 : change / sqrt((double)n) * MODEL_UNIT;

	for (size_t i = 0; i < n; i++) {
		int16_t *weight = &m->weights[items[i]];

		*weight = clamp(*weight + step);
	}
}

static void
move_weights(struct model *m, const struct feature_set *set, double change)
{
	size_t header_n = features_in_header(set);

	move_some(m, set->items, header_n, change);
	move_some(m, set->items + header_n, set->n - header_n, change);
}

/* When a count is full, what it stands for is halved: both of them. */
static void
count_pairs(struct model *m, const struct feature_set *set, bool spam)
{
	for (size_t i = 0; i < set->n; i++) {
		uint8_t *count = &m->counts[set->items[i]];
		unsigned shift = spam ? 4 : 0;

		if ((*count >> shift & 15) == COUNT_MAX)
			*count = (uint8_t)((*count >> 1) & 0x77);
		*count = (uint8_t)(*count + (1u << shift));
	}
	if (spam)
		m->head.pairs_spam++;
	else
		m->head.pairs_ham++;
}

static void
uncount_pairs(struct model *m, const struct feature_set *set, bool spam)
{
	unsigned shift = spam ? 4 : 0;
	uint64_t *total = spam ? &m->head.pairs_spam : &m->head.pairs_ham;

	if (*total == 0)
		return;
	for (size_t i = 0; i < set->n; i++) {
		uint8_t *count = &m->counts[set->items[i]];

		if ((*count >> shift & 15) > 0)
			*count = (uint8_t)(*count - (1u << shift));
	}
	--*total;
}

static bool
pairs_need(const struct model *m, double score, bool spam)
{
	uint64_t own = spam ? m->head.pairs_spam : m->head.pairs_ham;

	return own < 4 || (spam ? score < PAIRS_SURE : score > -PAIRS_SURE);
}

/* Who empties a Junk folder into us teaches one class alone.  Each step to
 * the same side is smaller than the one before, or what all mail has in
 * common would become a sign of that class. */
static double
online_rate(struct model *m, bool spam)
{
	int64_t run = m->head.run;

	if (spam ? run < 0 : run > 0)
		run = 0;
	m->head.run = run + (spam ? 1 : -1);
	return RATE_ONLINE / (1 + (double)(run < 0 ? -run : run) /
	    RUN_HALVES);
}

void
learner_learn(struct model *m, const struct features *f, bool spam)
{
	double pairs = model_pair_score(m, &f->pairs);
	double error = spam - logistic(model_gram_score(m, &f->grams));

	if (spam)
		m->head.spam++;
	else
		m->head.ham++;
	if (fabs(error) > ERROR_ONLINE)
		move_weights(m, &f->grams, error *
		    class_rate(online_rate(m, spam), spam));
	if (pairs_need(m, pairs, spam)) {
		count_pairs(m, &f->pairs, spam);
		model_refresh(m);
	}
}

void
learner_unlearn(struct model *m, const struct features *f, bool spam)
{
	double p = logistic(model_gram_score(m, &f->grams));
	uint64_t *total = spam ? &m->head.spam : &m->head.ham;

	if (*total > 0)
		--*total;
	if (spam ? p > 0.5 : p < 0.5)
		move_weights(m, &f->grams, (0.5 - p) *
		    class_rate(RATE_ONLINE, spam));
	uncount_pairs(m, &f->pairs, spam);
	model_refresh(m);
}

/* xorshift64*: the same order every time. */
static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717u;
}

struct trainer {
	struct model *m;
	const struct examples *e;
	struct features *f;
	size_t *order;
	size_t n;
	double rate;
	struct weight {
		float value, moved; /* moved: the squares of its gradients */
	} *weights; /* those of the model, finer; of the run at hand */
	struct weight bias;
	float *means; /* over the runs */
	double mean_bias;
	struct fusion_score *scores; /* before each was learned */
	uint64_t random;
};

static void
shuffle(struct trainer *t)
{
	for (size_t i = t->n; i > 1; i--) {
		size_t other = next_random(&t->random) % i;
		size_t kept = t->order[i - 1];

		t->order[i - 1] = t->order[other];
		t->order[other] = kept;
	}
}

static double
sum_weights(const struct trainer *t, const uint32_t *items, size_t n)
{
	float sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += t->weights[items[i]].value;
	return n == 0 ? 0 : sum / sqrt((double)n);
}

/* By rate * gradient / moved^(3/8).  Of exponents from 0.3 to 0.5 (that of the
 * paper) those about 0.4 found most, and this one needs roots alone. */
static void
move_weight(struct weight *w, float gradient, float rate)
{
	float half, eighth;

	w->moved += gradient * gradient;
	half = sqrtf(w->moved);
	eighth = sqrtf(sqrtf(half));
	w->value += rate * gradient * eighth / half;
}

static void
step_weights(struct trainer *t, const uint32_t *items, size_t n, double change)
{
	float gradient = n == 0 ? 0 : (float)(change / sqrt((double)n));

	for (size_t i = 0; i < n; i++)
		move_weight(&t->weights[items[i]], gradient, (float)t->rate);
}

static double
step_grams(struct trainer *t, bool spam)
{
	const struct feature_set *set = &t->f->grams;
	size_t header_n = features_in_header(set), text_n = set->n - header_n;
	const uint32_t *text = set->items + header_n;
	double z = (double)t->bias.value + sum_weights(t, set->items,
	    header_n) + sum_weights(t, text, text_n);
	double error = spam - logistic(z);
	double change = class_rate(1, spam) * error;

	if (fabs(error) < ERROR_LEAST)
		return z;
	step_weights(t, set->items, header_n, change);
	step_weights(t, text, text_n, change);
	move_weight(&t->bias, (float)change, (float)t->rate / 10);
	return z;
}

static double
step_pairs(struct trainer *t, bool spam)
{
	double score = model_pair_score(t->m, &t->f->pairs);

	if (pairs_need(t->m, score, spam)) {
		count_pairs(t->m, &t->f->pairs, spam);
		model_refresh(t->m);
	}
	return score;
}

static double
rate_of(size_t messages)
{
	double rate = RATE * (double)messages / RATE_MESSAGES;

	return rate > RATE ? RATE : rate < RATE_LEAST ? RATE_LEAST : rate;
}

/* In the first of all no message has been learned before: there pairs are
 * counted, and the scores tell how far either can be trusted. */
static void
run_epoch(struct trainer *t, bool first)
{
	size_t known_little = t->n / 4;

	shuffle(t);
	for (size_t i = 0; i < t->n; i++) {
		const struct example *example = &t->e->items[t->order[i]];
		double grams, pairs;

		example_unpack(example, t->f);
		grams = step_grams(t, example->spam);
		if (!first)
			continue;
		pairs = step_pairs(t, example->spam);
		t->scores[i] = (struct fusion_score){(float)grams,
		    (float)asinh(pairs / 20), example->spam};
	}
	if (first)
		fusion_fit(t->scores + known_little, t->n - known_little,
		    t->m->head.fusion);
}

/* From the model's weights, in an order of its own. */
static void
run_once(struct trainer *t, int run)
{
	for (size_t i = 0; i < MODEL_WEIGHTS; i++)
		t->weights[i] = (struct weight){
		    (float)t->m->weights[i] / MODEL_UNIT, 0};
	t->bias = (struct weight){(float)t->m->head.bias, 0};
	for (int epoch = 0; epoch < EPOCHS; epoch++)
		run_epoch(t, run == 0 && epoch == 0);
	for (size_t i = 0; i < MODEL_WEIGHTS; i++)
		t->means[i] += t->weights[i].value / RUNS;
	t->mean_bias += (double)t->bias.value / RUNS;
}

static void
trainer_open(struct trainer *t, size_t fold, size_t folds)
{
	struct model *m = t->m;

	t->order = mem_array(NULL, t->e->n + 1, sizeof(*t->order));
	t->weights = mem_array(NULL, MODEL_WEIGHTS, sizeof(*t->weights));
	t->means = mem_zalloc(MODEL_WEIGHTS * sizeof(*t->means));
	t->scores = mem_array(NULL, t->e->n + 1, sizeof(*t->scores));
	for (size_t i = 0; i < t->e->n; i++)
		if (fold >= folds || i % folds != fold) {
			t->order[t->n++] = i;
			m->head.spam += t->e->items[i].spam;
			m->head.ham += !t->e->items[i].spam;
		}
	t->rate = rate_of(t->n);
}

void
learner_train(struct model *m, const struct examples *e, size_t fold,
    size_t folds, struct features *f)
{
	struct trainer t = {.m = m, .e = e, .f = f,
	    .random = 0x9e3779b97f4a7c15u};

	trainer_open(&t, fold, folds);
	for (int run = 0; run < RUNS; run++)
		run_once(&t, run);
	for (size_t i = 0; i < MODEL_WEIGHTS; i++)
		m->weights[i] = clamp((double)t.means[i] * MODEL_UNIT);
	m->head.bias = t.mean_bias;
	model_refresh(m);
	free(t.order);
	free(t.weights);
	free(t.means);
	free(t.scores);
}

void
learner_merge(struct model *m, const struct model *other)
{
	double own = (double)(m->head.spam + m->head.ham);
	double theirs = (double)(other->head.spam + other->head.ham);
	double share = own + theirs > 0 ? theirs / (own + theirs) : 0;

	for (size_t i = 0; i < MODEL_WEIGHTS; i++)
		m->weights[i] = clamp(m->weights[i] * (1 - share) +
		    other->weights[i] * share);
	for (size_t i = 0; i < MODEL_COUNTS; i++) {
		unsigned spam = (unsigned)(m->counts[i] >> 4) +
		    (other->counts[i] >> 4);
		unsigned ham = (m->counts[i] & 15u) +
		    (other->counts[i] & 15u);

		m->counts[i] = (uint8_t)((spam < 15 ? spam : 15) << 4 |
		    (ham < 15 ? ham : 15));
	}
	m->head.bias = m->head.bias * (1 - share) + other->head.bias * share;
	for (int i = 0; i < 3; i++)
		m->head.fusion[i] = m->head.fusion[i] * (1 - share) +
		    other->head.fusion[i] * share;
	m->head.spam += other->head.spam;
	m->head.ham += other->head.ham;
	m->head.pairs_spam += other->head.pairs_spam;
	m->head.pairs_ham += other->head.pairs_ham;
	model_refresh(m);
}
