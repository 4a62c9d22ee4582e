/* SPDX-License-Identifier: ISC */
/*
 * A record's wishes read.  They come from programs of ours (fe-sieve), yet a
 * record may be old, cut or made by hand: whatever is not understood ends in
 * a message that is kept.
 */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "delivered.h"
#include "folder.h"
#include "message.h"
#include "record/source.h"

static struct plan_target *
add_target(struct plan *plan, struct slice folder, bool create)
{
	struct plan_target *t;

	if (plan->n == PLAN_TARGETS_MAX)
		return NULL;
	t = &plan->targets[plan->n++];
	*t = (struct plan_target){.folder = mem_dup(folder.p, folder.n),
	    .create = create, .keywords = BUF_INIT};
	return t;
}

static void
add_flags(struct plan_target *t, struct slice flags)
{
	struct json_walk walk = json_walk(flags);
	struct buf text = BUF_INIT;
	struct slice flag;

	while (t != NULL && json_next(&walk, NULL, &flag)) {
		buf_reset(&text);
		if (json_string(flag, &text) == 0)
			(void)message_flag_add(&t->flags, &t->keywords,
			    buf_slice(&text));
	}
	buf_free(&text);
}

static struct slice
default_folder(const struct plan *plan)
{
	return plan->verdict == VERDICT_JUNK ? SLICE("Junk") : SLICE("INBOX");
}

static void
add_fileinto(struct plan *plan, struct slice action)
{
	struct buf name = BUF_INIT;
	struct slice folder = default_folder(plan);
	bool create = json_is_true(json_get(action, "create"));

	if (json_string(json_get(action, "folder"), &name) == 0 &&
	    folder_name_is_valid(buf_slice(&name)))
		folder = buf_slice(&name);
	add_flags(add_target(plan, folder, create),
	    json_get(action, "flags"));
	buf_free(&name);
}

static void
read_action(struct plan *plan, struct slice action, bool *discards)
{
	struct slice verb = json_get(action, "do");

	if (json_string_is(verb, "fileinto"))
		add_fileinto(plan, action);
	else if (json_string_is(verb, "quarantine"))
		plan->quarantine = true;
	else if (json_string_is(verb, "discard"))
		*discards = true;
	else if (json_string_is(verb, "redirect") ||
	    json_string_is(verb, "vacation") || json_string_is(verb, "notify"))
		plan->later = true;
	else
		add_flags(add_target(plan, default_folder(plan), true),
		    json_get(action, "flags"));
}

static void
read_actions(struct plan *plan, struct slice actions)
{
	struct json_walk walk = json_walk(actions);
	struct slice action;
	bool discards = false;

	while (json_next(&walk, NULL, &action))
		read_action(plan, action, &discards);
	/* Only a plain discard stores nothing; who cannot redirect keeps. */
	if (plan->n == 0 && !plan->quarantine && (plan->later || !discards))
		add_target(plan, default_folder(plan), true);
}

/* What fe-cat found; a message that came from a client says nothing of that
 * sort, whatever its record holds. */
static bool
read_import(struct plan *plan, const struct meta *m)
{
	struct source source;
	struct buf text = BUF_INIT;
	struct plan_target *t;
	bool is_import = meta_get(m, "client").p == NULL &&
	    source_get(meta_get(m, "source"), &source, &text) == 0;

	if (is_import) {
		if (source.date_ms >= 0)
			plan->received_ms = source.date_ms;
		if (plan->n == 0 && plan->verdict != VERDICT_JUNK &&
		    folder_name_is_valid(source.folder))
			add_target(plan, source.folder, true);
		else if (plan->n == 0)
			add_target(plan, default_folder(plan), true);
		t = &plan->targets[0];
		while (source.flags.n > 0) {
			struct slice flag = slice_cut(&source.flags, ' ');

			(void)message_flag_add(&t->flags, &t->keywords, flag);
		}
	}
	buf_free(&text);
	return is_import;
}

static void
read_entry(struct plan *plan, const struct meta *m, struct slice entry)
{
	struct slice verdict = json_get(entry, "verdict");
	struct slice actions = json_get(entry, "actions");

	if (json_type(verdict) == JSON_OBJECT) {
		plan->verdict_raw = verdict;
		plan->verdict = verdict_action(verdict);
	}
	plan->mailbox = json_get(entry, "mailbox");
	plan->headers = json_get(entry, "headers");
	plan->marks = json_get(entry, "marks");
	plan->cases = json_get(entry, "cases");
	if (plan->verdict == VERDICT_QUARANTINE)
		plan->quarantine = true;
	else if (json_type(actions) == JSON_ARRAY)
		read_actions(plan, actions);
	else if (!read_import(plan, m))
		add_target(plan, default_folder(plan), true);
}

