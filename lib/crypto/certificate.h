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

#endif
