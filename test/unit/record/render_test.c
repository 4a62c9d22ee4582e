/* SPDX-License-Identifier: ISC */
#include "record/render.h"

#include "unit.h"

static struct record *
make(const char *meta, const char *body)
{
	struct record *r = record_new();

	meta_free(&r->meta);
	EXPECT(meta_parse(&r->meta, slice_text(meta), NULL) == 0);
	buf_append_text(&r->body, body);
	return r;
}

static void
nothing_moves_a_terminal(void)
{
	struct buf out = BUF_INIT;

	render_safe(&out, SLICE("a\x1b[31m\r\n\t\x7f\xc2\x9b"
	    "31m\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf\xff"
	    "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"));
	EXPECT_SLICE("safe", SLICE("a\\x1b[31m\\x0d\\x0a\\x09\\x7f\\u{009b}"
	    "31m\\u{202e}\\u{2066}\\u{200b}\\u{feff}\xef\xbf\xbd"
	    "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"), buf_slice(&out));
	buf_free(&out);
}

static void
text_is_a_report_of_the_facts(void)
{
	struct record *r = make("{\"fe\":1,\"id\":\"01X\",\"size\":5,"
	    "\"checks\":{\"spf\":{\"domain\":\"x\",\"result\":\"pass\"},"
	    "\"dkim\":[{\"result\":\"fail\"},{\"result\":\"none\","
	    "\"keys\":[1,2]}],\"list\":[],\"ok\":true}}",
	    "Subject: =?utf-8?q?h=1B[2Ji?=\r\nTo: a@x\r\n\r\nbody");
	struct buf out = BUF_INIT;

	render_text(r, true, &out);
	EXPECT_SLICE("report", SLICE(
	    "message   01X  46 octets, read as one message\n"
	    "To        a@x\n"
	    "Subject   h\\x1b[2Ji\n"
	    "checks    ok=true\n"
	    "  spf       pass  domain=x\n"
	    "  dkim      fail\n"
	    "  dkim      none\n"
	    "    keys      1, 2\n"
	    "  list      none\n"
	    "\n"), buf_slice(&out));
	record_free(r);
	buf_free(&out);
}

/* It has no body, and none of its octets is the message's. */
static void
a_receipt_is_not_a_message_of_nothing(void)
{
	static const char meta[] = "{\"fe\":1,\"id\":\"01X\",\"size\":0,"
	    "\"delivery\":[{\"address\":\"a@x\",\"status\":\"stored\"}]}";
	struct record *r = make(meta, "");
	struct buf out = BUF_INIT;

	render_text(r, false, &out);
	EXPECT(slice_starts(buf_slice(&out), "receipt   01X\ndelivery "));
	EXPECT_NUMBER("octets", out.n,
	    slice_find_text(buf_slice(&out), SLICE("octets")));
	buf_reset(&out);
	render_text(r, true, &out);
	EXPECT(slice_starts(
	    buf_slice(&out), "receipt   01X  of one message\n"));
	record_free(r);
	buf_free(&out);
}

static void
json_is_the_meta_alone(void)
{
	struct record *r = make("{\"fe\":1,\"x\":[ 1]}", "body");
	struct buf out = BUF_INIT;

	EXPECT(render_json(r, &out, NULL) == 0);
	EXPECT_SLICE("json", SLICE("{\"fe\":1,\"x\":[ 1]}\n"),
	    buf_slice(&out));
	record_free(r);
	buf_free(&out);
}

static const struct {
	const char *name, *meta, *want;
} mails[] = {
    {"as it is", "{\"fe\":1}", "A: 1\n\nb\n"},
    {"accepted", "{\"fe\":1,\"verdict\":{\"action\":\"accept\"}}",
	"A: 1\n\nb\n"},
    {"headers applied", "{\"fe\":1,\"headers\":[{\"op\":\"prepend\","
	"\"name\":\"B\",\"value\":\"2\"}]}", "B: 2\nA: 1\n\nb\n"},
    {"junk", "{\"fe\":1,\"verdict\":{\"action\":\"junk\",\"by\":\"fe-sieve\"}}",
	"X-Fe-Verdict: junk; by=fe-sieve\nA: 1\n\nb\n"},
    {"a verdict cannot add fields", "{\"fe\":1,\"verdict\":{\"action\":"
	"\"quarantine\",\"by\":\"x\\r\\nBcc: y\"}}",
	"X-Fe-Verdict: quarantine; by=x\n Bcc: y\nA: 1\n\nb\n"},
    {"of the only recipient", "{\"fe\":1,\"plan\":[{\"verdict\":{\"action\":"
	"\"junk\"},\"headers\":[{\"op\":\"delete\",\"name\":\"A\"}]}]}",
	"X-Fe-Verdict: junk\n\nb\n"},
    {"of one among two recipients", "{\"fe\":1,\"plan\":[{\"verdict\":"
	"{\"action\":\"junk\"}},{}]}", "A: 1\n\nb\n"},
};

static void
mail_has_the_changes_and_the_verdict(void)
{
	for (size_t i = 0; i < sizeof(mails) / sizeof(*mails); i++) {
		struct record *r = make(mails[i].meta, "A: 1\r\n"
		    "x-fe-verdict: forged\r\n\r\nb\r\n");
		struct buf out = BUF_INIT;

		EXPECT(render_mail(r, false, &out, NULL) == 0);
		EXPECT_SLICE(mails[i].name, slice_text(mails[i].want),
		    buf_slice(&out));
		record_free(r);
		buf_free(&out);
	}
}

static void
mail_has_crlf_where_asked_for(void)
{
	struct record *r = make("{\"fe\":1}", "A: 1\r\n\r\nb\r\n");
	struct buf out = BUF_INIT;

	EXPECT(render_mail(r, true, &out, NULL) == 0);
	EXPECT_SLICE("crlf", SLICE("A: 1\r\n\r\nb\r\n"), buf_slice(&out));
	record_free(r);
	buf_free(&out);
}

int
main(void)
{
	UNIT_RUN(nothing_moves_a_terminal);
	UNIT_RUN(text_is_a_report_of_the_facts);
	UNIT_RUN(a_receipt_is_not_a_message_of_nothing);
	UNIT_RUN(json_is_the_meta_alone);
	UNIT_RUN(mail_has_the_changes_and_the_verdict);
	UNIT_RUN(mail_has_crlf_where_asked_for);
	return UNIT_RESULT;
}
