/* SPDX-License-Identifier: ISC */
/*
 * Lines made anonymous.  Pseudonyms are those of a key of 32 `k', by Python's
 * hashlib.blake2b(digest_size=32, key=...).
 */
#include "ops/scrub.h"

#include "ops/personal.h"
#include "unit.h"

#define ALICE "#a279bcb931b0104e"  /* alice@example.org */
#define NAME "#1160cdc5a8fee647"   /* alice */
#define QUOTED "#e9936fb224425032" /* "john doe"@example.org */
#define UTF8 "#67600b9fc54fc5db"   /* élise@example.org */

struct row {
	const char *line, *want;
};

static void
expect_rows(const struct row *rows, size_t n)
{
	struct scrub s = SCRUB_INIT;
	struct buf out = BUF_INIT;

	s.key = (const unsigned char *)"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
	for (size_t i = 0; i < n; i++) {
		buf_truncate(&out, 0);
		scrub_line(&s, slice_text(rows[i].line), &out);
		EXPECT_SLICE(
		    rows[i].line, slice_text(rows[i].want), buf_slice(&out));
	}
	buf_free(&out);
	scrub_free(&s);
}
#define EXPECT_ROWS(rows) expect_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void
knows_addresses_of_all_shapes(void)
{
	static const struct row rows[] = {
	    {"a alice@example.org b", "a " ALICE " b"},
	    {"<Alice@Example.ORG>,", "<" ALICE ">,"},
	    {"mailto:alice@example.org?subject=x",
		"mailto:" ALICE "?subject=[text]"},
	    {"alice%40example.org alice%2540example.org", ALICE " " ALICE},
	    {"alice\\u0040example.org alice&#64;example.org", ALICE " " ALICE},
	    {"alice\xef\xbc\xa0"
	     "example.org.",
		ALICE "."},
	    {"'alice@example.org' \"alice@example.org\"",
		"'" ALICE "' \"" ALICE "\""},
	    {"x \"john doe\"@example.org y", "x " QUOTED " y"},
	    {"<\"john doe\"@example.org>", "<" QUOTED ">"},
	    {"\xc3\xa9lise@example.org", UTF8},
	    {"%C3%A9lise@example.org", UTF8},
	    {"{alice@example.org}[alice@example.org]",
		"{" ALICE "}[" ALICE "]"},
	    {"a;alice@example.org;b", "a;" ALICE ";b"},
	    {"/var/vmail/alice@example.org/cur", "/var/vmail/" ALICE "/cur"},
	    {"user@1000.service: started", "user@1000.service: started"},
	    {"@example.org is a domain", "@example.org is a domain"},
	    {ALICE, ALICE},
	};

	EXPECT_ROWS(rows);
}

static void
cuts_ip_addresses(void)
{
	static const struct row rows[] = {
	    {"192.0.2.77", "192.0.2.0/24"},
	    {"192.0.2.77:25 192.0.2.77. 192.0.2.77,",
		"192.0.2.0/24:25 192.0.2.0/24. 192.0.2.0/24,"},
	    {"192.0.2.0/24", "192.0.2.0/24"},
	    {"address=192.0.2.77 x", "address=192.0.2.0/24 x"},
	    {"{\"address\":\"2001:db8:1:2::3\"}",
		"{\"address\":\"2001:db8:1::/48\"}"},
	    {"password changed for alice", "password changed for " NAME},
	    {"ip: 192.0.2.77, user: alice, from: <alice@example.org>",
		"ip: 192.0.2.0/24, user: " NAME ", from: <" ALICE ">"},
	    {"::ffff:192.0.2.77 ::FFFF:C000:24D", "192.0.2.0/24 192.0.2.0/24"},
	    {"2001:db8:1:2::3 2001:db8:1:2:3:4:5:6",
		"2001:db8:1::/48 2001:db8:1::/48"},
	    {"2001:0DB8:0001:0000:0000:0000:0000:0003", "2001:db8:1::/48"},
	    {"[2001:db8:1:2::3]:25", "[2001:db8:1::/48]:25"},
	    {"[IPv6:2001:db8:1:2::3]", "[IPv6:2001:db8:1::/48]"},
	    {"fe80::1%eth0", "fe80::/48"},
	    {"2001:db8:1:2::/64 2001:db8:1::/48",
		"2001:db8:1::/48 2001:db8:1::/48"},
	    {"2001%3Adb8%3A1%3A2%3A%3A3", "2001:db8:1::/48"},
	    {"127.0.0.1 ::1 0.0.0.0 255.255.255.0",
		"127.0.0.1 ::1 0.0.0.0 255.255.255.0"},
	    {"10:11:12 1.2.3 2026-11-27 std::string",
		"10:11:12 1.2.3 2026-11-27 std::string"},
	    {"00:11:22:aa:bb:cc", "[id]"},
	    {"77.2.0.192.zen.example.org", "x.zen.example.org"},
	    {"192-0-2-77.dyn.example.net ip-192-0-2-77",
		"x.dyn.example.net ip-x"},
	    {"from a.b.example.co.uk[192.0.2.77]",
		"from *.example.co.uk[192.0.2.0/24]"},
	};

	EXPECT_ROWS(rows);
}

