/* SPDX-License-Identifier: ISC */
/* Values, tags and the arguments of a word. */
#include <string.h>

#include "expansion.h"
#include "parser_parts.h"

/* ---- values ---- */

static int
add_string(struct parser *p, struct sieve_value *value, size_t *capacity)
{
	struct arena *arena = &p->script->arena;
	struct err err = ERR_INIT;

	if (value->n == *capacity) {
		struct sieve_string *old = value->strings;

		*capacity = *capacity > 0 ? *capacity * 2 : 2;
		value->strings = arena_take(arena, *capacity * sizeof(*old));
		if (value->n > 0)
			memcpy(value->strings, old, value->n * sizeof(*old));
	}
	if (expansion_compile(p->script, p->token.text,
	    &value->strings[value->n], &err) < 0)
		return lexer_fail(&p->lexer, p->token.from, "%s", err.text);
	if (value->strings[value->n].pieces_n > 0)
		p->used |= EXT_BIT(EXT_VARIABLES);
	value->n++;
	return parser_next(p);
}

static int
parse_list(struct parser *p, struct sieve_value *value, size_t *capacity)
{
	if (parser_next(p) < 0)
		return -1;
	if (parser_at_mark(p, ']'))
		return lexer_fail(&p->lexer, p->token.from,
		    "a list holds at least one string");
	for (;;) {
		if (p->token.kind != TOKEN_STRING)
			return parser_fail_expected(p, "a string",
			    " in the list");
		if (add_string(p, value, capacity) < 0)
			return -1;
		if (parser_at_mark(p, ']'))
			return parser_next(p);
		if (!parser_at_mark(p, ','))
			return parser_fail_expected(p, "',' or ']'",
			    " in the list");
		if (parser_next(p) < 0)
			return -1;
	}
}

static int
parse_value(struct parser *p, struct sieve_value **out)
{
	struct sieve_value *value = arena_zeroed(&p->script->arena,
	    sizeof(*value));
	size_t capacity = 0;

	*out = value;
	value->at = p->token.from;
	if (p->token.kind == TOKEN_NUMBER) {
		value->is_number = true;
		value->number = p->token.number;
		return parser_next(p);
	}
	if (p->token.kind == TOKEN_STRING)
		return add_string(p, value, &capacity);
	return parse_list(p, value, &capacity);
}

static bool
at_value(const struct parser *p)
{
	return p->token.kind == TOKEN_NUMBER ||
	    p->token.kind == TOKEN_STRING || parser_at_mark(p, '[');
}

static const char *
kind_text(char kind)
{
	return kind == 'N' ? "a number" : kind == 'S' ? "a string" :
	    "a string or a list of strings";
}

static bool
value_fits(const struct sieve_value *value, bool was_list, char kind)
{
	if (kind == 'N')
		return value->is_number;
	return !value->is_number && (kind == 'L' || !was_list);
}

/* ---- tags ---- */

static int
set_match_tag(struct parser *p, struct sieve_node *node, enum sieve_tag tag,
    size_t at, unsigned *seen)
{
	unsigned group = tag >= TAG_ALL ? 2 : tag >= TAG_IS ? 1 : 0;

	if (group == 0)
		return 0;
	if (*seen & group)
		return lexer_fail(&p->lexer, at, "a second %s for '%s'",
		    group == 1 ? "way to match" : "part of an address",
		    node->def->name);
	*seen |= group;
	if (group == 1)
		node->match.type = (enum match_type)(tag - TAG_IS);
	else
		node->match.part = (enum address_part)(tag - TAG_ALL);
	return 0;
}

static int
fail_tag(struct parser *p, const struct sieve_node *node)
{
	char found[TOKEN_TEXT_SIZE];

	return lexer_fail(&p->lexer, p->token.from, tag_exists(p->token.text) ?
	    "'%s' does not take %s" : "'%s': there is no tag %s",
	    node->def->name, token_text(&p->token, found));
}

