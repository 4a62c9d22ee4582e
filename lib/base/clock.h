/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_CLOCK_H
#define FE_BASE_CLOCK_H

#include <stdint.h>

#include "buf.h"

/*
 * Time, in milliseconds since 1970-01-01T00:00:00Z (no leap seconds).  With
 * --now the wall clock stands still, so that a verdict can be replayed; the
 * monotonic clock, for timeouts, always runs.
 */
int64_t clock_now_ms(void);
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);
void clock_sleep_ms(int64_t ms); /* less when a signal comes */
int64_t clock_cpu_us(void); /* user and system time of this process */
/* Fixes clock_now_ms(); called by the option parser only. */
void clock_fix_ms(int64_t ms);

#define CLOCK_TEXT_SIZE 32
/* RFC 3339 UTC with milliseconds: 2026-11-22T02:19:17.123Z */
const char *clock_rfc3339(int64_t ms, char out[CLOCK_TEXT_SIZE]);
/* RFC 5322 date-time in UTC: Sun, 22 Nov 2026 02:19:17 +0000 */
const char *clock_rfc5322(int64_t ms, char out[CLOCK_TEXT_SIZE + 8]);
/* RFC 3339 with any offset, or a bare date, or seconds since 1970. */
int clock_parse(struct slice text, int64_t *ms);
/* Proleptic Gregorian calendar to days since 1970-01-01. month 1..12. */
int64_t clock_days(int year, int month, int day);

#endif
