/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_TLS_TICKET_H
#define FE_NET_TLS_TICKET_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Keys of TLS session tickets (RFC 5077, 4; RFC 8446, 4.6.1), so that a
 * client that comes again shakes hands without a signature.  They are made by
 * an accepting parent, never written anywhere, and known to its sessions
 * through the fork.  A key seals tickets for an hour and opens them for two
 * more; then it is wiped.  They live in the arena of base/secret.h.
 */
#define TLS_TICKET_PERIOD_MS ((int64_t)3600 * 1000)
enum { TLS_TICKET_KEYS = 3, TLS_TICKET_NAME_SIZE = 16 };

struct tls_ticket_key {
	unsigned char name[TLS_TICKET_NAME_SIZE];
	unsigned char cipher[32]; /* AES-256-CBC */
	unsigned char mac[32];    /* HMAC-SHA-256 */
	int64_t made_ms;
};
struct tls_tickets {
	struct tls_ticket_key keys[TLS_TICKET_KEYS]; /* newest first */
	int n;
};

/* With one key. */
struct tls_tickets *tls_tickets_new(int64_t now_ms);
void tls_tickets_free(struct tls_tickets *t); /* wipes; accepts NULL */
/* Makes a new key where the newest has had its hour, wipes the oldest.  Ask
 * every now and then. */
void tls_tickets_rotate(struct tls_tickets *t, int64_t now_ms);
/* All keys are wiped, and a new one made: tickets of before open nothing. */
void tls_tickets_renew(struct tls_tickets *t, int64_t now_ms);
/* The key of that name, or NULL; *newest tells whether it seals still. */
const struct tls_ticket_key *tls_tickets_find(
    const struct tls_tickets *t, const unsigned char *name, bool *newest);

#endif
