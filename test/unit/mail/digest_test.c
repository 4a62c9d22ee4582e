/* SPDX-License-Identifier: ISC */
#include "mail/digest.h"

#include "unit.h"

static bool
has_term(const struct digest *d, const char *term)
{
	struct slice rest = buf_slice(&d->terms.text);

	while (rest.p != NULL)
		if (slice_is(slice_cut(&rest, ' '), term))
			return true;
	return false;
}

static const char message[] =
    "From: =?utf-8?q?J=C3=B6rg?= <Joerg@Example.org>\r\n"
    "To: Ann <ann@x.example>, bob@x.example\r\n"
    "Cc: carol@x.example\r\n"
    "Bcc: dave@x.example\r\n"
    "Subject: =?iso-8859-1?q?Caf=E9?= invoice\r\n"
    "Date: Tue, 1 Jul 2003 10:52:37 +0200\r\n"
    "Message-ID: <m1@example.org>\r\n"
    "In-Reply-To: <m0@example.org>\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n"
    "\r\n"
    "--b\r\n"
    "Content-Type: text/html; charset=utf-8\r\n"
    "\r\n"
    "<style>hidden</style><p>Please   <b>pay</b>\r\n"
    "<a href=\"http://x.example/secret\">soon</a>\r\n"
    "--b\r\n"
    "Content-Type: application/pdf; name=Bill.pdf\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "\r\n"
    "aGVsbG8=\r\n"
    "--b\r\n"
    "Content-Type: message/rfc822\r\n"
    "\r\n"
    "Subject: inner\r\n"
    "\r\n"
    "nested words\r\n"
    "--b--\r\n";

static void
says_what_a_list_shows(void)
{
	struct digest d;

	digest_make(&d, SLICE(message));
	EXPECT_SLICE("subject", SLICE("Caf\xc3\xa9 invoice"),
	    buf_slice(&d.subject));
	EXPECT_SLICE("from", SLICE("J\xc3\xb6rg <Joerg@Example.org>"),
	    buf_slice(&d.from));
	EXPECT_SLICE("to", SLICE("Ann <ann@x.example>, bob@x.example"),
	    buf_slice(&d.to));
	EXPECT_SLICE("cc", SLICE("carol@x.example"), buf_slice(&d.cc));
	EXPECT_SLICE("id", SLICE("m1@example.org"), buf_slice(&d.message_id));
	EXPECT_SLICE("reply", SLICE("m0@example.org"),
	    buf_slice(&d.in_reply_to));
	EXPECT_SLICE("preview", SLICE("Please pay soon nested words"),
	    buf_slice(&d.preview));
	EXPECT_NUMBER("date", 1057049557000, d.date_ms);
	EXPECT_NUMBER("size", sizeof(message) - 1, d.size);
	EXPECT_NUMBER("parts", 5, d.parts);
	EXPECT(d.has_attachment && !d.truncated);
	EXPECT_NUMBER("attachments", 2, d.attachments_n);
	EXPECT_SLICE("name", SLICE("Bill.pdf"),
	    buf_slice(&d.attachments[0].name));
	EXPECT_SLICE("type", SLICE("application/pdf"),
	    buf_slice(&d.attachments[0].type));
	EXPECT_NUMBER("octets", 8, d.attachments[0].size);
	EXPECT_SLICE("message", SLICE("inner"),
	    buf_slice(&d.attachments[1].name));
	digest_free(&d);
}

/* By the rules of XML, where an empty script ends at once. */
static void
reads_xhtml(void)
{
	static const char xhtml[] =
	    "Subject: s\r\n"
	    "Content-Type: multipart/alternative; boundary=b\r\n"
	    "\r\n"
	    "--b\r\n"
	    "Content-Type: application/xhtml+xml\r\n"
	    "\r\n"
	    "<html><head><script/></head><body>Please <b>pay</b>"
	    "<script>unseen</script></body></html>\r\n"
	    "--b--\r\n";
	struct digest d;

	digest_make(&d, SLICE(xhtml));
	EXPECT_NUMBER("attachments", 0, d.attachments_n);
	EXPECT(has_term(&d, "pay"));
	EXPECT(!has_term(&d, "unseen") && !has_term(&d, "body"));
	EXPECT_SLICE("preview", SLICE("Please pay"), buf_slice(&d.preview));
	digest_free(&d);
}

