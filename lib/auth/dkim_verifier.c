/* SPDX-License-Identifier: ISC */
/* Signatures and keys are hostile; the checks of both are here once. */
#include "auth/dkim_verifier.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "auth/domain.h"
#include "base/mem.h"

#define KEY_RECORDS_MAX 4 /* of one selector; there should be one */

struct verifier {
	struct sha256 hash;
	struct dkim_key_cache *keys;
};

struct verifier *
verifier_new(void)
{
	struct verifier *v = mem_zalloc(sizeof(*v));

	v->keys = dkim_key_cache_new();
	return v;
}

void
verifier_free(struct verifier *v)
{
	if (v == NULL)
		return;
	dkim_key_cache_free(v->keys);
	free(v);
}

void
signed_message_init(struct signed_message *m, struct verifier *verifier,
    struct auth_context *ctx, const struct header *header)
{
	m->verifier = verifier;
	m->ctx = ctx;
	m->header = header;
	m->bodies.n = 0;
	m->started = m->hashed = false;
}

static void
start_message(struct signed_message *m)
{
	if (m->started)
		return;
	signed_header_init(&m->fields, m->header);
	m->started = true;
}

void
signed_message_free(struct signed_message *m)
{
	if (m->started)
		signed_header_free(&m->fields);
}

static uint64_t
length_of(const struct dkim_signature *s)
{
	return s->has_length ? s->length : BODY_HASH_WHOLE;
}

void
signed_message_want(struct signed_message *m, const struct dkim_signature *s)
{
	assert(!m->hashed);
	body_hashes_want(&m->bodies, s->body_canon, length_of(s));
}

int
signed_message_body(struct signed_message *m, const struct dkim_signature *s,
    uint64_t *behind, const char **why)
{
	const struct body_hash *body;

	start_message(m);
	if (!m->hashed)
		body_hashes_run(&m->bodies, m->header->body);
	m->hashed = true;
	body = body_hashes_get(&m->bodies, s->body_canon, length_of(s));
	*why = "l= is more than the body has";
	if (body->too_short)
		return -1;
	*why = "the body hash does not match";
	if (CRYPTO_memcmp(body->digest, s->body_hash,
	    sizeof(s->body_hash)) != 0)
		return -1;
	*behind = s->has_length ? body->total - s->length : 0;
	return 0;
}

void
verifier_key_name(const struct dkim_signature *s, struct buf *name)
{
	struct buf selector = BUF_LIMITED(DOMAIN_SIZE_MAX);

	if (domain_to_ascii(s->selector, &selector) == 0)
		buf_append_slice(name, buf_slice(&selector));
	else
		buf_append_slice(name, s->selector);
	buf_format(name, "._domainkey.%s", buf_text(&s->domain));
	buf_free(&selector);
}

static bool
refuse(struct key_found *found, enum auth_result result, const char *reason)
{
	found->result = result;
	found->reason = reason;
	return false;
}

/* Is the key of use for this signature? */
static bool
key_fits(const struct dkim_signature *s, const struct dkim_key *key,
    struct key_found *found)
{
	size_t at = s->identity.n;

	while (at > 0 && s->identity.p[at - 1] != '@')
		at--;
	found->bits = key->bits;
	found->testing = key->testing;
	if (key->revoked)
		return refuse(found, AUTH_PERMERROR, "the key is revoked");
	if (key->type != s->type)
		return refuse(found, AUTH_PERMERROR,
		    "the key is of another type");
	if (!key->takes_sha256)
		return refuse(found, AUTH_PERMERROR,
		    "the key does not allow sha256");
	if (!key->for_email)
		return refuse(found, AUTH_PERMERROR,
		    "the key is not for email");
	if (key->strict_identity && s->identity.p != NULL &&
	    !slice_case_equal(slice_part(s->identity, at, s->identity.n),
	    buf_slice(&s->domain)))
		return refuse(found, AUTH_PERMERROR,
		    "the key wants i= to be d= itself");
	if (key->type == DKIM_KEY_RSA && key->bits < DKIM_KEY_BITS_MIN)
		return refuse(found, AUTH_POLICY,
		    "the key has under 1024 bits (RFC 8301)");
	return true;
}

/* The first usable record; the owner should have published just one. */
static void
choose_key(struct signed_message *m, const struct dkim_signature *s,
    const struct dns_answer *answer, struct key_found *found)
{
	const char *why = NULL, *first_why = NULL;

	for (size_t i = 0; i < answer->n && i < KEY_RECORDS_MAX; i++) {
		struct dkim_key *key = dkim_key_cache_get(m->verifier->keys,
		    answer->records[i].data, &why);

		if (key != NULL && key_fits(s, key, found)) {
			found->key = key;
			return;
		}
		if (key == NULL && first_why == NULL)
			first_why = why;
	}
	if (found->reason == NULL)
		refuse(found, AUTH_PERMERROR, first_why);
}

void
verifier_find_key(struct signed_message *m, const char *check,
    const struct dkim_signature *s, struct key_found *found)
{
	struct buf name = BUF_LIMITED(1024);
	struct dns_answer answer;

	start_message(m);
	*found = (struct key_found){.key = NULL};
	verifier_key_name(s, &name);
	auth_ask(m->ctx, check, buf_slice(&name), DNS_TXT, &answer);
	switch (answer.status) {
	case DNS_FOUND:
		choose_key(m, s, &answer, found);
		break;
	case DNS_TEMPERROR:
		refuse(found, AUTH_TEMPERROR,
		    "DNS trouble on the way to the key");
		break;
	case DNS_OFF:
		refuse(found, AUTH_NEUTRAL, "dns is off");
		break;
	default:
		refuse(found, AUTH_PERMERROR, "no key for the signature");
	}
	dns_answer_free(&answer);
	buf_free(&name);
}

struct sha256 *
verifier_begin(struct signed_message *m)
{
	start_message(m);
	sha256_init(&m->verifier->hash);
	signed_header_restart(&m->fields);
	return &m->verifier->hash;
}

void
verifier_hash_names(struct signed_message *m, const struct dkim_signature *s,
    const struct header_field *self)
{
	struct slice rest = s->names;

	while (rest.p != NULL) {
		struct slice name = dkim_signature_next_name(&rest);
		const struct header_field *field = signed_header_next(
		    &m->fields, name);

		/* A signature is never over itself (RFC 6376, 3.7). */
		if (field != NULL && field == self)
			field = signed_header_next(&m->fields, name);
		if (field != NULL)
			signed_header_hash(&m->fields, s->header_canon, field,
			    &m->verifier->hash);
	}
	signed_header_hash_signature(&m->fields, s->header_canon, self,
	    s->raw_b, &m->verifier->hash);
}

bool
verifier_end(struct signed_message *m, const struct dkim_signature *s,
    struct dkim_key *key)
{
	unsigned char digest[32];

	sha256_end(&m->verifier->hash, digest);
	return dkim_key_verify(key, digest, buf_slice(&s->signature));
}
