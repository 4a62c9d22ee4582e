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
		{"<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\nb\nc\nd"},
		{"<p title=\"a>b\">c", "c"},
		{"a<BLOCKQUOTE>b", "a\nb"},
		{"a<blockquotes>b<blockquo>c<divx>d<zzz>e", "abcde"},
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

/* Evasion is to have what is seen taken for hidden, so all that is not sure
 * is seen. */
static void
keeps_what_is_hidden_from_the_eye_apart(void)
{
	static const struct {
		const char *html, *seen, *hidden;
	} rows[] = {
		{"a<span style=\"display:none\">b</span>c", "ac", "b"},
		{"a<div style='x:y;DISPLAY : NONE !important'>b</div>c",
		    "a\nc", "b"},
		{"a<p hidden>b<p>c", "a\nc", "b"},
		{"a<p hidden>b<div>c</div>", "a\nc", "b"},
		{"<i style=visibility:hidden>a</i>b", "b", "a"},
		{"<i style=font-size:0px>a</i>b", "b", "a"},
		{"<i style=font-size:1px>a</i>b", "b", "a"},
		{"<i style=font-size:1em>a</i>b", "ab", ""},
		{"<i style=opacity:0.0>a</i>b", "b", "a"},
		{"<i style=opacity:0.4>a</i>b", "ab", ""},
		{"<i style='color:#FFF;background:#fff'>a</i>b", "b", "a"},
		{"<i style=color:#fff>a</i>b", "ab", ""},
		{"<i style='max-height:0;overflow:hidden'>a</i>b", "b", "a"},
		{"<i style='height:0'>a</i>b", "ab", ""},
		{"<i style='position:absolute;left:-9999px'>a</i>b", "b", "a"},
		{"<i style=text-indent:-999em>a</i>b", "b", "a"},
		{"<i style='display&colon;none'>a</i>", "a", ""},
		{"<i style='display&#58;none'>a</i>b", "b", "a"},
		{"<div hidden>a<div>b</div>c</div>d", "d", "a b c"},
		{"<div hidden>a<p>b</p>c<br>d</div>e", "e", "a b c d"},
		{"<table hidden><tr><td>a<td>b</tr></table>c", "c", "a b"},
		{"<tr hidden><td>a</tr><tr><td>b", "b", "a"},
		{"<li hidden>a<li>b", "b", "a"},
		{"<div><span hidden>a</div>b", "b", "a"},
		{"<span hidden>a<b>b</span>c", "c", "a b"},
		{"<img hidden src=i>a<br hidden>b", "a\nb", ""},
		{"<span hidden>a<script>b</script>c</span>d", "d", "a c"},
		{"<i hidden>a", "", "a"},
		{"<i style=display:block style=display:none>a</i>", "a", ""},
		{"<i style='display:none;display:block'>a</i>", "a", ""},
		/* cells without a font, and text with one */
		{"<td style=font-size:0px>a<div style=font-size:16px>b</div>c"
		    "</td>d", "b\nd", "a c"},
		{"<td style=font-size:0><b style=font-size:2em>a</b></td>b",
		    "b", "a"},
		{"<div style=visibility:hidden>a<b style=visibility:visible>b"
		    "</b></div>c", "b\nc", "a"},
		{"<b style=color:transparent>a<i style=color:#000>b</i>c</b>d",
		    "bd", "a c"},
		{"<div style=display:none><b style='display:block;color:red;"
		    "font-size:9px;visibility:visible'>a</b></div>b", "b",
		    "a"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct html_text h;

		html_text_parse(&h, slice_text(rows[i].html));
		EXPECT_SLICE(rows[i].html, slice_text(rows[i].seen),
		    buf_slice(&h.text));
		EXPECT_SLICE(rows[i].html, slice_text(rows[i].hidden),
		    buf_slice(&h.hidden));
		html_text_free(&h);
	}
}

static void
counts_letters_of_what_is_hidden(void)
{
	struct buf html = BUF_INIT;
	struct html_text h;

	buf_append_text(&html, "<div hidden>");
	for (int i = 0; i < 2000; i++)
		buf_append_text(&html, "&zwnj;&nbsp;a\xc3\xa9 ");
	html_text_parse(&h, buf_slice(&html));
	EXPECT_NUMBER("letters", 4000, h.hidden_n);
	EXPECT(h.hidden.n <= HTML_HIDDEN_MAX);
	EXPECT_NUMBER("seen", 0, h.text.n);
	html_text_free(&h);
	buf_reset(&html);
	/* deeper than anybody nests */
	for (int i = 0; i < 100; i++)
		buf_append_text(&html, "<div hidden>a");
	html_text_parse(&h, buf_slice(&html));
	EXPECT(h.hidden_n > 30);
	html_text_free(&h);
	buf_free(&html);
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
	UNIT_RUN(keeps_what_is_hidden_from_the_eye_apart);
	UNIT_RUN(counts_letters_of_what_is_hidden);
	UNIT_RUN(finds_links_and_what_they_enclose);
	UNIT_RUN(ends_a_link_where_the_next_one_begins);
	UNIT_RUN(keeps_to_its_limits);
	return UNIT_RESULT;
}
