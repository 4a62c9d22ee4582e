/* SPDX-License-Identifier: ISC */
/*
 * Online logistic regression over grams (Goodman and Yih, Online
 * discriminative spam filter training, 2006), and counts of pairs that are
 * trained only where they did not know well enough.
 */
#include "learner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define EPOCHS 8
#define RATE 40.0       /* of the first epoch; chosen by cross-validation */
#define RATE_ONLINE 8.0 /* of one message alone */
#define ERROR_ONLINE 0.05 /* less is no reason to learn */
#define RUN_HALVES 10.0   /* steps to one side after which they are halved */
#define PAIRS_SURE 100.0 /* beyond it a pair score needs no counting */
#define COUNT_MAX 15
#define FUSION_STEPS 300

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

static void
move_weights(struct model *m, const struct feature_set *set, double error,
    double rate)
{
	double step;

	if (set->n == 0)
		return;
	step = rate * error / sqrt((double)set->n) * MODEL_UNIT;
	for (size_t i = 0; i < set->n; i++) {
		int16_t *weight = &m->weights[set->items[i]];

		*weight = clamp(*weight + step);
	}
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
		move_weights(m, &f->grams, error, online_rate(m, spam));
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
		move_weights(m, &f->grams, 0.5 - p, RATE_ONLINE);
	uncount_pairs(m, &f->pairs, spam);
	model_refresh(m);
}

void
examples_init(struct examples *e)
{
	*e = (struct examples){.items = NULL};
}

void
examples_free(struct examples *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->items[i].packed);
	free(e->items);
	examples_init(e);
}

/* Differences of neighbours, seven bits an octet. */
static size_t
pack(uint8_t *out, const struct feature_set *set)
{
	uint32_t last = 0;
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		uint32_t step = set->items[i] - last;

		last = set->items[i];
		for (; step >= 128; step >>= 7)
			out[n++] = (uint8_t)(step | 128);
		out[n++] = (uint8_t)step;
	}
	return n;
}

static const uint8_t *
unpack(const uint8_t *p, size_t n, struct feature_set *set)
{
	uint32_t last = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t step = *p & 127;

		for (unsigned shift = 7; (*p++ & 128) != 0; shift += 7)
			step |= (uint32_t)(*p & 127) << shift;
		set->items[i] = last += step;
	}
	set->n = n;
	return p;
}

int
examples_add(struct examples *e, const struct features *f, bool spam,
    struct err *err)
{
	uint8_t *packed = mem_alloc((f->grams.n + f->pairs.n) * 4 + 1);
	struct example *example;
	size_t n = pack(packed, &f->grams);

	n += pack(packed + n, &f->pairs);
	e->size += n;
	if (e->size > EXAMPLES_SIZE_MAX) {
		free(packed);
		return err_set(err, ERR_SYSTEM, "these are more messages than "
		    "can be learned at once: %zu were read", e->n);
	}
	if (e->n == e->capacity) {
		e->capacity = e->capacity == 0 ? 256 : e->capacity * 2;
		e->items = mem_array(e->items, e->capacity, sizeof(*e->items));
	}
	example = &e->items[e->n++];
	*example = (struct example){mem_array(packed, n + 1, 1),
	    (uint32_t)f->grams.n, (uint32_t)f->pairs.n, spam};
	return 0;
}

void
example_unpack(const struct example *example, struct features *f)
{
	const uint8_t *p = unpack(example->packed, example->grams_n,
	    &f->grams);

	unpack(p, example->pairs_n, &f->pairs);
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
	float *weights; /* those of the model, finer */
	double bias;
	float (*scores)[3]; /* grams, pairs, label: before it was learned */
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
score_grams(const struct trainer *t, const struct feature_set *set)
{
	float sum = 0;

	for (size_t i = 0; i < set->n; i++)
		sum += t->weights[set->items[i]];
	return t->bias + (set->n == 0 ? 0 : sum / sqrt((double)set->n));
}

static double
step_grams(struct trainer *t, bool spam, double rate)
{
	const struct feature_set *set = &t->f->grams;
	double z = score_grams(t, set), error = spam - logistic(z);
	float step;

	if (fabs(error) < 0.001 || set->n == 0)
		return z;
	step = (float)(rate * error / sqrt((double)set->n));
	for (size_t i = 0; i < set->n; i++)
		t->weights[set->items[i]] += step;
	t->bias += rate / 10 * error;
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

static void
run_epoch(struct trainer *t, int epoch)
{
	double rate = RATE / (1 + 0.3 * epoch);

	shuffle(t);
	for (size_t i = 0; i < t->n; i++) {
		const struct example *example = &t->e->items[t->order[i]];
		double grams, pairs;

		example_unpack(example, t->f);
		grams = step_grams(t, example->spam, rate);
		if (epoch > 0)
			continue;
		pairs = step_pairs(t, example->spam);
		t->scores[i][0] = (float)grams;
		t->scores[i][1] = (float)asinh(pairs / 20);
		t->scores[i][2] = example->spam;
	}
}

/* What the scores were before a message was learned tells how far they can be
 * trusted: logistic regression over both. */
static void
fit_fusion(struct trainer *t)
{
	double w[3] = {0, 1, 0.1};
	size_t from = t->n / 4;

	if (t->n - from < 20)
		return;
	for (int k = 0; k < FUSION_STEPS; k++) {
		double g[3] = {0, 0, 0}, rate = 2.0 / (1 + k / 50.0);

		for (size_t i = from; i < t->n; i++) {
			const float *s = t->scores[i];
			double error = s[2] - logistic(w[0] + w[1] * s[0] +
			    w[2] * s[1]);

			g[0] += error;
			g[1] += error * s[0];
			g[2] += error * s[1];
		}
		for (int j = 0; j < 3; j++)
			w[j] += rate * g[j] / (double)(t->n - from);
	}
	if (w[1] < 0.1)
		w[1] = 0.1;
	if (w[2] < 0)
		w[2] = 0;
	memcpy(t->m->head.fusion, w, sizeof(w));
}

static void
trainer_open(struct trainer *t, size_t fold, size_t folds)
{
	struct model *m = t->m;

	t->order = mem_array(NULL, t->e->n + 1, sizeof(*t->order));
	t->weights = mem_array(NULL, MODEL_WEIGHTS, sizeof(*t->weights));
	t->scores = mem_array(NULL, t->e->n + 1, sizeof(*t->scores));
	for (size_t i = 0; i < t->e->n; i++)
		if (fold >= folds || i % folds != fold) {
			t->order[t->n++] = i;
			m->head.spam += t->e->items[i].spam;
			m->head.ham += !t->e->items[i].spam;
		}
	for (size_t i = 0; i < MODEL_WEIGHTS; i++)
		t->weights[i] = (float)m->weights[i] / MODEL_UNIT;
	t->bias = m->head.bias;
}

void
learner_train(struct model *m, const struct examples *e, size_t fold,
    size_t folds, struct features *f)
{
	struct trainer t = {.m = m, .e = e, .f = f,
	    .random = 0x9e3779b97f4a7c15u};

	trainer_open(&t, fold, folds);
	for (int epoch = 0; epoch < EPOCHS; epoch++) {
		run_epoch(&t, epoch);
		if (epoch == 0)
			fit_fusion(&t);
	}
	for (size_t i = 0; i < MODEL_WEIGHTS; i++)
		m->weights[i] = clamp((double)t.weights[i] * MODEL_UNIT);
	m->head.bias = t.bias;
	model_refresh(m);
	free(t.order);
	free(t.weights);
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
