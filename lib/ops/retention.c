/* SPDX-License-Identifier: ISC */
/* The keep- rules. */
#include "ops/retention.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
#define HOUR_MS ((int64_t)60 * 60 * 1000)

enum period { HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY };

bool
retention_has_rule(const struct retention *rules)
{
	static const struct retention none;

	return memcmp(rules, &none, sizeof(none)) != 0;
}

static int64_t
month_of(int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];
	int year = 0;

	clock_rfc3339(ms, text); /* 2026-11-... */
	for (int i = 0; i < 4; i++)
		year = year * 10 + (text[i] - '0');
	return year * 12 + (text[5] - '0') * 10 + (text[6] - '0') - 1;
}

/* The number of the hour, day ... in which a moment lies. */
static int64_t
period_of(enum period period, int64_t ms)
{
	switch (period) {
	case HOURLY:
		return ms / HOUR_MS;
	case DAILY:
		return ms / DAY_MS;
	case WEEKLY:
		/* 1970 began on a Thursday. */
		return (ms / DAY_MS + 3) / 7;
	case MONTHLY:
		return month_of(ms);
	case YEARLY:
		break;
	}
	return month_of(ms) / 12;
}

static void
keep_newest_of_each(enum period period, int64_t count,
    const int64_t *times_ms, size_t n, bool *keep)
{
	int64_t last = INT64_MIN;

	for (size_t i = n; i-- > 0 && count > 0;) {
		int64_t number = period_of(period, times_ms[i]);

		if (number == last)
			continue;
		last = number;
		keep[i] = true;
		count--;
	}
}

void
retention_choose(const struct retention *rules, const int64_t *times_ms,
    size_t n, int64_t now_ms, bool *keep)
{
	const int64_t counts[] = {[HOURLY] = rules->hourly,
	    [DAILY] = rules->daily, [WEEKLY] = rules->weekly,
	    [MONTHLY] = rules->monthly, [YEARLY] = rules->yearly};
	bool all = !retention_has_rule(rules);

	for (size_t i = 0; i < n; i++)
		keep[i] = all || i + 1 == n ||
		    (int64_t)(n - i) <= rules->last ||
		    (rules->within_s > 0 &&
			now_ms - times_ms[i] <= rules->within_s * 1000);
	for (int p = HOURLY; p <= YEARLY; p++)
		keep_newest_of_each((enum period)p, counts[p], times_ms, n,
		    keep);
}

int64_t
retention_end_ms(const struct retention *rules, int64_t now_ms)
{
	int64_t days = rules->last;

	if (!retention_has_rule(rules))
		return -1;
	if (rules->daily > days)
		days = rules->daily;
	if (rules->weekly * 7 > days)
		days = rules->weekly * 7;
	if (rules->monthly * 31 > days)
		days = rules->monthly * 31;
	if (rules->yearly * 366 > days)
		days = rules->yearly * 366;
	if (rules->within_s / (24 * 60 * 60) + 1 > days)
		days = rules->within_s / (24 * 60 * 60) + 1;
	return now_ms + days * DAY_MS;
}
