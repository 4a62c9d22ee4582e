/* SPDX-License-Identifier: ISC */
#include "scan/url.h"

#include "unit.h"

static void
finds_the_host_that_a_browser_would_ask(void)
{
	static const struct {
		const char *raw, *host, *registrable;
		unsigned flags;
	} rows[] = {
		{"http://www.Example.COM/x", "www.example.com", "example.com",
		    0},
		{"https://a.b.example.co.uk:8443?x", "a.b.example.co.uk",
		    "example.co.uk", 0},
		{"http://bank.com@evil.org/", "evil.org", "evil.org",
		    URL_CREDENTIALS},
		{"http://a@b@evil.org", "evil.org", "evil.org",
		    URL_CREDENTIALS},
		{"http:\\\\evil.org\\bank.com", "evil.org", "evil.org", 0},
		{"http:evil.org/x", "evil.org", "evil.org", 0},
		{"//evil.org#@bank.com", "evil.org", "evil.org", 0},
		{"www.evil.org/x", "www.evil.org", "evil.org", 0},
		{"http://evil.org./", "evil.org", "evil.org", 0},
		{"http://%65vil.org/", "evil.org", "evil.org", URL_HIDDEN},
		{"http://ev\xe2\x80\x8bil.org/", "evil.org", "evil.org",
		    URL_HIDDEN},
		{"http://2130706433/", "127.0.0.1", "", URL_IP},
		{"http://0x7f.1/", "127.0.0.1", "", URL_IP},
		{"http://0177.0.0.01/", "127.0.0.1", "", URL_IP},
		{"http://1.2.3.4.5/", "1.2.3.4.5", "", 0},
		{"http://256.1.1.1/", "256.1.1.1", "", 0},
		{"http://[2001:db8::1]:80/", "2001:db8::1", "", URL_IP},
		{"http://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com",
		    "xn--80ak6aa92e.com", URL_CONFUSABLE},
		/* p, then the Cyrillic a */
		{"http://p\xd0\xb0ypal.com/", "xn--pypal-4ve.com",
		    "xn--pypal-4ve.com", URL_MIXED_SCRIPT},
		{"http://m\xc3\xbcnchen.de/", "xn--mnchen-3ya.de",
		    "xn--mnchen-3ya.de", 0},
		/* the g of print; full width; a dot of Chinese */
		{"http://\xc9\xa1oogle.com/", "xn--oogle-qmc.com",
		    "xn--oogle-qmc.com", URL_MIXED_SCRIPT},
		{"http://\xef\xbd\x90" "aypal.com/", "paypal.com", "paypal.com",
		    URL_HIDDEN},
		{"http://www\xe3\x80\x82" "example.com/", "www.example.com",
		    "example.com", 0},
		{"http://[::FFFF:127.0.0.1]/", "127.0.0.1", "", URL_IP},
		{"http://[2001:db8:0:0:0:0:0:1]/", "2001:db8::1", "", URL_IP},
		{"http://bank.com%40evil.org/", "bank.com@evil.org", "",
		    URL_HIDDEN},
		{"ht\ttp://ev\ril.org/", "evil.org", "evil.org", 0},
		{"/\\evil.org/x", "evil.org", "evil.org", 0},
		{"\\\\evil.org\\x", "evil.org", "evil.org", URL_FILE},
		{"file://evil.org/x", "evil.org", "evil.org", URL_FILE},
		{"ms-word:ofe|u|https://evil.org/x", "evil.org", "evil.org",
		    URL_FILE},
		{"search-ms:crumb=location:\\\\evil.org\\x", "evil.org",
		    "evil.org", URL_FILE},
		{"blob:https://evil.org/x", "evil.org", "evil.org", 0},
		{"java\nscript:alert(1)", "", "", URL_SCRIPT},
		{"\1 javascript:alert(1)", "", "", URL_SCRIPT},
		{"https://bit.ly/x", "bit.ly", "bit.ly", URL_SHORTENER},
		{"https://www.bit.ly/x", "www.bit.ly", "bit.ly",
		    URL_SHORTENER},
		{"JavaScript:alert(1)", "", "", URL_SCRIPT},
		{" data:text/html,x", "", "", URL_DATA},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct url url;

		EXPECT_NUMBER(rows[i].raw, 0,
		    url_parse(&url, slice_text(rows[i].raw)));
		EXPECT_SLICE(rows[i].raw, slice_text(rows[i].host),
		    slice_text(buf_text(&url.host)));
		EXPECT_SLICE(rows[i].raw, slice_text(rows[i].registrable),
		    slice_text(buf_text(&url.registrable)));
		EXPECT_NUMBER(rows[i].raw, rows[i].flags, url.flags);
		url_free(&url);
	}
}

static void
passes_over_what_leads_to_no_host(void)
{
	static const char *const rows[] = {"", "mailto:a@b.example", "#x",
	    "/path", "cid:x", "http://", "http:///", "http://@/", "tel:1",
	    "file:///C:/x", "file://localhost/x", "ms-word:x", "blob:x"};
	struct url url;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_NUMBER(rows[i], -1,
		    url_parse(&url, slice_text(rows[i])));
}

static void
sees_letters_of_several_scripts(void)
{
	EXPECT_NUMBER("latin", 0,
	    url_word_scripts(SLICE("Gr\xc3\xbc\xc3\x9f")));
	EXPECT_NUMBER("mixed", URL_MIXED_SCRIPT,
	    url_word_scripts(SLICE("\xd0\x90pple")));
	EXPECT_NUMBER("russian", 0,
	    url_word_scripts(SLICE("\xd0\xb1\xd0\xb0\xd0\xbd\xd0\xba")));
	EXPECT_NUMBER("alike", URL_CONFUSABLE,
	    url_word_scripts(SLICE("\xd0\xb0\xd1\x80\xd1\x80")));
}

static void
cuts_a_host_to_what_is_registered(void)
{
	static const struct {
		const char *host, *want;
	} rows[] = {{"www.example.com", "example.com"},
	    {"example.com", "example.com"}, {"com", ""}, {"co.uk", ""},
	    {"a.b.example.co.uk", "example.co.uk"}, {".example.com", ""},
	    {"report.docx", ""}, {"a.report.docx", ""}, {"x", ""}, {"", ""},
	    {"a.city.kawasaki.jp", "city.kawasaki.jp"},
	    {"b.c.kawasaki.jp", "b.c.kawasaki.jp"}, {"c.kawasaki.jp", ""}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		url_registrable(slice_text(rows[i].host), &out);
		EXPECT_SLICE(rows[i].host, slice_text(rows[i].want),
		    slice_text(buf_text(&out)));
		buf_free(&out);
	}
}

int
main(void)
{
	UNIT_RUN(cuts_a_host_to_what_is_registered);
	UNIT_RUN(finds_the_host_that_a_browser_would_ask);
	UNIT_RUN(passes_over_what_leads_to_no_host);
	UNIT_RUN(sees_letters_of_several_scripts);
	return UNIT_RESULT;
}
