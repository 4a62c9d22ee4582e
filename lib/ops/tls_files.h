/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_TLS_FILES_H
#define FE_OPS_TLS_FILES_H

#include "base/buf.h"
#include "base/err.h"
#include "crypto/certificate.h"

/*
 * The files of keys/tls: the key and its certificate, those that are to take
 * their place, and the key that had it before.
 */
#define TLS_PIN_TEXT (2 * CERTIFICATE_PIN_SIZE + 1)

struct tls_files {
	struct buf key, certificate, next_key, next_certificate, old_key;
};
void tls_files_init(struct tls_files *f);
void tls_files_free(struct tls_files *f);

bool tls_file_is_there(const struct buf *path);
/* A PEM file, in a buffer that leaves no copies: for buf_wipe(). */
int tls_file_read(const struct buf *path, struct buf *out, struct err *err);
/* What DANE pins of a key, in hex. */
int tls_file_pin(const struct buf *path, char pin[TLS_PIN_TEXT],
    struct err *err);

int tls_files_make_key(const struct tls_files *f, struct err *err);
/* Is the certificate in use signed by its own key?  1, 0, -1. */
int tls_files_are_self_signed(const struct tls_files *f, struct err *err);
/* The certificate of the next key, by that key. */
int tls_files_sign(const struct tls_files *f, const char *host,
    struct err *err);

#endif
