/* SPDX-License-Identifier: ISC */
/*
 * SMTP smuggling: what is no <CR><LF>.<CR><LF> must not end a message.  A
 * message with a false end is begun and never ended: a server that does right
 * throws it away when the connection drops.  One that does not delivers it to
 * the recipient, who agreed (--recipient).
 */
#include <stdio.h>

#include "base/clock.h"
#include "ops/probe_link.h"

#define CHECK "smuggling"
#define BATCH 10 /* at once: servers limit what one client may have */

static const struct sequence {
	const char *p;
	size_t n;
	const char *name;
} sequences[] = {
#define S(octets, name)                                                        \
	{                                                                      \
		octets, sizeof(octets) - 1, name                               \
	}
    S("\n.\n", "LF.LF"), S("\n.\r", "LF.CR"), S("\r.\n", "CR.LF"),
    S("\r.\r", "CR.CR"), S("\n.\r\n", "LF.CRLF"), S("\r.\r\n", "CR.CRLF"),
    S("\r\n.\n", "CRLF.LF"), S("\r\n.\r", "CRLF.CR"),
    S("\r\n\0.\r\n", "CRLF NUL.CRLF"), S("\r\n.\0\r\n", "CRLF.NUL CRLF"),
    S("\n\n.\r\n", "LFLF.CRLF"), S("\r\n.\r\r\n", "CRLF.CRCRLF"),
    S("\r\r\n.\r\r\n", "CRCRLF.CRCRLF"), S("\r\n. \r\n", "CRLF. CRLF"),
    S("\r\n .\r\n", "CRLF .CRLF"), S("\r\n\t.\r\n", "CRLF TAB.CRLF"),
    S("\x85.\x85", "NEL.NEL"), S("\xc2\x85.\xc2\x85", "NEL.NEL in UTF-8"),
    S("\v.\v", "VT.VT"), S("\f.\f", "FF.FF")};
#define SEQUENCES (sizeof(sequences) / sizeof(sequences[0]))

/* Up to the false end. */
static int
begin(struct probe *p, struct probe_link *l, const struct sequence *s,
    struct err *err)
{
	struct probe_reply reply;
	struct buf text = BUF_INIT;
	int result = -1;

	if (link_open_secure(l, p, err) < 0)
		return -1;
	if (link_command(l, &reply, err, "MAIL FROM:<>") < 0)
		goto out;
	if (reply.code < 300 && link_command(l, &reply, err, "RCPT TO:<%s>",
				    p->conf->recipient) < 0)
		goto out;
	if (reply.code < 300 && link_command(l, &reply, err, "DATA") < 0)
		goto out;
	if (reply.code != 354) {
		err_set(err, ERR_MESSAGE, "no message is taken for %s (%d)",
		    p->conf->recipient, reply.code);
		goto out;
	}
	buf_format(&text,
	    "To: <%s>\r\nSubject: fe-probe: this server takes "
	    "%s as the end of a message\r\n\r\nIt can be made to deliver "
	    "forged "
	    "mail (SMTP smuggling).",
	    p->conf->recipient, s->name);
	buf_append(&text, s->p, s->n);
	buf_remove(&l->in, 0, l->used);
	l->used = 0;
	result = link_send(l, buf_slice(&text), err);
out:
	buf_free(&text);
	if (result < 0)
		link_drop(l);
	return result;
}

/* Was the message taken?  A refusal, or an end of the connection, is right. */
static bool
is_taken(struct probe_link *l, int64_t until)
{
	const struct probe_expected expected = {.protocol = PROBE_SMTP};
	struct probe_reply reply;
	struct err err = ERR_INIT;
	size_t used;

	while (
	    probe_reply_parse(&expected, buf_slice(&l->in), &reply, &used) == 0)
		if (link_fill(l, until, &err) != 1)
			return false;
	return reply.code > 0 && reply.code < 300;
}

void
probe_smuggling(struct probe *p)
{
	_Static_assert(SEQUENCES % BATCH == 0, "whole batches");
	struct buf taken = BUF_INIT;
	struct err err = ERR_INIT;
	unsigned asked = 0;

	if (p->conf->recipient == NULL) {
		probe_say(p, CHECK, PROBE_SKIP,
		    "needs --recipient, a mailbox there that may get a "
		    "message");
		return;
	}
	for (size_t at = 0; at < SEQUENCES; at += BATCH) {
		struct probe_link links[BATCH];
		bool open[BATCH];
		int64_t until;

		for (size_t i = 0; i < BATCH; i++)
			open[i] =
			    begin(p, &links[i], &sequences[at + i], &err) == 0;
		until = clock_monotonic_ms() + p->conf->wait_ms;
		for (size_t i = 0; i < BATCH; i++) {
			if (!open[i])
				continue;
			asked++;
			if (is_taken(&links[i], until))
				buf_format(&taken, "%s%s",
				    taken.n > 0 ? ", " : "",
				    sequences[at + i].name);
			link_drop(&links[i]);
		}
	}
	if (taken.n > 0)
		probe_say(p, CHECK, PROBE_FAIL,
		    "false ends of a message are taken: %s", taken.p);
	else if (asked < SEQUENCES)
		probe_say(p, CHECK, PROBE_UNKNOWN,
		    "%u of %zu false ends could be tried: %s", asked, SEQUENCES,
		    err.text);
	else
		probe_say(p, CHECK, PROBE_PASS,
		    "none of %zu false ends of a message is taken", SEQUENCES);
	buf_free(&taken);
}
