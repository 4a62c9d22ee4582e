/* SPDX-License-Identifier: ISC */
#include "net/smtp_session.h"

#include <stdlib.h>

#include "unit.h"

/* A handler that takes all but recipients that begin with `no', and tells
 * what it was given. */
static char delivered[512];

static int
sender(void *context, struct slice path, bool utf8, struct buf *address,
    struct smtp_reply *reply)
{
	(void)context, (void)utf8, (void)reply;
	return buf_append_slice(address, slice_part(path, 1, path.n - 1));
}

static int
recipient(void *context, struct slice path, bool utf8, struct buf *address,
    struct smtp_reply *reply)
{
	(void)context, (void)utf8;
	if (slice_starts(path, "<no")) {
		smtp_reply_set(reply, 550, "5.1.1", "no");
		return -1;
	}
	return buf_append_slice(address, slice_part(path, 1, path.n - 1));
}

static void
message(void *context, struct smtp_session *s,
    const struct smtp_header_facts *facts, struct smtp_reply *replies,
    size_t n)
{
	(void)context, (void)facts;
	snprintf(delivered, sizeof(delivered), "%s>%s%s:%s",
	    buf_text(&s->envelope.from), s->envelope.to[0],
	    s->envelope.to_n > 1 ? "+" : "", buf_text(&s->body));
	for (size_t i = 0; i < n; i++)
		smtp_reply_set(&replies[i], i == 1 ? 550 : 250, "2.0.0", "ok");
}

static const struct smtp_handler handler = {
    .sender = sender, .recipient = recipient, .message = message};

static const struct smtp_conf usual = {.hostname = "mx",
    .tls = SMTP_TLS_OFFER,
    .limits = {.size_max = 1000, .memory_max = 500, .header_max = 500,
	.line_max = 500, .received_max = 5},
    .recipients_max = 2, .mails_max = 3, .errors_max = 5};

/* Gives the input, as a reader of lines would, and gathers the codes of the
 * replies, `220 250'.  Lines of one reply count once. */
static void
talk(const struct smtp_conf *conf, struct slice in, struct buf *codes,
    enum smtp_next *next)
{
	struct buf out = BUF_INIT;
	struct smtp_session s;
	struct slice rest;

	delivered[0] = '\0';
	smtp_session_init(&s, conf, &handler, &out);
	while (in.n > 0 && (s.next == SMTP_NEXT_COMMAND ||
			       s.next == SMTP_NEXT_OCTETS)) {
		size_t n = slice_find(in, '\n');

		if (s.next == SMTP_NEXT_OCTETS) {
			n = smtp_session_take(&s, in);
		} else {
			smtp_session_command(&s, slice_part(in, 0, n));
			n++;
		}
		in = slice_part(in, n, in.n);
	}
	rest = buf_slice(&out);
	while (rest.p != NULL && rest.n > 0) {
		struct slice line = slice_line(&rest);

		if (line.n > 3 && line.p[3] == '-')
			continue;
		buf_append(codes, " ", codes->n > 0);
		buf_append_slice(codes, slice_part(line, 0, 3));
	}
	*next = s.next;
	smtp_session_free(&s);
	buf_free(&out);
}

#define HI "EHLO c\r\n"
#define BEGIN HI "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"

