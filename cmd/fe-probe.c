/* SPDX-License-Identifier: ISC */
/*
 * fe-probe: looks at a server from outside, as strangers do: TLS, certificate,
 * relaying, smuggling, what it tells; or asks only whether it is up.  The
 * probes are in lib/ops/probe_*.c.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/number.h"
#include "base/sandbox.h"
#include "crypto/certificate.h"
#include "net/dns_unbound.h"
#include "ops/probe_link.h"
#include "ops/probe_target.h"

enum { OUTPUT_TEXT, OUTPUT_JSON };

struct probe_options {
	struct cmd_conf cmd;
	const char *service, *address, *domain, *recipient, *relay_to, *helo;
	const char *account;
	const char *authorities, *dns_zone;
	int64_t timeout, wait, expiry;
	int output;
	bool exit_code, no_dns;
};

/* Nothing that goes into a command may end it. */
static int
check_word(const char *word, struct err *err)
{
	bool good = word[0] != '\0' && strlen(word) <= 253;

	for (const char *c = word; *c != '\0'; c++)
		good &= (unsigned char)*c > 0x20 && *c != 0x7f &&
		    strchr("<>\\\"", *c) == NULL;
	return good ? 0 : err_set(err, ERR_USAGE, "'%s' is no name", word);
}

#define AT(member) offsetof(struct probe_options, member)

static const struct option_def options[] = {
    CMD_OPTIONS(struct probe_options, cmd),
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "text", "text|json",
	.flags = OPTION_PER_RUN, .help = "lines, or a JSON object a check"},
    {OPTION_FLAG, 'e', "exit-code", AT(exit_code), .flags = OPTION_PER_RUN,
	.help = "exit 1 when something fails"},
    {OPTION_TEXT, 0, "service", AT(service), "NAME", .flags = OPTION_PER_RUN,
	.help = "smtp, submission, submissions, imap, imaps, pop3, pop3s or "
		"https (default: as the port says, else smtp)"},
    {OPTION_TEXT, 0, "address", AT(address), "IP", .flags = OPTION_PER_RUN,
	.help = "connect there, whatever DNS says"},
    {OPTION_TEXT, 0, "domain", AT(domain), "NAME", .flags = OPTION_PER_RUN,
	.help = "whose mail the host takes (default: as MX records say)",
	.check = check_word},
    {OPTION_TEXT, 0, "recipient", AT(recipient), "ADDRESS",
	.help = "a mailbox there: tries smuggling and what RCPT tells; a "
		"server with that fault delivers to it", .check = check_word},
    {OPTION_TEXT, 0, "account", AT(account), "NAME",
	.flags = OPTION_PER_RUN,
	.help = "a login there: tries wrong passwords, to see whether answer "
		"or time tell that it exists", .check = check_word},
    {OPTION_TEXT, 0, "relay-to", AT(relay_to), "ADDRESS",
	.flags = OPTION_PER_RUN,
	.help = "a mailbox elsewhere: really sends it a message, to see "
		"whether the server relays", .check = check_word},
    {OPTION_TEXT, 0, "helo", AT(helo), "NAME",
	.help = "what to call ourselves (default: this host's name)",
	.check = check_word},
    {OPTION_TEXT, 0, "tls-ca", AT(authorities), "FILE",
	.help = "authorities to trust, in PEM (default: the system's)"},
    {OPTION_DURATION, 0, "expiry", AT(expiry), "TIME", "7d", .min = 0,
	.max = 31536000, .help = "a certificate must be good so much longer"},
    {OPTION_DURATION, 0, "timeout", AT(timeout), "TIME", "10s", .min = 1,
	.max = 300, .help = "how long to wait for a reply"},
    {OPTION_DURATION, 0, "wait", AT(wait), "TIME", "2s", .min = 1, .max = 300,
	.help = "how long to wait for a reply that should not come"},
    {OPTION_TEXT, 0, "dns-zone", AT(dns_zone), "FILE", .flags = OPTION_PER_RUN,
	.help = "take all answers of DNS from this zone file"},
    {OPTION_FLAG, 0, "no-dns", AT(no_dns), .flags = OPTION_PER_RUN,
	.help = "ask nobody: HOST is an IP address, or there is --address"},
    {OPTION_END}};

static const struct cmd probe_cmd = {.name = "fe-probe",
    .synopsis = "[-eq] [-o text|json] [options] HOST [PORT|SERVICE]\n"
		"check [-o text|json] [options] HOST [PORT|SERVICE]",
    .summary = "look at a mail server from outside; is it up",
    .options = options};

static int
confine(const struct probe_options *o, struct err *err)
{
	const struct sandbox_path paths[] = {{"/etc/ssl", SANDBOX_READ},
	    {"/usr/lib/ssl", SANDBOX_READ},
	    {"/usr/share/ca-certificates", SANDBOX_READ},
	    {"/usr/local/share/ca-certificates", SANDBOX_READ},
	    {o->authorities != NULL ? o->authorities : "/nonexistent",
		SANDBOX_READ}};

	return sandbox_enter(SANDBOX_NET, paths,
	    sizeof(paths) / sizeof(paths[0]), o->cmd.sandbox == 1, err);
}

