/* SPDX-License-Identifier: ISC */
/*
 * Certificates of the service.  The texts come from the administrator.
 */
#include "crypto/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/id.h"

#define DAY_MS INT64_C(86400000)

/* No passphrase is ever asked for. */
static int
no_passphrase(char *out, int size, int writing, void *data)
{
	(void)out, (void)size, (void)writing, (void)data;
	return -1;
}

static EVP_PKEY *
parse_key(struct slice text, struct err *err)
{
	BIO *in = BIO_new_mem_buf(text.p, (int)text.n);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);

	BIO_free(in);
	ERR_clear_error();
	if (key == NULL)
		err_set(err, ERR_CONFIG, "there is no private key in PEM "
		    "without a passphrase");
	return key;
}

static X509 *
parse_certificate(struct slice text, struct err *err)
{
	BIO *in = BIO_new_mem_buf(text.p, (int)text.n);
	X509 *certificate = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);

	BIO_free(in);
	ERR_clear_error();
	if (certificate == NULL)
		err_set(err, ERR_CONFIG, "there is no certificate in PEM");
	return certificate;
}

/* Moves what a memory BIO holds to the buffer, and wipes it. */
static void
take_memory(BIO *memory, struct buf *out)
{
	char *p;
	long n = BIO_get_mem_data(memory, &p);

	buf_append(out, p, (size_t)n);
	OPENSSL_cleanse(p, (size_t)n);
	BIO_free(memory);
}

int
certificate_make_key(struct buf *out, struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *memory = BIO_new(BIO_s_mem());
	int result = 0;

	if (key == NULL || memory == NULL ||
	    PEM_write_bio_PKCS8PrivateKey(
		memory, key, NULL, NULL, 0, NULL, NULL) != 1)
		result = err_set(err, ERR_SYSTEM, "cannot make a TLS key");
	take_memory(memory, out);
	EVP_PKEY_free(key);
	return result;
}

static int
add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	int done = extension != NULL &&
	    X509_add_ext(certificate, extension, -1) == 1;

	X509_EXTENSION_free(extension);
	return done;
}

static int
set_serial(X509 *certificate)
{
	uint64_t serial;

	random_octets(&serial, sizeof(serial));
	return ASN1_INTEGER_set_uint64(
	    X509_get_serialNumber(certificate), serial >> 1);
}

static int
fill(X509 *certificate, EVP_PKEY *key, const char *host, int days)
{
	X509_NAME *name = X509_get_subject_name(certificate);
	int64_t now = clock_now_ms() / 1000;
	struct buf alternative = BUF_INIT;
	int done;

	buf_format(&alternative, "DNS:%s", host);
	/* a common name has at most 64 octets; the SAN is what counts */
	done = X509_set_version(certificate, X509_VERSION_3) &&
	    set_serial(certificate) &&
	    (strlen(host) > 64 ||
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		    (const unsigned char *)host, -1, -1, 0)) &&
	    X509_set_issuer_name(certificate, name) &&
	    ASN1_TIME_set(X509_getm_notBefore(certificate),
		(time_t)(now - 3600)) != NULL &&
	    ASN1_TIME_set(X509_getm_notAfter(certificate),
		(time_t)(now + (int64_t)days * 86400)) != NULL &&
	    X509_set_pubkey(certificate, key) &&
	    add_extension(
		certificate, NID_subject_alt_name, alternative.p) &&
	    add_extension(certificate, NID_basic_constraints,
		"critical,CA:FALSE") &&
	    add_extension(certificate, NID_key_usage,
		"critical,digitalSignature") &&
	    add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
	    X509_sign(certificate, key, EVP_sha256()) > 0;
	buf_free(&alternative);
	return done;
}

int
certificate_make(struct slice key_text, const char *host, int days,
    struct buf *out, struct err *err)
{
	EVP_PKEY *key = parse_key(key_text, err);
	X509 *certificate = X509_new();
	BIO *memory = BIO_new(BIO_s_mem());
	int result = key == NULL ? -1 : 0;

	if (result == 0 && (!fill(certificate, key, host, days) ||
		PEM_write_bio_X509(memory, certificate) != 1))
		result = err_set(err, ERR_SYSTEM,
		    "cannot make a certificate for '%s'", host);
	take_memory(memory, out);
	X509_free(certificate);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return result;
}

int
certificate_check_pair(
    struct slice certificate_text, struct slice key_text, struct err *err)
{
	X509 *certificate = parse_certificate(certificate_text, err);
	EVP_PKEY *key = certificate == NULL ? NULL : parse_key(key_text, err);
	int result = key == NULL ? -1 : 0;

	if (result == 0 && X509_check_private_key(certificate, key) != 1)
		result = err_set(err, ERR_CONFIG,
		    "certificate and private key are no pair");
	ERR_clear_error();
	X509_free(certificate);
	EVP_PKEY_free(key);
	return result;
}

static int
time_ms(const ASN1_TIME *time, int64_t *out)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return -1;
	*out = clock_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) *
		DAY_MS +
	    (int64_t)(tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec) * 1000;
	return 0;
}

int
certificate_read(struct slice text, struct certificate_facts *out,
    struct err *err)
{
	X509 *certificate = parse_certificate(text, err);
	int result = 0;

	if (certificate == NULL)
		return -1;
	out->self_signed = X509_self_signed(certificate, 0) == 1;
	if (time_ms(X509_get0_notBefore(certificate), &out->from_ms) < 0 ||
	    time_ms(X509_get0_notAfter(certificate), &out->until_ms) < 0)
		result = err_set(err, ERR_CONFIG,
		    "the certificate's dates cannot be read");
	X509_free(certificate);
	return result;
}

