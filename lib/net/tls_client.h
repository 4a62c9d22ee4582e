/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_TLS_CLIENT_H
#define FE_NET_TLS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/dane.h"

/*
 * TLS for clients, over OpenSSL: 1.2 and newer.  The handshake does not look
 * at who the server is: the chain is handed out, and the caller judges it
 * (crypto/certificate.h); DANE (RFC 7672) is judged here, where there are TLSA
 * records.  No file is opened.
 */
struct tls_client;

struct tls_client_conf {
	const char *host; /* for SNI and DANE; NULL: none */
	bool only_1_2;    /* do not offer 1.3 */
	bool only_dhe;    /* of TLS 1.2, the suites with DHE, however weak */
	const struct tlsa *tlsa; /* usable ones (dane.h) */
	size_t tlsa_n;
};

/* The handshake, on a socket that does not block.  NULL: ERR_MESSAGE. */
struct tls_client *tls_client_open(const struct tls_client_conf *conf, int fd,
    int64_t deadline_ms, struct err *err);
void tls_client_free(struct tls_client *c); /* says goodbye; accepts NULL */
/* As read(2), but waits until the deadline: -1 and errno (ETIMEDOUT, EIO). */
ssize_t tls_client_read(
    struct tls_client *c, void *p, size_t n, int64_t deadline_ms);
/* All of it, or -1. */
int tls_client_write(
    struct tls_client *c, const void *p, size_t n, int64_t deadline_ms);
/* Static texts: `TLSv1.3', `TLS_AES_256_GCM_SHA384'. */
const char *tls_client_version(const struct tls_client *c);
const char *tls_client_cipher(const struct tls_client *c);
/* Bits of the group of a DHE suite; 0 for any other. */
int tls_client_dh_bits(const struct tls_client *c);
/* Did a TLSA record fit? */
bool tls_client_dane_fits(const struct tls_client *c);
/* Appends the server's chain in PEM, as it sent it. */
void tls_client_chain(const struct tls_client *c, struct buf *out);

#endif
