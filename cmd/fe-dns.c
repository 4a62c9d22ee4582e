/* SPDX-License-Identifier: ISC */
/*
 * fe-dns: the records that DNS should have for the domains of the home, and
 * whether it has them.  The verbs are in lib/ops/dns_desk*.c.
 */
#include <string.h>

#include "auth/domain.h"
#include "base/clock.h"
#include "net/dns_servers.h"
#include "net/mta_sts.h"
#include "ops/dns_desk.h"

#define AT(member) offsetof(struct dns_desk_conf, member)
static const struct option_def options[] = {
    CMD_OPTIONS(struct dns_desk_conf, cmd),
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "text",
	"text|zone|json", .flags = OPTION_PER_RUN,
	.help = "fields of a web form, lines of a zone file, or JSON lines"},
    {OPTION_TEXT, 0, "domain", AT(domain), "NAME", .flags = OPTION_SHARED,
	.help = "the first domain",
	.check = domain_check},
    {OPTION_TEXT, 0, "hostname", AT(hostname), "NAME",
	.flags = OPTION_SHARED,
	.help = "name of this host in the mail world (default: the system's)",
	.check = domain_check},
    {OPTION_LIST, 0, "address", AT(plan.addresses), "IP",
	.help = "an address of it (default: those that the host has itself)",
	.check = ip_check},
    {OPTION_LIST, 0, "mx", AT(plan.mx), "[NUMBER ]HOST",
	.help = "a host that takes mail (default: 10 and this one)",
	.check = dns_plan_check_mx},
    {OPTION_DURATION, 0, "ttl", AT(ttl), "TIME", "1h", .min = 1,
	.max = 604800, .help = "how long others may keep a record"},
    {OPTION_LIST, 0, "omit", AT(plan.omit), "KIND",
	.help = "no record of this kind: mx, address, spf, dkim, dmarc, "
	    "reports, mta-sts, tlsrpt, tlsa, caa, ptr",
	.check = dns_plan_check_kind},
    {OPTION_LIST, 0, "spf-extra", AT(plan.spf_extra), "TERM",
	.help = "another sender: `include:example.net', `ip4:192.0.2.1'",
	.check = dns_plan_check_term},
    {OPTION_CHOICE, 0, "spf-others", AT(spf_others), "RESULT", "fail",
	"fail|softfail|neutral", .help = "what SPF says of all others"},
    {OPTION_CHOICE, 0, "dmarc-policy", AT(dmarc_policy), "POLICY",
	"quarantine", "none|quarantine|reject",
	.help = "for mail that only pretends to be of the domain"},
    {OPTION_LIST, 0, "dmarc-rua", AT(plan.dmarc_rua), "ADDRESS",
	.help = "who gets DMARC reports (default: the domain's postmaster)",
	.check = dns_plan_check_taker},
    {OPTION_LIST, 0, "tlsrpt-rua", AT(plan.tlsrpt_rua), "ADDRESS",
	.help = "who gets TLS reports (default: the domain's postmaster)",
	.check = dns_plan_check_taker},
    {OPTION_CHOICE, 0, "mta-sts", AT(plan.mta_sts), "MODE", "auto",
	"auto|testing|enforce|none",
	.help = "auto enforces once the certificate verifies; enforce takes "
	    "that of other hosts on trust"},
    {OPTION_DURATION, 0, "mta-sts-max-age", AT(plan.mta_sts_age_s), "TIME",
	"1w", .min = 1, .max = MTA_STS_AGE_MAX,
	.help = "how long senders keep the policy (testing: at most 1d)"},
    {OPTION_TEXT, 0, "mta-sts-host", AT(plan.mta_sts_host), "NAME",
	.help = "the web server of the policy (default: this host)",
	.check = domain_check},
    {OPTION_TEXT, 0, "mta-sts-dir", AT(mta_sts_dir), "DIR",
	.verbs = "mta-sts",
	.help = "where to write (default: HOME/service/mta-sts)"},
    {OPTION_LIST, 0, "caa-issuer", AT(plan.caa_issuer), "NAME",
	.help = "who may issue certificates (default: who issued ours)",
	.check = dns_plan_check_issuer},
    {OPTION_TEXT, 0, "tls-ca", AT(plan.authorities), "FILE",
	.help = "authorities that senders trust, in PEM (default: the "
	    "system's)"},
    {OPTION_LIST, 0, "dns-server", AT(dns_server), "IP[@PORT]",
	.verbs = "check",
	.help = "ask this server and no other",
	.check = dns_server_check},
    {OPTION_FLAG, 0, "resolver", AT(resolver),
	.verbs = "check",
	.help = "ask the host's resolver, not the authoritative "
	    "servers"},
    {OPTION_DURATION, 0, "dns-timeout", AT(dns_timeout), "TIME", "5s",
	.min = 1, .max = 60, .help = "how long to wait for an answer"},
    {OPTION_TEXT, 0, "dns-zone", AT(dns_zone), "FILE",
	.flags = OPTION_PER_RUN, .verbs = "check",
	.help = "take all answers from this zone file"},
    {OPTION_FLAG, 0, "no-dns", AT(no_dns), .flags = OPTION_PER_RUN,
	.help = "ask nobody"},
    {OPTION_END}};

static const struct cmd dns_cmd = {
    .name = "fe-dns",
    .synopsis = "[-o text|zone|json] [options] [DOMAIN]...\n"
		"check [-q] [-o text|json] [options] [DOMAIN]...\n"
		"mta-sts [--mta-sts-dir DIR] [options] [DOMAIN]...",
    .summary = "the DNS records to publish, and whether they are there",
    .options = options};

typedef int dns_verb(struct dns_desk *desk, struct err *err);

/* The verb that was typed, taken off the words. */
static dns_verb *
take_verb(char ***words, int *n)
{
	dns_verb *verb = *n == 0 ? dns_desk_show :
	    strcmp(**words, "check") == 0 ? dns_desk_check :
	    strcmp(**words, "mta-sts") == 0 ? dns_desk_mta_sts :
	    dns_desk_show;

	if (verb != dns_desk_show) {
		++*words;
		--*n;
	}
	return verb;
}

int
main(int argc, char *argv[])
{
	static const char *const all[] = {"-all", "~all", "?all"};
	static const char *const policies[] = {"none", "quarantine",
	    "reject"};
	struct dns_desk_conf conf = {.domain = NULL};
	struct dns_desk desk;
	struct err err = ERR_INIT;
	dns_verb *verb;
	char **words;
	int n, code;

	cmd_start(&dns_cmd);
	if (option_parse(&dns_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	conf.plan.spf_all = all[conf.spf_others];
	conf.plan.dmarc_policy = policies[conf.dmarc_policy];
	conf.plan.now_ms = clock_now_ms();
	words = conf.cmd.words;
	n = conf.cmd.words_n;
	verb = take_verb(&words, &n);
	code = dns_desk_open(&desk, &conf, words, n, &err);
	if (code == 0)
		code = verb(&desk, &err);
	if (code < 0)
		code = cmd_fail(&err);
	else if (cmd_finish(&err) != EXIT_DONE)
		code = EXIT_RETRY;
	dns_desk_close(&desk);
	return code;
}
