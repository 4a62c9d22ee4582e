/* SPDX-License-Identifier: ISC */
/*
 * Results as one HTML page for people: no script, nothing fetched, readable
 * at 360 pixels, by eyes and by ears, in light and in dark.  A state is never
 * told by colour alone.
 */
#include "ops/audit_report.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ops/audit_page_style.h"

#define SPARK_RUNS 60
#define SPARK_STEP 4
#define SPARK_HEIGHT 24

static const char *const marks[] = {"&#10003;", "&#10007;", "?", "&#9998;",
    "&#8211;"};

/* Text of evidence may hold anything. */
static void
put_text(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '<')
			buf_append_text(out, "&lt;");
		else if (c == '>')
			buf_append_text(out, "&gt;");
		else if (c == '&')
			buf_append_text(out, "&amp;");
		else if (c == '"')
			buf_append_text(out, "&quot;");
		else
			buf_append_char(out, c);
	}
}

static void
put(struct buf *out, const char *text)
{
	put_text(out, slice_text(text));
}

static void
put_state(struct buf *out, enum audit_state state)
{
	const char *name = audit_state_text(state);

	buf_format(out, "<span class=\"state %s\"><span aria-hidden=\"true\">"
	    "%s</span> %s</span>", name, marks[state], name);
}

/*
 * History: a bar a run, the higher the better.
 */

struct history {
	enum audit_state states[SPARK_RUNS + 1];
	size_t n, of[AUDIT_STATES];
	int64_t first_ms, changed_ms; /* 0: it was so all the time */
};

static void
read_history(const struct audit_report *report, const struct audit_result *r,
    struct history *h)
{
	size_t runs = report->log == NULL ? 0 : report->log->runs_n;
	size_t from = runs > SPARK_RUNS ? runs - SPARK_RUNS : 0;
	enum audit_state now = audit_result_state(r), state;

	*h = (struct history){.n = 0};
	for (size_t i = from; i < runs; i++) {
		const struct audit_run *run = &report->log->runs[i];

		if (!audit_run_state(run, r->practice->id, &state))
			continue;
		if (h->n == 0)
			h->first_ms = run->time_ms;
		else if (state != h->states[h->n - 1])
			h->changed_ms = run->time_ms;
		h->states[h->n++] = state;
		h->of[state]++;
	}
	if (h->n == 0)
		h->first_ms = report->now_ms;
	else if (now != h->states[h->n - 1])
		h->changed_ms = report->now_ms;
	h->states[h->n++] = now;
	h->of[now]++;
}

static void
put_history(const struct audit_report *report, const struct audit_result *r,
    struct buf *out)
{
	static const unsigned heights[] = {
	    [AUDIT_PASS] = 22, [AUDIT_FAIL] = 5, [AUDIT_UNKNOWN] = 11,
	    [AUDIT_ATTESTED] = 17};
	struct history h;
	char first[CLOCK_TEXT_SIZE], changed[CLOCK_TEXT_SIZE];

	read_history(report, r, &h);
	clock_rfc3339(h.first_ms, first);
	clock_rfc3339(h.changed_ms, changed);
	buf_format(out, "<p class=\"history\"><svg aria-hidden=\"true\" "
	    "width=\"%zu\" height=\"%d\" viewBox=\"0 0 %zu %d\">",
	    h.n * SPARK_STEP, SPARK_HEIGHT, h.n * SPARK_STEP, SPARK_HEIGHT);
	for (size_t i = 0; i < h.n; i++)
		buf_format(out, "<rect class=\"%s\" x=\"%zu\" y=\"%u\" "
		    "width=\"3\" height=\"%u\"/>", audit_state_text(
		    h.states[i]), i * SPARK_STEP,
		    SPARK_HEIGHT - heights[h.states[i]],
		    heights[h.states[i]]);
	buf_format(out, "</svg> <span>%zu run%s since %.10s:", h.n,
	    h.n == 1 ? "" : "s", first);
	for (int i = 0; i < AUDIT_STATES; i++)
		if (h.of[i] > 0)
			buf_format(out, " %zu %s", h.of[i],
			    audit_state_text((enum audit_state)i));
	if (h.changed_ms > 0)
		buf_format(out, "; last change %.10s", changed);
	buf_append_text(out, "</span></p>\n");
}

/*
 * Practices.
 */

