/* SPDX-License-Identifier: ISC */
/*
 * What to publish.  Trusts the home; whatever it says of itself is checked
 * for form, since a bad record is refused by a web form or, worse, taken.
 */
#include "ops/dns_plan.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/domain.h"
#include "auth/iprev.h"
#include "auth/selector.h"
#include "auth/spf_record.h"
#include "base/home.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/number.h"
#include "net/mta_sts.h"
#include "ops/dns_plan_host.h"

#define TESTING_AGE_S 86400
#define ID_OCTETS 10 /* of the digest: 20 hex digits */

static const char *const kinds[] = {"mx", "address", "spf", "dkim", "dmarc",
    "reports", "mta-sts", "tlsrpt", "tlsa", "caa", "ptr"};

const char *
dns_plan_kind_text(enum dns_plan_kind kind)
{
	return kinds[kind];
}

const char *
dns_plan_type_text(enum dns_type type)
{
	switch (type) {
	case DNS_A: return "A";
	case DNS_AAAA: return "AAAA";
	case DNS_NS: return "NS";
	case DNS_MX: return "MX";
	case DNS_PTR: return "PTR";
	case DNS_CNAME: return "CNAME";
	case DNS_TXT: return "TXT";
	case DNS_TLSA: return "TLSA";
	case DNS_CAA: return "CAA";
	default: return "?";
	}
}

void
dns_plan_free(struct dns_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		free(plan->records[i].name);
		free(plan->records[i].value);
	}
	for (size_t i = 0; i < plan->notes_n; i++)
		free(plan->notes[i]);
	free(plan->records);
	free(plan->notes);
	buf_free(&plan->policy);
	*plan = (struct dns_plan)PLAN_INIT;
}

static bool
is_there(const struct dns_plan *plan, const struct dns_plan_record *new)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct dns_plan_record *r = &plan->records[i];

		if (r->type == new->type && strcmp(r->name, new->name) == 0 &&
		    r->value != NULL && new->value != NULL &&
		    strcmp(r->value, new->value) == 0)
			return true;
	}
	return false;
}

void
dns_plan_add(struct dns_plan_making *m, enum dns_plan_kind kind,
    enum dns_type type, const char *name, const char *value, const char *why)
{
	struct dns_plan *plan = m->plan;
	struct dns_plan_record new = {kind, type, mem_text(name),
	    mem_text(value),
	    why};

	if (option_list_has(&m->conf->omit, dns_plan_kind_text(kind)) ||
	    is_there(plan, &new) || plan->n == PLAN_RECORDS_MAX) {
		free(new.name);
		free(new.value);
		return;
	}
	plan->records = mem_array(plan->records, plan->n + 1,
	    sizeof(*plan->records));
	plan->records[plan->n++] = new;
}

void
dns_plan_note(struct dns_plan_making *m, const char *format, ...)
{
	struct dns_plan *plan = m->plan;
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (size_t i = 0; i < plan->notes_n; i++)
		if (strcmp(plan->notes[i], text) == 0)
			return;
	plan->notes = mem_array(plan->notes, plan->notes_n + 1,
	    sizeof(*plan->notes));
	plan->notes[plan->notes_n++] = mem_text(text);
}

static int
add_mx(struct dns_plan_making *m, const char *domain, struct err *err)
{
	const struct option_list *mx = &m->conf->mx;
	struct buf value = BUF_INIT;
	int result = 0;

	if (mx->n == 0) {
		buf_format(&value, "10 %s", m->conf->host);
		dns_plan_add(m, PLAN_MX, DNS_MX, domain, value.p,
		    "mail for the domain goes to this host");
	}
	for (size_t i = 0; i < mx->n && result == 0; i++) {
		int64_t preference;
		struct slice host;

		buf_truncate(&value, 0);
		result = dns_plan_mx_parse(slice_text(mx->items[i]),
		    &preference,
		    &host);
		buf_format(&value, "%lld ", (long long)preference);
		if (result == 0)
			result = domain_to_ascii(host, &value);
		if (result < 0)
			dns_plan_check_mx(mx->items[i], err);
		else
			dns_plan_add(m, PLAN_MX, DNS_MX, domain, value.p,
			    "mail for the domain goes to this host");
	}
	buf_free(&value);
	return result;
}

