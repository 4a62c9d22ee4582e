/* SPDX-License-Identifier: ISC */
/*
 * Evaluation.  One struct spf is the whole run, with what is counted over all
 * includes and redirects; struct level is one record of it.
 */
#include "auth/spf.h"

#include <string.h>

#include "auth/domain.h"
#include "auth/iprev.h"
#include "auth/spf_macro.h"
#include "auth/spf_record.h"
#include "mail/address.h"

#define CHECK "spf"

struct spf {
	struct auth_context *ctx;
	const struct spf_query *query;
	struct spf_macro_values values;
	struct buf sender, ip_dotted, ip_text, helo;
	struct buf validated; /* %{p} of the current domain */
	unsigned lookups, voids;
	bool permanent; /* a limit was passed: permerror for all */
	struct spf_result *out;
};

/* Records lead to records at most SPF_LOOKUPS_MAX times: so deep we call
 * ourselves. */
struct level {
	struct slice domain;
};

static enum auth_result check_host(struct spf *spf, struct slice domain,
    bool explain);

static void
set_reason(struct spf *spf, const char *what, struct slice detail)
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
	auth_ask(spf->ctx, CHECK, name, type, answer);
	if ((answer->status == DNS_NXDOMAIN || answer->status == DNS_NODATA) &&
	    ++spf->voids > SPF_VOID_MAX) {
		spf->permanent = true;
		set_reason(spf, "more than 2 lookups found nothing", name);
	}
	return answer->status;
}

/* One more term that asks DNS. */
static bool
may_look_up(struct spf *spf, struct slice term)
{
	if (++spf->lookups <= SPF_LOOKUPS_MAX)
		return true;
	spf->permanent = true;
	set_reason(spf, "more than 10 terms that ask DNS", term);
	return false;
}

static enum dns_type
address_type(const struct spf *spf)
{
	return spf->query->client.size == 4 ? DNS_A : DNS_AAAA;
}

/* %{p}: a validated name of the client, the domain itself before names below
 * it before others; `unknown' where there is none (RFC 7208, 7.3). */
