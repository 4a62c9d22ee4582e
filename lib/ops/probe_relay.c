/* SPDX-License-Identifier: ISC */
/*
 * Open relays.  Domains are those that are reserved for examples (RFC 2606):
 * nobody can get this mail, and each transaction ends with RSET before DATA.
 * Only an address that was given for it is sent a message.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "ops/probe_link.h"

#define CHECK "relay"
#define STRANGER "probe@example.com"

/* How to ask; %s is the domain that the server takes mail for. */
static const struct trick {
	const char *from, *to;
	bool local; /* the domain takes it if it takes everything */
} tricks[] = {{STRANGER, "probe@example.net", false},
    {"", "probe@example.net", false},
    {"postmaster@%s", "probe@example.net", false},
    {STRANGER, "@%s:probe@example.net", false},
    {STRANGER, "probe%%example.net@%s", true},
    {STRANGER, "\"probe@example.net\"@%s", true},
    {STRANGER, "example.net!probe@%s", true}};
#define TRICKS (sizeof(tricks) / sizeof(tricks[0]))

static void
fill(char out[512], const char *form, const char *domain)
{
	struct buf text = BUF_LIMITED(511);
	const char *p = form;

	for (; *p != '\0'; p++) {
		if (p[0] == '%' && p[1] == 's')
			buf_append_text(&text, domain);
		else
			buf_append_char(&text, *p);
		p += *p == '%';
	}
	snprintf(out, 512, "%s", buf_text(&text));
	buf_free(&text);
}

/* The reply to RCPT (or to MAIL, when that is refused); RSET follows. */
static int
transaction(struct probe_link *l, const char *from, const char *to, int *code,
    struct err *err)
{
	struct probe_reply reply;

	if (link_command(l, &reply, err, "MAIL FROM:<%s>", from) < 0)
		return -1;
	*code = reply.code;
	if (reply.code < 300) {
		if (link_command(l, &reply, err, "RCPT TO:<%s>", to) < 0)
			return -1;
		*code = reply.code;
	}
	return link_command(l, &reply, err, "RSET");
}

/* Who has had enough of us says so by hanging up: the next one is asked on
 * another connection. */
static int
ask(struct probe *p, struct probe_link *l, const char *from, const char *to,
    int *code, struct err *err)
{
	if (transaction(l, from, to, code, err) == 0)
		return 0;
	link_drop(l);
	return link_open_secure(l, p, err) < 0
		   ? -1
		   : transaction(l, from, to, code, err);
}

/* Does the domain take mail for anybody?  Then tricks prove nothing. */
static bool
takes_all(struct probe_link *l, const char *domain)
{
	char nobody[PROBE_NOBODY_SIZE];
	struct err err = ERR_INIT;
	int code = 0;

	probe_make_nobody(nobody, domain);
	return transaction(l, "", nobody, &code, &err) == 0 && code < 300;
}

static void
say_result(struct probe *p, const struct buf *open, const struct buf *odd,
    unsigned asked, unsigned later, const struct err *err)
{
	if (open->n > 0)
		probe_say(p, CHECK, PROBE_FAIL,
		    "mail of strangers to strangers is taken: RCPT TO:%s",
		    buf_text(open));
	else if (asked == 0 || asked == later)
		probe_say(p, CHECK, PROBE_UNKNOWN, "%s",
		    asked > 0 ? "the server puts it off (4xx)" : err->text);
	else if (odd->n > 0)
		probe_say(p, CHECK, PROBE_ADVICE,
		    "the domain takes mail for "
		    "any name, also %s: where does it go?",
		    buf_text(odd));
	else
		probe_say(p, CHECK, PROBE_PASS,
		    "mail of strangers to strangers is refused (%u ways of %zu "
		    "asked)",
		    asked, TRICKS);
}

static void
try_tricks(struct probe *p, struct probe_link *l)
{
	const char *domain = probe_domain(p);
	bool all = takes_all(l, domain);
	struct buf open = BUF_INIT, odd = BUF_INIT;
	struct err err = ERR_INIT;
	unsigned asked = 0, later = 0;

	for (size_t i = 0; i < TRICKS; i++) {
		char from[512], to[512];
		int code = 0;

		fill(from, tricks[i].from, domain);
		fill(to, tricks[i].to, domain);
		if (ask(p, l, from, to, &code, &err) < 0)
			break;
		asked++;
		later += code >= 400 && code < 500;
		if (code < 300)
			buf_format(tricks[i].local && all ? &odd : &open,
			    "%s<%s>",
			    (tricks[i].local && all ? odd.n : open.n) > 0 ? ", "
									  : "",
			    to);
	}
	say_result(p, &open, &odd, asked, later, &err);
	buf_free(&open);
	buf_free(&odd);
}

/* A message to somebody elsewhere who agreed to it. */
static void
try_message(struct probe *p, struct probe_link *l)
{
	struct probe_reply reply;
	struct err err = ERR_INIT;
	char now[CLOCK_TEXT_SIZE + 8], id[ID_SIZE];
	const char *to = p->conf->relay_to;

	id_make(id);
	if (link_command(l, &reply, &err, "MAIL FROM:<%s>", STRANGER) < 0)
		goto fail;
	if (reply.code < 300 &&
	    link_command(l, &reply, &err, "RCPT TO:<%s>", to) < 0)
		goto fail;
	if (reply.code < 300 && link_command(l, &reply, &err, "DATA") < 0)
		goto fail;
	if (reply.code == 354 &&
	    link_command(l, &reply, &err,
		"From: <%s>\r\nTo: <%s>\r\n"
		"Subject: fe-probe: %s relays\r\nDate: %s\r\n"
		"Message-ID: <%s@example.com>\r\n\r\nSent by fe-probe "
		"--relay-to.\r\n.",
		STRANGER, to, p->conf->host, clock_rfc5322(clock_now_ms(), now),
		id) < 0)
		goto fail;
	probe_say(p, "relay-message",
	    reply.code < 300 ? PROBE_FAIL : PROBE_PASS,
	    reply.code < 300 ? "a message to %s was taken (%d)"
			     : "a message to %s was refused (%d)",
	    to, reply.code);
	return;
fail:
	probe_say(p, "relay-message", PROBE_UNKNOWN, "%s", err.text);
}

void
probe_relay(struct probe *p)
{
	struct probe_link l;
	struct err err = ERR_INIT;

	if (link_open_secure(&l, p, &err) < 0) {
		probe_say(p, CHECK, PROBE_UNKNOWN, "%s", err.text);
		return;
	}
	try_tricks(p, &l);
	if (p->conf->relay_to != NULL)
		try_message(p, &l);
	link_close(&l);
}
