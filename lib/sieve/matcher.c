/* SPDX-License-Identifier: ISC */
/*
 * Comparing.  Both sides may be hostile: whatever is more than linear counts
 * its steps.
 */
#include "matcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* What a match may cost that is just within its limits is worth so many
 * octets, and comparing with one key so many. */
#define REGEX_WORK 16384
#define KEY_WORK 8
#define STEPS_MAX ((size_t)8 << 20) /* of one match with wildcards */

void
matcher_begin(struct matcher *m, struct sieve_run *run,
    const struct sieve_node *node, const struct sieve_value *keys)
{
	*m = (struct matcher){.run = run, .node = node, .keys = keys};
}

/* ---- order ---- */

int
matcher_compare_numeric(struct slice a, struct slice b)
{
	size_t na = 0, nb = 0, za = 0, zb = 0;

	while (na < a.n && ascii_is_digit(a.p[na]))
		na++;
	while (nb < b.n && ascii_is_digit(b.p[nb]))
		nb++;
	if (na == 0 || nb == 0)
		return (na == 0) - (nb == 0);
	while (za < na && a.p[za] == '0')
		za++;
	while (zb < nb && b.p[zb] == '0')
		zb++;
	if (na - za != nb - zb)
		return na - za < nb - zb ? -1 : 1;
	return memcmp(a.p + za, b.p + zb, na - za);
}

/* Both are JSON numbers. */
static bool
compare_real(struct slice a, struct slice b, int *order)
{
	double left, right;

	if (json_check(a, NULL) < 0 || json_check(b, NULL) < 0 ||
	    json_real(a, &left) < 0 || json_real(b, &right) < 0)
		return false;
	*order = left < right ? -1 : left > right;
	return true;
}

static int
compare(const struct matcher *m, struct slice a, struct slice b)
{
	int order;

	if (m->is_number && !m->node->match.comparator_given &&
	    compare_real(a, b, &order))
		return order;
	switch (m->node->match.comparator) {
	case COMPARE_NUMERIC:
		return matcher_compare_numeric(a, b);
	case COMPARE_OCTET:
		return slice_compare(a, b);
	default:
		return slice_case_compare(a, b);
	}
}

static bool
relation_holds(enum match_relation relation, int order)
{
	switch (relation) {
	case RELATION_EQ:
		return order == 0;
	case RELATION_NE:
		return order != 0;
	case RELATION_GT:
		return order > 0;
	case RELATION_GE:
		return order >= 0;
	case RELATION_LT:
		return order < 0;
	default:
		return order <= 0;
	}
}

/* ---- text ---- */

static bool
equals_lower(struct slice text, struct slice lower)
{
	if (text.n != lower.n)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (ascii_lower(text.p[i]) != lower.p[i])
			return false;
	return true;
}

static bool
contains_lower(struct slice text, struct slice lower)
{
	char first, other;
	const char *p = text.p, *end;

	if (lower.n == 0)
		return true;
	if (text.n < lower.n)
		return false;
	end = text.p + (text.n - lower.n) + 1;
	first = lower.p[0];
	other = ascii_is_alpha(first) ? (char)(first ^ 0x20) : first;
	for (; p < end; p++)
		if ((*p == first || *p == other) &&
		    equals_lower(slice_of(p, lower.n), lower))
			return true;
	return false;
}

static int
contains(struct matcher *m, struct slice text, struct slice key, bool blind)
{
	if (run_work(m->run, m->node, text.n) < 0)
		return -1;
	if (!blind)
		return key.n == 0 || slice_find_text(text, key) < text.n;
	if (text.n > 256 && key.n > 32) /* linear whatever it holds */
		return slice_find_text(arena_lower(m->run->arena, text), key) <
		    text.n;
	return contains_lower(text, key);
}

/* ---- wildcards ---- */

struct wildcards {
	struct slice pattern, text;
	bool blind;
	size_t p, t;            /* where we are */
	size_t from[REGEX_CAPTURES_MAX], to[REGEX_CAPTURES_MAX];
	size_t n;               /* wildcards passed, and 1 */
	bool has_star;
	size_t star_p, star_t, star_n;
};

static void
capture(struct wildcards *w, size_t from, size_t to)
{
	if (w->n < REGEX_CAPTURES_MAX) {
		w->from[w->n] = from;
		w->to[w->n] = to;
	}
	w->n++;
}

/* One step on; false: no way from here. */
static bool
wildcards_step(struct wildcards *w)
{
	size_t p = w->p, escape;
	char c, found;

	if (p == w->pattern.n)
		return false;
	c = w->pattern.p[p];
	if (c == '*') {
		w->has_star = true;
		w->star_p = ++w->p;
		w->star_t = w->t;
		w->star_n = w->n;
		capture(w, w->t, w->t);
		return true;
	}
	if (w->t == w->text.n)
		return false;
	if (c == '?') { /* an octet, for both comparators (2.7.1) */
		capture(w, w->t, w->t + 1);
		w->t++;
		w->p++;
		return true;
	}
	escape = c == '\\' && p + 1 < w->pattern.n;
	c = w->pattern.p[p + escape];
	found = w->text.p[w->t];
	if ((w->blind ? ascii_lower(found) : found) != c)
		return false;
	w->p += 1 + escape;
	w->t++;
	return true;
}

