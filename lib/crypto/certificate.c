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
