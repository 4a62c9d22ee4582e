/* SPDX-License-Identifier: ISC */
/* Hostile: anyone may write this field. */
#include "auth/dkim_signature.h"

#include <string.h>

#include "auth/domain.h"
#include "auth/tag_list.h"
#include "base/number.h"
#include "mail/encoding.h"

#define SECONDS_MAX 999999999999 /* twelve digits, RFC 6376, 3.5 */

static const char *
read_version(struct dkim_signature *s, const struct tag_list *tags)
{
	(void)s;
	return slice_is(tag_list_get(tags, "v"), "1") ? NULL :
	    "v= is not 1";
}

static const char *
read_algorithm(struct dkim_signature *s, const struct tag_list *tags)
{
	s->algorithm = tag_list_get(tags, "a");
	s->type = DKIM_KEY_RSA;
	if (slice_case_is(s->algorithm, "ed25519-sha256"))
		s->type = DKIM_KEY_ED25519;
	else if (slice_case_is(s->algorithm, "rsa-sha1"))
		s->sha1 = true;
	else if (!slice_case_is(s->algorithm, "rsa-sha256"))
		return s->algorithm.p == NULL ? "no a=" :
		    "the algorithm is not known";
	return NULL;
}

static int
read_canon(struct slice word, enum canon *out)
{
	if (slice_case_is(word, "relaxed"))
		*out = CANON_RELAXED;
	else if (slice_case_is(word, "simple"))
		*out = CANON_SIMPLE;
	else
		return -1;
	return 0;
}

static const char *
read_canons(struct dkim_signature *s, const struct tag_list *tags)
{
	struct slice rest = tag_list_get(tags, "c"), header;

	if (rest.p == NULL)
		return NULL;
	s->header_canon = s->body_canon = CANON_SIMPLE;
	header = slice_cut(&rest, '/');
	if (read_canon(header, &s->header_canon) < 0 ||
	    (rest.p != NULL && read_canon(rest, &s->body_canon) < 0))
		return "the canonical form is not known";
	return NULL;
}

static const char *
read_domain(struct dkim_signature *s, const struct tag_list *tags)
{
	struct slice domain = tag_list_get(tags, "d");

	s->selector = tag_list_get(tags, "s");
	if (domain.p == NULL || domain_to_ascii(domain, &s->domain) < 0)
		return "d= is no domain";
	if (s->selector.n == 0 || s->selector.n > DOMAIN_SIZE_MAX)
		return "s= is no selector";
	return NULL;
}

/* The part of i= behind the @ must be d= or below it. */
static const char *
read_identity(struct dkim_signature *s, const struct tag_list *tags)
{
	struct buf domain = BUF_LIMITED(DOMAIN_SIZE_MAX);
	size_t at;
	bool within;

	s->identity = tag_list_get(tags, "i");
	at = s->identity.n;
	if (s->identity.p == NULL)
		return NULL;
	while (at > 0 && s->identity.p[at - 1] != '@')
		at--;
	within = at > 0 && domain_to_ascii(slice_part(s->identity, at,
	    s->identity.n), &domain) == 0 &&
	    domain_is_within(buf_slice(&domain), buf_slice(&s->domain));
	buf_free(&domain);
	return within ? NULL : "i= is not within d=";
}

struct slice
dkim_signature_next_name(struct slice *names)
{
	return slice_trim(slice_cut(names, ':'));
}

size_t
dkim_signature_count_name(const struct dkim_signature *s, const char *name)
{
	struct slice rest = s->names;
	size_t n = 0;

	while (rest.p != NULL)
		n += slice_case_is(dkim_signature_next_name(&rest), name);
	return n;
}

static const char *
read_names(struct dkim_signature *s, const struct tag_list *tags)
{
	struct slice rest = s->names = tag_list_get(tags, "h");
	size_t n = 0;

	if (s->names.n == 0)
		return "no h=";
	while (rest.p != NULL) {
		if (dkim_signature_next_name(&rest).n == 0)
			return "an empty name in h=";
		if (++n > DKIM_SIGNED_NAMES_MAX)
			return "too many names in h=";
	}
	return NULL;
}

/* ARC takes empty names, and none at all. */
static const char *
read_arc_names(struct dkim_signature *s, const struct tag_list *tags)
{
	struct slice rest = s->names = tag_list_get(tags, "h");
	size_t n = 0;

	if (s->names.p == NULL)
		return "no h=";
	for (; rest.p != NULL; n++)
		dkim_signature_next_name(&rest);
	if (n > DKIM_SIGNED_NAMES_MAX)
		return "too many names in h=";
	/* RFC 8617, 4.1.2 */
	return dkim_signature_count_name(s, "ARC-Seal") == 0 ? NULL :
	    "h= names ARC-Seal";
}

static const char *
read_instance(struct dkim_signature *s, const struct tag_list *tags)
{
	int64_t n;

	if (number_parse(tag_list_get(tags, "i"), 1, ARC_SETS_MAX, &n) < 0)
		return "i= is no instance";
	s->instance = (unsigned)n;
	return NULL;
}

