/* SPDX-License-Identifier: ISC */
/*
 * Both ends of a private key that lives elsewhere.  OpenSSL 3 calls such
 * methods deprecated and takes them still (a key with a foreign method is
 * never exported to a provider); a provider of our own would be ten times the
 * code.  The signer hangs on the key object as its application data.
 */
#define OPENSSL_API_COMPAT 0x10100000L
#define OPENSSL_SUPPRESS_DEPRECATED

#include "tls_key.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define SECURE_HEAP ((size_t)128 << 10)

static int
rsa_private_encrypt(
    int n, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
	struct tls_signer *signer = RSA_get_app_data(rsa);
	char algorithm = padding == RSA_PKCS1_PADDING ? TLS_RSA_PKCS1
						      : TLS_RSA_PSS;
	unsigned char out[TLS_SIGN_MAX];
	int got;

	if ((padding != RSA_PKCS1_PADDING && padding != RSA_NO_PADDING) ||
	    n <= 0 || n > TLS_SIGN_MAX)
		return -1;
	got = signer->sign(
	    signer->context, algorithm, slice_of(from, (size_t)n), out);
	if (got != RSA_size(rsa))
		return -1;
	memcpy(to, out, (size_t)got);
	return got;
}

/* Key exchange by RSA is switched off, so nothing asks for this. */
static int
rsa_private_decrypt(
    int n, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
	(void)n, (void)from, (void)to, (void)rsa, (void)padding;
	return -1;
}

static int
rsa_finish(RSA *rsa)
{
	int (*finish)(RSA *) = RSA_meth_get_finish(RSA_get_default_method());
	int done = finish != NULL ? finish(rsa) : 1;

	RSA_meth_free((RSA_METHOD *)(uintptr_t)RSA_get_method(rsa));
	return done;
}

static EVP_PKEY *
remote_rsa(EVP_PKEY *public, struct tls_signer *signer)
{
	RSA_METHOD *method = RSA_meth_dup(RSA_get_default_method());
	/* a copy: what OpenSSL hands out is shared with the certificate */
	RSA *rsa = RSAPublicKey_dup(EVP_PKEY_get0_RSA(public));
	EVP_PKEY *key = EVP_PKEY_new();

	if (method == NULL || rsa == NULL || key == NULL ||
	    RSA_size(rsa) > TLS_SIGN_MAX) {
		RSA_meth_free(method);
		RSA_free(rsa);
		EVP_PKEY_free(key);
		return NULL;
	}
	RSA_meth_set1_name(method, "fe");
	RSA_meth_set_priv_enc(method, rsa_private_encrypt);
	RSA_meth_set_priv_dec(method, rsa_private_decrypt);
	RSA_meth_set_finish(method, rsa_finish);
	RSA_meth_set_flags(
	    method, RSA_meth_get_flags(method) | RSA_METHOD_FLAG_NO_CHECK);
	RSA_set_method(rsa, method);
	RSA_set_app_data(rsa, signer);
	EVP_PKEY_assign_RSA(key, rsa);
	return key;
}

static int
ec_sign(int type, const unsigned char *digest, int n, unsigned char *out,
    unsigned int *out_n, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *key)
{
	struct tls_signer *signer = EC_KEY_get_ex_data(key, 0);
	unsigned char got[TLS_SIGN_MAX];
	int got_n;

	(void)type, (void)kinv, (void)r;
	if (n <= 0 || n > TLS_SIGN_MAX)
		return 0;
	got_n = signer->sign(
	    signer->context, TLS_ECDSA, slice_of(digest, (size_t)n), got);
	if (got_n <= 0 || got_n > ECDSA_size(key))
		return 0;
	memcpy(out, got, (size_t)got_n);
	*out_n = (unsigned int)got_n;
	return 1;
}

static void
ec_finish(EC_KEY *key)
{
	EC_KEY_METHOD_free(
	    (EC_KEY_METHOD *)(uintptr_t)EC_KEY_get_method(key));
}

static EVP_PKEY *
remote_ec(EVP_PKEY *public, struct tls_signer *signer)
{
	EC_KEY_METHOD *method = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
	EC_KEY *ec = EC_KEY_dup(EVP_PKEY_get0_EC_KEY(public));
	EVP_PKEY *key = EVP_PKEY_new();

	if (method == NULL || ec == NULL || key == NULL) {
		EC_KEY_METHOD_free(method);
		EC_KEY_free(ec);
		EVP_PKEY_free(key);
		return NULL;
	}
	EC_KEY_METHOD_set_init(
	    method, NULL, ec_finish, NULL, NULL, NULL, NULL);
	EC_KEY_METHOD_set_sign(method, ec_sign, NULL, NULL);
	EC_KEY_set_method(ec, method);
	EC_KEY_set_ex_data(ec, 0, signer);
	EVP_PKEY_assign_EC_KEY(key, ec);
	return key;
}

