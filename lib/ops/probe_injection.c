/* SPDX-License-Identifier: ISC */
/*
 * STARTTLS injection: a command that stands in clear behind STARTTLS must not
 * be taken as if it had come under TLS (CVE-2011-0411).
 */
#include "base/clock.h"
#include "ops/probe_link.h"

#define CHECK "starttls-injection"

static const char *
payload(enum probe_protocol protocol)
{
	switch (protocol) {
	case PROBE_IMAP:
		return "i1 STARTTLS\r\ni2 NOOP\r\n";
	case PROBE_POP3:
		return "STLS\r\nNOOP\r\n";
	default:
		return "STARTTLS\r\nNOOP\r\n";
	}
}

static const char *
goodbye(enum probe_protocol protocol)
{
	return protocol == PROBE_IMAP ? "i3 LOGOUT\r\n" : "QUIT\r\n";
}

/* Is there more than the answer to the goodbye? */
static bool
answers_injected(enum probe_protocol protocol, struct slice said)
{
	struct slice rest = said;
	unsigned replies = 0;

	if (protocol == PROBE_SMTP)
		return slice_starts(said, "250") || slice_starts(said, "5");
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);

		if (protocol == PROBE_IMAP && slice_starts(line, "i2 "))
			return true;
		replies +=
		    slice_starts(line, "+OK") || slice_starts(line, "-ERR");
	}
	return replies > 1;
}

/* Under TLS: does an answer come to what nobody said there? */
static void
say_goodbye(struct probe *p, struct probe_link *l)
{
	const struct tls_client_conf conf = {.host = probe_name(p)};
	int64_t until = clock_monotonic_ms() + p->conf->timeout_ms;
	struct err err = ERR_INIT;

	if (l->used < l->in.n) {
		probe_say(p, CHECK, PROBE_FAIL,
		    "a command behind STARTTLS is answered in clear");
		return;
	}
	if (link_tls(l, &conf, &err) < 0) {
		probe_say(p, CHECK, PROBE_PASS,
		    "a command behind STARTTLS ends the connection");
		return;
	}
	link_send(l, slice_text(goodbye(p->protocol)), &err);
	while (l->in.n < PROBE_REPLY_MAX && link_fill(l, until, &err) == 1)
		;
	if (answers_injected(p->protocol, buf_slice(&l->in)))
		probe_say(p, CHECK, PROBE_FAIL,
		    "a command that was sent in "
		    "clear behind STARTTLS is answered under TLS");
	else
		probe_say(p, CHECK, PROBE_PASS,
		    "a command behind STARTTLS is thrown away");
}

void
probe_injection(struct probe *p)
{
	struct probe_expected expected = {.protocol = p->protocol, .tag = "i1"};
	struct probe_link l;
	struct probe_reply reply;
	struct err err = ERR_INIT;

	if (!p->starttls) {
		probe_say(p, CHECK, PROBE_SKIP,
		    p->tls_first ? "TLS comes first here"
				 : "there is no STARTTLS");
		return;
	}
	if (link_open(&l, p, true, &err) < 0) {
		probe_say(p, CHECK, PROBE_UNKNOWN, "%s", err.text);
		return;
	}
	if (link_hello(&l, &reply, &err) < 0 ||
	    link_send(&l, slice_text(payload(p->protocol)), &err) < 0 ||
	    link_reply(&l, &expected, &reply, &err) < 0)
		probe_say(p, CHECK, PROBE_UNKNOWN, "%s", err.text);
	else if (reply.code >= 400)
		probe_say(p, CHECK, PROBE_PASS,
		    "STARTTLS with a command behind it is refused (%d)",
		    reply.code);
	else
		say_goodbye(p, &l);
	link_drop(&l);
}
