/* SPDX-License-Identifier: ISC */
/*
 * Evaluation: from the identity to the record, its terms in their order, and
 * what the first that matches means.
 */
#include "auth/spf.h"

#include "auth/domain.h"
#include "auth/spf_run.h"
#include "mail/address.h"

/* The owner's words for a fail; anything wrong with them: none. */
static void
fetch_explanation(struct spf *spf, const struct spf_level *level,
    struct slice spec)
{
	struct buf target = BUF_LIMITED(1024);
	struct buf text = BUF_LIMITED(SPF_EXPLANATION_MAX);
	struct dns_answer answer;

	spf_target_name(spf, level, spec, &target);
	auth_ask(spf->ctx, SPF_CHECK, buf_slice(&target), DNS_TXT, &answer);
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
follow_redirect(struct spf *spf, const struct spf_level *level,
    struct slice spec, bool explain)
{
	struct buf target = BUF_LIMITED(1024);
	enum auth_result result;

	if (!spf_may_look_up(spf, spec))
		return AUTH_PERMERROR;
	spf_target_name(spf, level, spec, &target);
	result = spf_check_host(spf, buf_slice(&target), explain);
	if (result == AUTH_NONE) {
		spf_set_reason(spf, "redirect leads to no SPF record",
		    buf_slice(&target));
		result = AUTH_PERMERROR;
	}
	buf_free(&target);
	return result;
}

static enum auth_result
evaluate(struct spf *spf, const struct spf_level *level,
    const struct spf_record *record, bool explain)
{
	for (size_t i = 0; i < record->n; i++) {
		const struct spf_term *term = &record->terms[i];

		switch (spf_match_term(spf, level, term)) {
		case SPF_NO_MATCH:
			continue;
		case SPF_MATCH_TEMPERROR:
			spf_set_reason(spf, "DNS trouble", term->text);
			return AUTH_TEMPERROR;
		case SPF_MATCH_PERMERROR:
			return AUTH_PERMERROR;
		case SPF_MATCH:
			break;
		}
		spf_set_reason(spf, "matched", term->text);
		auth_explain(spf->ctx, SPF_CHECK, "%.*s: '%.*s' matches: %s",
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
	spf_set_reason(spf, "nothing in the record matches", SLICE_NONE);
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
			spf_set_reason(spf, "more than one SPF record",
			    SLICE_NONE);
			return AUTH_PERMERROR;
		}
		*record = answer->records[i].data;
	}
	if (record->p == NULL) {
		spf_set_reason(spf, "no SPF record", SLICE_NONE);
		return AUTH_NONE;
	}
	return AUTH_PASS;
}

static enum auth_result
read_and_evaluate(struct spf *spf, const struct spf_level *level,
    const struct dns_answer *answer, bool explain)
{
	struct slice text, bad = SLICE_NONE;
	struct spf_record record;
	enum auth_result result = select_record(spf, answer, &text);

	if (result != AUTH_PASS)
		return result;
	if (spf_record_parse(&record, text, &bad) < 0) {
		spf_set_reason(spf, "the record breaks the syntax", bad);
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

enum auth_result
spf_check_host(struct spf *spf, struct slice domain, bool explain)
{
	struct spf_level level = {domain};
	struct dns_answer answer;
	enum auth_result result;

	if (!domain_is_checkable(domain)) {
		spf_set_reason(spf, "not a domain that can have a record",
		    domain);
		return AUTH_NONE;
	}
	auth_ask(spf->ctx, SPF_CHECK, domain, DNS_TXT, &answer);
	if (answer.status == DNS_TEMPERROR) {
		spf_set_reason(spf, "DNS trouble", domain);
		result = AUTH_TEMPERROR;
	} else if (answer.status == DNS_OFF) {
		spf_set_reason(spf, "dns is off", SLICE_NONE);
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
		spf_set_reason(&spf, "the client's address is not known",
		    SLICE_NONE);
	} else if (out->domain.n == 0) {
		spf_set_reason(&spf, "neither sender nor HELO name is known",
		    SLICE_NONE);
	} else {
		set_client(&spf);
		spf.values.helo = slice_part(query->helo, 0, 300);
		spf.values.receiver = receiver.n > 0 ? receiver :
		    SLICE("unknown");
		spf.values.now_s = ctx->now_ms / 1000;
		spf.values.validated_name = spf_validated_name;
		spf.values.cookie = &spf;
		out->result =
		    spf_check_host(&spf, buf_slice(&out->domain), true);
	}
	auth_explain(ctx, SPF_CHECK, "%s of %s: %s, %s",
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
