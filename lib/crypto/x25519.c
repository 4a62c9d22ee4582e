/* SPDX-License-Identifier: ISC */
/* PEM by OpenSSL, which asks nobody for a passphrase. */
#include "crypto/x25519.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

bool
x25519_is_pem(struct slice text)
{
	return slice_starts(text, "-----BEGIN ");
}

static int
no_passphrase(char *out, int size, int writing, void *context)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

static int
parse(struct slice pem, bool secret, unsigned char key[KEY_SIZE],
    struct err *err)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *pkey = bio == NULL ? NULL : secret ?
	    PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) :
	    PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
	size_t n = KEY_SIZE;
	int done = pkey != NULL && EVP_PKEY_is_a(pkey, "X25519") && (secret ?
	    EVP_PKEY_get_raw_private_key(pkey, key, &n) :
	    EVP_PKEY_get_raw_public_key(pkey, key, &n)) == 1 && n == KEY_SIZE;

	EVP_PKEY_free(pkey);
	BIO_free(bio);
	return done ? 0 : err_set(err, ERR_USAGE, "that is no X25519 %s key "
	    "in PEM%s", secret ? "private" : "public", secret ?
	    " without a passphrase" : "");
}

int
x25519_public_parse(struct slice pem, unsigned char key[KEY_SIZE],
    struct err *err)
{
	return parse(pem, false, key, err);
}

int
x25519_secret_parse(struct slice pem, unsigned char key[KEY_SIZE],
    struct err *err)
{
	return parse(pem, true, key, err);
}
