/* SPDX-License-Identifier: ISC */
/*
 * What the RFCs of Sieve say by example, in words of our own: a script, the
 * message it runs on, and the decision that the text states.
 */
#include "sieve/decision.h"
#include "sieve/interpreter.h"
#include "sieve/parser.h"
#include "unit.h"

#define META(members) "{\"fe\":1,\"id\":\"01M80KPX000000000000000000\"," \
	"\"size\":0,\"envelope\":{\"from\":\"coyote@desert.example.org\"," \
	"\"to\":[{\"address\":\"ken+sieve@example.org\"}]}" members "}"

static const char plain[] =
    "Received: from b by c; Tue, 2 Mar 2010 10:00:00 +0100\r\n"
    "Received: from a by b; Mon, 1 Mar 2010 09:00:00 +0100\r\n"
    "From: Coyote <coyote@desert.example.org>\r\n"
    "To: ken@example.org, roadrunner@acme.example.com\r\n"
    "Subject: I have a present for you\r\n"
    "Date: Tue, 1 Apr 1997 09:06:31 -0800\r\n"
    "Message-ID: <abc@desert.example.org>\r\n"
    "X-Caffeine:   C8H10N4O2  \r\n"
    "X-Number: 42\r\n"
    "\r\n"
    "Look, I'm sorry about the whole anvil thing.\r\n";

/* Runs; the decision as one line, or the fault. */
static void
decide(const char *text, const char *members, struct buf *out)
{
	static struct sieve_result result;
	struct sieve_host host = {"mx.example.org", "example.org", "+"};
	struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	struct sieve_script *script = sieve_parse("s", slice_text(text), NULL,
	    &err);
	struct letter letter;
	struct meta meta;

	if (script == NULL) {
		buf_append_text(out, err.text);
		return;
	}
	EXPECT(meta_parse(&meta, slice_text(members), &err) == 0);
	letter_init(&letter, &meta, slice_text(plain), &arena);
	struct sieve_run run = {.host = &host, .message = &letter,
	    .arena = &arena, .result = &result, .now_ms = 1795312345678,
	    .recipient = SLICE("ken+sieve@example.org"),
	    .mailbox = SLICE("ken@example.org")};
	interpreter_run(&run, script);
	if (result.fault.kind != ERR_NONE)
		buf_append_text(out, result.fault.text);
	else
		result_describe(&result, out);
	letter_free(&letter);
	arena_free(&arena);
	meta_free(&meta);
	script_free(script);
}

struct row {
	const char *label, *script, *want;
};

static void
check_rows(const struct row *rows, size_t n, const char *members)
{
	for (size_t i = 0; i < n; i++) {
		struct buf out = BUF_INIT;

		decide(rows[i].script, members, &out);
		EXPECT_SLICE(rows[i].label, slice_text(rows[i].want),
		    buf_slice(&out));
		buf_free(&out);
	}
}
#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof(*(rows)), META(""))

#define FI "require \"fileinto\"; "

static void
rfc_5228_base(void)
{
	static const struct row rows[] = {
	    {"an empty script keeps", "", "keep"},
	    {"2.4.2 escapes", FI "fileinto \"a\\\"b\\c\";",
		"fileinto \"a\"bc\""},
	    {"2.4.2 dots are unstuffed", "require \"variables\"; set \"a\" "
		"text:\n..x\n.\n; if string \"${a}\" \".x\n\" {discard;}",
		"discard"},
	    {"2.4.2.4 hex", "require [\"fileinto\",\"encoded-character\"];"
		"fileinto \"$${hex:40}\";", "fileinto \"$@\""},
	    {"2.4.2.4 spaces", "require [\"fileinto\",\"encoded-character\"];"
		"fileinto \"${hex: 40 }${HEX: 40}\";", "fileinto \"@@\""},
	    {"2.4.2.4 what is none stays",
		"require [\"fileinto\",\"encoded-character\"];"
		"fileinto \"${hex:4${hex:30}\";", "fileinto \"${hex:40\""},
	    {"2.4.2.4 no character", "require \"encoded-character\";"
		"redirect \"${unicode:D800}\";",
		"s:1:38: '${unicode:D800}' is no character of Unicode"},
	    {"2.7.1 contains, case-blind",
		"if header :contains \"SUBJECT\" \"PRESENT\" {discard;}",
		"discard"},
	    {"2.7.3 octets differ by case", "if header :comparator \"i;octet\""
		" :contains \"subject\" \"PRESENT\" {discard;}", "keep"},
	    {"2.7.4 domain", "if address :domain \"to\" \"ACME.example.com\""
		"{discard;}", "discard"},
	    {"3.1 if elsif else", FI "if false {discard;} elsif false "
		"{discard;} else {fileinto \"x\";}", "fileinto \"x\""},
	    {"3.1 else alone", "else {keep;}",
		"s:1:1: 'else' without an 'if' before it"},
	    {"3.2 require first", "keep; require \"fileinto\";",
		"s:1:7: 'require' stands before all other commands"},
	    {"3.3 stop", FI "fileinto \"a\"; stop; discard;",
		"fileinto \"a\""},
	    {"4.2 redirect", "redirect \"bart@example.com\";",
		"redirect bart@example.com"},
	    {"5.2 allof, anyof, not", "if allof(true, anyof(false, not "
		"false)) {discard;}", "discard"},
	    {"5.5 exists asks for all", "if not exists [\"From\",\"X-No\"] "
		"{discard;}", "discard"},
	    {"5.7 trimmed", "if header :is \"X-Caffeine\" \"C8H10N4O2\" "
		"{discard;}", "discard"},
	    {"5.7 not empty", "if header :is \"X-Caffeine\" \"\" {discard;}",
		"keep"},
	    {"5.7 the empty string is in all", "if header :contains "
		"\"X-Caffeine\" \"\" {discard;}", "discard"},
	    {"5.9 size", "if size :over 1M {discard;} if size :under 1K "
		"{keep;}", "keep"},
	};

	CHECK(rows);
}

