/* SPDX-License-Identifier: ISC */
/* Flag lists as text; there are few of them, and they are short. */
#include "flags.h"

#include <string.h>

#define FLAGS_MAX 100

bool
flags_next(struct slice *rest, struct slice *flag)
{
	while (rest->n > 0) {
		*flag = slice_cut(rest, ' ');
		if (flag->n > 0)
			return true;
	}
	return false;
}

bool
flags_have(struct slice list, struct slice flag)
{
	struct slice one;

	while (flags_next(&list, &one))
		if (slice_case_equal(one, flag))
			return true;
	return false;
}

static size_t
count_flags(struct slice list)
{
	struct slice one;
	size_t n = 0;

	while (flags_next(&list, &one))
		n++;
	return n;
}

/* An atom, or a backslash and one of the five (RFC 3501, 9). */
static bool
flag_is_valid(struct slice flag)
{
	static const char *const system[] = {"\\Answered", "\\Flagged",
	    "\\Deleted", "\\Seen", "\\Draft", NULL};

	if (slice_starts(flag, "\\")) {
		for (size_t i = 0; system[i] != NULL; i++)
			if (slice_case_is(flag, system[i]))
				return true;
		return false;
	}
	for (size_t i = 0; i < flag.n; i++)
		if (flag.p[i] <= ' ' || flag.p[i] > '~' ||
		    strchr("(){%*\"\\]", flag.p[i]) != NULL)
			return false;
	return flag.n > 0 && flag.n <= 100;
}

static struct slice
append(struct sieve_run *run, struct slice list, struct slice flag)
{
	if (list.n == 0)
		return arena_copy(run->arena, flag);
	return arena_join(run->arena,
	    arena_join(run->arena, list, SLICE(" ")), flag);
}

struct slice
flags_add(struct sieve_run *run, struct slice list,
    const struct sieve_value *values)
{
	for (size_t i = 0; i < values->n; i++) {
		struct slice words = run_text(run, &values->strings[i]), flag;

		while (flags_next(&words, &flag))
			if (flag_is_valid(flag) && !flags_have(list, flag) &&
			    count_flags(list) < FLAGS_MAX)
				list = append(run, list, flag);
	}
	return list;
}

struct slice
flags_remove(struct sieve_run *run, struct slice list,
    const struct sieve_value *values)
{
	for (size_t i = 0; i < values->n; i++) {
		struct slice words = run_text(run, &values->strings[i]), flag;

		while (flags_next(&words, &flag)) {
			struct slice rest = list, one, kept = SLICE_NONE;

			while (flags_next(&rest, &one))
				if (!slice_case_equal(one, flag))
					kept = append(run, kept, one);
			list = kept;
		}
	}
	return list;
}
