/* SPDX-License-Identifier: ISC */
#include "net/dns_name.h"
#include "net/dns_zone.h"
#include "unit.h"

/* What the zone says: a status, the ttl, then the records' data, with octets
 * that are no text in hexadecimal. */
static void
say(struct dns_zone *zone, const char *name, enum dns_type type,
    struct buf *out)
{
	struct dns_answer answer;

	dns_zone_answer(zone, slice_text(name), type, &answer);
	buf_format(out, "%s %u", dns_status_text(answer.status), answer.ttl);
	for (size_t i = 0; i < answer.n; i++) {
		struct slice data = answer.records[i].data;

		buf_append_text(out, i == 0 ? ": " : ", ");
		if (type == DNS_MX)
			buf_format(out, "%u ", answer.records[i].preference);
		for (size_t j = 0; j < data.n; j++)
			buf_format(out, type == DNS_A || type == DNS_AAAA ||
			    type == DNS_TLSA || type == DNS_CAA ? "%02x" : "%c",
			    (unsigned char)data.p[j]);
	}
	dns_answer_free(&answer);
}

struct row {
	const char *label, *name;
	enum dns_type type;
	const char *want;
};

static void
expect_rows(const char *text, const struct row *rows, size_t n)
{
	struct dns_zone zone;
	struct err err = ERR_INIT;

	EXPECT(dns_zone_parse(&zone, "z", slice_text(text), &err) == 0);
	for (size_t i = 0; i < n; i++) {
		struct buf got = BUF_INIT;

		say(&zone, rows[i].name, rows[i].type, &got);
		EXPECT_SLICE(rows[i].label, slice_text(rows[i].want),
		    buf_slice(&got));
		buf_free(&got);
	}
	dns_zone_free(&zone);
}

#define EXPECT_ROWS(text, rows) \
	expect_rows(text, rows, sizeof(rows) / sizeof(*(rows)))

static void
reads_a_master_file(void)
{
	static const struct row rows[] = {
		{"a name ends at the root", "b.example.org", DNS_A,
		    "found 300: c0000201"},
		{"origin, ttl", "a.x", DNS_A, "found 60: c0000201"},
		{"owner kept", "a.x", DNS_AAAA,
		    "found 3600: 20010db8000000000000000000000001"},
		{"said twice, in order", "c.x", DNS_A,
		    "found 60: c0000201, c0000202"},
		{"strings", "s.x", DNS_TXT, "found 3600: xy zA\"w"},
		{"escaped owner", "a\\046b.c", DNS_A, "found 3600: c0000201"},
		{"CRLF", "crlf", DNS_A, "found 3600: c0000201"},
		{"MX, the best first", "m", DNS_MX, "found 3600: 5 c, 10 b.x"},
		{"null MX", "n", DNS_MX, "found 3600: 0 "},
		{"TLSA", "t", DNS_TLSA, "found 3600: 030101ab12"},
		{"CAA", "t", DNS_CAA,
		    "found 3600: 0005697373756561"},
		{"generic", "g", DNS_TXT, "found 3600: abc"},
		{"malformed generic", "h", DNS_TXT, "temporary error 300"},
		{"no delegation", "d", DNS_NS, "no such name 300"},
		{"the root's servers", "", DNS_NS, "found 3600: c"},
		{"none of the root", "", DNS_A, "no data 300"},
	};

	EXPECT_ROWS("; a comment\n\nB.Example.org A 192.0.2.1\n"
	    "$ORIGIN x.\n$TTL 1h\na IN 60 A 192.0.2.1\n"
	    "\tAAAA 2001:DB8:0::1\n"
	    "c 60 A 192.0.2.2\nc 60 A 192.0.2.1\nc 60 A 192.0.2.2\n"
	    "s TXT x \"y z\" ( \"\\065\\\"\"\n w;c\n )\n"
	    "a\\.b.c. A 192.0.2.1\ncrlf. A 192.0.2.1\r\n"
	    "m. MX 10 b\nm. MX 5 C.\nn. MX 0 .\n"
	    "t. TLSA 3 1 1 AB 12\nt. CAA 0 issue a\n"
	    "g. TYPE16 \\# 4 03616263\nh. TYPE16 \\# 1 03\n"
	    "d. NS b.\n. SOA a. b. 1 1h 10m 1w 5\n. NS c.\n", rows);
}

