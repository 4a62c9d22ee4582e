/* SPDX-License-Identifier: ISC */
#ifndef FE_CRYPTO_CERTIFICATE_H
#define FE_CRYPTO_CERTIFICATE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * The service's TLS certificate and private key as PEM texts.  Over OpenSSL;
 * its configuration file is not read.
 */
#define CERTIFICATE_SIZE_MAX ((size_t)1 << 20)

/* A fresh EC P-256 key, PKCS#8.  Wipe the buffer. */
int certificate_make_key(struct buf *key, struct err *err);
/* Signed by itself: SAN and CN `host', `days' from now on.  Mail servers that
 * offer opportunistic TLS take it; clients of people do not. */
int certificate_make(struct slice key, const char *host, int days,
    struct buf *certificate, struct err *err);
/* The first certificate of a chain: does it belong to the key?  ERR_CONFIG. */
int certificate_check_pair(struct slice certificate, struct slice key,
    struct err *err);

struct certificate_facts {
	int64_t from_ms, until_ms;
	int self_signed;
};
/* Of the first certificate in a chain. ERR_CONFIG. */
int certificate_read(struct slice certificate, struct certificate_facts *out,
    struct err *err);

/* SHA-256 of the public key (SubjectPublicKeyInfo), which is what a TLSA
 * record `3 1 1' holds (RFC 6698): of the first certificate, of a key. */
#define CERTIFICATE_PIN_SIZE 32
int certificate_pin(struct slice certificate,
    unsigned char pin[CERTIFICATE_PIN_SIZE], struct err *err);
int certificate_key_pin(struct slice key,
    unsigned char pin[CERTIFICATE_PIN_SIZE], struct err *err);
/* The organization that issued the first certificate; nothing is appended
 * where it does not say. */
int certificate_issuer(struct slice certificate, struct buf *out,
    struct err *err);
/* Is the first certificate for that host?  1, 0; -1 ERR_CONFIG. */
int certificate_is_for(struct slice certificate, const char *host,
    struct err *err);
/* Its key: `RSA', `EC', `ED25519' (at most 15 octets), and how many bits it is
 * worth as OpenSSL counts (RSA of 2048 bits: 112). */
int certificate_strength(struct slice certificate, char type[16],
    int *key_bits, int *security_bits, struct err *err);
/* Would a stranger believe the chain for that host (NULL: for any) at that
 * time?  Against the authorities of the file, or (NULL) of the system.  0, or
 * -1: the reason is in err, ERR_CONFIG. */
int certificate_verify(struct slice chain, const char *host, int64_t now_ms,
    const char *authorities, struct err *err);
/* Can the authorities of the file be read?  0, or -1 (ERR_CONFIG). */
int certificate_check_authorities(const char *authorities, struct err *err);

#endif