#define V "require [\"fileinto\",\"variables\"]; "

static void
rfc_5229_variables(void)
{
	static const struct row rows[] = {
	    {"3 unknown is empty", V "set \"company\" \"ACME\"; fileinto "
		"\"a${}b${unknown}${company}c\";", "fileinto \"a${}bACMEc\""},
	    {"3 names are case-blind", V "set \"Company\" \"A\"; fileinto "
		"\"${COMPANY}\";", "fileinto \"A\""},
	    {"3 nothing nested", V "set \"a\" \"x\"; fileinto \"&${${a}}!\";",
		"fileinto \"&${x}!\""},
	    {"3.2 match", V "if header :matches \"subject\" \"I have * for "
		"*\" {fileinto \"${1}-${2}\";}",
		"fileinto \"a present-you\""},
	    {"3.2 shortest", V "set \"a\" \"a.b.c\"; if string :matches "
		"\"${a}\" \"*.*\" {fileinto \"${1}|${2}\";}",
		"fileinto \"a|b.c\""},
	    {"3.2 no match, over nine", V "fileinto \"a${10}${9}\";",
		"fileinto \"a\""},
	    {"3.2 the eleventh wildcard", V "set \"a\" \"abcdefghijkl\"; "
		"if string :matches \"${a}\" \"???????????*\" {fileinto "
		"\"${10}${11}${12}${13}\";}", "fileinto \"jkl\""},
	    {"3.2 the last that is kept", V "if header :matches \"subject\" "
		"\"?????????????????????*\" {fileinto \"${22}${31}${0}\";}",
		"fileinto \"youI have a present for you\""},
	    {"3.2 leading zeros", V "if header :matches \"subject\" \"I*\" "
		"{fileinto \"${00000000000000000000001}|${00}\";}",
		"fileinto \" have a present for you|I have a present for "
		"you\""},
	    {"6 more than are kept", V "fileinto \"${32}\";",
		"s:1:44: '${32}': matches are kept up to ${31}"},
	    {"6 more than a number holds", V "fileinto "
		"\"${99999999999999999999}\";", "s:1:44: "
		"'${99999999999999999999}': matches are kept up to ${31}"},
	    {"3 no identifier", V "fileinto \"&%${}!${doh!}${1a}${a-b}${.a}"
		"${a.}${1.a}${a..b}\";", "fileinto \"&%${}!${doh!}${1a}${a-b}"
		"${.a}${a.}${1.a}${a..b}\""},
	    {"3 a reference in a reference", V "set \"company\" \"ACME\"; "
		"fileinto \"${BAD${Company}\"; fileinto \"${President, "
		"${Company} Inc.}\";", "fileinto \"${BADACME\", fileinto "
		"\"${President, ACME Inc.}\""},
	    {"3 name spaces", V "fileinto \"${a.b}\";",
		"s:1:44: there is no name space of that name: 'a.b'"},
	    {"3 name spaces within them", V "fileinto \"${a.b.c}\";",
		"s:1:44: there is no name space of that name: 'a.b.c'"},
	    {"3 a number in a name space", V "fileinto \"${a.1}\";",
		"s:1:44: there is no name space of that name: 'a.1'"},
	    {"3 a long name", V "fileinto \"${"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}\";", "s:1:44: "
		"the name of a variable has 64 characters at most: "
		"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaa'"},
	    {"3.1 quoting", V "set \"foo\" \"x\"; fileinto \"${fo\\o}\"; "
		"fileinto \"${fo\\\\o}\"; fileinto \"\\${foo}\"; fileinto "
		"\"\\\\${foo}\";", "fileinto \"x\", fileinto "
		"\"${fo\\o}\", fileinto \"\\x\""},
	    {"3.1 encoded first", "require [\"encoded-character\", "
		"\"variables\", \"fileinto\"]; set \"name\" \"Ethelbert\"; "
		"fileinto \"dear${hex:20 24 7b 4e}ame}\";",
		"fileinto \"dear Ethelbert\""},
	    {"4.1 length", V "set :length \"b\" \"${a}${a}abc\"; fileinto "
		"\"${b}\";", "fileinto \"3\""},
	    {"4.1 lower", V "set :lower \"b\" \"juMBlEd\"; fileinto "
		"\"${b}\";", "fileinto \"jumbled\""},
	    {"4.1 precedence", V "set :upperfirst :lower \"b\" \"juMBlEd\"; "
		"fileinto \"${b}\";", "fileinto \"Jumbled\""},
	    {"4.1 quoted", V "set :quotewildcard \"b\" \"Rock*\"; fileinto "
		"\"${b}\";", "fileinto \"Rock\\*\""},
	    {"5 string", V "set \"s\" \" x \"; if string :is \"${s}\" \" x \""
		" {discard;}", "discard"},
	};

	CHECK(rows);
}

