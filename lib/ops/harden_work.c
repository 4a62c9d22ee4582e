/* SPDX-License-Identifier: ISC */
/*
 * One record of changes, done and undone.  The order is: look, write the
 * record, write files, change the running host, write the record again.
 * Whatever cuts that short leaves a record from which all can be undone.
 */
#include "ops/harden_work.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ops/harden_live.h"
#include "ops/harden_reduce.h"

static int
put(const struct tree *tree, const char *path, enum harden_file_kind kind,
    const char *text, mode_t mode, struct err *err)
{
	if (text == NULL)
		return tree_remove(tree, path, err);
	if (kind == HARDEN_TEXT)
		return tree_write(tree, path, slice_text(text), mode, err);
	if (tree_remove(tree, path, err) < 0)
		return -1;
	return tree_link(tree, path, text, err);
}

/* The folders above a path that are not there, outermost first. */
static void
note_folders(const struct tree *tree, struct harden_record *record,
    const char *path)
{
	char *copy = mem_text(path);

	for (char *at = copy + 1; *at != '\0'; at++) {
		bool known = false;

		if (*at != '/')
			continue;
		*at = '\0';
		for (size_t i = 0; i < record->folders_n; i++)
			known |= strcmp(record->folders[i], copy) == 0;
		if (!known && !tree_exists(tree, copy)) {
			record->folders = mem_array(record->folders,
			    record->folders_n + 1, sizeof(*record->folders));
			record->folders[record->folders_n++] = mem_text(copy);
		}
		*at = '/';
	}
	free(copy);
}

void
harden_work_note(const struct tree *tree, struct harden_record *record,
    const char *path, enum harden_file_kind kind, const char *text, mode_t mode)
{
	struct harden_change change = {.path = mem_text(path),
	    .new_kind = kind,
	    .new = mem_text(text),
	    .new_mode = mode};

	if (text != NULL)
		note_folders(tree, record, path);
	harden_look(
	    tree, path, &change.old_kind, &change.old, &change.old_mode);
	record->changes = mem_array(record->changes, record->changes_n + 1,
	    sizeof(*record->changes));
	record->changes[record->changes_n++] = change;
}

/* All is tried; the first failure is told. */
int
harden_work_undo(const struct tree *tree, const struct harden_record *record,
    struct err *err)
{
	struct err one = ERR_INIT;
	int result = 0;

	for (size_t i = record->changes_n; i-- > 0;) {
		const struct harden_change *c = &record->changes[i];

		tree_remove_strays(tree, c->path);
		if (put(tree, c->path, c->old_kind, c->old, c->old_mode,
			&one) < 0)
			result = -1;
	}
	for (size_t i = record->folders_n; i-- > 0;)
		if (tree_remove_folder(tree, record->folders[i], &one) < 0)
			result = -1;
	for (size_t i = record->lives_n; tree->is_host && i-- > 0;)
		if (record->lives[i].kind != HARDEN_POKE &&
		    harden_live_undo(tree, &record->lives[i], &one) < 0)
			result = -1;
	/* in the order in which they were done: ip_forward changes others */
	for (size_t i = 0; tree->is_host && i < record->lives_n; i++)
		if (record->lives[i].kind == HARDEN_POKE &&
		    harden_live_undo(tree, &record->lives[i], &one) < 0)
			result = -1;
	if (result < 0)
		return err_set(err, one.kind, "not all could be undone: %s",
		    one.text);
	return harden_record_remove(record, tree, err);
}

static int
do_changes(const struct tree *tree, const struct harden_record *record,
    struct err *err)
{
	for (size_t i = 0; i < record->folders_n; i++)
		if (tree_make_folder(tree, record->folders[i], 0755, err) < 0)
			return -1;
	for (size_t i = 0; i < record->changes_n; i++) {
		const struct harden_change *c = &record->changes[i];

		if (put(tree, c->path, c->new_kind, c->new, c->new_mode,
			err) < 0)
			return -1;
	}
	for (size_t i = 0; i < record->lives_n; i++)
		if (harden_live_do(tree, &record->lives[i], err) < 0)
			return -1;
	return 0;
}

/* From here on the record is on disk; what fails is undone. */
int
harden_work_do(const struct tree *tree, struct harden_record *record,
    bool waits, int64_t within_s, struct err *err)
{
	struct err second = ERR_INIT;

	if (harden_record_write(record, tree, err) < 0) {
		harden_record_remove(record, tree, NULL); /* nothing is done */
		return -1;
	}
	if (do_changes(tree, record, err) == 0) {
		record->effect_ms = harden_boot_ms();
		record->deadline_ms = record->effect_ms + within_s * 1000;
		record->state = waits ? HARDEN_PENDING : HARDEN_DONE;
		if (harden_record_write(record, tree, err) == 0)
			return 0;
	}
	if (harden_work_undo(tree, record, &second) < 0)
		err_prefix(err, "%s; before that", second.text);
	return -1;
}

/*
 * The lock, and what there is already.
 */

int
harden_work_lock(const struct tree *tree, bool make, struct err *err)
{
	if (make && tree_make_folder(tree, HARDEN_STATE, 0700, err) < 0) {
		tree_remove_folder(tree, HARDEN_STATE, NULL);
		return -1;
	}
	return tree_lock(tree, HARDEN_STATE, err);
}

const struct harden_record *
harden_work_find(const struct harden_records *records,
    enum harden_record_state state)
{
	for (size_t i = 0; i < records->n; i++)
		if (records->items[i].state == state)
			return &records->items[i];
	return NULL;
}

int
harden_work_read(struct harden_records *records, const struct tree *tree,
    struct err *err)
{
	const struct harden_record *pending;

	if (harden_records_read(records, tree, err) < 0)
		return -1;
	pending = harden_work_find(records, HARDEN_PENDING);
	if (pending != NULL)
		return err_set(err, ERR_CONFIG, "a change waits for "
		    "`fe-harden confirm' from a new session; %lld s left",
		    (long long)harden_record_left_s(pending));
	if (harden_work_find(records, HARDEN_BEGUN) != NULL)
		return err_set(err, ERR_CONFIG, "an earlier change was cut "
		    "short: `fe-harden revert' undoes it");
	return 0;
}

void
harden_work_note_applied(struct harden_record *record,
    const struct harden_records *before,
    const struct harden_choices *choices)
{
	const struct harden_record *last =
	    before->n > 0 ? &before->items[before->n - 1] : NULL;

	for (size_t i = 0; last != NULL && i < last->applied_n; i++)
		if (!harden_has_choice(choices, last->applied[i])) {
			record->applied = mem_array(record->applied,
			    record->applied_n + 1, sizeof(*record->applied));
			record->applied[record->applied_n++] =
			    mem_text(last->applied[i]);
		}
	for (size_t i = 0; i < choices->n; i++) {
		record->applied = mem_array(record->applied,
		    record->applied_n + 1, sizeof(*record->applied));
		record->applied[record->applied_n++] =
		    mem_text(choices->items[i].item->id);
	}
}

void
harden_work_new(struct harden_record *record,
    const struct harden_records *before)
{
	*record = (struct harden_record){
	    .number = before->n > 0 ? before->items[before->n - 1].number + 1
				    : 1,
	    .state = HARDEN_BEGUN,
	    .time_ms = clock_now_ms()};
	harden_boot_id(record->boot);
}
