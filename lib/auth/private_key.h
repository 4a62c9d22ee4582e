/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_PRIVATE_KEY_H
#define FE_AUTH_PRIVATE_KEY_H

#include <openssl/evp.h>

#include "auth/dkim_key.h"
#include "base/buf.h"
#include "base/err.h"

/*
 * Private keys of DKIM in their files (PEM, PKCS#8).  They are in OpenSSL's
 * secure heap, which is locked memory.
 */
#define PRIVATE_KEY_BITS_MAX 4096
#define PRIVATE_KEY_BITS_NEW 2048

/* Sets the secure heap up, once.  ERR_SYSTEM where memory cannot be locked. */
int private_key_lock_memory(struct err *err);
/* Reads a file that nobody but its owner and group may read; EVP_PKEY_free.
 * NULL: ERR_SYSTEM where it cannot be opened, ERR_CONFIG where others may
 * read it or it holds none. */
EVP_PKEY *private_key_read(const char *path, struct err *err);
/* RSA of 1024 to 4096 bits or Ed25519; -1 for any other. */
int private_key_type(const EVP_PKEY *key, enum dkim_key_type *type);
/* RSA of 2048 bits, or Ed25519. */
EVP_PKEY *private_key_make(enum dkim_key_type type, struct err *err);
/* Writes a file with mode 0400, as io_replace_file does. */
int private_key_write(EVP_PKEY *key, const char *path, struct err *err);
/* Appends the record to publish: `v=DKIM1; k=rsa; p=...' (RFC 6376, 3.6.1;
 * RFC 8463, 4). */
int private_key_record(EVP_PKEY *key, struct buf *out, struct err *err);

#endif