static void
answers_each_command_as_the_rfcs_say(void)
{
	static const struct {
		const char *label;
		struct slice in;
		const char *codes, *delivered;
		enum smtp_next next;
	} rows[] = {
	    {"a message", SLICE(BEGIN "DATA\r\n..x\r\n.\r\nQUIT\r\n"),
		"250 250 250 354 250 221", "a@b>c@d:.x\r\n", SMTP_NEXT_CLOSE},
	    {"two messages",
		SLICE(BEGIN "DATA\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<e@f>\r\n"
			    "DATA\r\nz\r\n.\r\n"),
		"250 250 250 354 250 250 250 354 250", ">e@f:z\r\n", 0},
	    {"no hello", SLICE("MAIL FROM:<a@b>\r\n"), "503", "", 0},
	    {"no mail", SLICE(HI "RCPT TO:<c@d>\r\nDATA\r\n"), "250 503 503",
		"", 0},
	    {"mail twice", SLICE(HI "MAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\n"),
		"250 250 503", "", 0},
	    {"nobody there",
		SLICE(HI "MAIL FROM:<a@b>\r\nRCPT TO:<no@d>\r\nDATA\r\n"),
		"250 250 550 554", "", 0},
	    {"some there", SLICE(HI "MAIL FROM:<a@b>\r\nRCPT TO:<no@d>\r\n"
				    "RCPT TO:<c@d>\r\nDATA\r\n.\r\n"),
		"250 250 550 250 354 250", "a@b>c@d:", 0},
	    {"too many recipients",
		SLICE(BEGIN "RCPT TO:<e@f>\r\nRCPT TO:<g@h>\r\n"),
		"250 250 250 250 452", "", 0},
	    {"pipelined behind a refused MAIL",
		SLICE(HI "MAIL FROM:<a@b> SIZE=1001\r\nRCPT TO:<c@d>\r\n"
			 "RCPT TO:<c@d>\r\nRCPT TO:<c@d>\r\nRCPT TO:<c@d>\r\n"
			 "RCPT TO:<c@d>\r\nDATA\r\nQUIT\r\n"),
		"250 552 503 503 503 503 503 503 221", "", SMTP_NEXT_CLOSE},
	    {"size", SLICE(HI "MAIL FROM:<a@b> SIZE=500\r\n"), "250 250", "",
		0},
	    {"size over memory", SLICE(HI "MAIL FROM:<a@b> SIZE=501\r\n"),
		"250 452", "", 0},
	    {"size of 20 digits",
		SLICE(HI "MAIL FROM:<a@b> SIZE=99999999999999999999\r\n"),
		"250 552", "", 0},
	    {"size no number", SLICE(HI "MAIL FROM:<a@b> SIZE=-1\r\n"),
		"250 501", "", 0},
	    {"parameters",
		SLICE(HI "MAIL FROM:<a@b> BODY=8BITMIME SMTPUTF8\r\n"),
		"250 250", "", 0},
	    {"unknown parameter", SLICE(HI "MAIL FROM:<a@b> X=1\r\n"),
		"250 555", "", 0},
	    {"binary", SLICE(HI "MAIL FROM:<a@b> BODY=BINARYMIME\r\n"),
		"250 555", "", 0},
	    {"rcpt parameter", SLICE(BEGIN "RCPT TO:<c@d> NOTIFY=NEVER\r\n"),
		"250 250 250 555", "", 0},
	    {"rset", SLICE(BEGIN "RSET\r\nDATA\r\n"), "250 250 250 250 503",
		"", 0},
	    {"hello forgets", SLICE(BEGIN HI "DATA\r\n"),
		"250 250 250 250 503", "", 0},
	    {"chunks", SLICE(BEGIN "BDAT 4\r\n.\r\nxBDAT 3 LAST\r\ny\r\n"),
		"250 250 250 250 250", "a@b>c@d:.\r\nxy\r\n", 0},
	    {"last chunk empty", SLICE(BEGIN "BDAT 3\r\na\r\nBDAT 0 LAST\r\n"),
		"250 250 250 250 250", "a@b>c@d:a\r\n", 0},
	    {"chunk without mail is passed over",
		SLICE(HI "BDAT 6 LAST\r\nQUIT\r\nQUIT\r\n"), "250 503 221", "",
		SMTP_NEXT_CLOSE},
	    {"chunk after data",
		SLICE(BEGIN "BDAT 1\r\nxDATA\r\n"),
		"250 250 250 250 503", "", 0},
	    {"bad chunk ends all", SLICE(BEGIN "BDAT x\r\n"),
		"250 250 250 501", "", SMTP_NEXT_CLOSE},
	    {"bare lf in a chunk",
		SLICE(BEGIN "BDAT 3\r\na\nbBDAT 1 LAST\r\nx"),
		"250 250 250 554 503", "", 0},
	    {"bare lf in data", SLICE(BEGIN "DATA\r\na\n.\r\n.\r\nNOOP\r\n"),
		"250 250 250 354 554 250", "", 0},
	    {"bare lf behind a command", SLICE("EHLO c\n"), "500", "", 0},
	    {"starttls", SLICE(HI "STARTTLS\r\nRSET\r\n"), "250 220", "",
		SMTP_NEXT_TLS},
	    {"starttls with a word", SLICE(HI "STARTTLS x\r\n"), "250 501",
		"", 0},
	    {"xclient from a stranger", SLICE("XCLIENT ADDR=192.0.2.1\r\n"),
		"550", "", 0},
	    {"others", SLICE("VRFY x\r\nEXPN x\r\nHELP\r\nAUTH PLAIN\r\n"),
		"252 502 214 502", "", 0},
	    {"errors", SLICE("X\r\nX\r\nX\r\nX\r\nX\r\nX\r\n"),
		"500 500 500 500 500 421", "", SMTP_NEXT_CLOSE},
	    {"lmtp here", SLICE("LHLO c\r\n"), "500", "", 0},
	    {"enough messages",
		SLICE(HI "MAIL FROM:<a@b>\r\nRSET\r\nMAIL FROM:<a@b>\r\n"
			 "RSET\r\nMAIL FROM:<a@b>\r\nRSET\r\n"
			 "MAIL FROM:<a@b>\r\n"),
		"250 250 250 250 250 250 250 421", "", SMTP_NEXT_CLOSE}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf codes = BUF_INIT;
		enum smtp_next next;

		talk(&usual, rows[i].in, &codes, &next);
		EXPECT_SLICE(rows[i].label, slice_text(rows[i].codes),
		    buf_slice(&codes));
		EXPECT_SLICE(rows[i].label, slice_text(rows[i].delivered),
		    slice_text(delivered));
		EXPECT_NUMBER(rows[i].label, rows[i].next, next);
		buf_free(&codes);
	}
}

