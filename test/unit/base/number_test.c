/* SPDX-License-Identifier: ISC */
#include "base/number.h"

#include "unit.h"

#define REFUSED INT64_MIN

static void
parses_a_whole_number_or_nothing(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
	    {"0", 0},
	    {"007", 7},
	    {"-5", -5},
	    {"9223372036854775807", INT64_MAX},
	    {"9223372036854775808", REFUSED},
	    {"-9223372036854775807", -INT64_MAX},
	    {"-9223372036854775809", REFUSED},
	    {"99999999999999999999999999", REFUSED},
	    {"", REFUSED},
	    {"-", REFUSED},
	    {"--1", REFUSED},
	    {"+1", REFUSED},
	    {" 1", REFUSED},
	    {"1 ", REFUSED},
	    {"1x", REFUSED},
	    {"0x10", REFUSED},
	    {"1.5", REFUSED},
	    {"\xd9\xa1", REFUSED}, /* U+0661, a digit elsewhere */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t got = REFUSED;
		int result = number_parse(slice_text(rows[i].text),
		    -INT64_MAX, INT64_MAX, &got);

		EXPECT_NUMBER(rows[i].text, rows[i].want, got);
		EXPECT_NUMBER(rows[i].text,
		    rows[i].want == REFUSED ? -1 : 0, result);
	}
}

static void
keeps_within_the_bounds_given(void)
{
	int64_t got = 42;

	EXPECT(number_parse(SLICE("10"), 1, 10, &got) == 0 && got == 10);
	EXPECT(number_parse(SLICE("11"), 1, 10, &got) == -1 && got == 10);
	EXPECT(number_parse(SLICE("0"), 1, 10, &got) == -1 && got == 10);
	EXPECT(number_parse(SLICE("5\0"), 1, 10, &got) == -1 && got == 10);
	EXPECT(number_parse(SLICE_NONE, 0, 10, &got) == -1 && got == 10);
}

static void
scales_sizes_by_1024(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
	    {"50M", 52428800},
	    {"50m", 52428800},
	    {"1K", 1024},
	    {"2G", 2147483648},
	    {"7", 7},
	    {"8589934591G", 9223372035781033984},
	    {"8589934592G", REFUSED},
	    {"M", REFUSED},
	    {"-1K", REFUSED},
	    {"1KB", REFUSED},
	    {"1T", REFUSED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t got = REFUSED;

		(void)number_parse_size(slice_text(rows[i].text), &got);
		EXPECT_NUMBER(rows[i].text, rows[i].want, got);
	}
}

static void
scales_durations_to_seconds(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
	    {"36h", 129600},
	    {"30d", 2592000},
	    {"2w", 1209600},
	    {"5m", 300},
	    {"9s", 9},
	    {"9", 9},
	    {"1y", REFUSED},
	    {"h", REFUSED},
	    {"1h30m", REFUSED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t got = REFUSED;

		(void)number_parse_duration(slice_text(rows[i].text), &got);
		EXPECT_NUMBER(rows[i].text, rows[i].want, got);
	}
}

int
main(void)
{
	UNIT_RUN(parses_a_whole_number_or_nothing);
	UNIT_RUN(keeps_within_the_bounds_given);
	UNIT_RUN(scales_sizes_by_1024);
	UNIT_RUN(scales_durations_to_seconds);
	return UNIT_RESULT;
}
