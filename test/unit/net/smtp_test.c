/* SPDX-License-Identifier: ISC */
#include "net/smtp.h"

#include "unit.h"

static void
knows_verbs_case_blind_and_nothing_with_controls(void)
{
	static const struct {
		struct slice line;
		enum smtp_verb verb;
		const char *argument;
	} rows[] = {{SLICE("EHLO a.b"), SMTP_EHLO, "a.b"},
	    {SLICE("mail FROM:<>"), SMTP_MAIL, "FROM:<>"},
	    {SLICE("QUIT  "), SMTP_QUIT, ""},
	    {SLICE("NOOP\tx"), SMTP_NOOP, "x"},
	    {SLICE("MAILFROM:<>"), SMTP_UNKNOWN, ""},
	    {SLICE(""), SMTP_UNKNOWN, ""},
	    {SLICE("NOOP\rQUIT"), SMTP_UNKNOWN, ""},
	    {SLICE("NOOP \0"), SMTP_UNKNOWN, ""},
	    {SLICE("NOOP \x7f"), SMTP_UNKNOWN, ""}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct smtp_command command;

		smtp_command_parse(rows[i].line, &command);
		EXPECT_NUMBER(rows[i].line.p, rows[i].verb, command.verb);
		if (command.verb != SMTP_UNKNOWN)
			EXPECT_SLICE(rows[i].line.p,
			    slice_text(rows[i].argument), command.argument);
	}
}

static void
splits_paths_from_their_parameters(void)
{
	static const struct {
		const char *argument, *path, *parameters; /* path NULL: none */
	} rows[] = {{"FROM:<a@b>", "<a@b>", ""},
	    {"from: <a@b> SIZE=3", "<a@b>", " SIZE=3"},
	    {"FROM:<> BODY=7BIT", "<>", " BODY=7BIT"},
	    {"FROM:<\"a> b\"@c> X", "<\"a> b\"@c>", " X"},
	    {"FROM:<\"a\\\"> b\"@c>", "<\"a\\\"> b\"@c>", ""},
	    {"FROM:a@b SIZE=1", "a@b", " SIZE=1"}, {"FROM:<a@b", NULL, NULL},
	    {"FROM:<\"a@b>", NULL, NULL}, {"FROM:", NULL, NULL},
	    {"FROM <a@b>", NULL, NULL}, {"TO:<a@b>", NULL, NULL},
	    {"FROM:<a@b>SIZE=1", NULL, NULL}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice path, parameters;
		int done = smtp_path_split(slice_text(rows[i].argument),
		    "FROM:", &path, &parameters);

		EXPECT_NUMBER(
		    rows[i].argument, rows[i].path != NULL ? 0 : -1, done);
		if (done < 0 || rows[i].path == NULL)
			continue;
		EXPECT_SLICE(
		    rows[i].argument, slice_text(rows[i].path), path);
		EXPECT_SLICE(rows[i].argument,
		    slice_text(rows[i].parameters), parameters);
	}
}

static void
walks_parameters(void)
{
	struct slice rest = SLICE(" SIZE=10  SMTPUTF8 X-A=b=c"), name, value;

	EXPECT_NUMBER("first", 1, smtp_parameter_next(&rest, &name, &value));
	EXPECT_SLICE("name", SLICE("SIZE"), name);
	EXPECT_SLICE("value", SLICE("10"), value);
	EXPECT_NUMBER("second", 1, smtp_parameter_next(&rest, &name, &value));
	EXPECT_SLICE("name", SLICE("SMTPUTF8"), name);
	EXPECT(value.p == NULL);
	EXPECT_NUMBER("third", 1, smtp_parameter_next(&rest, &name, &value));
	EXPECT_SLICE("value", SLICE("b=c"), value);
	EXPECT_NUMBER("end", 0, smtp_parameter_next(&rest, &name, &value));
	rest = SLICE("SIZE=");
	EXPECT_NUMBER("empty", -1, smtp_parameter_next(&rest, &name, &value));
	rest = SLICE("=1");
	EXPECT_NUMBER("no name", -1, smtp_parameter_next(&rest, &name, &value));
}

static void
decodes_xtext(void)
{
	static const struct {
		struct slice text, want;
		int result;
	} rows[] = {{SLICE("a+2Bb+3D"), SLICE("a+b="), 0},
	    {SLICE("a=b"), SLICE(""), -1}, {SLICE("a b"), SLICE(""), -1},
	    {SLICE("+2"), SLICE(""), -1}, {SLICE("+zz"), SLICE(""), -1}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		EXPECT_NUMBER(rows[i].text.p, rows[i].result,
		    smtp_xtext_decode(rows[i].text, &out));
		if (rows[i].result == 0)
			EXPECT_SLICE(
			    rows[i].text.p, rows[i].want, buf_slice(&out));
		buf_free(&out);
	}
}

static void
reads_chunk_sizes(void)
{
	static const struct {
		const char *text;
		int result;
		int64_t size;
		bool last;
	} rows[] = {{"0 LAST", 0, 0, true}, {"86400 last", 0, 86400, true},
	    {"1", 0, 1, false}, {"", -1, 0, false}, {"-1", -1, 0, false},
	    {"+1", -1, 0, false}, {"1 FIRST", -1, 0, false},
	    {"99999999999999999999", -1, 0, false}, {"1x", -1, 0, false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t size = 0;
		bool last = false;

		EXPECT_NUMBER(rows[i].text, rows[i].result,
		    smtp_chunk_parse(
			slice_text(rows[i].text), &size, &last));
		if (rows[i].result < 0)
			continue;
		EXPECT_NUMBER(rows[i].text, rows[i].size, size);
		EXPECT(rows[i].last == last);
	}
}

static void
lets_nobody_break_out_of_a_reply_or_a_trace(void)
{
	struct buf out = BUF_INIT;

	smtp_answer(&out, 550, "5.1.1", "%s", "no\r\n250 \x1b[1mok\xc3\xa9");
	EXPECT_SLICE("reply", SLICE("550 5.1.1 no??250 ?[1mok??\r\n"),
	    buf_slice(&out));
	buf_free(&out);
	EXPECT(smtp_helo_is_valid(SLICE("[IPv6:::1]")));
	EXPECT(smtp_helo_is_valid(SLICE("a_b.example")));
	EXPECT(!smtp_helo_is_valid(SLICE("")));
	EXPECT(!smtp_helo_is_valid(SLICE("a b")));
	EXPECT(!smtp_helo_is_valid(SLICE("a;b")));
	EXPECT(!smtp_helo_is_valid(SLICE("a(b")));
	EXPECT(!smtp_helo_is_valid(SLICE("a\0b")));
}

static void
cuts_a_reply_at_400_octets(void)
{
	struct buf text = BUF_INIT, out = BUF_INIT;

	for (int i = 0; i < 500; i++)
		buf_append_char(&text, 'x');
	smtp_answer(&out, 250, "", "%s", buf_text(&text));
	EXPECT_NUMBER("length", 4 + SMTP_REPLY_TEXT_MAX + 2, out.n);
	buf_free(&text);
	buf_free(&out);
}

int
main(void)
{
	UNIT_RUN(knows_verbs_case_blind_and_nothing_with_controls);
	UNIT_RUN(splits_paths_from_their_parameters);
	UNIT_RUN(walks_parameters);
	UNIT_RUN(decodes_xtext);
	UNIT_RUN(reads_chunk_sizes);
	UNIT_RUN(lets_nobody_break_out_of_a_reply_or_a_trace);
	UNIT_RUN(cuts_a_reply_at_400_octets);
	return UNIT_RESULT;
}
