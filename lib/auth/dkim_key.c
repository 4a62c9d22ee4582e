/* SPDX-License-Identifier: ISC */
/*
 * Key records are hostile: our own small DER reader takes exactly the two
 * shapes there are (RFC 6376, 3.6.1 says SubjectPublicKeyInfo and shows
 * RSAPublicKey; both are in use).
 */
#include "auth/dkim_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "auth/tag_list.h"
#include "base/id.h"
#include "base/mem.h"
#include "mail/encoding.h"

#define KEY_OCTETS_MAX 4096
#define EXPONENT_OCTETS_MAX 8

enum { DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_SEQUENCE = 0x30 };

/* Takes one element of this tag off *rest; its content, or none. */
static struct slice
der_take(struct slice *rest, unsigned char tag)
{
	const unsigned char *p = (const unsigned char *)rest->p;
	struct slice content;
	size_t head = 2, n;

	if (rest->n < 2 || p[0] != tag)
		return SLICE_NONE;
	n = p[1];
	if (n >= 0x80) {
		size_t octets = n & 0x7f;

		if (octets < 1 || octets > 2 || rest->n < 2 + octets)
			return SLICE_NONE;
		n = octets == 1 ? p[2] : (size_t)(p[2] << 8 | p[3]);
		head += octets;
	}
	if (n > rest->n - head)
		return SLICE_NONE;
	content = slice_part(*rest, head, head + n);
	*rest = slice_part(*rest, head + n, rest->n);
	return content;
}

/* The RSAPublicKey within a SubjectPublicKeyInfo, or der itself. */
static struct slice
rsa_public_key(struct slice der)
{
	static const char rsa_encryption[] =
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
	struct slice rest = der, outer = der_take(&rest, DER_SEQUENCE);
	struct slice algorithm, bits;

	if (outer.n == 0 || (unsigned char)outer.p[0] != DER_SEQUENCE)
		return der;
	algorithm = der_take(&outer, DER_SEQUENCE);
	if (!slice_starts(algorithm, rsa_encryption))
		return SLICE_NONE;
	bits = der_take(&outer, DER_BIT_STRING);
	if (bits.n < 1 || bits.p[0] != 0)
		return SLICE_NONE;
	return slice_part(bits, 1, bits.n);
}

static EVP_PKEY *
build_rsa(struct slice n, struct slice e)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *modulus = BN_bin2bn((const unsigned char *)n.p, (int)n.n, NULL);
	BIGNUM *exponent = BN_bin2bn((const unsigned char *)e.p, (int)e.n,
	    NULL);
	OSSL_PARAM *parameters = NULL;
	EVP_PKEY *key = NULL;

	if (builder != NULL && ctx != NULL && modulus != NULL &&
	    exponent != NULL &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) &&
	    (parameters = OSSL_PARAM_BLD_to_param(builder)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) > 0)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, parameters);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(ctx);
	BN_free(modulus);
	BN_free(exponent);
	return key;
}

static EVP_PKEY_CTX *
prepare_rsa(EVP_PKEY *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

	if (ctx != NULL && EVP_PKEY_verify_init(ctx) > 0 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) > 0)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static struct slice
without_zeros(struct slice number)
{
	while (number.n > 0 && number.p[0] == 0)
		number = slice_part(number, 1, number.n);
	return number;
}

static int
load_rsa(struct dkim_key *key, struct slice der, const char **why)
{
	struct slice rest = rsa_public_key(der), n, e;
	struct slice inner = der_take(&rest, DER_SEQUENCE);
	unsigned char top;

	*why = "the key is no RSA public key";
	n = without_zeros(der_take(&inner, DER_INTEGER));
	e = without_zeros(der_take(&inner, DER_INTEGER));
	if (n.n == 0 || e.n == 0)
		return -1;
	key->bits = (unsigned)n.n * 8;
	for (top = (unsigned char)n.p[0]; (top & 0x80) == 0;
	    top = (unsigned char)(top << 1))
		key->bits--;
	*why = "the RSA key is over 8192 bits";
	if (key->bits > DKIM_KEY_BITS_MAX)
		return -1;
	*why = "the RSA key's exponent is over 64 bits";
	if (e.n > EXPONENT_OCTETS_MAX)
		return -1;
	/* A short key is refused by its length; OpenSSL takes 512 and more. */
	if (key->bits < DKIM_KEY_BITS_MIN)
		return 0;
	*why = "OpenSSL refuses the RSA key";
	key->key = build_rsa(n, e);
	if (key->key == NULL)
		return -1;
	key->rsa = prepare_rsa(key->key);
	return key->rsa != NULL ? 0 : -1;
}

