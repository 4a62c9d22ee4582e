/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PROBE_H
#define FE_OPS_PROBE_H

#include "base/buf.h"
#include "net/dns.h"
#include "net/ip.h"
#include "ops/probe_reply.h"

/*
 * Looks at a server from outside.  Nothing that it says is trusted; nothing is
 * sent that a server could deliver to somebody who did not ask for it: a
 * transaction ends with RSET before DATA, unless an address was given for it.
 */
struct probe_conf {
	const char *host;
	uint16_t port;
	const char *service;   /* NULL: as the port says */
	const char *address;   /* connect there; NULL: where the name leads */
	const char *domain;    /* whose mail it takes; NULL: as DNS says */
	const char *recipient; /* who takes mail there, and agreed; NULL */
	const char *account;   /* a login there; NULL */
	const char *relay_to;  /* a mailbox elsewhere, likewise; NULL */
	const char *helo;
	const char *authorities; /* NULL: the system's */
	int64_t timeout_ms;      /* of each wait */
	int64_t wait_ms;         /* for what should not come */
	int64_t expiry_s;        /* a certificate shall be good so long */
	int64_t now_ms;
	bool validates; /* DNSSEC is looked at */
	bool again; /* at another address of a host: not once more at what
	             * DNS and the web say of its name */
};

enum probe_state {
	PROBE_PASS,
	PROBE_ADVICE, /* could be better */
	PROBE_FAIL,
	PROBE_UNKNOWN, /* could not be found out */
	PROBE_SKIP     /* does not apply, or needs an option */
};
#define PROBE_STATES 5
const char *probe_state_text(enum probe_state state);

struct probe_finding {
	const char *check;
	enum probe_state state;
	char *text; /* printable ASCII */
};

struct probe {
	const struct probe_conf *conf;
	struct dns *dns;
	enum probe_protocol protocol;
	bool tls_first; /* no STARTTLS */
	bool relays;    /* takes mail of strangers for its domain: port 25 */
	struct ip ip;
	struct probe_finding *findings;
	size_t n;
	/* what the first look has found */
	struct buf greeting, features, chain;
	struct buf domain; /* whose mail it takes, by MX; empty: not known */
	bool starttls, dane_fits;
	struct dns_answer tlsa;
};

/* The port of a service; 0 for a word that is none. */
uint16_t probe_port(const char *service);
#define PROBE_SERVICES \
	"smtp, submission, submissions, imap, imaps, pop3, pop3s, https"
/* Is it SMTP as servers speak it to one another? */
bool probe_takes_mail(const struct probe_conf *conf);
/* conf->service is one, or NULL. */
void probe_open(struct probe *p, const struct probe_conf *conf,
    const struct ip *ip, struct dns *dns);
/* Everything, into findings.  -1: the server cannot be reached. */
int probe_run(struct probe *p, struct err *err);
/* Is it up: greeting, TLS, certificate.  -1: one sentence why not. */
int probe_check_up(struct probe *p, struct err *err);
void probe_close(struct probe *p);

#endif
