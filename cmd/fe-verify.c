/* SPDX-License-Identifier: ISC */
/*
 * fe-verify: states who a message is from.  iprev, SPF, DKIM, ARC and DMARC
 * become the member `checks'; Authentication-Results goes into `headers'.  It
 * decides nothing.  Messages are parsed here, in a process without network;
 * DNS is asked by a resolver process that sees no message.
 */
#include <stdlib.h>

#include "auth/authres.h"
#include "auth/authserv.h"
#include "auth/checks.h"
#include "auth/domain.h"
#include "auth/opinion.h"
#include "auth/origin.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "record/jobs.h"

/* Of the time that a record has left, this much is for the later stages. */
#define REST_MS 2000

struct verify_conf {
	struct filter_conf filter;
	struct jobs_conf jobs;
	struct authserv_conf authserv;
	const char *dns_zone, *require;
	struct option_list trust_sealer;
	bool no_dns, explain, received_spf;
	int64_t dns_timeout, time_max; /* seconds */
	int dmarc;  /* enum dmarc_rule */
	int engine; /* enum opinion_engine */
};

#define AT(member) offsetof(struct verify_conf, member)
static const struct option_def options[] = {
    FILTER_OPTIONS(struct verify_conf, filter),
    JOBS_OPTIONS(struct verify_conf, jobs),
    {OPTION_TEXT, 0, "dns-zone", AT(dns_zone), "FILE",
	.flags = OPTION_PER_RUN,
	.help = "answer DNS questions from this zone file alone"},
    {OPTION_FLAG, 0, "no-dns", AT(no_dns), .flags = OPTION_PER_RUN,
	.help = "ask no DNS; what needs it is none or neutral"},
    {OPTION_DURATION, 0, "dns-timeout", AT(dns_timeout), "TIME", "5s",
	.min = 1, .max = 60, .help = "for one DNS question"},
    {OPTION_DURATION, 0, "time-max", AT(time_max), "TIME", "30s", .min = 1,
	.max = 600, .help = "for all checks of one message"},
    AUTHSERV_OPTIONS(struct verify_conf, authserv),
    {OPTION_CHOICE, 0, "dmarc", AT(dmarc), "RFC", "9989", "9989|7489",
	.help = "find policies by tree walk, or by the public suffix list"},
    {OPTION_CHOICE, 0, "engine", AT(engine), "ENGINE", "native",
	"native|system|both",
	.help = "judge SPF and DKIM ourselves, by libspf2 and libopendkim, or "
	    "compare"},
    {OPTION_LIST, 0, "trust-sealer", AT(trust_sealer), "DOMAIN",
	.help = "believe what this domain saw before it forwarded (ARC)",
	.check = domain_check},
    {OPTION_TEXT, 0, "require", AT(require), "LIST", .flags = OPTION_PER_RUN,
	.help = "with -e: exit 1 unless all of iprev,spf,dkim,arc,dmarc that "
	    "are named pass"},
    {OPTION_FLAG, 0, "received-spf", AT(received_spf),
	.help = "add the field Received-SPF as well"},
    {OPTION_FLAG, 0, "explain", AT(explain), .flags = OPTION_PER_RUN,
	.help = "state each step and the record that decided it"},
    {OPTION_END}};

static const struct cmd verify_cmd = {
    .name = "fe-verify",
    .synopsis = "[options] < message",
    .summary = "state who a message is from: iprev, SPF, DKIM, ARC, DMARC",
    .options = options,
    .flags = CMD_FILTER};

struct verify {
	const struct verify_conf *conf;
	struct filter filter;
	struct dns *dns;
	struct verifier *verifier;
	struct buf id; /* our authserv-id */
	struct dmarc_trust trust;
	int required; /* enum checks_name */
	struct task_set *tasks;
	struct opinion *opinion; /* NULL with the native engine */
	size_t records, disagreed, unanswered;
};

/* One message at work. */
struct message {
	struct verify *verify;
	struct record *record;
	int64_t deadline_ms; /* clock_monotonic_ms */
};

