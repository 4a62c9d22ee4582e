/* SPDX-License-Identifier: ISC */
/*
 * fe-audit: holds the register of security practices against the live state
 * of this host and home, remembers what it saw, and keeps what people state.
 * It runs as root, since the rows are spread over what different users may
 * see, and changes nothing but its own history.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/home.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "auth/domain.h"
#include "ops/audit.h"
#include "ops/audit_report.h"
#include "ops/providers.h"
#include "ops/security_page.h"
#include "ops/web_folder.h"

#define ADVISORIES "state/advisories.json"
#define ATTEST_DAYS_MAX 800

enum { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_HTML };

struct audit_conf {
	struct cmd_conf cmd;
	const char *root, *advisories;
	int output;
	bool diff, network, dry_run;
	const char *by, *evidence, *until;
	const char *dir, *domain;
	int64_t expires_s;
	struct security_txt page;
};

#define AT(member) offsetof(struct audit_conf, member)
static const struct option_def options[] = {
    CMD_OPTIONS(struct audit_conf, cmd),
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "text",
	"text|json|html", .flags = OPTION_PER_RUN,
	.help = "a table, JSON lines, or one page for a browser"},
    {OPTION_FLAG, 0, "diff", AT(diff), .flags = OPTION_PER_RUN,
	.help = "only what stands otherwise than in the last run"},
    {OPTION_FLAG, 0, "network", AT(network), .flags = OPTION_PER_RUN,
	.help = "ask DNS, look from outside, reach far backups, too"},
    {OPTION_FLAG, 'n', "dry-run", AT(dry_run), .flags = OPTION_PER_RUN,
	.help = "do not add this run to the history"},
    {OPTION_TEXT, 0, "root", AT(root), "DIR", "/", .flags = OPTION_PER_RUN,
	.help = "the host's files are below this folder"},
    {OPTION_TEXT, 0, "advisories", AT(advisories), "FILE",
	.help = "copy of Debian's security data (default: "
		"HOME/" ADVISORIES ")"},
    {OPTION_TEXT, 0, "by", AT(by), "NAME", .flags = OPTION_PER_RUN,
	.verbs = "attest",
	.help = "who states it"},
    {OPTION_TEXT, 0, "evidence", AT(evidence), "FILE",
	.flags = OPTION_PER_RUN, .verbs = "attest",
	.help = "what shows it"},
    {OPTION_TEXT, 0, "until", AT(until), "DATE", .flags = OPTION_PER_RUN,
	.verbs = "attest",
	.help = "the last day on which it counts"},
    {OPTION_TEXT, 0, "domain", AT(domain), "NAME", .flags = OPTION_SHARED,
	.verbs = "security-txt",
	.help = "whose file it is", .check = domain_check},
    {OPTION_LIST, 0, "contact", AT(page.contacts), "URI",
	.verbs = "security-txt",
	.help = "whom to tell; the first is preferred "
		"(default: mailto:security@DOMAIN)",
	.check = security_check_uri},
    {OPTION_DURATION, 0, "expires", AT(expires_s), "TIME", "180d",
	.min = 86400, .max = 366 * 86400, .verbs = "security-txt",
	.help = "how long it can be believed"},
    {OPTION_LIST, 0, "encryption", AT(page.encryption), "URI",
	.verbs = "security-txt",
	.help = "where the key for answers is",
	.check = security_check_uri},
    {OPTION_LIST, 0, "acknowledgments", AT(page.acknowledgments), "URI",
	.verbs = "security-txt",
	.help = "who is thanked", .check = security_check_uri},
    {OPTION_TEXT, 0, "languages", AT(page.languages), "LIST",
	.verbs = "security-txt",
	.help = "which you read (en, de)",
	.check = security_check_languages},
    {OPTION_LIST, 0, "policy", AT(page.policy), "URI",
	.verbs = "security-txt",
	.help = "how you deal with reports",
	.check = security_check_uri},
    {OPTION_LIST, 0, "hiring", AT(page.hiring), "URI",
	.verbs = "security-txt",
	.help = "work in security", .check = security_check_uri},
    {OPTION_LIST, 0, "canonical", AT(page.canonical), "URI",
	.verbs = "security-txt",
	.help = "where it is (default: "
		"https://DOMAIN/.well-known/security.txt)",
	.check = security_check_uri},
    {OPTION_TEXT, 0, "dir", AT(dir), "DIR",
	.verbs = "security-txt",
	.help = "where to write (default: "
		"HOME/service/security-txt)"},
    {OPTION_END}};

static const struct cmd audit_cmd = {.name = "fe-audit",
    .synopsis = "[-q] [-o text|json|html] [--diff] [--network] [ID]...\n"
		"attest ID --by NAME --evidence FILE --until DATE\n"
		"verify [-o text|json]\n"
		"providers [-o text|json]\n"
		"security-txt [--contact URI]... [--dir DIR]",
    .summary = "the register of security practices, each with its evidence",
    .options = options};

struct run {
	struct audit_conf *conf;
	struct practices practices;
	struct buf path; /* of the history */
	struct audit_log log;
	bool has_log;
	struct audit audit;
	struct audit_result *results;
	size_t n;
	char head[HASH_CHAIN_TEXT_SIZE], host[256];
};

