/* SPDX-License-Identifier: ISC */
/* The host's part of the plan: addresses, TLS. */
#include "ops/dns_plan_host.h"

#include <errno.h>
#include <unistd.h>

#include "auth/domain.h"
#include "auth/iprev.h"
#include "base/home.h"
#include "base/io.h"
#include "crypto/certificate.h"
#include "net/dane.h"

/* Who issues under which name in CAA records (their own documents). */
static const struct {
	const char *organization, *domain;
} issuers[] = {
	{"Let's Encrypt", "letsencrypt.org"},
	{"ZeroSSL", "sectigo.com"},
	{"Sectigo Limited", "sectigo.com"},
	{"Google Trust Services", "pki.goog"},
	{"Buypass AS-983163327", "buypass.com"},
	{"DigiCert Inc", "digicert.com"},
	{"GlobalSign nv-sa", "globalsign.com"},
	{"Actalis S.p.A.", "actalis.it"},
	{"SSL Corporation", "ssl.com"},
	{"Amazon", "amazon.com"},
};

/* 1 read, 0 there is none. */
static int
read_file(const char *name, struct buf *out, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 1;

	out->max = CERTIFICATE_SIZE_MAX;
	buf_reserve(out, 16384); /* so that growing leaves no copies */
	home_file(&path, "keys/tls/%s", name);
	if (access(path.p, F_OK) < 0 && errno == ENOENT)
		result = 0;
	else if (io_read_file(path.p, out, err) < 0)
		result = -1;
	buf_free(&path);
	return result;
}

int
dns_plan_host_read(struct dns_plan_making *m, struct err *err)
{
	return read_file("cert.pem", &m->certificate, err) < 0 ? -1 : 0;
}

bool
dns_plan_certificate_fits(struct dns_plan_making *m, struct slice name,
    struct buf *reason)
{
	struct err why = ERR_INIT;
	struct buf host = BUF_INIT;
	bool fits = false;

	buf_append_slice(&host, name);
	if (m->certificate.n == 0)
		err_set(&why, ERR_CONFIG, "there is none");
	else
		fits = certificate_verify(buf_slice(&m->certificate), host.p,
		    m->conf->now_ms, m->conf->authorities, &why) == 0;
	buf_truncate(reason, 0);
	buf_append_text(reason, why.text);
	buf_free(&host);
	return fits;
}

static int
add_addresses(struct dns_plan_making *m, struct err *err)
{
	const struct option_list *list = &m->conf->addresses;
	struct buf reverse = BUF_INIT;
	char text[IP_TEXT_SIZE];
	struct ip ip;

	for (size_t i = 0; i < list->n; i++) {
		if (ip_parse(slice_text(list->items[i]), &ip) < 0)
			return err_set(err, ERR_USAGE, "--address: '%s' is no "
			    "IP address", list->items[i]);
		dns_plan_add(m, PLAN_ADDRESS, ip.size == 4 ? DNS_A : DNS_AAAA,
		    m->conf->host, ip_text(&ip, text),
		    "where the mail host is");
	}
	for (size_t i = 0; i < list->n; i++) {
		ip_parse(slice_text(list->items[i]), &ip);
		buf_truncate(&reverse, 0);
		iprev_reverse_name(&ip, &reverse);
		dns_plan_add(m, PLAN_PTR, DNS_PTR, reverse.p, m->conf->host,
		    "the address names the host; whose network it is sets "
		    "this");
	}
	buf_free(&reverse);
	if (list->n == 0)
		dns_plan_note(m, "no address of %s is known (--address says "
		    "one): "
		    "no A, AAAA and PTR", m->conf->host);
	return 0;
}

/* 3 1 1: the key itself, which outlives certificates (RFC 7672, 3.1.1). */
static void
add_pin(struct dns_plan_making *m, const unsigned char *pin, const char *why)
{
	struct tlsa tlsa = {3, 1, 1, slice_of(pin, CERTIFICATE_PIN_SIZE)};
	struct buf name = BUF_INIT, value = BUF_INIT;

	tlsa_name(slice_text(m->conf->host), 25, &name);
	tlsa_text(&tlsa, &value);
	dns_plan_add(m, PLAN_TLSA, DNS_TLSA, name.p, value.p, why);
	buf_free(&name);
	buf_free(&value);
}

static int
add_tlsa(struct dns_plan_making *m, struct err *err)
{
	unsigned char pin[CERTIFICATE_PIN_SIZE], key_pin[CERTIFICATE_PIN_SIZE];
	struct buf key = BUF_INIT, next = BUF_INIT;
	int result = -1, there;

	if (option_list_has(&m->conf->omit, dns_plan_kind_text(PLAN_TLSA)))
		return 0;
	if (m->certificate.n == 0) {
		dns_plan_note(m, "no certificate: no TLSA");
		return 0;
	}
	there = read_file("key.pem", &key, err);
	if (there < 0 || (there > 0 && certificate_check_pair(
	    buf_slice(&m->certificate), buf_slice(&key), err) < 0) ||
	    certificate_pin(buf_slice(&m->certificate), pin, err) < 0) {
		err_prefix(err, "keys/tls");
		goto out;
	}
	add_pin(m, pin, "DANE: the TLS key of the host; counts only where "
	    "the zone is signed (DNSSEC)");
	there = read_file("next-key.pem", &next, err);
	if (there < 0 || (there > 0 && certificate_key_pin(buf_slice(&next),
	    key_pin, err) < 0)) {
		err_prefix(err, "keys/tls/next-key.pem");
		goto out;
	}
	if (there > 0)
		add_pin(m, key_pin, "DANE: the next TLS key, published "
		    "before it is used");
	result = 0;
out:
	buf_wipe(&key);
	buf_wipe(&next);
	return result;
}

static void
add_issuer(struct dns_plan_making *m, const char *issuer)
{
	struct buf value = BUF_INIT;

	buf_format(&value, "0 issue %s", issuer);
	dns_plan_add(m, PLAN_CAA, DNS_CAA, m->conf->host, value.p,
	    "CAA: who may issue certificates for the host");
	buf_free(&value);
}

static void
add_caa(struct dns_plan_making *m)
{
	const struct option_list *wanted = &m->conf->caa_issuer;
	struct buf organization = BUF_INIT;
	bool found = wanted->n > 0;

	if (option_list_has(&m->conf->omit, dns_plan_kind_text(PLAN_CAA)))
		return;
	for (size_t i = 0; i < wanted->n; i++)
		add_issuer(m, wanted->items[i]);
	if (!found && m->certificate.n > 0)
		certificate_issuer(buf_slice(&m->certificate), &organization,
		    NULL);
	for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]) &&
	    !found; i++)
		if (slice_is(buf_slice(&organization),
		    issuers[i].organization)) {
			add_issuer(m, issuers[i].domain);
			found = true;
		}
	if (!found)
		dns_plan_note(m, "no CAA: the certificate does not tell who "
		    "issues (--caa-issuer does)");
	buf_free(&organization);
}

int
dns_plan_host_add(struct dns_plan_making *m, struct err *err)
{
	if (add_addresses(m, err) < 0)
		return -1;
	if (!option_list_has(&m->conf->domains, m->conf->host))
		dns_plan_add(m, PLAN_SPF, DNS_TXT, m->conf->host,
		    "v=spf1 a -all",
		    "SPF of the host's own name, for bounces");
	if (add_tlsa(m, err) < 0)
		return -1;
	add_caa(m);
	return 0;
}
