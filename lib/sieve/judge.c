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
/* Octets that all cases of an entry look at. */
#define CASES_WORK_MAX (4 * RUN_WORK_MAX)

struct addressee {
	struct slice address, mailbox;
};
static const struct addressee nobody;

static bool
is_case(const struct questions *given)
{
	for (size_t i = 0; given != NULL && i < given->n; i++)
		if (given->items[i].yes)
			return true;
	return false;
}

/* The sender has had his answer when a mailbox is asked: a refusal that hangs
 * on what it says would be a loss. */
static void
soften(struct sieve_result *r, const struct letter *m)
{
	log_warning("%.*s: a refusal cannot hang on 'duplicate' or "
	    "'mailboxexists': the message is kept",
	    SLICE_ARG(meta_id(m->meta)));
	result_init(r);
}

/* recipient and mailbox none: the site's.  questions: as of struct run. */
static void
run_script(struct judge *j, struct letter *m,
    const struct sieve_script *script, const struct addressee *to,
    struct arena *arena, struct questions *questions,
    struct sieve_result *result)
{
	bool in_case = is_case(questions);
	struct sieve_run run = {.host = &j->host, .message = m,
	    .arena = arena, .recipient = to->address, .mailbox = to->mailbox,
	    .questions = questions, .result = result, .trace = j->trace,
	    .now_ms = j->now_ms};

	if (in_case && j->cases_work > CASES_WORK_MAX)
		run.work = RUN_WORK_MAX; /* it fails, and keeps */
	if (j->begin != NULL)
		j->begin(j->context, to->address, script->name, questions);
	interpreter_run(&run, script);
	if (in_case)
		j->cases_work += run.work;
	if (decision_is_refusal(result) && questions != NULL &&
	    (in_case || questions_have(questions, QUESTION_FOLDERS)))
		soften(result, m);
	if (j->end != NULL)
		j->end(j->context, result);
	if (result->fault.kind == ERR_NONE)
		return;
	if (!in_case)
		log_error("%s; the message is kept", result->fault.text);
	letter_undo_changes(m);
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
	j->site_questions.n = 0;
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
	run_script(j, m, script, &nobody, &j->arena, &j->site_questions,
	    &j->site);
	j->site_script = script;
	/* else each entry says which there are */
	if (j->site_questions.n == 0)
		put_site_edits(j, m->meta);
	put_verdict(j, m->meta);
	return 0;
}

/* The site's decision in a case.  It begins with the header as it was; what
 * it changes there is what users' scripts begin with. */
