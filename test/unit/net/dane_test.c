/* SPDX-License-Identifier: ISC */
/* TLSA (RFC 6698, 2.1) and CAA (RFC 8659, 4.1) rdata. */
#include "net/dane.h"

#include "net/caa.h"
#include "net/dns_servers.h"
#include "unit.h"

#define DIGEST "0123456789abcdef0123456789ABCDEF"

static void
reads_and_writes_tlsa(void)
{
	struct buf text = BUF_INIT;
	struct tlsa tlsa, other;

	EXPECT(tlsa_parse(&tlsa, SLICE("\3\1\1" DIGEST)) == 0);
	EXPECT(tlsa_is_usable(&tlsa));
	tlsa_text(&tlsa, &text);
	EXPECT_SLICE("text", SLICE("3 1 1 3031323334353637383961626364656630"
	    "313233343536373839414243444546"), buf_slice(&text));
	EXPECT(tlsa_parse(&other, SLICE("\2\1\1" DIGEST)) == 0);
	EXPECT(!tlsa_equal(&tlsa, &other));
	EXPECT(tlsa_parse(&other, SLICE("\0\1\1" DIGEST)) == 0);
	EXPECT(!tlsa_is_usable(&other)); /* PKIX-TA: RFC 7672, 3.1.3 */
	buf_reset(&text);
	tlsa_name(SLICE("mx.example.org"), 25, &text);
	EXPECT_SLICE("name", SLICE("_25._tcp.mx.example.org"),
	    buf_slice(&text));
	buf_free(&text);
}

static void
refuses_tlsa_of_a_wrong_length(void)
{
	struct tlsa tlsa;

	EXPECT(tlsa_parse(&tlsa, SLICE("\3\1\1")) < 0);
	EXPECT(tlsa_parse(&tlsa, SLICE("\3\1\1" DIGEST "x")) < 0);
	EXPECT(tlsa_parse(&tlsa, SLICE("\3\1\2" DIGEST)) < 0);
	EXPECT(tlsa_parse(&tlsa, SLICE("\3\1\2" DIGEST DIGEST)) == 0);
	EXPECT(tlsa_parse(&tlsa, SLICE("\3\1\0x")) == 0);
	EXPECT(tlsa_parse(&tlsa, SLICE_NONE) < 0);
}

static void
reads_caa(void)
{
	struct caa caa;

	EXPECT(caa_parse(&caa, SLICE("\0\5issueca.example; a=b")) == 0);
	EXPECT_NUMBER("flags", 0, caa.flags);
	EXPECT_SLICE("tag", SLICE("issue"), caa.tag);
	EXPECT_SLICE("value", SLICE("ca.example; a=b"), caa.value);
	EXPECT(caa_parse(&caa, SLICE("\200\3tbs")) == 0);
	EXPECT_NUMBER("critical", 128, caa.flags);
	EXPECT(caa_parse(&caa, SLICE("\0\0x")) < 0);
	EXPECT(caa_parse(&caa, SLICE("\0\6issue")) < 0);
	EXPECT(caa_parse(&caa, SLICE("\0\2i x")) < 0);
	EXPECT(caa_parse(&caa, SLICE("\0")) < 0);
}

static void
reads_a_server_with_and_without_port(void)
{
	struct dns_server server;

	EXPECT(dns_server_parse(SLICE("192.0.2.1"), &server) == 0);
	EXPECT_NUMBER("port", 53, server.port);
	EXPECT(dns_server_parse(SLICE("2001:db8::1@5300"), &server) == 0);
	EXPECT_NUMBER("port", 5300, server.port);
	EXPECT_NUMBER("family", 16, server.ip.size);
	EXPECT(dns_server_parse(SLICE("192.0.2.1@"), &server) < 0);
	EXPECT(dns_server_parse(SLICE("192.0.2.1@65536"), &server) < 0);
	EXPECT(dns_server_parse(SLICE("ns.example.org"), &server) < 0);
}

int
main(void)
{
	UNIT_RUN(reads_and_writes_tlsa);
	UNIT_RUN(refuses_tlsa_of_a_wrong_length);
	UNIT_RUN(reads_caa);
	UNIT_RUN(reads_a_server_with_and_without_port);
	return UNIT_RESULT;
}
