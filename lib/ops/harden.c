/* SPDX-License-Identifier: ISC */
/*
 * The items together.
 */
#include "ops/harden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ops/harden_audit.h"
#include "ops/harden_boot.h"
#include "ops/harden_disk.h"
#include "ops/harden_firewall.h"
#include "ops/harden_limit.h"
#include "ops/harden_memory.h"
#include "ops/harden_module.h"
#include "ops/harden_mount.h"
#include "ops/harden_running.h"
#include "ops/harden_service.h"
#include "ops/harden_ssh.h"
#include "ops/harden_sysctl.h"
#include "ops/harden_update.h"
#include "ops/harden_users.h"

#define DAY_MS INT64_C(86400000)
#define EXCEPTION_DAYS_MAX 400

static const struct harden_kind *const kinds[] = {&harden_firewall,
    &harden_disk, &harden_boot, &harden_update, &harden_users, &harden_ssh,
    &harden_sysctl, &harden_module, &harden_mount, &harden_limit,
    &harden_running, &harden_memory, &harden_service, &harden_audit};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* As PRACTICES has them; the second name is the same by another name. */
static const char *const practices[][2] = {{"net-firewall", "host-firewall"},
    {"net-portscan", "host-portscan"}, {"enc-disk", NULL},
    {"enc-memory", NULL}, {"host-usb", NULL}, {"host-ssh", NULL},
    {"host-isolation", NULL}, {"host-updates", NULL},
    {"host-secureboot", NULL}, {"host-kernel", NULL}, {"host-mounts", NULL},
    {"host-coredumps", NULL}, {"host-swap", NULL}, {"host-thp", NULL},
    {"host-services", NULL}, {"host-users", NULL}, {"host-fds", NULL}};
#define PRACTICES (sizeof(practices) / sizeof(practices[0]))

static bool
is_of(const char *id, const char *practice)
{
	size_t n = strlen(practice);

	return strncmp(id, practice, n) == 0 && id[n] == '.';
}

static void
add_choice(struct harden_choices *choices, const struct harden_kind *kind,
    const struct harden_item *item)
{
	if (harden_has_choice(choices, item->id))
		return;
	choices->items = mem_array(
	    choices->items, choices->n + 1, sizeof(*choices->items));
	choices->items[choices->n++] = (struct harden_choice){kind, item};
}

bool
harden_has_choice(const struct harden_choices *choices, const char *id)
{
	for (size_t i = 0; i < choices->n; i++)
		if (strcmp(choices->items[i].item->id, id) == 0)
			return true;
	return false;
}

bool
harden_choose_id(struct harden_choices *choices, struct slice id)
{
	for (size_t k = 0; k < KINDS; k++)
		for (size_t i = 0; i < kinds[k]->n; i++)
			if (slice_is(id, kinds[k]->items[i].id)) {
				add_choice(
				    choices, kinds[k], &kinds[k]->items[i]);
				return true;
			}
	return false;
}

static void
choose_practice(struct harden_choices *choices, enum harden_profile profile,
    const char *practice)
{
	for (size_t k = 0; k < KINDS; k++)
		for (size_t i = 0; i < kinds[k]->n; i++) {
			const struct harden_item *item = &kinds[k]->items[i];

			if (item->from <= profile && is_of(item->id, practice))
				add_choice(choices, kinds[k], item);
		}
}

int
harden_choose(struct harden_choices *choices, enum harden_profile profile,
    const char *const *words, size_t n, struct err *err)
{
	*choices = (struct harden_choices){.n = 0};
	for (size_t p = 0; p < PRACTICES && n == 0; p++)
		choose_practice(choices, profile, practices[p][0]);
	for (size_t w = 0; w < n; w++) {
		bool known = harden_choose_id(choices, slice_text(words[w]));

		for (size_t p = 0; p < PRACTICES && !known; p++) {
			const char *other = practices[p][1];

			if (strcmp(words[w], practices[p][0]) != 0 &&
			    (other == NULL || strcmp(words[w], other) != 0))
				continue;
			known = true;
			choose_practice(choices, profile, practices[p][0]);
		}
		if (known)
			continue;
		harden_choices_free(choices);
		return err_set(err, ERR_USAGE, "there is no item '%s': "
		    "`fe-harden explain' lists them", words[w]);
	}
	return 0;
}

void
harden_choices_free(struct harden_choices *choices)
{
	free(choices->items);
	*choices = (struct harden_choices){.n = 0};
}

/*
 * Exceptions.
 */

static bool
is_known(const char *id)
{
	struct harden_choices one = {.n = 0};
	bool known = harden_choose_id(&one, slice_text(id));

	for (size_t p = 0; p < PRACTICES; p++)
		known |= strcmp(id, practices[p][0]) == 0;
	harden_choices_free(&one);
	return known;
}

static int
add_exception(struct harden_exceptions *exceptions, struct slice line,
    struct err *err)
{
	struct slice rest = line, id = slice_cut(&rest, ' ');
	struct slice date;
	struct harden_exception *one;
	int64_t until;

