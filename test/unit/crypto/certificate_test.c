/* SPDX-License-Identifier: ISC */
#include "crypto/certificate.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "unit.h"

#define NOW INT64_C(1767225600000) /* 2026-01-01 */

static void
make(const char *host, struct buf *certificate, struct buf *key)
{
	struct err err = ERR_INIT;

	EXPECT(certificate_make_key(key, &err) == 0);
	EXPECT(certificate_make(
		   buf_slice(key), host, 90, certificate, &err) == 0);
	EXPECT_SLICE("error", SLICE(""), slice_text(err.text));
}

static void
a_certificate_lasts_as_long_as_asked(void)
{
	struct buf certificate = BUF_INIT, key = BUF_INIT;
	struct certificate_facts facts;
	struct err err = ERR_INIT;

	make("mx.example.org", &certificate, &key);
	EXPECT(slice_starts(buf_slice(&key), "-----BEGIN PRIVATE KEY-----"));
	EXPECT(certificate_read(buf_slice(&certificate), &facts, &err) == 0);
	EXPECT_NUMBER("from an hour ago", NOW - 3600000, facts.from_ms);
	EXPECT_NUMBER("for 90 days", NOW + INT64_C(7776000000),
	    facts.until_ms);
	EXPECT(facts.self_signed);
	buf_free(&certificate);
	buf_wipe(&key);
}

static void
only_its_own_key_makes_a_pair(void)
{
	struct buf certificate = BUF_INIT, key = BUF_INIT;
	struct buf other = BUF_INIT, other_key = BUF_INIT;
	struct err err = ERR_INIT;

	make("mx.example.org", &certificate, &key);
	make("mx.example.org", &other, &other_key);
	EXPECT(certificate_check_pair(
		   buf_slice(&certificate), buf_slice(&key), &err) == 0);
	EXPECT(certificate_check_pair(buf_slice(&certificate),
		   buf_slice(&other_key), &err) < 0);
	EXPECT(err.kind == ERR_CONFIG);
	EXPECT(certificate_check_pair(
		   buf_slice(&certificate), SLICE("no PEM"), &err) < 0);
	EXPECT(certificate_check_pair(
		   buf_slice(&key), buf_slice(&key), &err) < 0);
	EXPECT(certificate_check_pair(SLICE(""), SLICE(""), &err) < 0);
	buf_free(&certificate);
	buf_free(&other);
	buf_wipe(&key);
	buf_wipe(&other_key);
}

static void
a_host_name_over_64_octets_has_a_certificate(void)
{
	struct buf certificate = BUF_INIT, key = BUF_INIT;
	struct err err = ERR_INIT;

	make("a.very.long.name.that.does.not.fit.into.a.common.name.at.all."
	     "example.org", &certificate, &key);
	EXPECT(certificate_check_pair(
		   buf_slice(&certificate), buf_slice(&key), &err) == 0);
	buf_free(&certificate);
	buf_wipe(&key);
}

/* Its own authority: what a root certificate is. */
static void
believes_a_chain_for_its_host_in_its_time(void)
{
	char path[] = "/tmp/fe-certificate-test.XXXXXX";
	int fd = mkstemp(path);
	struct buf certificate = BUF_INIT, key = BUF_INIT, other = BUF_INIT;
	struct buf other_key = BUF_INIT;
	struct err err = ERR_INIT;

	make("mx.example.org", &certificate, &key);
	make("mx.example.org", &other, &other_key);
	EXPECT(io_write(fd, certificate.p, certificate.n) == 0);
	close(fd);
	EXPECT(certificate_verify(buf_slice(&certificate), "mx.example.org",
	    NOW, path, &err) == 0);
	EXPECT(certificate_verify(buf_slice(&certificate), "MX.example.org",
	    NOW, path, &err) == 0);
	EXPECT(certificate_verify(buf_slice(&certificate), "example.org",
	    NOW, path, &err) < 0);
	EXPECT_SLICE("host", SLICE("hostname mismatch"),
	    slice_text(err.text));
	EXPECT(certificate_verify(buf_slice(&certificate), "mx.example.org",
	    NOW + INT64_C(86400000) * 1000, path, &err) < 0);
	EXPECT_SLICE("late", SLICE("certificate has expired"),
	    slice_text(err.text));
	EXPECT(certificate_verify(buf_slice(&other), "mx.example.org", NOW,
	    path, &err) < 0);
	EXPECT(certificate_verify(SLICE("no PEM"), "mx.example.org", NOW,
	    path, &err) < 0);
	unlink(path);
	EXPECT(certificate_verify(buf_slice(&certificate), "mx.example.org",
	    NOW, path, &err) < 0);
	buf_free(&certificate);
	buf_wipe(&key);
	buf_free(&other);
	buf_wipe(&other_key);
}

static void
pins_the_key_of_certificate_and_key_alike(void)
{
	struct buf certificate = BUF_INIT, key = BUF_INIT, issuer = BUF_INIT;
	unsigned char pin[CERTIFICATE_PIN_SIZE], same[CERTIFICATE_PIN_SIZE];
	struct err err = ERR_INIT;

	make("mx.example.org", &certificate, &key);
	EXPECT(certificate_pin(buf_slice(&certificate), pin, &err) == 0);
	EXPECT(certificate_key_pin(buf_slice(&key), same, &err) == 0);
	EXPECT(memcmp(pin, same, sizeof(pin)) == 0);
	EXPECT(certificate_pin(buf_slice(&key), pin, &err) < 0);
	EXPECT(certificate_key_pin(buf_slice(&certificate), pin, &err) < 0);
	EXPECT(certificate_issuer(buf_slice(&certificate), &issuer, &err) ==
	    0);
	EXPECT_NUMBER("it says no organization", 0, issuer.n);
	buf_free(&certificate);
	buf_wipe(&key);
	buf_free(&issuer);
}

int
main(void)
{
	clock_fix_ms(NOW);
	UNIT_RUN(a_certificate_lasts_as_long_as_asked);
	UNIT_RUN(only_its_own_key_makes_a_pair);
	UNIT_RUN(believes_a_chain_for_its_host_in_its_time);
	UNIT_RUN(pins_the_key_of_certificate_and_key_alike);
	UNIT_RUN(a_host_name_over_64_octets_has_a_certificate);
	return UNIT_RESULT;
}