static const struct sieve_result *
judge_site_again(struct judge *j, struct letter *m, struct questions *q)
{
	if (j->site_questions.n == 0)
		return &j->site;
	m->base = j->edited;
	if (!is_case(q))
		return &j->site;
	arena_reset(&j->again_arena);
	m->base = j->untouched;
	letter_undo_changes(m);
	run_script(j, m, j->site_script, &nobody, &j->again_arena, q,
	    &j->again);
	letter_keep_changes(m);
	return &j->again;
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
log_broken(struct slice mailbox, const char *fault)
{
	struct log_event e;

	log_warning("a user's script is broken, his mail is kept: %s", fault);
	log_event_begin(&e, LOG_INFO, "sieve-broken");
	log_event_address(&e, "mailbox", mailbox);
	log_event_text(&e, "fault", slice_text(fault));
	log_event_end(&e);
}

/* Once for each fault: the mailbox remembers what was told.  His mail goes
 * into INBOX. */
static void
tell_user(struct judge *j, struct letter *m, const char *fault,
    struct questions *q)
{
	struct slice mark = question_mark(m->arena, "broken",
	    slice_text(fault), SLICE_NONE);
	struct result_mark *told = &j->user.marks[0];

	if (questions_ask(q, m->arena, QUESTION_MARK, mark))
		return;
	add_fault(j, fault);
	told->handle = mark;
	told->expires_ms = j->now_ms + MARK_SECONDS_MAX * INT64_C(1000);
	j->user.marks_n = 1;
}

/* The result, or NULL where he has no script. */
static const struct sieve_result *
judge_user(struct judge *j, struct letter *m, const struct addressee *to,
    const struct sieve_result *site, struct questions *q)
{
	const struct sieve_script *script;
	struct err err = ERR_INIT;
	bool is_news;
	enum library_state state;

	if (to->mailbox.p == NULL || !decision_keeps(site))
		return NULL;
	state = library_user(j->library, to->mailbox, &script, &is_news, &err);
	if (state == LIBRARY_NONE)
		return NULL;
	result_init(&j->user);
	if (state == LIBRARY_GOOD) {
		arena_reset(&j->user_arena);
		letter_undo_changes(m);
		run_script(j, m, script, to, &j->user_arena, q, &j->user);
		if (j->user.fault.kind != ERR_NONE)
			add_fault(j, j->user.fault.text);
		return &j->user;
	}
	if (is_news)
		log_broken(to->mailbox, err.text);
	if (j->begin != NULL)
		j->begin(j->context, to->address, err.text, q);
	tell_user(j, m, err.text, q);
	if (j->end != NULL)
		j->end(j->context, &j->user);
	return &j->user;
}

/* ---- the plan ---- */

static bool write_decision(struct judge *j, struct letter *m,
    struct json_writer *w, const struct addressee *to,
    const struct questions *given, size_t known);

/* The first case that holds takes the place of the entry, so that in each
 * those before it do not hold. */
static void
write_cases(struct judge *j, struct letter *m, struct json_writer *w,
    const struct addressee *to, const struct questions *q, size_t known)
{
	json_open_array(w, "cases");
	for (size_t i = known; i < q->n; i++) {
		struct questions one = questions_case(q, i + 1);

		json_open_object(w, NULL);
		json_put_raw(w, question_name(q->items[i].kind),
		    q->items[i].value);
		(void)write_decision(j, m, w, to, &one, i + 1);
		json_close_object(w);
	}
	json_close_array(w);
}

/* Writes what is decided with these answers, and in `cases' what else would
 * be with those to questions from `known' on.  False: there was nothing to
 * write. */
static bool
write_decision(struct judge *j, struct letter *m, struct json_writer *w,
    const struct addressee *to, const struct questions *given, size_t known)
{
	struct questions q = *given;
	const struct sieve_result *site = judge_site_again(j, m, &q);
	const struct sieve_result *user = judge_user(j, m, to, site,
	    to->mailbox.p != NULL ? &q : NULL);
	bool site_edits = j->site_questions.n > 0;
	bool refused = user != NULL && decision_is_refusal(user);
	bool any = !decision_is_empty(site, user) ||
	    (site_edits && site->edits_n > 0);

	if (decision_verdict(site) != decision_verdict(&j->site))
		decision_write_verdict(w, "verdict", site);
	decision_write_entry(w, site, user, site_edits);
	if (to->mailbox.p == NULL || refused || q.n <= known)
		return any;
	write_cases(j, m, w, to, &q, known);
	return true;
}

static void
begin_entry(struct json_writer *w, const struct addressee *to)
{
	json_open_object(w, NULL);
	json_put_slice(w, "address", to->address);
	if (to->mailbox.p != NULL)
		json_put_slice(w, "mailbox", to->mailbox);
}

/* An entry that would not fit has no cases, or says nothing, which keeps. */
static bool
put_entry(struct judge *j, struct letter *m, struct json_writer *w,
    const struct addressee *to)
{
	static const size_t known[] = {0, QUESTIONS_MAX};
	struct buf text = BUF_LIMITED(META_PLAN_MAX);
	bool any = false, fits = false;

	j->cases_work = 0;
	for (size_t i = 0; i < 2 && !fits; i++) {
		struct json_writer entry = JSON_WRITER(&text);

		buf_reset(&text);
		begin_entry(&entry, to);
		any = write_decision(j, m, &entry, to, &j->site_questions,
		    known[i]);
		json_close_object(&entry);
		fits = !entry.failed && w->out->n + text.n <= META_PLAN_MAX;
	}
	if (fits)
		json_put_raw(w, NULL, buf_slice(&text));
	else {
		log_warning("the plan of a message is over its limit: what "
		    "does not fit is kept");
		begin_entry(w, to);
		json_close_object(w);
	}
	buf_free(&text);
	return any;
}

static void
judge_users(struct judge *j, struct letter *m)
{
	size_t n = m->recipients_n;
	struct buf plan = BUF_LIMITED(META_PLAN_MAX + n * ENTRY_SIZE);
	struct json_writer w = JSON_WRITER(&plan);
	bool any = false;

	if (j->site_questions.n > 0)
		(void)letter_header(m);
	j->untouched = m->base;
	letter_keep_changes(m);
	j->edited = m->base;
	json_open_array(&w, NULL);
	for (size_t i = 0; i < n; i++) {
		struct addressee to = {m->recipients[i], SLICE_NONE};

		to.mailbox = recipients_find(j->recipients, to.address,
		    j->host.delimiter);
		any |= put_entry(j, m, &w, &to);
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
	j->now_ms = clock_now_ms();
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
	j->now_ms = clock_now_ms();
	letter_init(&m, &r->meta, buf_slice(&r->body), &j->arena);
	run_script(j, &m, script, &nobody, &j->arena, NULL, &j->site);
	letter_close(&m);
}

void
judge_free(struct judge *j)
{
	arena_free(&j->arena);
	arena_free(&j->again_arena);
	arena_free(&j->user_arena);
}
