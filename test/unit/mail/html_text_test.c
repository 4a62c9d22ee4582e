/* SPDX-License-Identifier: ISC */
#include "mail/html_text.h"

#include "unit.h"

static void
shows_what_a_reader_sees(void)
{
	static const struct {
		const char *html, *want;
	} rows[] = {
		{"plain", "plain"},
		{"  a \r\n b\t", "a b"},
		{"<p>a</p><p>b", "a\nb"},
		{"a<br>b<br/>c", "a\nb\nc"},
		{"a<b>b</b>c", "abc"},
		{"<ul><li>a<li>b</ul>c", "a\nb\nc"},
		{"<html><head><title>t</title><style>p {}</style></head>"
		    "<body>x", "x"},
		{"a<script>if (1 < 2) '</p>'</script>b", "ab"},
		{"a<SCRIPT>x</scripty></Script >b", "ab"},
		{"a<style>b", "a"},
		{"a<!-- x > y -- z -->b", "ab"},
		{"a<!-->b<!--->c", "abc"},
		{"a<!doctype html>b<?xml ?>c", "abc"},
		{"a<!-- never closed", "a"},
		{"a <never closed", "a"},
		{"1 < 2 > 1 <3", "1 < 2 > 1 <3"},
		{"a</>b</ x>c", "abc"},
		{"&lt;b&gt; &amp;amp; &quot;", "<b> &amp; \""},
		{"&eacute;&#233;&#xE9;&#x1F600;",
		    "\xc3\xa9\xc3\xa9\xc3\xa9\xf0\x9f\x98\x80"},
		{"&nbsp &nosuch; &; &#; &#x; &", "\xc2\xa0 &nosuch; &; &#; "
		    "&#x; &"},
		{"&#128;&#0;&#xd800;&#99999999999;", "\xe2\x82\xac"
		    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"<td>a</td><td>b</td>", "a\nb"},
		{"<p title=\"a>b\">c", "c"},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct html_text h;

		html_text_parse(&h, slice_text(rows[i].html));
		EXPECT_SLICE(rows[i].html, slice_text(rows[i].want),
		    buf_slice(&h.text));
		html_text_free(&h);
	}
}

static void
finds_links_and_what_they_enclose(void)
{
	static const struct {
		const char *html, *url, *element, *text;
	} rows[] = {
		{"x <a href=\"http://a.example/?b=1&amp;c=2\">here <b>it</b>"
		    "</a> y", "http://a.example/?b=1&c=2", "a", "here it"},
		{"<A HREF=http://a.example/>t</A>", "http://a.example/", "a",
		    "t"},
		{"<a class=x href = 'u'>t", "u", "a", "t"},
		{"<a href=\" u \n\" href=second>t</a>", "u", "a", "t"},
		{"<p><a href=u>t</p></a>", "u", "a", "t"},
		{"a<img src=i.png>b", "i.png", "img", ""},
		{"<form action=f method=post>x", "f", "form", ""},
		{"<iframe src=f>x</iframe>", "f", "iframe", ""},
		{"<script src=s></script>", "s", "script", ""},
		{"<area href=h>", "h", "area", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct html_text h;

		html_text_parse(&h, slice_text(rows[i].html));
		EXPECT_NUMBER(rows[i].html, 1, h.links_n);
		if (h.links_n == 1) {
			EXPECT_SLICE(rows[i].html, slice_text(rows[i].url),
			    buf_slice(&h.links[0].url));
			EXPECT_SLICE(rows[i].html, slice_text(rows[i].element),
			    slice_text(h.links[0].element));
			EXPECT_SLICE(rows[i].html, slice_text(rows[i].text),
			    slice_part(buf_slice(&h.text), h.links[0].from,
			    h.links[0].to));
		}
		html_text_free(&h);
	}
}

static void
ends_a_link_where_the_next_one_begins(void)
{
	struct html_text h;

	html_text_parse(&h, SLICE("<a href=u>one <a href=v>two</a> three"));
	EXPECT_NUMBER("links", 2, h.links_n);
	EXPECT_SLICE("first", SLICE("one"), slice_part(buf_slice(&h.text),
	    h.links[0].from, h.links[0].to));
	EXPECT_SLICE("second", SLICE("two"), slice_part(buf_slice(&h.text),
	    h.links[1].from, h.links[1].to));
	html_text_free(&h);
}

static void
keeps_to_its_limits(void)
{
	struct buf html = BUF_INIT;
	struct html_text h;

	for (int i = 0; i < HTML_LINKS_MAX + 1; i++)
		buf_append_text(&html, "<a href=u>");
	html_text_parse(&h, buf_slice(&html));
	EXPECT_NUMBER("links", HTML_LINKS_MAX, h.links_n);
	EXPECT(h.truncated);
	html_text_free(&h);
	buf_reset(&html);
	while (html.n < HTML_TEXT_MAX + 10)
		buf_append_text(&html, "0123456 ");
	html_text_parse(&h, buf_slice(&html));
	EXPECT(h.text.n <= HTML_TEXT_MAX && h.text.n > HTML_TEXT_MAX - 9);
	EXPECT(h.truncated);
	html_text_free(&h);
	buf_reset(&html);
	buf_append_text(&html, "<a href='");
	for (int i = 0; i < HTML_URL_MAX + 1; i++)
		buf_append_char(&html, 'u');
	buf_append_text(&html, "'>");
	html_text_parse(&h, buf_slice(&html));
	EXPECT_NUMBER("url", HTML_URL_MAX, h.links[0].url.n);
	EXPECT(h.truncated);
	html_text_free(&h);
	buf_free(&html);
}

int
main(void)
{
	UNIT_RUN(shows_what_a_reader_sees);
	UNIT_RUN(finds_links_and_what_they_enclose);
	UNIT_RUN(ends_a_link_where_the_next_one_begins);
	UNIT_RUN(keeps_to_its_limits);
	return UNIT_RESULT;
}
