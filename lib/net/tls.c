/* SPDX-License-Identifier: ISC */
/*
 * TLS for servers over OpenSSL.  Everything is made from memory.
 */
#include "tls.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"

/* TLS 1.2: forward secrecy and AEAD; TLS 1.3 has nothing else. */
#define CIPHERS \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:" \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
#define GROUPS "X25519:P-256:P-384"
#define SESSION_SECONDS 7200 /* as long as a ticket's key is there for sure */

struct tls_server {
	SSL_CTX *context;
	struct tls_signer signer;
	const struct tls_tickets *tickets;
};

struct tls {
	SSL *ssl;
};

/* The first error of OpenSSL's queue, which is emptied. */
static const char *
reason(void)
{
	unsigned long code = ERR_get_error();
	const char *text = ERR_reason_error_string(code);

	ERR_clear_error();
	return text != NULL ? text : "unknown error";
}

static int
use_chain(SSL_CTX *context, struct slice chain, struct tls_signer *signer,
    struct err *err)
{
	BIO *bio = BIO_new_mem_buf(chain.p, (int)chain.n);
	X509 *leaf = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL), *more;
	EVP_PKEY *key = NULL;
	int result = -1;

	if (leaf == NULL)
		err_set(err, ERR_CONFIG, "no certificate in PEM");
	else if (SSL_CTX_use_certificate(context, leaf) != 1)
		err_set(err, ERR_CONFIG, "%s", reason());
	else if ((key = tls_key_remote(leaf, signer, err)) == NULL)
		goto out;
	else if (SSL_CTX_use_PrivateKey(context, key) != 1)
		err_set(err, ERR_CONFIG, "%s", reason());
	else
		result = 0;
	while (result == 0 &&
	    (more = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		SSL_CTX_add0_chain_cert(context, more);
out:
	ERR_clear_error(); /* the end of the chain is an error to OpenSSL */
	EVP_PKEY_free(key);
	X509_free(leaf);
	BIO_free(bio);
	return result;
}

static int
set_policy(SSL_CTX *context)
{
	SSL_CTX_set_options(context,
	    SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
		SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
		SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_security_level(context, 2);
	return SSL_CTX_set_num_tickets(context, 0) == 1 &&
	    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(context, CIPHERS) == 1 &&
	    SSL_CTX_set1_groups_list(context, GROUPS) == 1 ? 0 : -1;
}

/* Seals a ticket or finds the key of one: 1, 2 if it should be sealed anew,
 * 0 if there is no such key, -1. */
static int
use_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int seal)
{
	static char digest[] = "SHA256";
	const struct tls_server *server =
	    SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	const struct tls_ticket_key *key = &server->tickets->keys[0];
	bool newest = true;
	OSSL_PARAM options[3];

	if (seal) {
		memcpy(name, key->name, sizeof(key->name));
		random_octets(iv, 16);
	} else {
		key = tls_tickets_find(server->tickets, name, &newest);
		if (key == NULL)
			return 0;
	}
	options[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
	    (void *)(uintptr_t)key->mac, sizeof(key->mac));
	options[1] = OSSL_PARAM_construct_utf8_string(
	    OSSL_MAC_PARAM_DIGEST, digest, 0);
	options[2] = OSSL_PARAM_construct_end();
	if (EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key->cipher,
		iv, seal) != 1 ||
	    EVP_MAC_CTX_set_params(mac, options) != 1)
		return -1;
	return newest ? 1 : 2;
}

static int
use_tickets(struct tls_server *server, const struct tls_tickets *tickets)
{
	static const unsigned char id[] = "fe";
	SSL_CTX *context = server->context;

	server->tickets = tickets;
	SSL_CTX_clear_options(context, SSL_OP_NO_TICKET);
	SSL_CTX_set_timeout(context, SESSION_SECONDS);
	SSL_CTX_set_app_data(context, server);
	return SSL_CTX_set_num_tickets(context, 1) == 1 &&
	    SSL_CTX_set_session_id_context(context, id, sizeof(id)) == 1 &&
	    SSL_CTX_set_tlsext_ticket_key_evp_cb(
		context, use_ticket_key) == 1 ? 0 : -1;
}

