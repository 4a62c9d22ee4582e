/* SPDX-License-Identifier: ISC */
/* What both kinds of signature share: which fields, the body's hash, and the
 * field that is signed last, by its own text with an empty b=. */
#include "auth/signer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "auth/signer_field.h"
#include "base/mem.h"
#include "mail/encoding.h"

#define LINE_CHARACTERS_MAX 76

struct signer *
signer_new(void)
{
	struct signer *s = mem_zalloc(sizeof(*s));

	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	return s;
}

void
signer_free(struct signer *s)
{
	free(s);
}

/* RFC 6376, 5.4.1: what a reader sees, and what says how to read it. */
static const struct {
	const char *name;
	bool once_more;
} signed_names[] = {{"From", true}, {"To", true}, {"Subject", true},
    {"Date", true}, {"Cc", false}, {"Sender", false}, {"Reply-To", false},
    {"Message-ID", false}, {"In-Reply-To", false}, {"References", false},
    {"MIME-Version", false}, {"Content-Type", false},
    {"Content-Transfer-Encoding", false}, {"Content-ID", false},
    {"Content-Description", false}, {"Resent-Date", false},
    {"Resent-From", false}, {"Resent-Sender", false}, {"Resent-To", false},
    {"Resent-Cc", false}, {"Resent-Message-ID", false}, {"List-Id", false},
    {"List-Help", false}, {"List-Unsubscribe", false},
    {"List-Unsubscribe-Post", false}, {"List-Subscribe", false},
    {"List-Post", false}, {"List-Owner", false}, {"List-Archive", false}};

/* Appends one word of a folded line. */
static void
put_word(struct buf *out, size_t *line, const char *word)
{
	if (out->n - *line + strlen(word) > LINE_CHARACTERS_MAX) {
		buf_append_text(out, "\r\n\t");
		*line = out->n;
	}
	buf_append_text(out, word);
}

void
signer_put_names(const struct header *header, bool dkim_too, struct buf *out)
{
	const size_t rows = sizeof(signed_names) / sizeof(*signed_names);
	size_t line;
	bool first = true;

	buf_append_text(out, "\r\n\t");
	line = out->n;
	buf_append_text(out, "h=");
	for (size_t i = 0; i < rows + dkim_too; i++) {
		const char *name = i < rows ? signed_names[i].name :
		    "DKIM-Signature";
		size_t n = header_count(header, name) +
		    (i < rows && signed_names[i].once_more);

		while (n-- > 0) {
			if (!first)
				buf_append_char(out, ':');
			put_word(out, &line, name);
			first = false;
		}
	}
	buf_append_text(out, ";");
}

void
signer_put_body_hash(struct signer *s, struct slice body, struct buf *out)
{
	const struct body_hash *hash;

	if (!s->body_is_hashed) {
		s->bodies.n = 0;
		body_hashes_want(&s->bodies, CANON_RELAXED, BODY_HASH_WHOLE);
		body_hashes_run(&s->bodies, body);
		s->body_is_hashed = true;
	}
	hash = body_hashes_get(&s->bodies, CANON_RELAXED, BODY_HASH_WHOLE);
	buf_append_text(out, "\r\n\tbh=");
	base64_encode(slice_of(hash->digest, sizeof(hash->digest)), 0, out);
	buf_append_text(out, ";");
}

const char *
signer_algorithm(const struct signing_key *key)
{
	return key->type == DKIM_KEY_RSA ? "rsa-sha256" : "ed25519-sha256";
}

void
signer_begin(struct signer *s)
{
	sha256_init(&s->hash);
}

void
signer_hash_text(struct signer *s, struct slice text)
{
	struct buf canonical = BUF_INIT;
	struct header one;

	header_parse(&one, text);
	assert(one.n == 1);
	canon_field(CANON_RELAXED, one.fields[0].name, one.fields[0].value,
	    one.fields[0].whole, &canonical);
	sha256_add(&s->hash, canonical.p, canonical.n);
	buf_free(&canonical);
	header_free(&one);
}