/* RFC 1034, 4.3.2; RFC 4592; RFC 6672. */
static void
answers_as_a_server_does(void)
{
	static const struct row rows[] = {
		{"data", "n.test", DNS_A, "found 300: c0000201"},
		{"another type", "n.test", DNS_TXT, "no data 300"},
		{"no name", "x.test", DNS_A, "no such name 300"},
		{"only names below it", "b.test", DNS_A, "no data 300"},
		{"a name's beginning is no name above it", "es.test", DNS_A,
		    "no such name 300"},
		{"CNAME", "alias.test", DNS_A, "found 60: c0000201"},
		{"the CNAME itself", "alias.test", DNS_CNAME,
		    "found 60: n.test"},
		{"CNAME to nothing", "dangling.test", DNS_A,
		    "no such name 300"},
		{"CNAME to another type", "alias.test", DNS_TXT, "no data 60"},
		{"CNAMEs in a circle", "loop.test", DNS_A,
		    "temporary error 300"},
		{"wildcard", "a.w.test", DNS_A, "found 300: c0000202"},
		{"wildcard, deeper", "a.b.w.test", DNS_A,
		    "found 300: c0000202"},
		{"wildcard, another type", "a.w.test", DNS_MX, "no data 300"},
		{"not for the name above it", "w.test", DNS_A, "no data 300"},
		{"not where the name is", "there.w.test", DNS_A,
		    "no data 300"},
		{"not below a name that is", "a.there.w.test", DNS_A,
		    "no such name 300"},
		{"wildcard CNAME", "a.wc.test", DNS_A, "found 300: c0000201"},
		{"DNAME", "n.old.test", DNS_A, "found 300: c0000201"},
		{"DNAME, deeper", "c.b.old.test", DNS_A,
		    "found 300: c0000203"},
		{"not of its own name", "old.test", DNS_A, "no data 300"},
		{"fails", "bad.test", DNS_A, "temporary error 300"},
		{"fails behind a CNAME", "tobad.test", DNS_A,
		    "temporary error 300"},
	};

	EXPECT_ROWS("n.test. A 192.0.2.1\nc.b.test. A 192.0.2.3\n"
	    "best.test. A 192.0.2.9\n"
	    "alias.test. 60 CNAME n.test.\ndangling.test. CNAME no.test.\n"
	    "loop.test. CNAME pool.test.\npool.test. CNAME loop.test.\n"
	    "*.w.test. A 192.0.2.2\nthere.w.test. TXT x\n"
	    "*.wc.test. CNAME n.test.\nold.test. DNAME test.\n"
	    "tobad.test. CNAME bad.test.\nbad.test. A 192.0.2.1\n"
	    "$SERVFAIL bad.test.\n", rows);
}

static void
keeps_a_string_that_is_too_long(void)
{
	struct buf text = BUF_INIT, want = BUF_INIT, got = BUF_INIT;
	struct dns_zone zone;

	buf_append_text(&text, "a TXT \"");
	buf_append_text(&want, "found 300: ");
	for (int i = 0; i < 600; i++) {
		buf_append_char(&text, (char)('a' + i % 26));
		buf_append_char(&want, (char)('a' + i % 26));
	}
	buf_append_text(&text, "\"");
	EXPECT(dns_zone_parse(&zone, "z", buf_slice(&text), NULL) == 0);
	say(&zone, "a", DNS_TXT, &got);
	EXPECT_SLICE("whole", buf_slice(&want), buf_slice(&got));
	EXPECT_NUMBER("a length for each 255", 603, zone.records[0].data_n);
	dns_zone_free(&zone);
	buf_free(&text);
	buf_free(&want);
	buf_free(&got);
}

static void
names_the_line_of_a_mistake(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"a A 192.0.2.1\nb A 1.2.3",
		    "z:2: an A record wants one IPv4 address"},
		{"a TXT ( b\n\n c\n", "z:1: '(' without its ')'"},
		{"\n A 192.0.2.1", "z:2: no owner before this record"},
		{"a MX 65536 b", "z:1: an MX record wants a preference and a "
		    "name"},
		{"a", "z:1: record without a type"},
		{"$SERVFAIL", "z:1: want a name behind the word"},
		{". SOA a. b. 1 2 3 4 5\n. SOA a. b. 1 2 3 4 5",
		    "z:2: a second SOA of the root"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dns_zone zone;
		struct err err = ERR_INIT;

		EXPECT(dns_zone_parse(&zone, "z", slice_text(rows[i].text),
		    &err) < 0);
		EXPECT(err.kind == ERR_CONFIG);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].want),
		    slice_text(err.text));
	}
}

