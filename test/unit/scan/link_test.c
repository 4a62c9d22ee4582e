/* SPDX-License-Identifier: ISC */
#include "scan/link.h"

#include "unit.h"

static void
finds_urls_where_they_stand(void)
{
	static const struct {
		const char *text, *first, *second;
	} rows[] = {
		{"see http://a.example/x.", "http://a.example/x", NULL},
		{"(https://a.example/b_(c))", "https://a.example/b_(c)", NULL},
		{"<ftp://a.example>http://b.example", "ftp://a.example",
		    "http://b.example"},
		{"www.a.example, and more", "www.a.example", NULL},
		{"xwww.a.example me@www.b.example", NULL, NULL},
		{"HTTP://A.EXAMPLE/?q=1&r=2!", "HTTP://A.EXAMPLE/?q=1&r=2",
		    NULL},
		{"://a http:// www.", NULL, NULL},
		{"a:b c://", NULL, NULL},
		{"1http://x", "http://x", NULL},
		/* full stops and brackets of Chinese, quotation marks */
		{"http://a.example/b\xe3\x80\x82\xe8\xaf\xb7",
		    "http://a.example/b", NULL},
		{"http://a\xe3\x80\x82" "example/\xef\xbc\x89",
		    "http://a\xe3\x80\x82" "example/", NULL},
		{"\xe2\x80\x9chttp://a.example\xe2\x80\x9d.",
		    "http://a.example", NULL},
		{"", NULL, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice rest = slice_text(rows[i].text), url;
		struct slice got[2] = {SLICE_NONE, SLICE_NONE};
		size_t n = 0;

		while (link_next(&rest, &url))
			if (n < 2)
				got[n++] = url;
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].first), got[0]);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].second),
		    got[1]);
	}
}

static void
defangs_what_a_terminal_would_open(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"http://a.example/p.html", "hxxp://a[.]example/p.html"},
		{"HTTPS://user@a.example:8/?u=http://b.example/",
		    "hxxpS://user@a[.]example:8/?u=http[:]//b.example/"},
		{"ftp://a.example", "ftp[:]//a[.]example"},
		{"www.a.example", "www[.]a[.]example"},
		{"javascript:alert(1)", "javascript[:]alert(1)"},
		{"data:text/html,x", "data[:]text/html,x"},
		{"a.example:80/x", "a[.]example:80/x"},
		{"http://a\x1b[2J.example", "hxxp://a\\x1b[2J[.]example"},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		link_defang(slice_text(rows[i].text), &out);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].want),
		    slice_text(buf_text(&out)));
		buf_free(&out);
	}
}

static void
keeps_lines_and_escapes_the_rest(void)
{
	struct buf out = BUF_INIT;

	link_defang_text(SLICE("a\tb\r\nc\rd\n\x1b]0;x\x07 http://e.example. "
	    "\xe2\x80\xae" "f"), &out);
	EXPECT_SLICE("text", SLICE("a    b\nc\\x0dd\n\\x1b]0;x\\x07 "
	    "hxxp://e[.]example. \\u{202e}f"), buf_slice(&out));
	buf_free(&out);
}

static void
cuts_an_endless_url(void)
{
	struct buf text = BUF_INIT;
	struct slice rest, url;

	buf_append_text(&text, "http://");
	for (int i = 0; i < LINK_SIZE_MAX; i++)
		buf_append_char(&text, 'x');
	rest = buf_slice(&text);
	EXPECT(link_next(&rest, &url));
	EXPECT_NUMBER("size", LINK_SIZE_MAX, url.n);
	EXPECT(!link_next(&rest, &url));
	buf_free(&text);
}

int
main(void)
{
	UNIT_RUN(finds_urls_where_they_stand);
	UNIT_RUN(defangs_what_a_terminal_would_open);
	UNIT_RUN(keeps_lines_and_escapes_the_rest);
	UNIT_RUN(cuts_an_endless_url);
	return UNIT_RESULT;
}
