/* SPDX-License-Identifier: ISC */
/* Which probe belongs to which practice. */
#include "ops/audit.h"

#include <string.h>

#include "base/home.h"
#include "ops/audit_probe.h"
#include "ops/vulnerability.h"

static const struct {
	const char *id; /* a `*' at its end: all that begin so */
	audit_probe *probe;
	bool attested; /* what people state is asked for, too */
} probes[] = {
    {"net-firewall", audit_firewall, false},
    {"net-ddos", audit_flood, false},
    {"net-vulnscan", audit_outside, false},
    {"net-ids", audit_intrusion, false},
    {"net-endpoints", audit_endpoints, false},
    {"net-portscan", audit_portscan, false},
    {"net-tls", audit_tls, false},
    {"enc-e2e", audit_end_to_end, false},
    {"enc-store", audit_store, false},
    {"enc-individual", audit_individual, false},
    {"enc-memory", audit_memory_kept, false},
    {"enc-disk", audit_harden_row, false},
    {"auth-dkim", audit_dkim, false},
    {"auth-spf", audit_spf, false},
    {"auth-dmarc", audit_dmarc, false},
    {"auth-mta-sts", audit_mta_sts, false},
    {"auth-mfa", audit_second_factor, false},
    {"abuse-spam", audit_spam, false},
    {"abuse-virus", audit_virus, false},
    {"abuse-rate", audit_rate, false},
    {"abuse-reputation", audit_reputation, false},
    {"abuse-content", audit_content, false},
    {"data-collect", audit_collect, false},
    {"data-memory", audit_memory, false},
    {"data-logs", audit_logs, false},
    {"backup-daily", audit_backup_age, false},
    {"backup-geo", audit_backup_places, false},
    {"backup-drill", audit_drill, false},
    {"backup-rpo", audit_targets, false},
    {"prov-register", audit_providers, false},
    {"comp-sshkeys", audit_ssh_keys, false},
    {"comp-accesslogs", audit_access_logs, false},
    {"comp-scanning", audit_scanning, false},
    {"comp-vulns", audit_packages, false},
    {"comp-gdpr", audit_privacy, true},
    {"comp-ccpa", audit_privacy, true},
    {"comp-*", audit_attested, true},
    {"inc-*", audit_incidents, false},
    {"dev-threats", audit_model, false},
    {"dev-static", audit_linker, false},
    {"dev-dynamic", audit_compiler, false},
    {"dev-review", audit_review, true},
    {"dev-deps", audit_libraries, false},
    {"host-firewall", audit_firewall, false},
    {"host-portscan", audit_portscan, false},
    {"host-isolation", audit_isolation, false},
    {"host-*", audit_harden_row, false},
    {"sla-uptime", audit_report, false},
    {"sla-*", audit_incidents, false},
    {"open-source", audit_licence, false},
    {"open-disclosure", audit_disclosure, false},
    {"people-*", audit_attested, true},
    {"improve-trends", audit_trends, false},
    {"improve-*", audit_attested, true},
};
#define PROBES (sizeof(probes) / sizeof(probes[0]))

static bool
matches(const char *pattern, const char *id)
{
	size_t n = strlen(pattern);

	return pattern[n - 1] == '*' ? strncmp(pattern, id, n - 1) == 0
				     : strcmp(pattern, id) == 0;
}

/* PROBES: there is none. */
static size_t
find(const char *id)
{
	size_t i = 0;

	while (i < PROBES && !matches(probes[i].id, id))
		i++;
	return i;
}

bool
audit_takes_attestation(const char *id)
{
	size_t i = find(id);

	return i < PROBES && probes[i].attested;
}

int
audit_start(struct audit *audit, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = config_read(
	    &audit->config, home_file(&path, "fe.conf"), err);

	buf_free(&path);
	if (result < 0)
		return -1;
	host_processes_read(&audit->processes, &audit->tree);
	socket_table_read(&audit->sockets, &audit->tree);
	return 0;
}

bool
audit_hostname(const struct audit *audit, struct slice *name)
{
	return audit_setting(audit, "fe", "hostname", name);
}

void
audit_end(struct audit *audit)
{
	config_free(&audit->config);
	host_processes_free(&audit->processes);
	socket_table_free(&audit->sockets);
	buf_free(&audit->harden.text);
	buf_free(&audit->dns.text);
	buf_free(&audit->backup.text);
	buf_free(&audit->keys.text);
	buf_free(&audit->probe.text);
	vulnerabilities_free(audit->vulnerabilities);
}

void
audit_run(struct audit *audit, const struct practice *practice,
    struct audit_result *result)
{
	size_t i = find(practice->id);

	*result = (struct audit_result){.practice = practice};
	if (i == PROBES)
		audit_say(result, AUDIT_UNKNOWN,
		    "this version of fe-audit has no probe for it");
	else
		probes[i].probe(audit, result);
}