void
signer_hash_names(struct signer *s, struct signed_header *fields,
    struct slice field)
{
	struct dkim_signature names = {.names = field};
	struct slice rest;

	names.names.p += slice_find_text(field, SLICE("\th="));
	names.names.n = (size_t)(field.p + field.n - names.names.p);
	rest = slice_part(names.names, 3, slice_find(names.names, ';'));
	signed_header_restart(fields);
	while (rest.p != NULL) {
		const struct header_field *next = signed_header_next(fields,
		    dkim_signature_next_name(&rest));

		if (next != NULL)
			signed_header_hash(fields, CANON_RELAXED, next,
			    &s->hash);
	}
}

static void
put_signature(struct buf *field, struct slice octets)
{
	struct buf text = BUF_INIT;

	base64_encode(octets, 0, &text);
	for (size_t i = 0; i < text.n; i += 72) {
		if (i > 0)
			buf_append_text(field, "\r\n\t");
		buf_append_slice(field, slice_part(buf_slice(&text), i,
		    i + 72));
	}
	buf_append_text(field, "\r\n");
	buf_free(&text);
}

int
signer_end(struct signer *s, struct signing_key *key, struct buf *field)
{
	unsigned char digest[32], octets[SIGNATURE_MAX];
	struct buf canonical = BUF_INIT;
	struct header one;
	int n;

	header_parse(&one, buf_slice(field));
	assert(one.n == 1);
	canon_field(CANON_RELAXED, one.fields[0].name, one.fields[0].value,
	    one.fields[0].whole, &canonical);
	header_free(&one);
	/* RFC 6376, 3.7: without its CRLF. */
	sha256_add(&s->hash, canonical.p, canonical.n - 2);
	buf_free(&canonical);
	sha256_end(&s->hash, digest);
	n = signing_key_sign(key, digest, octets);
	if (n > 0)
		put_signature(field, slice_of(octets, (size_t)n));
	return n > 0 ? 0 : -1;
}

int
signer_check(const struct signer_request *request, struct err *err)
{
	if (request->header->truncated)
		return err_set(err, ERR_MESSAGE,
		    "the header is too large to be signed");
	if (header_count(request->header, "From") != 1)
		return err_set(err, ERR_MESSAGE, "the message has %zu From "
		    "fields, and exactly one can be signed",
		    header_count(request->header, "From"));
	return 0;
}

static int
sign_once(struct signer *s, const struct signer_request *request,
    struct signed_header *fields, struct signing_key *key, struct buf *out)
{
	struct buf field = BUF_INIT;
	int result;

	buf_format(&field, "DKIM-Signature: v=1; a=%s; c=relaxed/relaxed;"
	    "\r\n\td=%s; s=%s; t=%lld;", signer_algorithm(key),
	    buf_text(&key->domain), buf_text(&key->selector),
	    (long long)request->now_s);
	if (request->expire_s > 0)
		buf_format(&field, " x=%lld;",
		    (long long)(request->now_s + request->expire_s));
	signer_put_names(request->header, false, &field);
	signer_put_body_hash(s, request->header->body, &field);
	buf_append_text(&field, "\r\n\tb=");
	signer_begin(s);
	signer_hash_names(s, fields, buf_slice(&field));
	result = signer_end(s, key, &field);
	buf_append_slice(out, buf_slice(&field));
	buf_free(&field);
	return result;
}

int
signer_sign(struct signer *s, const struct signer_request *request,
    struct buf *out, struct err *err)
{
	struct signed_header fields;
	int result = 0;

	if (signer_check(request, err) < 0)
		return -1;
	s->body_is_hashed = false;
	signed_header_init(&fields, request->header);
	for (size_t i = 0; i < request->keys->n && result == 0; i++) {
		struct signing_key *key = &request->keys->items[i];

		if (slice_equal(buf_slice(&key->domain), request->domain))
			result = sign_once(s, request, &fields, key, out);
	}
	signed_header_free(&fields);
	return result == 0 ? 0 : err_set(err, ERR_SYSTEM,
	    "OpenSSL cannot sign with a key of '%.*s'",
	    SLICE_ARG(request->domain));
}
