/* SPDX-License-Identifier: ISC */
/* Results written as JSON. */
#include "decision.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"

#define BY "fe-sieve"

/* ---- verdict ---- */

enum verdict_action
decision_verdict(const struct sieve_result *r)
{
	bool discards = false, junk = false;

	if (result_find(r, ACTION_TEMPFAIL) != NULL)
		return VERDICT_TEMPFAIL;
	if (result_find(r, ACTION_REJECT) != NULL)
		return VERDICT_REJECT;
	if (r->implicit_keep || result_find(r, ACTION_KEEP) != NULL)
		return VERDICT_ACCEPT;
	if (result_find(r, ACTION_QUARANTINE) != NULL)
		return VERDICT_QUARANTINE;
	for (size_t i = 0; i < r->n; i++) {
		const struct result_action *a = &r->actions[i];

		if (a->verb == ACTION_FILEINTO &&
		    slice_case_is(a->folder, "Junk"))
			junk = true;
		else if (a->verb == ACTION_DISCARD)
			discards = true;
		else
			return VERDICT_ACCEPT;
	}
	return junk ? VERDICT_JUNK : discards ? VERDICT_DISCARD :
	    VERDICT_ACCEPT;
}

static bool
is_enhanced(struct slice s)
{
	size_t dots = 0;

	if (s.n < 5 || s.n > 9 || (s.p[0] != '4' && s.p[0] != '5') ||
	    s.p[1] != '.')
		return false;
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '.')
			dots++;
		else if (!ascii_is_digit(s.p[i]))
			return false;
	}
	return dots == 2 && s.p[2] != '.' && s.p[s.n - 1] != '.';
}

static void
write_reply(struct json_writer *w, struct slice text, bool later)
{
	struct slice rest = text, word = slice_cut(&rest, ' ');
	struct slice enhanced = later ? SLICE("4.7.1") : SLICE("5.7.1");
	int64_t code = later ? 451 : 550;

	/* a code of the other kind would turn no into later */
	if (rest.p != NULL && number_parse(word, later ? 400 : 500,
	    later ? 499 : 599, &code) == 0) {
		text = rest;
		word = slice_cut(&rest, ' ');
		if (rest.p != NULL && is_enhanced(word) &&
		    word.p[0] == (later ? '4' : '5')) {
			enhanced = word;
			text = rest;
		}
	}
	json_put_integer(w, "code", code);
	json_put_slice(w, "enhanced", enhanced);
	json_put_slice(w, "text", text);
}

static void
write_why(struct json_writer *w, const struct sieve_result *r)
{
	char text[128];

	if (r->n == 0 && r->fault.kind == ERR_NONE)
		return;
	json_open_array(w, "why");
	if (r->fault.kind != ERR_NONE)
		json_put_text(w, NULL, r->fault.text);
	for (size_t i = 0; i < r->n; i++) {
		const char *slash = strrchr(r->actions[i].script, '/');

		snprintf(text, sizeof(text), "%.80s:%u %s", slash != NULL ?
		    slash + 1 : r->actions[i].script, r->actions[i].line,
		    action_name(r->actions[i].verb));
		json_put_text(w, NULL, text);
	}
	json_close_array(w);
}

void
decision_write_verdict(struct json_writer *w, const char *name,
    const struct sieve_result *r)
{
	static const char *const names[] = {"accept", "accept", "junk",
	    "quarantine", "reject", "discard", "tempfail"};
	enum verdict_action action = decision_verdict(r);
	const struct result_action *refusal = result_find(r,
	    action == VERDICT_REJECT ? ACTION_REJECT : ACTION_TEMPFAIL);

	json_open_object(w, name);
	json_put_text(w, "action", names[action]);
	if (refusal != NULL)
		write_reply(w, refusal->text, action == VERDICT_TEMPFAIL);
	json_put_text(w, "by", BY);
	write_why(w, r);
	json_close_object(w);
}

/* ---- actions ---- */

static void
write_flags(struct json_writer *w, struct slice flags)
{
	if (flags.n == 0)
		return;
	json_open_array(w, "flags");
	while (flags.n > 0)
		json_put_slice(w, NULL, slice_cut(&flags, ' '));
	json_close_array(w);
}

static void
put_given(struct json_writer *w, const char *name, struct slice value)
{
	if (value.p != NULL)
		json_put_slice(w, name, value);
}

