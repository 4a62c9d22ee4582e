/* SPDX-License-Identifier: ISC */
/* Tests of what other programs found out, and of what we are. */
#include <stdio.h>
#include <string.h>

#include "facts.h"
#include "mailto.h"
#include "matcher.h"
#include "tests.h"

#define DUPLICATE_SECONDS (7 * 86400)
#define QUESTION_MAX 8192             /* octets of a list of folders */

/* ---- vnd.fe.record ---- */

static int
match_fact(void *context, const struct fact *fact)
{
	struct matcher *match = context;

	match->is_number = fact->is_number;
	return matcher_value(match, fact->text);
}

int
test_fe(struct sieve_run *run, const struct sieve_node *node)
{
	struct matcher match;

	matcher_begin(&match, run, node, node->args[1]);
	for (size_t i = 0; i < node->args[0]->n; i++) {
		int got = facts_find(run,
		    run_text(run, &node->args[0]->strings[i]), match_fact,
		    &match);

		if (got != 0)
			return got;
	}
	return matcher_end(&match);
}

/* ---- RFC 5235 ---- */

static int
take_fact(void *context, const struct fact *fact)
{
	*(struct fact *)context = *fact;
	return 1;
}

static int
match_number(struct sieve_run *run, const struct sieve_node *node,
    int64_t value, bool is_known)
{
	struct matcher match;
	char text[24];
	int got = 0;

	matcher_begin(&match, run, node, node->args[0]);
	snprintf(text, sizeof(text), "%lld", (long long)value);
	/* what was not tested counts as none */
	if (node->match.type != MATCH_COUNT || is_known)
		got = matcher_value(&match, arena_copy(run->arena,
		    slice_text(text)));
	return got != 0 ? got : matcher_end(&match);
}

/* scan.spam.score, 0 to 1, as 1 to 10 or as per cent; 0: not tested. */
int
test_spamtest(struct sieve_run *run, const struct sieve_node *node)
{
	bool percent = node_tag(node, TAG_PERCENT) != NULL;
	struct fact score = {SLICE_NONE, false};
	double value = 0;
	bool is_known = facts_find(run, SLICE("scan.spam.score"), take_fact,
	    &score) != 0 && score.is_number &&
	    json_real(score.text, &value) == 0;

	/* a scanner that has learned nothing has not tested */
	if (facts_find(run, SLICE("scan.spam.class"), take_fact, &score) != 0 &&
	    slice_is(score.text, "unknown"))
		is_known = false;
	value = value < 0 ? 0 : value > 1 ? 1 : value;
	if (!is_known)
		return match_number(run, node, 0, false);
	return match_number(run, node, percent ? (int64_t)(value * 100 + 0.5) :
	    1 + (int64_t)(value * 9 + 0.5), true);
}

/* 0 not tested, 1 none found, 5 a virus. */
int
test_virustest(struct sieve_run *run, const struct sieve_node *node)
{
	struct fact result = {SLICE_NONE, false};
	int value = 0;

	if (facts_find(run, SLICE("scan.virus.result"), take_fact,
	    &result) != 0)
		value = slice_is(result.text, "clean") ? 1 :
		    slice_is(result.text, "found") ? 5 : 0;
	return match_number(run, node, value, value > 0);
}

/* ---- RFC 5183 ---- */

static struct slice
environment_value(struct sieve_run *run, struct slice name)
{
	static const struct {
		const char *name, *path;
	} facts[] = {{"remote-host", "checks.iprev.name"},
	    {"remote-ip", "client.ip"}, {"vnd.fe.id", "id"},
	    {"vnd.fe.helo", "client.helo"}, {"vnd.fe.user", "client.user"}};
	struct fact fact = {SLICE_NONE, false};

	if (slice_case_is(name, "name"))
		return SLICE("fe-sieve");
	if (slice_case_is(name, "version"))
		return SLICE(FE_VERSION);
	if (slice_case_is(name, "location"))
		return SLICE("MDA");
	if (slice_case_is(name, "phase"))
		return SLICE("during");
	if (slice_case_is(name, "host"))
		return slice_text(run->host->hostname);
	if (slice_case_is(name, "domain"))
		return slice_text(run->host->domain);
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		if (slice_case_is(name, facts[i].name))
			(void)facts_find(run, slice_text(facts[i].path),
			    take_fact, &fact);
	return fact.text;
}

