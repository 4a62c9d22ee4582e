/* SPDX-License-Identifier: ISC */
/* What the parser says to whom made a mistake, and its limits. */
#include "sieve/parser.h"
#include "unit.h"

static void
says_where_and_what(void)
{
	static const struct {
		const char *script, *want;
	} rows[] = {
	    {"keep", "s:1:5: expected ';' behind keep, found the end of the "
		"script"},
	    {"\n\n  foo;", "s:3:3: there is no command 'foo'"},
	    {"header \"a\" \"b\";", "s:1:1: expected a command, found the test "
		"'header'"},
	    {"if keep {}", "s:1:4: expected a test, found the command 'keep'"},
	    {"if true keep;", "s:1:9: expected '{', found 'keep'"},
	    {"if true {", "s:1:10: expected a command or '}', found the end "
		"of the script"},
	    {"if anyof true {}", "s:1:10: expected '(' and tests, found "
		"'true'"},
	    {"keep :copy;", "s:1:6: 'keep' does not take ':copy'"},
	    {"redirect;", "s:1:9: expected an argument here, found ';'"},
	    {"redirect [\"a@b.example\"];", "s:1:10: expected a string for "
		"'redirect'"},
	    {"redirect \"nobody\";", "s:1:10: 'nobody' is no mail address"},
	    {"if size 100 {}", "s:1:9: expected no more arguments, found a "
		"number"},
	    {"if size {}", "s:1:4: 'size' needs ':over' or ':under'"},
	    {"if size :over 10X {}", "s:1:17: 'X' behind a number; it may end "
		"in K, M or G"},
	    {"if size :over 99999999999999999 {}", "s:1:15: a number over "
		"2^53"},
	    {"keep 'x';", "s:1:6: strings stand within \"\", not within ''"},
	    {"keep; /* x", "s:1:7: the comment that begins here is not closed "
		"by '*/'"},
	    {"if header :is :contains \"a\" \"b\" {}", "s:1:15: a second way "
		"to match for 'header'"},
	    {"if header :comparator \"i;x\" \"a\" \"b\" {}", "s:1:23: there "
		"is no comparator 'i;x'"},
	    {"if address \"subject\" \"b\" {}", "s:1:12: 'subject' holds no "
		"addresses: test it with 'header'"},
	    {"require \"date\"; if currentdate \"era\" \"x\" {}", "s:1:32: "
		"'era' is no part of a date: expected \"year\", \"month\", "
		"\"day\", \"date\", \"julian\", \"hour\", \"minute\", "
		"\"second\", \"time\", \"iso8601\", \"std11\", \"zone\" or "
		"\"weekday\""},
	    {"keep;\xff", "s:1:6: the octet 0xff does not belong here"},
	    {"# \xc3\xa4\xc3\xa4\nx", "s:2:1: there is no command 'x'"},
	    {"/* \xc3\xa4 */ x;", "s:1:9: there is no command 'x'"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err err = ERR_INIT;
		struct sieve_script *s = sieve_parse("s",
		    slice_text(rows[i].script), NULL, &err);

		EXPECT(s == NULL);
		EXPECT_SLICE(rows[i].script, slice_text(rows[i].want),
		    slice_text(err.text));
		script_free(s);
	}
}

static void
nesting_is_bounded(void)
{
	struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	struct sieve_script *s;

	for (int i = 0; i < SIEVE_DEPTH_MAX - 1; i++)
		buf_append_text(&text, "if true {");
	for (int i = 0; i < SIEVE_DEPTH_MAX - 1; i++)
		buf_append_text(&text, "}");
	s = sieve_parse("s", buf_slice(&text), NULL, &err);
	EXPECT(s != NULL);
	script_free(s);
	buf_reset(&text);
	buf_append_text(&text, "if ");
	for (int i = 0; i < 100000; i++)
		buf_append_text(&text, "not ");
	s = sieve_parse("s", buf_slice(&text), NULL, &err);
	EXPECT(s == NULL && strstr(err.text, "deeper than 64") != NULL);
	buf_free(&text);
}

int
main(void)
{
	UNIT_RUN(says_where_and_what);
	UNIT_RUN(nesting_is_bounded);
	return UNIT_RESULT;
}
