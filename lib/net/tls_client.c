/* SPDX-License-Identifier: ISC */
/* TLS for clients over OpenSSL. */
#include "tls_client.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

struct tls_client {
	SSL_CTX *context;
	SSL *ssl;
	int fd;
};

/* Until OpenSSL can go on after `result'.  -1: it cannot, errno. */
static int
wait_for(struct tls_client *c, int result, int64_t deadline_ms)
{
	int64_t left = deadline_ms - clock_monotonic_ms();
	struct pollfd p = {.fd = c->fd};

	switch (SSL_get_error(c->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		p.events = POLLIN;
		break;
	case SSL_ERROR_WANT_WRITE:
		p.events = POLLOUT;
		break;
	default:
		errno = EIO;
		return -1;
	}
	if (left > 0 && poll(&p, 1, (int)left) > 0)
		return 0;
	errno = ETIMEDOUT;
	return -1;
}

static bool
add_records(SSL *ssl, const struct tls_client_conf *conf)
{
	if (conf->tlsa_n == 0)
		return true;
	if (SSL_dane_enable(ssl, conf->host) <= 0)
		return false;
	SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	for (size_t i = 0; i < conf->tlsa_n; i++) {
		const struct tlsa *t = &conf->tlsa[i];

		/* one that OpenSSL takes for none fits nothing */
		SSL_dane_tlsa_add(ssl, t->usage, t->selector, t->matching,
		    (const unsigned char *)t->data.p, t->data.n);
	}
	return true;
}

static bool
set_up(struct tls_client *c, const struct tls_client_conf *conf)
{
	c->context = SSL_CTX_new(TLS_client_method());
	if (c->context == NULL ||
	    SSL_CTX_set_min_proto_version(c->context, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_dane_enable(c->context) <= 0)
		return false;
	if (conf->only_1_2 &&
	    SSL_CTX_set_max_proto_version(c->context, TLS1_2_VERSION) != 1)
		return false;
	/* what a weak key is worth is for the caller to say */
	SSL_CTX_set_security_level(c->context, conf->only_dhe ? 0 : 1);
	if (conf->only_dhe && SSL_CTX_set_cipher_list(c->context, "DHE") != 1)
		return false;
	SSL_CTX_set_mode(c->context, SSL_MODE_ENABLE_PARTIAL_WRITE |
					 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	c->ssl = SSL_new(c->context);
	if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1)
		return false;
	SSL_set_verify(c->ssl, SSL_VERIFY_NONE, NULL);
	if (!add_records(c->ssl, conf))
		return false;
	return conf->host == NULL ||
	       SSL_set_tlsext_host_name(c->ssl, conf->host) == 1;
}

struct tls_client *
tls_client_open(const struct tls_client_conf *conf, int fd, int64_t deadline_ms,
    struct err *err)
{
	struct tls_client *c = mem_zalloc(sizeof(*c));
	unsigned long code;
	const char *reason;
	int result;

	c->fd = fd;
	ERR_clear_error();
	if (set_up(c, conf)) {
		while ((result = SSL_connect(c->ssl)) != 1 &&
		       wait_for(c, result, deadline_ms) == 0)
			;
		if (result == 1)
			return c;
	}
	code = ERR_get_error();
	reason = ERR_reason_error_string(code);
	err_set(err, ERR_MESSAGE, "%s",
	    reason != NULL       ? reason
	    : errno == ETIMEDOUT ? "the handshake takes too long"
				 : "the server closed the connection");
	ERR_clear_error();
	SSL_free(c->ssl);
	SSL_CTX_free(c->context);
	free(c);
	return NULL;
}

void
tls_client_free(struct tls_client *c)
{
	if (c == NULL)
		return;
	SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	SSL_CTX_free(c->context);
	ERR_clear_error();
	free(c);
}

ssize_t
tls_client_read(struct tls_client *c, void *p, size_t n, int64_t deadline_ms)
{
	for (;;) {
		int got = SSL_read(c->ssl, p, n > 1 << 20 ? 1 << 20 : (int)n);

		if (got > 0)
			return got;
		if (SSL_get_error(c->ssl, got) == SSL_ERROR_ZERO_RETURN)
			return 0;
		if (wait_for(c, got, deadline_ms) < 0) {
			ERR_clear_error();
			return -1;
		}
	}
}

int
tls_client_write(
    struct tls_client *c, const void *p, size_t n, int64_t deadline_ms)
{
	const char *at = p;

	while (n > 0) {
		int done =
		    SSL_write(c->ssl, at, n > 1 << 20 ? 1 << 20 : (int)n);

		if (done > 0) {
			at += done;
			n -= (size_t)done;
		} else if (wait_for(c, done, deadline_ms) < 0) {
			ERR_clear_error();
			return -1;
		}
	}
	return 0;
}

const char *
tls_client_version(const struct tls_client *c)
{
	return SSL_get_version(c->ssl);
}

const char *
tls_client_cipher(const struct tls_client *c)
{
	return SSL_get_cipher_name(c->ssl);
}

int
tls_client_dh_bits(const struct tls_client *c)
{
	EVP_PKEY *key = NULL;
	int bits = 0;

	if (SSL_get_peer_tmp_key(c->ssl, &key) == 1 &&
	    EVP_PKEY_get_base_id(key) == EVP_PKEY_DH)
		bits = EVP_PKEY_get_bits(key);
	EVP_PKEY_free(key);
	return bits;
}

bool
tls_client_dane_fits(const struct tls_client *c)
{
	return SSL_get_verify_result(c->ssl) == X509_V_OK &&
	       SSL_get0_dane_authority(c->ssl, NULL, NULL) >= 0;
}

void
tls_client_chain(const struct tls_client *c, struct buf *out)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(c->ssl);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long n;

	for (int i = 0; bio != NULL && i < sk_X509_num(chain); i++)
		PEM_write_bio_X509(bio, sk_X509_value(chain, i));
	n = bio != NULL ? BIO_get_mem_data(bio, &text) : 0;
	if (n > 0)
		buf_append(out, text, (size_t)n);
	BIO_free(bio);
	ERR_clear_error();
}
