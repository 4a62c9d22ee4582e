/* SPDX-License-Identifier: ISC */
/*
 * From scripts to the members of a record.  Whatever goes wrong with a user's
 * script, his mail is kept.
 */
#include "judge.h"

#include "base/clock.h"
#include "base/log.h"
#include "decision.h"

#define BY "fe-sieve"
/* Room for the entries that say nothing but whose they are. */
#define ENTRY_SIZE 700

static void
run_script(struct judge *j, struct letter *m,
    const struct sieve_script *script, struct slice recipient,
    struct slice mailbox, struct sieve_result *result)
{
	struct sieve_run run = {.host = &j->host, .message = m,
	    .arena = &j->arena, .recipient = recipient, .mailbox = mailbox,
	    .duplicates = j->duplicates, .result = result, .trace = j->trace,
	    .now_ms = clock_now_ms()};

	if (j->begin != NULL)
		j->begin(j->context, recipient, script->name);
	interpreter_run(&run, script);
	if (j->end != NULL)
		j->end(j->context, result);
	if (result->fault.kind != ERR_NONE) {
		log_error("%s; the message is kept", result->fault.text);
		letter_undo_changes(m);
	}
	for (size_t i = 0; i < result->marks_n && j->duplicates != NULL; i++)
		duplicates_add(j->duplicates, mailbox,
		    result->marks[i].handle, result->marks[i].expires_ms);
}

/* ---- the site ---- */

static void
put_site_edits(struct judge *j, struct meta *meta)
{
	for (size_t i = 0; i < j->site.edits_n; i++) {
		const struct result_edit *edit = &j->site.edits[i];
		struct slice name = arena_copy(&j->arena, edit->name);

		if (meta_add_header_op(meta, edit->op, name.p, edit->value,
		    edit->index, BY) < 0)
			log_warning("%.*s: too many changes to the header",
			    SLICE_ARG(meta_id(meta)));
	}
}

static void
put_verdict(struct judge *j, struct meta *meta)
{
	struct buf text = BUF_LIMITED(META_PLAN_MAX);
	struct json_writer w = JSON_WRITER(&text);

	decision_write_verdict(&w, NULL, &j->site);
	if (!w.failed)
		meta_set(meta, "verdict", buf_slice(&text));
	buf_free(&text);
}

/* 0, or -1: there is nothing to judge by, and the record says so. */
static int
judge_site(struct judge *j, struct letter *m)
{
	const struct sieve_script *script;
	struct err err = ERR_INIT;
	bool is_news;
	enum library_state state = library_site(j->library, &script, &is_news,
	    &err);

	result_init(&j->site);
	if (is_news)
		log_error("%s%s", err.text, state == LIBRARY_KEPT ?
		    "; the last good script of the site stays in force" : "");
	if (state == LIBRARY_BROKEN) {
		meta_set_tempfail(m->meta, BY,
		    "the mail policy of this site cannot be read now");
		return -1;
	}
	if (script == NULL)
		return 0;
	run_script(j, m, script, SLICE_NONE, SLICE_NONE, &j->site);
	put_site_edits(j, m->meta);
	put_verdict(j, m->meta);
	return 0;
}

/* ---- users ---- */

/* Says in the message itself what is wrong with his script. */
static void
add_fault(struct judge *j, const char *fault)
{
	struct result_edit *edit = &j->user.edits[j->user.edits_n++];
	struct slice rest = slice_text(fault), path = slice_cut(&rest, ':');

	/* how this host names his folder is not his concern */
	while (slice_find(path, '/') < path.n)
		(void)slice_cut(&path, '/');
	fault = path.p;
	edit->op = HEADER_PREPEND;
	edit->name = SLICE("X-Fe-Sieve-Error");
	edit->value = arena_copy(&j->arena, slice_text(fault));
	edit->index = 0;
}

static void
tell_user(struct judge *j, struct slice mailbox, const char *fault)
{
	struct log_event e;

	add_fault(j, fault);
	log_warning("a user's script is broken, his mail is kept: %s", fault);
	log_event_begin(&e, LOG_INFO, "sieve-broken");
	log_event_address(&e, "mailbox", mailbox);
	log_event_text(&e, "fault", slice_text(fault));
	log_event_end(&e);
}

