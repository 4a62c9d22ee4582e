/* SPDX-License-Identifier: ISC */
#include "net/dns_name.h"
#include "net/dns_zone.h"
#include "unit.h"

#define ROOT_RECORDS \
	". 300 IN NS zone.invalid.\n" \
	". 300 IN SOA zone.invalid. zone.invalid. 1 3600 600 86400 300\n"

static void
writes_one_record_a_line_in_order(void)
{
	static const struct {
		const char *label, *text, *want;
	} rows[] = {
		{"nothing", "; a comment\n\n", ROOT_RECORDS},
		{"names end at the root", "B.Example.org A 192.0.2.1",
		    ROOT_RECORDS "b.example.org. 300 IN A 192.0.2.1\n"},
		{"origin, ttl, owner kept",
		    "$ORIGIN x.\n$TTL 1h\na IN 60 A 192.0.2.1\n"
		    "\tAAAA 2001:DB8:0::1",
		    ROOT_RECORDS "a.x. 3600 IN AAAA 2001:db8::1\n"
		    "a.x. 60 IN A 192.0.2.1\n"},
		{"sorted, once", "b A 192.0.2.2\na A 192.0.2.1\nb A 192.0.2.2",
		    ROOT_RECORDS "a. 300 IN A 192.0.2.1\n"
		    "b. 300 IN A 192.0.2.2\n"},
		{"strings", "a TXT x \"y z\" ( \"\\065\\\"\"\n w;c\n )",
		    ROOT_RECORDS
		    "a. 300 IN TXT \"x\" \"y z\" \"A\\034\" \"w\"\n"},
		{"no delegation", "a NS b.\n", ROOT_RECORDS},
		{"own root", ". SOA a. b. 1 1h 10m 1w 5\n. NS c.\n",
		    ". 300 IN NS c.\n. 300 IN SOA a. b. 1 3600 600 604800 5\n"},
		{"escaped owner", "a\\.b.c A 192.0.2.1",
		    ROOT_RECORDS "a\\046b.c. 300 IN A 192.0.2.1\n"},
		{"CRLF", "a A 192.0.2.1\r\n",
		    ROOT_RECORDS "a. 300 IN A 192.0.2.1\n"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dns_zone zone;
		struct err err = ERR_INIT;

		EXPECT(dns_zone_parse(&zone, "z", slice_text(rows[i].text),
		    &err) == 0);
		EXPECT_SLICE(rows[i].label, slice_text(rows[i].want),
		    buf_slice(&zone.text));
		dns_zone_free(&zone);
	}
}

static void
splits_a_string_that_is_too_long(void)
{
	struct buf text = BUF_INIT, want = BUF_INIT;
	struct dns_zone zone;

	buf_append_text(&text, "a TXT \"");
	buf_append_text(&want, ROOT_RECORDS "a. 300 IN TXT \"");
	for (int i = 0; i < 256; i++) {
		buf_append_char(&text, 'x');
		buf_append_text(&want, i == 255 ? "\" \"x" : "x");
	}
	buf_append_text(&text, "\"");
	buf_append_text(&want, "\"\n");
	EXPECT(dns_zone_parse(&zone, "z", buf_slice(&text), NULL) == 0);
	EXPECT_SLICE("split", buf_slice(&want), buf_slice(&zone.text));
	dns_zone_free(&zone);
	buf_free(&text);
	buf_free(&want);
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
	EXPECT_SLICE("no records", SLICE(ROOT_RECORDS),
	    buf_slice(&zone.text));
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
	UNIT_RUN(writes_one_record_a_line_in_order);
	UNIT_RUN(splits_a_string_that_is_too_long);
	UNIT_RUN(names_the_line_of_a_mistake);
	UNIT_RUN(takes_out_the_lines_of_trouble);
	UNIT_RUN(has_one_form_for_a_name);
	UNIT_RUN(reads_names_on_the_wire);
	return UNIT_RESULT;
}
