/* SPDX-License-Identifier: ISC */
/*
 * The verifier's steps (RFC 6376, 6.1): what needs no DNS first, so that a
 * changed body costs nobody a question; the key; the header's hash; and then
 * what a signature that verifies still leaves open.
 */
#include "auth/dkim.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "auth/body_hash.h"
#include "auth/dkim_key.h"
#include "auth/dkim_signature.h"
#include "auth/domain.h"
#include "auth/signed_header.h"
#include "base/mem.h"

#define FIELD_NAME "DKIM-Signature"
#define KEY_RECORDS_MAX 4 /* of one selector; there should be one */

struct dkim_verifier {
	EVP_MD *sha256;
	EVP_MD_CTX *hash, *ed25519;
	struct dkim_key_cache *keys;
};

/* One message under verification. */
struct job {
	struct dkim_verifier *verifier;
	struct auth_context *ctx;
	const struct header *header;
	struct signed_header fields;
	struct body_hashes bodies;
	size_t from_n;
};

/* One signature of it. */
struct candidate {
	const struct header_field *field;
	struct dkim_signature signature;
	bool readable;
	size_t from_signed;
};

struct dkim_verifier *
dkim_verifier_new(void)
{
	struct dkim_verifier *v = mem_zalloc(sizeof(*v));

	v->keys = dkim_key_cache_new();
	return v;
}

/* OpenSSL's start takes half a millisecond: only for a message that is
 * signed.  Its configuration file is not read; the sandbox has no files. */
static void
verifier_start(struct dkim_verifier *v)
{
	if (v->sha256 != NULL)
		return;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	v->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	v->hash = EVP_MD_CTX_new();
	v->ed25519 = EVP_MD_CTX_new();
	assert(v->sha256 != NULL && v->hash != NULL && v->ed25519 != NULL);
}

void
dkim_verifier_free(struct dkim_verifier *v)
{
	if (v == NULL)
		return;
	EVP_MD_CTX_free(v->hash);
	EVP_MD_CTX_free(v->ed25519);
	EVP_MD_free(v->sha256);
	dkim_key_cache_free(v->keys);
	free(v);
}

static void
judge(struct dkim_result *r, enum auth_result result, const char *reason)
{
	r->result = result;
	r->reason = reason;
}

static void
key_name(const struct dkim_signature *s, struct buf *name)
{
	struct buf selector = BUF_LIMITED(DOMAIN_SIZE_MAX);

	if (domain_to_ascii(s->selector, &selector) == 0)
		buf_append_slice(name, buf_slice(&selector));
	else
		buf_append_slice(name, s->selector);
	buf_format(name, "._domainkey.%s", buf_text(&s->domain));
	buf_free(&selector);
}