static int
add_spf(struct dns_plan_making *m, const char *domain, struct err *err)
{
	struct buf value = BUF_INIT;
	struct spf_record record;
	struct slice bad;
	int result = 0;

	buf_append_text(&value, "v=spf1 mx");
	for (size_t i = 0; i < m->conf->spf_extra.n; i++)
		buf_format(&value, " %s", m->conf->spf_extra.items[i]);
	buf_format(&value, " %s", m->conf->spf_all);
	if (spf_record_parse(&record, buf_slice(&value), &bad) < 0)
		result = err_set(err, ERR_USAGE, "--spf-extra: '%.*s' is no "
		    "term of SPF", SLICE_ARG(bad));
	else
		spf_record_free(&record);
	dns_plan_add(m, PLAN_SPF, DNS_TXT, domain, value.p,
	    "SPF: who may send mail of the domain");
	buf_free(&value);
	return result;
}

static const char *
dkim_why(enum selector_state state)
{
	switch (state) {
	case SELECTOR_PUBLISHED: return "DKIM: the next key, published ahead";
	case SELECTOR_ACTIVE: return "DKIM: the key that signs";
	case SELECTOR_RETIRING: return "DKIM: signs no more, mail with its "
		"signature is still under way";
	default: return "DKIM: withdrawn, to be taken out";
	}
}

static int
add_selector(struct dns_plan_making *m, const struct selector *s,
    struct err *err)
{
	struct buf name = BUF_INIT, value = BUF_INIT;
	bool gone = s->state == SELECTOR_WITHDRAWN;
	int result = 0;

	buf_format(&name, "%s._domainkey.%s", s->name.p, s->domain.p);
	if (!gone)
		result = selector_record(s, &value, err);
	if (result == 0)
		dns_plan_add(m, PLAN_DKIM, DNS_TXT, name.p,
		    gone ? NULL : value.p, dkim_why(s->state));
	buf_free(&name);
	buf_free(&value);
	return result;
}

static bool
has_record(const struct dns_plan *plan, const struct selector *s)
{
	struct buf name = BUF_INIT;
	bool found = false;

	buf_format(&name, "%s._domainkey.%s", s->name.p, s->domain.p);
	for (size_t i = 0; i < plan->n && !found; i++)
		found = plan->records[i].kind == PLAN_DKIM &&
		    strcmp(plan->records[i].name, name.p) == 0;
	buf_free(&name);
	return found;
}

/* The keys of the domain, else of the nearest one above: those that fe-sign
 * takes for it. */
static int
add_dkim(struct dns_plan_making *m, const char *domain, struct err *err)
{
	struct slice name = slice_text(domain);
	bool found = false, active = false;
	int result = 0;

	if (option_list_has(&m->conf->omit, dns_plan_kind_text(PLAN_DKIM)))
		return 0;
	for (; name.p != NULL && !found; slice_cut(&name, '.'))
		for (size_t i = 0; i < m->selectors.n && result == 0; i++) {
			const struct selector *s = &m->selectors.items[i];

			if (!slice_case_equal(name, buf_slice(&s->domain)))
				continue;
			found = true;
			active |= s->state == SELECTOR_ACTIVE;
			if (!has_record(m->plan, s))
				result = add_selector(m, s, err);
		}
	if (!active)
		dns_plan_note(m, "%s has no active DKIM key: its mail cannot "
		    "be "
		    "signed ('fe-init --domain %s' makes keys)", domain,
		    domain);
	return result;
}

