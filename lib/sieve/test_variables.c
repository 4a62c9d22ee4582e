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

static int
match_flags(struct matcher *match, struct slice flags)
{
	struct slice flag;

	while (flags_next(&flags, &flag)) {
		int got = matcher_value(match, flag);

		if (got != 0)
			return got;
	}
	return 0;
}

int
test_hasflag(struct sieve_run *run, const struct sieve_node *node)
{
	const struct sieve_value *names = node->args[0];
	struct matcher match;
	int got = 0;

	matcher_begin(&match, run, node, node->args[1]);
	if (names == NULL)
		got = match_flags(&match, run->flags);
	for (size_t i = 0; names != NULL && i < names->n && got == 0; i++)
		got = match_flags(&match, run_variable(run,
		    names->strings[i].variable));
	return got != 0 ? got : matcher_end(&match);
}
