/* SPDX-License-Identifier: ISC */
/*
 * Rules of fe-limit, from the administrator's text.
 */
#include "limit_rule.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/number.h"

#define RATE_MAX INT64_C(1000000000000)
#define SPAN_MAX_S (INT64_C(366) * 86400)   /* of any time */
#define NS_PER_S INT64_C(1000000000)

static const char *const steps[] = {
    "message", "connection", "recipient", "unknown"};
static const char *const counts[] = {"messages", "recipients", "octets"};

const char *
limit_step_name(enum limit_step step)
{
	return steps[step];
}

static int
find(const char *const *names, size_t n, struct slice name)
{
	for (size_t i = 0; i < n; i++)
		if (slice_is(name, names[i]))
			return (int)i;
	return -1;
}

int
limit_step_find(struct slice name)
{
	return find(steps, sizeof(steps) / sizeof(steps[0]), name);
}

static bool
is_plain(struct slice text, const char *others)
{
	if (text.n == 0)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_alnum(text.p[i]) &&
		    (text.p[i] == '\0' || strchr(others, text.p[i]) == NULL))
			return false;
	return true;
}

static int
set_key(struct limit_rule *rule, struct slice text)
{
	while (text.p != NULL) {
		struct slice member = slice_cut(&text, ',');

		if (!is_plain(member, "._-") || member.p[0] == '.' ||
		    slice_ends(member, ".") ||
		    slice_find_text(member, SLICE("..")) < member.n ||
		    rule->members_n == LIMIT_MEMBERS_MAX)
			return -1;
		rule->members[rule->members_n++] = member;
	}
	return 0;
}

/* At least a second, at most a year. */
static int
parse_span(struct slice text, int64_t *out)
{
	int64_t seconds;

	if (number_parse_duration(text, &seconds) < 0 || seconds < 1 ||
	    seconds > SPAN_MAX_S)
		return -1;
	*out = seconds;
	return 0;
}

/* `60/h', `100/30m', `50M/1d'. */
static int
set_rate(struct limit_rule *rule, struct slice text)
{
	struct slice amount = slice_cut(&text, '/');
	int64_t n, seconds;
	char unit[3] = "1";

	if (text.n == 1) {
		unit[1] = text.p[0];
		text = slice_of(unit, 2);
	}
	if (number_parse_size(amount, &n) < 0 || n < 1 || n > RATE_MAX ||
	    parse_span(text, &seconds) < 0)
		return -1;
	rule->interval_ns = seconds * NS_PER_S / n;
	if (rule->interval_ns == 0)
		rule->interval_ns = 1;
	if (rule->burst == 0)
		rule->burst = n;
	return 0;
}

static int
set_number(int64_t *out, struct slice text)
{
	int64_t n;

	if (number_parse_size(text, &n) < 0 || n < 1 || n > RATE_MAX)
		return -1;
	*out = n;
	return 0;
}

static int
set_choice(const char *const *names, size_t n, struct slice text, int *out)
{
	int found = find(names, n, text);

	if (found >= 0)
		*out = found;
	return found < 0 ? -1 : 0;
}

/* One `NAME=VALUE' or flag; -1: it is none. */
static int
set_word(struct limit_rule *rule, struct slice name, struct slice value)
{
	int choice = 0, result = -1;

	if (value.p == NULL) {
		if (slice_is(name, "greylist"))
			rule->greylist = true;
		else if (slice_is(name, "observe"))
			rule->observe = true;
		else
			return -1;
		return 0;
	}
	if (slice_is(name, "key"))
		return set_key(rule, value);
	if (slice_is(name, "rate"))
		return set_rate(rule, value);
	if (slice_is(name, "burst"))
		return set_number(&rule->burst, value);
	if (slice_is(name, "ban"))
		return parse_span(value, &rule->ban_s);
	if (slice_is(name, "slow"))
		return parse_span(value, &rule->slow_s);
	if (slice_is(name, "delay"))
		return parse_span(value, &rule->delay_s);
	if (slice_is(name, "window"))
		return parse_span(value, &rule->window_s);
	if (slice_is(name, "keep"))
		return parse_span(value, &rule->keep_s);
	if (slice_is(name, "at")) {
		result = set_choice(steps, sizeof(steps) / sizeof(steps[0]),
		    value, &choice);
		rule->step = (enum limit_step)choice;
	} else if (slice_is(name, "count")) {
		result = set_choice(counts,
		    sizeof(counts) / sizeof(counts[0]), value, &choice);
		rule->count = (enum limit_count)choice;
	}
	return result;
}

