/* SPDX-License-Identifier: ISC */
#include "mail/date.h"

#include "unit.h"

static void
reads_dates_as_mail_has_them(void)
{
	/* seconds from date(1) */
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {{"Tue, 1 Jul 2003 10:52:37 +0200", 1057049557},
	    {"Fri, 21 Nov 1997 09:55:06 -0600", 880127706},
	    {"Tue, 30 Dec 1969 23:32:54 -0330", -75426},
	    {"21 Nov 97 09:55:06 GMT", 880106106},
	    {"Fri, 21 Nov 1997 09:55:06 -0600 (Central (US) time)", 880127706},
	    {"Thu,\r\n\t13 Feb 1969 23:32 -0330", -27723480},
	    {"Thu Jan  1 00:00:00 1970", 0},
	    {"Thu Nov 24 18:22:48 1986", 533240568},
	    {"24-Nov-1997 14:22:01 -0800", 880410121},
	    {"Mon, 24 Nov 1997 14:22:01 PST", 880410121},
	    {"Mon, 24 Nov 1997 14:22:01 Nowhere", 880381321},
	    {"Sat, 31 Dec 2016 23:59:60 +0000", 1483228800},
	    {"1 Jan 49 00:00:00 +0000", 2493072000},
	    {"1 Jan 150 00:00:00 +0000", 2524608000}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t ms = -1000;

		date_parse(slice_text(rows[i].text), &ms);
		EXPECT_NUMBER(rows[i].text, rows[i].seconds, ms / 1000);
	}
}

static void
refuses_what_is_no_date(void)
{
	static const char *const rows[] = {"", "yesterday", "Mon, 24 Nov 1997",
	    "24 Nov 1997 25:00:00 +0000", "24 Nov 1997 14:60:00 +0000",
	    "31 Feb 2020 00:00:00 +0000", "24 Foo 1997 00:00:00 +0000",
	    "99999999999999999999 Nov 1997 00:00:00", "(((((((((", "\\", "---",
	    "24-",
	    "21 Nov 1997 09(obsolete) : 55 : 06 -0600"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t ms;

		EXPECT_NUMBER(rows[i], -1,
		    date_parse(slice_text(rows[i]), &ms));
	}
}

int
main(void)
{
	UNIT_RUN(reads_dates_as_mail_has_them);
	UNIT_RUN(refuses_what_is_no_date);
	return UNIT_RESULT;
}