/* `mailto:postmaster@DOMAIN' unless there are others, joined by commas. */
static void
append_uris(const struct option_list *uris, const char *domain,
    struct buf *out)
{
	if (uris->n == 0)
		buf_format(out, "mailto:postmaster@%s", domain);
	for (size_t i = 0; i < uris->n; i++) {
		struct slice uri = slice_text(uris->items[i]);
		bool bare = slice_find(uri, ':') == uri.n;

		buf_format(out, "%s%s%.*s", i > 0 ? "," : "",
		    bare ? "mailto:" : "", SLICE_ARG(uri));
	}
}

/* Who takes reports for others has to say so (RFC 7489, 7.1; RFC 9990, 4). */
static void
add_report_consent(struct dns_plan_making *m, const char *domain)
{
	struct buf name = BUF_INIT;

	for (size_t i = 0; i < m->conf->dmarc_rua.n; i++) {
		struct slice uri = slice_text(m->conf->dmarc_rua.items[i]);
		struct slice taker = slice_find(uri, ':') < uri.n ?
		    dns_plan_uri_domain(uri) : uri;

		if (slice_find(uri, ':') == uri.n)
			slice_cut(&taker, '@');
		if (taker.n == 0 || domain_is_within(taker,
		    slice_text(domain)) || domain_is_within(
		    slice_text(domain), taker))
			continue;
		buf_truncate(&name, 0);
		buf_format(&name, "%s._report._dmarc.%.*s", domain,
		    SLICE_ARG(taker));
		dns_plan_add(m, PLAN_REPORTS, DNS_TXT, name.p, "v=DMARC1",
		    "DMARC: reports about the other domain are taken there");
	}
	buf_free(&name);
}

static void
add_dmarc(struct dns_plan_making *m, const char *domain)
{
	struct buf name = BUF_INIT, value = BUF_INIT;

	buf_format(&name, "_dmarc.%s", domain);
	buf_format(&value, "v=DMARC1; p=%s; rua=", m->conf->dmarc_policy);
	append_uris(&m->conf->dmarc_rua, domain, &value);
	dns_plan_add(m, PLAN_DMARC, DNS_TXT, name.p, value.p,
	    "DMARC: what to do with mail that only pretends to be yours");
	add_report_consent(m, domain);
	buf_truncate(&name, 0);
	buf_truncate(&value, 0);
	buf_format(&name, "_smtp._tls.%s", domain);
	buf_append_text(&value, "v=TLSRPTv1; rua=");
	append_uris(&m->conf->tlsrpt_rua, domain, &value);
	dns_plan_add(m, PLAN_TLSRPT, DNS_TXT, name.p, value.p,
	    "TLSRPT: where senders report TLS that failed");
	buf_free(&name);
	buf_free(&value);
}

/* The id is a digest of the policy: it changes when that does. */
static void
add_mta_sts(struct dns_plan_making *m, const char *domain)
{
	struct buf name = BUF_INIT, value = BUF_INIT;
	unsigned char digest[32];
	char id[2 * ID_OCTETS + 1];

	EVP_Digest(m->plan->policy.p, m->plan->policy.n, digest, NULL,
	    EVP_sha256(), NULL);
	hex_encode(digest, ID_OCTETS, id);
	buf_format(&name, "_mta-sts.%s", domain);
	buf_format(&value, "v=STSv1; id=%s", id);
	dns_plan_add(m, PLAN_MTA_STS, DNS_TXT, name.p, value.p,
	    "MTA-STS: which policy the web server has; after the policy");
	buf_truncate(&name, 0);
	buf_format(&name, "mta-sts.%s", domain);
	dns_plan_add(m, PLAN_MTA_STS, DNS_CNAME, name.p,
	    m->conf->mta_sts_host != NULL ? m->conf->mta_sts_host :
	    m->conf->host, "MTA-STS: the web server that has the policy");
	buf_free(&name);
	buf_free(&value);
}