int
matcher_wildcards(struct slice pattern, struct slice text, bool blind,
    struct slice captures[REGEX_CAPTURES_MAX], size_t *captures_n,
    size_t *steps)
{
	struct wildcards w = {.pattern = pattern, .text = text,
	    .blind = blind, .n = 1};

	while (w.p < pattern.n || w.t < text.n) {
		if ((*steps)-- == 0)
			return -1;
		if (wildcards_step(&w))
			continue;
		if (!w.has_star || w.star_t >= text.n)
			return 0;
		w.t = ++w.star_t;
		w.p = w.star_p;
		w.n = w.star_n + 1;
		if (w.star_n < REGEX_CAPTURES_MAX)
			w.to[w.star_n] = w.star_t;
	}
	w.from[0] = 0;
	w.to[0] = text.n;
	*captures_n = w.n < REGEX_CAPTURES_MAX ? w.n : REGEX_CAPTURES_MAX;
	for (size_t i = 0; i < *captures_n; i++)
		captures[i] = slice_part(text, w.from[i], w.to[i]);
	return 1;
}

static int
matches(struct matcher *m, struct slice text, struct slice key, bool blind)
{
	struct slice captures[REGEX_CAPTURES_MAX];
	size_t n = 0, steps = STEPS_MAX;
	int got = matcher_wildcards(key, text, blind, captures, &n, &steps);

	if (run_work(m->run, m->node, text.n + (STEPS_MAX - steps)) < 0)
		return -1;
	if (got < 0)
		return run_fail(m->run, m->node, "':matches' takes too long "
		    "on this message");
	if (got > 0 && !m->no_matches) {
		memcpy(m->run->matches, captures, n * sizeof(*captures));
		m->run->matches_n = n;
	}
	return got;
}

/* ---- regex ---- */

static int
match_regex(struct matcher *m, struct slice text,
    const struct sieve_string *key)
{
	struct sieve_run *run = m->run;
	struct slice captures[REGEX_CAPTURES_MAX];
	struct sieve_regex *regex = key->regex, *own = NULL;
	struct err err = ERR_INIT;
	size_t n = 0;
	int got;

	if (regex == NULL) {
		if (++run->regexes > RUN_REGEXES_MAX)
			return run_fail(run, m->node, "too many regular "
			    "expressions made of variables");
		regex = own = regex_new(run_text(run, key),
		    m->node->match.comparator == COMPARE_CASEMAP, &err);
	}
	if (regex == NULL)
		return run_fail(run, m->node, "%s", err.text);
	got = regex_match(regex, text, captures, &n, &err);
	regex_free_all(own);
	if (got < 0)
		return run_fail(run, m->node, "%s", err.text);
	if (got > 0 && !m->no_matches) {
		memcpy(run->matches, captures, n * sizeof(*captures));
		run->matches_n = n;
	}
	return run_work(run, m->node, REGEX_WORK + text.n * 4) < 0 ? -1 : got;
}

/* ---- values ---- */

static int
match_key(struct matcher *m, struct slice value, const struct sieve_string *key)
{
	bool blind = m->node->match.comparator == COMPARE_CASEMAP;
	struct slice text = key->text, wanted;

	if (m->node->match.type == MATCH_REGEX)
		return match_regex(m, value, key);
	if (key->pieces_n > 0)
		text = run_text(m->run, key);
	wanted = !blind ? text : key->pieces_n > 0 ?
	    arena_lower(m->run->arena, text) : key->lower;
	switch (m->node->match.type) {
	case MATCH_CONTAINS:
		return contains(m, value, wanted, blind);
	case MATCH_MATCHES:
		return matches(m, value, wanted, blind);
	case MATCH_VALUE:
		return relation_holds(m->node->match.relation,
		    compare(m, value, text));
	default:
		return blind && !m->is_number ? equals_lower(value, wanted) :
		    compare(m, value, text) == 0;
	}
}

int
matcher_value(struct matcher *m, struct slice value)
{
	m->count++;
	if (value.p == NULL)
		value = SLICE("");
	m->run->saw = value;
	if (m->node->match.type == MATCH_COUNT)
		return 0;
	if (run_work(m->run, m->node, 1 + m->keys->n * KEY_WORK) < 0)
		return -1;
	for (size_t i = 0; i < m->keys->n; i++) {
		int got = match_key(m, value, &m->keys->strings[i]);

		if (got != 0)
			return got;
	}
	return 0;
}

int
matcher_end(struct matcher *m)
{
	char digits[24];
	struct slice count;

	if (m->node->match.type != MATCH_COUNT)
		return 0;
	snprintf(digits, sizeof(digits), "%zu", m->count);
	count = arena_copy(m->run->arena, slice_text(digits));
	m->run->saw = count;
	for (size_t i = 0; i < m->keys->n; i++)
		if (relation_holds(m->node->match.relation,
		    matcher_compare_numeric(count,
			run_text(m->run, &m->keys->strings[i]))))
			return 1;
	return 0;
}
