/* SPDX-License-Identifier: ISC */
/* Which addresses the world can reach (RFC 6890). */
#include "net/interface.h"

#include "unit.h"

static void
tells_global_addresses_from_others(void)
{
	static const struct {
		const char *text;
		bool global;
	} rows[] = {
		{"9.9.9.9", true}, {"172.15.0.1", true},
		{"172.32.0.1", true}, {"100.63.255.255", true},
		{"223.255.255.255", true}, {"2a01:4f8::1", true},
		{"2001:db9::1", true},
		{"127.0.0.1", false}, {"10.1.2.3", false},
		{"172.16.0.1", false}, {"172.31.255.255", false},
		{"192.168.1.1", false}, {"169.254.1.1", false},
		{"100.64.0.1", false}, {"0.1.2.3", false},
		{"198.18.0.1", false}, {"224.0.0.1", false},
		{"255.255.255.255", false}, {"192.0.2.1", false},
		{"::1", false}, {"fe80::1", false}, {"fd00::1", false},
		{"ff02::1", false}, {"2001:db8::1", false}, {"::", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ip ip;

		EXPECT(ip_parse(slice_text(rows[i].text), &ip) == 0);
		EXPECT_NUMBER(rows[i].text, rows[i].global,
		    ip_is_global(&ip));
	}
}

static void
names_only_global_addresses_of_this_host(void)
{
	struct ip found[INTERFACE_ADDRESSES_MAX];
	size_t n = interface_addresses(found);

	EXPECT(n <= INTERFACE_ADDRESSES_MAX);
	for (size_t i = 0; i < n; i++)
		EXPECT(ip_is_global(&found[i]));
}

int
main(void)
{
	UNIT_RUN(tells_global_addresses_from_others);
	UNIT_RUN(names_only_global_addresses_of_this_host);
	return UNIT_RESULT;
}
