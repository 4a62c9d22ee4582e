/* SPDX-License-Identifier: ISC */
/* The parts of fe-audit that need no host: evidence, files that it reads and
 * writes. */
#include <stdlib.h>

#include "base/id.h"
#include "ops/audit_log.h"
#include "ops/clamd_client.h"
#include "ops/elf_marks.h"
#include "ops/plain_page.h"
#include "ops/practice.h"
#include "ops/providers.h"
#include "ops/security_txt.h"
#include "ops/socket_table.h"
#include "unit.h"

static void
a_practice_is_as_bad_as_its_worst_clause(void)
{
	static const struct {
		enum audit_state clauses[3], want;
	} rows[] = {{{AUDIT_PASS, AUDIT_PASS, AUDIT_NOTE}, AUDIT_PASS},
	    {{AUDIT_PASS, AUDIT_UNKNOWN, AUDIT_FAIL}, AUDIT_FAIL},
	    {{AUDIT_UNKNOWN, AUDIT_ATTESTED, AUDIT_PASS}, AUDIT_UNKNOWN},
	    {{AUDIT_PASS, AUDIT_ATTESTED, AUDIT_NOTE}, AUDIT_ATTESTED},
	    {{AUDIT_NOTE, AUDIT_NOTE, AUDIT_NOTE}, AUDIT_UNKNOWN}};
	struct practice practice = {.required = true};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct audit_result r = {.practice = &practice};

		for (int k = 0; k < 3; k++)
			audit_say(&r, rows[i].clauses[k], "x");
		EXPECT_NUMBER("state", rows[i].want, audit_result_state(&r));
		EXPECT(audit_result_is_bad(&r) ==
		    (rows[i].want == AUDIT_FAIL));
		audit_result_free(&r);
	}
}

static void
evidence_is_bounded_and_printable(void)
{
	struct practice practice = {.required = true};
	struct audit_result r = {.practice = &practice};
	struct buf text = BUF_INIT;

	audit_say(&r, AUDIT_PASS, "a\033[31mb\nc\xe2\x80\xae\xff");
	EXPECT_SLICE(
	    "text", SLICE("a?[31mb?c??"), slice_text(r.clauses[0].text));
	for (int i = 0; i < AUDIT_CLAUSES_MAX; i++)
		audit_say(&r, i == AUDIT_CLAUSES_MAX - 1 ? AUDIT_FAIL
							 : AUDIT_PASS, "x");
	EXPECT_NUMBER("clauses", AUDIT_CLAUSES_MAX, r.n);
	EXPECT(audit_result_state(&r) == AUDIT_FAIL);
	audit_result_text(&r, &text);
	EXPECT(slice_ends(buf_slice(&text), "and 1 more"));
	audit_result_free(&r);
	buf_free(&text);
}

static void
a_register_is_whole_or_refused(void)
{
	static const char good[] = "{\"fe\":1,\"sections\":[{\"id\":\"a\","
	    "\"title\":\"A\"}],\"practices\":[{\"id\":\"a-b\",\"section\":"
	    "\"a\",\"what\":\"w\",\"by\":\"b\",\"probe\":\"p\",\"required\":"
	    "true,\"do\":\"d\"}]}";
	static const struct {
		const char *from, *to;
	} changes[] = {{"\"fe\":1", "\"fe\":2"}, {"\"do\"", "\"to\""},
	    {"true", "1"}, {"\"section\":\"a\"", "\"section\":\"c\""},
	    {"\"title\"", "\"name\""}, {"\"practices\"", "\"others\""}};
	struct practices p;
	struct err err = ERR_INIT;

	EXPECT(practices_parse(&p, SLICE(good), "r", &err) == 0);
	EXPECT(practices_find(&p, "a-b") != NULL);
	EXPECT(practices_find(&p, "a") == NULL);
	practices_free(&p);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct buf text = BUF_INIT;
		size_t at = slice_find_text(
		    SLICE(good), slice_text(changes[i].from));

		buf_append_slice(&text, slice_part(SLICE(good), 0, at));
		buf_append_text(&text, changes[i].to);
		buf_append_text(&text, good + at + strlen(changes[i].from));
		EXPECT(practices_parse(&p, buf_slice(&text), "r", &err) < 0);
		EXPECT(err.kind == ERR_CONFIG);
		buf_free(&text);
	}
}

