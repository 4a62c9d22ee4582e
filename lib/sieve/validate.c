/* SPDX-License-Identifier: ISC */
/* Faults that a person makes are told before any mail meets them. */
#include "validate.h"

#include "mail/header.h"

#define FAIL(...) err_set(err, ERR_CONFIG, __VA_ARGS__)

/* ---- what a match compares by ---- */

static int
check_comparator(struct sieve_node *node, size_t *at, struct err *err)
{
	static const char *const names[] = {"i;ascii-casemap", "i;octet",
	    "i;ascii-numeric"};
	const struct sieve_tag_use *use = node_tag(node, TAG_COMPARATOR);
	struct slice name;

	if (use == NULL)
		return 0;
	*at = use->value->at;
	name = value_constant(use->value);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_is(name, names[i])) {
			node->match.comparator = (enum comparator)i;
			node->match.comparator_given = true;
			return 0;
		}
	return FAIL("there is no comparator '%.*s'", SLICE_ARG(name));
}

static int
check_relation(struct sieve_node *node, size_t *at, struct err *err)
{
	static const char *const names[] = {"eq", "ne", "gt", "ge", "lt",
	    "le"};
	const struct sieve_tag_use *use = node_tag(node, TAG_COUNT);
	struct slice name;

	if (use == NULL)
		use = node_tag(node, TAG_VALUE);
	if (use == NULL)
		return 0;
	*at = use->value->at;
	name = value_constant(use->value);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_case_is(name, names[i])) {
			node->match.relation = (enum match_relation)i;
			return 0;
		}
	return FAIL("expected \"gt\", \"ge\", \"lt\", \"le\", \"eq\" or "
	    "\"ne\", found \"%.*s\"", SLICE_ARG(name));
}

static int
compile_regexes(struct sieve_script *s, struct sieve_node *node, size_t *at,
    struct err *err)
{
	struct sieve_value *keys = NULL;

	for (size_t i = 0; i < NODE_ARGS_MAX; i++)
		if (node->args[i] != NULL)
			keys = node->args[i];
	for (size_t i = 0; keys != NULL && i < keys->n; i++) {
		struct sieve_string *key = &keys->strings[i];

		if (key->pieces_n > 0)
			continue;
		*at = keys->at;
		key->regex = regex_new(key->text,
		    node->match.comparator == COMPARE_CASEMAP, err);
		if (key->regex == NULL)
			return -1;
		regex_keep(&s->regexes, key->regex);
	}
	return 0;
}

static int
check_match(struct sieve_script *s, struct sieve_node *node, size_t *at,
    struct err *err)
{
	enum match_type type = node->match.type;

	if (check_comparator(node, at, err) < 0 ||
	    check_relation(node, at, err) < 0)
		return -1;
	*at = node->at;
	if (node->match.comparator == COMPARE_NUMERIC &&
	    (type == MATCH_CONTAINS || type == MATCH_MATCHES ||
	    type == MATCH_REGEX))
		return FAIL("\"i;ascii-numeric\" compares numbers: it goes "
		    "with :is, :value and :count");
	if (type == MATCH_REGEX)
		return compile_regexes(s, node, at, err);
	return 0;
}

static int
exclude(const struct sieve_node *node, const enum sieve_tag *tags, size_t n,
    bool needed, struct err *err)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (tags[i] != TAG_NONE)
			count += node_tag(node, tags[i]) != NULL;
	if (count > 1)
		return FAIL("'%s' has tags that exclude each other",
		    node->def->name);
	if (needed && count == 0)
		return FAIL("'%s' needs ':over' or ':under'", node->def->name);
	return 0;
}

