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
read_entry(struct plan *plan, struct slice entry)
{
	struct slice verdict = json_get(entry, "verdict");

	if (json_type(verdict) == JSON_OBJECT) {
		plan->verdict_raw = verdict;
		plan->verdict = verdict_action(verdict);
	}
	plan->mailbox = json_get(entry, "mailbox");
	plan->headers = json_get(entry, "headers");
	plan->marks = json_get(entry, "marks");
	if (json_type(json_get(entry, "actions")) == JSON_ARRAY)
		read_actions(plan, json_get(entry, "actions"));
}

static struct slice
nth_entry(const struct meta *m, size_t recipient)
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
	struct slice entry = nth_entry(m, recipient);
	struct slice received = json_plain(meta_get(m, "received"));

	memset(plan, 0, sizeof(*plan));
	plan->verdict_raw = meta_get(m, "verdict");
	plan->verdict = verdict_action(plan->verdict_raw);
	if (clock_parse(received, &plan->received_ms) < 0)
		plan->received_ms = now_ms;
	if (json_type(entry) == JSON_OBJECT)
		read_entry(plan, entry);
	if (plan->verdict == VERDICT_QUARANTINE) {
		plan_free(plan);
		plan->quarantine = true;
	}
	if (json_type(json_get(entry, "actions")) == JSON_ARRAY ||
	    plan->quarantine)
		return;
	if (!read_import(plan, m))
		add_target(plan, default_folder(plan), true);
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

void
plan_into_junk(struct plan *plan)
{
	plan_free(plan);
	add_target(plan, SLICE("Junk"), true);
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