/* The result, or NULL where he has no script. */
static const struct sieve_result *
judge_user(struct judge *j, struct letter *m, struct slice recipient,
    struct slice mailbox)
{
	const struct sieve_script *script;
	struct err err = ERR_INIT;
	bool is_news;
	enum library_state state;

	if (mailbox.p == NULL || !decision_keeps(&j->site))
		return NULL;
	state = library_user(j->library, mailbox, &script, &is_news, &err);
	if (state == LIBRARY_NONE)
		return NULL;
	result_init(&j->user);
	if (state == LIBRARY_GOOD) {
		letter_undo_changes(m);
		run_script(j, m, script, recipient, mailbox, &j->user);
		if (j->user.fault.kind != ERR_NONE)
			add_fault(j, j->user.fault.text);
	} else if (is_news)
		tell_user(j, mailbox, err.text);
	return &j->user;
}

static void
write_entry(struct json_writer *w, struct slice address, struct slice mailbox,
    const struct sieve_result *site, const struct sieve_result *user)
{
	json_open_object(w, NULL);
	json_put_slice(w, "address", address);
	if (mailbox.p != NULL)
		json_put_slice(w, "mailbox", mailbox);
	if (site != NULL)
		decision_write_entry(w, site, user);
	json_close_object(w);
}

/* An entry that would not fit says nothing, which keeps. */
static void
put_entry(struct judge *j, struct json_writer *w, struct slice address,
    struct slice mailbox, const struct sieve_result *user)
{
	struct buf text = BUF_LIMITED(META_PLAN_MAX);
	struct json_writer entry = JSON_WRITER(&text);

	write_entry(&entry, address, mailbox, &j->site, user);
	if (!entry.failed && w->out->n + text.n <= META_PLAN_MAX)
		json_put_raw(w, NULL, buf_slice(&text));
	else {
		log_warning("the plan of a message is over its limit: what "
		    "does not fit is kept");
		write_entry(w, address, mailbox, NULL, NULL);
	}
	buf_free(&text);
}

static void
judge_users(struct judge *j, struct letter *m)
{
	size_t n = m->recipients_n;
	struct buf plan = BUF_LIMITED(META_PLAN_MAX + n * ENTRY_SIZE);
	struct json_writer w = JSON_WRITER(&plan);
	bool any = false;

	letter_keep_changes(m);
	json_open_array(&w, NULL);
	for (size_t i = 0; i < n; i++) {
		struct slice address = m->recipients[i];
		struct slice mailbox = recipients_find(j->recipients, address,
		    j->host.delimiter);
		const struct sieve_result *user = judge_user(j, m, address,
		    mailbox);

		any |= !decision_is_empty(&j->site, user);
		put_entry(j, &w, address, mailbox, user);
	}
	json_close_array(&w);
	if (any && !w.failed)
		meta_set(m->meta, "plan", buf_slice(&plan));
	else if (w.failed)
		log_warning("%.*s: the plan has no room: the message is kept",
		    SLICE_ARG(meta_id(m->meta)));
	buf_free(&plan);
}

/* ---- all of it ---- */

void
judge_record(struct judge *j, struct record *r)
{
	struct letter m;
	enum verdict_action action;

	meta_drop_header_ops(&r->meta, BY);
	meta_set(&r->meta, "verdict", SLICE_NONE);
	meta_set(&r->meta, "plan", SLICE_NONE);
	letter_init(&m, &r->meta, buf_slice(&r->body), &j->arena);
	if (judge_site(j, &m) == 0) {
		action = decision_verdict(&j->site);
		if (!verdict_is_final(action) && action != VERDICT_QUARANTINE)
			judge_users(j, &m);
	}
	letter_free(&m);
}

void
judge_script(struct judge *j, struct record *r,
    const struct sieve_script *script)
{
	struct letter m;

	arena_reset(&j->arena);
	meta_drop_header_ops(&r->meta, BY);
	letter_init(&m, &r->meta, buf_slice(&r->body), &j->arena);
	run_script(j, &m, script, SLICE_NONE, SLICE_NONE, &j->site);
	letter_close(&m);
}

void
judge_free(struct judge *j)
{
	arena_free(&j->arena);
}