struct tls_server *
tls_server_make(struct slice chain, const char *name,
    const struct tls_signer *signer, const struct tls_tickets *tickets,
    struct err *err)
{
	struct tls_server *server = mem_zalloc(sizeof(*server));

	server->signer = *signer;
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	server->context = SSL_CTX_new(TLS_server_method());
	if (server->context == NULL || set_policy(server->context) < 0 ||
	    (tickets != NULL && use_tickets(server, tickets) < 0)) {
		err_set(err, ERR_SYSTEM, "cannot start TLS: %s", reason());
	} else if (use_chain(
		       server->context, chain, &server->signer, err) < 0) {
		err_prefix(err, "cannot use certificate '%s'", name);
	} else {
		return server;
	}
	tls_server_free(server);
	return NULL;
}

void
tls_server_free(struct tls_server *server)
{
	if (server == NULL)
		return;
	SSL_CTX_free(server->context);
	free(server);
}

/* The receive time-out and signals come out of OpenSSL as `want read'. */
static bool
may_go_on(int problem, int64_t deadline_ms)
{
	return (problem == SSL_ERROR_WANT_READ ||
		   problem == SSL_ERROR_WANT_WRITE) &&
	    clock_monotonic_ms() < deadline_ms;
}

struct tls *
tls_accept(struct tls_server *server, int in, int out, int64_t deadline_ms,
    struct err *err)
{
	struct tls *tls = mem_zalloc(sizeof(*tls));
	int done, problem;

	tls->ssl = SSL_new(server->context);
	if (tls->ssl == NULL || SSL_set_rfd(tls->ssl, in) != 1 ||
	    SSL_set_wfd(tls->ssl, out) != 1) {
		err_set(err, ERR_SYSTEM, "cannot start TLS: %s", reason());
		tls_free(tls, false);
		return NULL;
	}
	ERR_clear_error();
	do {
		done = SSL_accept(tls->ssl);
		problem = SSL_get_error(tls->ssl, done);
	} while (done != 1 && may_go_on(problem, deadline_ms));
	if (done == 1)
		return tls;
	if (problem == SSL_ERROR_SSL)
		err_set(err, ERR_MESSAGE, "TLS handshake failed: %s", reason());
	else
		err_set(err, ERR_MESSAGE, "TLS handshake failed: %s",
		    problem == SSL_ERROR_WANT_READ ? "timed out"
						   : "connection closed");
	tls_free(tls, false);
	return NULL;
}

ssize_t
tls_read(struct tls *tls, void *p, size_t n)
{
	int got, problem;

	ERR_clear_error();
	errno = 0;
	got = SSL_read(tls->ssl, p, n > INT32_MAX ? INT32_MAX : (int)n);
	if (got > 0)
		return got;
	problem = SSL_get_error(tls->ssl, got);
	if (problem == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (problem == SSL_ERROR_WANT_READ || problem == SSL_ERROR_WANT_WRITE)
		errno = errno == EINTR ? EINTR : EAGAIN;
	else
		errno = EIO;
	return -1;
}

int
tls_write(struct tls *tls, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		int done;

		ERR_clear_error();
		errno = 0;
		done = SSL_write(
		    tls->ssl, at, n > INT32_MAX ? INT32_MAX : (int)n);
		if (done <= 0 &&
		    SSL_get_error(tls->ssl, done) == SSL_ERROR_WANT_WRITE &&
		    errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

const char *
tls_version(const struct tls *tls)
{
	return SSL_get_version(tls->ssl);
}

const char *
tls_cipher(const struct tls *tls)
{
	return SSL_CIPHER_standard_name(SSL_get_current_cipher(tls->ssl));
}

bool
tls_was_resumed(const struct tls *tls)
{
	return SSL_session_reused(tls->ssl) == 1;
}

void
tls_free(struct tls *tls, bool say_so)
{
	if (tls == NULL)
		return;
	if (say_so && tls->ssl != NULL)
		SSL_shutdown(tls->ssl);
	ERR_clear_error();
	SSL_free(tls->ssl);
	free(tls);
}
