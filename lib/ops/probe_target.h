/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PROBE_TARGET_H
#define FE_OPS_PROBE_TARGET_H

#include "ops/probe.h"

/*
 * Where a probe goes: all addresses of a name, of IPv4 and IPv6; for mail of
 * a domain all addresses of its mail servers, as senders find them (RFC 5321,
 * 5.1).
 */
struct probe_target {
	char *host;
	struct ip ip;    /* size 0: there is none */
	char *fault;     /* why there is none; NULL */
	bool first;      /* of its host */
	bool has_route;  /* from here; else this says nothing of the server */
};
#define PROBE_TARGETS_MAX 64
struct probe_targets {
	struct probe_target *items;
	size_t n;
	bool by_mx; /* the hosts are those of the MX records of the name */
	bool cut;   /* there are more than PROBE_TARGETS_MAX */
};

/* Why it cannot be tried; NULL: it can. */
const char *probe_target_hindrance(const struct probe_target *target);
/* MX records are followed for SMTP between servers, where neither --address
 * nor --domain says that the host itself is meant.  ERR_USAGE: not a name that
 * could be looked up; ERR_SYSTEM: it leads nowhere. */
int probe_targets_find(struct probe_targets *targets,
    const struct probe_conf *conf, struct dns *dns, struct err *err);
void probe_targets_free(struct probe_targets *targets);

#endif