/*
 * The audit.
 */

/* An id, or the name of a section. */
static bool
is_named(const struct practice *p, char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(words[i], p->id) == 0 ||
		    strcmp(words[i], p->section) == 0)
			return true;
	return n == 0;
}

static int
check_words(const struct run *run, char *const *words, int n, struct err *err)
{
	for (int i = 0; i < n; i++) {
		bool known = false;

		for (size_t k = 0; k < run->practices.n; k++)
			known |= is_named(
			    &run->practices.items[k], &words[i], 1);
		if (!known)
			return err_set(err, ERR_USAGE, "there is no practice "
			    "'%s': `fe-audit' lists them", words[i]);
	}
	return 0;
}

static int
look(struct run *run, struct err *err)
{
	const struct cmd_conf *cmd = &run->conf->cmd;

	if (check_words(run, cmd->words, cmd->words_n, err) < 0 ||
	    audit_start(&run->audit, err) < 0)
		return -1;
	run->results =
	    mem_zalloc((run->practices.n + 1) * sizeof(*run->results));
	for (size_t i = 0; i < run->practices.n; i++)
		if (is_named(&run->practices.items[i], cmd->words,
			cmd->words_n))
			audit_run(&run->audit, &run->practices.items[i],
			    &run->results[run->n++]);
	return 0;
}

/* A run over a part, or over a foreign tree, is no history of this host. */
static int
remember(struct run *run, struct err *err)
{
	if (run->conf->cmd.words_n > 0 || run->conf->dry_run ||
	    !run->audit.tree.is_host)
		return 0;
	if (!run->has_log)
		return -1;
	return audit_log_add_run(run->path.p, clock_now_ms(),
	    run->conf->network, run->results, run->n, run->head, err);
}

static int
print(struct run *run, struct err *err)
{
	struct providers ours = {.n = 0};
	struct audit_report report = {.practices = &run->practices,
	    .results = run->results,
	    .n = run->n,
	    .log = run->has_log ? &run->log : NULL,
	    .now_ms = clock_now_ms(),
	    .host = run->host,
	    .network = run->conf->network,
	    .quiet = run->conf->cmd.quiet,
	    .verbose = run->conf->cmd.verbose > 0,
	    .diff = run->conf->diff,
	    .head = run->head};
	struct audit_tally tally;
	struct buf out = BUF_INIT;
	int code;

	if (run->conf->output == OUTPUT_HTML &&
	    providers_read(&ours, NULL) == 0 && ours.is_ours)
		report.providers = &ours;
	if (run->conf->output == OUTPUT_HTML)
		audit_report_html(&report, &out);
	else if (run->conf->output == OUTPUT_JSON)
		audit_report_json(&report, &out);
	else
		audit_report_text(&report, &out);
	(void)cmd_put(&out, NULL); /* for cmd_finish to say */
	buf_free(&out);
	providers_free(&ours);
	code = cmd_finish(err);
	audit_tally(&report, &tally);
	return code != EXIT_DONE ? code
	    : tally.required > 0 ? EXIT_FINDING
				 : EXIT_DONE;
}