static void
security_txt_is_judged_as_the_rfc_has_it(void)
{
	static const struct {
		const char *text, *fault; /* "": none */
		bool is_signed;
	} rows[] = {
	    {"Contact: mailto:s@example.org\r\n"
	     "Expires: 2027-01-01T00:00:00Z\r\n", "", false},
	    {"# comment\n\nContact: https://example.org/report\n"
	     "CONTACT: tel:+1-201-555-0123\n"
	     "expires: 2027-01-01T00:00:00+01:00\n"
	     "Preferred-Languages: en, de-CH\nFoo: bar\n", "", false},
	    {"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
	     "Contact: mailto:s@example.org\n"
	     "Expires: 2027-01-01T00:00:00Z\n"
	     "-----BEGIN PGP SIGNATURE-----\n\nxx\n"
	     "-----END PGP SIGNATURE-----\n", "", true},
	    {"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
	     "Contact: mailto:s@example.org\n"
	     "Expires: 2027-01-01T00:00:00Z\n", "", false},
	    {"", "it has no Contact", false},
	    {"Contact: mailto:s@example.org\n", "it has no Expires", false},
	    {"Contact: http://example.org\nExpires: 2027-01-01T00:00:00Z\n",
		"a value that is no URI in line 1", false},
	    {"Contact: s@example.org\nExpires: 2027-01-01T00:00:00Z\n",
		"a value that is no URI in line 1", false},
	    {"Contact: mailto:a@b\nExpires: tomorrow\n",
		"a time that is none in line 2", false},
	    {"Contact: mailto:a@b\nExpires: 2027-01-01T00:00:00Z\n"
	     "Expires: 2027-01-01T00:00:00Z\n", "a second Expires in line 3",
		false},
	    {"Contact: mailto:a@b\nhello\nExpires: 2027-01-01T00:00:00Z\n",
		"what is no field in line 2", false},
	    {"Contact: mailto:a@b\nExpires: 2027-01-01T00:00:00Z\n"
	     "Preferred-Languages: 12\n",
		"a list of languages that is none in line 3", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct security_txt_facts facts;

		security_txt_check(slice_text(rows[i].text), &facts);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].fault),
		    slice_text(facts.fault));
		EXPECT(facts.is_signed == rows[i].is_signed);
	}
}

