/* SPDX-License-Identifier: ISC */
/*
 * TLS hellos by hand: the octets of one, and answers as servers give them (RFC
 * 5246, 7.4.1).  That real servers understand them: test/fe-probe.bats.
 */
#include "net/client_hello.h"

#include "unit.h"

static void
writes_lengths_that_fit(void)
{
	static const uint16_t codes[] = {0xc02f, 0x000a};
	const struct client_hello hello = {.version = 0x0303, .suites = codes,
	    .suites_n = 2, .host = "mx.example.org"};
	struct buf out = BUF_INIT;
	const unsigned char *p;

	client_hello_write(&hello, &out);
	p = (const unsigned char *)out.p;
	EXPECT_NUMBER("handshake", 22, p[0]);
	EXPECT_NUMBER("record's version", 0x0301, p[1] << 8 | p[2]);
	EXPECT_NUMBER("record", (long long)out.n - 5, p[3] << 8 | p[4]);
	EXPECT_NUMBER("client hello", 1, p[5]);
	EXPECT_NUMBER("message", (long long)out.n - 9,
	    p[6] << 16 | p[7] << 8 | p[8]);
	EXPECT_NUMBER("version", 0x0303, p[9] << 8 | p[10]);
	EXPECT_NUMBER("no session", 0, p[43]);
	EXPECT_NUMBER("suites", 4, p[44] << 8 | p[45]);
	EXPECT_NUMBER("first", 0xc02f, p[46] << 8 | p[47]);
	EXPECT_NUMBER("no compression", 0x0100, p[50] << 8 | p[51]);
	EXPECT_NUMBER("extensions", (long long)out.n - 54,
	    p[52] << 8 | p[53]);
	buf_free(&out);
	EXPECT(out.n == 0);
}

static void
says_nothing_that_ssl_3_does_not_know(void)
{
	static const uint16_t codes[] = {0x0005};
	const struct client_hello hello = {.version = 0x0300, .suites = codes,
	    .suites_n = 1, .compression = true, .host = "mx.example.org"};
	struct buf out = BUF_INIT;

	client_hello_write(&hello, &out);
	EXPECT_NUMBER("length", 5 + 4 + 2 + 32 + 1 + 4 + 3, (long long)out.n);
	EXPECT_SLICE("compression", slice_of("\2\1\0", 3),
	    slice_part(buf_slice(&out), out.n - 3, out.n));
	buf_free(&out);
}

#define HELLO \
	"\2\0\0\x2d\3\2" \
	"0123456789abcdef0123456789abcdef" \
	"\0\xc0\x13\0\0\5\xff\1\0\1\0"

static void
reads_answers(void)
{
	static const struct {
		const char *name, *p;
		size_t n;
		int result;
		bool refused;
		unsigned version, suite, alert;
	} rows[] = {
#define ROW(name, octets, ...) {name, octets, sizeof(octets) - 1, __VA_ARGS__}
	    ROW("hello", "\x16\3\2\0\x31" HELLO, 1, false, 0x0302, 0xc013, 0),
	    ROW("alert", "\x15\3\1\0\2\2\x46", 1, true, 0, 0, 70),
	    ROW("warning first", "\x15\3\1\0\2\1\x70\x15\3\1\0\2\2\x28", 1,
		true, 0, 0, 40),
	    ROW("warning alone", "\x15\3\1\0\2\1\x70", 0, false, 0, 0, 112),
	    ROW("half", "\x16\3\2\0\x31\2\0", 0, false, 0, 0, 0),
	    ROW("nothing", "", 0, false, 0, 0, 0),
	    ROW("text", "220 hello\r\n", -1, false, 0, 0, 0),
	    ROW("another message", "\x16\3\2\0\4\1\0\0\0", -1, false, 0, 0, 0),
	    ROW("too short a hello", "\x16\3\2\0\5\2\0\0\1x", -1, false, 0, 0,
		0),
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct server_hello answer;

		EXPECT_NUMBER(rows[i].name, rows[i].result,
		    server_hello_parse(slice_of(rows[i].p, rows[i].n),
			&answer));
		EXPECT_NUMBER(rows[i].name, rows[i].refused, answer.refused);
		EXPECT_NUMBER(rows[i].name, rows[i].version, answer.version);
		EXPECT_NUMBER(rows[i].name, rows[i].suite, answer.suite);
		EXPECT_NUMBER(rows[i].name, rows[i].alert, answer.alert);
	}
}

static void
knows_each_suite_once(void)
{
	size_t n;
	const struct tls_suite *suites = tls_suites(&n);

	EXPECT(n > 80);
	for (size_t i = 0; i < n; i++)
		EXPECT(tls_suite_find(suites[i].code) == &suites[i]);
	EXPECT(tls_suite_find(0xffff) == NULL);
	EXPECT_NUMBER("GCM", TLS_GOOD, tls_suite_find(0xc02f)->weakness);
	EXPECT_NUMBER("3DES", TLS_OLD_CIPHER, tls_suite_find(10)->weakness);
}

int
main(void)
{
	UNIT_RUN(writes_lengths_that_fit);
	UNIT_RUN(says_nothing_that_ssl_3_does_not_know);
	UNIT_RUN(reads_answers);
	UNIT_RUN(knows_each_suite_once);
	return UNIT_RESULT;
}