static void
put_evidence(const struct audit_result *r, struct buf *out)
{
	buf_append_text(out, "<ul>\n");
	for (size_t i = 0; i < r->n; i++) {
		enum audit_state state = r->clauses[i].state;

		buf_format(out, "<li><span class=\"mark %s\" "
		    "aria-hidden=\"true\">%s</span> <span class=\"hidden\">"
		    "%s: </span>", audit_state_text(state), marks[state],
		    audit_state_text(state));
		put(out, r->clauses[i].text);
		buf_append_text(out, "</li>\n");
	}
	if (r->left_out > 0)
		buf_format(out, "<li>and %zu more</li>\n", r->left_out);
	buf_append_text(out, "</ul>\n");
}

static void
put_practice(const struct audit_report *report, const struct audit_result *r,
    struct buf *out)
{
	enum audit_state state = audit_result_state(r), was;
	bool bad = state == AUDIT_FAIL || state == AUDIT_UNKNOWN;

	buf_format(out, "<article id=\"%s\" class=\"%s\">\n<h3>",
	    r->practice->id, audit_state_text(state));
	put_state(out, state);
	buf_append_text(out, " <code>");
	put(out, r->practice->id);
	buf_append_text(out, "</code></h3>\n<p class=\"what\">");
	put(out, r->practice->what);
	buf_append_text(out, r->practice->required
		? "</p>\n"
		: " <em>(not required)</em></p>\n");
	if (audit_report_was(report, r->practice->id, &was) && was != state)
		buf_format(out, "<p class=\"was\">Was <strong>%s</strong> in "
		    "the run before.</p>\n", audit_state_text(was));
	put_evidence(r, out);
	put_history(report, r, out);
	if (bad) {
		buf_append_text(out, "<p class=\"do\"><strong>What to do:"
		    "</strong> ");
		put(out, r->practice->todo);
		buf_append_text(out, "</p>\n");
	}
	buf_append_text(out, "<p class=\"by\">Made true by ");
	put(out, r->practice->by);
	buf_append_text(out, ". Looked at: ");
	put(out, r->practice->probe);
	buf_append_text(out, ".</p>\n</article>\n");
}

static size_t
count_in(const struct audit_report *report, const char *section,
    size_t of[AUDIT_STATES])
{
	size_t n = 0;

	memset(of, 0, sizeof(*of) * AUDIT_STATES);
	for (size_t i = 0; i < report->n; i++)
		if (strcmp(report->results[i].practice->section, section) ==
		    0) {
			of[audit_result_state(&report->results[i])]++;
			n++;
		}
	return n;
}

static void
put_counts(const size_t of[AUDIT_STATES], struct buf *out)
{
	const char *between = "";

	for (int i = 0; i < AUDIT_STATES; i++)
		if (of[i] > 0) {
			buf_format(out, "%s%zu %s", between, of[i],
			    audit_state_text((enum audit_state)i));
			between = ", ";
		}
}

static void
put_contents(const struct audit_report *report, struct buf *out)
{
	size_t of[AUDIT_STATES];

	buf_append_text(out, "<nav aria-label=\"Sections\"><ul>\n");
	for (size_t i = 0; i < report->practices->sections_n; i++) {
		const struct practice_section *s =
		    &report->practices->sections[i];

		if (count_in(report, s->id, of) == 0)
			continue;
		buf_format(out, "<li><a href=\"#section-%s\">", s->id);
		put(out, s->title);
		buf_append_text(out, "</a> <span>");
		put_counts(of, out);
		buf_append_text(out, "</span></li>\n");
	}
	buf_append_text(out, "</ul></nav>\n");
}

static void
put_sections(const struct audit_report *report, struct buf *out)
{
	size_t of[AUDIT_STATES];

	for (size_t i = 0; i < report->practices->sections_n; i++) {
		const struct practice_section *s =
		    &report->practices->sections[i];

		if (count_in(report, s->id, of) == 0)
			continue;
		buf_format(out, "<section aria-labelledby=\"section-%s\">\n"
		    "<h2 id=\"section-%s\">", s->id, s->id);
		put(out, s->title);
		buf_append_text(out, "</h2>\n");
		for (size_t k = 0; k < report->n; k++)
			if (strcmp(report->results[k].practice->section,
				s->id) == 0)
				put_practice(
				    report, &report->results[k], out);
		buf_append_text(out, "</section>\n");
	}
}

static void
put_fact(struct buf *out, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	buf_format(out, "<dt>%s</dt><dd>", name);
	put(out, value);
	buf_append_text(out, "</dd>\n");
}

