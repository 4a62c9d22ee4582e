/* SPDX-License-Identifier: ISC */
#include "net/proxy.h"

#include "unit.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4 SIGNATURE "\x21\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\7\x30\x39\0\x19"
#define V6 \
	SIGNATURE "\x21\x21\0\x27" \
	"\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1" \
	"\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\2" \
	"\x30\x39\0\x19\4\0\0"

static void
takes_both_families_and_what_follows_stays(void)
{
	static const char v4[] = V4 "EHLO", v6[] = V6;
	struct proxy proxy;
	struct err err = ERR_INIT;
	char out[IP_TEXT_SIZE];
	size_t used = 0;

	EXPECT_NUMBER("v4", 1, proxy_parse(slice_of(v4, sizeof(v4) - 1),
	    &proxy, &used, &err));
	EXPECT_NUMBER("used", sizeof(v4) - 1 - 4, used);
	EXPECT_SLICE("source", SLICE("192.0.2.1"),
	    slice_text(ip_text(&proxy.source, out)));
	EXPECT_SLICE("destination", SLICE("198.51.100.7"),
	    slice_text(ip_text(&proxy.destination, out)));
	EXPECT_NUMBER("port", 12345, proxy.source_port);
	EXPECT_NUMBER("to", 25, proxy.destination_port);
	EXPECT_NUMBER("v6", 1, proxy_parse(slice_of(v6, sizeof(v6) - 1),
	    &proxy, &used, &err));
	EXPECT_SLICE("source", SLICE("2001:db8::1"),
	    slice_text(ip_text(&proxy.source, out)));
	EXPECT_SLICE("mapped", SLICE("192.0.2.2"),
	    slice_text(ip_text(&proxy.destination, out)));
}

static void
asks_for_just_as_much_as_is_missing(void)
{
	static const char v4[] = V4;
	struct proxy proxy;
	struct err err = ERR_INIT;
	size_t used, n = 0;

	while (proxy_parse(slice_of(v4, n), &proxy, &used, &err) == 0) {
		size_t missing = proxy_missing(slice_of(v4, n));

		EXPECT(missing > 0);
		n += missing;
		if (n > sizeof(v4) - 1 || missing == 0)
			break;
	}
	EXPECT_NUMBER("read", sizeof(v4) - 1, n);
}

static void
refuses_what_is_no_header_at_the_first_octet(void)
{
	static const struct {
		const char *label;
		struct slice octets;
	} rows[] = {{"version 1", {"PROXY TCP4 ", 11}},
	    {"smtp", {"EHLO x\r\n", 8}},
	    {"version 3", {SIGNATURE "\x31\x11\0\x0c", 16}},
	    {"command 2", {SIGNATURE "\x22\x11\0\x0c", 16}},
	    {"too long", {SIGNATURE "\x21\x11\xff\xff", 16}},
	    {"too short for IPv4", {SIGNATURE "\x21\x11\0\4abcd", 20}}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proxy proxy;
		struct err err = ERR_INIT;
		size_t used;

		EXPECT_NUMBER(rows[i].label, -1,
		    proxy_parse(rows[i].octets, &proxy, &used, &err));
		EXPECT(err.kind == ERR_MESSAGE);
	}
}

static void
uses_no_address_of_local_or_unix(void)
{
	static const struct slice rows[] = {
	    {SIGNATURE "\x20\0\0\0", 16}, {SIGNATURE "\x21\x31\0\0", 16},
	    {SIGNATURE "\x21\0\0\3abc", 19}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proxy proxy;
		struct err err = ERR_INIT;
		size_t used;

		EXPECT(proxy_parse(rows[i], &proxy, &used, &err) == 1);
		EXPECT_NUMBER("size", 0, proxy.source.size);
		EXPECT(proxy.local == (i == 0));
	}
}

int
main(void)
{
	UNIT_RUN(takes_both_families_and_what_follows_stays);
	UNIT_RUN(asks_for_just_as_much_as_is_missing);
	UNIT_RUN(refuses_what_is_no_header_at_the_first_octet);
	UNIT_RUN(uses_no_address_of_local_or_unix);
	return UNIT_RESULT;
}
