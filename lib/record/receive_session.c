/* SPDX-License-Identifier: ISC */
/*
 * The session of fe-receive: one connection, on descriptors 0 and 1, whose
 * client is a stranger.  It is confined before it reads his first octet; what
 * it can no longer open, start or sign it asks its monitor for.
 */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "net/acceptor.h"
#include "net/door.h"
#include "net/monitor.h"
#include "record/receive_parts.h"

#define PROXY_TIMEOUT_MS 10000
#define TICK_MS 30000 /* how late a time-out may be noticed */

static volatile sig_atomic_t stop, reload;

static void
note_signal(int number)
{
	if (number == SIGHUP)
		reload = 1;
	else
		stop = 1;
}

/* An accepting parent blocks them until here. */
static void
catch_signals(void)
{
	struct sigaction action = {.sa_handler = note_signal};
	sigset_t none;

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* An accepting parent is the monitor of those who knock at its door. */
int
receive_reach_monitor(struct receive *r, struct err *err)
{
	if (r->monitor < 0)
		r->monitor = door_knock(ACCEPTOR_DOOR_FD, err);
	return r->monitor < 0 ? -1 : 0;
}

/* SIGHUP: the monitor opens what we can no longer open. */
static void
reload_tables(void *context)
{
	struct receive *r = context;
	struct err err = ERR_INIT;
	int fds[2];

	if (!reload)
		return;
	reload = 0;
	if (receive_reach_monitor(r, &err) < 0 ||
	    monitor_files(r->monitor, fds, &err) < 0 ||
	    acceptance_replace(&r->receiver.acceptance, fds, &err) < 0)
		log_warning("recipients not read again: %s", err.text);
}

/* The one that the session was born with, if its pool still lives. */
static bool
take_delivery(struct receive *r, int *fd)
{
	char octet;

	*fd = r->delivery;
	r->delivery = -1;
	if (*fd < 0)
		return false;
	if (recv(*fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	    errno == EAGAIN)
		return true;
	close(*fd);
	return false;
}

static int
start_delivery(void *context, int *to, int *from, struct err *err)
{
	struct receive *r = context;

	if (take_delivery(r, to)) {
		*from = *to;
		return 0;
	}
	if (receive_reach_monitor(r, err) < 0)
		return -1;
	ration_told(&r->ration);
	return monitor_deliver(r->monitor, to, from, err);
}

static int
ask_for_ration(void *context, char command)
{
	struct receive *r = context;
	struct err err = ERR_INIT;

	if (receive_reach_monitor(r, &err) < 0)
		return -1;
	return monitor_ration(r->monitor, command);
}

static void
kill_delivery(void *context)
{
	struct receive *r = context;

	if (r->monitor >= 0)
		monitor_kill(r->monitor);
}

static int64_t
tick_ms(const struct receive_conf *conf)
{
	int64_t ms = TICK_MS;

	if (conf->command_timeout * 1000 < ms)
		ms = conf->command_timeout * 1000;
	if (conf->data_timeout * 1000 < ms)
		ms = conf->data_timeout * 1000;
	return ms;
}

/* Who the client is, from the PROXY header if there must be one. */
static int
know_client(struct receive *r, struct smtp_server *server, struct err *err)
{
	struct smtp_client *client = &r->receiver.session.client;
	struct proxy proxy;

	if (r->conf.proxy) {
		if (smtp_server_read_proxy(
			server, &proxy, PROXY_TIMEOUT_MS, err) < 0)
			return -1;
		if (!proxy.local) {
			client->ip = proxy.source;
			client->port = proxy.source_port;
		}
	}
	r->smtp.xclient = receive_is_trusted(r, &client->ip);
	return 0;
}

static int
converse(struct receive *r)
{
	struct smtp_handler handler = receiver_handler(&r->receiver);
	struct smtp_server server = {.line = &r->line,
	    .session = &r->receiver.session,
	    .tls = receive_start_tls, .tls_context = r,
	    .command_ms = r->conf.command_timeout * 1000,
	    .data_ms = r->conf.data_timeout * 1000,
	    .message_ms = r->conf.message_timeout * 1000,
	    .greet_ms = r->conf.greet_delay * 1000};
	enum smtp_end end = SMTP_END_GONE;
	struct smtp_reply refusal;
	struct err err = ERR_INIT;

	r->receiver.session.handler = &handler;
	if (know_client(r, &server, &err) == 0) {
		if (receiver_is_limited(&r->receiver, &refusal))
			server.refusal = &refusal;
		end = smtp_server_run(&server, &err);
	}
	receiver_log_end(&r->receiver, end, &err);
	if (r->receiver.failed && err.kind != ERR_NONE)
		log_error("%s", err.text);
	line_close(&r->line);
	close(0);
	close(1);
	pipeline_end(&r->receiver.pipeline, RECEIVE_PATIENCE_MS);
	smtp_session_free(&r->receiver.session);
	limit_client_free(&r->receiver.limit);
	if (!r->accepts) /* else each page touched is copied, to be dropped */
		receive_close(r);
	return r->receiver.failed ? EXIT_RETRY : EXIT_DONE;
}

int
receive_run_session(struct receive *r, const struct ip *ip, uint16_t port)
{
	struct err err = ERR_INIT;

	catch_signals();
	line_open(&r->line, 0, 1, tick_ms(&r->conf),
	    r->conf.data_timeout * 1000, &stop);
	r->line.alone = r->accepts;
	smtp_session_init(
	    &r->receiver.session, &r->smtp, NULL, &r->line.output);
	r->receiver.refresh = reload_tables;
	r->receiver.context = r;
	r->ration.ask = ask_for_ration;
	r->ration.context = r;
	r->receiver.session.client.ip = *ip;
	r->receiver.session.client.port = port;
	limit_client_init(
	    &r->receiver.limit, r->limit, receive_client_is_certain(r, ip));
	pipeline_init(&r->receiver.pipeline, start_delivery, kill_delivery, r);
	if (sandbox_enter(SANDBOX_SESSION, NULL, 0, r->conf.cmd.sandbox,
		&err) < 0)
		return cmd_fail(&err);
	return converse(r);
}
