/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PROBE_LINK_H
#define FE_OPS_PROBE_LINK_H

#include "net/tls_client.h"
#include "ops/probe.h"

/* One connection of a probe: text commands and their replies, plain or under
 * TLS.  All wait at most the probe's time-out. */
struct probe_link {
	const struct probe *p;
	int fd;
	struct tls_client *tls;
	struct buf in;
	size_t used; /* of `in', by the last reply */
	unsigned commands;
};

/* Connects; with `greet' reads the greeting, after a handshake where TLS comes
 * first.  ERR_SYSTEM, ERR_MESSAGE. */
int link_open(
    struct probe_link *l, const struct probe *p, bool greet, struct err *err);
void link_close(struct probe_link *l); /* says QUIT if it can */
void link_drop(struct probe_link *l);  /* just ends */
int link_send(struct probe_link *l, struct slice octets, struct err *err);
/* Reads what is there into l->in: 1, 0 the end, -1 (ERR_SYSTEM). */
int link_fill(struct probe_link *l, int64_t deadline_ms, struct err *err);
/* Sends a command (without CRLF) and reads the reply, which is valid until
 * the next call. */
int link_command(struct probe_link *l, struct probe_reply *reply,
    struct err *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
int link_reply(struct probe_link *l, const struct probe_expected *expected,
    struct probe_reply *reply, struct err *err);
/* EHLO, CAPABILITY or CAPA. */
int link_hello(
    struct probe_link *l, struct probe_reply *reply, struct err *err);
/* STARTTLS and the like, up to the server's yes. */
int link_starttls(struct probe_link *l, struct err *err);
int link_tls(
    struct probe_link *l, const struct tls_client_conf *conf, struct err *err);
/* Open, hello, and TLS where it can be had; then hello again. */
int link_open_secure(
    struct probe_link *l, const struct probe *p, struct err *err);
/* Does the line of features have this word? */
bool link_has_feature(struct slice features, const char *word);

/* Takes a sentence down. */
void probe_say(struct probe *p, const char *check, enum probe_state state,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The name for SNI; NULL where the host is an address. */
const char *probe_name(const struct probe *p);
/* Whose mail it takes, as far as is known: else the host's name. */
const char *probe_domain(const struct probe *p);
#define PROBE_NOBODY_SIZE 300
/* An address of the domain that nobody has. */
void probe_make_nobody(char out[PROBE_NOBODY_SIZE], const char *domain);

/* The parts. */
void probe_tls(struct probe *p);
void probe_certificate(struct probe *p);
void probe_injection(struct probe *p);
void probe_relay(struct probe *p);
void probe_smuggling(struct probe *p);
void probe_leaks(struct probe *p);
void probe_accounts(struct probe *p);
void probe_dane(struct probe *p);
void probe_mta_sts(struct probe *p);
/* Ready-made from DNS, for the handshake of the first look. */
size_t probe_read_tlsa(struct probe *p, struct tlsa *out, size_t max);
/* A certificate's faults that count for this service: 0, or -1. */
int probe_judge_certificate(const struct probe *p, struct err *err);

#endif
