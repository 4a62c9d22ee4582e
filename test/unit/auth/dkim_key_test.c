/* SPDX-License-Identifier: ISC */
#include "auth/dkim_key.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "mail/encoding.h"
#include "unit.h"

/* RFC 8463, A.2 */
#define ED "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static void
reads_key_records(void)
{
	static const struct {
		const char *record, *why; /* NULL: a key */
	} rows[] = {
	    {"v=DKIM1; k=ed25519; p=" ED, NULL},
	    {"k=ed25519; p=" ED, NULL},
	    {"v=DKIM1; p=", NULL},
	    {"k=ed25519; v=DKIM1; p=" ED,
		"the key record's v= is not DKIM1, or not first"},
	    {"v=DKIM2; p=", "the key record's v= is not DKIM1, or not first"},
	    {"v=DKIM1; k=dsa; p=" ED, "the key type is not known"},
	    {"v=DKIM1; k=ed25519", "the key record has no p="},
	    {"v=DKIM1; k=ed25519; p=%", "p= is not base64"},
	    {"v=DKIM1; k=ed25519; p=Zm9v", "the key is no Ed25519 public key"},
	    {"v=DKIM1; p=Zm9v", "the key is no RSA public key"},
	    {"v=DKIM1; k=rsa; omgwhatsgoingon",
		"the key record is no tag list"},
	    {"", "the key record is no tag list"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dkim_key key;
		const char *why = NULL;
		int got = dkim_key_parse(&key, slice_text(rows[i].record),
		    &why);

		EXPECT_NUMBER(rows[i].record, rows[i].why == NULL ? 0 : -1,
		    got);
		EXPECT_SLICE(rows[i].record, slice_text(rows[i].why),
		    got < 0 ? slice_text(why) : SLICE_NONE);
		if (got == 0)
			dkim_key_free(&key);
	}
}

static void
knows_what_a_key_is_for(void)
{
	struct dkim_key key;
	const char *why;

	EXPECT(dkim_key_parse(&key, SLICE("v=DKIM1; k=ed25519; t=y:s;"
	    " s=other; h=sha1; p=" ED), &why) == 0);
	EXPECT(key.testing && key.strict_identity);
	EXPECT(!key.for_email && !key.takes_sha256 && !key.revoked);
	EXPECT_NUMBER("bits", 256, key.bits);
	dkim_key_free(&key);
	EXPECT(dkim_key_parse(&key, SLICE("v=DKIM1; s=a:*; h=sha1:sha256;"
	    " p="), &why) == 0);
	EXPECT(key.for_email && key.takes_sha256 && key.revoked);
	EXPECT(key.powers == NULL);
	dkim_key_free(&key);
}

static void
keeps_keys_by_their_record(void)
{
	struct dkim_key_cache *cache = dkim_key_cache_new();
	struct slice record = SLICE("k=ed25519; p=" ED);
	const char *why;
	struct dkim_key *one = dkim_key_cache_get(cache, record, &why);

	EXPECT(one != NULL);
	EXPECT(dkim_key_cache_get(cache, record, &why) == one);
	EXPECT(dkim_key_cache_get(cache, SLICE("p=%"), &why) == NULL);
	dkim_key_cache_free(cache);
}

/* The identity as key makes 0 a signature of anything, by the equation of RFC
 * 8032, 5.1.7 alone. */
static void
takes_no_signature_of_a_key_of_small_order(void)
{
	const unsigned char digest[32] = {1}, signature[64] = {1};
	struct dkim_key key;
	const char *why;

	EXPECT(dkim_key_parse(&key, SLICE("k=ed25519; "
	    "p=AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), &why) == 0);
	EXPECT(!dkim_key_verify(&key, digest, slice_of(signature, 64)));
	EXPECT(!dkim_key_verify(&key, digest, slice_of(signature, 63)));
	EXPECT(!dkim_key_verify(&key, digest, SLICE_NONE));
	dkim_key_free(&key);
	EXPECT(dkim_key_parse(&key, SLICE("k=ed25519; p="), &why) == 0);
	EXPECT(!dkim_key_verify(&key, digest, slice_of(signature, 64)));
	dkim_key_free(&key);
}

static void
read_key_of(EVP_PKEY *pair, struct dkim_key *key)
{
	struct buf record = BUF_INIT;
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(pair, &der);
	const char *why = NULL;

	EXPECT(n > 0);
	buf_append_text(&record, "p=");
	base64_encode(slice_of(der, (size_t)n), 0, &record);
	EXPECT(dkim_key_parse(key, buf_slice(&record), &why) == 0);
	buf_free(&record);
	OPENSSL_free(der);
}

static struct slice
sign(EVP_PKEY *pair, int padding, const unsigned char *p, size_t n,
    unsigned char out[512])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pair, NULL);
	size_t size = 512;

	EXPECT(EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, padding) == 1);
	if (padding == RSA_PKCS1_PADDING)
		EXPECT(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1);
	EXPECT(EVP_PKEY_sign(ctx, out, &size, p, n) == 1);
	EVP_PKEY_CTX_free(ctx);
	return slice_of(out, size);
}

static void
verifies_rsa_of_many_lengths(void)
{
	static const unsigned bits[] = {1024, 1031, 2048};
	const unsigned char digest[32] = {1, 2, 3}, other[32] = {1, 2, 4};
	unsigned char octets[513];

	for (size_t i = 0; i < sizeof(bits) / sizeof(*bits); i++) {
		EVP_PKEY *pair = EVP_RSA_gen(bits[i]);
		struct dkim_key key;
		struct slice signature;

		read_key_of(pair, &key);
		EXPECT_NUMBER("bits", bits[i], key.bits);
		signature = sign(pair, RSA_PKCS1_PADDING, digest, 32, octets);
		EXPECT(dkim_key_verify(&key, digest, signature));
		EXPECT(!dkim_key_verify(&key, other, signature));
		EXPECT(!dkim_key_verify(&key, digest, SLICE_NONE));
		EXPECT(!dkim_key_verify(&key, digest, slice_part(signature, 0,
		    signature.n - 1)));
		octets[signature.n] = 0;
		EXPECT(!dkim_key_verify(&key, digest, slice_of(octets,
		    signature.n + 1)));
		octets[signature.n / 2] ^= 1;
		EXPECT(!dkim_key_verify(&key, digest, signature));
		memset(octets, 0xff, sizeof(octets)); /* over the modulus */
		EXPECT(!dkim_key_verify(&key, digest, signature));
		memset(octets, 0, sizeof(octets));
		EXPECT(!dkim_key_verify(&key, digest, signature));
		dkim_key_free(&key);
		EVP_PKEY_free(pair);
	}
}

/* What Bleichenbacher's forgery of 2006 and its kin look like, signed with the
 * real key: short padding and octets behind the digest, an algorithm without
 * its NULL, a wrong first octet. */
static void
takes_no_other_encoding_of_a_digest(void)
{
	static const unsigned char head[] = {0x30, 0x31, 0x30, 0x0d, 0x06,
	    0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
	    0x00, 0x04, 0x20}, no_null[] = {0x30, 0x2f, 0x30, 0x0b, 0x06,
	    0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04,
	    0x20};
	const unsigned char digest[32] = {9};
	EVP_PKEY *pair = EVP_RSA_gen(1024);
	unsigned char text[128], octets[512];
	struct dkim_key key;

	read_key_of(pair, &key);
	memset(text, 0xff, sizeof(text));
	text[0] = 0;
	text[1] = 1;
	text[128 - 32 - sizeof(head) - 1] = 0;
	memcpy(text + 128 - 32 - sizeof(head), head, sizeof(head));
	memcpy(text + 96, digest, 32);
	EXPECT(dkim_key_verify(&key, digest, sign(pair, RSA_NO_PADDING, text,
	    sizeof(text), octets)));
	text[1] = 2;
	EXPECT(!dkim_key_verify(&key, digest, sign(pair, RSA_NO_PADDING, text,
	    sizeof(text), octets)));
	text[1] = 1;
	text[10] = 0;
	memcpy(text + 11, head, sizeof(head));
	memcpy(text + 11 + sizeof(head), digest, 32);
	memset(text + 11 + sizeof(head) + 32, 'x',
	    128 - 11 - sizeof(head) - 32);
	EXPECT(!dkim_key_verify(&key, digest, sign(pair, RSA_NO_PADDING, text,
	    sizeof(text), octets)));
	memset(text + 2, 0xff, sizeof(text) - 2);
	text[128 - 32 - sizeof(no_null) - 1] = 0;
	memcpy(text + 128 - 32 - sizeof(no_null), no_null, sizeof(no_null));
	memcpy(text + 96, digest, 32);
	EXPECT(!dkim_key_verify(&key, digest, sign(pair, RSA_NO_PADDING, text,
	    sizeof(text), octets)));
	dkim_key_free(&key);
	EVP_PKEY_free(pair);
}

int
main(void)
{
	UNIT_RUN(verifies_rsa_of_many_lengths);
	UNIT_RUN(takes_no_other_encoding_of_a_digest);
	UNIT_RUN(reads_key_records);
	UNIT_RUN(knows_what_a_key_is_for);
	UNIT_RUN(keeps_keys_by_their_record);
	UNIT_RUN(takes_no_signature_of_a_key_of_small_order);
	return UNIT_RESULT;
}
