/* SPDX-License-Identifier: ISC */
/*
 * The dialogue.  One function a command, found in a table; those of a mail
 * transaction are in smtp_transaction.c.
 */
#include "smtp_session.h"

#include <stdlib.h>
#include <string.h>

#include "net/smtp_transaction.h"

static void
reset_client(struct smtp_session *s)
{
	buf_reset(&s->client.helo);
	s->client.extended = false;
	smtp_transaction_reset(s);
}

const struct smtp_client *
smtp_session_origin(const struct smtp_session *s)
{
	return s->forwarded ? &s->origin : &s->client;
}

void
smtp_session_init(struct smtp_session *s, const struct smtp_conf *conf,
    const struct smtp_handler *handler, struct buf *out)
{
	*s = (struct smtp_session){
	    .conf = conf, .handler = handler, .out = out};
	smtp_client_init(&s->client);
	smtp_client_init(&s->origin);
	s->envelope.from = (struct buf)BUF_LIMITED(SMTP_ADDRESS_MAX);
	s->body = (struct buf)BUF_INIT;
}

void
smtp_session_free(struct smtp_session *s)
{
	smtp_transaction_reset(s);
	free(s->envelope.to);
	buf_free(&s->envelope.from);
	smtp_client_free(&s->client);
	smtp_client_free(&s->origin);
	buf_free(&s->body);
}

void
smtp_session_close(struct smtp_session *s, int code, const char *enhanced,
    const char *text)
{
	smtp_answer(s->out, code, enhanced, "%s", text);
	s->next = SMTP_NEXT_CLOSE;
}

void
smtp_session_greet(struct smtp_session *s)
{
	smtp_answer(s->out, 220, "", "%s %s", s->conf->hostname,
	    s->conf->lmtp ? "LMTP" : "ESMTP");
}

void
smtp_refuse(struct smtp_session *s, int code, const char *enhanced,
    const char *text)
{
	smtp_answer(s->out, code, enhanced, "%s", text);
	if (++s->errors >= s->conf->errors_max)
		smtp_session_close(s, 421, "4.7.0", "too many errors");
}

void
smtp_refuse_with(struct smtp_session *s, const struct smtp_reply *reply)
{
	if (reply->code >= 500) {
		smtp_refuse(s, reply->code, reply->enhanced, reply->text);
		return;
	}
	smtp_reply_put(reply, s->out);
}

static void
put_extensions(struct smtp_session *s)
{
	const struct smtp_conf *conf = s->conf;
	bool may_start_tls = s->client.tls_version == NULL &&
	    (conf->tls == SMTP_TLS_OFFER || conf->tls == SMTP_TLS_REQUIRE);

	buf_format(s->out,
	    "250-%s\r\n250-PIPELINING\r\n250-SIZE %lld\r\n250-8BITMIME\r\n"
	    "250-SMTPUTF8\r\n250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n"
	    "%s%s250 LIMITS RCPTMAX=%lld MAILMAX=%lld\r\n",
	    conf->hostname, (long long)conf->limits.size_max,
	    may_start_tls ? "250-STARTTLS\r\n" : "",
	    conf->xclient ? "250-" SMTP_XCLIENT_EXTENSION "\r\n"
			    "250-" SMTP_XFORWARD_EXTENSION "\r\n" : "",
	    (long long)conf->recipients_max, (long long)conf->mails_max);
}

static void
do_hello(struct smtp_session *s, const struct smtp_command *command)
{
	bool extended = command->verb != SMTP_HELO;

	if ((command->verb == SMTP_LHLO) != s->conf->lmtp) {
		smtp_refuse(s, 500, "5.5.1",
		    s->conf->lmtp ? "this is LMTP: say LHLO"
				  : "this is not LMTP");
		return;
	}
	if (!smtp_helo_is_valid(command->argument)) {
		smtp_refuse(s, 501, "5.5.4", "say who you are");
		return;
	}
	reset_client(s);
	s->client.extended = extended;
	buf_append_slice(&s->client.helo, command->argument);
	if (extended)
		put_extensions(s);
	else
		smtp_answer(s->out, 250, "", "%s", s->conf->hostname);
}

static void
do_simple(struct smtp_session *s, const struct smtp_command *command)
{
	switch (command->verb) {
	case SMTP_RSET:
		smtp_transaction_reset(s);
		smtp_answer(s->out, 250, "2.0.0", "forgotten");
		break;
	case SMTP_NOOP:
		smtp_answer(s->out, 250, "2.0.0", "ok");
		break;
	case SMTP_VRFY:
		smtp_answer(s->out, 252, "2.1.5", "send it and see");
		break;
	case SMTP_HELP:
		smtp_answer(s->out, 214, "2.0.0", "see RFC 5321");
		break;
	case SMTP_QUIT:
		smtp_session_close(s, 221, "2.0.0", "bye");
		break;
	default:
		smtp_refuse(s, 502, "5.5.1", "not here");
		break;
	}
}

