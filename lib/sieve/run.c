/* SPDX-License-Identifier: ISC */
/* What tests and actions share. */
#include "run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

int
run_fail(struct sieve_run *run, const struct sieve_node *node,
    const char *format, ...)
{
	char text[384];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_set(&run->result->fault, ERR_CONFIG, "%s:%u: %s",
	    run->frame->script->name, node->line, text);
}

int
run_work(struct sieve_run *run, const struct sieve_node *node, size_t n)
{
	run->work += n;
	if (run->work <= RUN_WORK_MAX && run->arena->total <= RUN_MEMORY_MAX)
		return 0;
	return run_fail(run, node, "the script takes too much time or memory "
	    "on this message");
}

/* ---- variables ---- */

static struct run_global *
find_global(const struct sieve_run *run, struct slice name)
{
	struct run_global *g = run->globals;

	if (slice_starts(name, "global."))
		name = slice_part(name, 7, name.n);
	while (g != NULL && !slice_equal(g->name, name))
		g = g->next;
	return g;
}

struct slice
run_variable(const struct sieve_run *run, int index)
{
	const struct sieve_variable *v = &run->frame->script->variables[index];
	const struct run_global *g;

	if (!v->is_global)
		return run->frame->values[index];
	g = find_global(run, v->name);
	return g != NULL ? g->value : SLICE_NONE;
}

void
run_set_variable(struct sieve_run *run, int index, struct slice value)
{
	const struct sieve_variable *v = &run->frame->script->variables[index];
	struct run_global *g;

	value = utf8_cut(value, RUN_VALUE_MAX);
	if (!v->is_global) {
		run->frame->values[index] = value;
		return;
	}
	g = find_global(run, v->name);
	if (g == NULL) {
		g = arena_zeroed(run->arena, sizeof(*g));
		g->name = slice_starts(v->name, "global.") ?
		    slice_part(v->name, 7, v->name.n) : v->name;
		g->next = run->globals;
		run->globals = g;
	}
	g->value = value;
}

static struct slice
piece_value(const struct sieve_run *run, const struct sieve_piece *piece)
{
	if (piece->literal.p != NULL)
		return piece->literal;
	if (piece->variable >= 0)
		return run_variable(run, piece->variable);
	return piece->match < run->matches_n ? run->matches[piece->match] :
	    SLICE_NONE;
}

struct slice
run_text(struct sieve_run *run, const struct sieve_string *s)
{
	size_t n = 0;
	char *out;

	if (s->pieces_n == 0)
		return s->text;
	for (size_t i = 0; i < s->pieces_n; i++)
		n += piece_value(run, &s->pieces[i]).n;
	out = arena_take(run->arena, n + 1);
	n = 0;
	for (size_t i = 0; i < s->pieces_n; i++) {
		struct slice value = piece_value(run, &s->pieces[i]);

		if (value.n > 0)
			memcpy(out + n, value.p, value.n);
		n += value.n;
	}
	out[n] = '\0';
	run->work += n;
	return utf8_cut(slice_of(out, n), SIEVE_TEXT_MAX);
}

struct slice
run_arg(struct sieve_run *run, const struct sieve_value *value)
{
	return value == NULL || value->n == 0 ? SLICE_NONE :
	    run_text(run, &value->strings[0]);
}

struct slice
run_tag(struct sieve_run *run, const struct sieve_node *node,
    enum sieve_tag tag)
{
	const struct sieve_tag_use *use = node_tag(node, tag);

	return use == NULL ? SLICE_NONE : run_arg(run, use->value);
}

int64_t
run_tag_number(const struct sieve_node *node, enum sieve_tag tag,
    int64_t fallback)
{
	const struct sieve_tag_use *use = node_tag(node, tag);

	return use == NULL ? fallback : use->value->number;
}

struct result_action *
run_add_action(struct sieve_run *run, const struct sieve_node *node,
    enum action_verb verb)
{
	struct sieve_result *r = run->result;
	struct result_action *a;

	if (r->n == RESULT_ACTIONS_MAX) {
		run_fail(run, node, "more than %d actions",
		    RESULT_ACTIONS_MAX);
		return NULL;
	}
	a = &r->actions[r->n++];
	memset(a, 0, sizeof(*a));
	a->verb = verb;
	a->script = run->frame->script->name;
	a->line = node->line;
	return a;
}
