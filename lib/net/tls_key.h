/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_TLS_KEY_H
#define FE_NET_TLS_KEY_H

#include <stddef.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * The server's private key lives in another process than the one that speaks
 * TLS with strangers.  The one side makes a key object whose signatures are
 * asked for; the other holds the key and makes them (OpenSMTPD's ca.c is the
 * model).
 */
enum {
	TLS_SIGN_MAX = 512 /* octets to sign, and of a signature: RSA 4096 */
};
/* What is to be signed. */
enum tls_algorithm {
	TLS_RSA_PKCS1 = '1', /* a DigestInfo, to be padded */
	TLS_RSA_PSS = 'p',   /* a block padded already, as long as the key */
	TLS_ECDSA = 'e'      /* a digest */
};

/* Asks for a signature: its length, or -1. */
struct tls_signer {
	int (*sign)(void *context, char algorithm, struct slice in,
	    unsigned char out[TLS_SIGN_MAX]);
	void *context;
};

/* The public key of a certificate as a private key that asks the signer,
 * which must outlive it.  `certificate' is an X509 *, the result an EVP_PKEY
 * *, the caller's.  RSA up to 4096 bits and ECDSA; ERR_CONFIG for another. */
void *tls_key_remote(
    void *certificate, struct tls_signer *signer, struct err *err);

/* The key holder: reads PKCS#8 or traditional PEM into OpenSSL's secure heap
 * (locked memory; ERR_SYSTEM where it cannot be locked). */
struct tls_key;
struct tls_key *tls_key_read(const char *path, struct err *err);
void tls_key_free(struct tls_key *key); /* accepts NULL */
/* Is it the key of that certificate (PEM, the first one)?  ERR_CONFIG. */
int tls_key_fits(
    const struct tls_key *key, struct slice chain, struct err *err);
/* The length of the signature, or -1: the octets do not look like what the
 * algorithm signs, or the key is of another kind. */
int tls_key_sign(struct tls_key *key, char algorithm, struct slice in,
    unsigned char out[TLS_SIGN_MAX]);

#endif
