/* SPDX-License-Identifier: ISC */
#include "mail/parameter.h"

#include "unit.h"

static void
expect_list(const char *value, const char *want)
{
	struct parameter_list list;
	struct buf got = BUF_INIT;

	parameter_list_parse(&list, slice_text(value));
	buf_format(&got, "%.*s/%.*s", SLICE_ARG(list.type),
	    SLICE_ARG(list.subtype));
	for (size_t i = 0; i < list.n; i++)
		buf_format(&got, ";%.*s=%s", SLICE_ARG(list.items[i].name),
		    buf_text(&list.items[i].value));
	EXPECT_SLICE(value, slice_text(want), buf_slice(&got));
	parameter_list_free(&list);
	buf_free(&got);
}

static void
reads_types_and_parameters(void)
{
	expect_list(" text/plain; charset=us-ascii (Plain text)",
	    "text/plain;charset=us-ascii");
	expect_list("(a) text (b) / (c) html (d); x = \"y z\"",
	    "text/html;x=y z");
	expect_list("attachment; filename=report (2).pdf; size=3",
	    "attachment/;filename=report (2).pdf;size=3");
	expect_list("a/b; c=\"d\\\"e\\\\\"; f=g", "a/b;c=d\"e\\;f=g");
	expect_list("a/b; c=\"d\r\n e\"", "a/b;c=d e");
	expect_list("a/b; c=\"never closed; d=e", "a/b;c=never closed; d=e");
	expect_list("text; charset=x", "text/;charset=x");
	expect_list("", "/");
	expect_list(";a=b", "/");
	expect_list("a/b;;; = ; c=; d", "a/b");
}

static void
takes_a_forgotten_semicolon(void)
{
	expect_list("text/plain charset=utf-8", "text/plain;charset=utf-8");
	expect_list("a/b; c=d e=f", "a/b;c=d;e=f");
	expect_list("a/b; c=\"d\" e=f", "a/b;c=d;e=f");
}

static void
joins_continuations_in_the_order_of_their_numbers(void)
{
	/* RFC 2231, 3 and 4.1 */
	expect_list("message/external-body; access-type=URL;"
	    " URL*0=\"ftp://\"; URL*1=\"cs.utk.edu/pub\"",
	    "message/external-body;access-type=URL;URL=ftp://cs.utk.edu/pub");
	expect_list("application/x-stuff;"
	    " title*0*=us-ascii'en'This%20is%20even%20more%20;"
	    " title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
	    "application/x-stuff;title=This is even more ***fun*** isn't it!");
	expect_list("a/b; n*1=2; n*10=4; n*2=3; n*0=1", "a/b;n=1234");
	expect_list("a/b; n*=iso-8859-1''%E9", "a/b;n=\xc3\xa9");
	expect_list("a/b; n*0*=utf-8''%C3; n*1*=%A9", "a/b;n=\xc3\xa9");
}

static void
prefers_the_encoded_form(void)
{
	expect_list("a/b; n=plain; n*=utf-8''%C3%A9; n=again",
	    "a/b;n=\xc3\xa9");
	expect_list("a/b; n=first; N=second", "a/b;n=first");
}

static void
decodes_words_where_they_should_not_be(void)
{
	expect_list("a/b; n=\"=?utf-8?q?=C3=A9?=\"", "a/b;n=\xc3\xa9");
	expect_list("a/b; n==?utf-8?q?=C3=A9?=.gif", "a/b;n=\xc3\xa9.gif");
}

static void
reads_no_more_pieces_than_the_limit(void)
{
	struct buf value = BUF_INIT;
	struct parameter_list list;

	buf_append_text(&value, "a/b");
	for (int i = 0; i < 2 * PARAMETERS_MAX; i++)
		buf_format(&value, "; n*%d=x", i);
	parameter_list_parse(&list, buf_slice(&value));
	EXPECT(list.truncated);
	EXPECT_NUMBER("joined", PARAMETERS_MAX,
	    parameter_find(&list, "N").n);
	parameter_list_free(&list);
	buf_free(&value);
}

static void
writes_what_it_reads(void)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		{"a.pdf", ";\r\n\tfilename=a.pdf"},
		{"a b\".pdf", ";\r\n\tfilename=\"a b\\\".pdf\""},
		{"", ";\r\n\tfilename=\"\""},
		{"\xc3\xa9.pdf", ";\r\n\tfilename*0*=utf-8''%C3%A9.pdf"},
		{"=?utf-8?q?a b?=", ";\r\n\tfilename*0*="
		    "utf-8''%3D%3Futf-8%3Fq%3Fa%20b%3F%3D"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		EXPECT(parameter_write("filename", slice_text(rows[i].value),
		    &out) == 0);
		EXPECT_SLICE(rows[i].value, slice_text(rows[i].want),
		    buf_slice(&out));
		buf_free(&out);
	}
}

int
main(void)
{
	UNIT_RUN(reads_types_and_parameters);
	UNIT_RUN(takes_a_forgotten_semicolon);
	UNIT_RUN(joins_continuations_in_the_order_of_their_numbers);
	UNIT_RUN(prefers_the_encoded_form);
	UNIT_RUN(decodes_words_where_they_should_not_be);
	UNIT_RUN(reads_no_more_pieces_than_the_limit);
	UNIT_RUN(writes_what_it_reads);
	return UNIT_RESULT;
}
