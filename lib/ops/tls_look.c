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
shake(int fd, SSL_CTX *context, char what[96])
{
	SSL *tls = SSL_new(context);
	enum tls_look_result result = TLS_LOOK_REFUSED;

	if (tls != NULL && SSL_set_fd(tls, fd) == 1 && SSL_connect(tls) == 1) {
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
	if (context == NULL) /* this library cannot even offer it */
		return offer == TLS_OFFER_WEAK ? TLS_LOOK_REFUSED
					       : TLS_LOOK_ERROR;
	fd = open_connection(ip, port, until_ms, err);
	if (fd < 0)
		result = TLS_LOOK_ERROR;
	else if (starttls && (read_reply(fd) != 2 ||
		     !say(fd, "EHLO localhost\r\n", 2) ||
		     !say(fd, "STARTTLS\r\n", 2)))
		result = TLS_LOOK_NONE;
	else
		result = shake(fd, context, what);
	if (fd >= 0)
		close(fd);
	SSL_CTX_free(context);
	return result;
}