/* What the words mean together. */
static int
check(struct limit_rule *rule, struct err *err)
{
	bool greylist = rule->greylist;
	const char *why = NULL;

	if (rule->members_n == 0)
		why = "it has no key=";
	else if (greylist == (rule->interval_ns > 0))
		why = "it has either rate= or greylist";
	else if (greylist && (rule->burst > 0 || rule->ban_s > 0 ||
	    rule->slow_s > 0 || rule->count != LIMIT_MESSAGES))
		why = "burst, ban, slow and count go with rate=";
	else if (!greylist && (rule->delay_s > 0 || rule->window_s > 0 ||
	    rule->keep_s > 0))
		why = "delay, window and keep go with greylist";
	else if (rule->count != LIMIT_MESSAGES &&
	    rule->step != LIMIT_AT_MESSAGE)
		why = "count= goes with at=message";
	else if (!greylist &&
	    rule->burst > SPAN_MAX_S * NS_PER_S / rule->interval_ns)
		why = "burst times its interval is over a year";
	if (why != NULL)
		return err_set(err, ERR_CONFIG, "rule '%s': %s", rule->name,
		    why);
	if (greylist && rule->delay_s == 0)
		rule->delay_s = 300;
	if (greylist && rule->window_s == 0)
		rule->window_s = 2 * 86400;
	if (greylist && rule->keep_s == 0)
		rule->keep_s = 35 * 86400;
	if (rule->window_s < rule->delay_s)
		return err_set(err, ERR_CONFIG,
		    "rule '%s': window is shorter than delay", rule->name);
	return 0;
}

static int
set_name(struct limit_rule *rule, struct slice name, struct err *err)
{
	if (name.n > LIMIT_NAME_MAX || !is_plain(name, "._,-"))
		return err_set(err, ERR_CONFIG, "'%.*s' is no name of a rule: "
		    "1 to %d letters, digits, '.', ',', '_' or '-'",
		    (int)(name.n > 60 ? 60 : name.n), name.p, LIMIT_NAME_MAX);
	memcpy(rule->name, name.p, name.n);
	rule->name[name.n] = '\0';
	return 0;
}

int
limit_rule_parse(const char *text, struct limit_rule *rule, struct err *err)
{
	struct slice rest = slice_trim(slice_text(text));

	*rule = (struct limit_rule){.members_n = 0};
	if (set_name(rule, slice_cut(&rest, ' '), err) < 0)
		return -1;
	while (rest.p != NULL) {
		struct slice word = slice_cut(&rest, ' '), value = word;
		struct slice name = slice_cut(&value, '=');

		if (word.n == 0)
			continue;
		if (set_word(rule, name, value) < 0)
			return err_set(err, ERR_CONFIG, "rule '%s': '%.*s' is "
			    "no word of a rule, or has a bad value",
			    rule->name, (int)(word.n > 60 ? 60 : word.n),
			    word.p);
	}
	return check(rule, err);
}

int
limit_rule_check(const char *text, struct err *err)
{
	struct limit_rule rule;

	return limit_rule_parse(text, &rule, err);
}

int
limit_rule_make(const char *key, const char *rate, int64_t burst,
    struct limit_rule *rule, struct err *err)
{
	*rule = (struct limit_rule){.burst = burst};
	if (set_name(rule, slice_text(key), err) < 0)
		return -1;
	if (rate == NULL || set_rate(rule, slice_text(rate)) < 0)
		return err_set(err, ERR_CONFIG,
		    "--key '%s' wants a --rate like 60/1h", key);
	if (set_key(rule, slice_text(key)) < 0)
		return err_set(err, ERR_CONFIG, "--key '%s' is no list of "
		    "members of a record, at most %d", key,
		    LIMIT_MEMBERS_MAX);
	return check(rule, err);
}