static void
do_starttls(struct smtp_session *s, const struct smtp_command *command)
{
	if (s->client.tls_version != NULL)
		smtp_refuse(s, 503, "5.5.1", "TLS is active already");
	else if (s->conf->tls == SMTP_TLS_OFF)
		smtp_refuse(s, 502, "5.5.1", "no TLS here");
	else if (command->argument.n > 0)
		smtp_refuse(s, 501, "5.5.4", "STARTTLS takes no parameter");
	else {
		smtp_answer(s->out, 220, "2.0.0", "go ahead");
		s->next = SMTP_NEXT_TLS;
	}
}

void
smtp_session_secure(
    struct smtp_session *s, const char *version, const char *cipher)
{
	reset_client(s);
	s->client.tls_version = version;
	s->client.tls_cipher = cipher;
	s->next = SMTP_NEXT_COMMAND;
}

/* May he say now who a client is?  Answers if not. */
static bool
may_tell_client(struct smtp_session *s)
{
	if (!s->conf->xclient)
		smtp_refuse(s, 550, "5.7.0", "you may not say that");
	else if (s->envelope.begun)
		smtp_refuse(s, 503, "5.5.1", "a message is begun already");
	return s->conf->xclient && !s->envelope.begun;
}

static void
do_xclient(struct smtp_session *s, const struct smtp_command *command)
{
	struct smtp_reply reply;

	if (!may_tell_client(s))
		return;
	if (smtp_client_override(&s->client, command->argument, &reply) < 0) {
		smtp_refuse_with(s, &reply);
		return;
	}
	smtp_transaction_reset(s);
	smtp_session_greet(s);
}

static void
do_xforward(struct smtp_session *s, const struct smtp_command *command)
{
	struct smtp_reply reply;

	if (!may_tell_client(s))
		return;
	if (smtp_client_forward(&s->origin, command->argument, &reply) < 0) {
		smtp_refuse_with(s, &reply);
		return;
	}
	s->forwarded = true;
	smtp_answer(s->out, 250, "2.0.0", "noted");
}

static const struct {
	void (*run)(struct smtp_session *, const struct smtp_command *);
	bool before_tls; /* also where TLS is required and not yet there */
} commands[] = {[SMTP_HELO] = {do_hello, true},
    [SMTP_EHLO] = {do_hello, true}, [SMTP_LHLO] = {do_hello, true},
    [SMTP_MAIL] = {smtp_do_mail, false}, [SMTP_RCPT] = {smtp_do_rcpt, false},
    [SMTP_DATA] = {smtp_do_data, false}, [SMTP_BDAT] = {smtp_do_bdat, true},
    [SMTP_RSET] = {do_simple, true}, [SMTP_NOOP] = {do_simple, true},
    [SMTP_QUIT] = {do_simple, true}, [SMTP_VRFY] = {do_simple, false},
    [SMTP_EXPN] = {do_simple, false}, [SMTP_HELP] = {do_simple, false},
    [SMTP_AUTH] = {do_simple, false},
    [SMTP_STARTTLS] = {do_starttls, true},
    [SMTP_XCLIENT] = {do_xclient, true},
    [SMTP_XFORWARD] = {do_xforward, false}};

void
smtp_session_command(struct smtp_session *s, struct slice line)
{
	struct smtp_command command;

	if (++s->idle_commands > SMTP_IDLE_COMMANDS_MAX) {
		smtp_session_close(s, 421, "4.7.0", "too many commands");
		return;
	}
	if (line.n == 0 || line.p[line.n - 1] != '\r') {
		smtp_refuse(s, 500, "5.5.2", "a line ends with CRLF");
		return;
	}
	smtp_command_parse(slice_part(line, 0, line.n - 1), &command);
	if (command.verb == SMTP_UNKNOWN)
		smtp_refuse(s, 500, "5.5.2", "command not recognised");
	else if (s->conf->tls == SMTP_TLS_REQUIRE &&
	    s->client.tls_version == NULL && !commands[command.verb].before_tls)
		smtp_refuse(s, 530, "5.7.0", "say STARTTLS first");
	else
		commands[command.verb].run(s, &command);
}

void
smtp_session_overlong(struct smtp_session *s)
{
	smtp_refuse(s, 500, "5.5.2", "line too long");
}