static void
rfc_5231_relational(void)
{
	static const struct row rows[] = {
	    {"7 count", "require [\"relational\",\"comparator-i;ascii-numeric"
		"\"]; if address :count \"ge\" :comparator "
		"\"i;ascii-numeric\" [\"to\",\"cc\"] \"2\" {discard;}",
		"discard"},
	    {"numbers", "require [\"relational\",\"comparator-i;ascii-numeric"
		"\"]; if header :value \"gt\" :comparator "
		"\"i;ascii-numeric\" \"x-number\" \"5\" {discard;}",
		"discard"},
	    {"texts", "require \"relational\"; if header :value \"gt\" "
		"\"x-number\" \"5\" {discard;}", "keep"},
	    {"none of it", "require [\"relational\"]; if header :count \"eq\""
		" \"x-none\" \"0\" {discard;}", "discard"},
	    {"a bad relation", "require \"relational\"; if header :count "
		"\"x\" \"a\" \"0\" {}", "s:1:40: expected \"gt\", \"ge\", "
		"\"lt\", \"le\", \"eq\" or \"ne\", found \"x\""},
	};

	CHECK(rows);
}

static void
other_extensions(void)
{
	static const struct row rows[] = {
	    {"5232 each flag once, case-blind", "require \"imap4flags\"; "
		"addflag \"\\\\Deleted\"; addflag [\"\\\\deleted\","
		"\"$A\"];", "keep with flags \\Deleted $A"},
	    {"5232 removed", "require \"imap4flags\"; setflag \"$A $B\"; "
		"removeflag \"$a\";", "keep with flags $B"},
	    {"5232 :flags", "require [\"imap4flags\",\"fileinto\"]; addflag "
		"\"$A\"; fileinto :flags \"\\\\Seen\" \"x\";",
		"fileinto \"x\" with flags \\Seen"},
	    {"5233 detail", "require [\"subaddress\",\"envelope\"]; if "
		"envelope :detail \"to\" \"sieve\" {discard;}", "discard"},
	    {"5233 user", "require [\"subaddress\",\"envelope\"]; if "
		"envelope :user \"to\" \"ken\" {discard;}", "discard"},
	    {"5260 date in its zone", "require \"date\"; if date "
		":originalzone \"date\" \"hour\" \"09\" {discard;}",
		"discard"},
	    {"5260 date in another", "require \"date\"; if date :zone "
		"\"+0000\" \"date\" \"time\" \"17:06:31\" {discard;}",
		"discard"},
	    {"5260 julian day", "require \"date\"; if date :zone \"+0000\" "
		"\"date\" \"julian\" \"50539\" {discard;}", "discard"},
	    {"5260 the last of them", "require [\"date\",\"index\"]; if date "
		":index 1 :last :zone \"+0100\" \"received\" \"day\" \"01\" "
		"{discard;}", "discard"},
	    {"5260 now", "require \"date\"; if currentdate :zone \"+0000\" "
		"\"year\" \"2026\" {discard;}", "discard"},
	    {"5293 added at the top", "require \"editheader\"; addheader "
		"\"Received\" \"x\"; if header :is \"received\" \"x\" "
		"{discard;}", "discard, addheader Received"},
	    {"5293 trace fields stay", "require \"editheader\"; deleteheader "
		"\"received\";", "keep"},
	    {"5293 the last", "require [\"editheader\"]; deleteheader :index "
		"1 :last \"x-number\"; if not exists \"x-number\" {discard;}",
		"discard, deleteheader x-number"},
	    {"5173 text", "require \"body\"; if body :text :contains "
		"\"ANVIL\" {discard;}", "discard"},
	    {"5429 refused and kept", "require \"reject\"; keep; reject "
		"\"no\";", "s:1: 'reject' after 'keep': a message is "
		"refused or delivered, not both"},
	    {"5435 mailto", "require \"enotify\"; notify "
		"\"mailto:a@b.example?subject=x%20y\";",
		"notify a@b.example \"x y\", keep"},
	    {"5435 no method", "require \"enotify\"; if "
		"valid_notify_method \"xmpp:a@b.example\" {discard;}",
		"keep"},
	    {"6131 seconds", "require \"vacation\"; vacation :seconds 1 "
		"\"x\";", "s:1:30: ':seconds' needs: require "
		"\"vacation-seconds\""},
	    {"draft regex", "require [\"regex\",\"variables\",\"fileinto\"];"
		" if header :regex \"subject\" \"^I have (a [[:alpha:]]+) "
		"for (me|you)$\" {fileinto \"${1}:${2}\";}",
		"fileinto \"a present:you\""},
	    {"regex bomb", "require \"regex\"; if header :regex \"subject\" "
		"\"^(([a-zA-Z ])+.)+[0-9]$\" {discard;}",
		"s:1: a regular expression takes too long on this "
		"message"},
	};

	CHECK(rows);
}

