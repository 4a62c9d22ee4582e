/* SPDX-License-Identifier: ISC */
/*
 * fe-sieve: decides what becomes of a message, by the facts in its record and
 * the Sieve scripts of the site and of its recipients.  The decision is
 * stated as `verdict' and `plan'; programs behind it act.  The verbs check,
 * test, explain and diff look at scripts and decide nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "auth/domain.h"
#include "record/filter.h"
#include "sieve/judge.h"
#include "sieve/report.h"

struct sieve_conf {
	struct filter_conf filter;
	const char *site, *users, *delimiter, *hostname, *domain;
};

#define AT(member) offsetof(struct sieve_conf, member)
static const struct option_def options[] = {
    FILTER_OPTIONS(struct sieve_conf, filter),
    {OPTION_TEXT, 0, "site", AT(site), "SCRIPT",
	.help = "the site's script (default: HOME/sieve/site.sieve)"},
    {OPTION_TEXT, 0, "user-scripts", AT(users), "DIR",
	.help = "where DOMAIN/USER/active are (default: HOME/sieve)"},
    {OPTION_TEXT, 0, "recipient-delimiter", AT(delimiter), "CHARACTERS", "+",
	.flags = OPTION_SHARED,
	.help = "what separates a detail from a local part"},
    {OPTION_TEXT, 0, "hostname", AT(hostname), "NAME",
	.flags = OPTION_SHARED,
	.help = "name of this host in the mail world (default: the system's)",
	.check = domain_check},
    {OPTION_TEXT, 0, "domain", AT(domain), "NAME", .flags = OPTION_SHARED,
	.help = "the domain of this service, for `environment'",
	.check = domain_check},
    {OPTION_END}};

static const struct cmd sieve_cmd = {
    .name = "fe-sieve",
    .synopsis = "[options] < records\n"
		"[options] check SCRIPT...\n"
		"[options] test SCRIPT < records\n"
		"[options] explain < records\n"
		"[options] diff OLD NEW < records",
    .summary = "decide by Sieve scripts what becomes of a message",
    .options = options,
    .flags = CMD_FILTER | CMD_VERBS};

enum verb { VERB_NONE, VERB_CHECK, VERB_TEST, VERB_EXPLAIN, VERB_DIFF };

struct sieve {
	struct sieve_conf *conf;
	enum verb verb;
	char **scripts; /* behind the verb */
	struct filter filter;
	struct judge judge;
	struct recipients recipients;
	struct buf site, users, run;
	bool site_named; /* by --site or fe.conf */
	char hostname[256];
};

/* ---- set up ---- */

static int
read_verb(struct sieve *s, struct err *err)
{
	static const struct {
		const char *name;
		int least, most;
	} verbs[] = {{NULL, 0, 0}, {"check", 1, 1000}, {"test", 1, 1},
	    {"explain", 0, 0}, {"diff", 2, 2}};
	struct filter_conf *filter = &s->conf->filter;
	int n = filter->cmd.words_n - 1;

	if (n < 0)
		return 0;
	for (unsigned i = 1; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].name, filter->cmd.words[0]) == 0)
			s->verb = (enum verb)i;
	if (s->verb == VERB_NONE)
		return err_set(err, ERR_USAGE, "'%s' is none of check, test, "
		    "explain, diff", filter->cmd.words[0]);
	cmd_set_delivery(false);
	if (n < verbs[s->verb].least || n > verbs[s->verb].most)
		return err_set(err, ERR_USAGE, "%s takes %s",
		    verbs[s->verb].name, s->verb == VERB_EXPLAIN ?
		    "no script" : s->verb == VERB_DIFF ? "two scripts" :
		    "a script");
	if (filter->output == OUTPUT_RECORD || filter->output == OUTPUT_MAIL)
		return err_set(err, ERR_USAGE, "-o: %s writes text or json",
		    verbs[s->verb].name);
	if (filter->output == OUTPUT_AUTO)
		filter->output = OUTPUT_TEXT;
	s->scripts = filter->cmd.words + 1;
	return 0;
}