void *
tls_key_remote(void *certificate, struct tls_signer *signer, struct err *err)
{
	EVP_PKEY *public = X509_get_pubkey(certificate), *key = NULL;

	if (public != NULL && EVP_PKEY_base_id(public) == EVP_PKEY_RSA)
		key = remote_rsa(public, signer);
	else if (public != NULL && EVP_PKEY_base_id(public) == EVP_PKEY_EC)
		key = remote_ec(public, signer);
	EVP_PKEY_free(public);
	if (key == NULL)
		err_set(err, ERR_CONFIG, "the certificate's key is neither "
		    "RSA of up to 4096 bits nor ECDSA");
	return key;
}

struct tls_key {
	EVP_PKEY *key;
};

static int
open_secure_heap(struct err *err)
{
	if (CRYPTO_secure_malloc_initialized())
		return 0;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (CRYPTO_secure_malloc_init(SECURE_HEAP, 16) == 1)
		return 0;
	return err_set(err, ERR_SYSTEM,
	    "cannot lock %zu octets of memory for the TLS key; raise the limit "
	    "on locked memory", SECURE_HEAP);
}

struct tls_key *
tls_key_read(const char *path, struct err *err)
{
	struct tls_key *key = NULL;
	EVP_PKEY *read;
	BIO *file;

	if (open_secure_heap(err) < 0)
		return NULL;
	file = BIO_new_file(path, "r");
	if (file == NULL) {
		ERR_clear_error();
		err_errno(err, "cannot open TLS key '%s'", path);
		return NULL;
	}
	read = PEM_read_bio_PrivateKey(file, NULL, NULL, (void *)(uintptr_t)"");
	if (read == NULL)
		err_set(err, ERR_CONFIG, "'%s' holds no private key in PEM",
		    path);
	else if (EVP_PKEY_size(read) > TLS_SIGN_MAX) {
		err_set(err, ERR_CONFIG, "the key in '%s' is too large", path);
		EVP_PKEY_free(read);
	} else {
		key = mem_zalloc(sizeof(*key));
		key->key = read;
	}
	BIO_free(file);
	ERR_clear_error();
	return key;
}

void
tls_key_free(struct tls_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->key);
	free(key);
}

int
tls_key_fits(const struct tls_key *key, struct slice chain, struct err *err)
{
	BIO *bio = BIO_new_mem_buf(chain.p, (int)chain.n);
	X509 *leaf = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
	int fits = leaf != NULL ? X509_check_private_key(leaf, key->key) : 0;

	X509_free(leaf);
	BIO_free(bio);
	ERR_clear_error();
	return fits == 1 ? 0 : err_set(err, ERR_CONFIG,
	    "the TLS key is not the certificate's");
}

/* A block that RSA is to take as it stands must at least end as PSS does
 * (RFC 8017, 9.1.1), so that nobody has messages decrypted here. */
static bool
block_is_fit(const EVP_PKEY *key, char algorithm, struct slice in)
{
	int kind = EVP_PKEY_base_id(key);

	if (in.n == 0 || in.n > TLS_SIGN_MAX)
		return false;
	if (algorithm == TLS_ECDSA)
		return kind == EVP_PKEY_EC && in.n <= 64;
	if (kind != EVP_PKEY_RSA)
		return false;
	if (algorithm == TLS_RSA_PKCS1)
		return in.n <= 128;
	return algorithm == TLS_RSA_PSS &&
	    in.n == (size_t)EVP_PKEY_size(key) &&
	    (unsigned char)in.p[in.n - 1] == 0xbc;
}

int
tls_key_sign(struct tls_key *key, char algorithm, struct slice in,
    unsigned char out[TLS_SIGN_MAX])
{
	EVP_PKEY_CTX *context;
	size_t n = TLS_SIGN_MAX;
	int done = 0;

	if (!block_is_fit(key->key, algorithm, in))
		return -1;
	context = EVP_PKEY_CTX_new(key->key, NULL);
	if (context != NULL && EVP_PKEY_sign_init(context) > 0 &&
	    (algorithm == TLS_ECDSA ||
		EVP_PKEY_CTX_set_rsa_padding(context,
		    algorithm == TLS_RSA_PSS ? RSA_NO_PADDING
					     : RSA_PKCS1_PADDING) > 0))
		done = EVP_PKEY_sign(context, out, &n,
		    (const unsigned char *)in.p, in.n);
	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return done > 0 ? (int)n : -1;
}