static int
audit(struct run *run, struct err *err)
{
	struct err forgotten = ERR_INIT;
	struct slice name;
	int code;

	run->has_log = audit_log_read(&run->log, run->path.p, &forgotten) == 0;
	run->audit.log = run->has_log ? &run->log : NULL;
	if (look(run, err) < 0)
		return cmd_fail(err);
	if (audit_hostname(&run->audit, &name))
		snprintf(run->host, sizeof(run->host), "%.*s",
		    SLICE_ARG(name));
	else if (gethostname(run->host, sizeof(run->host) - 1) < 0)
		snprintf(run->host, sizeof(run->host), "this host");
	(void)remember(run, &forgotten);
	code = print(run, err);
	/* what was seen is said first, whatever became of its memory */
	return forgotten.kind == ERR_NONE ? code : cmd_fail(&forgotten);
}

/*
 * The other verbs.
 */

static int
attest(struct run *run, struct err *err)
{
	const struct audit_conf *conf = run->conf;
	const struct practice *practice;
	int64_t until;

	if (conf->cmd.words_n != 2 || conf->by == NULL ||
	    conf->evidence == NULL || conf->until == NULL)
		return err_set(err, ERR_USAGE, "attest takes ID --by NAME "
		    "--evidence FILE --until DATE");
	practice = practices_find(&run->practices, conf->cmd.words[1]);
	if (practice == NULL)
		return err_set(err, ERR_USAGE, "there is no practice '%s'",
		    conf->cmd.words[1]);
	if (!audit_takes_attestation(practice->id))
		return err_set(err, ERR_USAGE, "'%s' is looked at, not "
		    "believed: %s", practice->id, practice->probe);
	if (strlen(conf->until) != 10 ||
	    clock_parse(slice_text(conf->until), &until) < 0)
		return err_set(err, ERR_USAGE, "--until: '%s' is no day "
		    "(2027-01-31)", conf->until);
	if (until < clock_now_ms() - INT64_C(86400000))
		return err_set(err, ERR_USAGE, "--until: %s is over",
		    conf->until);
	if (until > clock_now_ms() + ATTEST_DAYS_MAX * INT64_C(86400000))
		return err_set(err, ERR_USAGE, "--until: %s is more than %d "
		    "days away: look again before that", conf->until,
		    ATTEST_DAYS_MAX);
	return audit_log_add_attestation(run->path.p, clock_now_ms(),
	    practice->id, conf->by, conf->evidence, conf->until, err);
}

static int
verify(struct run *run, struct err *err)
{
	/* where the audit runs, a history that is gone was taken away */
	if (access(run->path.p, F_OK) < 0)
		return err_errno(err, "no history '%s'", run->path.p);
	if (audit_log_read(&run->log, run->path.p, err) < 0)
		return -1;
	run->has_log = true;
	if (run->log.chain.torn > 0)
		fprintf(stderr, "fe-audit: a crash cut the last line short: "
		    "%zu octets do not count\n", run->log.chain.torn);
	if (run->conf->output == OUTPUT_JSON)
		printf("{\"entries\":%zu,\"runs\":%zu,\"head\":\"%s\"}\n",
		    run->log.chain.n, run->log.runs_n,
		    hash_chain_head(&run->log.chain));
	else if (!run->conf->cmd.quiet)
		printf("%zu entries, %zu of them runs, head %s\n",
		    run->log.chain.n, run->log.runs_n,
		    hash_chain_head(&run->log.chain));
	return 0;
}

