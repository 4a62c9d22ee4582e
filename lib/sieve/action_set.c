/* SPDX-License-Identifier: ISC */
/* What a script remembers while it runs. */
#include <stdio.h>
#include <string.h>

#include "actions.h"
#include "base/utf8.h"
#include "flags.h"
#include "mailto.h"

static struct slice
quote(struct sieve_run *run, struct slice s, const char *special)
{
	char *out = arena_take(run->arena, 2 * s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\0' && strchr(special, s.p[i]) != NULL)
			out[n++] = '\\';
		out[n++] = s.p[i];
	}
	return slice_of(out, n);
}

static struct slice
change_case(struct sieve_run *run, struct slice s, bool upper, bool first)
{
	struct slice copy = arena_copy(run->arena, s);
	char *p = (char *)(uintptr_t)copy.p;
	size_t n = first && s.n > 1 ? 1 : s.n;

	for (size_t i = 0; i < n; i++) {
		if (!upper)
			p[i] = ascii_lower(p[i]);
		else if (p[i] >= 'a' && p[i] <= 'z')
			p[i] = (char)(p[i] - 'a' + 'A');
	}
	return copy;
}

static struct slice
length_of(struct sieve_run *run, struct slice s)
{
	char text[24];
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	snprintf(text, sizeof(text), "%zu", n);
	return arena_copy(run->arena, slice_text(text));
}

static struct slice
encode_url(struct sieve_run *run, struct slice s)
{
	struct buf out = BUF_LIMITED(RUN_VALUE_MAX * 3);
	struct slice copy;

	(void)mailto_encode(s, &out);
	copy = arena_copy(run->arena, buf_slice(&out));
	buf_free(&out);
	return copy;
}

/* By precedence, the highest first (RFC 5229, 4.1; RFC 5435, 6). */
static struct slice
modify(struct sieve_run *run, const struct sieve_node *node, struct slice s)
{
	static const enum sieve_tag order[] = {TAG_LOWER, TAG_UPPER,
	    TAG_LOWERFIRST, TAG_UPPERFIRST, TAG_QUOTEWILDCARD, TAG_QUOTEREGEX,
	    TAG_ENCODEURL, TAG_LENGTH};

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		if (node_tag(node, order[i]) == NULL)
			continue;
		if (i < 4)
			s = change_case(run, s, i % 2 == 1, i >= 2);
		else if (order[i] == TAG_LENGTH)
			s = length_of(run, s);
		else if (order[i] == TAG_ENCODEURL)
			s = encode_url(run, s);
		else
			s = quote(run, s, order[i] == TAG_QUOTEWILDCARD ?
			    "*?\\" : "\\^$.|?*+()[]{}");
	}
	return s;
}

int
action_set(struct sieve_run *run, const struct sieve_node *node)
{
	struct slice value = utf8_cut(run_arg(run, node->args[1]),
	    RUN_VALUE_MAX);

	run_set_variable(run, node->args[0]->strings[0].variable,
	    modify(run, node, value));
	return run_work(run, node, value.n);
}

/* ---- flags ---- */

static int
change_flags(struct sieve_run *run, const struct sieve_node *node,
    struct slice (*change)(struct sieve_run *run, struct slice list,
	const struct sieve_value *values), bool from_nothing)
{
	const struct sieve_value *name = node->args[0];
	int index = name != NULL ? name->strings[0].variable : -1;
	struct slice list = from_nothing ? SLICE_NONE : index < 0 ?
	    run->flags : run_variable(run, index);

	list = change(run, list, node->args[1]);
	if (index < 0)
		run->flags = list;
	else
		run_set_variable(run, index, list);
	return run_work(run, node, list.n);
}

int
action_setflag(struct sieve_run *run, const struct sieve_node *node)
{
	return change_flags(run, node, flags_add, true);
}

int
action_addflag(struct sieve_run *run, const struct sieve_node *node)
{
	return change_flags(run, node, flags_add, false);
}

int
action_removeflag(struct sieve_run *run, const struct sieve_node *node)
{
	return change_flags(run, node, flags_remove, false);
}
