/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_AUDIT_H
#define FE_OPS_AUDIT_H

#include "base/config.h"
#include "ops/audit_log.h"
#include "ops/audit_result.h"
#include "ops/host_process.h"
#include "ops/socket_table.h"

/*
 * A look at the live state of a host and a home, practice for practice.  What
 * several probes need is read once.  Probes never fail: what cannot be told is
 * AUDIT_UNKNOWN with the reason.
 */

/* The answer of another program of the family: JSON lines. */
struct audit_answer {
	bool asked;
	int status; /* its exit code; -1: it could not be run */
	struct buf text;
	char fault[256];
};

struct audit {
	struct tree tree; /* the host */
	const char *root; /* as it was given */
	const char *home;
	const char *advisories; /* local copy of Debian's security data */
	int64_t now_ms;
	bool network; /* look beyond this host, too */
	const struct audit_log *log; /* what was seen and attested before */

	struct config config; /* fe.conf */
	struct host_processes processes;
	struct socket_table sockets;
	struct audit_answer harden, dns, backup, keys, probe;
	struct vulnerabilities *vulnerabilities;
};

/* `audit' holds what the first part of the struct has; reads what probes
 * share.  ERR_CONFIG for an fe.conf that cannot be read. */
int audit_start(struct audit *audit, struct err *err);
void audit_end(struct audit *audit);
/* Fills *result (audit_result_free). */
void audit_run(struct audit *audit, const struct practice *practice,
    struct audit_result *result);
/* The host's name by fe.conf; false: it has none. */
bool audit_hostname(const struct audit *audit, struct slice *name);
/* Does the probe for that id ask for what people state? */
bool audit_takes_attestation(const char *id);

#endif
