/* SPDX-License-Identifier: ISC */
/* Which snapshots stay, worked out by hand with a calendar. */
#include "ops/retention.h"

#include "base/clock.h"
#include "unit.h"

#define HOUR_S ((int64_t)60 * 60)
#define DAY_MS (24 * HOUR_S * 1000)

static const char *const made[] = {
    "2025-12-31T23:00:00Z", "2026-01-01T01:00:00Z",
    "2026-11-01T00:30:00Z", /* a Sunday */
    "2026-11-01T23:30:00Z", "2026-11-02T00:10:00Z",
    "2026-11-26T10:00:00Z", "2026-11-26T10:50:00Z",
    "2026-11-26T11:05:00Z", "2026-11-27T09:00:00Z"};
#define N (sizeof(made) / sizeof(*made))

static int64_t
moment(const char *text)
{
	int64_t ms = -1;

	EXPECT(clock_parse(slice_text(text), &ms) == 0);
	return ms;
}

static void
each_rule_keeps_the_newest_of_its_periods(void)
{
	static const struct {
		const char *name;
		struct retention rules;
		const char *want; /* of each moment above */
	} cases[] = {
	    {"no rule", {0}, "111111111"},
	    {"last", {.last = 2}, "000000011"},
	    {"more than there are", {.last = 99}, "111111111"},
	    {"hourly", {.hourly = 3}, "000000111"},
	    {"hourly over gaps", {.hourly = 4}, "000010111"},
	    {"daily", {.daily = 3}, "000010011"},
	    {"weekly, from Monday", {.weekly = 3}, "000110001"},
	    {"monthly", {.monthly = 2}, "010000001"},
	    {"yearly", {.yearly = 2}, "100000001"},
	    {"within", {.within_s = 26 * HOUR_S}, "000001111"},
	    {"within, and none is: the newest", {.within_s = 60}, "000000001"},
	    {"any rule", {.daily = 1, .monthly = 2, .yearly = 2},
		"110000001"}};
	int64_t times[N];

	for (size_t i = 0; i < N; i++)
		times[i] = moment(made[i]);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool keep[N];
		char got[N + 1] = "";

		retention_choose(&cases[i].rules, times, N,
		    moment("2026-11-27T12:00:00Z"), keep);
		for (size_t j = 0; j < N; j++)
			got[j] = keep[j] ? '1' : '0';
		EXPECT_SLICE(cases[i].name, slice_text(cases[i].want),
		    slice_text(got));
	}
	retention_choose(&cases[1].rules, times, 0, 0, NULL);
}

static void
the_end_of_what_is_there_now_is_told(void)
{
	const struct retention none = {0}, week = {.daily = 7},
	    long_ = {.daily = 7, .monthly = 2}, hours = {.within_s =
		36 * HOUR_S};

	EXPECT(retention_end_ms(&none, 5) == -1);
	EXPECT_NUMBER("days", 7 * DAY_MS + 5, retention_end_ms(&week, 5));
	EXPECT_NUMBER("months", 62 * DAY_MS + 5, retention_end_ms(&long_, 5));
	EXPECT_NUMBER("hours", 2 * DAY_MS + 5, retention_end_ms(&hours, 5));
}

int
main(void)
{
	UNIT_RUN(each_rule_keeps_the_newest_of_its_periods);
	UNIT_RUN(the_end_of_what_is_there_now_is_told);
	return UNIT_RESULT;
}
