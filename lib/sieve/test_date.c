/* SPDX-License-Identifier: ISC */
/* Dates of header fields, and the present one (RFC 5260). */
#include <stdio.h>
#include <time.h>

#include "mail/date.h"
#include "matcher.h"
#include "tests.h"
#include "validate.h"

enum { YEAR, MONTH, DAY, DATE, JULIAN, HOUR, MINUTE, SECOND, TIME, ISO8601,
	STD11, ZONE, WEEKDAY };

#define JULIAN_OF_1970 40587 /* modified Julian day */

static int64_t
floor_days(int64_t seconds)
{
	return seconds >= 0 ? seconds / 86400 : -((86399 - seconds) / 86400);
}

static void
long_date(int part, const struct tm *t, int zone, char *out, size_t size)
{
	char sign = zone < 0 ? '-' : '+';
	int east = zone < 0 ? -zone : zone;

	if (part == ISO8601) {
		char offset[16] = "Z"; /* never "+00:00" (4.2) */

		if (zone != 0)
			snprintf(offset, sizeof(offset), "%c%02d:%02d", sign,
			    east / 60, east % 60);
		snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d%s",
		    t->tm_year + 1900, t->tm_mon + 1, t->tm_mday, t->tm_hour,
		    t->tm_min, t->tm_sec, offset);
	} else if (part == STD11)
		snprintf(out, size, "%.3s, %02d %.3s %04d %02d:%02d:%02d "
		    "%c%02d%02d", &"SunMonTueWedThuFriSat"[t->tm_wday * 3],
		    t->tm_mday, &"JanFebMarAprMayJunJulAugSepOctNovDec"
		    [t->tm_mon * 3], t->tm_year + 1900, t->tm_hour, t->tm_min,
		    t->tm_sec, sign, east / 60, east % 60);
	else
		snprintf(out, size, "%c%02d%02d", sign, east / 60, east % 60);
}

const char *
date_part(int part, int64_t ms, int zone_minutes, char out[48])
{
	time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0)) +
	    zone_minutes * 60;
	struct tm t = {.tm_mday = 1};
	const int numbers[] = {[MONTH] = 1, [DAY] = 2, [HOUR] = 3,
	    [MINUTE] = 4, [SECOND] = 5, [WEEKDAY] = 0};
	int values[6];

	gmtime_r(&seconds, &t);
	values[1] = t.tm_mon + 1;
	values[2] = t.tm_mday;
	values[3] = t.tm_hour;
	values[4] = t.tm_min;
	values[5] = t.tm_sec;
	switch (part) {
	case YEAR:
		snprintf(out, 48, "%04d", t.tm_year + 1900);
		break;
	case DATE:
		snprintf(out, 48, "%04d-%02d-%02d", t.tm_year + 1900,
		    t.tm_mon + 1, t.tm_mday);
		break;
	case JULIAN:
		snprintf(out, 48, "%lld", (long long)floor_days(seconds) +
		    JULIAN_OF_1970);
		break;
	case TIME:
		snprintf(out, 48, "%02d:%02d:%02d", t.tm_hour, t.tm_min,
		    t.tm_sec);
		break;
	case WEEKDAY:
		snprintf(out, 48, "%d", t.tm_wday);
		break;
	case ISO8601:
	case STD11:
	case ZONE:
		long_date(part, &t, zone_minutes, out, 48);
		break;
	default:
		snprintf(out, 48, "%02d", values[numbers[part]]);
	}
	return out;
}

/* Of this host, at that time. */
static int
local_zone(int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm t = {.tm_mday = 1};

	localtime_r(&seconds, &t);
	return (int)(t.tm_gmtoff / 60);
}

/* The zone that a field's date was written in; UTC where it names none. */
static int
original_zone(struct slice value)
{
	static const struct {
		const char *name;
		int minutes;
	} names[] = {{"EST", -300}, {"EDT", -240}, {"CST", -360},
	    {"CDT", -300}, {"MST", -420}, {"MDT", -360}, {"PST", -480},
	    {"PDT", -420}};
	int minutes = 0;

	for (size_t i = 1; i + 5 <= value.n; i++)
		if (ascii_is_space(value.p[i - 1]) &&
		    zone_parse(slice_part(value, i, i + 5), &minutes) == 0)
			return minutes;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_case_ends(value, names[i].name))
			return names[i].minutes;
	return 0;
}

static int
match_date(struct sieve_run *run, const struct sieve_node *node,
    struct matcher *match, struct slice part_name, int64_t ms, int zone)
{
	char out[48];
	int part = date_part_find(part_name), got;
	struct slice given = run_tag(run, node, TAG_ZONE);

	if (part < 0)
		return 0;
	if (given.p != NULL && zone_parse(given, &zone) < 0)
		return run_fail(run, node, "'%.*s' is no time zone",
		    SLICE_ARG(given));
	got = matcher_value(match, arena_copy(run->arena,
	    slice_text(date_part(part, ms, zone, out))));
	return got;
}

int
test_date(struct sieve_run *run, const struct sieve_node *node)
{
	struct field_walk walk = field_walk(run, node,
	    run_arg(run, node->args[0]));
	struct slice part = run_arg(run, node->args[1]);
	struct matcher match;
	struct letter_field *f;

	matcher_begin(&match, run, node, node->args[2]);
	while ((f = field_next(&walk)) != NULL) {
		struct slice value = field_text(run->message, f);
		int64_t ms;
		int got;

		/* Received has its date at the end (4.1) */
		for (size_t i = value.n; i-- > 0;)
			if (value.p[i] == ';') {
				value = slice_trim(slice_part(value, i + 1,
				    value.n));
				break;
			}
		if (date_parse(value, &ms) < 0)
			continue;
		got = match_date(run, node, &match, part, ms,
		    node_tag(node, TAG_ORIGINALZONE) != NULL ?
		    original_zone(value) : local_zone(ms));
		if (got != 0)
			return got;
	}
	return matcher_end(&match);
}

int
test_currentdate(struct sieve_run *run, const struct sieve_node *node)
{
	struct matcher match;
	int got;

	matcher_begin(&match, run, node, node->args[1]);
	got = match_date(run, node, &match, run_arg(run, node->args[0]),
	    run->now_ms, local_zone(run->now_ms));
	return got != 0 ? got : matcher_end(&match);
}
