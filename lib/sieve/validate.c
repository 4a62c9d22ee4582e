/* SPDX-License-Identifier: ISC */
/* Faults that a person makes are told before any mail meets them. */
#include "validate.h"

#include <string.h>

#include "base/utf8.h"
#include "expansion.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mailto.h"

#define FAIL(...) err_set(err, ERR_CONFIG, __VA_ARGS__)

int
zone_parse(struct slice text, int *minutes)
{
	int hours, rest;

	if (text.n != 5 || (text.p[0] != '+' && text.p[0] != '-'))
		return -1;
	for (size_t i = 1; i < 5; i++)
		if (!ascii_is_digit(text.p[i]))
			return -1;
	hours = (text.p[1] - '0') * 10 + text.p[2] - '0';
	rest = (text.p[3] - '0') * 10 + text.p[4] - '0';
	if (hours > 23 || rest > 59)
		return -1;
	*minutes = (hours * 60 + rest) * (text.p[0] == '-' ? -1 : 1);
	return 0;
}

int
date_part_find(struct slice name)
{
	static const char *const parts[] = {"year", "month", "day", "date",
	    "julian", "hour", "minute", "second", "time", "iso8601", "std11",
	    "zone", "weekday"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (slice_case_is(name, parts[i]))
			return (int)i;
	return -1;
}

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

/* ---- arguments of single words ---- */

typedef int check_text(struct slice text, const struct sieve_node *node,
    struct err *err);

/* Each constant of an argument. */
static int
check_each(const struct sieve_node *node, const struct sieve_value *value,
    check_text *check, size_t *at, struct err *err)
{
	for (size_t i = 0; value != NULL && i < value->n; i++) {
		*at = value->at;
		if (value->strings[i].pieces_n == 0 &&
		    check(value->strings[i].text, node, err) < 0)
			return -1;
	}
	return 0;
}

static int
check_header_name(struct slice text, const struct sieve_node *node,
    struct err *err)
{
	(void)node;
	if (header_name_is_valid(text))
		return 0;
	return FAIL("'%.*s' is no name of a header field", SLICE_ARG(text));
}

static int
check_address_field(struct slice text, const struct sieve_node *node,
    struct err *err)
{
	static const char *const no_addresses[] = {"subject", "received",
	    "date", "message-id", "content-type", "mime-version", NULL};

	(void)node;
	for (size_t i = 0; no_addresses[i] != NULL; i++)
		if (slice_case_is(text, no_addresses[i]))
			return FAIL("'%.*s' holds no addresses: test it with "
			    "'header'", SLICE_ARG(text));
	return 0;
}

static int
check_envelope_part(struct slice text, const struct sieve_node *node,
    struct err *err)
{
	(void)node;
	if (slice_case_is(text, "from") || slice_case_is(text, "to"))
		return 0;
	return FAIL("'%.*s' is no part of an envelope: expected \"from\" or "
	    "\"to\"", SLICE_ARG(text));
}

/* Groups have no names here (RFC 5228, 2.4.2.3). */
static bool
are_addresses(struct slice text, size_t max)
{
	struct slice local, domain;
	struct address_list list;
	bool good;

	address_list_parse(&list, text);
	good = list.n > 0 && list.n <= max && !list.malformed;
	for (size_t i = 0; i < list.n; i++)
		good = good && !list.items[i].in_group &&
		    list.items[i].domain.n > 0 && address_parse_path(
		    buf_slice(&list.items[i].text), true, &local,
		    &domain) == 0;
	address_list_free(&list);
	return good;
}

static int
check_address(struct slice text, const struct sieve_node *node,
    struct err *err)
{
	(void)node;
	return are_addresses(text, 1) ? 0 :
	    FAIL("'%.*s' is no mail address", SLICE_ARG(text));
}

/* Whom an answer is from: a mailbox-list (RFC 5230, 4.3). */
static int
check_addresses(struct slice text, const struct sieve_node *node,
    struct err *err)
{
	(void)node;
	return are_addresses(text, ADDRESS_LIST_MAX) ? 0 :
	    FAIL("'%.*s' is no mail address", SLICE_ARG(text));
}

static int
check_folder(struct slice text, const struct sieve_node *node,
    struct err *err)
{
	(void)node;
	if (text.n == 0 || text.n > 255)
		return FAIL("the name of a folder has 1 to 255 octets");
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ')
			return FAIL("a control character in the name of a "
			    "folder");
	if (!utf8_is_valid(text))
		return FAIL("the name of a folder is not UTF-8");
	return 0;
}

static int
check_variable(struct slice text, const struct sieve_node *node,
    struct err *err)
{
	(void)node;
	if (variable_name_is_valid(text))
		return 0;
	return FAIL("'%.*s' is no name of a variable", SLICE_ARG(text));
}

static int
check_zone(struct slice text, const struct sieve_node *node, struct err *err)
{
	int minutes;

	(void)node;
	if (zone_parse(text, &minutes) == 0)
		return 0;
	return FAIL("'%.*s' is no time zone: expected one like \"+0100\"",
	    SLICE_ARG(text));
}

static int
check_date_part(struct slice text, const struct sieve_node *node,
    struct err *err)
{
	(void)node;
	if (date_part_find(text) >= 0)
		return 0;
	return FAIL("'%.*s' is no part of a date: expected \"year\", "
	    "\"month\", \"day\", \"date\", \"julian\", \"hour\", \"minute\", "
	    "\"second\", \"time\", \"iso8601\", \"std11\", \"zone\" or "
	    "\"weekday\"", SLICE_ARG(text));
}

static int
check_importance(struct slice text, const struct sieve_node *node,
    struct err *err)
{
	(void)node;
	if (slice_is(text, "1") || slice_is(text, "2") || slice_is(text, "3"))
		return 0;
	return FAIL("expected the importance \"1\", \"2\" or \"3\"");
}

/* NAME=VALUE (RFC 5435, 3.5). */
static int
check_notify_option(struct slice text, const struct sieve_node *node,
    struct err *err)
{
	struct slice value = text, name = slice_cut(&value, '=');
	bool good = value.p != NULL && name.n > 0 && ascii_is_alnum(name.p[0]);

	(void)node;
	for (size_t i = 0; i < name.n; i++)
		good &= ascii_is_alnum(name.p[i]) ||
		    strchr(".-_", name.p[i]) != NULL;
	for (size_t i = 0; value.p != NULL && i < value.n; i++)
		good &= value.p[i] != '\r' && value.p[i] != '\n';
	return good ? 0 : FAIL("expected an option like \"name=value\", found "
	    "\"%.*s\"", SLICE_ARG(text));
}

static int
check_method(struct slice text, const struct sieve_node *node,
    struct err *err)
{
	(void)node;
	/* of another kind: that is for the run to find (RFC 5435, 3.2) */
	if (mailto_is_valid(text) || mailto_is_other_uri(text))
		return 0;
	return FAIL("'%.*s' is no way to notify: expected a URI like "
	    "\"mailto:me@example.org\"", SLICE_ARG(text));
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

static int
check_tag_values(const struct sieve_node *node, size_t *at, struct err *err)
{
	static const struct {
		enum sieve_tag tag;
		enum sieve_word word; /* WORD_NONE: all */
		check_text *check;
	} rules[] = {
	    {TAG_ZONE, WORD_NONE, check_zone},
	    {TAG_IMPORTANCE, WORD_NONE, check_importance},
	    {TAG_FROM, WORD_VACATION, check_addresses},
	    {TAG_FROM, WORD_NOTIFY, check_address},
	    {TAG_OPTIONS, WORD_NOTIFY, check_notify_option}};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		const struct sieve_tag_use *use = node_tag(node, rules[i].tag);

		if (use != NULL && (rules[i].word == WORD_NONE ||
		    rules[i].word == node->def->word) &&
		    check_each(node, use->value, rules[i].check, at, err) < 0)
			return -1;
	}
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

static int
check_arguments(const struct sieve_node *node, size_t *at, struct err *err)
{
	static const struct {
		enum sieve_word word;
		size_t arg;
		check_text *check;
	} rules[] = {
	    {WORD_ADDRESS, 0, check_address_field},
	    {WORD_ADDHEADER, 0, check_header_name},
	    {WORD_DELETEHEADER, 0, check_header_name},
	    {WORD_ENVELOPE, 0, check_envelope_part},
	    {WORD_DATE, 1, check_date_part},
	    {WORD_CURRENTDATE, 0, check_date_part},
	    {WORD_REDIRECT, 0, check_address},
	    {WORD_FILEINTO, 0, check_folder},
	    {WORD_SET, 0, check_variable},
	    {WORD_SETFLAG, 0, check_variable},
	    {WORD_ADDFLAG, 0, check_variable},
	    {WORD_REMOVEFLAG, 0, check_variable},
	    {WORD_HASFLAG, 0, check_variable},
	    {WORD_GLOBAL, 0, check_variable},
	    {WORD_NOTIFY, 0, check_method}};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (rules[i].word == node->def->word &&
		    check_each(node, node->args[rules[i].arg], rules[i].check,
		    at, err) < 0)
			return -1;
	return 0;
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
	    check_tag_values(node, at, err) < 0 ||
	    check_arguments(node, at, err) < 0)
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