int
test_environment(struct sieve_run *run, const struct sieve_node *node)
{
	struct slice value = environment_value(run,
	    run_arg(run, node->args[0]));
	struct matcher match;
	int got;

	if (value.p == NULL) /* not even :count "eq" "0" (RFC 5183, 4) */
		return 0;
	matcher_begin(&match, run, node, node->args[1]);
	got = node->match.type == MATCH_COUNT && value.n == 0 ? 0 :
	    matcher_value(&match, value);
	return got != 0 ? got : matcher_end(&match);
}

/* ---- RFC 5490 ---- */

/* Folders of a new mailbox: what can be told without asking one. */
static bool
is_common_folder(struct slice name)
{
	static const char *const folders[] = {"Sent", "Drafts", "Junk",
	    "Trash", "Archive", NULL};

	for (size_t i = 0; folders[i] != NULL; i++)
		if (slice_is(name, folders[i]))
			return true;
	return slice_case_is(name, "INBOX");
}

int
test_mailboxexists(struct sieve_run *run, const struct sieve_node *node)
{
	struct buf list = BUF_LIMITED(QUESTION_MAX);
	struct json_writer w = JSON_WRITER(&list);
	bool all = true, asks = false;

	json_open_array(&w, NULL);
	for (size_t i = 0; i < node->args[0]->n; i++) {
		struct slice name = run_text(run, &node->args[0]->strings[i]);

		run->saw = name;
		all = all && is_common_folder(name);
		if (slice_case_is(name, "INBOX"))
			continue;
		json_put_slice(&w, NULL, name);
		asks = true;
	}
	json_close_array(&w);
	if (run->questions != NULL && asks)
		all = !w.failed && questions_ask(run->questions,
		    run->message->arena, QUESTION_FOLDERS, buf_slice(&list));
	buf_free(&list);
	return all;
}

/* ---- RFC 5435 ---- */

int
test_valid_notify_method(struct sieve_run *run, const struct sieve_node *node)
{
	for (size_t i = 0; i < node->args[0]->n; i++)
		if (!mailto_is_valid(run_text(run,
		    &node->args[0]->strings[i])))
			return 0;
	return 1;
}

int
test_notify_method_capability(struct sieve_run *run,
    const struct sieve_node *node)
{
	struct matcher match;
	int got = 0;

	matcher_begin(&match, run, node, node->args[2]);
	if (mailto_is_valid(run_arg(run, node->args[0])) &&
	    slice_case_is(run_arg(run, node->args[1]), "online"))
		got = matcher_value(&match, SLICE("maybe"));
	return got != 0 ? got : matcher_end(&match);
}

/* ---- RFC 7352 ---- */

/* What tells one message from another; none: nothing does. */
static struct slice
unique_id(struct sieve_run *run, const struct sieve_node *node)
{
	const struct sieve_tag_use *unique = node_tag(node, TAG_UNIQUEID);
	struct slice name = run_tag(run, node, TAG_HEADER);
	struct field_walk walk;
	struct letter_field *f;

	if (unique != NULL)
		return run_arg(run, unique->value);
	walk = field_walk(run, node, name.p != NULL ? name :
	    SLICE("message-id"));
	walk.only = 0;
	f = field_next(&walk);
	return f != NULL ? field_text(run->message, f) : SLICE_NONE;
}

int
test_duplicate(struct sieve_run *run, const struct sieve_node *node)
{
	struct slice id = unique_id(run, node);
	struct sieve_result *r = run->result;
	int64_t seconds = run_tag_number(node, TAG_SECONDS,
	    DUPLICATE_SECONDS);
	struct result_mark mark;
	bool seen;

	run->saw = id;
	if (id.n == 0)
		return 0;
	if (seconds > MARK_SECONDS_MAX)
		seconds = MARK_SECONDS_MAX;
	mark.handle = question_mark(run->arena, run->recipient.p != NULL ?
	    "duplicate" : "duplicate-site", run_tag(run, node, TAG_HANDLE),
	    id);
	mark.expires_ms = run->now_ms + seconds * 1000;
	seen = run->questions != NULL && questions_ask(run->questions,
	    run->message->arena, QUESTION_MARK, mark.handle);
	if (seen && node_tag(node, TAG_LAST) == NULL)
		return 1;
	if (r->marks_n == RESULT_MARKS_MAX)
		return run_fail(run, node, "more than %d marks",
		    RESULT_MARKS_MAX);
	r->marks[r->marks_n++] = mark;
	return seen;
}
