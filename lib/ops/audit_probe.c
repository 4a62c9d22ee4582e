/* SPDX-License-Identifier: ISC */
/* What several probes do alike. */
#include "ops/audit_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/installation.h"
#include "base/io.h"
#include "base/mem.h"
#include "ops/tool.h"

#define WORDS_MAX 12

/*
 * Other programs.
 */

/* The path of a program of the family, beside this one or in PATH; false:
 * not installed. */
static bool
find_program(const char *name, struct buf *path)
{
	char *elsewhere;

	if (installation_bin(path, NULL) == 0) {
		buf_format(path, "/%s", name);
		if (access(path->p, X_OK) == 0)
			return true;
	}
	elsewhere = tool_find(name);
	buf_truncate(path, 0);
	if (elsewhere != NULL)
		buf_append_text(path, elsewhere);
	free(elsewhere);
	return path->n > 0;
}

bool
audit_need_program(struct audit_result *r, const char *name)
{
	struct buf path = BUF_INIT;
	bool found = find_program(name, &path);

	if (!found)
		audit_say(r, AUDIT_UNKNOWN, "%s: not installed", name);
	buf_free(&path);
	return found;
}

int
audit_run_program(const struct audit *a, const char *const words[],
    struct slice input, struct buf *out, struct err *err)
{
	const char *all[WORDS_MAX + 4] = {NULL};
	struct buf path = BUF_INIT;
	int status;

	if (!find_program(words[0], &path)) {
		buf_free(&path);
		return err_set(
		    err, ERR_CONFIG, "%s: not installed", words[0]);
	}
	all[0] = path.p;
	all[1] = "--home";
	all[2] = a->home;
	for (size_t i = 1; i < WORDS_MAX && words[i] != NULL; i++)
		all[i + 2] = words[i];
	status = tool_run(all, input, out, err);
	buf_free(&path);
	return status;
}

void
audit_ask(const struct audit *a, struct audit_answer *answer,
    const char *const words[])
{
	struct err err = ERR_INIT;
	struct slice rest, line;

	if (answer->asked)
		return;
	answer->asked = true;
	answer->text.max = (size_t)16 << 20;
	answer->status =
	    audit_run_program(a, words, SLICE_NONE, &answer->text, &err);
	if (answer->status < 0)
		snprintf(answer->fault, sizeof(answer->fault), "%s", err.text);
	else if (answer->status > 1) {
		rest = buf_slice(&answer->text);
		line = slice_line(&rest);
		snprintf(answer->fault, sizeof(answer->fault), "%.*s",
		    SLICE_ARG(line));
	}
}

bool
audit_next_object(struct slice *rest, struct slice *object)
{
	while (rest->p != NULL) {
		*object = slice_trim(slice_line(rest));
		if (slice_starts(*object, "{") &&
		    json_check(*object, NULL) == 0)
			return true;
	}
	return false;
}

/*
 * fe.conf and deliver.
 */

bool
audit_setting(const struct audit *a, const char *section, const char *key,
    struct slice *value)
{
	bool found = false;

	for (size_t i = 0; i < a->config.n; i++) {
		const struct config_entry *entry = &a->config.entries[i];

		if (!slice_is(entry->section, section) ||
		    !slice_is(entry->key, key))
			continue;
		*value = entry->value;
		found = true;
	}
	return found;
}

bool
audit_next_setting(const struct audit *a, const char *program,
    const char *key, size_t *at, struct slice *section, struct slice *value)
{
	for (; *at < a->config.n; (*at)++) {
		const struct config_entry *entry = &a->config.entries[*at];
		struct slice rest = entry->section;

		if (!slice_is(slice_cut(&rest, ' '), program) ||
		    !slice_is(entry->key, key))
			continue;
		*section = entry->section;
		*value = entry->value;
		(*at)++;
		return true;
	}
	return false;
}

