/* SPDX-License-Identifier: ISC */
/*
 * Anybody can write these fields.  What needs no key is looked at first, all
 * of it; then the newest message signature; then the seals, newest first.
 */
#include "auth/arc.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/number.h"

#define CHECK "arc"

static void
fail(struct arc *arc, size_t instance, const char *reason)
{
	if (arc->result == AUTH_FAIL)
		return;
	arc->result = AUTH_FAIL;
	arc->failed_at = (unsigned)instance;
	arc->reason = reason;
}

/* The set of that number, made where it is new. */
static struct arc_set *
set_of(struct arc *arc, unsigned instance)
{
	if (arc->sets == NULL)
		arc->sets = mem_zalloc(ARC_SETS_MAX * sizeof(*arc->sets));
	if (arc->n < instance)
		arc->n = instance;
	return &arc->sets[instance - 1];
}

/* `i=N;', then what Authentication-Results would say; 0 where it is not so. */
static unsigned
read_results(struct slice value, struct slice *text)
{
	struct slice rest = value, name, number;
	int64_t n;

	number = slice_cut(&rest, ';');
	name = slice_trim(slice_cut(&number, '='));
	if (rest.p == NULL || !slice_is(name, "i") ||
	    number_parse(slice_trim(number), 1, ARC_SETS_MAX, &n) < 0)
		return 0;
	*text = rest;
	return (unsigned)n;
}

static void
take_results(struct arc *arc, const struct header_field *field)
{
	struct slice text;
	unsigned instance = read_results(field->value, &text);
	struct arc_set *set;

	if (instance == 0) {
		fail(arc, 0, "an ARC-Authentication-Results has no instance");
		return;
	}
	set = set_of(arc, instance);
	if (set->results != NULL)
		fail(arc, instance, "ARC-Authentication-Results is there "
		    "twice");
	set->results = field;
	set->text = text;
}

static void
take_message(struct arc *arc, const struct header_field *field)
{
	struct dkim_signature s;
	enum auth_result result;
	const char *why = NULL;
	bool readable = dkim_signature_parse(&s, SIGNATURE_ARC_MESSAGE,
	    field->value, &result, &why) == 0;
	struct arc_set *set;

	if (s.instance == 0 || set_of(arc, s.instance)->message != NULL) {
		fail(arc, s.instance, s.instance > 0 ?
		    "ARC-Message-Signature is there twice" :
		    "an ARC-Message-Signature has no instance");
		dkim_signature_free(&s);
		return;
	}
	set = set_of(arc, s.instance);
	set->message = field;
	set->message_signature = s;
	set->message_is_readable = readable;
	set->why_message = why;
}

static void
take_seal(struct arc *arc, const struct header_field *field)
{
	struct dkim_signature s;
	enum auth_result result;
	const char *why = NULL;
	bool readable = dkim_signature_parse(&s, SIGNATURE_ARC_SEAL,
	    field->value, &result, &why) == 0;
	struct arc_set *set;

	if (s.instance == 0 || set_of(arc, s.instance)->seal != NULL) {
		fail(arc, s.instance, s.instance > 0 ?
		    "ARC-Seal is there twice" : "an ARC-Seal has no instance");
		dkim_signature_free(&s);
		return;
	}
	set = set_of(arc, s.instance);
	set->seal = field;
	set->seal_signature = s;
	set->seal_is_readable = readable;
	set->why_seal = why;
}

/* Three fields in each set, none left out; and what their seals say of those
 * before them. */
static void
check_order(struct arc *arc)
{
	const struct arc_set *last;

	for (size_t i = 1; i <= arc->n; i++) {
		const struct arc_set *set = &arc->sets[i - 1];

		if (set->results == NULL || set->message == NULL ||
		    set->seal == NULL)
			fail(arc, i, "the set is not whole");
		else if (!set->seal_is_readable)
			fail(arc, i, set->why_seal);
	}
	if (arc->result == AUTH_FAIL || arc->n == 0)
		return;
	last = &arc->sets[arc->n - 1];
	if (slice_is(last->seal_signature.chain, "fail"))
		fail(arc, arc->n, "the chain had failed there");
	for (size_t i = 1; i <= arc->n; i++)
		if (!slice_is(arc->sets[i - 1].seal_signature.chain,
		    i == 1 ? "none" : "pass"))
			fail(arc, i, i == 1 ? "cv= of the first set is not "
			    "none" : "cv= of a later set is not pass");
	if (!last->message_is_readable)
		fail(arc, arc->n, last->why_message);
}

static void
prefetch(struct signed_message *m, const struct dkim_signature *s)
{
	struct buf name = BUF_LIMITED(1024);

	verifier_key_name(s, &name);
	dns_prefetch(m->ctx->dns, buf_slice(&name), DNS_TXT);
	buf_free(&name);
}

void
arc_read(struct arc *arc, const struct header *header)
{
	*arc = (struct arc){.result = AUTH_NONE};
	for (size_t i = 0; i < header->n; i++) {
		const struct header_field *field = &header->fields[i];

		if (slice_case_is(field->name, "ARC-Authentication-Results"))
			take_results(arc, field);
		else if (slice_case_is(field->name, "ARC-Message-Signature"))
			take_message(arc, field);
		else if (slice_case_is(field->name, "ARC-Seal"))
			take_seal(arc, field);
	}
	check_order(arc);
}

