/* SPDX-License-Identifier: ISC */
#include "net/tls_key.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

/* A fresh key as a file, and a certificate that holds its public half. */
static X509 *
make_certificate(EVP_PKEY *key, char path[32])
{
	X509 *certificate = X509_new();
	FILE *file;

	strcpy(path, "/tmp/fe-key.XXXXXX");
	file = fdopen(mkstemp(path), "w");
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	X509_set_pubkey(certificate, key);
	return certificate;
}

static int asked;

static int
sign_here(void *context, char algorithm, struct slice in,
    unsigned char out[TLS_SIGN_MAX])
{
	asked++;
	return tls_key_sign(context, algorithm, in, out);
}

static int
sign_never(void *context, char algorithm, struct slice in,
    unsigned char out[TLS_SIGN_MAX])
{
	(void)context, (void)algorithm, (void)in, (void)out;
	return -1;
}

/* Signs with the remote key, verifies with the public one. */
static bool
signs(EVP_PKEY *remote, EVP_PKEY *public, int padding)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *options;
	unsigned char signature[1024];
	size_t n = sizeof(signature);
	bool good = EVP_DigestSignInit(
	    context, &options, EVP_sha256(), NULL, remote) == 1;

	if (good && padding != 0)
		good = EVP_PKEY_CTX_set_rsa_padding(options, padding) == 1;
	good = good &&
	    EVP_DigestSign(context, signature, &n,
		(const unsigned char *)"text", 4) == 1;
	EVP_MD_CTX_free(context);
	context = EVP_MD_CTX_new();
	good = good &&
	    EVP_DigestVerifyInit(
		context, &options, EVP_sha256(), NULL, public) == 1;
	if (good && padding != 0)
		good = EVP_PKEY_CTX_set_rsa_padding(options, padding) == 1;
	good = good &&
	    EVP_DigestVerify(context, signature, n,
		(const unsigned char *)"text", 4) == 1;
	EVP_MD_CTX_free(context);
	return good;
}

static void
expect_remote(EVP_PKEY *key, const int *paddings, size_t n)
{
	struct err err = ERR_INIT;
	char path[32];
	X509 *certificate = make_certificate(key, path);
	struct tls_key *holder = tls_key_read(path, &err);
	struct tls_signer signer = {sign_here, holder};
	struct tls_signer refusing = {sign_never, NULL};
	EVP_PKEY *remote = tls_key_remote(certificate, &signer, &err);
	EVP_PKEY *deaf = tls_key_remote(certificate, &refusing, &err);

	EXPECT(holder != NULL && remote != NULL && deaf != NULL);
	for (size_t i = 0; i < n; i++) {
		asked = 0;
		EXPECT(signs(remote, key, paddings[i]));
		EXPECT_NUMBER("asked", 1, asked);
		EXPECT(!signs(deaf, key, paddings[i]));
	}
	unlink(path);
	EVP_PKEY_free(remote);
	EVP_PKEY_free(deaf);
	X509_free(certificate);
	tls_key_free(holder);
}

static void
signs_with_a_key_that_is_elsewhere(void)
{
	static const int rsa_paddings[] = {
	    RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING};
	static const int none[] = {0};
	EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");

	expect_remote(rsa, rsa_paddings, 2);
	expect_remote(ec, none, 1);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
}

static void
signs_nothing_that_tls_would_not(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048);
	char path[32];
	X509 *certificate = make_certificate(rsa, path);
	struct err err = ERR_INIT;
	struct tls_key *holder = tls_key_read(path, &err);
	unsigned char block[600] = {0}, out[TLS_SIGN_MAX];

	EXPECT(tls_key_sign(holder, TLS_RSA_PSS, slice_of(block, 256),
	    out) == -1); /* a ciphertext to decrypt, say */
	EXPECT(tls_key_sign(holder, TLS_RSA_PKCS1, slice_of(block, 200),
	    out) == -1);
	EXPECT(tls_key_sign(holder, TLS_ECDSA, slice_of(block, 32),
	    out) == -1);
	EXPECT(tls_key_sign(holder, 'x', slice_of(block, 32), out) == -1);
	EXPECT(tls_key_sign(holder, TLS_RSA_PKCS1, slice_of(block, 0),
	    out) == -1);
	EXPECT(tls_key_sign(holder, TLS_RSA_PSS, slice_of(block, 600),
	    out) == -1);
	EXPECT_NUMBER("fit", 256, tls_key_sign(holder, TLS_RSA_PKCS1,
	    slice_of(block, 51), out));
	unlink(path);
	X509_free(certificate);
	EVP_PKEY_free(rsa);
	tls_key_free(holder);
}

static void
tells_what_is_no_key(void)
{
	struct err err = ERR_INIT;

	EXPECT(tls_key_read("/nowhere/key.pem", &err) == NULL);
	EXPECT(err.kind == ERR_SYSTEM);
	EXPECT(tls_key_read("/dev/null", &err) == NULL);
	EXPECT(err.kind == ERR_CONFIG);
}

int
main(void)
{
	UNIT_RUN(signs_with_a_key_that_is_elsewhere);
	UNIT_RUN(signs_nothing_that_tls_would_not);
	UNIT_RUN(tells_what_is_no_key);
	return UNIT_RESULT;
}