static void
takes_out_the_lines_of_trouble(void)
{
	struct dns_zone zone;
	const struct dns_special *special;

	EXPECT(dns_zone_parse(&zone, "z", SLICE("$ORIGIN x.\n"
	    "$TIMEOUT B\n$DELAY a 20\n$SERVFAIL c.\n"), NULL) == 0);
	EXPECT_NUMBER("no records", 0, zone.records_n);
	EXPECT(zone.waits);
	special = dns_zone_special(&zone, SLICE("a.x"));
	EXPECT(special != NULL && special->trouble == DNS_TROUBLE_DELAY &&
	    special->delay_ms == 20);
	special = dns_zone_special(&zone, SLICE("b.x"));
	EXPECT(special != NULL && special->trouble == DNS_TROUBLE_TIMEOUT);
	special = dns_zone_special(&zone, SLICE("c"));
	EXPECT(special != NULL && special->trouble == DNS_TROUBLE_SERVFAIL);
	EXPECT(dns_zone_special(&zone, SLICE("d")) == NULL);
	dns_zone_free(&zone);
}

static void
has_one_form_for_a_name(void)
{
	static const struct {
		const char *text, *want; /* NULL: no name */
	} rows[] = {{".", ""}, {"A.b.", "a.b"}, {"a", "a.o.x"},
	    {"\\097", "a.o.x"}, {"a\\ b", "a\\032b.o.x"}, {"", NULL},
	    {"a..b", NULL}, {"..", NULL}, {"\\25", NULL}, {"\\999", NULL},
	    {"x12345678901234567890123456789012345678901234567890123456789"
	    "01234", NULL}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = BUF_INIT;
		int result = dns_name_normalize(slice_text(rows[i].text),
		    SLICE("o.x"), &out);

		EXPECT_NUMBER(rows[i].text, rows[i].want != NULL ? 0 : -1,
		    result);
		if (rows[i].want != NULL)
			EXPECT_SLICE(rows[i].text, slice_text(rows[i].want),
			    slice_text(buf_text(&out)));
		buf_free(&out);
	}
}

static void
writes_names_as_it_read_them(void)
{
	static const char *const names[] = {"", "a", "a.b\\046", "*.x",
	    "\\000\\255.y"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct buf wire = BUF_INIT, back = BUF_INIT;

		EXPECT(dns_name_to_wire(slice_text(names[i]), &wire) == 0);
		EXPECT_NUMBER("all of it", wire.n, dns_name_from_wire(
		    (const unsigned char *)wire.p, wire.n, &back));
		EXPECT_SLICE("name", slice_text(names[i]),
		    slice_text(buf_text(&back)));
		buf_free(&wire);
		buf_free(&back);
	}
}

static void
reads_names_on_the_wire(void)
{
	static const struct {
		const char *wire;
		size_t n;
		int used;
		const char *want;
	} rows[] = {{"\1A\2b.\0", 6, 6, "a.b\\046"}, {"\0", 1, 1, ""},
	    {"\1a", 2, -1, NULL}, {"\5a\0", 3, -1, NULL}, {"", 0, -1, NULL},
	    {"\300\014", 2, -1, NULL}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = BUF_INIT;

		EXPECT_NUMBER("length", rows[i].used, dns_name_from_wire(
		    (const unsigned char *)rows[i].wire, rows[i].n, &out));
		if (rows[i].want != NULL)
			EXPECT_SLICE("name", slice_text(rows[i].want),
			    slice_text(buf_text(&out)));
		buf_free(&out);
	}
}

int
main(void)
{
	UNIT_RUN(reads_a_master_file);
	UNIT_RUN(answers_as_a_server_does);
	UNIT_RUN(keeps_a_string_that_is_too_long);
	UNIT_RUN(names_the_line_of_a_mistake);
	UNIT_RUN(takes_out_the_lines_of_trouble);
	UNIT_RUN(has_one_form_for_a_name);
	UNIT_RUN(reads_names_on_the_wire);
	UNIT_RUN(writes_names_as_it_read_them);
	return UNIT_RESULT;
}
