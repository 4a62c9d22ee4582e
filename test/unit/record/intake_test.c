/* SPDX-License-Identifier: ISC */
#include "record/intake.h"

#include "base/id.h"
#include "unit.h"

#define RETURN_PATH "Return-Path: <s@example.com>\r\n"

/* How the servers of this world write it. */
static const struct {
	const char *name, *message, *ip, *helo, *sender;
} rows[] = {
    {"Postfix", RETURN_PATH "Received: from mail.example.com (rdns.example.com"
	" [192.0.2.1])\r\n\tby mx.example.org (Postfix) with ESMTPS id 1\r\n"
	"\tfor <a@example.org>; Tue, 1 Jul 2003 10:52:37 +0200\r\n\r\n",
	"192.0.2.1", "mail.example.com", "s@example.com"},
    {"Postfix, IPv6", "Received: from m (unknown [IPv6:2001:db8::1]) by "
	"MX.example.ORG;\r\n\r\n", "2001:db8::1", "m", NULL},
    {"Postfix, a literal as EHLO", "Received: from [198.51.100.9] (unknown "
	"[192.0.2.1]) by mx.example.org\r\n\r\n",
	"192.0.2.1", "[198.51.100.9]", NULL},
    {"Exim", "Received: from rdns.example.com ([192.0.2.1] helo=m.example)\r\n"
	"\tby mx.example.org with esmtps\r\n\r\n",
	"192.0.2.1", "m.example", NULL},
    {"Exim, a literal as EHLO",
	"Received: from [192.0.2.1] (helo=[9.9.9.9])\r\n"
	"\tby mx.example.org with esmtps\r\n\r\n",
	"192.0.2.1", "[9.9.9.9]", NULL},
    {"Exim, with a port", "Received: from m ([192.0.2.1]:4711) by "
	"mx.example.org\r\n\r\n", "192.0.2.1", "m", NULL},
    {"qmail", "Received: from unknown (HELO m.example) (192.0.2.1)\r\n"
	"  by mx.example.org with SMTP; 1 Jul 2003 10:52:37 -0000\r\n\r\n",
	"192.0.2.1", "m.example", NULL},
    {"Sendmail", "Received: from m (rdns [192.0.2.1] (may be forged))\r\n"
	"\tby mx.example.org (8.17/8.17) with ESMTP\r\n\r\n",
	"192.0.2.1", "m", NULL},
    {"the topmost of that host, below one of another",
	"Received: from x (x [10.0.0.1]) by inner.example.org\r\n"
	"Received: from m (m [192.0.2.1]) by mx.example.org\r\n"
	"Received: from f (f [203.0.113.9]) by mx.example.org\r\n\r\n",
	"192.0.2.1", "m", NULL},
    {"the host named elsewhere", "Received: from mx.example.org (by "
	"mx.example.org [192.0.2.1]) by evil.example\r\n\r\n",
	NULL, NULL, NULL},
    {"a client that calls itself by", "Received: from by (m [192.0.2.1]) by "
	"mx.example.org\r\n\r\n", "192.0.2.1", "by", NULL},
    {"a client that is no name", "Received: from (mx (m [192.0.2.1]) by "
	"mx.example.org\r\n\r\n", NULL, NULL, NULL},
    {"submitted here", RETURN_PATH "Received: by mx.example.org (Postfix, "
	"from userid 1000)\r\n\r\n", NULL, NULL, "s@example.com"},
    {"a Return-Path below it", "Received: from m (m [192.0.2.1]) by "
	"mx.example.org\r\n" RETURN_PATH "\r\n", "192.0.2.1", "m", NULL},
    {"the null sender", "Return-Path: <>\r\nReceived: from m (m [192.0.2.1]) "
	"by mx.example.org\r\n\r\n", "192.0.2.1", "m", ""},
    {"no address", "Received: from m (m [300.0.2.1]) by mx.example.org\r\n"
	"\r\n", NULL, "m", NULL},
    {"in the body", "Subject: x\r\n\r\nReceived: from m (m [192.0.2.1]) by "
	"mx.example.org\r\n", NULL, NULL, NULL},
    {"parentheses without end", "Received: from m ((((((((((((((\\", NULL,
	NULL, NULL},
};

