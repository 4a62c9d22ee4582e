/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_CLIENT_HELLO_H
#define FE_NET_CLIENT_HELLO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * The first octets of TLS handshakes, written by hand: what our own library
 * refuses to offer must still be asked of a server.  SSL 3.0 to TLS 1.2 (RFC
 * 6101, 2246, 4346, 5246); the answer is a ServerHello or an alert.
 */
enum tls_weakness {
	TLS_GOOD,
	TLS_CBC,        /* with forward secrecy, but no AEAD */
	TLS_NO_SECRECY, /* the key exchange is RSA's own */
	TLS_OLD_CIPHER, /* RC4, 3DES, IDEA, SEED */
	TLS_BROKEN,     /* export, single DES */
	TLS_ANONYMOUS,  /* no certificate */
	TLS_NO_CIPHER   /* NULL: readable */
};
struct tls_suite {
	uint16_t code;
	enum tls_weakness weakness;
	const char *name; /* IANA's, without `TLS_' */
};
/* All that are known here; *n of them. */
const struct tls_suite *tls_suites(size_t *n);
/* NULL for another. */
const struct tls_suite *tls_suite_find(uint16_t code);

struct client_hello {
	uint16_t version; /* 0x0300 SSL 3.0, 0x0301 TLS 1.0, ... 0x0303 */
	const uint16_t *suites;
	size_t suites_n;
	bool compression; /* offers DEFLATE */
	const char *host; /* SNI, or NULL */
};
/* Appends one record. */
void client_hello_write(const struct client_hello *hello, struct buf *out);

struct server_hello {
	bool refused;  /* an alert: `alert' */
	uint8_t alert; /* RFC 5246, 7.2 */
	uint16_t version, suite;
	uint8_t compression;
	bool secure_renegotiation; /* RFC 5746 */
};
/* Reads what has come so far.  1: *answer is set; 0: more is needed; -1: this
 * is no TLS. */
int server_hello_parse(struct slice octets, struct server_hello *answer);

#endif
