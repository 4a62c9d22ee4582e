/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_SIGNER_H
#define FE_NET_SIGNER_H

#include <sys/types.h>

#include "base/err.h"
#include "net/tls_key.h"

/*
 * The key process: of all processes of a server that accepts for itself it
 * alone holds the TLS key.  It is forked before the key is read, confines
 * itself once it is, and signs for whoever has a channel to it.  A channel is
 * one end of a SOCK_SEQPACKET pair; a question is one octet of algorithm
 * (tls_key.h) and at most 512 to sign, the answer `s' and the signature, or
 * `s' alone: refused.  It ends when control and all channels are closed.
 */
struct signer {
	pid_t pid;
	int control; /* hands it channels */
};

/* Forks it and waits until it holds the key.  `chain' is the certificate that
 * the key must fit.  ERR_CONFIG, ERR_SYSTEM. */
int signer_start(struct signer *s, const char *key_path, struct slice chain,
    bool require_landlock, struct err *err);
/* Lets it end by itself, once the last channel is closed. */
void signer_leave(struct signer *s);
/* A new channel: the caller's end. */
int signer_connect(const struct signer *s, struct err *err);
/* The session's side: asks over a channel.  The signature's length, or -1. */
int signer_ask(int channel, char algorithm, struct slice in,
    unsigned char out[TLS_SIGN_MAX]);

#endif
