/* SPDX-License-Identifier: ISC */
/* Replies of mail servers (RFC 5321, 9051, 1939) and of a web server. */
#include "ops/probe_http.h"
#include "ops/probe_reply.h"
#include "unit.h"

static void
reads_replies(void)
{
	static const struct {
		struct probe_expected expected;
		const char *text;
		int result, code;
		size_t used;
	} rows[] = {
	    {{PROBE_SMTP, NULL, false}, "220 mx\r\nmore", 1, 220, 8},
	    {{PROBE_SMTP, NULL, false}, "250-a\r\n250-b\n250 c\r\n", 1, 250,
		20},
	    {{PROBE_SMTP, NULL, false}, "250-a\r\n", 0, 0, 0},
	    {{PROBE_SMTP, NULL, false}, "250-a\r\n550 b\r\n", -1, 0, 0},
	    {{PROBE_SMTP, NULL, false}, "hello\r\n", -1, 0, 0},
	    {{PROBE_SMTP, NULL, false}, "250_x\r\n", -1, 0, 0},
	    {{PROBE_SMTP, NULL, false}, "999 x\r\n", -1, 0, 0},
	    {{PROBE_IMAP, NULL, false}, "* OK hi\r\n", 1, 250, 9},
	    {{PROBE_IMAP, NULL, false}, "* BYE no\r\n", 1, 550, 10},
	    {{PROBE_IMAP, "p1", false}, "* CAPABILITY X\r\np1 OK\r\n", 1, 250,
		23},
	    {{PROBE_IMAP, "p1", false}, "p1 NO x\r\n", 1, 550, 9},
	    {{PROBE_IMAP, "p1", false}, "p2 OK x\r\n", -1, 0, 0},
	    {{PROBE_POP3, NULL, false}, "+OK hi\r\n", 1, 250, 8},
	    {{PROBE_POP3, NULL, true}, "+OK\r\nUSER\r\n.\r\n", 1, 250, 14},
	    {{PROBE_POP3, NULL, true}, "+OK\r\nUSER\r\n", 0, 0, 0},
	    {{PROBE_POP3, NULL, true}, "-ERR no\r\n", 1, 550, 9},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct probe_reply reply;
		size_t used = 0;
		int result = probe_reply_parse(&rows[i].expected,
		    slice_text(rows[i].text), &reply, &used);

		EXPECT_NUMBER(rows[i].text, rows[i].result, result);
		if (result != 1)
			continue;
		EXPECT_NUMBER(rows[i].text, rows[i].code, reply.code);
		EXPECT_NUMBER(rows[i].text, (long long)rows[i].used,
		    (long long)used);
	}
}

static void
reads_http(void)
{
	static const struct {
		const char *text;
		int result, status;
		const char *body;
	} rows[] = {
	    {"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhi", 0, 200,
		"hi"},
	    {"HTTP/1.0 404\r\n\r\n", 0, 404, ""},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi there", 0, 200,
		"hi"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", -1, 0, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", -1, 0,
		""},
	    {"HTTP/1.1 200 OK\r\nServer: x", -1, 0, ""},
	    {"220 mx\r\n", -1, 0, ""},
	    {"", -1, 0, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_answer answer;
		int result =
		    http_answer_parse(slice_text(rows[i].text), &answer);

		EXPECT_NUMBER(rows[i].text, rows[i].result, result);
		if (result < 0)
			continue;
		EXPECT_NUMBER(rows[i].text, rows[i].status, answer.status);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].body),
		    answer.body);
	}
}

int
main(void)
{
	UNIT_RUN(reads_replies);
	UNIT_RUN(reads_http);
	return UNIT_RESULT;
}
