/* SPDX-License-Identifier: ISC */
/* Reports of decisions.  Texts of messages are made safe for a terminal. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "decision.h"
#include "record/render.h"

#define SHOWN_MAX 160 /* octets of a rule, or of what it saw */

static const char *
verdict_name(enum verdict_action action)
{
	static const char *const names[REPORT_KINDS] = {"accept", "accept",
	    "junk", "quarantine", "reject", "discard", "tempfail"};

	return names[action];
}

void
report_check(const struct sieve_script *script, const struct err *fault,
    struct buf *out)
{
	if (script == NULL) {
		render_safe(out, slice_text(fault->text));
		buf_append_char(out, '\n');
		return;
	}
	for (const struct sieve_script *s = script; s; s = s->includes)
		buf_append_slice(out, buf_slice(&s->warnings));
}

/* Blanks joined, cut, safe. */
static void
append_short(struct buf *out, struct slice text)
{
	struct buf line = BUF_LIMITED(SHOWN_MAX);
	bool blank = false;
	int full = 0;

	for (size_t i = 0; i < text.n && full == 0; i++) {
		char c = text.p[i];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			blank = line.n > 0;
			continue;
		}
		if (blank)
			full = buf_append_char(&line, ' ');
		blank = false;
		if (full == 0)
			full = buf_append_char(&line, c);
	}
	render_safe(out, buf_slice(&line));
	if (full < 0)
		buf_append_text(out, "...");
	buf_free(&line);
}

/* Which message it is: its id, where it is kept, and who sent it. */
static void
put_message(struct buf *out, const struct record *r)
{
	static const char *const paths[] = {"source.path", "envelope.from"};
	static const char *const before[] = {"  ", "  from "};
	struct buf text = BUF_INIT;

	buf_append_slice(out, meta_id(&r->meta));
	for (size_t i = 0; i < 2; i++) {
		buf_reset(&text);
		if (json_string(meta_at(&r->meta, paths[i]), &text) < 0)
			continue;
		buf_append_text(out, before[i]);
		if (text.n > 0)
			append_short(out, buf_slice(&text));
		else
			buf_append_text(out, "<>");
	}
	buf_free(&text);
}

static void
put_known(struct json_writer *w, const struct record *r)
{
	struct slice path = meta_at(&r->meta, "source.path");
	struct slice from = meta_at(&r->meta, "envelope.from");

	if (path.p != NULL)
		json_put_raw(w, "path", path);
	if (from.p != NULL)
		json_put_raw(w, "from", from);
}

/* ---- test and explain ---- */

static void
note_json(struct report *report, unsigned line, struct slice source,
    const char *outcome, struct slice saw)
{
	struct json_writer *w = &report->writer;
	struct buf text = BUF_INIT;

	append_short(&text, source);
	json_open_object(w, NULL);
	json_put_integer(w, "line", line);
	json_put_slice(w, "rule", buf_slice(&text));
	json_put_text(w, "outcome", outcome);
	if (saw.p != NULL) {
		buf_reset(&text);
		append_short(&text, saw);
		json_put_slice(w, "saw", buf_slice(&text));
	}
	json_close_object(w);
	buf_free(&text);
}

static void
note(void *context, const char *script, unsigned line, struct slice source,
    const char *outcome, struct slice saw)
{
	struct report *report = context;

	(void)script;
	if (!report->all && strcmp(outcome, "false") == 0)
		return;
	if (report->json) {
		note_json(report, line, source, outcome, saw);
		return;
	}
	buf_format(&report->out, "    %4u  ", line);
	append_short(&report->out, source);
	buf_format(&report->out, ": %s", outcome);
	if (saw.p != NULL) {
		buf_append_text(&report->out, ", saw \"");
		append_short(&report->out, saw);
		buf_append_char(&report->out, '"');
	}
	buf_append_char(&report->out, '\n');
}

static void
begin(void *context, struct slice recipient, const char *script,
    const struct questions *answers)
{
	struct report *report = context;
	struct buf when = BUF_INIT;

	if (answers != NULL)
		questions_describe(answers, &when);
	if (report->json) {
		json_open_object(&report->writer, NULL);
		json_put_text(&report->writer, "script", script);
		if (recipient.p != NULL)
			json_put_slice(&report->writer, "recipient",
			    recipient);
		if (when.n > 0)
			json_put_slice(&report->writer, "case",
			    buf_slice(&when));
		json_open_array(&report->writer, "rules");
	} else {
		buf_append_text(&report->out, "  ");
		if (recipient.p != NULL) {
			render_safe(&report->out, recipient);
			buf_append_text(&report->out, ": ");
		}
		buf_append_text(&report->out, script);
		if (when.n > 0) {
			buf_append_text(&report->out, ", where the mailbox "
			    "has ");
			render_safe(&report->out, buf_slice(&when));
		}
		buf_append_char(&report->out, '\n');
	}
	buf_free(&when);
}