static bool
is_of_name(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* Is it there as a word of its own, or at the end of a path: not as part of
 * `fe-scan-old', and not behind a `#' that begins a word? */
static bool
starts_program(struct slice line, struct slice name)
{
	for (size_t i = 0; i < line.n; i++) {
		bool begins = i == 0 || !is_of_name(line.p[i - 1]);

		if (line.p[i] == '#' &&
		    (i == 0 || line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
			return false;
		if (begins &&
		    slice_equal(slice_part(line, i, i + name.n), name) &&
		    (i + name.n == line.n || !is_of_name(line.p[i + name.n])))
			return true;
	}
	return false;
}

bool
audit_is_in_pipeline(const struct audit *a, const char *program)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED((size_t)1 << 20);
	struct slice rest;
	bool found = false;

	(void)a;
	(void)io_read_file(home_file(&path, "deliver"), &text, NULL);
	rest = buf_slice(&text);
	while (rest.p != NULL && !found)
		found = starts_program(
		    slice_trim(slice_line(&rest)), slice_text(program));
	buf_free(&path);
	buf_free(&text);
	return found;
}

/*
 * Clauses.
 */

void
audit_say_age(const struct audit *a, struct audit_result *r, const char *what,
    int64_t time_ms, int64_t max_days)
{
	int64_t days = (a->now_ms - time_ms) / AUDIT_DAY_MS;

	if (time_ms > a->now_ms + AUDIT_DAY_MS)
		audit_say(r, AUDIT_FAIL, "%s is from the future", what);
	else
		audit_say(r, days <= max_days ? AUDIT_PASS : AUDIT_FAIL,
		    "%s is %lld days old%s", what, (long long)days,
		    days <= max_days ? "" : ", too old");
}

void
audit_say_file_age(const struct audit *a, struct audit_result *r,
    const char *what, const char *path, int64_t max_days)
{
	struct stat st;

	if (stat(path, &st) < 0)
		audit_say(r, AUDIT_UNKNOWN, "%s is not there: '%s'", what,
		    path);
	else
		audit_say_age(
		    a, r, what, (int64_t)st.st_mtime * 1000, max_days);
}

void
audit_say_attestation(const struct audit *a, struct audit_result *r)
{
	const struct audit_attestation *one = a->log == NULL ? NULL
	    : audit_log_attestation(a->log, r->practice->id);
	char digest[AUDIT_DIGEST_SIZE];
	struct err err = ERR_INIT;
	int64_t size;

	if (one == NULL)
		audit_say(r, AUDIT_UNKNOWN, "nobody has stated it");
	else if (one->until_ms <= a->now_ms)
		audit_say(r, AUDIT_FAIL, "%s stated it until %s, which is "
		    "over", one->by, one->until);
	else if (audit_digest(one->path, digest, &size, &err) < 0)
		audit_say(r, AUDIT_FAIL, "the evidence of %s is gone: %s",
		    one->by, err.text);
	else if (strcmp(digest, one->digest) != 0)
		audit_say(r, AUDIT_FAIL, "'%s' is not what %s showed: it was "
		    "changed", one->path, one->by);
	else
		audit_say(r, AUDIT_ATTESTED, "stated by %s until %s, '%s'",
		    one->by, one->until, one->path);
}

bool
audit_say_running(const struct audit *a, struct audit_result *r,
    const char *program)
{
	const struct host_process *p;

	if (!audit_need_program(r, program))
		return false;
	p = host_processes_find(&a->processes, program);
	if (p == NULL)
		audit_say(r, AUDIT_FAIL, "%s does not run", program);
	else
		audit_say(r, AUDIT_PASS, "%s runs (pid %lld)", program,
		    (long long)p->pid);
	return p != NULL;
}

void
audit_say_last_network(
    const struct audit *a, struct audit_result *r, int64_t max_days)
{
	const struct audit_run *run =
	    a->log == NULL ? NULL : audit_log_last(a->log, true);
	enum audit_state state;
	int64_t days;

	if (run == NULL || !audit_run_state(run, r->practice->id, &state)) {
		audit_say(r, AUDIT_UNKNOWN,
		    "never looked at from the network (--network)");
		return;
	}
	days = (a->now_ms - run->time_ms) / AUDIT_DAY_MS;
	if (days > max_days)
		state = AUDIT_FAIL;
	audit_say(r, state, "%lld days ago, with --network: %s",
	    (long long)days, days > max_days ? "too long ago"
					     : audit_state_text(state));
}
