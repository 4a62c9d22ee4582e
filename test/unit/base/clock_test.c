/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include "unit.h"

#define REFUSED INT64_MIN

/* Seconds checked with date -d. */
static void
parses_rfc_3339_dates_and_seconds(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2026-11-22T02:19:17.123Z", 1795313957123},
	    {"2026-11-22T02:19:17Z", 1795313957000},
	    {"2026-11-22t02:19:17z", 1795313957000},
	    {"2026-11-22 03:19:17+01:00", 1795313957000},
	    {"2026-11-21T21:49:17-04:30", 1795313957000},
	    {"2026-11-22", 1795305600000},
	    {"1795313957", 1795313957000},
	    {"0", 0},
	    {"2000-02-29", 951782400000},
	    {"1969-12-31T23:59:59Z", -1000},
	    {"2026-11-22T02:19:17.1239Z", 1795313957123},
	    {"2026-02-29", REFUSED},
	    {"1900-02-29", REFUSED},
	    {"2026-04-31", REFUSED},
	    {"2026-11-22T02:19:17", REFUSED}, /* of which zone? */
	    {"2026-11-22T02:19:17.Z", REFUSED},
	    {"2026-11-22T24:00:00Z", REFUSED},
	    {"2026-13-01", REFUSED},
	    {"2026-00-01", REFUSED},
	    {"2026-01-00", REFUSED},
	    {"2026-1-1", REFUSED},
	    {"2026-11-22T02:19:17+1:00", REFUSED},
	    {"2026-11-22T02:19:17Zx", REFUSED},
	    {"-5", REFUSED},
	    {"yesterday", REFUSED},
	    {"", REFUSED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t got = REFUSED;

		(void)clock_parse(slice_text(rows[i].text), &got);
		EXPECT_NUMBER(rows[i].text, rows[i].want, got);
	}
}

static void
writes_both_date_forms(void)
{
	char out[CLOCK_TEXT_SIZE + 8];

	EXPECT_SLICE("3339", SLICE("2026-11-22T02:19:17.123Z"),
	    slice_text(clock_rfc3339(1795313957123, out)));
	EXPECT_SLICE("before 1970", SLICE("1969-12-31T23:59:59.999Z"),
	    slice_text(clock_rfc3339(-1, out)));
	EXPECT_SLICE("5322", SLICE("Sun, 22 Nov 2026 02:19:17 +0000"),
	    slice_text(clock_rfc5322(1795313957123, out)));
	EXPECT_SLICE("leap day", SLICE("Thu, 29 Feb 2024 00:00:00 +0000"),
	    slice_text(clock_rfc5322(1709164800000, out)));
}

static void
survives_times_that_are_no_date(void)
{
	static const int64_t times[] = {
	    INT64_MAX, INT64_MIN + 1, 253402300800000, -62135596801000};
	char out[CLOCK_TEXT_SIZE + 8];

	for (size_t i = 0; i < 4; i++) {
		EXPECT_NUMBER("3339", 24,
		    strlen(clock_rfc3339(times[i], out)));
		EXPECT_NUMBER("5322", 31,
		    strlen(clock_rfc5322(times[i], out)));
	}
}

static void
counts_days_of_the_gregorian_calendar(void)
{
	EXPECT_NUMBER("epoch", 0, clock_days(1970, 1, 1));
	EXPECT_NUMBER("2000-03-01", 11017, clock_days(2000, 3, 1));
	EXPECT_NUMBER("before", -1, clock_days(1969, 12, 31));
	EXPECT_NUMBER("0001-01-01", -719162, clock_days(1, 1, 1));
}

static void
stands_still_when_fixed(void)
{
	int64_t monotonic = clock_monotonic_us();

	EXPECT(clock_now_ms() > 1600000000000);
	clock_fix_ms(1000);
	EXPECT_NUMBER("fixed", 1000, clock_now_ms());
	EXPECT_NUMBER("still", 1000, clock_now_ms());
	EXPECT(clock_monotonic_us() >= monotonic);
	EXPECT(clock_cpu_us() >= 0);
}

int
main(void)
{
	UNIT_RUN(parses_rfc_3339_dates_and_seconds);
	UNIT_RUN(writes_both_date_forms);
	UNIT_RUN(survives_times_that_are_no_date);
	UNIT_RUN(counts_days_of_the_gregorian_calendar);
	UNIT_RUN(stands_still_when_fixed);
	return UNIT_RESULT;
}
