/* SPDX-License-Identifier: ISC */
/*
 * The loop of an SMTP connection.
 */
#include "smtp_server.h"

#include "base/clock.h"
#include "base/io.h"

const char *
smtp_end_name(enum smtp_end end)
{
	static const char *const names[] = {[SMTP_END_QUIT] = "quit",
	    [SMTP_END_GONE] = "gone", [SMTP_END_TIMEOUT] = "timeout",
	    [SMTP_END_STOPPED] = "stopped", [SMTP_END_EARLY] = "early-talker",
	    [SMTP_END_REFUSED] = "refused", [SMTP_END_TLS] = "tls"};

	return names[end];
}

int
smtp_server_read_proxy(struct smtp_server *server, struct proxy *proxy,
    int64_t timeout_ms, struct err *err)
{
	int64_t deadline = clock_monotonic_ms() + timeout_ms;
	size_t used = 0;
	int done;

	for (;;) {
		struct slice ahead = line_ahead(server->line);

		done = proxy_parse(ahead, proxy, &used, err);
		if (done != 0)
			break;
		if (line_fill_most(server->line, proxy_missing(ahead),
			deadline) != LINE_OK)
			return err_set(
			    err, ERR_MESSAGE, "no PROXY v2 header came");
	}
	if (done > 0)
		line_skip(server->line, used);
	return done > 0 ? 0 : -1;
}

static enum smtp_end
end_of(struct smtp_server *server, enum line_result result)
{
	struct smtp_session *s = server->session;

	if (result == LINE_TIMEOUT)
		smtp_session_close(s, 421, "4.4.2", "too slow; good-bye");
	else if (result == LINE_STOPPED)
		smtp_session_close(
		    s, 421, "4.3.2", "shutting down; try again soon");
	line_flush(server->line);
	return result == LINE_TIMEOUT ? SMTP_END_TIMEOUT
	    : result == LINE_STOPPED  ? SMTP_END_STOPPED
				      : SMTP_END_GONE;
}

/* Octets of a message, until it is whole.  It is taken to its end even where
 * we are told to stop. */
static enum line_result
take_message(struct smtp_server *server)
{
	struct smtp_session *s = server->session;
	struct line *l = server->line;
	const volatile sig_atomic_t *stop = l->stop;
	int64_t end = clock_monotonic_ms() + server->message_ms;
	enum line_result result = LINE_OK;

	l->stop = NULL;
	while (s->next == SMTP_NEXT_OCTETS && result == LINE_OK) {
		struct slice ahead = line_ahead(l);

		if (ahead.n > 0) {
			line_skip(l, smtp_session_take(s, ahead));
		} else {
			int64_t now = clock_monotonic_ms();
			int64_t next = now + server->data_ms;

			result = now >= end ? LINE_TIMEOUT
			    : line_fill(l, next < end ? next : end);
		}
	}
	l->stop = stop;
	return result;
}

static int
start_tls(struct smtp_server *server, struct err *err)
{
	struct line *l = server->line;
	struct tls_server *shared;

	/* What came behind STARTTLS in clear may be another's (CVE-2011-0411
	 * and its kin): it never reaches the session. */
	line_discard(l);
	line_flush(l);
	shared = server->tls(server->tls_context, err);
	if (shared == NULL)
		return -1;
	l->tls = tls_accept(shared, l->in, l->out,
	    clock_monotonic_ms() + server->command_ms, err);
	if (l->tls == NULL)
		return -1;
	smtp_session_secure(
	    server->session, tls_version(l->tls), tls_cipher(l->tls));
	return 0;
}

/* Only a socket can tell an early talker: a person's pipe holds its lines
 * from the start. */
static bool
talks_early(struct smtp_server *server)
{
	struct line *l = server->line;

	if (!l->in_socket || l->tls != NULL)
		return false;
	if (server->greet_ms > 0 && line_ahead(l).n == 0)
		io_wait_readable(l->in, server->greet_ms);
	return line_peek(l);
}

static enum smtp_end
dialogue(struct smtp_server *server, struct err *err)
{
	struct smtp_session *s = server->session;
	struct line *l = server->line;
	enum line_result result;
	struct slice text;

	while (s->next != SMTP_NEXT_CLOSE) {
		if (s->next == SMTP_NEXT_TLS) {
			if (start_tls(server, err) < 0)
				return SMTP_END_TLS;
			continue;
		}
		if (s->next == SMTP_NEXT_OCTETS) {
			result = take_message(server);
		} else if (l->stop != NULL && *l->stop) {
			result = LINE_STOPPED;
		} else {
			result = line_next(l, SMTP_COMMAND_MAX,
			    clock_monotonic_ms() + server->command_ms, &text);
			if (result == LINE_OK)
				smtp_session_command(s, text);
			else if (result == LINE_TOO_LONG)
				smtp_session_overlong(s);
		}
		if (result != LINE_OK && result != LINE_TOO_LONG)
			return end_of(server, result);
	}
	return line_flush_last(l) < 0 ? SMTP_END_GONE : SMTP_END_QUIT;
}

enum smtp_end
smtp_server_run(struct smtp_server *server, struct err *err)
{
	struct smtp_session *s = server->session;

	if (server->refusal != NULL) {
		/* who expects TLS could not read it */
		if (s->conf->tls != SMTP_TLS_IMPLICIT)
			smtp_reply_put(server->refusal, s->out);
		line_flush(server->line);
		return SMTP_END_REFUSED;
	}
	if (s->conf->tls == SMTP_TLS_IMPLICIT && start_tls(server, err) < 0)
		return SMTP_END_TLS;
	if (talks_early(server)) {
		smtp_session_close(s, 554, "5.5.1", "you spoke too soon");
		line_flush(server->line);
		return SMTP_END_EARLY;
	}
	smtp_session_greet(s);
	return dialogue(server, err);
}
