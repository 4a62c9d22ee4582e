/* SPDX-License-Identifier: ISC */
/*
 * Dates of mail, told by the shape of their parts.  Reads foreign octets, one
 * pass.
 */
#include "date.h"

#include "base/clock.h"
#include "base/number.h"
#include "mail/comment.h"

#define TEXT_MAX 1024 /* a date of more octets is none */

struct parts {
	int64_t day, month, year, hour, minute, second;
	int64_t zone; /* minutes east */
	bool has_time, has_zone;
};

static const struct {
	const char *name;
	int minutes;
} zones[] = {{"UT", 0}, {"UTC", 0}, {"GMT", 0}, {"Z", 0}, {"EST", -300},
    {"EDT", -240}, {"CST", -360}, {"CDT", -300}, {"MST", -420},
    {"MDT", -360}, {"PST", -480}, {"PDT", -420}};

static bool
is_part(char c)
{
	return ascii_is_alnum(c) || c == ':' || c == '+' || c == '-' ||
	    c == '.';
}

static struct slice
next_part(struct slice *rest)
{
	size_t n = 0;
	struct slice part;

	while (rest->n > 0 && !is_part(rest->p[0]))
		*rest = slice_part(*rest,
		    rest->p[0] == '(' ? comment_skip(*rest) : 1, rest->n);
	while (n < rest->n && is_part(rest->p[n]))
		n++;
	/* 24-Nov-1997 is three parts */
	if (n > 0 && ascii_is_alnum(rest->p[0])) {
		struct slice word = slice_part(*rest, 0, n);
		size_t dash = slice_find(word, '-');

		if (slice_find(word, ':') == n)
			n = dash;
	}
	part = slice_part(*rest, 0, n);
	*rest = slice_part(*rest, n, rest->n);
	if (rest->n > 0 && rest->p[0] == '-' && n > 0 &&
	    slice_find(part, ':') == part.n)
		*rest = slice_part(*rest, 1, rest->n);
	return part;
}

static int
read_time(struct slice part, struct parts *p)
{
	struct slice rest = part, hour = slice_cut(&rest, ':');
	struct slice minute = slice_cut(&rest, ':');
	struct slice second = slice_part(rest, 0, slice_find(rest, '.'));

	if (number_parse(hour, 0, 23, &p->hour) < 0 ||
	    number_parse(minute, 0, 59, &p->minute) < 0)
		return -1;
	/* 60 is a leap second */
	if (second.n > 0 && number_parse(second, 0, 60, &p->second) < 0)
		return -1;
	p->has_time = true;
	return 0;
}

static void
read_zone(struct slice part, struct parts *p)
{
	int64_t hours, minutes;

	if (part.n != 5 ||
	    number_parse(slice_part(part, 1, 3), 0, 99, &hours) < 0 ||
	    number_parse(slice_part(part, 3, 5), 0, 59, &minutes) < 0)
		return;
	p->zone = hours * 60 + minutes;
	if (part.p[0] == '-')
		p->zone = -p->zone;
	p->has_zone = true;
}

static void
read_word(struct slice part, struct parts *p)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (size_t i = 0; p->month == 0 && part.n >= 3 && i < 12; i++)
		if (slice_case_equal(slice_part(part, 0, 3),
			slice_of(months + 3 * i, 3))) {
			p->month = (int64_t)i + 1;
			return;
		}
	for (size_t i = 0; p->has_time && !p->has_zone &&
	    i < sizeof(zones) / sizeof(*zones); i++)
		if (slice_case_is(part, zones[i].name)) {
			p->zone = zones[i].minutes;
			p->has_zone = true;
		}
}

static int
read_number(struct slice part, struct parts *p)
{
	int64_t n;

	if (number_parse(part, 0, 9999, &n) < 0)
		return -1;
	if (p->day == 0 && part.n <= 2 && n >= 1 && n <= 31) {
		p->day = n;
	} else if (p->year < 0) {
		/* RFC 5322, 4.3 */
		if (part.n <= 2)
			n += n < 50 ? 2000 : 1900;
		else if (part.n == 3)
			n += 1900;
		p->year = n;
	}
	return 0;
}

static int
read_part(struct slice part, struct parts *p)
{
	if (part.p[0] == '+' || part.p[0] == '-') {
		read_zone(part, p);
		return 0;
	}
	if (!ascii_is_digit(part.p[0])) {
		read_word(part, p);
		return 0;
	}
	if (slice_find(part, ':') < part.n)
		return p->has_time ? 0 : read_time(part, p);
	return read_number(part, p);
}

int
date_parse(struct slice value, int64_t *ms)
{
	static const int lengths[] = {
	    31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	struct parts p = {.year = -1};
	struct slice part;
	int64_t seconds;

	if (value.n > TEXT_MAX)
		return -1;
	while ((part = next_part(&value)).n > 0)
		if (read_part(part, &p) < 0)
			return -1;
	if (p.day == 0 || p.month == 0 || p.year < 0 || !p.has_time ||
	    p.day > lengths[p.month - 1])
		return -1;
	seconds = clock_days((int)p.year, (int)p.month, (int)p.day) * 86400 +
	    p.hour * 3600 + p.minute * 60 + p.second - p.zone * 60;
	*ms = seconds * 1000;
	return 0;
}