static int
load_ed25519(struct dkim_key *key, struct slice octets, const char **why)
{
	*why = "the key is no Ed25519 public key";
	key->bits = 256;
	if (octets.n != 32)
		return -1;
	key->key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    (const unsigned char *)octets.p, octets.n);
	return key->key != NULL ? 0 : -1;
}

static int
load_key(struct dkim_key *key, struct slice base64, const char **why)
{
	struct buf octets = BUF_LIMITED(KEY_OCTETS_MAX);
	int result;

	*why = "p= is not base64";
	result = base64_decode_strict(base64, true, &octets);
	if (result == 0 && octets.n == 0)
		key->revoked = true;
	else if (result == 0 && key->type == DKIM_KEY_RSA)
		result = load_rsa(key, buf_slice(&octets), why);
	else if (result == 0)
		result = load_ed25519(key, buf_slice(&octets), why);
	buf_free(&octets);
	return result;
}

int
dkim_key_parse(struct dkim_key *key, struct slice record, const char **why)
{
	struct tag_list tags;
	struct slice type, p, value;

	*key = (struct dkim_key){.type = DKIM_KEY_RSA};
	*why = "the key record is no tag list";
	if (tag_list_parse(&tags, record) < 0)
		return -1;
	value = tag_list_get(&tags, "v");
	*why = "the key record's v= is not DKIM1, or not first";
	if (value.p != NULL && (!slice_is(value, "DKIM1") ||
	    !slice_is(tags.tags[0].name, "v")))
		return -1;
	type = tag_list_get(&tags, "k");
	*why = "the key type is not known";
	if (type.p != NULL && slice_is(type, "ed25519"))
		key->type = DKIM_KEY_ED25519;
	else if (type.p != NULL && !slice_is(type, "rsa"))
		return -1;
	p = tag_list_get(&tags, "p");
	*why = "the key record has no p=";
	if (p.p == NULL)
		return -1;
	value = tag_list_get(&tags, "h");
	key->takes_sha256 = value.p == NULL || tag_value_has(value, "sha256");
	value = tag_list_get(&tags, "s");
	key->for_email = value.p == NULL || tag_value_has(value, "*") ||
	    tag_value_has(value, "email");
	value = tag_list_get(&tags, "t");
	key->testing = tag_value_has(value, "y");
	key->strict_identity = tag_value_has(value, "s");
	if (load_key(key, p, why) == 0)
		return 0;
	dkim_key_free(key);
	return -1;
}

void
dkim_key_free(struct dkim_key *key)
{
	EVP_PKEY_CTX_free(key->rsa);
	EVP_PKEY_free(key->key);
	key->rsa = NULL;
	key->key = NULL;
}

struct cached_key {
	char *record;
	size_t record_n;
	struct dkim_key key;
};

struct dkim_key_cache {
	struct cached_key slots[DKIM_KEY_CACHE_SIZE];
	uint64_t secret;
};

struct dkim_key_cache *
dkim_key_cache_new(void)
{
	struct dkim_key_cache *cache = mem_zalloc(sizeof(*cache));

	random_octets(&cache->secret, sizeof(cache->secret));
	return cache;
}

static void
empty_slot(struct cached_key *slot)
{
	if (slot->record != NULL)
		dkim_key_free(&slot->key);
	free(slot->record);
	slot->record = NULL;
}

void
dkim_key_cache_free(struct dkim_key_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < DKIM_KEY_CACHE_SIZE; i++)
		empty_slot(&cache->slots[i]);
	free(cache);
}

struct dkim_key *
dkim_key_cache_get(struct dkim_key_cache *cache, struct slice record,
    const char **why)
{
	uint64_t h = cache->secret;
	struct cached_key *slot;

	for (size_t i = 0; i < record.n; i++)
		h = (h ^ (unsigned char)record.p[i]) * 0x100000001b3u;
	h ^= h >> 32;
	slot = &cache->slots[h % DKIM_KEY_CACHE_SIZE];
	if (slot->record != NULL && slice_equal(record,
	    slice_of(slot->record, slot->record_n)))
		return &slot->key;
	empty_slot(slot);
	if (dkim_key_parse(&slot->key, record, why) < 0)
		return NULL;
	slot->record = mem_dup(record.p, record.n);
	slot->record_n = record.n;
	return &slot->key;
}