static enum mta_sts_mode
choose_mode(struct dns_plan_making *m, const struct mta_sts_policy *policy)
{
	struct buf reason = BUF_INIT;
	enum mta_sts_mode mode = MTA_STS_ENFORCE;

	if (m->conf->mta_sts == PLAN_STS_NONE)
		return MTA_STS_NONE;
	if (m->conf->mta_sts == PLAN_STS_TESTING)
		return MTA_STS_TESTING;
	for (size_t i = 0; i < policy->mx_n && mode == MTA_STS_ENFORCE; i++) {
		bool own = slice_is(policy->mx[i], m->conf->host);

		/* Another host's certificate is its own affair. */
		if (!own && m->conf->mta_sts == PLAN_STS_ENFORCE)
			continue;
		if (dns_plan_certificate_fits(m, policy->mx[i], &reason))
			continue;
		mode = MTA_STS_TESTING;
		dns_plan_note(m, "MTA-STS only tests until the certificate "
		    "verifies for %.*s: %s", SLICE_ARG(policy->mx[i]),
		    buf_text(&reason));
	}
	buf_free(&reason);
	return mode;
}

static void
make_policy(struct dns_plan_making *m)
{
	struct mta_sts_policy policy = {.mx_n = 0};

	for (size_t i = 0; i < m->plan->n &&
	    policy.mx_n < MTA_STS_MX_MAX; i++) {
		struct slice host = slice_text(m->plan->records[i].value);
		size_t j = 0;

		if (m->plan->records[i].kind != PLAN_MX)
			continue;
		slice_cut(&host, ' ');
		while (j < policy.mx_n && !slice_equal(policy.mx[j], host))
			j++;
		if (j == policy.mx_n)
			policy.mx[policy.mx_n++] = host;
	}
	if (policy.mx_n == 0)
		policy.mx[policy.mx_n++] = slice_text(m->conf->host);
	policy.mode = choose_mode(m, &policy);
	policy.max_age_s = m->conf->mta_sts_age_s;
	if (policy.mode == MTA_STS_TESTING && policy.max_age_s > TESTING_AGE_S)
		policy.max_age_s = TESTING_AGE_S;
	mta_sts_policy_write(&policy, &m->plan->policy);
}

static int
make(struct dns_plan_making *m, struct err *err)
{
	const struct option_list *domains = &m->conf->domains;
	static const struct option_list any = {NULL, 0};
	int result = 0;

	if (dns_plan_host_read(m, err) < 0)
		return -1;
	if (!option_list_has(&m->conf->omit, dns_plan_kind_text(PLAN_DKIM)) &&
	    selectors_read(&m->selectors, SLICE_NONE, &any, err) < 0)
		return -1;
	for (size_t i = 0; i < domains->n && result == 0; i++) {
		const char *domain = domains->items[i];

		result = add_mx(m, domain, err);
		if (m->plan->policy.n == 0 && result == 0)
			make_policy(m);
		if (result == 0)
			result = add_spf(m, domain, err);
		if (result == 0)
			result = add_dkim(m, domain, err);
		add_dmarc(m, domain);
		add_mta_sts(m, domain);
	}
	for (size_t i = 0; i < m->selectors.n && m->conf->all_keys &&
	    result == 0; i++)
		if (!has_record(m->plan, &m->selectors.items[i]))
			result = add_selector(m, &m->selectors.items[i], err);
	return result < 0 ? -1 : dns_plan_host_add(m, err);
}

int
dns_plan_make(struct dns_plan *plan, const struct dns_plan_conf *conf,
    struct err *err)
{
	struct dns_plan_making m = {.plan = plan, .conf = conf,
	    .selectors = SELECTORS_INIT, .certificate = BUF_INIT};
	int result = make(&m, err);

	selectors_free(&m.selectors);
	buf_free(&m.certificate);
	return result;
}