static void
write_action(struct json_writer *w, const struct result_action *a)
{
	json_open_object(w, NULL);
	json_put_text(w, "do", action_name(a->verb));
	put_given(w, "folder", a->folder);
	if (a->verb == ACTION_FILEINTO)
		json_put_bool(w, "create", a->create ||
		    slice_case_is(a->folder, "Junk"));
	write_flags(w, a->flags);
	put_given(w, "to", a->to);
	put_given(w, "subject", a->subject);
	put_given(w, "from", a->from);
	put_given(w, "text", a->text);
	put_given(w, "importance", a->importance);
	put_given(w, "handle", a->handle);
	if (a->mime)
		json_put_bool(w, "mime", true);
	if (a->verb == ACTION_VACATION)
		json_put_integer(w, "seconds", a->seconds);
	json_close_object(w);
}

static void
write_keep(struct json_writer *w, struct slice flags)
{
	json_open_object(w, NULL);
	json_put_text(w, "do", "keep");
	write_flags(w, flags);
	json_close_object(w);
}

bool
decision_is_refusal(const struct sieve_result *r)
{
	enum verdict_action action = decision_verdict(r);

	return action == VERDICT_REJECT || action == VERDICT_TEMPFAIL ||
	    action == VERDICT_QUARANTINE;
}

bool
decision_keeps(const struct sieve_result *r)
{
	return r->implicit_keep || result_find(r, ACTION_KEEP) != NULL;
}

/* A discard beside anything else says nothing. */
static void
write_results(struct json_writer *w, const struct sieve_result *r,
    bool with_keep)
{
	for (size_t i = 0; i < r->n; i++) {
		enum action_verb verb = r->actions[i].verb;

		if ((verb == ACTION_KEEP && !with_keep) ||
		    (verb == ACTION_DISCARD && r->n > 1) ||
		    verb == ACTION_REJECT || verb == ACTION_TEMPFAIL)
			continue;
		write_action(w, &r->actions[i]);
	}
	if (r->implicit_keep && with_keep)
		write_keep(w, r->keep_flags);
}

static void
write_edits(struct json_writer *w, const struct sieve_result *r)
{
	static const char *const ops[] = {"prepend", "append", "delete"};

	for (size_t i = 0; i < r->edits_n; i++) {
		const struct result_edit *edit = &r->edits[i];

		json_open_object(w, NULL);
		json_put_text(w, "op", ops[edit->op]);
		json_put_slice(w, "name", edit->name);
		put_given(w, "value", edit->value);
		if (edit->index != 0)
			json_put_integer(w, "index", edit->index);
		json_put_text(w, "by", BY);
		json_close_object(w);
	}
}

static void
write_headers(struct json_writer *w, const struct sieve_result *site,
    const struct sieve_result *user)
{
	if ((site == NULL || site->edits_n == 0) &&
	    (user == NULL || user->edits_n == 0))
		return;
	json_open_array(w, "headers");
	if (site != NULL)
		write_edits(w, site);
	if (user != NULL)
		write_edits(w, user);
	json_close_array(w);
}

static void
write_marks(struct json_writer *w, const struct sieve_result *site,
    const struct sieve_result *user)
{
	const struct sieve_result *const both[] = {site, user};
	char time[CLOCK_TEXT_SIZE];

	if (site->marks_n + (user != NULL ? user->marks_n : 0) == 0)
		return;
	json_open_array(w, "marks");
	for (size_t k = 0; k < 2 && both[k] != NULL; k++)
		for (size_t i = 0; i < both[k]->marks_n; i++) {
			const struct result_mark *mark = &both[k]->marks[i];

			json_open_object(w, NULL);
			json_put_raw(w, "handle", mark->handle);
			json_put_text(w, "expires",
			    clock_rfc3339(mark->expires_ms, time));
			json_close_object(w);
		}
	json_close_array(w);
}

/* Nothing but keeping needs no actions: who stores knows where mail that is
 * kept belongs, also that of an import. */
static bool
has_actions(const struct sieve_result *site, const struct sieve_result *user)
{
	bool site_plain = result_is_plain_keep(site);

	return !(site_plain && (user == NULL || result_is_plain_keep(user)));
}

bool
decision_is_empty(const struct sieve_result *site,
    const struct sieve_result *user)
{
	return !has_actions(site, user) && site->marks_n == 0 &&
	    (user == NULL || (user->edits_n == 0 && user->marks_n == 0));
}

void
decision_write_entry(struct json_writer *w, const struct sieve_result *site,
    const struct sieve_result *user, bool site_edits)
{
	enum verdict_action action = user != NULL ? decision_verdict(user) :
	    VERDICT_ACCEPT;

	if (action == VERDICT_REJECT || action == VERDICT_TEMPFAIL)
		decision_write_verdict(w, "verdict", user);
	else if (has_actions(site, user)) {
		json_open_array(w, "actions");
		write_results(w, site, user == NULL);
		if (user != NULL)
			write_results(w, user, true);
		json_close_array(w);
	}
	write_headers(w, site_edits ? site : NULL, user);
	write_marks(w, site, user);
}