static void
facts_of_the_record(void)
{
	static const struct row rows[] = {
	    {"a word", "require \"vnd.fe.record\"; if fe \"checks.dmarc."
		"result\" \"FAIL\" {discard;}", "discard"},
	    {"a number", "require [\"vnd.fe.record\",\"relational\"]; if fe "
		":value \"ge\" \"scan.spam.score\" \"0.9\" {discard;}",
		"discard"},
	    {"not as text", "require [\"vnd.fe.record\",\"relational\"]; if "
		"fe :value \"lt\" \"n\" \"9\" {discard;}", "keep"},
	    {"each of a list", "require \"vnd.fe.record\"; if fe \"checks."
		"dkim.domain\" \"b.example\" {discard;}", "discard"},
	    {"one of a list", "require \"vnd.fe.record\"; if fe \"checks."
		"dkim.0.domain\" \"b.example\" {discard;}", "keep"},
	    {"not there", "require \"vnd.fe.record\"; if fe :contains "
		"\"scan.none\" \"\" {discard;}", "keep"},
	    {"spamtest", "require [\"spamtest\",\"relational\","
		"\"comparator-i;ascii-numeric\"]; if spamtest :value \"ge\" "
		":comparator \"i;ascii-numeric\" \"10\" {discard;}",
		"discard"},
	    {"spamtest in per cent", "require \"spamtestplus\"; if spamtest "
		":percent \"95\" {discard;}", "discard"},
	    {"virustest, not tested", "require \"virustest\"; if virustest "
		"\"0\" {discard;}", "discard"},
	    {"quarantine", "require \"vnd.fe.record\"; quarantine;",
		"quarantine"},
	    {"tempfail", "require \"vnd.fe.record\"; tempfail \"451 4.7.1 "
		"later\";", "tempfail \"451 4.7.1 later\""},
	};

	check_rows(rows, sizeof(rows) / sizeof(*rows),
	    META(",\"n\":10,\"checks\":{\"dmarc\":{\"result\":\"fail\"},"
	    "\"dkim\":[{\"domain\":\"a.example\"},{\"domain\":\"b.example\"}"
	    "]},\"scan\":{\"spam\":{\"score\":0.95}}"));
}

int
main(void)
{
	UNIT_RUN(rfc_5228_base);
	UNIT_RUN(rfc_5229_variables);
	UNIT_RUN(rfc_5231_relational);
	UNIT_RUN(other_extensions);
	UNIT_RUN(facts_of_the_record);
	return UNIT_RESULT;
}
