/* SPDX-License-Identifier: ISC */
/*
 * The certificate, and TLSA records.  Where strangers deliver (port 25) nobody
 * looks at the chain without MTA-STS or DANE; elsewhere people's clients do.
 */
#include "crypto/certificate.h"
#include "ops/probe_link.h"

#define DAY_MS 86400000
#define STRONG_BITS 112

static void
say_expiry(struct probe *p, struct slice chain)
{
	struct certificate_facts facts;
	struct err err = ERR_INIT;
	int64_t now = p->conf->now_ms, left;

	if (certificate_read(chain, &facts, &err) < 0) {
		probe_say(
		    p, "certificate-expiry", PROBE_UNKNOWN, "%s", err.text);
		return;
	}
	left = facts.until_ms - now;
	if (facts.from_ms > now)
		probe_say(p, "certificate-expiry", PROBE_FAIL,
		    "the certificate is not valid yet");
	else if (left < 0)
		probe_say(p, "certificate-expiry", PROBE_FAIL,
		    "the certificate expired %lld days ago",
		    (long long)(-left / DAY_MS));
	else
		probe_say(p, "certificate-expiry",
		    left < p->conf->expiry_s * 1000 ? PROBE_FAIL : PROBE_PASS,
		    "the certificate is good for %lld more days",
		    (long long)(left / DAY_MS));
}

static void
say_key(struct probe *p, struct slice chain)
{
	char type[16];
	int bits, worth;
	struct err err = ERR_INIT;

	if (certificate_strength(chain, type, &bits, &worth, &err) < 0)
		return;
	probe_say(p, "certificate-key",
	    worth < STRONG_BITS ? PROBE_FAIL : PROBE_PASS, "%s, %d bits%s",
	    type, bits, worth < STRONG_BITS ? ": too few" : "");
}

/* A fault that only those who ask for certificates see. */
static enum probe_state
fault(const struct probe *p)
{
	return !p->relays     ? PROBE_FAIL
	       : p->dane_fits ? PROBE_PASS
			      : PROBE_ADVICE;
}

void
probe_certificate(struct probe *p)
{
	struct slice chain = buf_slice(&p->chain);
	struct err err = ERR_INIT;
	struct ip ip;
	int is_for;

	if (chain.n == 0)
		return;
	if (certificate_verify(
		chain, NULL, p->conf->now_ms, p->conf->authorities, &err) == 0)
		probe_say(p, "certificate-chain", PROBE_PASS,
		    "an authority vouches for it");
	else
		probe_say(p, "certificate-chain", fault(p), "%s%s", err.text,
		    p->dane_fits ? " (DANE vouches for it)" : "");
	is_for = certificate_is_for(chain, p->conf->host, &err);
	if (ip_parse(slice_text(p->conf->host), &ip) == 0)
		probe_say(p, "certificate-name", PROBE_SKIP,
		    "an IP address has no name");
	else
		probe_say(p, "certificate-name",
		    is_for == 1 ? PROBE_PASS : fault(p),
		    is_for == 1 ? "it is for %s" : "it is not for %s",
		    p->conf->host);
	say_expiry(p, chain);
	say_key(p, chain);
}

int
probe_judge_certificate(const struct probe *p, struct err *err)
{
	struct slice chain = buf_slice(&p->chain);
	struct certificate_facts facts;
	int64_t now = p->conf->now_ms;

	if (certificate_read(chain, &facts, err) < 0)
		return -1;
	if (facts.from_ms > now || facts.until_ms < now)
		return err_set(err, ERR_MESSAGE, "the certificate %s",
		    facts.from_ms > now ? "is not valid yet" : "has expired");
	if (facts.until_ms - now < p->conf->expiry_s * 1000)
		return err_set(err, ERR_MESSAGE,
		    "the certificate expires in %lld days",
		    (long long)((facts.until_ms - now) / DAY_MS));
	if (p->relays)
		return 0;
	if (certificate_verify(
		chain, p->conf->host, now, p->conf->authorities, err) < 0)
		return err_prefix(err, "the certificate");
	return 0;
}

/*
 * TLSA.
 */

size_t
probe_read_tlsa(struct probe *p, struct tlsa *out, size_t max)
{
	struct buf name = BUF_INIT;
	size_t n = 0;

	if (p->dns == NULL || probe_name(p) == NULL)
		return 0;
	if (p->tlsa.records == NULL) {
		tlsa_name(slice_text(p->conf->host), p->conf->port, &name);
		dns_ask(p->dns, buf_slice(&name), DNS_TLSA, 0, &p->tlsa);
		buf_free(&name);
	}
	for (size_t i = 0; i < p->tlsa.n && n < max; i++)
		if (tlsa_parse(&out[n], p->tlsa.records[i].data) == 0 &&
		    tlsa_is_usable(&out[n]))
			n++;
	return n;
}

void
probe_dane(struct probe *p)
{
	struct tlsa tlsa[16];
	size_t n = probe_read_tlsa(p, tlsa, 16);

	if (p->chain.n == 0 || p->dns == NULL || probe_name(p) == NULL) {
		probe_say(p, "dane", PROBE_SKIP,
		    p->dns == NULL    ? "DNS is not asked"
		    : p->chain.n == 0 ? "there is no TLS"
				      : "an IP address has no TLSA");
		return;
	}
	if (p->tlsa.bogus)
		probe_say(p, "dane", PROBE_FAIL,
		    "the signatures of the TLSA records are wrong: senders "
		    "with DANE keep their mail");
	else if (p->tlsa.status == DNS_TEMPERROR)
		probe_say(p, "dane", PROBE_UNKNOWN,
		    "nobody answers for the TLSA records");
	else if (p->tlsa.n == 0)
		probe_say(p, "dane", p->relays ? PROBE_ADVICE : PROBE_SKIP,
		    "there are no TLSA records");
	else if (n == 0)
		probe_say(p, "dane", PROBE_FAIL,
		    "no TLSA record is of use to mail (RFC 7672)");
	else if (!p->dane_fits)
		probe_say(p, "dane", PROBE_FAIL,
		    "none of %zu TLSA records fits the certificate", n);
	else if (!p->conf->validates)
		probe_say(p, "dane", PROBE_UNKNOWN, "a TLSA record fits, but "
		    "here is no root key (dns-root-data) to tell whether it "
		    "is signed");
	else
		probe_say(p, "dane", p->tlsa.secure ? PROBE_PASS : PROBE_ADVICE,
		    p->tlsa.secure ? "a TLSA record fits, and is signed"
				   : "a TLSA record fits, but no DNSSEC "
				     "signs it: nobody looks at it");
}
