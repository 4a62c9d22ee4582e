/* SPDX-License-Identifier: ISC */
/*
 * The rules as a text that a person wrote: each mistake is told with its line.
 */
#include "ops/watch_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/number.h"

static const char *const keys[] = {
    "address", "network", "account", "object", "all"};
static const char *const whats[] = {
    "signals", "accounts", "addresses", "networks", "objects", "ports"};

/* The next word; *rest goes on behind the blanks after it. */
static struct slice
word(struct slice *rest)
{
	size_t n = 0;
	struct slice taken;

	while (n < rest->n && !ascii_is_space(rest->p[n]))
		n++;
	taken = slice_part(*rest, 0, n);
	*rest = slice_trim(slice_part(*rest, n, rest->n));
	return taken;
}

static int
find(struct slice text, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_is(text, names[i]))
			return (int)i;
	return -1;
}

int
watch_rules_signal(const struct watch_rules *rules, struct slice name)
{
	for (size_t i = 0; i < rules->signals_n; i++)
		if (slice_equal(rules->signals[i], name))
			return (int)i;
	return -1;
}

static int
add_signal(struct watch_rules *rules, struct slice name, struct err *err)
{
	int known = watch_rules_signal(rules, name);

	if (known >= 0)
		return known;
	if (!event_name_is_valid(name))
		return err_set(err, ERR_CONFIG, "'%.*s' is no name: a to z, "
		    "digits and hyphens, at most %d", SLICE_ARG(name),
		    EVENT_NAME_MAX);
	if (rules->signals_n == WATCH_SIGNALS_MAX)
		return err_set(err, ERR_CONFIG,
		    "more than %d signals", WATCH_SIGNALS_MAX);
	rules->signals[rules->signals_n] = name;
	return (int)rules->signals_n++;
}

static void
add_to_program(struct watch_rules *rules, struct slice name, size_t line)
{
	struct watch_program *p = NULL;

	for (size_t i = 0; i < rules->programs_n; i++)
		if (slice_equal(rules->programs[i].name, name))
			p = &rules->programs[i];
	if (p == NULL) {
		rules->programs = mem_array(rules->programs,
		    rules->programs_n + 1, sizeof(*rules->programs));
		p = &rules->programs[rules->programs_n++];
		*p = (struct watch_program){.name = name};
	}
	p->lines = mem_array(p->lines, p->n + 1, sizeof(*p->lines));
	p->lines[p->n++] = line;
}

static int
read_line_rule(struct watch_rules *rules, struct slice rest, struct err *err)
{
	struct slice programs = word(&rest), account = rest;
	int signal = add_signal(rules, word(&rest), err);
	struct watch_line_rule *line;

	if (signal < 0)
		return -1;
	if (rules->lines_n == WATCH_LINES_MAX)
		return err_set(
		    err, ERR_CONFIG, "more than %d lines", WATCH_LINES_MAX);
	rules->lines = mem_array(
	    rules->lines, rules->lines_n + 1, sizeof(*rules->lines));
	line = &rules->lines[rules->lines_n];
	*line = (struct watch_line_rule){.signal = (size_t)signal};
	if (slice_starts(rest, "account=")) {
		account = word(&rest);
		line->account = slice_part(account, 8, account.n);
	}
	if (watch_pattern_read(&line->pattern, rest, err) < 0)
		return -1;
	while (programs.p != NULL) {
		struct slice name = slice_cut(&programs, ',');

		if (name.n == 0)
			return err_set(
			    err, ERR_CONFIG, "a program without a name");
		add_to_program(rules, name, rules->lines_n);
	}
	rules->lines_n++;
	return 0;
}

static int
read_signals(struct watch_rules *rules, struct watch_alarm *alarm,
    struct slice names, struct err *err)
{
	while (names.p != NULL) {
		int signal = add_signal(rules, slice_cut(&names, ','), err);

		if (signal < 0)
			return -1;
		alarm->signals |= UINT64_C(1) << signal;
	}
	return 0;
}

/* `by KEY N [WHAT] in TIME' */
static int
read_threshold(struct watch_alarm *alarm, struct slice *rest, struct err *err)
{
	struct slice by = word(rest), key = word(rest), count = word(rest);
	struct slice in = word(rest);
	int found = find(key, keys, sizeof(keys) / sizeof(keys[0]));
	int what = WATCH_SIGNALS;

	if (!slice_is(by, "by") || found < 0)
		return err_set(err, ERR_CONFIG, "expected `by address', "
		    "`network', `account', `object' or `all', not '%.*s %.*s'",
		    SLICE_ARG(by), SLICE_ARG(key));
	if (number_parse(count, 1, WATCH_COUNT_MAX, &alarm->count) < 0)
		return err_set(err, ERR_CONFIG, "'%.*s' is no number from 1 "
		    "to %d", SLICE_ARG(count), WATCH_COUNT_MAX);
	if (!slice_is(in, "in")) {
		what = find(in, whats, sizeof(whats) / sizeof(whats[0]));
		in = word(rest);
	}
	if (what < 0 || !slice_is(in, "in") ||
	    number_parse_duration(word(rest), &alarm->window_s) < 0 ||
	    alarm->window_s < 1 || alarm->window_s > 31 * 86400)
		return err_set(err, ERR_CONFIG, "expected `in TIME' or "
		    "`accounts', `addresses', `networks', `objects' or `ports "
		    "in TIME' behind the number");
	alarm->key = (enum watch_key)found;
	alarm->what = (enum watch_what)what;
	return 0;
}

