/* SPDX-License-Identifier: ISC */
/* What the constants may be that words and their tags take. */
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

int
validate_arguments(const struct sieve_node *node, size_t *at, struct err *err)
{
	return check_tag_values(node, at, err) < 0 ||
	    check_arguments(node, at, err) < 0 ? -1 : 0;
}
