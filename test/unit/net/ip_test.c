/* SPDX-License-Identifier: ISC */
#include "net/ip.h"

#include "unit.h"

static void
parses_and_prints_addresses(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {{"192.0.2.1", "192.0.2.1"}, {"2001:DB8::1", "2001:db8::1"},
	    {"::ffff:192.0.2.1", "192.0.2.1"}, {"::", "::"}, {"192.0.2", ""},
	    {"192.0.2.1 ", ""}, {"[::1]", ""}, {"fe80::1%lo", ""}, {"", ""},
	    {"example.org", ""}};
	char out[IP_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ip ip = {.size = 0};

		EXPECT((ip_parse(slice_text(rows[i].text), &ip) == 0) ==
		    (rows[i].want[0] != '\0'));
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].want),
		    slice_text(ip_text(&ip, out)));
	}
}

static void
knows_what_is_in_a_network(void)
{
	static const struct {
		const char *network, *ip;
		int want; /* -1: no network */
	} rows[] = {{"192.0.2.0/24", "192.0.2.255", 1},
	    {"192.0.2.0/24", "192.0.3.0", 0}, {"192.0.2.1", "192.0.2.1", 1},
	    {"192.0.2.1", "192.0.2.2", 0}, {"0.0.0.0/0", "198.51.100.7", 1},
	    {"0.0.0.0/0", "::1", 0}, {"2001:db8::/33", "2001:db8:7fff::1", 1},
	    {"2001:db8::/33", "2001:db8:8000::1", 0}, {"192.0.2.1/24", "", -1},
	    {"192.0.2.0/33", "", -1}, {"192.0.2.0/", "", -1},
	    {"192.0.2.0/-1", "", -1}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct network network;
		struct ip ip;

		if (network_parse(
			slice_text(rows[i].network), &network) < 0) {
			EXPECT_NUMBER(rows[i].network, rows[i].want, -1);
			continue;
		}
		EXPECT(ip_parse(slice_text(rows[i].ip), &ip) == 0);
		EXPECT_NUMBER(rows[i].network, rows[i].want,
		    network_has(&network, &ip));
	}
}

static void
counts_ipv6_clients_by_64(void)
{
	struct ip a, b, c;

	ip_parse(SLICE("2001:db8:1:2:3::4"), &a);
	ip_parse(SLICE("2001:db8:1:2:ffff::"), &b);
	ip_parse(SLICE("2001:db8:1:3::"), &c);
	a = ip_client(&a);
	b = ip_client(&b);
	c = ip_client(&c);
	EXPECT(ip_equal(&a, &b));
	EXPECT(!ip_equal(&a, &c));
}

static void
goes_to_sockaddr_and_back(void)
{
	static const char *const texts[] = {"192.0.2.1", "2001:db8::1"};

	for (size_t i = 0; i < 2; i++) {
		struct sockaddr_storage address;
		struct ip ip, back;
		uint16_t port = 0;

		ip_parse(slice_text(texts[i]), &ip);
		ip_to_sockaddr(&ip, 2525, &address);
		EXPECT(ip_from_sockaddr(&address, &back, &port) == 0);
		EXPECT(ip_equal(&ip, &back));
		EXPECT_NUMBER(texts[i], 2525, port);
	}
}

int
main(void)
{
	UNIT_RUN(parses_and_prints_addresses);
	UNIT_RUN(knows_what_is_in_a_network);
	UNIT_RUN(counts_ipv6_clients_by_64);
	UNIT_RUN(goes_to_sockaddr_and_back);
	return UNIT_RESULT;
}
