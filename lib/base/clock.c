/* SPDX-License-Identifier: ISC */
/*
 * Wall and monotonic clocks, and the date forms of RFC 3339 and RFC 5322.
 */
#include "clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "number.h"

static int64_t fixed_ms = INT64_MIN; /* --now: set once by the parser */

static int64_t
read_clock_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_now_ms(void)
{
	if (fixed_ms != INT64_MIN)
		return fixed_ms;
	return read_clock_us(CLOCK_REALTIME) / 1000;
}

int64_t
clock_monotonic_ms(void)
{
	return read_clock_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
clock_monotonic_us(void)
{
	return read_clock_us(CLOCK_MONOTONIC);
}

void
clock_sleep_ms(int64_t ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

int64_t
clock_cpu_us(void)
{
	return read_clock_us(CLOCK_PROCESS_CPUTIME_ID);
}

void
clock_fix_ms(int64_t ms)
{
	fixed_ms = ms;
}

static void
split_ms(int64_t ms, struct tm *tm, int *millis)
{
	int64_t seconds = ms / 1000;
	time_t t;

	*millis = (int)(ms % 1000);
	if (*millis < 0) {
		*millis += 1000;
		seconds--;
	}
	/* what does not fit into four digits of a year is not a date here */
	if (seconds > 253402300799 || seconds < -62135596800)
		seconds = 0;
	t = (time_t)seconds;
	gmtime_r(&t, tm);
}

const char *
clock_rfc3339(int64_t ms, char out[CLOCK_TEXT_SIZE])
{
	struct tm tm;
	int millis;

	split_ms(ms, &tm, &millis);
	snprintf(out, CLOCK_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	    (unsigned)(tm.tm_year + 1900) % 10000u,
	    (unsigned)(tm.tm_mon + 1) % 100u, (unsigned)tm.tm_mday % 100u,
	    (unsigned)tm.tm_hour % 100u, (unsigned)tm.tm_min % 100u,
	    (unsigned)tm.tm_sec % 100u, (unsigned)millis % 1000u);
	return out;
}

const char *
clock_rfc5322(int64_t ms, char out[CLOCK_TEXT_SIZE + 8])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm;
	int millis;

	split_ms(ms, &tm, &millis);
	snprintf(out, CLOCK_TEXT_SIZE + 8,
	    "%.3s, %02u %.3s %04u %02u:%02u:%02u +0000", days + 3 * tm.tm_wday,
	    (unsigned)tm.tm_mday % 100u, months + 3 * tm.tm_mon,
	    (unsigned)(tm.tm_year + 1900) % 10000u, (unsigned)tm.tm_hour % 100u,
	    (unsigned)tm.tm_min % 100u, (unsigned)tm.tm_sec % 100u);
	return out;
}

int64_t
clock_days(int year, int month, int day)
{
	/* count years from March, so that the leap day is a year's last */
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year =
	    (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 -
	    year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static bool
take_number(struct slice *rest, size_t digits, int64_t max, int64_t *out)
{
	if (rest->n < digits ||
	    number_parse(slice_part(*rest, 0, digits), 0, max, out) < 0)
		return false;
	*rest = slice_part(*rest, digits, rest->n);
	return true;
}

static bool
take_char(struct slice *rest, char c)
{
	if (rest->n == 0 || ascii_lower(rest->p[0]) != c)
		return false;
	*rest = slice_part(*rest, 1, rest->n);
	return true;
}

static bool
take_fraction(struct slice *rest, int64_t *millis)
{
	int64_t scale = 100;

	*millis = 0;
	if (!take_char(rest, '.'))
		return true;
	if (rest->n == 0 || !ascii_is_digit(rest->p[0]))
		return false;
	while (rest->n > 0 && ascii_is_digit(rest->p[0])) {
		*millis += (rest->p[0] - '0') * scale;
		scale /= 10;
		*rest = slice_part(*rest, 1, rest->n);
	}
	return true;
}

static bool
take_offset(struct slice *rest, int64_t *minutes)
{
	int64_t hours, rest_minutes;
	int sign = 1;

	*minutes = 0;
	if (take_char(rest, 'z'))
		return true;
	if (take_char(rest, '-'))
		sign = -1;
	else if (!take_char(rest, '+'))
		return false;
	if (!take_number(rest, 2, 23, &hours) || !take_char(rest, ':') ||
	    !take_number(rest, 2, 59, &rest_minutes))
		return false;
	*minutes = sign * (hours * 60 + rest_minutes);
	return true;
}

static bool
is_day(int64_t year, int64_t month, int64_t day)
{
	bool december = month == 12;

	return month >= 1 && day >= 1 &&
	    day <= clock_days((int)(year + december),
		       december ? 1 : (int)month + 1, 1) -
		    clock_days((int)year, (int)month, 1);
}

int
clock_parse(struct slice text, int64_t *ms)
{
	int64_t year, month, day, hour = 0, minute = 0, second = 0;
	int64_t millis = 0, offset = 0, seconds;

	if (number_parse(text, 0, 253402300799, &seconds) == 0 && text.n != 4) {
		*ms = seconds * 1000;
		return 0;
	}
	if (!take_number(&text, 4, 9999, &year) || !take_char(&text, '-') ||
	    !take_number(&text, 2, 12, &month) || !take_char(&text, '-') ||
	    !take_number(&text, 2, 31, &day) || !is_day(year, month, day))
		return -1;
	if (text.n > 0) {
		if (!take_char(&text, 't') && !take_char(&text, ' '))
			return -1;
		if (!take_number(&text, 2, 23, &hour) ||
		    !take_char(&text, ':') ||
		    !take_number(&text, 2, 59, &minute) ||
		    !take_char(&text, ':') ||
		    !take_number(&text, 2, 60, &second) ||
		    !take_fraction(&text, &millis) ||
		    !take_offset(&text, &offset) || text.n > 0)
			return -1;
	}
	*ms = ((clock_days((int)year, (int)month, (int)day) * 86400 +
		   hour * 3600 + (minute - offset) * 60 + second) *
		  1000) +
	    millis;
	return 0;
}
