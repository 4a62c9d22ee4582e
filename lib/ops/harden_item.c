/* SPDX-License-Identifier: ISC */
/*
 * Items and what is wanted of them.
 */
#include "ops/harden_item.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

void
harden_result_set(struct harden_result *result, enum harden_state state,
    const char *format, ...)
{
	va_list args;

	result->state = state;
	va_start(args, format);
	vsnprintf(result->seen, sizeof(result->seen), format, args);
	va_end(args);
}

void
harden_result_value(struct harden_result *result,
    const struct harden_item *item, const char *seen)
{
	harden_result_set(result,
	    harden_want_is_met(item->want, seen) ? HARDEN_PASS : HARDEN_FAIL,
	    "%s", seen);
}

static bool
has_name(struct slice list, struct slice name)
{
	while (list.p != NULL)
		if (slice_case_equal(slice_trim(slice_cut(&list, ',')), name))
			return true;
	return false;
}

static bool
all_among(struct slice allowed, struct slice seen)
{
	while (seen.p != NULL)
		if (!has_name(allowed, slice_trim(slice_cut(&seen, ','))))
			return false;
	return true;
}

static bool
is_met(struct slice want, struct slice seen)
{
	int64_t bound, value;

	if (slice_starts(want, "only:"))
		return all_among(slice_part(want, 5, want.n), seen);
	if (!slice_starts(want, ">=") && !slice_starts(want, "<="))
		return slice_case_equal(want, seen);
	return number_parse(slice_part(want, 2, want.n), INT64_MIN, INT64_MAX,
		   &bound) == 0 &&
	    number_parse(seen, INT64_MIN, INT64_MAX, &value) == 0 &&
	    (want.p[0] == '>' ? value >= bound : value <= bound);
}

bool
harden_want_is_met(const char *want, const char *seen)
{
	struct slice rest = slice_text(want);

	if (want[0] == '|')
		return strcmp(want, seen) == 0;
	while (rest.p != NULL)
		if (is_met(slice_cut(&rest, '|'), slice_text(seen)))
			return true;
	return false;
}

void
harden_want_first(const char *want, char *out, size_t size)
{
	struct slice rest = slice_text(want), first = slice_cut(&rest, '|');

	if (want[0] == '|')
		first = slice_text(want);
	else if (slice_starts(first, "only:"))
		first = slice_part(first, 5, first.n);
	else if (slice_starts(first, ">=") || slice_starts(first, "<="))
		first = slice_part(first, 2, first.n);
	snprintf(out, size, "%.*s", SLICE_ARG(first));
}

bool
harden_has_package(const struct harden_host *host, const char *name)
{
	struct buf path = BUF_INIT;
	bool has;

	/* the .list stays for a package removed with its configuration kept,
	 * this one does not */
	buf_format(&path, "/var/lib/dpkg/info/%s.md5sums", name);
	has = tree_exists(&host->tree, path.p);
	buf_free(&path);
	return has;
}