/* RFC 8617, 4.1.3 */
static const char *
read_chain(struct dkim_signature *s, const struct tag_list *tags)
{
	s->chain = tag_list_get(tags, "cv");
	if (tag_list_get(tags, "h").p != NULL)
		return "a seal has no h=";
	return slice_is(s->chain, "none") || slice_is(s->chain, "pass") ||
	    slice_is(s->chain, "fail") ? NULL :
	    "cv= is not none, pass or fail";
}

static const char *
read_seconds(const struct tag_list *tags, const char *tag, int64_t *out)
{
	struct slice text = tag_list_get(tags, tag);

	*out = -1;
	if (text.p == NULL)
		return NULL;
	/* More digits than anybody needs: further away than we can say. */
	if (text.n > 12)
		text = slice_part(text, 0, 12);
	return number_parse(text, 0, SECONDS_MAX, out) < 0 ?
	    "t= or x= is no number" : NULL;
}

static const char *
read_times(struct dkim_signature *s, const struct tag_list *tags)
{
	const char *why = read_seconds(tags, "t", &s->timestamp);

	if (why == NULL)
		why = read_seconds(tags, "x", &s->expires);
	if (why == NULL && s->expires >= 0 && s->timestamp >= 0 &&
	    s->expires <= s->timestamp)
		why = "x= is not after t=";
	return why;
}

static const char *
read_length(struct dkim_signature *s, const struct tag_list *tags)
{
	struct slice text = tag_list_get(tags, "l");
	int64_t length;

	if (text.p == NULL)
		return NULL;
	if (number_parse(text, 0, INT64_MAX, &length) < 0)
		return "l= is no number";
	s->has_length = true;
	s->length = (uint64_t)length;
	return NULL;
}

static const char *
read_query(struct dkim_signature *s, const struct tag_list *tags)
{
	struct slice query = tag_list_get(tags, "q");

	(void)s;
	return query.p == NULL || tag_value_has(query, "dns/txt") ? NULL :
	    "q= does not offer dns/txt";
}

static const char *
read_b(struct dkim_signature *s, const struct tag_list *tags)
{
	s->raw_b = tag_list_get(tags, "b");
	return s->raw_b.p != NULL && base64_decode_strict(s->raw_b, true,
	    &s->signature) == 0 && s->signature.n > 0 ? NULL :
	    "b= is no base64";
}

static const char *
read_body_hash(struct dkim_signature *s, const struct tag_list *tags)
{
	struct slice hash = tag_list_get(tags, "bh");
	struct buf octets = BUF_LIMITED(1024);
	const char *why = NULL;

	if (hash.p == NULL || base64_decode_strict(hash, true, &octets) < 0)
		why = "bh= is no base64";
	else if (!s->sha1 && octets.n != sizeof(s->body_hash))
		why = "bh= is no SHA-256 hash";
	else if (!s->sha1)
		memcpy(s->body_hash, octets.p, sizeof(s->body_hash));
	buf_free(&octets);
	return why;
}

typedef const char *step(struct dkim_signature *, const struct tag_list *);

/* In this order: what comes first is known of a signature that is broken
 * further on. */
static step *const dkim_steps[] = {read_domain, read_algorithm, read_version,
    read_canons, read_identity, read_names, read_times, read_length,
    read_query, read_b, read_body_hash, NULL};
static step *const message_steps[] = {read_instance, read_domain,
    read_algorithm, read_canons, read_arc_names, read_times, read_length,
    read_query, read_b, read_body_hash, NULL};
static step *const seal_steps[] = {read_instance, read_domain, read_algorithm,
    read_chain, read_times, read_b, NULL};

int
dkim_signature_parse(struct dkim_signature *s, enum signature_kind kind,
    struct slice value, enum auth_result *result, const char **why)
{
	step *const *steps = kind == SIGNATURE_DKIM ? dkim_steps :
	    kind == SIGNATURE_ARC_MESSAGE ? message_steps : seal_steps;
	struct tag_list tags;

	*s = (struct dkim_signature){.timestamp = -1, .expires = -1,
	    .domain = BUF_LIMITED(DOMAIN_SIZE_MAX),
	    .signature = BUF_LIMITED(DKIM_SIGNATURE_OCTETS_MAX)};
	/* Without c=: RFC 6376, 3.5; for ARC the RFC says nothing, and all
	 * who sign without it (the validation suite too) mean relaxed. */
	s->header_canon = s->body_canon = kind == SIGNATURE_DKIM ?
	    CANON_SIMPLE : CANON_RELAXED;
	*result = AUTH_NEUTRAL;
	if (tag_list_parse(&tags, value) < 0) {
		/* What can be read is worth saying. */
		tag_list_parse_lenient(&tags, value);
		read_domain(s, &tags);
		read_algorithm(s, &tags);
		*why = "the signature is no tag list";
		return -1;
	}
	for (; *steps != NULL; steps++) {
		const char *bad = (*steps)(s, &tags);

		if (bad != NULL) {
			*why = bad;
			return -1;
		}
	}
	return 0;
}

void
dkim_signature_free(struct dkim_signature *s)
{
	buf_free(&s->domain);
	buf_free(&s->signature);
}
