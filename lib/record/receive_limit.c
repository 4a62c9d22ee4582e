/* SPDX-License-Identifier: ISC */
/*
 * What fe-receive says of a client to fe-limit and fe-watch.  Where it is
 * certain who he is, that is settled before he says a word, so that a session
 * in his hands can accuse nobody else.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/log.h"
#include "base/unix_socket.h"
#include "record/receive_parts.h"

/* The client whom we name may not be exchanged by the session, unless he may
 * say for whom he speaks. */
bool
receive_client_is_certain(const struct receive *r, const struct ip *ip)
{
	return !r->conf.proxy && !receive_is_trusted(r, ip);
}

/* The session may accuse its client of something, and nobody else. */
void
receive_lock_events(struct receive *r, const struct ip *ip)
{
	char text[IP_TEXT_SIZE];

	event_sender_lock(&r->events,
	    receive_client_is_certain(r, ip) ? ip_text(ip, text) : NULL);
}

/* Whoever does not run fe-limit hears of it once; in a server of one
 * connection that would be each time. */
static void
miss_limit(struct receive *r, const struct err *err)
{
	bool first = !r->limit_missed;

	r->limit_missed = true;
	r->limit_retry_ms = clock_monotonic_ms() + RECEIVE_REFRESH_MS;
	if (first && (r->accepts || r->conf.limit != NULL))
		log_warning("nothing is limited: %s", err->text);
}

/* A socket to fe-limit for a session, which has been asked about the
 * connection where the client is certain; -1: there is none. */
int
receive_reach_limit(struct receive *r, const struct ip *ip)
{
	struct err err = ERR_INIT;
	int fd;

	if (buf_slice(&r->limit_path).n == 0 ||
	    clock_monotonic_ms() < r->limit_retry_ms)
		return -1;
	fd = unix_socket_connect(
	    buf_text(&r->limit_path), SOCK_SEQPACKET, &err);
	if (fd >= 0 && receive_client_is_certain(r, ip) &&
	    limit_client_begin(fd, ip, true) < 0) {
		err_errno(&err, "cannot ask '%s'", buf_text(&r->limit_path));
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		miss_limit(r, &err);
	else if (r->limit_missed)
		log_info("limits are there again");
	if (fd >= 0)
		r->limit_missed = false;
	return fd;
}

/* Who accepts is told at the start. */
void
receive_check_limit(struct receive *r)
{
	struct err err = ERR_INIT;
	int fd = -1;

	if (buf_slice(&r->limit_path).n > 0)
		fd = unix_socket_connect(
		    buf_text(&r->limit_path), SOCK_SEQPACKET, &err);
	if (fd >= 0)
		close(fd);
	else if (err.kind != ERR_NONE)
		miss_limit(r, &err);
}

void
receive_find_limit(struct receive *r)
{
	if (r->conf.limit == NULL)
		home_file(&r->limit_path, "run/limit.sock");
	else if (strcmp(r->conf.limit, "off") != 0)
		buf_append_text(&r->limit_path, r->conf.limit);
}