static int
digest_public_key(const EVP_PKEY *key,
    unsigned char pin[CERTIFICATE_PIN_SIZE], struct err *err)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key, &der);
	bool done = n > 0 && EVP_Digest(der, (size_t)n, pin, NULL,
	    EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	ERR_clear_error();
	return done ? 0 : err_set(err, ERR_SYSTEM,
	    "OpenSSL cannot digest the public key");
}

int
certificate_pin(struct slice text, unsigned char pin[CERTIFICATE_PIN_SIZE],
    struct err *err)
{
	X509 *certificate = parse_certificate(text, err);
	int result;

	if (certificate == NULL)
		return -1;
	result = digest_public_key(X509_get0_pubkey(certificate), pin, err);
	X509_free(certificate);
	return result;
}

int
certificate_key_pin(struct slice text,
    unsigned char pin[CERTIFICATE_PIN_SIZE], struct err *err)
{
	EVP_PKEY *key = parse_key(text, err);
	int result;

	if (key == NULL)
		return -1;
	result = digest_public_key(key, pin, err);
	EVP_PKEY_free(key);
	return result;
}

int
certificate_issuer(struct slice text, struct buf *out, struct err *err)
{
	X509 *certificate = parse_certificate(text, err);
	const X509_NAME *name;
	unsigned char *utf8 = NULL;
	int at, n;

	if (certificate == NULL)
		return -1;
	name = X509_get_issuer_name(certificate);
	at = X509_NAME_get_index_by_NID(name, NID_organizationName, -1);
	if (at >= 0) {
		n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(
		    X509_NAME_get_entry(name, at)));
		if (n > 0)
			buf_append(out, utf8, (size_t)n);
		OPENSSL_free(utf8);
	}
	X509_free(certificate);
	ERR_clear_error();
	return 0;
}

int
certificate_is_for(struct slice text, const char *host, struct err *err)
{
	X509 *certificate = parse_certificate(text, err);
	int is_for;

	if (certificate == NULL)
		return -1;
	is_for = X509_check_host(certificate, host, 0,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL);
	X509_free(certificate);
	ERR_clear_error();
	return is_for == 1;
}

int
certificate_strength(struct slice text, char type[16], int *key_bits,
    int *security_bits, struct err *err)
{
	X509 *certificate = parse_certificate(text, err);
	EVP_PKEY *key;
	const char *name;

	if (certificate == NULL)
		return -1;
	key = X509_get0_pubkey(certificate);
	name = key != NULL ? EVP_PKEY_get0_type_name(key) : NULL;
	snprintf(type, 16, "%s", name != NULL ? name : "unknown");
	*key_bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;
	*security_bits = key != NULL ? EVP_PKEY_get_security_bits(key) : 0;
	X509_free(certificate);
	ERR_clear_error();
	return 0;
}

/* The certificates behind the first one. */
static STACK_OF(X509) *
parse_chain(struct slice text)
{
	BIO *in = BIO_new_mem_buf(text.p, (int)text.n);
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *one;

	X509_free(PEM_read_bio_X509(in, NULL, no_passphrase, NULL));
	while (chain != NULL && (one = PEM_read_bio_X509(in, NULL,
	    no_passphrase, NULL)) != NULL)
		if (sk_X509_push(chain, one) == 0) {
			X509_free(one);
			break;
		}
	BIO_free(in);
	ERR_clear_error();
	return chain;
}

static int
set_checks(X509_STORE_CTX *ctx, const char *host, int64_t now_ms)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

	X509_VERIFY_PARAM_set_time(param, (time_t)(now_ms / 1000));
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 &&
	    X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER) == 1;
}

static X509_STORE *
open_authorities(const char *authorities, struct err *err)
{
	X509_STORE *store = X509_STORE_new();

	if (store != NULL &&
	    (authorities != NULL ? X509_STORE_load_file(store, authorities) :
	    X509_STORE_set_default_paths(store)) == 1)
		return store;
	err_set(err, ERR_CONFIG, "the authorities%s%s cannot be read",
	    authorities != NULL ? " in " : "",
	    authorities != NULL ? authorities : "");
	X509_STORE_free(store);
	return NULL;
}

int
certificate_check_authorities(const char *authorities, struct err *err)
{
	X509_STORE *store = open_authorities(authorities, err);
	int result = store != NULL ? 0 : -1;

	X509_STORE_free(store);
	ERR_clear_error();
	return result;
}

int
certificate_verify(struct slice text, const char *host, int64_t now_ms,
    const char *authorities, struct err *err)
{
	X509 *certificate = parse_certificate(text, err);
	STACK_OF(X509) *chain = NULL;
	X509_STORE *store = NULL;
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int result = -1;

	if (certificate == NULL)
		goto out;
	chain = parse_chain(text);
	store = open_authorities(authorities, err);
	if (store == NULL)
		goto out;
	if (ctx == NULL || chain == NULL ||
	    X509_STORE_CTX_init(ctx, store, certificate, chain) != 1 ||
	    !set_checks(ctx, host, now_ms))
		err_set(err, ERR_SYSTEM, "OpenSSL cannot verify");
	else if (X509_verify_cert(ctx) != 1)
		err_set(err, ERR_CONFIG, "%s", X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(ctx)));
	else
		result = 0;
out:
	sk_X509_pop_free(chain, X509_free);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(certificate);
	ERR_clear_error();
	return result;
}
