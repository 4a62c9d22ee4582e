/* SPDX-License-Identifier: ISC */
#include "mail/mime.h"

#include "unit.h"

/* Each part as `DEPTH TYPE/SUBTYPE[BODY]', multiparts without body. */
static void
expect_tree(const char *message, const char *want)
{
	struct buf got = BUF_INIT;
	struct mime m;

	mime_parse(&m, slice_text(message), NULL);
	for (size_t i = 0; i < m.n; i++) {
		const struct mime_part *part = &m.parts[i];

		buf_format(&got, "%u %.*s/%.*s", part->depth,
		    SLICE_ARG(part->type), SLICE_ARG(part->subtype));
		if (!part->has_children)
			buf_format(&got, "[%.*s]", SLICE_ARG(part->body));
		buf_append_char(&got, '\n');
	}
	EXPECT_SLICE(message, slice_text(want), buf_slice(&got));
	mime_free(&m);
	buf_free(&got);
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n\r\n"

static void
walks_parts_in_their_order(void)
{
	expect_tree("Subject: x\r\n\r\nbody\r\n", "0 text/plain[body\r\n]\n");
	expect_tree(MIXED "preamble\r\n--b\r\n\r\none\r\n--b\r\n"
	    "Content-Type: text/html\r\n\r\ntwo\r\n\r\n--b--\r\nepilogue",
	    "0 multipart/mixed\n1 text/plain[one]\n1 text/html[two\r\n]\n");
	expect_tree("Content-Type: multipart/mixed; boundary=b\n\n"
	    "--b\n\none\n--b--\n", "0 multipart/mixed\n1 text/plain[one]\n");
	expect_tree("", "0 text/plain[]\n");
}

static void
keeps_nested_boundaries_apart(void)
{
	expect_tree(MIXED "--b\r\nContent-Type: multipart/alternative;"
	    " boundary=\"b1\"\r\n\r\n--b1\r\n\r\none\r\n--b1--\r\n--b\r\n\r\n"
	    "two\r\n--b--\r\n", "0 multipart/mixed\n"
	    "1 multipart/alternative\n2 text/plain[one]\n"
	    "1 text/plain[two]\n");
}

static void
ends_an_unclosed_part_where_an_outer_one_ends(void)
{
	expect_tree(MIXED "--b\r\nContent-Type: multipart/mixed;"
	    " boundary=c\r\n\r\n--c\r\n\r\none\r\n--b\r\n\r\ntwo",
	    "0 multipart/mixed\n1 multipart/mixed\n2 text/plain[one]\n"
	    "1 text/plain[two]\n");
}

static void
tolerates_malformed_boundaries(void)
{
	/* Blanks behind; no empty line; none at all; no parameter. */
	expect_tree(MIXED "--b \t\r\n\r\none\r\n--b-- \r\n",
	    "0 multipart/mixed\n1 text/plain[one]\n");
	expect_tree(MIXED "--b\r\nContent-Type: text/html\r\n--b\r\n"
	    "no header\r\n--b--\r\n", "0 multipart/mixed\n1 text/html[]\n"
	    "1 text/plain[no header]\n");
	expect_tree(MIXED "nothing", "0 multipart/mixed[nothing]\n");
	expect_tree("Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx",
	    "0 multipart/mixed[--b\r\n\r\nx]\n");
	expect_tree(MIXED "--bb\r\n--b\r\n\r\n--b-\r\n--c\r\n--b--",
	    "0 multipart/mixed\n1 text/plain[--b-\r\n--c]\n");
	expect_tree(MIXED "--b\r\n--b\r\n--b--",
	    "0 multipart/mixed\n1 text/plain[]\n1 text/plain[]\n");
	/* A boundary that looks like a field ends a header. */
	expect_tree("Content-Type: multipart/mixed; boundary=\"x:y\"\n\n"
	    "--x:y\nX: 1\n--x:y\n\ntwo\n", "0 multipart/mixed\n"
	    "1 text/plain[]\n1 text/plain[two\n]\n");
}

static void
descends_into_attached_messages(void)
{
	expect_tree(MIXED "--b\r\nContent-Type: message/rfc822\r\n\r\n"
	    "Subject: in\r\nContent-Type: text/html\r\n\r\nhi\r\n--b--\r\n",
	    "0 multipart/mixed\n1 message/rfc822\n2 text/html[hi]\n");
	expect_tree("Content-Type: message/rfc822\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\neA==",
	    "0 message/rfc822[eA==]\n");
	expect_tree("Content-Type: multipart/digest; boundary=b\n\n--b\n\n"
	    "Subject: in\n\nhi\n--b--\n", "0 multipart/digest\n"
	    "1 message/rfc822\n2 text/plain[hi]\n");
}

static void
tells_what_a_part_is(void)
{
	static const char message[] = MIXED "--b\r\n"
	    "content-type: TEXT/html; charset=\"iso-8859-1\"; name=n.html\r\n"
	    "Content-Transfer-Encoding: Quoted-Printable\r\n"
	    "Content-ID: <id@x>\r\n"
	    "Content-Disposition: inline;\r\n filename*=utf-8''%C3%A9.html\r\n"
	    "\r\ncaf=E9\r\n--b--\r\n";
	struct buf text = BUF_INIT;
	struct mime m;

	mime_parse(&m, SLICE(message), NULL);
	EXPECT_NUMBER("parts", 2, m.n);
	EXPECT(mime_part_is(&m.parts[1], "text", "HTML"));
	EXPECT(mime_part_is(&m.parts[1], "text", NULL));
	EXPECT(!mime_part_is(&m.parts[1], "text", "plain"));
	EXPECT_SLICE("charset", SLICE("iso-8859-1"), m.parts[1].charset);
	EXPECT_SLICE("filename", SLICE("\xc3\xa9.html"), m.parts[1].filename);
	EXPECT_SLICE("disposition", SLICE("inline"), m.parts[1].disposition);
	EXPECT_SLICE("id", SLICE("id@x"), m.parts[1].id);
	EXPECT_NUMBER("encoding", ENCODING_QUOTED_PRINTABLE,
	    m.parts[1].encoding);
	EXPECT_NUMBER("parent", 0, m.parts[1].parent);
	mime_part_text(&m.parts[1], &text);
	EXPECT_SLICE("text", SLICE("caf\xc3\xa9"), buf_slice(&text));
	mime_free(&m);
	buf_free(&text);
}

static void
tells_attachments_from_text(void)
{
	static const struct {
		const char *header;
		bool attachment;
	} rows[] = {
		{"Content-Type: text/plain", false},
		{"Content-Disposition: attachment", true},
		{"Content-Type: application/pdf", true},
		{"Content-Type: text/plain; name=a.txt", true},
		{"Content-Disposition: inline; filename=a.txt", false},
		{"Content-Type: image/png\r\nContent-ID: <x>", false},
		{"Content-Type: image/png", true},
		{"Content-Type: application/pgp-signature; name=s.asc", false},
		{"Content-Type: message/rfc822", true},
		{"Content-Type: application/xhtml+xml", false},
		{"Content-Type: application/xhtml+xml; name=a.xht", true},
		{"Content-Type: application/xhtml+xml\r\n"
		    "Content-Disposition: attachment", true},
		{"Content-Type: application/xml", true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf message = BUF_INIT;
		struct mime m;

		buf_format(&message, MIXED "--b\r\n%s\r\n\r\nx\r\n--b--\r\n",
		    rows[i].header);
		mime_parse(&m, buf_slice(&message), NULL);
		EXPECT_NUMBER(rows[i].header, rows[i].attachment,
		    mime_part_is_attachment(&m.parts[1]));
		mime_free(&m);
		buf_free(&message);
	}
}

static void
stops_at_its_limits(void)
{
	static const struct mime_limits limits = {3, 1};
	struct buf message = BUF_INIT;
	struct mime m;

	buf_append_text(&message, MIXED);
	for (int i = 0; i < 5; i++)
		buf_append_text(&message, "--b\r\n\r\nx\r\n");
	mime_parse(&m, buf_slice(&message), &limits);
	EXPECT_NUMBER("parts", 3, m.n);
	EXPECT(m.truncated);
	mime_free(&m);
	buf_reset(&message);
	for (int i = 0; i < 5; i++)
		buf_append_text(&message, "Content-Type: message/rfc822\n\n");
	mime_parse(&m, buf_slice(&message), &limits);
	EXPECT_NUMBER("depth", 2, m.n);
	EXPECT(m.truncated);
	mime_free(&m);
	mime_parse(&m, buf_slice(&message), NULL);
	EXPECT_NUMBER("all", 6, m.n);
	EXPECT(!m.truncated);
	mime_free(&m);
	buf_free(&message);
}

int
main(void)
{
	UNIT_RUN(walks_parts_in_their_order);
	UNIT_RUN(keeps_nested_boundaries_apart);
	UNIT_RUN(ends_an_unclosed_part_where_an_outer_one_ends);
	UNIT_RUN(tolerates_malformed_boundaries);
	UNIT_RUN(descends_into_attached_messages);
	UNIT_RUN(tells_what_a_part_is);
	UNIT_RUN(tells_attachments_from_text);
	UNIT_RUN(stops_at_its_limits);
	return UNIT_RESULT;
}