/* Counts how often h= names From. */
static size_t
count_from(const struct dkim_signature *s)
{
	struct slice rest = s->names;
	size_t n = 0;

	while (rest.p != NULL)
		n += slice_case_is(dkim_signature_next_name(&rest), "from");
	return n;
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
judge_alone(struct job *job, struct candidate *c, struct dkim_result *r)
{
	const struct dkim_signature *s = &c->signature;
	const struct body_hash *body;

	c->from_signed = count_from(s);
	if (s->sha1) {
		judge(r, AUTH_POLICY, "rsa-sha1 is not accepted (RFC 8301)");
		return true;
	}
	if (c->from_signed == 0) {
		judge(r, AUTH_PERMERROR, "From is not signed");
		return true;
	}
	if (s->expires >= 0 && s->expires < job->ctx->now_ms / 1000) {
		judge(r, AUTH_FAIL, "the signature has expired");
		return true;
	}
	body = body_hashes_get(&job->bodies, s->body_canon,
	    s->has_length ? s->length : BODY_HASH_WHOLE);
	if (body->too_short) {
		judge(r, AUTH_FAIL, "l= is more than the body has");
		return true;
	}
	if (CRYPTO_memcmp(body->digest, s->body_hash,
	    sizeof(s->body_hash)) != 0) {
		judge(r, AUTH_FAIL, "the body hash does not match");
		return true;
	}
	if (s->has_length)
		r->unsigned_octets = body->total - s->length;
	return false;
}

/* Is the key of use for this signature? */
static bool
key_fits(const struct dkim_signature *s, const struct dkim_key *key,
    struct dkim_result *r)
{
	size_t at = s->identity.n;

	while (at > 0 && s->identity.p[at - 1] != '@')
		at--;
	r->bits = key->bits;
	r->testing = key->testing;
	if (key->revoked)
		judge(r, AUTH_PERMERROR, "the key is revoked");
	else if (key->type != s->type)
		judge(r, AUTH_PERMERROR, "the key is of another type");
	else if (!key->takes_sha256)
		judge(r, AUTH_PERMERROR, "the key does not allow sha256");
	else if (!key->for_email)
		judge(r, AUTH_PERMERROR, "the key is not for email");
	else if (key->strict_identity && s->identity.p != NULL &&
	    !slice_case_equal(slice_part(s->identity, at, s->identity.n),
	    buf_slice(&s->domain)))
		judge(r, AUTH_PERMERROR, "the key wants i= to be d= itself");
	else if (key->type == DKIM_KEY_RSA && key->bits < DKIM_KEY_BITS_MIN)
		judge(r, AUTH_POLICY,
		    "the key has under 1024 bits (RFC 8301)");
	else
		return true;
	return false;
}

/* The first usable record; the owner should have published just one. */
static struct dkim_key *
choose_key(struct job *job, const struct dkim_signature *s,
    const struct dns_answer *answer, struct dkim_result *r)
{
	const char *why = NULL, *first_why = NULL;

	for (size_t i = 0; i < answer->n && i < KEY_RECORDS_MAX; i++) {
		struct dkim_key *key = dkim_key_cache_get(job->verifier->keys,
		    answer->records[i].data, &why);

		if (key != NULL && key_fits(s, key, r))
			return key;
		if (key == NULL && first_why == NULL)
			first_why = why;
	}
	if (r->reason == NULL)
		judge(r, AUTH_PERMERROR, first_why);
	return NULL;
}

static struct dkim_key *
find_key(struct job *job, const struct dkim_signature *s,
    struct dkim_result *r)
{
	struct buf name = BUF_LIMITED(1024);
	struct dns_answer answer;
	struct dkim_key *key = NULL;

	key_name(s, &name);
	auth_ask(job->ctx, "dkim", buf_slice(&name), DNS_TXT, &answer);
	switch (answer.status) {
	case DNS_FOUND:
		key = choose_key(job, s, &answer, r);
		break;
	case DNS_TEMPERROR:
		judge(r, AUTH_TEMPERROR, "DNS trouble on the way to the key");
		break;
	case DNS_OFF:
		judge(r, AUTH_NEUTRAL, "dns is off");
		break;
	default:
		judge(r, AUTH_PERMERROR, "no key for the signature");
	}
	dns_answer_free(&answer);
	buf_free(&name);
	return key;
}

static void
hash_header(struct job *job, const struct candidate *c,
    unsigned char digest[32])
{
	struct slice rest = c->signature.names;
	enum canon canon = c->signature.header_canon;
	EVP_MD_CTX *hash = job->verifier->hash;

	EVP_DigestInit_ex2(hash, job->verifier->sha256, NULL);
	signed_header_restart(&job->fields);
	while (rest.p != NULL) {
		const struct header_field *field = signed_header_next(
		    &job->fields, dkim_signature_next_name(&rest));

		if (field != NULL)
			signed_header_hash(&job->fields, canon, field, hash);
	}
	signed_header_hash_signature(&job->fields, canon, c->field,
	    c->signature.raw_b, hash);
	EVP_DigestFinal_ex(hash, digest, NULL);
}

static bool
signature_is_good(struct dkim_verifier *v, struct dkim_key *key,
    const struct buf *signature, const unsigned char digest[32])
{
	const unsigned char *p = (const unsigned char *)signature->p;

	if (key->type == DKIM_KEY_RSA)
		return EVP_PKEY_verify(key->rsa, p, signature->n, digest,
		    32) == 1;
	/* RFC 8463, 3: Ed25519 signs the SHA-256 hash. */
	return EVP_DigestVerifyInit(v->ed25519, NULL, NULL, NULL,
	    key->key) == 1 && EVP_DigestVerify(v->ed25519, p, signature->n,
	    digest, 32) == 1;
}

static void
judge_candidate(struct job *job, struct candidate *c, struct dkim_result *r)
{
	unsigned char digest[32];
	struct dkim_key *key;

	if (!c->readable || judge_alone(job, c, r))
		return;
	key = find_key(job, &c->signature, r);
	if (key == NULL)
		return;
	hash_header(job, c, digest);
	if (!signature_is_good(job->verifier, key, &c->signature.signature,
	    digest))
		judge(r, AUTH_FAIL, "the signature does not match");
	else if (r->unsigned_octets > 0)
		judge(r, AUTH_POLICY,
		    "the end of the body is not signed (l=)");
	else if (job->from_n > c->from_signed)
		judge(r, AUTH_POLICY, "a From field is not signed");
	else
		judge(r, AUTH_PASS, NULL);
}

static size_t
read_candidates(struct job *job, struct candidate *candidates,
    struct dkim_report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < job->header->n; i++) {
		const struct header_field *field = &job->header->fields[i];
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
		    field->value, &result, &why) == 0;
		describe(r, &c->signature);
		judge(r, result, why);
		if (c->readable && !c->signature.sha1)
			body_hashes_want(&job->bodies,
			    c->signature.body_canon, c->signature.has_length ?
			    c->signature.length : BODY_HASH_WHOLE);
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
		if (dkim_signature_parse(&s, header->fields[i].value, &result,
		    &why) == 0 && !s.sha1) {
			key_name(&s, &name);
			dns_prefetch(ctx->dns, buf_slice(&name), DNS_TXT);
		}
		dkim_signature_free(&s);
		buf_free(&name);
	}
}

void
dkim_verify(struct dkim_verifier *verifier, struct auth_context *ctx,
    const struct header *header, struct dkim_report *report)
{
	struct candidate candidates[DKIM_SIGNATURES_MAX];
	struct job job = {.verifier = verifier, .ctx = ctx, .header = header,
	    .from_n = header_count(header, "From")};

	report->n = report->truncated = 0;
	report->n = read_candidates(&job, candidates, report);
	if (report->n == 0)
		return;
	verifier_start(verifier);
	signed_header_init(&job.fields, header);
	body_hashes_run(&job.bodies, verifier->sha256, header->body);
	for (size_t i = 0; i < report->n; i++) {
		struct dkim_result *r = &report->items[i];

		if (candidates[i].readable)
			r->reason = NULL;
		judge_candidate(&job, &candidates[i], r);
		auth_explain(ctx, "dkim", "signature of %s with %s: %s%s%s",
		    buf_text(&r->domain), buf_text(&r->selector),
		    auth_result_text(r->result), r->reason ? ", " : "",
		    r->reason ? r->reason : "");
		dkim_signature_free(&candidates[i].signature);
	}
	signed_header_free(&job.fields);
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