static void
sockets_are_read_as_the_kernel_lists_them(void)
{
	static const struct {
		const char *line;
		bool ok, listens, open;
		const char *local;
		unsigned port;
	} rows[] = {
	    {"   0: 0100007F:0019 00000000:0000 0A 00000000:00000000 "
	     "00:00000000 00000000     0        0 4711 1 0", true, true,
		false, "127.0.0.1", 25},
	    {"   1: 00000000:01D1 00000000:0000 0A 00000000:00000000 "
	     "00:00000000 00000000     0        0 12 1", true, true, true,
		"0.0.0.0", 465},
	    {"   1: 0A000001:01D1 0B000001:0301 01 00000000:00000000 "
	     "00:00000000 00000000     0        0 12 1", true, false, false,
		"1.0.0.10", 465},
	    {"   1: 00000000000000000000000001000000:0019 "
	     "00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 7",
		true, true, false, "::1", 25},
	    {"   1: 0000000000000000FFFF00000100007F:0019 "
	     "00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 7",
		true, true, false, "127.0.0.1", 25},
	    {"  sl  local_address rem_address   st tx_queue", false, false,
		false, "", 0},
	    {"", false, false, false, "", 0},
	    {" 0: 00000000:0277 00000000:0000 0A", true, true, true,
		"0.0.0.0", 631},
	    {"1: 0100007F:0019", false, false, false, "", 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct socket_entry s;
		char text[IP_TEXT_SIZE];

		EXPECT(socket_entry_parse(slice_text(rows[i].line), false,
			   &s) == rows[i].ok);
		if (!rows[i].ok)
			continue;
		EXPECT_SLICE(rows[i].line, slice_text(rows[i].local),
		    slice_text(ip_text(&s.local, text)));
		EXPECT_NUMBER("port", rows[i].port, s.local_port);
		EXPECT(s.listens == rows[i].listens);
		EXPECT(socket_entry_is_open(&s) == rows[i].open);
	}
}

static void
tells_plain_pages_from_encrypted_ones(void)
{
	static unsigned char page[65536];

	for (size_t size = 512; size <= sizeof(page); size *= 2) {
		unsigned wrong = 0;

		for (int i = 0; i < 200; i++) {
			random_octets(page, size);
			wrong += plain_page_is(page, size, false);
			/* with a page's head of 24 clear octets */
			memset(page + 16, 0, 8);
			wrong += plain_page_is(page, size, true);
		}
		EXPECT_NUMBER("of 400 encrypted", 0, wrong);
		memset(page, 0, size);
		EXPECT(plain_page_is(page, size, false));
		for (size_t i = 0; i < size; i++)
			page[i] = (unsigned char)"the quick brown fox "[i %
			    20];
		EXPECT(plain_page_is(page, size, false));
		random_octets(page, size);
		memcpy(page, "SQLite format 3", 16);
		EXPECT(plain_page_is(page, size, true));
	}
}

static void
reads_the_age_of_signatures(void)
{
	EXPECT_NUMBER("time", 1727080251000LL, clamd_version_time(
	    "ClamAV 1.0.7/27407/Mon Sep 23 08:30:51 2024"));
	EXPECT_NUMBER("none", 0, clamd_version_time("ClamAV 1.0.7"));
	EXPECT_NUMBER("odd", 0, clamd_version_time("ClamAV/1/today"));
}

static void
reads_the_marks_of_this_program(void)
{
	struct elf_marks m;
	struct err err = ERR_INIT;

	EXPECT(elf_marks_read(&m, "/proc/self/exe", &err) == 0);
	EXPECT(m.pie && m.relro && m.bind_now && m.stack_not_executable);
	EXPECT(!m.is_static && m.has_symbols);
	EXPECT(m.stack_protector);
	EXPECT(!m.x86 || m.has_landing_pads);
	EXPECT(elf_marks_parse(&m, SLICE("\177ELF"), "x", &err) < 0);
	EXPECT(elf_marks_read(&m, "/etc/passwd", &err) < 0);
	EXPECT(elf_marks_read(&m, "/dev/null", &err) < 0);
}

static void
providers_tell_what_they_lack(void)
{
	struct providers p;
	struct err err = ERR_INIT;

	EXPECT(providers_parse(&p, SLICE("{\"fe\":1,\"reviewed\":"
	    "\"2026-11-01\",\"providers\":[{\"name\":\"N\",\"purpose\":\"P\","
	    "\"data\":\"D\",\"country\":\"C\",\"transfer\":\"T\",\"privacy\":"
	    "\"https://x\"},{\"name\":\"M\",\"purpose\":\"P\",\"data\":\"D\","
	    "\"country\":\"C\",\"transfer\":\"\",\"privacy\":\"https://x\"},"
	    "{\"name\":\"O\",\"purpose\":\"P\",\"data\":\"D\",\"country\":"
	    "\"C\",\"transfer\":\"T\",\"privacy\":\"x\"}]}"), "p", &err) == 0);
	EXPECT_NUMBER("providers", 3, p.n);
	EXPECT(p.reviewed_ms > 0);
	if (p.n == 3) {
		EXPECT(p.items[0].lacks == NULL);
		EXPECT(strcmp(p.items[1].lacks, "transfer") == 0);
		EXPECT(strcmp(p.items[2].lacks, "privacy") == 0);
	}
	providers_free(&p);
	EXPECT(providers_parse(&p, SLICE("{\"fe\":1}"), "p", &err) < 0);
	providers_free(&p);
}

int
main(void)
{
	UNIT_RUN(a_practice_is_as_bad_as_its_worst_clause);
	UNIT_RUN(evidence_is_bounded_and_printable);
	UNIT_RUN(a_register_is_whole_or_refused);
	UNIT_RUN(security_txt_is_judged_as_the_rfc_has_it);
	UNIT_RUN(sockets_are_read_as_the_kernel_lists_them);
	UNIT_RUN(tells_plain_pages_from_encrypted_ones);
	UNIT_RUN(reads_the_age_of_signatures);
	UNIT_RUN(reads_the_marks_of_this_program);
	UNIT_RUN(providers_tell_what_they_lack);
	return UNIT_RESULT;
}
