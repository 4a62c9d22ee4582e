/* SPDX-License-Identifier: ISC */
/* One more set of the chain (RFC 8617, 5.1): our results, our signature of
 * the message, and the seal over all sets. */
#include "auth/signer_field.h"

#include "mail/authres.h"

struct seal {
	struct signer *signer;
	const struct signer_request *request;
	struct signing_key *key;
	struct arc arc;
	size_t instance;
	const char *cv;
	struct buf results, message, seal; /* the new fields */
};

static struct signing_key *
choose_key(const struct signer_request *request)
{
	struct signing_key *found = NULL;

	for (size_t i = 0; i < request->keys->n; i++) {
		struct signing_key *key = &request->keys->items[i];

		if (slice_equal(buf_slice(&key->domain), request->domain) &&
		    (found == NULL || (found->type != DKIM_KEY_RSA &&
		    key->type == DKIM_KEY_RSA)))
			found = key;
	}
	return found;
}

/* The word of an arc= result, as far as a seal can say it. */
static enum auth_result
result_of(struct slice word)
{
	if (slice_case_is(word, "pass"))
		return AUTH_PASS;
	return slice_case_is(word, "fail") ? AUTH_FAIL : AUTH_NONE;
}

/* All that `id' wrote in Authentication-Results, as one value; and what it
 * says of the chain.  Two that differ are a fail. */
static enum auth_result
collect(const struct header *header, struct slice id, struct buf *out)
{
	struct authres_writer w;
	enum auth_result chain = AUTH_NONE;

	authres_begin(&w, out, id);
	for (size_t i = 0; i < header->n; i++) {
		struct authres a;

		if (!slice_case_is(header->fields[i].name,
		    "Authentication-Results"))
			continue;
		if (authres_parse(&a, header->fields[i].value) == 0 &&
		    slice_case_equal(buf_slice(&a.id), id))
			for (size_t k = 0; k < a.n; k++) {
				enum auth_result one = result_of(
				    a.items[k].result);

				authres_copy(&w, &a.items[k]);
				if (!slice_case_is(a.items[k].method, "arc"))
					continue;
				chain = chain == AUTH_NONE || chain == one ?
				    one : AUTH_FAIL;
			}
		authres_free(&a);
	}
	authres_end(&w);
	return chain;
}

static int
write_message(struct seal *x)
{
	struct buf *out = &x->message;
	const struct header *header = x->request->header;
	struct signed_header fields;
	int result;

	buf_format(out, "ARC-Message-Signature: i=%zu; a=%s; "
	    "c=relaxed/relaxed;\r\n\td=%s; s=%s; t=%lld;", x->instance,
	    signer_algorithm(x->key), buf_text(&x->key->domain),
	    buf_text(&x->key->selector), (long long)x->request->now_s);
	signer_put_names(header, true, out);
	signer_put_body_hash(x->signer, header->body, out);
	buf_append_text(out, "\r\n\tb=");
	signed_header_init(&fields, header);
	signer_begin(x->signer);
	signer_hash_names(x->signer, &fields, buf_slice(out));
	signed_header_free(&fields);
	result = signer_end(x->signer, x->key, out);
	return result;
}

static int
write_seal(struct seal *x)
{
	struct buf *out = &x->seal;
	struct signed_header fields;

	buf_format(out, "ARC-Seal: i=%zu; a=%s; cv=%s;\r\n\td=%s; s=%s; "
	    "t=%lld;\r\n\tb=", x->instance, signer_algorithm(x->key), x->cv,
	    buf_text(&x->key->domain), buf_text(&x->key->selector),
	    (long long)x->request->now_s);
	signer_begin(x->signer);
	/* RFC 8617, 5.1.2: the seal of a failed chain covers its own set. */
	if (!slice_is(slice_text(x->cv), "fail")) {
		signed_header_init(&fields, x->request->header);
		arc_hash_sets(&x->arc, &fields, &x->signer->hash);
		signed_header_free(&fields);
	}
	signer_hash_text(x->signer, buf_slice(&x->results));
	signer_hash_text(x->signer, buf_slice(&x->message));
	return signer_end(x->signer, x->key, out);
}

/* May there be one more set, and what does it say of those before it? */
static enum signer_seal
decide(struct seal *x, enum auth_result chain)
{
	const struct arc *arc = &x->arc;

	x->cv = "none";
	if (arc->n == 0 && arc->result == AUTH_NONE)
		return SEALED;
	for (size_t i = 0; i < arc->n; i++)
		if (slice_is(arc->sets[i].seal_signature.chain, "fail"))
			return SEAL_CLOSED;
	if (arc->n == ARC_SETS_MAX)
		return SEAL_CLOSED;
	/* What can be seen without any key. */
	if (arc->result == AUTH_FAIL)
		chain = AUTH_FAIL;
	x->cv = chain == AUTH_PASS ? "pass" : "fail";
	return chain == AUTH_PASS || chain == AUTH_FAIL ? SEALED :
	    SEAL_UNKNOWN;
}

int
signer_seal(struct signer *signer, const struct signer_request *request,
    struct slice id, enum auth_result chain, enum signer_seal *outcome,
    struct buf *out, struct err *err)
{
	struct seal x = {.signer = signer, .request = request,
	    .key = choose_key(request), .results = BUF_INIT,
	    .message = BUF_INIT, .seal = BUF_INIT};
	struct buf value = BUF_INIT;
	enum auth_result said;
	int result = 0;

	if (signer_check(request, err) < 0)
		return -1;
	signer->body_is_hashed = false;
	arc_read(&x.arc, request->header);
	said = collect(request->header, id, &value);
	*outcome = decide(&x, chain != AUTH_NONE ? chain : said);
	x.instance = x.arc.n + 1;
	if (*outcome == SEALED) {
		buf_format(&x.results, "ARC-Authentication-Results: i=%zu; ",
		    x.instance);
		buf_append_slice(&x.results, buf_slice(&value));
		buf_append_text(&x.results, "\r\n");
		result = x.key == NULL || write_message(&x) < 0 ||
		    write_seal(&x) < 0 ? err_set(err, ERR_SYSTEM,
		    "OpenSSL cannot sign with a key of '%.*s'",
		    SLICE_ARG(request->domain)) : 0;
		buf_append_slice(out, buf_slice(&x.seal));
		buf_append_slice(out, buf_slice(&x.message));
		buf_append_slice(out, buf_slice(&x.results));
	}
	arc_free(&x.arc);
	buf_free(&value);
	buf_free(&x.results);
	buf_free(&x.message);
	buf_free(&x.seal);
	return result;
}