/* Domains and names of checks on the command line. */
static int
set_lists(struct verify *v, struct err *err)
{
	const struct option_list *list = &v->conf->trust_sealer;
	const char **sealers = mem_array(NULL, list->n + 1, sizeof(*sealers));
	struct slice bad;

	v->trust = (struct dmarc_trust){sealers, 0};
	for (; v->trust.n < list->n; v->trust.n++) {
		struct buf name = BUF_LIMITED(DOMAIN_SIZE_MAX);

		if (domain_to_ascii(slice_text(list->items[v->trust.n]),
		    &name) < 0) {
			buf_free(&name);
			return domain_check(list->items[v->trust.n], err);
		}
		sealers[v->trust.n] = buf_take(&name, NULL);
	}
	v->required = checks_read_names(slice_text(v->conf->require), &bad);
	if (v->required < 0)
		return err_set(err, ERR_USAGE, "--require: '%.*s' is none of "
		    "iprev, spf, dkim, arc and dmarc", SLICE_ARG(bad));
	return 0;
}

static void
free_lists(struct verify *v)
{
	for (size_t i = 0; i < v->trust.n; i++)
		free((void *)(uintptr_t)v->trust.sealers[i]);
	free((void *)(uintptr_t)v->trust.sealers);
	buf_free(&v->id);
}

/* clock_monotonic_ms by which all must be said. */
static int64_t
deadline_of(const struct verify *v, const struct record *r)
{
	int64_t left_ms = v->conf->time_max * 1000;
	int64_t deadline_ms = meta_deadline_ms(&r->meta);

	if (deadline_ms >= 0 && deadline_ms - clock_now_ms() - REST_MS <
	    left_ms)
		left_ms = deadline_ms - clock_now_ms() - REST_MS;
	/* 0 would mean that there is none. */
	return clock_monotonic_ms() + (left_ms > 0 ? left_ms : -1);
}

/* Between SPF and DKIM and what follows from them. */
static void
review(void *cookie, struct checks *checks)
{
	struct message *m = cookie;
	struct verify *v = m->verify;

	v->records++;
	if (opinion_ask(v->opinion, m->record, m->deadline_ms) < 0)
		v->unanswered++;
	if (v->conf->engine == ENGINE_SYSTEM)
		opinion_replace(v->opinion, &checks->spf, &checks->dkim);
	else if (opinion_compare(v->opinion, checks,
	    &checks->disagreements) > 0)
		v->disagreed++;
}

/* What a careful operator reads. */
static void
report_opinions(const struct verify *v)
{
	struct log_event event;

	if (v->opinion == NULL)
		return;
	log_event_begin(&event, LOG_INFO, "opinion");
	log_event_number(&event, "messages", (int64_t)v->records);
	log_event_number(&event, "disagreed", (int64_t)v->disagreed);
	log_event_number(&event, "unanswered", (int64_t)v->unanswered);
	log_event_end(&event);
	if (v->disagreed > 0)
		log_warning("the engines disagreed on %zu of %zu messages: "
		    "see checks.disagreements", v->disagreed, v->records);
	if (v->unanswered > 0)
		log_warning("fe-opinion gave no answer on %zu of %zu messages",
		    v->unanswered, v->records);
}

static int
start_opinion(struct verify *v, struct err *err)
{
	const struct verify_conf *conf = v->conf;
	const struct opinion_conf opinion = {.home = conf->filter.cmd.home,
	    .dns_zone = conf->dns_zone, .no_dns = conf->no_dns,
	    .dns_timeout_s = conf->dns_timeout,
	    .time_max_s = conf->time_max, .size_max = conf->filter.size_max,
	    .now_ms = conf->filter.cmd.now};

	if (conf->engine == ENGINE_NATIVE)
		return 0;
	v->opinion = opinion_start(&opinion, err);
	return v->opinion != NULL ? 0 : -1;
}

static void
run_checks(struct verify *v, struct record *r, struct auth_context *ctx,
    struct checks_query *query)
{
	struct buf json = BUF_INIT;
	struct err err = ERR_INIT;
	struct checks checks;