static void
takes_out_what_strangers_say(void)
{
	static const struct row rows[] = {
	    {"Subject: from here from there", "Subject:[text]"},
	    {"X: warning: header Subject: a from b; from c from x.y.example.org"
	     "[192.0.2.77]; from=<alice@example.org> helo=<pc>",
		"X: warning: header Subject: [text] from *.example.org"
		"[192.0.2.0/24]; from=<" ALICE "> helo=<*>"},
	    {"(host a.b.example[192.0.2.7] said: 550 5.1.1 <bob@example.net> "
	     "Bob? (in reply to RCPT TO command))",
		"(host *.b.example[192.0.2.0/24] said: 550 5.1.1 [text] "
		"(in reply to RCPT TO command))"},
	    {"status=sent (250 2.0.0 Ok Bob: queued as 4F3)",
		"status=sent (250 2.0.0 [text] queued as 4F3)"},
	    {"non-SMTP command from x.y.example.org[192.0.2.77]: GET /alice",
		"non-SMTP command from *.example.org[192.0.2.0/24]: [text]"},
	    {"(given password: horse)", "(given password: [text]"},
	    {"delete: box=Bob's papers, uid=1, from=Alice X <alice@example.org>"
	     ", subject=Hi, flags=()",
		"delete: box=#8b528e36b9d7e412, uid=1, from=[text] <" ALICE
		">, subject=[text]"},
	    {"\x1b[31mred\r\x07\xc2\x9b", "?[31mred???"},
	};

	EXPECT_ROWS(rows);
}

static void
takes_out_what_clients_of_sshd_say(void)
{
	static const struct row rows[] = {
	    {"Received disconnect from 192.0.2.77 port 22:11: Bye, alice",
		"Received disconnect from 192.0.2.0/24 port 22:11: [text]"},
	    {"error: Received disconnect from 2001:db8::1 port 22:3: com.j: "
	     "alice: port 1: 2: x [preauth]",
		"error: Received disconnect from 2001:db8::/48 port 22:3: "
		"[text] [preauth]"},
	    {"Received disconnect from UNKNOWN port 65535:11: alice",
		"Received disconnect from UNKNOWN port 65535:11: [text]"},
	    {"Received disconnect from 192.0.2.77 port 22:11:",
		"Received disconnect from 192.0.2.0/24 port 22:11:"},
	    {"postfix/smtpd[1]: disconnect from x.y.example.org[192.0.2.77] "
	     "ehlo=1",
		"postfix/smtpd[1]: disconnect from *.example.org[192.0.2.0/24] "
		"ehlo=1"},
	    {"Unable to negotiate with 192.0.2.77 port 22: no matching host "
	     "key type found. Their offer: alice,x@y.example [preauth]",
		"Unable to negotiate with 192.0.2.0/24 port 22: no matching "
		"host key type found. Their offer: [text] [preauth]"},
	    {"invalid user alice 192.0.2.77 port 22: Change of username or "
	     "service not allowed: (alice,ssh-connection) -> (bob,ssh)",
		"invalid user " NAME " 192.0.2.0/24 port 22: Change of "
		"username or service not allowed: [text]"},
	    {"client sent invalid protocol identifier \"GET /alice\"\"\"",
		"client sent invalid protocol identifier \"[text]\""},
	    {"Bad remote protocol version identification: 'SSH-1-alice's'",
		"Bad remote protocol version identification: '[text]'"},
	};

	EXPECT_ROWS(rows);
}

static void
knows_accounts_by_their_names(void)
{
	static const struct row rows[] = {
	    {"user=<alice>, user=alice", "user=<" NAME ">, user=" NAME},
	    {"imap(alice)<12><x/y+z>: x",
		"imap(" NAME ")<12><#538e6f5caf2e2081>: x"},
	    {"Failed password for invalid user alice from 192.0.2.77 port 2",
		"Failed password for invalid user " NAME
		" from 192.0.2.0/24 port 2"},
	    {"Accepted password for alice from ::1 port 2",
		"Accepted password for " NAME " from ::1 port 2"},
	    {"sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root",
		"sudo:    " NAME " : TTY=pts/0 ; PWD=/home/" NAME
		" ; USER=root"},
	    {"invalid user bob builder 192.0.2.77 port 5 [preauth]",
		"invalid user #fd300a8e2f9bebf4 192.0.2.0/24 port 5 [preauth]"},
	    {"sudo: alice : USER=root ; COMMAND=/usr/bin/passwd bob",
		"sudo: " NAME " : USER=root ; COMMAND=/usr/bin/passwd [text]"},
	    {"(root) CMD (/bin/x bob)", "(root) CMD (/bin/x [text])"},
	    {"identification 'GET alice' from 192.0.2.77 port 5",
		"identification '[text]' from 192.0.2.0/24 port 5"},
	    {"CRON[1]: (alice) CMD (x)", "CRON[1]: (" NAME ") CMD (x)"},
	    {"cannot open 'mail/example.org/alice.sqlite'",
		"cannot open 'mail/example.org/" ALICE ".sqlite'"},
	    {"User unknown in virtual mailbox table",
		"User unknown in virtual mailbox table"},
	    {"disconnect ehlo=1 mail=0/2 rcpt=1",
		"disconnect ehlo=1 mail=0/2 rcpt=1"},
	};

	EXPECT_ROWS(rows);
}