static int
read_alarm(struct watch_rules *rules, enum watch_kind kind, struct slice rest,
    struct err *err)
{
	struct watch_alarm *alarm = &rules->alarms[rules->alarms_n];
	struct slice severity, flag;

	if (rules->alarms_n == WATCH_SIGNALS_MAX)
		return err_set(err, ERR_CONFIG, "more than %d alarms",
		    WATCH_SIGNALS_MAX);
	*alarm = (struct watch_alarm){.kind = kind, .event = word(&rest)};
	severity = word(&rest);
	if (!event_name_is_valid(alarm->event))
		return err_set(err, ERR_CONFIG, "'%.*s' is no name: a to z, "
		    "digits and hyphens, at most %d", SLICE_ARG(alarm->event),
		    EVENT_NAME_MAX);
	if (event_severity_find(severity, &alarm->severity) < 0)
		return err_set(err, ERR_CONFIG, "'%.*s' is none of info, "
		    "notice, warning, alert", SLICE_ARG(severity));
	if (read_signals(rules, alarm, word(&rest), err) < 0 ||
	    (kind == WATCH_ALARM && read_threshold(alarm, &rest, err) < 0))
		return -1;
	flag = word(&rest);
	alarm->unproven = slice_is(flag, "unproven");
	if ((flag.n > 0 && !alarm->unproven) || rest.n > 0)
		return err_set(err, ERR_CONFIG, "'%.*s' at the end is not "
		    "understood", SLICE_ARG(flag));
	rules->alarms_n++;
	return 0;
}

static int
read_rule(struct watch_rules *rules, struct slice text, struct err *err)
{
	struct slice rest = slice_trim(text), kind = word(&rest);

	if (kind.n == 0 || kind.p[0] == '#')
		return 0;
	if (slice_is(kind, "line"))
		return read_line_rule(rules, rest, err);
	if (slice_is(kind, "tell"))
		return read_alarm(rules, WATCH_TELL, rest, err);
	if (slice_is(kind, "alarm"))
		return read_alarm(rules, WATCH_ALARM, rest, err);
	if (slice_is(kind, "place"))
		return read_alarm(rules, WATCH_PLACE, rest, err);
	return err_set(err, ERR_CONFIG, "'%.*s' is none of line, tell, alarm, "
	    "place", SLICE_ARG(kind));
}

int
watch_rules_parse(struct watch_rules *rules, const char *path,
    struct slice text, struct err *err)
{
	struct slice rest;
	unsigned number = 0;

	*rules = (struct watch_rules){.text = BUF_INIT};
	buf_append_slice(&rules->text, text);
	rest = buf_slice(&rules->text);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);

		number++;
		if (read_rule(rules, line, err) < 0) {
			err_prefix(err, "%s:%u", path, number);
			watch_rules_free(rules);
			return -1;
		}
	}
	return 0;
}

int
watch_rules_read(struct watch_rules *rules, const char *path, struct err *err)
{
	struct buf text = BUF_LIMITED(WATCH_RULES_SIZE_MAX);
	int result = -1;

	if (io_read_file(path, &text, err) == 0)
		result = watch_rules_parse(
		    rules, path, buf_slice(&text), err);
	buf_free(&text);
	return result;
}

void
watch_rules_free(struct watch_rules *rules)
{
	for (size_t i = 0; i < rules->programs_n; i++)
		free(rules->programs[i].lines);
	free(rules->programs);
	free(rules->lines);
	buf_free(&rules->text);
	*rules = (struct watch_rules){.text = BUF_INIT};
}

static bool
name_fits(struct slice pattern, struct slice name)
{
	size_t star = slice_find(pattern, '*');
	size_t tail = star < pattern.n ? pattern.n - star - 1 : 0;

	if (star == pattern.n)
		return slice_equal(pattern, name);
	return name.n >= star + tail && memcmp(name.p, pattern.p, star) == 0 &&
	    memcmp(name.p + name.n - tail, pattern.p + star + 1, tail) == 0;
}

const struct watch_program *
watch_rules_program(const struct watch_rules *rules, struct slice name)
{
	for (size_t i = 0; i < rules->programs_n; i++)
		if (name_fits(rules->programs[i].name, name))
			return &rules->programs[i];
	return NULL;
}