static int
check_tags(const struct sieve_node *node, size_t *at, struct err *err)
{
	static const enum sieve_tag groups[][3] = {
	    {TAG_OVER, TAG_UNDER, TAG_NONE}, {TAG_RAW, TAG_CONTENT, TAG_TEXT},
	    {TAG_DAYS, TAG_SECONDS, TAG_NONE},
	    {TAG_ZONE, TAG_ORIGINALZONE, TAG_NONE},
	    {TAG_HEADER, TAG_UNIQUEID, TAG_NONE},
	    {TAG_PERSONAL, TAG_GLOBAL, TAG_NONE},
	    {TAG_LOWER, TAG_UPPER, TAG_NONE},
	    {TAG_LOWERFIRST, TAG_UPPERFIRST, TAG_NONE},
	    {TAG_QUOTEWILDCARD, TAG_QUOTEREGEX, TAG_NONE}};
	const struct sieve_tag_use *index = node_tag(node, TAG_INDEX);

	*at = node->at;
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (exclude(node, groups[i], 3, i == 0 &&
		    node->def->word == WORD_SIZE, err) < 0)
			return -1;
	if (node->def->takes & TAKES_INDEX &&
	    node_tag(node, TAG_LAST) != NULL && index == NULL)
		return FAIL("':last' needs ':index'");
	if (index != NULL && index->value->number == 0)
		return FAIL("':index' counts from 1");
	return 0;
}

/* In tests that is no error, and no field has the name (RFC 5228, 2.4.2.2). */
static void
warn_header_names(struct sieve_script *s, const struct sieve_node *node)
{
	const struct sieve_tag_use *header = node_tag(node, TAG_HEADER);
	enum sieve_word word = node->def->word;
	const struct sieve_value *names = header != NULL ? header->value :
	    word == WORD_HEADER || word == WORD_ADDRESS ||
	    word == WORD_EXISTS || word == WORD_DATE ? node->args[0] : NULL;

	for (size_t i = 0; names != NULL && i < names->n; i++) {
		struct slice name = names->strings[i].text;

		if (names->strings[i].pieces_n == 0 &&
		    !header_name_is_valid(name))
			buf_format(&s->warnings, "%s:%u: no field of a header "
			    "has the name '%.*s'\n", s->name, node->line,
			    SLICE_ARG(slice_part(name, 0, 100)));
	}
}

/* The name that a command gives to a variable stands for it from here on. */
static int
bind_variables(struct sieve_script *s, struct sieve_node *node,
    struct err *err)
{
	struct sieve_value *names = node->args[0];

	for (size_t i = 0; names != NULL && i < names->n; i++) {
		struct sieve_variable *v;
		int index;

		if (names->strings[i].pieces_n > 0)
			return FAIL("the name of a variable is a constant");
		index = script_variable(s, names->strings[i].text);
		if (index < 0)
			return FAIL("more than %d variables",
			    SIEVE_VARIABLES_MAX);
		v = &s->variables[index];
		if (node->def->word == WORD_GLOBAL) {
			if (slice_case_starts(v->name, "global."))
				return FAIL("the name of a global variable "
				    "stands without 'global.' here");
			if (v->is_set && !v->is_global)
				return FAIL("'%.*s' was set before as a "
				    "variable of this script", SLICE_ARG(
				    names->strings[i].text));
			v->is_global = true;
		}
		v->is_set |= node->def->word == WORD_SET;
		names->strings[i].variable = index;
	}
	return 0;
}

int
validate_node(struct sieve_script *s, struct sieve_node *node, size_t *at,
    struct err *err)
{
	enum sieve_word word = node->def->word;

	*at = node->at;
	if (check_match(s, node, at, err) < 0 ||
	    check_tags(node, at, err) < 0 ||
	    validate_arguments(node, at, err) < 0)
		return -1;
	warn_header_names(s, node);
	*at = node->at;
	if (node->args[0] != NULL && (word == WORD_SETFLAG ||
	    word == WORD_ADDFLAG || word == WORD_REMOVEFLAG ||
	    word == WORD_HASFLAG || word == WORD_GLOBAL) &&
	    !(s->required & EXT_BIT(EXT_VARIABLES)))
		return FAIL("a variable in '%s' needs: require \"variables\"",
		    node->def->name);
	if (word == WORD_SET || word == WORD_SETFLAG || word == WORD_ADDFLAG ||
	    word == WORD_REMOVEFLAG || word == WORD_HASFLAG ||
	    word == WORD_GLOBAL)
		return bind_variables(s, node, err);
	return 0;
}
