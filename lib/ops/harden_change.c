/* SPDX-License-Identifier: ISC */
/* Applying a plan, and taking items out of what is in force. */
#include "ops/harden_change.h"

#include <string.h>
#include <unistd.h>

#include "base/installation.h"
#include "ops/harden_live.h"
#include "ops/harden_reduce.h"
#include "ops/harden_work.h"

static void
note_boot_unit(const struct tree *tree, struct harden_record *record)
{
	struct buf text = BUF_INIT, bin = BUF_INIT;

	if (!tree_exists(tree, "/etc/systemd/system") ||
	    installation_bin(&bin, NULL) < 0) {
		buf_free(&bin);
		return;
	}
	buf_format(&text, HARDEN_MARK
	    "[Unit]\n"
	    "Description=undo what fe-harden changed and nobody confirmed\n"
	    "DefaultDependencies=no\n"
	    "After=local-fs.target\n"
	    "Before=fe-firewall.service ssh.service network-pre.target\n"
	    "\n"
	    "[Service]\n"
	    "Type=oneshot\n"
	    "ExecStart=%s/fe-harden revert --due\n", bin.p);
	harden_work_note(
	    tree, record, HARDEN_BOOT_UNIT, HARDEN_TEXT, text.p, 0644);
	harden_work_note(tree, record, HARDEN_BOOT_LINK, HARDEN_LINK,
	    "../fe-harden-rollback.service", 0777);
	buf_free(&text);
	buf_free(&bin);
}

static bool
is_risky(const struct harden_plan *plan)
{
	for (size_t i = 0; i < plan->lives_n; i++)
		if (plan->lives[i].kind == HARDEN_SSHD ||
		    plan->lives[i].kind == HARDEN_NFT)
			return true;
	return false;
}

/* The record takes the lives of the plan. */
static int
fill_record(const struct tree *tree, struct harden_record *record,
    struct harden_plan *plan, bool waits, struct err *err)
{
	for (size_t i = 0; i < plan->files_n; i++)
		harden_work_note(tree, record, plan->files[i].path,
		    plan->files[i].kind, buf_text(&plan->files[i].content),
		    plan->files[i].mode);
	if (waits)
		note_boot_unit(tree, record);
	for (size_t i = 0; i < plan->lives_n; i++)
		if (harden_live_prepare(&plan->lives[i], err) < 0)
			return -1;
	record->lives = plan->lives;
	record->lives_n = plan->lives_n;
	plan->lives = NULL;
	plan->lives_n = 0;
	return 0;
}

int
harden_change_apply(const struct tree *tree, struct harden_plan *plan,
    const struct harden_choices *choices, int64_t within_s, bool *pending,
    struct err *err)
{
	struct harden_records before = {.n = 0};
	struct harden_record record = {.number = 0};
	bool waits = tree->is_host && is_risky(plan);
	int fd = harden_work_lock(tree, true, err), result = -1;

	*pending = false;
	if (fd < 0)
		return -1;
	if (harden_work_read(&before, tree, err) == 0) {
		harden_work_new(&record, &before);
		harden_work_note_applied(&record, &before, choices);
		if (fill_record(tree, &record, plan, waits, err) == 0)
			result = harden_work_do(
			    tree, &record, waits, within_s, err);
		*pending = result == 0 && waits;
	}
	if (result < 0)
		tree_remove_folder(tree, HARDEN_STATE, NULL);
	harden_record_free(&record);
	harden_records_free(&before);
	close(fd);
	return result;
}

/*
 * Taking items out.
 */

static bool
is_in_plan(const struct harden_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->files_n; i++)
		if (strcmp(plan->files[i].path, path) == 0)
			return true;
	return false;
}

static bool
has_change(const struct harden_record *record, const char *part)
{
	for (size_t i = 0; i < record->changes_n; i++)
		if (strstr(record->changes[i].path, part) != NULL)
			return true;
	return false;
}

/* Files of earlier records that no item needs any more. */
static void
note_removals(const struct tree *tree, struct harden_record *record,
    const struct harden_records *before, const struct harden_plan *wanted)
{
	for (size_t i = 0; i < before->n; i++)
		for (size_t j = 0; j < before->items[i].changes_n; j++) {
			const char *path = before->items[i].changes[j].path;

			if (!is_in_plan(wanted, path) &&
			    !has_change(record, path) &&
			    harden_records_find(before, path)->new != NULL)
				harden_work_note(tree, record, path,
				    HARDEN_TEXT, NULL, 0);
		}
}

/* Whether what that live is for goes with the change of files in the record.
 * (Kernel values are item by item; sshd, systemd and nft read whole files.) */
static bool
is_over(const struct harden_record *record, const struct harden_choices *stay,
    const struct harden_live *live)
{
	switch (live->kind) {
	case HARDEN_SSHD:
		return has_change(record, "/sshd_config.d/");
	case HARDEN_RELOAD:
		return has_change(record, "/systemd/system/");
	case HARDEN_NFT:
		return has_change(record, FIREWALL_FILE);
	default:
		return !harden_has_choice(stay, live->item);
	}
}

/* The running host goes back to what it was before the first of our records
 * that touched it: latest first, so that the earliest has the last word.
 * These stay noted where they are; to undo them twice does no harm. */
static int
undo_lives(const struct tree *tree, const struct harden_records *before,
    const struct harden_record *record, const struct harden_choices *stay,
    struct err *err)
{
	int result = 0;

	for (size_t i = before->n; tree->is_host && i-- > 0;)
		for (size_t j = before->items[i].lives_n; j-- > 0;) {
			const struct harden_live *l =
			    &before->items[i].lives[j];

			if (is_over(record, stay, l) &&
			    harden_live_undo(tree, l, err) < 0)
				result = -1;
		}
	return result;
}

int
harden_change_remove(const struct tree *tree, struct harden_plan *rest,
    const struct harden_choices *stay, struct err *err)
{
	struct harden_records before = {.n = 0};
	struct harden_record record = {.number = 0};
	int fd = harden_work_lock(tree, false, err), result = -1;

	if (fd < 0)
		return -1;
	if (harden_work_read(&before, tree, err) == 0) {
		harden_work_new(&record, &before);
		harden_work_note_applied(
		    &record, &(struct harden_records){.n = 0}, stay);
		note_removals(tree, &record, &before, rest);
		result = harden_plan_reduce_by(rest, tree, &before, err);
	}
	for (size_t i = 0; i < rest->files_n && result == 0; i++)
		harden_work_note(tree, &record, rest->files[i].path,
		    rest->files[i].kind, buf_text(&rest->files[i].content),
		    rest->files[i].mode);
	if (result == 0)
		result = harden_work_do(tree, &record, false, 0, err);
	if (result == 0)
		result = undo_lives(tree, &before, &record, stay, err);
	harden_record_free(&record);
	harden_records_free(&before);
	close(fd);
	return result;
}
