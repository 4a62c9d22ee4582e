/* SPDX-License-Identifier: ISC */
/* Results as a table and as JSON lines. */
#include "ops/audit_report.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"

void
audit_tally(const struct audit_report *report, struct audit_tally *tally)
{
	*tally = (struct audit_tally){.required = 0};
	for (size_t i = 0; i < report->n; i++) {
		tally->n[audit_result_state(&report->results[i])]++;
		tally->required += audit_result_is_bad(&report->results[i]);
	}
}

bool
audit_report_was(const struct audit_report *report, const char *id,
    enum audit_state *state)
{
	const struct audit_run *last = report->log == NULL
	    ? NULL
	    : audit_log_last(report->log, false);

	return last != NULL && audit_run_state(last, id, state);
}

/* Does --diff show it? */
static bool
has_changed(
    const struct audit_report *report, const struct audit_result *result)
{
	enum audit_state was;

	return audit_report_was(report, result->practice->id, &was)
	    ? was != audit_result_state(result)
	    : audit_result_is_bad(result);
}

static bool
is_shown(const struct audit_report *report, const struct audit_result *result)
{
	if (report->diff)
		return has_changed(report, result);
	return !report->quiet || audit_result_is_bad(result);
}

static void
put_row(const struct audit_report *report, const struct audit_result *r,
    struct buf *out)
{
	enum audit_state state = audit_result_state(r), was;

	buf_format(out, "%-8s %s: %s%s", audit_state_text(state),
	    r->practice->id, r->practice->what,
	    state == AUDIT_FAIL && !r->practice->required ? " (not required)"
							  : "");
	if (audit_report_was(report, r->practice->id, &was) && was != state)
		buf_format(out, " (was: %s)", audit_state_text(was));
	buf_append_char(out, '\n');
	for (size_t i = 0; i < r->n; i++) {
		enum audit_state own = r->clauses[i].state;

		if (own == AUDIT_PASS && state != AUDIT_PASS &&
		    !report->verbose)
			continue;
		buf_format(out, "         %-8s %s\n", audit_state_text(own),
		    r->clauses[i].text);
	}
	if (r->left_out > 0)
		buf_format(out, "         and %zu more\n", r->left_out);
	if (state == AUDIT_FAIL || (state == AUDIT_UNKNOWN &&
		report->verbose))
		buf_format(out, "         do:      %s\n", r->practice->todo);
}

void
audit_report_text(const struct audit_report *report, struct buf *out)
{
	struct audit_tally tally;
	size_t shown = 0;

	audit_tally(report, &tally);
	for (size_t i = 0; i < report->n; i++)
		if (is_shown(report, &report->results[i])) {
			put_row(report, &report->results[i], out);
			shown++;
		}
	if ((report->quiet || report->diff) && shown == 0 &&
	    (report->quiet || tally.required == 0))
		return;
	buf_format(out, "%u pass, %u fail (%u required), %u unknown, %u "
	    "attested\n", tally.n[AUDIT_PASS], tally.n[AUDIT_FAIL],
	    tally.required, tally.n[AUDIT_UNKNOWN], tally.n[AUDIT_ATTESTED]);
}

static void
put_object(const struct audit_report *report, const struct audit_result *r,
    struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	enum audit_state was;

	json_open_object(&w, NULL);
	json_put_text(&w, "id", r->practice->id);
	json_put_text(&w, "section", r->practice->section);
	json_put_text(&w, "state", audit_state_text(audit_result_state(r)));
	json_put_bool(&w, "required", r->practice->required);
	if (audit_report_was(report, r->practice->id, &was))
		json_put_text(&w, "was", audit_state_text(was));
	json_put_text(&w, "what", r->practice->what);
	json_put_text(&w, "by", r->practice->by);
	json_put_text(&w, "probe", r->practice->probe);
	json_open_array(&w, "evidence");
	for (size_t i = 0; i < r->n; i++) {
		json_open_object(&w, NULL);
		json_put_text(&w, "state",
		    audit_state_text(r->clauses[i].state));
		json_put_text(&w, "text", r->clauses[i].text);
		json_close_object(&w);
	}
	json_close_array(&w);
	if (r->left_out > 0)
		json_put_integer(&w, "left_out", (int64_t)r->left_out);
	json_put_text(&w, "do", r->practice->todo);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

void
audit_report_json(const struct audit_report *report, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	struct audit_tally tally;
	char time[CLOCK_TEXT_SIZE];

	audit_tally(report, &tally);
	for (size_t i = 0; i < report->n; i++)
		if (is_shown(report, &report->results[i]))
			put_object(report, &report->results[i], out);
	json_open_object(&w, NULL);
	for (int i = 0; i < AUDIT_STATES; i++)
		json_put_integer(&w,
		    audit_state_text((enum audit_state)i), tally.n[i]);
	json_put_integer(&w, "required_failed", tally.required);
	json_put_text(&w, "host", report->host);
	json_put_text(&w, "time", clock_rfc3339(report->now_ms, time));
	json_put_bool(&w, "network", report->network);
	if (report->head[0] != '\0')
		json_put_text(&w, "head", report->head);
	json_close_object(&w);
	buf_append_char(out, '\n');
}