	rest = rest.p == NULL ? SLICE("") : slice_trim(rest);
	date = slice_cut(&rest, ' ');
	rest = rest.p == NULL ? SLICE("") : slice_trim(rest);
	if (date.n != 10 || clock_parse(date, &until) < 0)
		return err_set(err, ERR_CONFIG, "no day after the item: "
		    "`ITEM 2027-01-31 REASON'");
	if (rest.n == 0)
		return err_set(err, ERR_CONFIG, "no reason after the day");
	exceptions->items = mem_array(exceptions->items, exceptions->n + 1,
	    sizeof(*exceptions->items));
	one = &exceptions->items[exceptions->n++];
	*one = (struct harden_exception){.id = mem_dup(id.p, id.n),
	    .until_ms = until + DAY_MS,
	    .reason = mem_dup(rest.p, rest.n)};
	snprintf(one->date, sizeof(one->date), "%.*s", SLICE_ARG(date));
	if (!is_known(one->id))
		return err_set(
		    err, ERR_CONFIG, "there is no item '%s'", one->id);
	if (one->until_ms > clock_now_ms() + EXCEPTION_DAYS_MAX * DAY_MS)
		return err_set(err, ERR_CONFIG, "'%s' is more than %d days "
		    "away: an exception ends while somebody still remembers "
		    "why", one->date, EXCEPTION_DAYS_MAX);
	return 0;
}

int
harden_exceptions_parse(struct harden_exceptions *exceptions, const char *path,
    struct slice text, struct err *err)
{
	unsigned number = 0;

	while (text.p != NULL) {
		struct slice line = slice_trim(slice_line(&text));

		number++;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (add_exception(exceptions, line, err) < 0)
			return err_prefix(err, "%s:%u", path, number);
	}
	return 0;
}

int
harden_exceptions_read(struct harden_exceptions *exceptions,
    const struct tree *tree, const char *path, struct err *err)
{
	struct buf text = BUF_LIMITED(1 << 20);
	int result = 0;

	*exceptions = (struct harden_exceptions){.n = 0};
	if (!tree_exists(tree, path))
		return 0;
	if (tree_read(tree, path, &text) < 0)
		result = err_set(err, ERR_CONFIG, "cannot read '%s'", path);
	else
		result = harden_exceptions_parse(
		    exceptions, path, buf_slice(&text), err);
	buf_free(&text);
	return result;
}

const struct harden_exception *
harden_exception_find(
    const struct harden_exceptions *exceptions, const char *id)
{
	const struct harden_exception *found = NULL;

	for (size_t i = 0; i < exceptions->n; i++) {
		const struct harden_exception *one = &exceptions->items[i];

		if (strcmp(one->id, id) == 0)
			return one;
		if (is_of(id, one->id))
			found = one;
	}
	return found;
}

void
harden_exceptions_free(struct harden_exceptions *exceptions)
{
	for (size_t i = 0; i < exceptions->n; i++) {
		free(exceptions->items[i].id);
		free(exceptions->items[i].reason);
	}
	free(exceptions->items);
	*exceptions = (struct harden_exceptions){.n = 0};
}

/*
 * Reading and planning.
 */

static bool
is_excepted(const struct harden_host *host, const char *id,
    const struct harden_exceptions *exceptions)
{
	const struct harden_exception *one =
	    harden_exception_find(exceptions, id);

	return one != NULL && one->until_ms > host->now_ms;
}

void
harden_read(struct harden_host *host, const struct harden_choice *choice,
    const struct harden_exceptions *exceptions, struct harden_result *result)
{
	*result = (struct harden_result){.state = HARDEN_UNKNOWN};
	choice->kind->read(host, choice->item, result);
	if (result->state == HARDEN_FAIL &&
	    is_excepted(host, choice->item->id, exceptions))
		result->state = HARDEN_EXCEPTED;
}

bool
harden_is_required(const struct harden_item *item, enum harden_profile profile)
{
	return !(item->flags & HARDEN_ADVICE) || profile == HARDEN_STRICT;
}

static size_t
place_of(const struct harden_choice *choice)
{
	size_t k = 0;

	while (k < KINDS && kinds[k] != choice->kind)
		k++;
	return k << 16 | (size_t)(choice->item - choice->kind->items);
}

static int
compare_choices(const void *a, const void *b)
{
	size_t x = place_of(a), y = place_of(b);

	return x < y ? -1 : x > y;
}

/* In the order of the tables, whatever was applied first. */
void
harden_plan(struct harden_host *host, const struct harden_choices *choices,
    const struct harden_exceptions *exceptions, struct harden_plan *plan)
{
	struct harden_choices sorted = {
	    mem_array(NULL, choices->n + 1, sizeof(*choices->items)),
	    choices->n};

	if (choices->n > 0)
		memcpy(sorted.items, choices->items,
		    choices->n * sizeof(*choices->items));
	qsort(sorted.items, sorted.n, sizeof(*sorted.items), compare_choices);
	for (size_t i = 0; i < sorted.n; i++) {
		const struct harden_choice *choice = &sorted.items[i];
		struct harden_result result;

		if (is_excepted(host, choice->item->id, exceptions))
			continue;
		/* what a person has to do is said only where it is so */
		if (choice->item->hand != NULL) {
			harden_read(host, choice, exceptions, &result);
			if (result.state == HARDEN_SKIP ||
			    (result.state == HARDEN_PASS &&
				choice->kind != &harden_mount))
				continue;
		}
		plan->item = choice->item;
		choice->kind->plan(host, choice->item, plan);
	}
	harden_choices_free(&sorted);
	plan->item = NULL;
}