static void
indexes_what_a_reader_sees(void)
{
	static const char *const there[] = {"caf\xc3\xa9", "s:caf\xc3\xa9",
	    "s:invoice", "f:j\xc3\xb6rg", "f:joerg@example.org", "f:joerg",
	    "t:ann", "t:bob", "t:dave", "c:carol", "joerg", "please", "pay",
	    "soon", "bill.pdf", "bill", "nested"};
	static const char *const not_there[] = {"hidden", "secret", "style",
	    "hello", "f:ann", "c:ann", "s:pay", "agvsbg8"};
	struct digest d;

	digest_make(&d, SLICE(message));
	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		EXPECT_NUMBER(there[i], true, has_term(&d, there[i]));
	for (size_t i = 0; i < sizeof(not_there) / sizeof(not_there[0]); i++)
		EXPECT_NUMBER(not_there[i], false,
		    has_term(&d, not_there[i]));
	digest_free(&d);
}

/* What no part begins in is shown as it is, so it is found, too. */
static void
indexes_a_multipart_without_parts(void)
{
	struct digest d;

	digest_make(&d, SLICE("Content-Type: multipart/mixed; boundary=b\r\n"
	    "\r\nlonely words\r\n"));
	EXPECT(has_term(&d, "lonely"));
	EXPECT_SLICE("preview", SLICE("lonely words"), buf_slice(&d.preview));
	EXPECT(!d.has_attachment);
	digest_free(&d);
}

static void
makes_something_of_nothing(void)
{
	struct digest d;

	digest_make(&d, SLICE(""));
	EXPECT_NUMBER("date", -1, d.date_ms);
	EXPECT_NUMBER("terms", 0, d.terms.n);
	EXPECT_NUMBER("parts", 1, d.parts);
	EXPECT(!d.has_attachment && !d.truncated);
	digest_free(&d);
}

static void
keeps_to_its_limits(void)
{
	struct buf text = BUF_INIT;
	struct digest d;

	buf_append_text(&text, "Subject: ");
	for (int i = 0; i < DIGEST_FIELD_MAX; i++)
		buf_append_text(&text, "\xc3\xa9");
	buf_append_text(&text,
	    "\nContent-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < DIGEST_ATTACHMENTS_MAX + 1; i++)
		buf_append_text(&text,
		    "--b\nContent-Type: image/png; name=a\n\nx\n");
	digest_make(&d, buf_slice(&text));
	EXPECT_NUMBER("subject", DIGEST_FIELD_MAX, d.subject.n);
	EXPECT_NUMBER("attachments", DIGEST_ATTACHMENTS_MAX, d.attachments_n);
	EXPECT(d.truncated);
	digest_free(&d);
	buf_reset(&text);
	buf_append_text(&text, "\n");
	while (text.n < DIGEST_PART_MAX + 10)
		buf_append_text(&text, "again and again ");
	digest_make(&d, buf_slice(&text));
	EXPECT_NUMBER("terms", 2, d.terms.n);
	EXPECT(d.truncated);
	EXPECT(d.preview.n <= DIGEST_PREVIEW_MAX);
	digest_free(&d);
	buf_free(&text);
}

int
main(void)
{
	UNIT_RUN(says_what_a_list_shows);
	UNIT_RUN(reads_xhtml);
	UNIT_RUN(indexes_what_a_reader_sees);
	UNIT_RUN(indexes_a_multipart_without_parts);
	UNIT_RUN(makes_something_of_nothing);
	UNIT_RUN(keeps_to_its_limits);
	return UNIT_RESULT;
}
