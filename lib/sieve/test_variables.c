/* SPDX-License-Identifier: ISC */
/* Tests of what the script itself holds. */
#include "flags.h"
#include "matcher.h"
#include "tests.h"

int
test_string(struct sieve_run *run, const struct sieve_node *node)
{
	struct matcher match;

	matcher_begin(&match, run, node, node->args[1]);
	for (size_t i = 0; i < node->args[0]->n; i++) {
		struct slice value = run_text(run, &node->args[0]->strings[i]);
		int got;

		/* an empty one does not count (RFC 5229, 5) */
		if (node->match.type == MATCH_COUNT && value.n == 0)
			continue;
		got = matcher_value(&match, value);
		if (got != 0)
			return got;
	}
	return matcher_end(&match);
}

/* Each flag once (RFC 5232, 4). */
static int
match_flags(struct matcher *match, struct slice flags)
{
	struct slice rest = flags, flag;

	while (flags_next(&rest, &flag)) {
		struct slice before = slice_of(flags.p,
		    (size_t)(flag.p - flags.p));
		int got;

		if (run_work(match->run, match->node, before.n) < 0)
			return -1;
		if (flags_have(before, flag))
			continue;
		got = matcher_value(match, flag);
		if (got != 0)
			return got;
	}
	return 0;
}

static size_t
add_flag_keys(struct sieve_run *run, struct slice text,
    struct sieve_string *out)
{
	struct slice flag;
	size_t n = 0;

	while (flags_next(&text, &flag)) {
		if (out != NULL)
			out[n] = (struct sieve_string){.text = flag,
			    .lower = arena_lower(run->arena, flag)};
		n++;
	}
	return n;
}

/* "b A" means ["b", "A"] (RFC 5232, 2 and 4). */
static struct sieve_value *
flag_keys(struct sieve_run *run, const struct sieve_value *keys)
{
	struct sieve_value *all = arena_take(run->arena, sizeof(*all));
	size_t n = 0;

	*all = *keys;
	for (size_t i = 0; i < keys->n; i++)
		n += add_flag_keys(run, run_text(run, &keys->strings[i]),
		    NULL);
	all->strings = arena_zeroed(run->arena,
	    (n + 1) * sizeof(*all->strings));
	all->n = 0;
	for (size_t i = 0; i < keys->n; i++)
		all->n += add_flag_keys(run, run_text(run, &keys->strings[i]),
		    all->strings + all->n);
	return all;
}

int
test_hasflag(struct sieve_run *run, const struct sieve_node *node)
{
	const struct sieve_value *names = node->args[0];
	struct matcher match;
	int got = 0;

	/* a number and an expression are one */
	matcher_begin(&match, run, node,
	    node->match.type == MATCH_COUNT ||
	    node->match.type == MATCH_REGEX ? node->args[1] :
	    flag_keys(run, node->args[1]));
	if (names == NULL)
		got = match_flags(&match, run->flags);
	for (size_t i = 0; names != NULL && i < names->n && got == 0; i++)
		got = match_flags(&match, run_variable(run,
		    names->strings[i].variable));
	return got != 0 ? got : matcher_end(&match);
}