struct slice
plan_entry(const struct meta *m, size_t recipient)
{
	struct json_walk walk = json_walk(meta_get(m, "plan"));
	struct slice entry;

	for (size_t i = 0; json_next(&walk, NULL, &entry); i++)
		if (i == recipient)
			return entry;
	return SLICE_NONE;
}

void
plan_read(struct plan *plan, const struct meta *m, size_t recipient,
    int64_t now_ms)
{
	struct slice entry = plan_entry(m, recipient);
	struct slice received = json_plain(meta_get(m, "received"));

	memset(plan, 0, sizeof(*plan));
	plan->verdict_raw = meta_get(m, "verdict");
	plan->verdict = verdict_action(plan->verdict_raw);
	if (clock_parse(received, &plan->received_ms) < 0)
		plan->received_ms = now_ms;
	read_entry(plan, m, entry);
}

void
plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		free(plan->targets[i].folder);
		buf_free(&plan->targets[i].keywords);
	}
	plan->n = 0;
}

bool
plan_is_nothing(const struct plan *plan)
{
	return plan->n == 0 && !plan->quarantine &&
	    json_count(plan->marks) == 0 && json_count(plan->cases) == 0;
}

/* ---- cases ---- */

/* 1, 0, -1. */
static int
has_folders(struct mailbox *m, struct slice names, struct err *err)
{
	struct json_walk walk = json_walk(names);
	struct buf name = BUF_INIT;
	struct folder folder;
	struct slice item;
	int got = json_count(names) > 0;

	while (got > 0 && json_next(&walk, NULL, &item)) {
		buf_reset(&name);
		got = json_string(item, &name) < 0 ? 0 :
		    folder_find(m, buf_slice(&name), &folder, err);
	}
	buf_free(&name);
	return got;
}

static int
case_holds(struct mailbox *m, struct slice one, int64_t now_ms,
    struct err *err)
{
	struct slice mark = json_get(one, "mark");
	struct buf handle = BUF_INIT;
	int got = 0;

	if (json_type(mark) != JSON_STRING)
		return has_folders(m, json_get(one, "folders"), err);
	if (json_string(mark, &handle) == 0)
		got = mark_has(m, buf_slice(&handle), now_ms, err);
	buf_free(&handle);
	return got;
}

/* The first that holds. */
static int
first_case(struct mailbox *m, struct slice cases, int64_t now_ms,
    struct slice *found, struct err *err)
{
	struct json_walk walk = json_walk(cases);
	int got = 0;

	while (got == 0 && json_next(&walk, NULL, found))
		got = case_holds(m, *found, now_ms, err);
	return got;
}

int
plan_find_case(const struct plan *plan, struct mailbox *m, int64_t now_ms,
    struct slice *one, struct err *err)
{
	struct slice cases = plan->cases, next = SLICE_NONE;
	int got;

	*one = SLICE_NONE;
	while ((got = first_case(m, cases, now_ms, &next, err)) > 0) {
		*one = next;
		cases = json_get(next, "cases");
	}
	return got < 0 ? -1 : one->p != NULL;
}

/* The answer to a refusal, and the quarantine, come too late here: Junk. */
void
plan_take_case(struct plan *settled, const struct plan *plan,
    struct slice one, const struct meta *meta)
{
	*settled = (struct plan){.verdict = plan->verdict,
	    .verdict_raw = plan->verdict_raw, .mailbox = plan->mailbox,
	    .received_ms = plan->received_ms};
	read_entry(settled, meta, one);
	settled->mailbox = plan->mailbox;
	settled->cases = SLICE_NONE;
	if (settled->quarantine || settled->verdict == VERDICT_REJECT ||
	    settled->verdict == VERDICT_TEMPFAIL) {
		settled->quarantine = false;
		plan_into_junk(settled);
	}
}

void
plan_into_junk(struct plan *plan)
{
	plan_free(plan);
	add_target(plan, SLICE("Junk"), true);
}

void
plan_into_inbox(struct plan *plan)
{
	plan_free(plan);
	add_target(plan, SLICE("INBOX"), true);
}

int
plan_mark(struct slice mark, struct buf *handle, int64_t *expires_ms)
{
	struct slice expires = json_get(mark, "expires");
	int64_t seconds;

	buf_reset(handle);
	if (json_string(json_get(mark, "handle"), handle) < 0)
		return -1;
	if (json_integer(expires, &seconds) == 0) {
		*expires_ms = seconds * 1000;
		return 0;
	}
	return clock_parse(json_plain(expires), expires_ms);
}
