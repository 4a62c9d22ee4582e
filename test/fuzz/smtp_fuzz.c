/* SPDX-License-Identifier: ISC */
/*
 * A whole SMTP dialogue from hostile octets: commands, DATA, BDAT, XCLIENT.
 * The first octet chooses LMTP, TLS and trust, and the size of the pieces in
 * which the rest comes.  What must hold: no octet is lost, replies are lines
 * of printable ASCII, a body that is handed on has CRLF line ends alone.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/smtp_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static int
take_path(void *context, struct slice path, bool utf8, struct buf *address,
    struct smtp_reply *reply)
{
	(void)context, (void)utf8;
	if (path.n > 2 && buf_append_slice(address, path) == 0)
		return 0;
	smtp_reply_set(reply, 550, "5.1.1", "%.*s", SLICE_ARG(path));
	return -1;
}

static void
take_message(void *context, struct smtp_session *s,
    const struct smtp_header_facts *facts, struct smtp_reply *replies,
    size_t n)
{
	(void)context;
	must(s->envelope.to_n > 0);
	must((int64_t)s->body.n <= s->conf->limits.size_max);
	must(facts->received <= s->conf->limits.received_max);
	for (size_t i = 0; i < s->body.n; i++) {
		must(s->body.p[i] != '\n' ||
		    (i > 0 && s->body.p[i - 1] == '\r'));
		must(s->body.p[i] != '\r' ||
		    (i + 1 < s->body.n && s->body.p[i + 1] == '\n'));
	}
	for (size_t i = 0; i < n; i++)
		smtp_reply_set(&replies[i], 250, "2.0.0", "ok");
}

static size_t
give(struct smtp_session *s, struct slice piece)
{
	size_t n;

	if (s->next == SMTP_NEXT_TLS)
		smtp_session_secure(s, "TLSv1.3", "TLS_AES_256_GCM_SHA384");
	if (s->next == SMTP_NEXT_OCTETS) {
		n = smtp_session_take(s, piece);
		must(n > 0 && n <= piece.n);
		return n;
	}
	n = slice_find(piece, '\n');
	if (n > SMTP_COMMAND_MAX)
		smtp_session_overlong(s);
	else
		smtp_session_command(s, slice_part(piece, 0, n));
	return n < piece.n ? n + 1 : n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct smtp_handler handler = {.sender = take_path,
	    .recipient = take_path, .message = take_message};
	struct smtp_conf conf = {.hostname = "mx",
	    .limits = {2000, 1500, 500, 200, 3}, .recipients_max = 3,
	    .mails_max = 10, .errors_max = 20};
	struct buf out = BUF_INIT;
	struct smtp_session s;
	struct slice rest;
	size_t step;

	if (size == 0)
		return 0;
	conf.lmtp = (data[0] & 1) != 0;
	conf.xclient = (data[0] & 2) != 0;
	conf.tls = (enum smtp_tls)(data[0] >> 2 & 3);
	step = (data[0] & 0x10) != 0 ? size : (data[0] >> 5) + 1u;
	rest = slice_of(data + 1, size - 1);
	smtp_session_init(&s, &conf, &handler, &out);
	smtp_session_greet(&s);
	while (rest.n > 0 && s.next != SMTP_NEXT_CLOSE) {
		struct slice piece = rest;
		size_t n;

		if (s.next == SMTP_NEXT_OCTETS && step < piece.n)
			piece.n = step;
		n = give(&s, piece);
		rest = slice_part(rest, n, rest.n);
	}
	for (size_t i = 0; i < out.n; i++)
		must(out.p[i] == '\r' || out.p[i] == '\n' ||
		    (out.p[i] >= ' ' && out.p[i] <= '~'));
	smtp_session_free(&s);
	buf_free(&out);
	return 0;
}