static void
set_places(struct sieve *s)
{
	struct sieve_conf *conf = s->conf;

	home_file(&s->site, "sieve/site.sieve");
	home_file(&s->users, "sieve");
	home_file(&s->run, "run");
	s->site_named = conf->site != NULL;
	if (!s->site_named)
		conf->site = buf_text(&s->site);
	if (conf->users == NULL)
		conf->users = buf_text(&s->users);
	if (conf->hostname == NULL &&
	    gethostname(s->hostname, sizeof(s->hostname) - 1) == 0)
		conf->hostname = s->hostname;
	s->judge.host = (struct sieve_host){conf->hostname, conf->domain,
	    conf->delimiter};
	s->judge.recipients = &s->recipients;
}

/* Editors replace files, so their folder is what we may read. */
static int
enter_sandbox(struct sieve *s, struct err *err)
{
	struct sandbox_path paths[4];
	char *folders[2];
	size_t n = 0, k = 0;
	int result;

	folders[k++] = io_folder_of(s->verb == VERB_TEST ||
	    s->verb == VERB_DIFF ? s->scripts[0] : s->conf->site);
	if (s->verb == VERB_DIFF)
		folders[k++] = io_folder_of(s->scripts[1]);
	for (size_t i = 0; i < k; i++)
		paths[n++] = (struct sandbox_path){folders[i], SANDBOX_READ};
	paths[n++] = (struct sandbox_path){s->conf->users, SANDBOX_READ};
	paths[n++] = (struct sandbox_path){buf_text(&s->run), SANDBOX_READ};
	result = sandbox_enter(SANDBOX_PARSE, paths, n,
	    s->conf->filter.cmd.sandbox, err);
	for (size_t i = 0; i < k; i++)
		free(folders[i]);
	return result;
}

/* What the C library reads from files, it reads before the sandbox. */
static int
sieve_open(struct sieve *s, struct err *err)
{
	tzset();
	if (log_read_key(s->conf->filter.cmd.log_personal, err) < 0 ||
	    recipients_open(&s->recipients, err) < 0 ||
	    filter_open(&s->filter, &sieve_cmd, &s->conf->filter, err) < 0)
		return -1;
	return enter_sandbox(s, err);
}

static void
swallow(struct sieve *s, struct record *r)
{
	s->filter.out--;
	record_free(r);
}

/* Receipts tell what was done; there is nothing to decide. */
static bool
is_receipt(const struct record *r)
{
	return meta_get(&r->meta, "delivery").p != NULL;
}

/* ---- the filter ---- */

static void
judge_one(struct sieve *s, struct record *r)
{
	int64_t cpu_us = clock_cpu_us(), wall_us = clock_monotonic_us();
	struct err err = ERR_INIT;
	enum verdict_action action;

	if (recipients_refresh(&s->recipients, &err) < 0)
		log_warning("%s", err.text);
	judge_record(&s->judge, r);
	action = verdict_action(meta_get(&r->meta, "verdict"));
	if (action != VERDICT_NONE && action != VERDICT_ACCEPT)
		filter_found(&s->filter);
	meta_add_timing(&r->meta, sieve_cmd.name, clock_cpu_us() - cpu_us,
	    clock_monotonic_us() - wall_us);
}

static void
run_filter(struct sieve *s)
{
	struct record *r;

	s->judge.library = library_new(s->conf->site, s->site_named,
	    s->conf->users);
	while ((r = filter_next(&s->filter)) != NULL) {
		if (!filter_is_final(r))
			judge_one(s, r);
		filter_emit(&s->filter, r);
	}
	library_free(s->judge.library);
}

/* ---- verbs ---- */