static void
believes_what_our_own_host_wrote(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct trusted t;

		trusted_find(&t, slice_text(rows[i].message),
		    "mx.example.org");
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].ip), t.ip);
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].helo), t.helo);
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].sender),
		    t.sender);
		EXPECT_NUMBER(rows[i].name, rows[i].sender != NULL,
		    t.has_sender);
		trusted_free(&t);
	}
}

static void
a_plain_message_becomes_a_record(void)
{
	const char *to[] = {"<a@example.org>", "b@example.org"};
	struct option_list rcpt = {to, 2};
	struct intake intake = {.client_ip = "192.0.2.1", .helo = "m",
	    .mail_from = "<>", .rcpt = &rcpt, .size_max = 100};
	struct record *r = record_new();
	struct buf octets = BUF_INIT;

	buf_append_text(&octets, "From x Tue Jul  1\nSubject: y\n\nz\r\n");
	EXPECT(intake_check(&intake, NULL) == 0);
	EXPECT(intake_message(&intake, &octets, r, NULL) == 0);
	EXPECT_SLICE("body", SLICE("Subject: y\r\n\r\nz\r\n"),
	    buf_slice(&r->body));
	EXPECT_NUMBER("size", r->body.n, meta_size(&r->meta));
	EXPECT(id_is_valid(meta_id(&r->meta)));
	EXPECT_SLICE("client", SLICE("{\"ip\":\"192.0.2.1\",\"helo\":\"m\"}"),
	    meta_get(&r->meta, "client"));
	EXPECT_SLICE("envelope", SLICE("{\"from\":\"\",\"to\":[{\"address\":"
	    "\"a@example.org\"},{\"address\":\"b@example.org\"}]}"),
	    meta_get(&r->meta, "envelope"));
	EXPECT(meta_get(&r->meta, "received").p != NULL);
	record_free(r);
	buf_free(&octets);
}

static void
without_options_nothing_is_known(void)
{
	struct intake intake = {.size_max = 100};
	struct record *r = record_new();
	struct buf octets = BUF_INIT;

	buf_append_text(&octets, RETURN_PATH
	    "Received: from m (m [192.0.2.1]) by mx.example.org\r\n\r\n");
	EXPECT(intake_message(&intake, &octets, r, NULL) == 0);
	EXPECT(meta_get(&r->meta, "client").p == NULL);
	EXPECT(meta_get(&r->meta, "envelope").p == NULL);
	record_free(r);
	buf_free(&octets);
}

static void
empty_and_oversized_messages_are_refused(void)
{
	static const struct {
		const char *octets;
		int64_t size_max;
	} bad[] = {{"", 100}, {"From x\n", 100}, {"abcdef", 5}, {"a\nb\n", 5},
	    {"a\r\nb\r\n", 5}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct intake intake = {.size_max = bad[i].size_max};
		struct record *r = record_new();
		struct buf octets = BUF_INIT;
		struct err err = ERR_INIT;

		buf_append_text(&octets, bad[i].octets);
		EXPECT_NUMBER(bad[i].octets, -1,
		    intake_message(&intake, &octets, r, &err));
		EXPECT_NUMBER(bad[i].octets, ERR_MESSAGE, err.kind);
		record_free(r);
		buf_free(&octets);
	}
}

static void
options_that_are_no_addresses_are_refused(void)
{
	const char *bad[] = {"no address"}, *good[] = {"postmaster"};
	struct option_list bad_list = {bad, 1}, good_list = {good, 1};

	EXPECT(intake_check(&(struct intake){.client_ip = "1.2.3"}, NULL) < 0);
	EXPECT(intake_check(&(struct intake){.client_ip = "::1"}, NULL) == 0);
	EXPECT(intake_check(&(struct intake){.mail_from = "a b"}, NULL) < 0);
	EXPECT(intake_check(&(struct intake){.mail_from = ""}, NULL) == 0);
	EXPECT(intake_check(&(struct intake){.rcpt = &bad_list}, NULL) < 0);
	EXPECT(intake_check(&(struct intake){.rcpt = &good_list}, NULL) == 0);
}

int
main(void)
{
	UNIT_RUN(believes_what_our_own_host_wrote);
	UNIT_RUN(a_plain_message_becomes_a_record);
	UNIT_RUN(without_options_nothing_is_known);
	UNIT_RUN(empty_and_oversized_messages_are_refused);
	UNIT_RUN(options_that_are_no_addresses_are_refused);
	return UNIT_RESULT;
}
