/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_UNBOUND_H
#define FE_NET_DNS_UNBOUND_H

#include "base/err.h"
#include "net/dns_answer.h"
#include "net/dns_servers.h"

struct ub_ctx;
struct ub_result;

/*
 * libunbound as we set it up, and its results as our answers.  All of this
 * runs in the resolver process only.
 */

/* Loads the library, before the sandbox.  NULL in a static program, which has
 * it (net/load/unbound.c). */
int dns_unbound_load(struct err *err) __attribute__((weak));
/* Puts what is not to be as usual into a memory file, which libunbound can
 * open as /proc/self/fd/N; it stays open.  Call before the sandbox. */
struct dns_unbound_config {
	int fd;    /* -1: everything as usual */
	bool live; /* other names from the usual resolver */
};
int dns_unbound_config_make(struct dns_unbound_config *made,
    const struct dns_servers *servers, bool local_zones_asked,
    struct err *err);
/* A context in thread mode, NULL and err if there can be none.  `validate':
 * DNSSEC, from the distribution's root key. */
struct ub_ctx *dns_unbound_open(const struct dns_unbound_config *config,
    bool validate, struct err *err);
/* What libunbound found.  `error' is its error code.  The answer is freed
 * with dns_answer_free; the result stays the caller's. */
void dns_unbound_answer(int error, const struct ub_result *result,
    enum dns_type type, struct dns_answer *answer);

#define DNS_ROOT_KEY "/usr/share/dns/root.key"
#define DNS_RESOLV_CONF "/etc/resolv.conf"

#endif
