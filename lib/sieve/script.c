/* SPDX-License-Identifier: ISC */
/* Making, asking and freeing the tree; the parser fills it. */
#include "script.h"

#include <stdlib.h>

#include "base/mem.h"

struct sieve_script *
script_new(const char *name, struct slice text)
{
	struct sieve_script *s = mem_zalloc(sizeof(*s));

	s->name = arena_copy(&s->arena, slice_text(name)).p;
	s->text = arena_copy(&s->arena, text);
	s->warnings = (struct buf)BUF_LIMITED(64 << 10);
	return s;
}

void
script_free(struct sieve_script *s)
{
	while (s != NULL) {
		struct sieve_script *next = s->includes;

		regex_free_all(s->regexes);
		buf_free(&s->warnings);
		arena_free(&s->arena);
		free(s);
		s = next;
	}
}

const struct sieve_tag_use *
node_tag(const struct sieve_node *node, enum sieve_tag tag)
{
	const struct sieve_tag_use *use = node->tags;

	while (use != NULL && use->tag != tag)
		use = use->next;
	return use;
}

struct slice
value_constant(const struct sieve_value *value)
{
	if (value == NULL || value->is_number || value->n != 1 ||
	    value->strings[0].pieces_n > 0)
		return SLICE_NONE;
	return value->strings[0].text;
}

int
script_variable(struct sieve_script *s, struct slice name)
{
	for (size_t i = 0; i < s->variables_n; i++)
		if (slice_case_equal(name, s->variables[i].name))
			return (int)i;
	if (s->variables_n == SIEVE_VARIABLES_MAX)
		return -1;
	if (s->variables == NULL)
		s->variables = arena_zeroed(&s->arena,
		    SIEVE_VARIABLES_MAX * sizeof(*s->variables));
	s->variables[s->variables_n].name = arena_lower(&s->arena, name);
	s->variables[s->variables_n].is_global = slice_case_starts(name,
	    "global.");
	return (int)s->variables_n++;
}