static int
parse_tag(struct parser *p, struct sieve_node *node, unsigned *seen)
{
	const struct tag_def *def = tag_find(node->def, p->token.text);
	size_t at = p->token.from;
	struct sieve_tag_use *use;
	bool was_list;

	if (def == NULL)
		return fail_tag(p, node);
	if (parser_need(p, tag_needs(node->def, def), at, ":", def->name) < 0 ||
	    set_match_tag(p, node, def->tag, at, seen) < 0)
		return -1;
	if (node_tag(node, def->tag) != NULL)
		return lexer_fail(&p->lexer, at, "':%s' is given twice",
		    def->name);
	use = arena_zeroed(&p->script->arena, sizeof(*use));
	use->tag = def->tag;
	use->next = node->tags;
	node->tags = use;
	if (parser_next(p) < 0)
		return -1;
	if (def->arg == 0)
		return 0;
	was_list = parser_at_mark(p, '[');
	if (!at_value(p))
		return parser_fail_expected(p, kind_text(def->arg),
		    " behind the tag");
	at = p->token.from;
	if (parse_value(p, &use->value) < 0)
		return -1;
	if (!value_fits(use->value, was_list, def->arg))
		return lexer_fail(&p->lexer, at, "expected %s behind ':%s'",
		    kind_text(def->arg), def->name);
	return 0;
}

/* ---- arguments ---- */

struct given {
	struct sieve_value *values[NODE_ARGS_MAX];
	bool was_list[NODE_ARGS_MAX];
	size_t n;
};

static size_t
count_kinds(const char *args, bool with_optional)
{
	size_t n = 0;

	for (; *args != '\0'; args++) {
		if (*args == '?') {
			args++;
			n += with_optional;
		} else
			n++;
	}
	return n;
}

static int
fail_count(struct parser *p, const struct sieve_node *node, size_t given)
{
	size_t wanted = count_kinds(node->def->args, given > 0);

	if (given < wanted)
		return parser_fail_expected(p, given == 0 ? "an argument" :
		    "another argument", " here");
	return lexer_fail(&p->lexer, node->at, "'%s' takes %zu argument%s, "
	    "%zu are given", node->def->name, wanted, wanted == 1 ? "" : "s",
	    given);
}

/* Puts what was given into the places of def->args. */
static int
place_arguments(struct parser *p, struct sieve_node *node,
    const struct given *given)
{
	const char *kind = node->def->args;
	bool whole = given->n == count_kinds(kind, true);
	size_t place = 0, i = 0;

	if (!whole && given->n != count_kinds(kind, false))
		return fail_count(p, node, given->n);
	for (; *kind != '\0'; kind++, place++) {
		if (*kind == '?') {
			kind++;
			if (!whole)
				continue;
		}
		if (!value_fits(given->values[i], given->was_list[i], *kind))
			return lexer_fail(&p->lexer, given->values[i]->at,
			    "expected %s for '%s'", kind_text(*kind),
			    node->def->name);
		node->args[place] = given->values[i++];
	}
	return 0;
}

int
parser_arguments(struct parser *p, struct sieve_node *node)
{
	struct given given = {.n = 0};
	unsigned seen = 0;

	while (p->token.kind == TOKEN_TAG || at_value(p)) {
		if (p->token.kind == TOKEN_TAG) {
			if (given.n > 0)
				return parser_fail_expected(p, "tags",
				    " before the other arguments");
			if (parse_tag(p, node, &seen) < 0)
				return -1;
			continue;
		}
		if (given.n == NODE_ARGS_MAX ||
		    given.n == count_kinds(node->def->args, true))
			return parser_fail_expected(p, "no more arguments", "");
		given.was_list[given.n] = parser_at_mark(p, '[');
		if (parse_value(p, &given.values[given.n]) < 0)
			return -1;
		given.n++;
	}
	return place_arguments(p, node, &given);
}
