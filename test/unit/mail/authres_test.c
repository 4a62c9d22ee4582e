/* SPDX-License-Identifier: ISC */
#include "mail/authres.h"

#include "unit.h"

/* As `ID|METHOD=RESULT{REASON}TYPE.NAME=VALUE,...', `!' where malformed. */
static void
expect_parsed(const char *value, const char *want)
{
	struct authres a;
	struct buf got = BUF_INIT;

	if (authres_parse(&a, slice_text(value)) < 0)
		buf_append_text(&got, "refused");
	else
		buf_append_slice(&got, buf_slice(&a.id));
	for (size_t i = 0; i < a.n; i++) {
		const struct authres_result *r = &a.items[i];

		buf_format(&got, "|%.*s=%.*s{%s}", SLICE_ARG(r->method),
		    SLICE_ARG(r->result), buf_text(&r->reason));
		for (size_t k = 0; k < r->n; k++)
			buf_format(&got, "%.*s.%.*s=%s,",
			    SLICE_ARG(r->properties[k].type),
			    SLICE_ARG(r->properties[k].name),
			    buf_text(&r->properties[k].value));
	}
	if (a.malformed)
		buf_append_char(&got, '!');
	EXPECT_SLICE(value, slice_text(want), buf_slice(&got));
	authres_free(&a);
	buf_free(&got);
}

static void
reads_the_examples_of_rfc_8601(void)
{
	/* Appendix B */
	expect_parsed(" example.org 1; none", "example.org");
	expect_parsed("example.com;\r\n spf=pass smtp.mailfrom=example.net",
	    "example.com|spf=pass{}smtp.mailfrom=example.net,");
	expect_parsed("example.com; auth=pass (cram-md5)"
	    " smtp.auth=sender@example.net; spf=pass"
	    " smtp.mailfrom=example.net",
	    "example.com|auth=pass{}smtp.auth=sender@example.net,"
	    "|spf=pass{}smtp.mailfrom=example.net,");
	expect_parsed("example.com; dkim=fail reason=\"bad signature\""
	    " header.i=@newyork.example.com",
	    "example.com|dkim=fail{bad signature}"
	    "header.i=@newyork.example.com,");
	expect_parsed("foo.example.net (foobar) 1 (baz);"
	    " dkim (Because I like it) / 1 (One yay) = (wait for it) fail"
	    " policy (A dot can go here) . (like that) expired"
	    " (this surprised me) = (as I wasn't expecting it) 1362471462",
	    "foo.example.net|dkim=fail{}policy.expired=1362471462,");
}

static void
reads_the_id_whatever_stands_around(void)
{
	expect_parsed("(c (d) \\) e) mx.example(f);none", "mx.example");
	expect_parsed("\"mx \\\"a\\\"\";none", "mx \"a\"");
	expect_parsed("mx.example", "mx.example");
	expect_parsed("mx.example;;", "mx.example");
	expect_parsed("(never closed mx.example; spf=pass", "refused");
	expect_parsed("\"never closed", "refused");
	expect_parsed("", "refused");
	expect_parsed("; spf=pass", "refused");
}

static void
stops_where_it_cannot_read_on(void)
{
	expect_parsed("a; spf=pass; what; dkim=pass", "a|spf=pass{}!");
	expect_parsed("a; spf=pass x; dkim=pass", "a|spf=pass{}!");
	expect_parsed("a; spf=pass (never closed", "a|spf=pass{}");
}

static void
writes_folded_and_quoted(void)
{
	struct authres_writer w;
	struct buf out = BUF_INIT;

	authres_begin(&w, &out, SLICE("mx.example.org"));
	authres_put_result(&w, "spf", "pass", SLICE_NONE);
	authres_put_property(&w, "smtp.mailfrom", SLICE("a@example.net"));
	authres_put_result(&w, "dkim", "fail", SLICE("body \"hash\"\r\nX: y"));
	authres_put_property(&w, "header.d", SLICE("example.net"));
	authres_put_property(&w, "header.b", SLICE("abc/d=="));
	authres_put_property(&w, "header.i", SLICE(""));
	authres_end(&w);
	EXPECT_SLICE("value", SLICE("mx.example.org;\r\n"
	    "\tspf=pass smtp.mailfrom=a@example.net;\r\n"
	    "\tdkim=fail reason=\"body \\\"hash\\\"??X: y\""
	    " header.d=example.net\r\n"
	    "\theader.b=\"abc/d==\" header.i=\"\""), buf_slice(&out));
	buf_reset(&out);
	authres_begin(&w, &out, SLICE("mx x"));
	authres_end(&w);
	EXPECT_SLICE("none", SLICE("\"mx x\"; none"), buf_slice(&out));
	buf_free(&out);
}

static void
keeps_to_its_limits(void)
{
	struct buf value = BUF_INIT;
	struct authres a;

	buf_append_text(&value, "a");
	for (int i = 0; i < AUTHRES_RESULTS_MAX + 1; i++)
		buf_append_text(&value, "; x=pass");
	authres_parse(&a, buf_slice(&value));
	EXPECT_NUMBER("results", AUTHRES_RESULTS_MAX, a.n);
	EXPECT(a.truncated);
	authres_free(&a);
	buf_reset(&value);
	buf_append_text(&value, "a; x=pass");
	for (int i = 0; i < AUTHRES_PROPERTIES_MAX + 1; i++)
		buf_append_text(&value, " p.q=r");
	authres_parse(&a, buf_slice(&value));
	EXPECT_NUMBER("properties", AUTHRES_PROPERTIES_MAX, a.items[0].n);
	EXPECT(a.truncated);
	authres_free(&a);
	buf_free(&value);
}

int
main(void)
{
	UNIT_RUN(reads_the_examples_of_rfc_8601);
	UNIT_RUN(reads_the_id_whatever_stands_around);
	UNIT_RUN(stops_where_it_cannot_read_on);
	UNIT_RUN(writes_folded_and_quoted);
	UNIT_RUN(keeps_to_its_limits);
	return UNIT_RESULT;
}
