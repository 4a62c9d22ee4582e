/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_TLS_H
#define FE_NET_TLS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/slice.h"
#include "net/tls_key.h"
#include "net/tls_ticket.h"

/*
 * TLS for servers, over OpenSSL: 1.2 and newer, forward secrecy and AEAD
 * only, no renegotiation, no compression; session tickets only under keys
 * that the caller has.  No configuration file is read.  The private key is
 * elsewhere (tls_key.h); no file is opened here, so all of it works inside a
 * sandbox.
 */
struct tls_server;
struct tls;

/* Makes what all connections share, from a PEM chain in memory (leaf first).
 * Without tickets (NULL) no session is resumed; they must outlive it.
 * ERR_CONFIG names the file `name'. */
struct tls_server *tls_server_make(struct slice chain, const char *name,
    const struct tls_signer *signer, const struct tls_tickets *tickets,
    struct err *err);
void tls_server_free(struct tls_server *server); /* accepts NULL */

/* The handshake.  The descriptors block, with a receive time-out that lets
 * the deadline be noticed.  NULL: ERR_MESSAGE, the peer's fault or gone. */
struct tls *tls_accept(struct tls_server *server, int in, int out,
    int64_t deadline_ms, struct err *err);
/* As read(2): 0 at the peer's end, -1 and errno (EAGAIN, EINTR, EIO). */
ssize_t tls_read(struct tls *tls, void *p, size_t n);
/* All of it, or -1. */
int tls_write(struct tls *tls, const void *p, size_t n);
/* `TLSv1.3', `TLS_AES_256_GCM_SHA384': static text. */
const char *tls_version(const struct tls *tls);
const char *tls_cipher(const struct tls *tls);
bool tls_was_resumed(const struct tls *tls);
/* Sends the closing alert if asked.  Accepts NULL. */
void tls_free(struct tls *tls, bool say_so);

#endif