void
arc_prepare(struct arc *arc, struct signed_message *m)
{
	if (arc->result == AUTH_FAIL || arc->n == 0)
		return;
	signed_message_want(m, &arc->sets[arc->n - 1].message_signature);
	prefetch(m, &arc->sets[arc->n - 1].message_signature);
	for (size_t i = 0; i < arc->n; i++)
		prefetch(m, &arc->sets[i].seal_signature);
}

/* The judgement that a key which cannot be had gives: DNS trouble is not the
 * chain's fault, all else is. */
static void
judge_key(struct arc *arc, size_t instance, const struct key_found *found)
{
	if (found->result == AUTH_TEMPERROR || found->result == AUTH_NEUTRAL) {
		arc->result = found->result;
		arc->failed_at = (unsigned)instance;
		arc->reason = found->reason;
	} else {
		fail(arc, instance, found->reason);
	}
}

static void
verify_message(struct arc *arc, struct signed_message *m)
{
	const struct arc_set *set = &arc->sets[arc->n - 1];
	const struct dkim_signature *s = &set->message_signature;
	struct key_found found;
	uint64_t behind = 0;
	const char *why;

	if (s->sha1) {
		fail(arc, arc->n, "rsa-sha1 is not accepted (RFC 8301)");
	} else if (s->expires >= 0 && s->expires < m->ctx->now_ms / 1000) {
		fail(arc, arc->n, "the message signature has expired");
	} else if (signed_message_body(m, s, &behind, &why) < 0) {
		fail(arc, arc->n, why);
	} else if (behind > 0) {
		fail(arc, arc->n, "the end of the body is not signed (l=)");
	}
	if (arc->result == AUTH_FAIL)
		return;
	verifier_find_key(m, CHECK, s, &found);
	if (found.key == NULL) {
		judge_key(arc, arc->n, &found);
		return;
	}
	verifier_begin(m);
	verifier_hash_names(m, s, set->message);
	if (!verifier_end(m, s, found.key))
		fail(arc, arc->n, "the message signature does not match");
	arc->from_is_signed = dkim_signature_count_name(s, "from") >=
	    header_count(m->header, "From");
}

/* The sets up to this one, without its own seal. */
static void
hash_sets(const struct arc *arc, struct signed_header *fields,
    size_t instance, struct sha256 *hash)
{
	for (size_t i = 0; i < instance; i++) {
		const struct arc_set *set = &arc->sets[i];

		signed_header_hash(fields, CANON_RELAXED, set->results, hash);
		signed_header_hash(fields, CANON_RELAXED, set->message, hash);
		if (i + 1 < instance)
			signed_header_hash(fields, CANON_RELAXED, set->seal,
			    hash);
	}
}

void
arc_hash_sets(const struct arc *arc, struct signed_header *fields,
    struct sha256 *hash)
{
	if (arc->n == 0)
		return;
	hash_sets(arc, fields, arc->n, hash);
	signed_header_hash(fields, CANON_RELAXED, arc->sets[arc->n - 1].seal,
	    hash);
}

static void
verify_seal(struct arc *arc, struct signed_message *m, size_t instance)
{
	struct arc_set *set = &arc->sets[instance - 1];
	const struct dkim_signature *s = &set->seal_signature;
	struct key_found found;
	struct sha256 *hash;

	set->judged = true;
	set->result = AUTH_FAIL;
	if (s->sha1) {
		fail(arc, instance, "rsa-sha1 is not accepted (RFC 8301)");
		return;
	}
	verifier_find_key(m, CHECK, s, &found);
	if (found.key == NULL) {
		set->result = found.result;
		judge_key(arc, instance, &found);
		return;
	}
	hash = verifier_begin(m);
	hash_sets(arc, &m->fields, instance, hash);
	signed_header_hash_signature(&m->fields, CANON_RELAXED, set->seal,
	    s->raw_b, hash);
	if (verifier_end(m, s, found.key))
		set->result = AUTH_PASS;
	else
		fail(arc, instance, "the seal does not match");
}

void
arc_verify(struct arc *arc, struct signed_message *m)
{
	if (arc->result == AUTH_NONE && arc->n > 0) {
		verify_message(arc, m);
		for (size_t i = arc->n; i > 0 && arc->result == AUTH_NONE; i--)
			verify_seal(arc, m, i);
		if (arc->result == AUTH_NONE)
			arc->result = AUTH_PASS;
	}
	if (arc->result == AUTH_NONE)
		return;
	auth_explain(m->ctx, CHECK, "chain of %zu: %s%s%s", arc->n,
	    auth_result_text(arc->result), arc->reason ? ", " : "",
	    arc->reason ? arc->reason : "");
}

void
arc_free(struct arc *arc)
{
	for (size_t i = 0; i < arc->n; i++) {
		dkim_signature_free(&arc->sets[i].message_signature);
		dkim_signature_free(&arc->sets[i].seal_signature);
	}
	free(arc->sets);
	arc->sets = NULL;
	arc->n = 0;
}

struct slice
arc_sealer(const struct arc *arc, size_t instance)
{
	const struct arc_set *set = &arc->sets[instance - 1];

	return set->seal != NULL ? buf_slice(&set->seal_signature.domain) :
	    SLICE_NONE;
}

struct slice
arc_selector(const struct arc *arc, size_t instance)
{
	const struct arc_set *set = &arc->sets[instance - 1];

	return set->seal != NULL ? set->seal_signature.selector : SLICE_NONE;
}