static int
check_scripts(struct sieve *s)
{
	struct err err = ERR_INIT;
	struct buf out = BUF_INIT;
	bool broken = false, warned = false;

	for (char **path = s->scripts; *path != NULL; path++) {
		struct sieve_script *script = library_read(*path,
		    s->conf->users, &err);

		broken |= script == NULL;
		report_check(script, &err, &out);
		warned |= script != NULL && script->warnings.n > 0;
		script_free(script);
	}
	(void)cmd_put(&out, NULL); /* for cmd_finish to say */
	buf_free(&out);
	if (cmd_finish(&err) != EXIT_DONE)
		return EXIT_RETRY;
	return broken || (warned && s->conf->filter.exit_code) ?
	    EXIT_FINDING : EXIT_DONE;
}

static int
test_all(struct sieve *s, struct err *err)
{
	struct report report;
	struct sieve_script *script = NULL;
	struct record *r;

	if (s->verb == VERB_TEST) {
		script = library_read(s->scripts[0], s->conf->users, err);
		if (script == NULL)
			return -1;
	} else
		s->judge.library = library_new(s->conf->site, s->site_named,
	    s->conf->users);
	report_begin(&report, &s->judge, s->filter.output.form == OUTPUT_JSON,
	    s->verb == VERB_EXPLAIN || s->conf->filter.cmd.verbose > 0);
	while ((r = filter_next(&s->filter)) != NULL) {
		if (!is_receipt(r)) {
			report_record(&report, r, script);
			(void)cmd_put(&report.out, NULL);
		}
		swallow(s, r);
	}
	report_end(&report);
	script_free(script);
	library_free(s->judge.library);
	return 0;
}

static int
diff_all(struct sieve *s, struct err *err)
{
	struct sieve_script *old = library_read(s->scripts[0], s->conf->users,
	    err);
	struct sieve_script *new = old == NULL ? NULL :
	    library_read(s->scripts[1], s->conf->users, err);
	struct report_diff diff;
	struct record *r;

	report_diff_begin(&diff, &s->judge,
	    s->filter.output.form == OUTPUT_JSON);
	while (new != NULL && (r = filter_next(&s->filter)) != NULL) {
		if (!is_receipt(r) && report_diff_record(&diff, r, old, new))
			filter_found(&s->filter);
		(void)cmd_put(&diff.out, NULL);
		swallow(s, r);
	}
	if (new != NULL)
		report_diff_end(&diff);
	(void)cmd_put(&diff.out, NULL);
	buf_free(&diff.out);
	script_free(old);
	script_free(new);
	return new == NULL ? -1 : 0;
}

static int
run(struct sieve *s)
{
	struct err err = ERR_INIT;
	int result = 0;

	set_places(s);
	if (s->verb == VERB_CHECK)
		return check_scripts(s);
	if (sieve_open(s, &err) < 0)
		return cmd_fail(&err);
	if (s->verb == VERB_DIFF)
		result = diff_all(s, &err);
	else if (s->verb != VERB_NONE)
		result = test_all(s, &err);
	else
		run_filter(s);
	if (result < 0) {
		if (err.kind == ERR_CONFIG)
			err.kind = ERR_USAGE; /* the script was named here */
		return cmd_fail(&err);
	}
	judge_free(&s->judge);
	recipients_close(&s->recipients);
	return filter_close(&s->filter);
}

int
main(int argc, char *argv[])
{
	struct sieve_conf conf = {0};
	struct sieve s = {.conf = &conf};
	struct err err = ERR_INIT;
	int code;

	s.site = s.users = s.run = (struct buf)BUF_INIT;
	cmd_start(&sieve_cmd);
	if (option_parse(&sieve_cmd, argc, argv, &conf, &err) < 0 ||
	    read_verb(&s, &err) < 0)
		return cmd_usage(&err);
	code = run(&s);
	buf_free(&s.site);
	buf_free(&s.users);
	buf_free(&s.run);
	return code;
}