static void
knows_json_by_its_members(void)
{
	static const struct row rows[] = {
	    {"{\"user\":\"alice\",\"n\":1.50,\"subject\":\"a\",\"x\":[\"al"
	     "ice@example.org\"]}",
		"{\"user\":\"" NAME
		"\",\"n\":1.50,\"subject\":\"[text]\",\"x\":"
		"[\"" ALICE "\"]}"},
	    {"{\"m\":\"user=alice, \\\"x\\\"\",\"from\":\"" ALICE "\"}",
		"{\"m\":\"user=" NAME ", \\\"x\\\"\",\"from\":\"" ALICE "\"}"},
	    {"{\"MESSAGE\":[117,115,101,114,61,97,108,105,99,101],\"n\":[1,2]}",
		"{\"MESSAGE\":\"user=" NAME "\",\"n\":[1,2]}"},
	    {"mx fe-receive[1]: {\"user\":\"alice\"}",
		"mx fe-receive[1]: {\"user\":\"" NAME "\"}"},
	    {"{ \"user\": \"alice\", \"subject\": \"a \\\"b",
		"{ \"user\": \"" NAME "\", \"subject\": \"[text]"},
	    {"{ \"user\": \"alice\"}", "{\"user\":\"" NAME "\"}"},
	    {"{\"alice@example.org\":true}", "{\"" ALICE "\":true}"},
	    {"{\"user\":{\"name\":\"alice\",\"id\":5}}",
		"{\"user\":{\"name\":\"" NAME "\",\"id\":5}}"},
	    {"{\"body\":{\"parts\":[{\"t\":\"hi\"}]},\"z\":{\"t\":\"hi\"}}",
		"{\"body\":{\"parts\":[{\"t\":\"[text]\"}]},"
		"\"z\":{\"t\":\"hi\"}}"},
	    {"{\"request\":{\"method\":\"GET\"}}",
		"{\"request\":{\"method\":\"GET\"}}"},
	    {"{\"broken\":\"alice@example.org\"", "{\"broken\":\"" ALICE "\""},
	};

	EXPECT_ROWS(rows);
}

static void
knows_access_logs(void)
{
	static const struct row rows[] = {
	    {"192.0.2.77 - alice [27/Nov/2026:10:11:12 +0000] \"GET /a?b=alice "
	     "HTTP/1.1\" 200 5 \"https://example.org/x?y\" \"Mozilla/5.0 (X)\"",
		"192.0.2.0/24 - " NAME
		" [27/Nov/2026:10:11:12 +0000] \"GET /a?* "
		"HTTP/1.1\" 200 5 \"https://example.org/x?*\" \"Mozilla/5.0\""},
	    {"::1 - - [27/Nov/2026:10:11:12 +0000] \"\\x16alice\" 400 5 \"-\" "
	     "\"-\"",
		"::1 - - [27/Nov/2026:10:11:12 +0000] \"[text]\" 400 5 \"-\" "
		"\"-\""},
	};

	EXPECT_ROWS(rows);
}

static void
cuts_long_lines_before_a_name(void)
{
	struct scrub s = SCRUB_INIT;
	struct buf line = BUF_INIT, out = BUF_INIT;

	s.key = (const unsigned char *)"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
	while (line.n < SCRUB_LINE_MAX - 8)
		buf_append_text(&line, "word ");
	buf_append_text(&line, "alicewonderland@example.org");
	scrub_line(&s, buf_slice(&line), &out);
	EXPECT(out.n < SCRUB_LINE_MAX);
	EXPECT(slice_find_text(buf_slice(&out), SLICE("ali")) == out.n);
	buf_free(&line);
	buf_free(&out);
	scrub_free(&s);
}

int
main(void)
{
	UNIT_RUN(knows_addresses_of_all_shapes);
	UNIT_RUN(cuts_ip_addresses);
	UNIT_RUN(takes_out_what_strangers_say);
	UNIT_RUN(takes_out_what_clients_of_sshd_say);
	UNIT_RUN(knows_accounts_by_their_names);
	UNIT_RUN(knows_json_by_its_members);
	UNIT_RUN(knows_access_logs);
	UNIT_RUN(cuts_long_lines_before_a_name);
	return UNIT_RESULT;
}
