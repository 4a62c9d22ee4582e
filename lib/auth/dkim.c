/* SPDX-License-Identifier: ISC */
/*
 * The verifier's steps (RFC 6376, 6.1): what needs no DNS first, so that a
 * changed body costs nobody a question; the key; the header's hash; and then
 * what a signature that verifies still leaves open.
 */
#include "auth/dkim.h"

#define FIELD_NAME "DKIM-Signature"

/* One signature of the message. */
struct candidate {
	const struct header_field *field;
	struct dkim_signature signature;
	bool readable;
	size_t from_signed;
};

static void
judge(struct dkim_result *r, enum auth_result result, const char *reason)
{
	r->result = result;
	r->reason = reason;
}

/* The signature's place in the report, with all that it says itself. */
static void
describe(struct dkim_result *r, const struct dkim_signature *s)
{
	*r = (struct dkim_result){.domain = BUF_INIT};
	r->selector = r->identity = r->algorithm = r->b =
	    r->domain = (struct buf)BUF_LIMITED(1024);
	buf_append_slice(&r->domain, buf_slice(&s->domain));
	buf_append_slice(&r->selector, slice_part(s->selector, 0, 253));
	buf_append_slice(&r->identity, slice_part(s->identity, 0, 320));
	buf_append_slice(&r->algorithm, slice_part(s->algorithm, 0, 32));
	for (size_t i = 0; i < s->raw_b.n && r->b.n < 8; i++)
		if ((unsigned char)s->raw_b.p[i] > ' ')
			buf_append_char(&r->b, s->raw_b.p[i]);
}

/* What can be said without DNS: true when the judgement stands. */
static bool
judge_alone(struct signed_message *m, struct candidate *c,
    struct dkim_result *r)
{
	const struct dkim_signature *s = &c->signature;
	const char *why;

	c->from_signed = dkim_signature_count_name(s, "from");
	if (s->sha1) {
		judge(r, AUTH_POLICY, "rsa-sha1 is not accepted (RFC 8301)");
		return true;
	}
	if (c->from_signed == 0) {
		judge(r, AUTH_PERMERROR, "From is not signed");
		return true;
	}
	if (s->expires >= 0 && s->expires < m->ctx->now_ms / 1000) {
		judge(r, AUTH_FAIL, "the signature has expired");
		return true;
	}
	if (signed_message_body(m, s, &r->unsigned_octets, &why) < 0) {
		judge(r, AUTH_FAIL, why);
		return true;
	}
	return false;
}

static void
judge_candidate(struct signed_message *m, struct candidate *c,
    struct dkim_result *r)
{
	struct key_found found;

	if (!c->readable || judge_alone(m, c, r))
		return;
	verifier_find_key(m, "dkim", &c->signature, &found);
	r->bits = found.bits;
	r->testing = found.testing;
	judge(r, found.result, found.reason);
	if (found.key == NULL)
		return;
	verifier_begin(m);
	verifier_hash_names(m, &c->signature, c->field);
	if (!verifier_end(m, &c->signature, found.key))
		judge(r, AUTH_FAIL, "the signature does not match");
	else if (r->unsigned_octets > 0)
		judge(r, AUTH_POLICY,
		    "the end of the body is not signed (l=)");
	else if (header_count(m->header, "From") > c->from_signed)
		judge(r, AUTH_POLICY, "a From field is not signed");
	else
		judge(r, AUTH_PASS, NULL);
}

static size_t
read_candidates(struct signed_message *m, struct candidate *candidates,
    struct dkim_report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < m->header->n; i++) {
		const struct header_field *field = &m->header->fields[i];
		struct candidate *c = &candidates[n];
		struct dkim_result *r = &report->items[n];
		enum auth_result result = AUTH_NEUTRAL;
		const char *why = NULL;

		if (!slice_case_is(field->name, FIELD_NAME))
			continue;
		if (n == DKIM_SIGNATURES_MAX) {
			report->truncated++;
			continue;
		}
		n++;
		*c = (struct candidate){.field = field};
		c->readable = dkim_signature_parse(&c->signature,
		    SIGNATURE_DKIM, field->value, &result, &why) == 0;
		describe(r, &c->signature);
		judge(r, result, why);
		if (c->readable && !c->signature.sha1)
			signed_message_want(m, &c->signature);
	}
	return n;
}

void
dkim_prefetch(struct auth_context *ctx, const struct header *header)
{
	size_t n = 0;

	for (size_t i = 0; i < header->n && n < DKIM_SIGNATURES_MAX; i++) {
		struct dkim_signature s;
		struct buf name = BUF_LIMITED(1024);
		enum auth_result result;
		const char *why;

		if (!slice_case_is(header->fields[i].name, FIELD_NAME))
			continue;
		n++;
		if (dkim_signature_parse(&s, SIGNATURE_DKIM,
		    header->fields[i].value, &result, &why) == 0 && !s.sha1) {
			verifier_key_name(&s, &name);
			dns_prefetch(ctx->dns, buf_slice(&name), DNS_TXT);
		}
		dkim_signature_free(&s);
		buf_free(&name);
	}
}

void
dkim_check(struct signed_message *m, struct dkim_report *report)
{
	struct candidate candidates[DKIM_SIGNATURES_MAX];

	report->n = report->truncated = 0;
	report->n = read_candidates(m, candidates, report);
	for (size_t i = 0; i < report->n; i++) {
		struct dkim_result *r = &report->items[i];

		if (candidates[i].readable)
			r->reason = NULL;
		judge_candidate(m, &candidates[i], r);
		auth_explain(m->ctx, "dkim", "signature of %s with %s: %s%s%s",
		    buf_text(&r->domain), buf_text(&r->selector),
		    auth_result_text(r->result), r->reason ? ", " : "",
		    r->reason ? r->reason : "");
		dkim_signature_free(&candidates[i].signature);
	}
}

void
dkim_report_free(struct dkim_report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		buf_free(&report->items[i].domain);
		buf_free(&report->items[i].selector);
		buf_free(&report->items[i].identity);
		buf_free(&report->items[i].algorithm);
		buf_free(&report->items[i].b);
	}
	report->n = 0;
}