struct run {
	const struct probe_options *options;
	struct probe_conf conf; /* of the name that was given */
	struct probe_targets targets;
	struct dns *dns;
	unsigned n[PROBE_STATES];
	size_t reached;
};

static struct probe_conf
conf_of(const struct run *run, const struct probe_target *target)
{
	struct probe_conf conf = run->conf;

	conf.host = target->host;
	conf.again = !target->first;
	if (run->targets.by_mx)
		conf.domain = run->conf.host;
	return conf;
}

/* Where several are looked at, each has a heading. */
static void
print_heading(const struct run *run, const struct probe_target *target,
    bool *printed)
{
	char text[IP_TEXT_SIZE];

	if (run->targets.n == 1 || run->options->output != OUTPUT_TEXT ||
	    *printed)
		return;
	*printed = true;
	if (target->ip.size > 0)
		printf("%s, %s port %u:\n", target->host,
		    ip_text(&target->ip, text), run->conf.port);
	else
		printf("%s:\n", target->host);
}

static void
put_place(const struct run *run, const struct probe_target *target,
    struct json_writer *w)
{
	char text[IP_TEXT_SIZE];

	json_put_text(w, "host", target->host);
	if (target->ip.size > 0)
		json_put_text(w, "address", ip_text(&target->ip, text));
	json_put_integer(w, "port", run->conf.port);
}

static void
print_finding(struct run *run, const struct probe_target *target,
    const struct probe_finding *f, bool *heading)
{
	struct buf line = BUF_INIT;
	struct json_writer w = JSON_WRITER(&line);

	run->n[f->state]++;
	if (run->options->cmd.quiet && f->state != PROBE_FAIL)
		return;
	print_heading(run, target, heading);
	if (run->options->output == OUTPUT_TEXT) {
		printf("%-8s %s: %s\n", probe_state_text(f->state), f->check,
		    f->text);
		return;
	}
	json_open_object(&w, NULL);
	put_place(run, target, &w);
	json_put_text(&w, "check", f->check);
	json_put_text(&w, "state", probe_state_text(f->state));
	json_put_text(&w, "text", f->text);
	json_close_object(&w);
	puts(buf_text(&line));
	buf_free(&line);
}

/* One of several that cannot be reached is a finding; the only one is why
 * there is none. */
static void
look_at(struct run *run, const struct probe_target *target, struct err *err)
{
	struct probe_conf conf = conf_of(run, target);
	const char *hindrance = probe_target_hindrance(target);
	struct probe p;
	bool heading = false;

	probe_open(&p, &conf, &target->ip, run->dns);
	if (hindrance != NULL)
		err_set(err, ERR_SYSTEM, "%s", hindrance);
	else if (probe_run(&p, err) == 0)
		run->reached++;
	else
		hindrance = err->text;
	if (hindrance != NULL && run->targets.n > 1)
		probe_say(&p, "connect", target->fault == NULL &&
			!target->has_route ? PROBE_UNKNOWN
					   : PROBE_FAIL, "%s", hindrance);
	for (size_t i = 0; i < p.n; i++)
		print_finding(run, target, &p.findings[i], &heading);
	probe_close(&p);
}

static int
run_all(struct run *run, struct err *err)
{
	const struct probe_options *o = run->options;
	int code;

	for (size_t i = 0; i < run->targets.n; i++)
		look_at(run, &run->targets.items[i], err);
	if (run->targets.cut)
		log_warning("more than %d addresses: the others are not "
		    "looked at", PROBE_TARGETS_MAX);
	if (run->reached == 0) {
		err_prefix(err, "%s port %u", run->conf.host, run->conf.port);
		return cmd_fail(err);
	}
	err_clear(err);
	if (o->output == OUTPUT_TEXT && !o->cmd.quiet)
		printf("%u pass, %u fail, %u advice, %u unknown\n",
		    run->n[PROBE_PASS], run->n[PROBE_FAIL],
		    run->n[PROBE_ADVICE], run->n[PROBE_UNKNOWN]);
	code = cmd_finish(err);
	return code != EXIT_DONE                        ? code
	       : o->exit_code && run->n[PROBE_FAIL] > 0 ? EXIT_FINDING
							: EXIT_DONE;
}

static void
print_up(const struct run *run, const struct probe_target *target, bool up,
    int64_t ms, const char *why)
{
	struct buf line = BUF_INIT;
	struct json_writer w = JSON_WRITER(&line);

	if (run->options->output == OUTPUT_JSON) {
		json_open_object(&w, NULL);
		put_place(run, target, &w);
		json_put_bool(&w, "up", up);
		json_put_integer(&w, "ms", ms);
		if (!up)
			json_put_text(&w, "text", why);
		json_close_object(&w);
		puts(buf_text(&line));
		buf_free(&line);
	} else if (!up) {
		char ip[IP_TEXT_SIZE] = "";

		if (run->targets.n > 1 && target->ip.size > 0)
			ip_text(&target->ip, ip);
		printf("%s%s%s port %u: %s\n", target->host,
		    ip[0] != '\0' ? " " : "", ip, run->conf.port, why);
	}
}