static int
providers(struct run *run, struct err *err)
{
	struct providers all;
	struct buf out = BUF_INIT;
	int result;

	if (providers_read(&all, err) < 0)
		return -1;
	if (run->conf->output == OUTPUT_JSON)
		providers_json(&all, &out);
	else
		providers_text(&all, &out);
	result = cmd_put(&out, err);
	buf_free(&out);
	providers_free(&all);
	return result;
}

static int
security_txt(struct run *run, struct err *err)
{
	struct audit_conf *conf = run->conf;
	struct buf folder = BUF_INIT, which = BUF_INIT;
	int result;

	conf->page.expires_ms = clock_now_ms() + conf->expires_s * 1000;
	result = security_page_write(&conf->page, conf->domain, conf->dir,
	    &folder, conf->cmd.quiet ? NULL : stdout, err);
	if (result == 0 && web_folder_is_closed(folder.p, &which))
		fprintf(stderr, "fe-audit: '%s' is closed to the web server's "
		    "user: copy the files, or write elsewhere (--dir)\n",
		    which.p);
	buf_free(&folder);
	buf_free(&which);
	return result;
}

static int
set_up(struct run *run, struct err *err)
{
	const struct audit_conf *conf = run->conf;
	struct buf advisories = BUF_INIT;

	run->path = (struct buf)BUF_INIT;
	home_file(&run->path, AUDIT_LOG_FILE);
	if (conf->advisories == NULL)
		home_file(&advisories, ADVISORIES);
	else
		buf_append_text(&advisories, conf->advisories);
	run->audit.root = conf->root;
	run->audit.home = home_path();
	run->audit.advisories = buf_take(&advisories, NULL);
	run->audit.now_ms = clock_now_ms();
	run->audit.network = conf->network;
	if (tree_open(&run->audit.tree, conf->root, err) < 0) {
		err->kind = ERR_USAGE;
		return -1;
	}
	return practices_read(&run->practices, err);
}

static void
close_run(struct run *run)
{
	for (size_t i = 0; i < run->n; i++)
		audit_result_free(&run->results[i]);
	free(run->results);
	audit_end(&run->audit);
	tree_close(&run->audit.tree);
	free((char *)(uintptr_t)run->audit.advisories);
	if (run->has_log)
		audit_log_free(&run->log);
	practices_free(&run->practices);
	buf_free(&run->path);
}

static const struct {
	const char *name;
	int (*run)(struct run *run, struct err *err);
	int words;
	int forms; /* of --output: the first so many of them */
} verbs[] = {{"attest", attest, 2, 1}, {"verify", verify, 1, 2},
    {"providers", providers, 1, 2}, {"security-txt", security_txt, 1, 1}};

static int
work(struct run *run, struct err *err)
{
	const struct cmd_conf *cmd = &run->conf->cmd;

	/* it asks other programs: nothing narrower would let it */
	if (set_up(run, err) < 0 || sandbox_enter(SANDBOX_LAUNCH, NULL, 0,
		run->conf->cmd.sandbox, err) < 0)
		return cmd_fail(err);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (cmd->words_n == 0 ||
		    strcmp(cmd->words[0], verbs[i].name) != 0)
			continue;
		if (cmd->words_n > verbs[i].words)
			err_set(err, ERR_USAGE, "'%s' takes no '%s'",
			    verbs[i].name, cmd->words[verbs[i].words]);
		else if (run->conf->output >= verbs[i].forms)
			err_set(err, ERR_USAGE, "'%s' has no such form of "
			    "--output", verbs[i].name);
		else if (verbs[i].run(run, err) == 0)
			return cmd_finish(err);
		return cmd_fail(err);
	}
	return audit(run, err);
}

int
main(int argc, char *argv[])
{
	struct audit_conf conf = {.root = NULL};
	struct run run = {.conf = &conf};
	struct err err = ERR_INIT;
	int code;

	cmd_start(&audit_cmd);
	if (option_parse(&audit_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	code = work(&run, &err);
	close_run(&run);
	return code;
}
