/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_RETENTION_H
#define FE_OPS_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which snapshots stay: of each hour, day, week (from Monday), month and year,
 * all in UTC, the newest, and so many of these back from the newest snapshot;
 * so many of the newest; all that are younger than keep_within.  A snapshot
 * stays if any rule says so; the newest always does.  No rule: all stay.
 */
struct retention {
	int64_t last, hourly, daily, weekly, monthly, yearly; /* 0: no rule */
	int64_t within_s;
};
bool retention_has_rule(const struct retention *rules);
/* times: oldest first; sets keep[i]. */
void retention_choose(const struct retention *rules, const int64_t *times_ms,
    size_t n, int64_t now_ms, bool *keep);
/* When the last of snapshots made until now will be gone by the rules, if one
 * is made each day; -1: never. */
int64_t retention_end_ms(const struct retention *rules, int64_t now_ms);

#endif
