/* SPDX-License-Identifier: ISC */
/* Connections of a probe. */
#include "ops/probe_link.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"

#define READ_SIZE 8192

static int64_t
deadline(const struct probe_link *l)
{
	return clock_monotonic_ms() + l->p->conf->timeout_ms;
}

static int
wait_connected(int fd, int64_t timeout_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int code = 0;
	socklen_t n = sizeof(code);

	if (poll(&p, 1, (int)timeout_ms) <= 0) {
		errno = ETIMEDOUT;
		return -1;
	}
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &n);
	errno = code;
	return code == 0 ? 0 : -1;
}

static int
connect_to(struct probe_link *l, struct err *err)
{
	const struct probe *p = l->p;
	struct sockaddr_storage address;
	socklen_t n = ip_to_sockaddr(&p->ip, p->conf->port, &address);
	char text[IP_TEXT_SIZE];

	l->fd = socket(
	    address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0 ||
	    (connect(l->fd, (struct sockaddr *)&address, n) < 0 &&
		(errno != EINPROGRESS ||
		    wait_connected(l->fd, p->conf->timeout_ms) < 0)))
		return err_errno(
		    err, "cannot connect to %s", ip_text(&p->ip, text));
	return 0;
}

int
link_send(struct probe_link *l, struct slice octets, struct err *err)
{
	if (l->tls != NULL
		? tls_client_write(l->tls, octets.p, octets.n, deadline(l)) < 0
		: io_write(l->fd, octets.p, octets.n) < 0)
		return err_errno(err, "cannot send");
	return 0;
}

int
link_fill(struct probe_link *l, int64_t deadline_ms, struct err *err)
{
	ssize_t got;

	buf_reserve(&l->in, READ_SIZE);
	if (l->tls != NULL) {
		got = tls_client_read(
		    l->tls, l->in.p + l->in.n, READ_SIZE, deadline_ms);
	} else {
		int64_t left = deadline_ms - clock_monotonic_ms();

		if (io_wait_readable(l->fd, left > 0 ? left : 0) != 1) {
			errno = ETIMEDOUT;
			return err_errno(err, "no reply");
		}
		got = io_read(l->fd, l->in.p + l->in.n, READ_SIZE);
	}
	if (got < 0)
		return err_errno(err, "no reply");
	l->in.n += (size_t)got;
	l->in.p[l->in.n] = '\0';
	return got > 0;
}

int
link_reply(struct probe_link *l, const struct probe_expected *expected,
    struct probe_reply *reply, struct err *err)
{
	int64_t until = deadline(l);

	buf_remove(&l->in, 0, l->used);
	l->used = 0;
	for (;;) {
		int result = probe_reply_parse(
		    expected, buf_slice(&l->in), reply, &l->used);

		if (result > 0)
			return 0;
		if (result < 0)
			return err_set(err, ERR_MESSAGE,
			    "what the server says is no reply");
		result = link_fill(l, until, err);
		if (result < 0)
			return -1;
		if (result == 0)
			return err_set(err, ERR_MESSAGE,
			    "the server closed the connection");
	}
}

static int
handshake_first(struct probe_link *l, struct err *err)
{
	const struct tls_client_conf conf = {.host = probe_name(l->p)};

	return link_tls(l, &conf, err);
}

int
link_open(
    struct probe_link *l, const struct probe *p, bool greet, struct err *err)
{
	const struct probe_expected expected = {.protocol = p->protocol};
	struct probe_reply reply;

	*l = (struct probe_link){.p = p, .fd = -1, .in = BUF_INIT};
	if (connect_to(l, err) < 0)
		goto fail;
	if (!greet || p->protocol == PROBE_HTTP)
		return 0;
	if ((p->tls_first && handshake_first(l, err) < 0) ||
	    link_reply(l, &expected, &reply, err) < 0)
		goto fail;
	if (reply.code >= 400) {
		err_set(
		    err, ERR_MESSAGE, "the server greets with %d", reply.code);
		goto fail;
	}
	return 0;
fail:
	link_drop(l);
	return -1;
}

void
link_drop(struct probe_link *l)
{
	tls_client_free(l->tls);
	if (l->fd >= 0)
		close(l->fd);
	buf_free(&l->in);
	l->fd = -1;
	l->tls = NULL;
}

void
link_close(struct probe_link *l)
{
	struct probe_reply reply;
	struct err err = ERR_INIT;

	if (l->fd >= 0 && l->p->protocol != PROBE_HTTP)
		link_command(l, &reply, &err, "%s",
		    l->p->protocol == PROBE_IMAP ? "LOGOUT" : "QUIT");
	link_drop(l);
}

int
link_command(struct probe_link *l, struct probe_reply *reply, struct err *err,
    const char *format, ...)
{
	struct probe_expected expected = {.protocol = l->p->protocol};
	char text[1024], tag[16];
	struct buf line = BUF_INIT;
	va_list args;
	int result;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(tag, sizeof(tag), "p%u", ++l->commands);
	if (expected.protocol == PROBE_IMAP) {
		buf_format(&line, "%s ", tag);
		expected.tag = tag;
	}
	expected.many = strcmp(text, "CAPA") == 0;
	buf_format(&line, "%s\r\n", text);
	result = link_send(l, buf_slice(&line), err);
	buf_free(&line);
	return result < 0 ? -1 : link_reply(l, &expected, reply, err);
}

int
link_hello(struct probe_link *l, struct probe_reply *reply, struct err *err)
{
	if (l->p->protocol == PROBE_SMTP)
		return link_command(l, reply, err, "EHLO %s", l->p->conf->helo);
	return link_command(l, reply, err, "%s",
	    l->p->protocol == PROBE_IMAP ? "CAPABILITY" : "CAPA");
}

int
link_starttls(struct probe_link *l, struct err *err)
{
	struct probe_reply reply;

	if (l->p->tls_first)
		return 0;
	if (l->p->protocol == PROBE_SMTP && l->commands == 0 &&
	    link_hello(l, &reply, err) < 0)
		return -1;
	if (link_command(l, &reply, err, "%s",
		l->p->protocol == PROBE_POP3 ? "STLS" : "STARTTLS") < 0)
		return -1;
	if (reply.code >= 400)
		return err_set(err, ERR_MESSAGE, "STARTTLS is refused");
	return 0;
}

int
link_tls(
    struct probe_link *l, const struct tls_client_conf *conf, struct err *err)
{
	buf_truncate(&l->in, 0);
	l->used = 0;
	l->tls = tls_client_open(conf, l->fd, deadline(l), err);
	return l->tls == NULL ? -1 : 0;
}

int
link_open_secure(struct probe_link *l, const struct probe *p, struct err *err)
{
	struct probe_reply reply;

	if (link_open(l, p, true, err) < 0)
		return -1;
	if (!p->tls_first && p->starttls &&
	    (link_starttls(l, err) < 0 || handshake_first(l, err) < 0))
		goto fail;
	if (link_hello(l, &reply, err) == 0)
		return 0;
fail:
	link_drop(l);
	return -1;
}

bool
link_has_feature(struct slice features, const char *word)
{
	struct slice rest = features;

	while (rest.p != NULL && rest.n > 0) {
		struct slice line = slice_line(&rest);

		for (size_t i = 0; i < line.n; i++) {
			struct slice at = slice_part(line, i, line.n);
			size_t n = strlen(word);

			if ((i > 0 && strchr(" -=", line.p[i - 1]) != NULL &&
				slice_case_starts(at, word) &&
				(at.n == n || strchr(" =", at.p[n]) != NULL)) ||
			    (i == 0 && slice_case_is(line, word)))
				return true;
		}
	}
	return false;
}
