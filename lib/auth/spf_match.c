/* SPDX-License-Identifier: ISC */
/*
 * The mechanisms of SPF: what each of them asks, and whether the client is
 * meant.  Names and addresses in the answers are whatever their owner says;
 * how often he has us ask is bounded here.
 */
#include <string.h>

#include "auth/domain.h"
#include "auth/iprev.h"
#include "auth/spf_run.h"

void
spf_set_reason(struct spf *spf, const char *what, struct slice detail)
{
	struct buf *reason = &spf->out->reason;

	buf_reset(reason);
	buf_format(reason, "%s%s%.*s", what, detail.n > 0 ? ": " : "",
	    (int)(detail.n < 200 ? detail.n : 200),
	    detail.p != NULL ? detail.p : "");
}

/* One DNS question of a mechanism; counts those that find nothing. */
static enum dns_status
ask(struct spf *spf, struct slice name, enum dns_type type,
    struct dns_answer *answer)
{
	auth_ask(spf->ctx, SPF_CHECK, name, type, answer);
	if ((answer->status == DNS_NXDOMAIN || answer->status == DNS_NODATA) &&
	    ++spf->voids > SPF_VOID_MAX) {
		spf->permanent = true;
		spf_set_reason(spf, "more than 2 lookups found nothing", name);
	}
	return answer->status;
}

/* One more term that asks DNS. */
bool
spf_may_look_up(struct spf *spf, struct slice term)
{
	if (++spf->lookups <= SPF_LOOKUPS_MAX)
		return true;
	spf->permanent = true;
	spf_set_reason(spf, "more than 10 terms that ask DNS", term);
	return false;
}

static enum dns_type
address_type(const struct spf *spf)
{
	return spf->query->client.size == 4 ? DNS_A : DNS_AAAA;
}

/* %{p}: a validated name of the client, the domain itself before names below
 * it before others; `unknown' where there is none (RFC 7208, 7.3). */
struct slice
spf_validated_name(void *cookie)
{
	struct spf *spf = cookie;
	struct slice domain = spf->values.domain;
	struct buf name = BUF_INIT;
	struct dns_answer answer;
	int best = 0;

	buf_reset(&spf->validated);
	iprev_reverse_name(&spf->query->client, &name);
	auth_ask(spf->ctx, SPF_CHECK, buf_slice(&name), DNS_PTR, &answer);
	for (size_t i = 0; i < answer.n && i < SPF_NAMES_MAX; i++) {
		struct slice one = answer.records[i].data;
		int rank = slice_case_equal(one, domain) ? 3 :
		    domain_is_within(one, domain) ? 2 : 1;

		if (rank <= best || iprev_confirm(spf->ctx, SPF_CHECK,
		    &spf->query->client, one) != AUTH_PASS)
			continue;
		best = rank;
		buf_reset(&spf->validated);
		buf_append_slice(&spf->validated, one);
	}
	if (best == 0)
		buf_append_text(&spf->validated, "unknown");
	dns_answer_free(&answer);
	buf_free(&name);
	return buf_slice(&spf->validated);
}

/* The domain that a term means: its domain-spec expanded, or the current one.
 * Labels are dropped from the left until it fits (RFC 7208, 7.3). */
void
spf_target_name(struct spf *spf, const struct spf_level *level,
    struct slice spec, struct buf *out)
{
	struct buf text = BUF_LIMITED(8192);
	struct slice name;

	if (spec.p == NULL) {
		buf_append_slice(out, level->domain);
		return;
	}
	spf->values.domain = level->domain;
	spf_macro_expand(spec, &spf->values, &text);
	name = buf_slice(&text);
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	while (name.n > DOMAIN_SIZE_MAX && name.p != NULL)
		slice_cut(&name, '.');
	buf_append_slice(out, name);
	buf_free(&text);
}

static bool
has_address(const struct spf *spf, const struct dns_answer *answer,
    const struct spf_term *term)
{
	const struct ip *client = &spf->query->client;
	unsigned bits = client->size == 4 ? term->bits4 : term->bits6;
	struct ip masked = ip_mask(client, bits);

	for (size_t i = 0; i < answer->n; i++) {
		struct ip one = {.size = client->size}, other;

		if (answer->records[i].data.n != client->size)
			continue;
		memcpy(one.octets, answer->records[i].data.p, client->size);
		other = ip_mask(&one, bits);
		if (ip_equal(&masked, &other))
			return true;
	}
	return false;
}

