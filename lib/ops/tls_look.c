/* SPDX-License-Identifier: ISC */
/*
 * A TLS client that offers what nobody should take.  Nothing is said inside;
 * the certificate is not looked at.
 */
#include "ops/tls_look.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"

#define WEAK "aNULL:eNULL:EXP:LOW:RC4:3DES:DES:MD5:SEED:IDEA:PSK:SRP"

static SSL_CTX *
make_context(enum tls_offer offer)
{
	static const int versions[TLS_OFFERS][2] = {
	    {TLS1_2_VERSION, TLS1_3_VERSION}, {TLS1_VERSION, TLS1_VERSION},
	    {TLS1_1_VERSION, TLS1_1_VERSION},
	    {TLS1_2_VERSION, TLS1_2_VERSION}};
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (context == NULL)
		return NULL;
	if (offer != TLS_OFFER_MODERN)
		SSL_CTX_set_security_level(context, 0);
	if (SSL_CTX_set_min_proto_version(context, versions[offer][0]) != 1 ||
	    SSL_CTX_set_max_proto_version(context, versions[offer][1]) != 1 ||
	    (offer == TLS_OFFER_WEAK &&
		SSL_CTX_set_cipher_list(context, WEAK) != 1)) {
		SSL_CTX_free(context);
		return NULL;
	}
	return context;
}

static int
open_connection(const struct ip *ip, uint16_t port, int64_t until_ms,
    struct err *err)
{
	struct sockaddr_storage address;
	socklen_t n = ip_to_sockaddr(ip, port, &address);
	int64_t left_ms = until_ms - clock_monotonic_ms();
	struct timeval limit = {.tv_sec = left_ms / 1000,
	    .tv_usec = left_ms % 1000 * 1000};
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (left_ms <= 0) {
		if (fd >= 0)
			close(fd);
		return err_set(err, ERR_SYSTEM, "no time is left");
	}
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) <
		0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) <
		0 ||
	    connect(fd, (struct sockaddr *)&address, n) < 0) {
		err_errno(err, "cannot connect to port %u", port);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* One answer of SMTP, to its last line; its first digit, or -1. */
static int
read_reply(int fd)
{
	char line[1024];
	size_t n = 0;
	int first = -1;

	while (n < sizeof(line) && io_read(fd, line + n, 1) == 1) {
		if (line[n++] != '\n')
			continue;
		if (n >= 4 && line[3] == ' ') {
			first = line[0] - '0';
			break;
		}
		n = 0;
	}
	return first;
}

static bool
say(int fd, const char *text, int want)
{
	return io_write(fd, text, strlen(text)) == 0 &&
	    read_reply(fd) == want;
}

static enum tls_look_result
cannot_offer(struct err *err)
{
	err_set(err, ERR_SYSTEM, "the TLS library of this host cannot offer "
	    "what shall be refused");
	return TLS_LOOK_ERROR;
}

static enum tls_look_result
no_answer(struct err *err)
{
	err_set(err, ERR_SYSTEM, "no answer in time");
	return TLS_LOOK_ERROR;
}

/* Silence is no refusal, nor is what we never said. */
static enum tls_look_result
judge_failure(const SSL *tls, int returned, struct err *err)
{
	int kind = SSL_get_error(tls, returned);
	int reason = ERR_GET_REASON(ERR_peek_error());

	if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE)
		return no_answer(err);
	if (kind == SSL_ERROR_SSL &&
	    (reason == SSL_R_NO_PROTOCOLS_AVAILABLE ||
		reason == SSL_R_NO_CIPHERS_AVAILABLE))
		return cannot_offer(err);
	return TLS_LOOK_REFUSED;
}

static enum tls_look_result
shake(int fd, SSL_CTX *context, char what[96], struct err *err)
{
	SSL *tls = SSL_new(context);
	enum tls_look_result result;
	int returned;

	ERR_clear_error();
	if (tls == NULL || SSL_set_fd(tls, fd) != 1) {
		SSL_free(tls);
		return cannot_offer(err);
	}
	returned = SSL_connect(tls);
	if (returned != 1) {
		result = judge_failure(tls, returned, err);
	} else {
		result = TLS_LOOK_TAKEN;
		snprintf(what, 96, "%s %s", SSL_get_version(tls),
		    SSL_get_cipher_name(tls));
		(void)SSL_shutdown(tls);
	}
	SSL_free(tls);
	ERR_clear_error();
	return result;
}

enum tls_look_result
tls_look(const struct ip *ip, uint16_t port, bool starttls,
    enum tls_offer offer, int64_t until_ms, char what[96], struct err *err)
{
	SSL_CTX *context = make_context(offer);
	enum tls_look_result result;
	int fd;

	what[0] = '\0';
	if (context == NULL)
		return cannot_offer(err);
	fd = open_connection(ip, port, until_ms, err);
	if (fd < 0)
		result = TLS_LOOK_ERROR;
	else if (starttls && (read_reply(fd) != 2 ||
		     !say(fd, "EHLO localhost\r\n", 2) ||
		     !say(fd, "STARTTLS\r\n", 2)))
		result = clock_monotonic_ms() < until_ms ? TLS_LOOK_NONE
							 : no_answer(err);
	else
		result = shake(fd, context, what, err);
	if (fd >= 0)
		close(fd);
	SSL_CTX_free(context);
	return result;
}