static void
end(void *context, const struct sieve_result *result)
{
	struct report *report = context;
	struct sieve_result *nothing;
	struct buf text = BUF_INIT;

	result_describe(result, &text);
	if (report->json) {
		nothing = mem_alloc(sizeof(*nothing));
		result_init(nothing);
		json_close_array(&report->writer);
		json_open_object(&report->writer, "entry");
		decision_write_entry(&report->writer, nothing, result,
		    false);
		json_close_object(&report->writer);
		free(nothing);
		json_put_slice(&report->writer, "decision", buf_slice(&text));
		decision_write_verdict(&report->writer, "verdict", result);
		json_close_object(&report->writer);
	} else {
		if (result->fault.kind != ERR_NONE)
			buf_format(&report->out, "    fault: %s\n",
			    result->fault.text);
		buf_format(&report->out, "    => %s: ",
		    verdict_name(decision_verdict(result)));
		render_safe(&report->out, buf_slice(&text));
		buf_append_char(&report->out, '\n');
	}
	buf_free(&text);
}

void
report_begin(struct report *report, struct judge *judge, bool json, bool all)
{
	*report = (struct report){.judge = judge, .json = json, .all = all,
	    .out = BUF_INIT, .trace = {note, report}};
	judge->trace = &report->trace;
	judge->begin = begin;
	judge->end = end;
	judge->context = report;
}

void
report_record(struct report *report, struct record *r,
    const struct sieve_script *script)
{
	report->writer = (struct json_writer)JSON_WRITER(&report->out);
	if (report->json) {
		json_open_object(&report->writer, NULL);
		json_put_slice(&report->writer, "id", meta_id(&r->meta));
		put_known(&report->writer, r);
		json_open_array(&report->writer, "scripts");
	} else {
		put_message(&report->out, r);
		buf_append_char(&report->out, '\n');
	}
	if (script != NULL)
		judge_script(report->judge, r, script);
	else
		judge_record(report->judge, r);
	if (report->json) {
		json_close_array(&report->writer);
		json_close_object(&report->writer);
		buf_append_char(&report->out, '\n');
	}
}

void
report_end(struct report *report)
{
	report->judge->trace = NULL;
	report->judge->begin = NULL;
	report->judge->end = NULL;
	buf_free(&report->out);
}

/* ---- diff ---- */

void
report_diff_begin(struct report_diff *diff, struct judge *judge, bool json)
{
	*diff = (struct report_diff){.judge = judge, .json = json,
	    .out = BUF_INIT};
}

static enum verdict_action
decide(struct report_diff *diff, struct record *r,
    const struct sieve_script *script, struct buf *text)
{
	judge_script(diff->judge, r, script);
	result_describe(&diff->judge->site, text);
	return decision_verdict(&diff->judge->site);
}

static void
write_change(struct report_diff *diff, const struct record *r,
    const char *verdicts[2], const struct buf texts[2])
{
	struct json_writer w = JSON_WRITER(&diff->out);
	struct slice id = meta_id(&r->meta);

	if (diff->json) {
		json_open_object(&w, NULL);
		json_put_slice(&w, "id", id);
		put_known(&w, r);
		json_put_text(&w, "old", verdicts[0]);
		json_put_text(&w, "new", verdicts[1]);
		json_put_slice(&w, "old_decision", buf_slice(&texts[0]));
		json_put_slice(&w, "new_decision", buf_slice(&texts[1]));
		json_close_object(&w);
		buf_append_char(&diff->out, '\n');
		return;
	}
	put_message(&diff->out, r);
	buf_format(&diff->out, "  %s -> %s  (", verdicts[0], verdicts[1]);
	render_safe(&diff->out, buf_slice(&texts[0]));
	buf_append_text(&diff->out, " -> ");
	render_safe(&diff->out, buf_slice(&texts[1]));
	buf_append_text(&diff->out, ")\n");
}

bool
report_diff_record(struct report_diff *diff, struct record *r,
    const struct sieve_script *old, const struct sieve_script *new)
{
	struct buf texts[2] = {BUF_INIT, BUF_INIT};
	enum verdict_action before = decide(diff, r, old, &texts[0]);
	enum verdict_action after = decide(diff, r, new, &texts[1]);
	const char *verdicts[2] = {verdict_name(before), verdict_name(after)};
	bool changed = before != after ||
	    !slice_equal(buf_slice(&texts[0]), buf_slice(&texts[1]));

	diff->records++;
	if (changed) {
		diff->changed++;
		diff->moves[before][after]++;
		write_change(diff, r, verdicts, texts);
	}
	buf_free(&texts[0]);
	buf_free(&texts[1]);
	return changed;
}

void
report_diff_end(struct report_diff *diff)
{
	if (diff->json) {
		buf_format(&diff->out, "{\"records\":%lld,\"changed\":%lld}\n",
		    (long long)diff->records, (long long)diff->changed);
		return;
	}
	for (unsigned i = 0; i < REPORT_KINDS; i++)
		for (unsigned k = 0; k < REPORT_KINDS; k++)
			if (diff->moves[i][k] > 0)
				buf_format(&diff->out, "%6lld  %s -> %s\n",
				    (long long)diff->moves[i][k],
				    verdict_name(i), verdict_name(k));
	buf_format(&diff->out, "%lld of %lld messages change\n",
	    (long long)diff->changed, (long long)diff->records);
}