static void
put_provider(const struct provider *p, struct buf *out)
{
	buf_append_text(out, "<article>\n<h3>");
	put(out, p->name);
	buf_append_text(out, "</h3>\n<dl>\n");
	put_fact(out, "Purpose", p->purpose);
	put_fact(out, "Data", p->data);
	put_fact(out, "Country", p->country);
	put_fact(out, "Transfer", p->transfer);
	/* a link leads nowhere but to a page of the web */
	if (slice_starts(slice_text(p->privacy), "https://")) {
		buf_append_text(out, "<dt>Privacy</dt><dd><a "
		    "rel=\"noreferrer\" href=\"");
		put(out, p->privacy);
		buf_append_text(out, "\">");
		put(out, p->privacy);
		buf_append_text(out, "</a></dd>\n");
	}
	buf_append_text(out, "</dl>\n</article>\n");
}

static void
put_providers(const struct audit_report *report, struct buf *out)
{
	const struct providers *all = report->providers;

	if (all == NULL || all->n == 0)
		return;
	buf_append_text(out, "<section aria-labelledby=\"providers\">\n"
	    "<h2 id=\"providers\">Who else handles data</h2>\n");
	for (size_t i = 0; i < all->n; i++)
		put_provider(&all->items[i], out);
	buf_append_text(out, "</section>\n");
}

/* What counts against the exit code, ahead of everything. */
static void
put_urgent(const struct audit_report *report, struct buf *out)
{
	struct audit_tally tally;

	audit_tally(report, &tally);
	buf_append_text(out, "<section aria-labelledby=\"urgent\">\n"
	    "<h2 id=\"urgent\">Needs a person</h2>\n");
	if (tally.required == 0)
		buf_append_text(out,
		    "<p>Nothing: no required practice fails.</p>\n");
	else
		buf_append_text(out, "<ul>\n");
	for (size_t i = 0; i < report->n && tally.required > 0; i++) {
		const struct audit_result *r = &report->results[i];

		if (!audit_result_is_bad(r))
			continue;
		buf_format(out, "<li><a href=\"#%s\"><code>%s</code></a> ",
		    r->practice->id, r->practice->id);
		put(out, r->practice->what);
		buf_append_text(out, "</li>\n");
	}
	if (tally.required > 0)
		buf_append_text(out, "</ul>\n");
	buf_append_text(out, "</section>\n");
}

static void
put_head(const struct audit_report *report, struct buf *out)
{
	char time[CLOCK_TEXT_SIZE];

	clock_rfc3339(report->now_ms, time);
	buf_append_text(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\""
	    "default-src 'none'; style-src 'unsafe-inline'\">\n<title>Audit "
	    "of ");
	put(out, report->host);
	buf_format(out, ", %.10s</title>\n<style>\n" AUDIT_PAGE_STYLE
	    "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip "
	    "to the results</a>\n<header>\n<h1>Security practices of ", time);
	put(out, report->host);
	buf_format(out, "</h1>\n<p>As of <time datetime=\"%s\">%.10s %.5s "
	    "UTC</time>, by fe-audit " FE_VERSION "%s.</p>\n", time, time,
	    time + 11, report->network ? ", with a look from the network"
				       : "");
}

static void
put_tally(const struct audit_report *report, struct buf *out)
{
	struct audit_tally tally;

	audit_tally(report, &tally);
	buf_append_text(out, "<ul class=\"tally\">\n");
	for (int i = 0; i < AUDIT_STATES; i++) {
		buf_format(out, "<li><strong>%u</strong> ", tally.n[i]);
		put_state(out, (enum audit_state)i);
		buf_append_text(out, "</li>\n");
	}
	buf_append_text(out, "</ul>\n");
}

void
audit_report_html(const struct audit_report *report, struct buf *out)
{
	put_head(report, out);
	put_tally(report, out);
	put_contents(report, out);
	buf_append_text(out, "</header>\n<main id=\"main\">\n");
	put_urgent(report, out);
	put_sections(report, out);
	put_providers(report, out);
	buf_append_text(out, "</main>\n<footer>\n");
	if (report->head[0] != '\0') {
		buf_append_text(out, "<p>Head of the hash chain with this "
		    "run: <code>");
		put(out, report->head);
		buf_append_text(out, "</code></p>\n");
	} else
		buf_append_text(out, "<p>This run is not in the history."
		    "</p>\n");
	buf_append_text(out, "<p>fail: something is not as promised. unknown: "
	    "it cannot be told, or the program is not installed. attested: a "
	    "person has stated it, with evidence and an end.</p>\n</footer>\n"
	    "</body>\n</html>\n");
}