static void
expect_codes(const char *label, const struct smtp_conf *conf, struct slice in,
    const char *want)
{
	struct buf codes = BUF_INIT;
	enum smtp_next next;

	talk(conf, in, &codes, &next);
	EXPECT_SLICE(label, slice_text(want), buf_slice(&codes));
	buf_free(&codes);
}

static void
speaks_lmtp_with_a_reply_for_each_recipient(void)
{
	struct smtp_conf lmtp = usual;

	lmtp.lmtp = true;
	expect_codes("ehlo", &lmtp, SLICE("EHLO c\r\n"), "500");
	expect_codes("two", &lmtp,
	    SLICE("LHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		  "RCPT TO:<e@f>\r\nDATA\r\nx\r\n.\r\n"),
	    "250 250 250 250 354 250 550");
	expect_codes("two spoilt", &lmtp,
	    SLICE("LHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		  "RCPT TO:<e@f>\r\nDATA\r\nx\n\r\n.\r\n"),
	    "250 250 250 250 354 554 554");
	expect_codes("none", &lmtp,
	    SLICE("LHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<no@d>\r\nDATA\r\n"),
	    "250 250 550 503");
}

static void
wants_tls_first_where_it_is_required(void)
{
	struct smtp_conf strict = usual;

	strict.tls = SMTP_TLS_REQUIRE;
	expect_codes("plain", &strict,
	    SLICE(HI "NOOP\r\nMAIL FROM:<a@b>\r\nVRFY x\r\nSTARTTLS\r\n"),
	    "250 250 530 530 220");
	strict.tls = SMTP_TLS_OFF;
	expect_codes("off", &strict, SLICE(HI "STARTTLS\r\n"), "250 502");
}

static void
believes_xclient_of_whom_it_trusts(void)
{
	static const char in[] =
	    "ADDR=IPV6:2001:db8::1 PORT=99 NAME=a.example "
	    "HELO=b+2Eexample LOGIN=[UNAVAILABLE]";
	struct smtp_conf trusting = usual;
	struct smtp_client client = {.name = BUF_INIT, .helo = BUF_INIT,
	    .user = BUF_INIT};
	struct smtp_reply reply;
	char out[IP_TEXT_SIZE];

	trusting.xclient = true;
	expect_codes("again", &trusting,
	    SLICE("XCLIENT ADDR=192.0.2.1\r\nEHLO c\r\nXCLIENT X=1\r\n"),
	    "220 250 501");
	buf_append_text(&client.user, "old");
	EXPECT_NUMBER("good", 0,
	    smtp_client_override(&client, slice_text(in), &reply));
	EXPECT_SLICE("ip", SLICE("2001:db8::1"),
	    slice_text(ip_text(&client.ip, out)));
	EXPECT_NUMBER("port", 99, client.port);
	EXPECT_SLICE("name", SLICE("a.example"), buf_slice(&client.name));
	EXPECT_SLICE("helo", SLICE("b.example"), buf_slice(&client.helo));
	EXPECT_NUMBER("user", 0, client.user.n);
	EXPECT_NUMBER("bad", -1, smtp_client_override(&client,
	    SLICE("ADDR=192.0.2.7 NAME=a+0D+0Ab"), &reply));
	EXPECT_SLICE("kept", SLICE("2001:db8::1"),
	    slice_text(ip_text(&client.ip, out)));
	buf_free(&client.name);
	buf_free(&client.helo);
	buf_free(&client.user);
}

static void
takes_what_a_relay_has_from_strangers_as_unknown(void)
{
	struct smtp_client origin;
	struct smtp_reply reply;

	smtp_client_init(&origin);
	EXPECT_NUMBER("one", 0, smtp_client_forward(&origin,
	    SLICE("ADDR=192.0.2.1 PORT=7 NAME=a.example"), &reply));
	EXPECT_NUMBER("more", 0, smtp_client_forward(&origin,
	    SLICE("HELO=x+29+0D+0Ay PROTO=none SOURCE=LOCAL IDENT=1"),
	    &reply));
	EXPECT_NUMBER("port", 7, origin.port);
	EXPECT_SLICE("name", SLICE("a.example"), buf_slice(&origin.name));
	EXPECT_NUMBER("helo", 0, origin.helo.n);
	EXPECT_NUMBER("login is not its own", -1, smtp_client_forward(
	    &origin, SLICE("LOGIN=x"), &reply));
	EXPECT_NUMBER("address", -1, smtp_client_forward(
	    &origin, SLICE("ADDR=x"), &reply));
	smtp_client_reset(&origin);
	EXPECT_NUMBER("forgotten", 0, origin.ip.size);
	smtp_client_free(&origin);
}

int
main(void)
{
	UNIT_RUN(answers_each_command_as_the_rfcs_say);
	UNIT_RUN(speaks_lmtp_with_a_reply_for_each_recipient);
	UNIT_RUN(wants_tls_first_where_it_is_required);
	UNIT_RUN(believes_xclient_of_whom_it_trusts);
	UNIT_RUN(takes_what_a_relay_has_from_strangers_as_unknown);
	return UNIT_RESULT;
}