/* For cron: silent, or a sentence for each that is down, and exit 1. */
static int
run_check(struct run *run, struct err *err)
{
	size_t down = 0, tried = 0;

	for (size_t i = 0; i < run->targets.n; i++) {
		const struct probe_target *target = &run->targets.items[i];
		struct probe_conf conf = conf_of(run, target);
		int64_t begun = clock_monotonic_ms();
		const char *why = probe_target_hindrance(target);
		struct err fault = ERR_INIT;
		struct probe p;

		/* what this host cannot reach at all may be up */
		if (target->fault == NULL && !target->has_route &&
		    (tried > 0 || i + 1 < run->targets.n))
			continue;
		tried++;
		probe_open(&p, &conf, &target->ip, run->dns);
		if (why == NULL && probe_check_up(&p, &fault) < 0)
			why = fault.text;
		down += why != NULL;
		print_up(run, target, why == NULL,
		    clock_monotonic_ms() - begun, why);
		probe_close(&p);
	}
	if (cmd_finish(err) != EXIT_DONE)
		return EXIT_RETRY;
	return down > 0 ? EXIT_FINDING : EXIT_DONE;
}

/* A name that leads nowhere is a service that is down. */
static int
say_nowhere(const struct run *run, bool up, struct err *err)
{
	const struct probe_target name = {.host = (char *)(uintptr_t)
	    run->conf.host};

	if (!up)
		return cmd_fail(err);
	if (err->kind == ERR_USAGE)
		return cmd_usage(err); /* that says nothing of the server */
	print_up(run, &name, false, 0, err->text);
	err_clear(err);
	return cmd_finish(err) != EXIT_DONE ? EXIT_RETRY : EXIT_FINDING;
}

static void
read_port(struct probe_conf *conf, const char *word)
{
	int64_t port;

	if (conf->service != NULL && probe_port(conf->service) == 0)
		cmd_usage_exit("--service: '%s' is none of " PROBE_SERVICES,
		    conf->service);
	if (word == NULL) {
		conf->port =
		    conf->service != NULL ? probe_port(conf->service) : 25;
	} else if (number_parse(slice_text(word), 1, 65535, &port) == 0) {
		conf->port = (uint16_t)port;
	} else {
		conf->port = probe_port(word);
		if (conf->port == 0)
			cmd_usage_exit("'%s' is no port, and no service", word);
	}
}

static int
run(const struct probe_options *o, struct err *err)
{
	char name[256] = "";
	char **words = o->cmd.words;
	/* of a zone file there is nothing to validate */
	bool validates = o->dns_zone != NULL ||
	    access(DNS_ROOT_KEY, R_OK) == 0;
	bool up = words[0] != NULL && strcmp(words[0], "check") == 0;
	const struct dns_conf dns_conf = {.zone_file = o->dns_zone,
	    .validate = validates,
	    .timeout_ms = o->timeout * 1000,
	    .require_landlock = o->cmd.sandbox == 1};
	struct run run = {.options = o,
	    .conf = {.service = o->service,
		.address = o->address,
		.domain = o->domain,
		.recipient = o->recipient,
		.account = o->account,
		.relay_to = o->relay_to,
		.helo = o->helo,
		.authorities = o->authorities,
		.timeout_ms = o->timeout * 1000,
		.wait_ms = o->wait * 1000,
		.expiry_s = o->expiry,
		.now_ms = clock_now_ms(),
		.validates = validates}};
	int code;

	words += up;
	if (words[0] == NULL || (words[1] != NULL && words[2] != NULL))
		cmd_usage_exit("a host, and perhaps a port, are expected");
	run.conf.host = words[0];
	read_port(&run.conf, words[1]);
	gethostname(name, sizeof(name) - 1);
	if (run.conf.helo == NULL)
		run.conf.helo = name[0] != '\0' ? name : "localhost";
	if (check_word(run.conf.host, err) < 0)
		return cmd_usage(err);
	if (!o->no_dns && (run.dns = dns_open(&dns_conf, err)) == NULL)
		return cmd_fail(err);
	if (o->authorities != NULL &&
	    certificate_check_authorities(o->authorities, err) < 0)
		code = cmd_usage(err);
	else if (confine(o, err) < 0)
		code = cmd_fail(err);
	else if (probe_targets_find(&run.targets, &run.conf, run.dns, err) < 0)
		code = say_nowhere(&run, up, err);
	else
		code = up ? run_check(&run, err) : run_all(&run, err);
	probe_targets_free(&run.targets);
	dns_close(run.dns);
	return code;
}

int
main(int argc, char *argv[])
{
	struct probe_options conf = {.output = OUTPUT_TEXT};
	struct err err = ERR_INIT;

	cmd_start(&probe_cmd);
	if (option_parse(&probe_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	return run(&conf, &err);
}