	checks_run(&checks, ctx, v->verifier, query);
	checks_write(&checks, ctx, &json);
	meta_set(&r->meta, "checks", buf_slice(&json));
	if (authres_apply(&r->meta, &checks, query, buf_slice(&v->id),
	    verify_cmd.name, v->conf->received_spf, &err) < 0)
		meta_set_tempfail(&r->meta, verify_cmd.name, err.text);
	if (v->required != 0 ? !checks_pass(&checks, v->required) :
	    checks_found(&checks))
		filter_found(&v->filter);
	checks_free(&checks);
	buf_free(&json);
}

static void
verify_record(void *cookie, struct record *r)
{
	struct verify *v = cookie;
	struct message m = {v, r, deadline_of(v, r)};
	struct origin origin;
	struct header header;
	struct auth_context ctx = {.dns = v->dns, .now_ms = clock_now_ms(),
	    .deadline_ms = m.deadline_ms, .explain = v->conf->explain,
	    .explained = BUF_INIT};
	struct checks_query query = {.header = &header,
	    .rule = (enum dmarc_rule)v->conf->dmarc, .trust = &v->trust,
	    .review = v->opinion != NULL ? review : NULL, .cookie = &m};

	header_parse(&header, buf_slice(&r->body));
	origin_read(&origin, &r->meta);
	query.spf = origin_query(&origin);
	query.spf.receiver = buf_slice(&v->id);
	run_checks(v, r, &ctx, &query);
	header_free(&header);
	buf_free(&ctx.explained);
	origin_free(&origin);
}

/* A resident filter is started anew, and its resolver with it. */
static const char *
find_obstacle(void *cookie)
{
	struct verify *v = cookie;

	return dns_obstacle(v->dns);
}

static void
verify_all(struct verify *v)
{
	struct jobs jobs = {.filter = &v->filter, .tasks = v->tasks,
	    .conf = v->conf->jobs, .work = verify_record,
	    .obstacle = find_obstacle, .cookie = v};

	v->verifier = verifier_new();
	jobs_run(&jobs);
	verifier_free(v->verifier);
	report_opinions(v);
}

/* Everything is opened first, then the sandbox entered, then the first octet
 * of a message parsed; the exit code. */
static int
run(struct verify *v)
{
	const struct verify_conf *conf = v->conf;
	struct dns_conf dns = {.off = conf->no_dns,
	    .zone_file = conf->dns_zone,
	    .timeout_ms = conf->dns_timeout * 1000,
	    .require_landlock = conf->filter.cmd.sandbox};
	struct err err = ERR_INIT;
	int code;

	if (authserv_name(&conf->authserv, &v->id, &err) < 0 ||
	    set_lists(v, &err) < 0)
		return cmd_usage(&err);
	/* The second engine takes one message after the other. */
	if (conf->engine == ENGINE_NATIVE)
		v->tasks = dns.tasks = task_set_new();
	v->dns = dns_open(&dns, &err);
	if (v->dns == NULL) {
		task_set_free(v->tasks);
		return cmd_fail(&err);
	}
	if (start_opinion(v, &err) < 0 ||
	    filter_open(&v->filter, &verify_cmd, &conf->filter, &err) < 0 ||
	    sandbox_enter(SANDBOX_PARSE, NULL, 0, conf->filter.cmd.sandbox,
	    &err) < 0) {
		code = cmd_fail(&err);
	} else {
		verify_all(v);
		code = filter_close(&v->filter);
	}
	opinion_stop(v->opinion);
	dns_close(v->dns);
	task_set_free(v->tasks);
	return code;
}

int
main(int argc, char *argv[])
{
	struct verify_conf conf = {.dmarc = DMARC_RULE_9989};
	struct verify v = {.conf = &conf, .id = BUF_LIMITED(253)};
	struct err err = ERR_INIT;
	int code;

	cmd_start(&verify_cmd);
	if (option_parse(&verify_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	code = run(&v);
	free_lists(&v);
	return code;
}
