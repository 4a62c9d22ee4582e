/* SPDX-License-Identifier: ISC */
/*
 * Values of options: text to what the kind of an option says.
 */
#include "option.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "number.h"

static int
choice_index(const char *choices, struct slice text)
{
	struct slice rest = slice_text(choices);

	for (int i = 0; rest.p != NULL; i++)
		if (slice_equal(slice_cut(&rest, '|'), text))
			return i;
	return -1;
}

static bool
in_range(const struct option_def *def, int64_t value)
{
	if (def->min == 0 && def->max == 0)
		return value >= 0;
	return value >= def->min && value <= def->max;
}

int
option_apply(const struct option_def *def, const char *text, void *member)
{
	struct slice s = slice_text(text);
	int64_t number = 0;
	int choice;

	switch (def->kind) {
	case OPTION_FLAG:
		choice = choice_index("no|yes", s);
		if (choice >= 0 && member != NULL)
			*(bool *)member = choice == 1;
		return choice < 0 ? -1 : 0;
	case OPTION_CHOICE:
		choice = choice_index(def->choices, s);
		if (choice >= 0 && member != NULL)
			*(int *)member = choice;
		return choice < 0 ? -1 : 0;
	case OPTION_TEXT:
		if (member != NULL)
			*(const char **)member = text;
		return 0;
	case OPTION_LIST:
		if (member != NULL) {
			struct option_list *list = member;

			list->items[list->n++] = text;
		}
		return 0;
	case OPTION_COUNT:
		if (member != NULL)
			++*(int *)member;
		return 0;
	case OPTION_FD:
		if (number_parse(s, 0, 1 << 20, &number) < 0)
			return -1;
		if (member != NULL)
			*(int *)member = (int)number;
		return 0;
	case OPTION_TIME:
		if (clock_parse(s, &number) < 0)
			return -1;
		break;
	case OPTION_NUMBER:
		if (number_parse(s, INT64_MIN, INT64_MAX, &number) < 0 ||
		    !in_range(def, number))
			return -1;
		break;
	case OPTION_SIZE:
		if (number_parse_size(s, &number) < 0 || !in_range(def, number))
			return -1;
		break;
	case OPTION_DURATION:
		if (number_parse_duration(s, &number) < 0 ||
		    !in_range(def, number))
			return -1;
		break;
	case OPTION_END:
		return -1;
	}
	if (member != NULL)
		*(int64_t *)member = number;
	return 0;
}

void
option_describe(const struct option_def *def, char *out, size_t size)
{
	switch (def->kind) {
	case OPTION_FLAG:
		snprintf(out, size, "yes or no");
		break;
	case OPTION_CHOICE:
		snprintf(out, size, "one of %s", def->choices);
		break;
	case OPTION_SIZE:
		snprintf(out, size, "a size like 50M");
		break;
	case OPTION_DURATION:
		snprintf(out, size, "a time like 36h");
		break;
	case OPTION_TIME:
		snprintf(out, size, "a time like 2026-11-22T02:19:17Z");
		break;
	default:
		if (def->min != 0 || def->max != 0)
			snprintf(out, size, "a number from %lld to %lld",
			    (long long)def->min, (long long)def->max);
		else
			snprintf(out, size, "a number");
	}
}

bool
option_list_has(const struct option_list *list, const char *item)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i], item) == 0)
			return true;
	return false;
}
