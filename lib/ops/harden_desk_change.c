/* SPDX-License-Identifier: ISC */
/* fe-harden apply, confirm and revert. */
#include "ops/harden_desk.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ops/ask.h"
#include "ops/harden_change.h"
#include "ops/harden_confirm.h"
#include "ops/harden_reduce.h"

static int
ask(const struct harden_desk *desk, const char *what, struct err *err)
{
	return desk->conf->yes ? 0 : ask_to_go_on(what, err);
}

static bool
is_pending(const struct tree *tree, int64_t *left_s)
{
	struct harden_records records;
	bool pending = false;

	*left_s = 0;
	if (harden_records_read(&records, tree, NULL) < 0)
		return true;
	for (size_t i = 0; i < records.n; i++)
		if (records.items[i].state == HARDEN_PENDING) {
			pending = true;
			*left_s = harden_record_left_s(&records.items[i]);
		}
	harden_records_free(&records);
	return pending;
}

/* A person sees the seconds run; he may leave, the watch stays. */
static int
wait_for_confirm(const struct harden_desk *desk, struct err *err)
{
	const struct tree *tree = &desk->host.tree;
	int64_t left;

	if (harden_watch(tree, err) < 0)
		return -1;
	is_pending(tree, &left);
	printf("this is undone in %lld s: log in anew, and from there\n"
	       "  fe-harden confirm\n", (long long)left);
	fflush(stdout);
	if (!isatty(STDERR_FILENO) || !isatty(STDIN_FILENO))
		return 0;
	while (is_pending(tree, &left)) {
		fprintf(stderr, "\r%lld s left ", (long long)left);
		sleep(1);
	}
	fprintf(stderr, "\n");
	return 0;
}

static void
say_rest(const struct harden_plan *plan, bool quiet)
{
	for (size_t i = 0; i < plan->refusals_n; i++)
		fprintf(stderr, "fe-harden: not done: %s\n", plan->refusals[i]);
	for (size_t i = 0; i < plan->hands_n && !quiet; i++)
		printf("by hand: %s\n", plan->hands[i]);
}

/* What was refused is nothing to be in force. */
static void
drop_refused(struct harden_choices *all, const struct harden_plan *plan)
{
	for (size_t i = all->n; i-- > 0;)
		for (size_t j = 0; j < plan->refusals_n; j++) {
			const char *id = all->items[i].item->id;
			size_t n = strlen(id);

			if (strncmp(plan->refusals[j], id, n) != 0 ||
			    plan->refusals[j][n] != ':')
				continue;
			memmove(&all->items[i], &all->items[i + 1],
			    (--all->n - i) * sizeof(*all->items));
			break;
		}
}

int
harden_desk_apply(struct harden_desk *desk, struct err *err)
{
	const struct tree *tree = &desk->host.tree;
	struct harden_choices all;
	struct harden_plan plan = HARDEN_PLAN_INIT;
	bool pending = false;
	int result = -1;

	if (harden_desk_make_plan(desk, &all, &plan, err) < 0 ||
	    harden_plan_validate(&plan, tree, err) < 0)
		goto out;
	drop_refused(&all, &plan);
	if (harden_plan_is_empty(&plan)) {
		result = 0;
		if (!desk->conf->cmd.quiet)
			printf("nothing to change\n");
		goto out;
	}
	if (!desk->conf->yes)
		harden_desk_print_plan(&plan);
	if (ask(desk, "this changes the host", err) < 0 ||
	    harden_change_apply(tree, &plan, &all, desk->conf->confirm_within,
		&pending, err) < 0)
		goto out;
	result = pending ? wait_for_confirm(desk, err) : 0;
	if (result == 0 && !pending && !desk->conf->cmd.quiet)
		printf("done; `fe-harden revert' undoes it\n");
out:
	desk->found = plan.refusals_n > 0;
	if (result == 0)
		say_rest(&plan, desk->conf->cmd.quiet);
	harden_plan_free(&plan);
	harden_choices_free(&all);
	return result;
}

int
harden_desk_confirm(struct harden_desk *desk, struct err *err)
{
	if (harden_confirm(&desk->host.tree, err) < 0)
		return -1;
	if (!desk->conf->cmd.quiet)
		printf("confirmed; `fe-harden revert' undoes it\n");
	return 0;
}

/* Those that stay are planned anew, without the ones named. */
static int
revert_items(struct harden_desk *desk, struct err *err)
{
	struct harden_choices all, stay = {.n = 0};
	struct harden_plan rest = HARDEN_PLAN_INIT;
	int result = 0;

	harden_desk_applied(desk, &all);
	for (size_t i = 0; i < all.n; i++)
		if (!harden_has_choice(&desk->choices, all.items[i].item->id))
			harden_choose_id(
			    &stay, slice_text(all.items[i].item->id));
	if (stay.n == all.n)
		result = err_set(err, ERR_USAGE, "nothing of that is in force");
	else if (ask(desk, "these items are undone", err) < 0)
		result = -1;
	else {
		harden_plan(&desk->host, &stay, &desk->exceptions, &rest);
		result = harden_change_remove(
		    &desk->host.tree, &rest, &stay, err);
	}
	harden_plan_free(&rest);
	harden_choices_free(&stay);
	harden_choices_free(&all);
	return result;
}

int
harden_desk_revert(struct harden_desk *desk, struct err *err)
{
	size_t n = 0;
	int result;

	if (desk->conf->due)
		result = harden_revert_pending(
		    &desk->host.tree, false, &n, err);
	else if (desk->words_n > 0)
		result = revert_items(desk, err);
	else if (ask(desk, "all that fe-harden did is undone", err) < 0)
		result = -1;
	else
		result = harden_revert(&desk->host.tree, &n, err);
	if (result < 0)
		return -1;
	if (!desk->conf->cmd.quiet && !desk->conf->due)
		printf(desk->words_n > 0 || n > 0
			? "undone\n"
			: "there is nothing to undo\n");
	return 0;
}
