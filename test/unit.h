/* SPDX-License-Identifier: ISC */
#ifndef FE_TEST_UNIT_H
#define FE_TEST_UNIT_H

/*
 * Unit tests in tables: a test is a function, EXPECT does not stop it, and
 * main ends with UNIT_RESULT.
 *
 *	int main(void)
 *	{
 *		UNIT_RUN(keeps_a_nul_in_the_body);
 *		return UNIT_RESULT;
 *	}
 */
#include <stdio.h>
#include <string.h>

#include "base/slice.h"

static int unit_failed, unit_run;
static const char *unit_name;

#define UNIT_RUN(test) \
	do { \
		int before = unit_failed; \
		unit_name = #test; \
		unit_run++; \
		test(); \
		printf("%s %s\n", unit_failed == before ? "ok" : "not ok", \
		    unit_name); \
	} while (0)

#define EXPECT(condition) \
	do { \
		if (!(condition)) { \
			unit_failed++; \
			printf("# %s:%d: %s: %s\n", __FILE__, __LINE__, \
			    unit_name, #condition); \
		} \
	} while (0)

/* Label names the row of a table. */
static inline void
unit_expect_slice(const char *file, int line, const char *label,
    struct slice want, struct slice got)
{
	if (slice_equal(want, got))
		return;
	unit_failed++;
	printf("# %s:%d: %s: %s: want '%.*s' got '%.*s'\n", file, line,
	    unit_name, label, SLICE_ARG(want), SLICE_ARG(got));
}
#define EXPECT_SLICE(label, want, got) \
	unit_expect_slice(__FILE__, __LINE__, (label), (want), (got))

static inline void
unit_expect_number(const char *file, int line, const char *label,
    long long want, long long got)
{
	if (want == got)
		return;
	unit_failed++;
	printf("# %s:%d: %s: %s: want %lld got %lld\n", file, line, unit_name,
	    label, want, got);
}
#define EXPECT_NUMBER(label, want, got) \
	unit_expect_number(__FILE__, __LINE__, (label), (long long)(want), \
	    (long long)(got))

#define UNIT_RESULT \
	(printf("%d tests, %d failures\n", unit_run, unit_failed), \
	    unit_failed != 0)

#endif