static struct slice
validated_name(void *cookie)
{
	struct spf *spf = cookie;
	struct slice domain = spf->values.domain;
	struct buf name = BUF_INIT;
	struct dns_answer answer;
	int best = 0;

	buf_reset(&spf->validated);
	iprev_reverse_name(&spf->query->client, &name);
	auth_ask(spf->ctx, CHECK, buf_slice(&name), DNS_PTR, &answer);
	for (size_t i = 0; i < answer.n && i < SPF_NAMES_MAX; i++) {
		struct slice one = answer.records[i].data;
		int rank = slice_case_equal(one, domain) ? 3 :
		    domain_is_within(one, domain) ? 2 : 1;

		if (rank <= best || iprev_confirm(spf->ctx, CHECK,
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
static void
target_name(struct spf *spf, const struct level *level, struct slice spec,
    struct buf *out)
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

enum match { NO_MATCH, MATCH, MATCH_TEMPERROR, MATCH_PERMERROR };

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

static enum match
match_network(struct spf *spf, const struct spf_term *term)
{
	const struct ip *client = &spf->query->client;
	unsigned bits = term->network.size == 4 ? term->bits4 : term->bits6;
	struct ip a, b;

	if (client->size != term->network.size)
		return NO_MATCH;
	a = ip_mask(client, bits);
	b = ip_mask(&term->network, bits);
	return ip_equal(&a, &b) ? MATCH : NO_MATCH;
}

static enum match
match_a(struct spf *spf, const struct spf_term *term, struct slice name)
{
	struct dns_answer answer;
	enum match match = NO_MATCH;

	if (ask(spf, name, address_type(spf), &answer) == DNS_TEMPERROR)
		match = MATCH_TEMPERROR;
	else if (has_address(spf, &answer, term))
		match = MATCH;
	dns_answer_free(&answer);
	return match;
}

static enum match
match_mx(struct spf *spf, const struct spf_term *term, struct slice name)
{
	struct dns_answer answer;
	enum match match = NO_MATCH;

	if (ask(spf, name, DNS_MX, &answer) == DNS_TEMPERROR)
		match = MATCH_TEMPERROR;
	if (answer.n > SPF_NAMES_MAX) {
		set_reason(spf, "more than 10 MX names", name);
		match = MATCH_PERMERROR;
	}
	for (size_t i = 0; i < answer.n && match == NO_MATCH; i++)
		if (answer.records[i].data.n > 0)
			match = match_a(spf, term, answer.records[i].data);
	dns_answer_free(&answer);
	return match;
}

static enum match
match_ptr(struct spf *spf, struct slice name)
{
	struct buf reverse = BUF_INIT;
	struct dns_answer answer;
	enum match match = NO_MATCH;

	iprev_reverse_name(&spf->query->client, &reverse);
	ask(spf, buf_slice(&reverse), DNS_PTR, &answer);
	for (size_t i = 0; i < answer.n && i < SPF_NAMES_MAX &&
	    match == NO_MATCH; i++)
		if (domain_is_within(answer.records[i].data, name) &&
		    iprev_confirm(spf->ctx, CHECK, &spf->query->client,
		    answer.records[i].data) == AUTH_PASS)
			match = MATCH;
	dns_answer_free(&answer);
	buf_free(&reverse);
	return match;
}

static enum match
match_exists(struct spf *spf, struct slice name)
{
	struct dns_answer answer;
	enum match match = NO_MATCH;

	/* A records, whatever the client speaks (RFC 7208, 5.7). */
	if (ask(spf, name, DNS_A, &answer) == DNS_TEMPERROR)
		match = MATCH_TEMPERROR;
	else if (answer.n > 0)
		match = MATCH;
	dns_answer_free(&answer);
	return match;
}

static enum match
match_include(struct spf *spf, struct slice name)
{
	switch (check_host(spf, name, false)) {
	case AUTH_PASS: return MATCH;
	case AUTH_TEMPERROR: return MATCH_TEMPERROR;
	case AUTH_PERMERROR: return MATCH_PERMERROR;
	case AUTH_NONE:
		set_reason(spf, "an included domain has no SPF record", name);
		return MATCH_PERMERROR;
	default: return NO_MATCH;
	}
}

static enum match
match_term(struct spf *spf, const struct level *level,
    const struct spf_term *term)
{
	struct buf target = BUF_LIMITED(1024);
	struct slice name;
	enum match match = NO_MATCH;

	if (term->mechanism == SPF_ALL)
		return MATCH;
	if (term->mechanism == SPF_IP4 || term->mechanism == SPF_IP6)
		return match_network(spf, term);
	if (!may_look_up(spf, term->text))
		return MATCH_PERMERROR;
	target_name(spf, level, term->domain, &target);
	name = buf_slice(&target);
	switch (term->mechanism) {
	case SPF_A: match = match_a(spf, term, name); break;
	case SPF_MX: match = match_mx(spf, term, name); break;
	case SPF_PTR: match = match_ptr(spf, name); break;
	case SPF_EXISTS: match = match_exists(spf, name); break;
	default: match = match_include(spf, name);
	}
	buf_free(&target);
	return spf->permanent ? MATCH_PERMERROR : match;
}

/* The owner's words for a fail; anything wrong with them: none. */
static void
fetch_explanation(struct spf *spf, const struct level *level, struct slice spec)
{
	struct buf target = BUF_LIMITED(1024);
	struct buf text = BUF_LIMITED(SPF_EXPLANATION_MAX);
	struct dns_answer answer;

	target_name(spf, level, spec, &target);
	auth_ask(spf->ctx, CHECK, buf_slice(&target), DNS_TXT, &answer);
	if (answer.n == 1 && spf_macro_is_valid(answer.records[0].data,
	    SPF_MACRO_EXPLANATION) &&
	    spf_macro_expand(answer.records[0].data, &spf->values,
	    &text) == 0) {
		bool printable = true;

		for (size_t i = 0; i < text.n; i++)
			printable &= text.p[i] >= 0x20 && text.p[i] < 0x7f;
		if (printable)
			buf_append_slice(&spf->out->explanation,
			    buf_slice(&text));
	}
	dns_answer_free(&answer);
	buf_free(&target);
	buf_free(&text);
}

static enum auth_result
follow_redirect(struct spf *spf, const struct level *level, struct slice spec,
    bool explain)
{
	struct buf target = BUF_LIMITED(1024);
	enum auth_result result;

	if (!may_look_up(spf, spec))
		return AUTH_PERMERROR;
	target_name(spf, level, spec, &target);
	result = check_host(spf, buf_slice(&target), explain);
	if (result == AUTH_NONE) {
		set_reason(spf, "redirect leads to no SPF record",
		    buf_slice(&target));
		result = AUTH_PERMERROR;
	}
	buf_free(&target);
	return result;
}

static enum auth_result
evaluate(struct spf *spf, const struct level *level,
    const struct spf_record *record, bool explain)
{
	for (size_t i = 0; i < record->n; i++) {
		const struct spf_term *term = &record->terms[i];

		switch (match_term(spf, level, term)) {
		case NO_MATCH:
			continue;
		case MATCH_TEMPERROR:
			set_reason(spf, "DNS trouble", term->text);
			return AUTH_TEMPERROR;
		case MATCH_PERMERROR:
			return AUTH_PERMERROR;
		case MATCH:
			break;
		}
		set_reason(spf, "matched", term->text);
		auth_explain(spf->ctx, CHECK, "%.*s: '%.*s' matches: %s",
		    SLICE_ARG(level->domain), (int)(term->text.n < 200 ?
		    term->text.n : 200), term->text.p,
		    auth_result_text(term->result));
		if (term->result == AUTH_FAIL && explain &&
		    record->exp.p != NULL)
			fetch_explanation(spf, level, record->exp);
		return term->result;
	}
	if (record->redirect.p != NULL)
		return follow_redirect(spf, level, record->redirect, explain);
	set_reason(spf, "nothing in the record matches", SLICE_NONE);
	return AUTH_NEUTRAL;
}

/* The one SPF record among TXT records: none and AUTH_NONE where there is
 * none, AUTH_PERMERROR for several. */
static enum auth_result
select_record(struct spf *spf, const struct dns_answer *answer,
    struct slice *record)
{
	*record = SLICE_NONE;
	for (size_t i = 0; i < answer->n; i++) {
		if (!spf_record_is_one(answer->records[i].data))
			continue;
		if (record->p != NULL) {
			set_reason(spf, "more than one SPF record",
			    SLICE_NONE);
			return AUTH_PERMERROR;
		}
		*record = answer->records[i].data;
	}
	if (record->p == NULL) {
		set_reason(spf, "no SPF record", SLICE_NONE);
		return AUTH_NONE;
	}
	return AUTH_PASS;
}

static enum auth_result
read_and_evaluate(struct spf *spf, const struct level *level,
    const struct dns_answer *answer, bool explain)
{
	struct slice text, bad = SLICE_NONE;
	struct spf_record record;
	enum auth_result result = select_record(spf, answer, &text);

	if (result != AUTH_PASS)
		return result;
	if (spf_record_parse(&record, text, &bad) < 0) {
		set_reason(spf, "the record breaks the syntax", bad);
		return AUTH_PERMERROR;
	}
	result = evaluate(spf, level, &record, explain);
	spf_record_free(&record);
	return result;
}

static bool
domain_is_checkable(struct slice domain)
{
	struct buf copy = BUF_INIT;
	bool valid = domain_to_ascii(domain, &copy) == 0;

	buf_free(&copy);
	/* One label is no mail domain, `[192.0.2.1]' neither (4.3). */
	return valid && domain_labels(domain) > 1 && domain.p[0] != '[';
}

static enum auth_result
check_host(struct spf *spf, struct slice domain, bool explain)
{
	struct level level = {domain};
	struct dns_answer answer;
	enum auth_result result;

	if (!domain_is_checkable(domain)) {
		set_reason(spf, "not a domain that can have a record",
		    domain);
		return AUTH_NONE;
	}
	auth_ask(spf->ctx, CHECK, domain, DNS_TXT, &answer);
	if (answer.status == DNS_TEMPERROR) {
		set_reason(spf, "DNS trouble", domain);
		result = AUTH_TEMPERROR;
	} else if (answer.status == DNS_OFF) {
		set_reason(spf, "dns is off", SLICE_NONE);
		result = AUTH_NONE;
	} else {
		result = read_and_evaluate(spf, &level, &answer, explain);
	}
	dns_answer_free(&answer);
	return result;
}

/* Local part and domain that are judged (RFC 7208, 2.4 and 4.3). */
static void
set_identity(struct spf *spf, enum spf_scope scope, struct buf *domain)
{
	struct slice local = SLICE_NONE, name = SLICE_NONE;
	struct slice path = spf->query->mail_from;

	if (scope == SPF_HELO || path.n == 0)
		name = spf->query->helo;
	else if (address_split(path, &local, &name) < 0)
		name = path;
	if (local.n == 0)
		local = SLICE("postmaster");
	if (domain_to_ascii(name, domain) < 0)
		buf_append_slice(domain, slice_part(name, 0, 300));
	buf_append_slice(&spf->sender, slice_part(local, 0, 300));
	buf_append_char(&spf->sender, '@');
	buf_append_slice(&spf->sender, buf_slice(domain));
	spf->values.sender = buf_slice(&spf->sender);
	spf->values.local = slice_part(spf->values.sender, 0,
	    spf->sender.n - domain->n - 1);
	spf->values.sender_domain = slice_part(spf->values.sender,
	    spf->sender.n - domain->n, spf->sender.n);
}

static void
set_client(struct spf *spf)
{
	const struct ip *client = &spf->query->client;
	char text[IP_TEXT_SIZE];

	buf_append_text(&spf->ip_text, ip_text(client, text));
	if (client->size == 4) {
		buf_append_text(&spf->ip_dotted, buf_text(&spf->ip_text));
		spf->values.version = SLICE("in-addr");
	} else {
		for (size_t i = 0; i < 16; i++)
			buf_format(&spf->ip_dotted, "%s%X.%X", i > 0 ? "." :
			    "", client->octets[i] >> 4,
			    client->octets[i] & 15u);
		spf->values.version = SLICE("ip6");
	}
	spf->values.ip_text = buf_slice(&spf->ip_text);
	spf->values.ip_dotted = buf_slice(&spf->ip_dotted);
}

void
spf_check(struct auth_context *ctx, const struct spf_query *query,
    enum spf_scope scope, struct spf_result *out)
{
	struct spf spf = {.ctx = ctx, .query = query, .out = out,
	    .sender = BUF_INIT, .ip_dotted = BUF_INIT, .ip_text = BUF_INIT,
	    .validated = BUF_INIT};
	struct slice receiver = query->receiver;

	*out = (struct spf_result){.result = AUTH_NONE, .domain = BUF_INIT,
	    .explanation = BUF_INIT, .reason = BUF_INIT};
	set_identity(&spf, scope, &out->domain);
	if (query->client.size == 0) {
		set_reason(&spf, "the client's address is not known",
		    SLICE_NONE);
	} else if (out->domain.n == 0) {
		set_reason(&spf, "neither sender nor HELO name is known",
		    SLICE_NONE);
	} else {
		set_client(&spf);
		spf.values.helo = slice_part(query->helo, 0, 300);
		spf.values.receiver = receiver.n > 0 ? receiver :
		    SLICE("unknown");
		spf.values.now_s = ctx->now_ms / 1000;
		spf.values.validated_name = validated_name;
		spf.values.cookie = &spf;
		out->result = check_host(&spf, buf_slice(&out->domain), true);
	}
	auth_explain(ctx, CHECK, "%s of %s: %s, %s",
	    scope == SPF_HELO ? "HELO" : "sender", buf_text(&out->domain),
	    auth_result_text(out->result), buf_text(&out->reason));
	buf_free(&spf.sender);
	buf_free(&spf.ip_dotted);
	buf_free(&spf.ip_text);
	buf_free(&spf.validated);
}

void
spf_result_free(struct spf_result *r)
{
	buf_free(&r->domain);
	buf_free(&r->explanation);
	buf_free(&r->reason);
}

void
spf_prefetch(struct auth_context *ctx, const struct spf_query *query)
{
	struct slice local, domain;

	if (query->client.size == 0)
		return;
	if (query->mail_from.n > 0 && address_split(query->mail_from, &local,
	    &domain) == 0 && domain_is_checkable(domain))
		dns_prefetch(ctx->dns, domain, DNS_TXT);
	if (domain_is_checkable(query->helo))
		dns_prefetch(ctx->dns, query->helo, DNS_TXT);
}