static enum spf_match
match_network(struct spf *spf, const struct spf_term *term)
{
	const struct ip *client = &spf->query->client;
	unsigned bits = term->network.size == 4 ? term->bits4 : term->bits6;
	struct ip a, b;

	if (client->size != term->network.size)
		return SPF_NO_MATCH;
	a = ip_mask(client, bits);
	b = ip_mask(&term->network, bits);
	return ip_equal(&a, &b) ? SPF_MATCH : SPF_NO_MATCH;
}

static enum spf_match
match_a(struct spf *spf, const struct spf_term *term, struct slice name)
{
	struct dns_answer answer;
	enum spf_match match = SPF_NO_MATCH;

	if (ask(spf, name, address_type(spf), &answer) == DNS_TEMPERROR)
		match = SPF_MATCH_TEMPERROR;
	else if (has_address(spf, &answer, term))
		match = SPF_MATCH;
	dns_answer_free(&answer);
	return match;
}

static enum spf_match
match_mx(struct spf *spf, const struct spf_term *term, struct slice name)
{
	struct dns_answer answer;
	enum spf_match match = SPF_NO_MATCH;

	if (ask(spf, name, DNS_MX, &answer) == DNS_TEMPERROR)
		match = SPF_MATCH_TEMPERROR;
	if (answer.n > SPF_NAMES_MAX) {
		spf_set_reason(spf, "more than 10 MX names", name);
		match = SPF_MATCH_PERMERROR;
	}
	for (size_t i = 0; i < answer.n && match == SPF_NO_MATCH; i++)
		if (answer.records[i].data.n > 0)
			match = match_a(spf, term, answer.records[i].data);
	dns_answer_free(&answer);
	return match;
}

static enum spf_match
match_ptr(struct spf *spf, struct slice name)
{
	struct buf reverse = BUF_INIT;
	struct dns_answer answer;
	enum spf_match match = SPF_NO_MATCH;

	iprev_reverse_name(&spf->query->client, &reverse);
	ask(spf, buf_slice(&reverse), DNS_PTR, &answer);
	for (size_t i = 0; i < answer.n && i < SPF_NAMES_MAX &&
	    match == SPF_NO_MATCH; i++)
		if (domain_is_within(answer.records[i].data, name) &&
		    iprev_confirm(spf->ctx, SPF_CHECK, &spf->query->client,
		    answer.records[i].data) == AUTH_PASS)
			match = SPF_MATCH;
	dns_answer_free(&answer);
	buf_free(&reverse);
	return match;
}

static enum spf_match
match_exists(struct spf *spf, struct slice name)
{
	struct dns_answer answer;
	enum spf_match match = SPF_NO_MATCH;

	/* A records, whatever the client speaks (RFC 7208, 5.7). */
	if (ask(spf, name, DNS_A, &answer) == DNS_TEMPERROR)
		match = SPF_MATCH_TEMPERROR;
	else if (answer.n > 0)
		match = SPF_MATCH;
	dns_answer_free(&answer);
	return match;
}

static enum spf_match
match_include(struct spf *spf, struct slice name)
{
	switch (spf_check_host(spf, name, false)) {
	case AUTH_PASS: return SPF_MATCH;
	case AUTH_TEMPERROR: return SPF_MATCH_TEMPERROR;
	case AUTH_PERMERROR: return SPF_MATCH_PERMERROR;
	case AUTH_NONE:
		spf_set_reason(spf, "an included domain has no SPF record",
		    name);
		return SPF_MATCH_PERMERROR;
	default: return SPF_NO_MATCH;
	}
}

enum spf_match
spf_match_term(struct spf *spf, const struct spf_level *level,
    const struct spf_term *term)
{
	struct buf target = BUF_LIMITED(1024);
	struct slice name;
	enum spf_match match = SPF_NO_MATCH;

	if (term->mechanism == SPF_ALL)
		return SPF_MATCH;
	if (term->mechanism == SPF_IP4 || term->mechanism == SPF_IP6)
		return match_network(spf, term);
	if (!spf_may_look_up(spf, term->text))
		return SPF_MATCH_PERMERROR;
	spf_target_name(spf, level, term->domain, &target);
	name = buf_slice(&target);
	switch (term->mechanism) {
	case SPF_A: match = match_a(spf, term, name); break;
	case SPF_MX: match = match_mx(spf, term, name); break;
	case SPF_PTR: match = match_ptr(spf, name); break;
	case SPF_EXISTS: match = match_exists(spf, name); break;
	default: match = match_include(spf, name);
	}
	buf_free(&target);
	return spf->permanent ? SPF_MATCH_PERMERROR : match;
}
