/* SPDX-License-Identifier: ISC */
/*
 * Key records are hostile: our own small DER reader takes exactly the two
 * shapes there are (RFC 6376, 3.6.1 says SubjectPublicKeyInfo and shows
 * RSAPublicKey; both are in use).  A signature is verified with OpenSSL's
 * numbers rather than its EVP, which looks for an implementation first: a
 * process that verifies one message spends a millisecond on that.
 */
#include "auth/dkim_key.h"

#include <openssl/bn.h>
#include <sodium.h>
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

static int
build_rsa(struct dkim_key *key, struct slice n, struct slice e)
{
	BN_CTX *scratch = BN_CTX_new();
	int result = -1;

	key->modulus = BN_bin2bn((const unsigned char *)n.p, (int)n.n, NULL);
	key->exponent = BN_bin2bn((const unsigned char *)e.p, (int)e.n, NULL);
	key->powers = BN_MONT_CTX_new();
	if (scratch != NULL && key->modulus != NULL &&
	    key->exponent != NULL && key->powers != NULL &&
	    BN_is_odd(key->modulus) &&
	    BN_MONT_CTX_set(key->powers, key->modulus, scratch) == 1)
		result = 0;
	BN_CTX_free(scratch);
	return result;
}

/* RFC 8017, 9.2: the digest as a signature has it, of n octets. */
static void
encode_digest(const unsigned char digest[32], unsigned char *out, size_t n)
{
	static const unsigned char sha256[] = {0x30, 0x31, 0x30, 0x0d, 0x06,
	    0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
	    0x00, 0x04, 0x20};
	size_t padding = n - 3 - sizeof(sha256) - 32;

	out[0] = 0;
	out[1] = 1;
	memset(out + 2, 0xff, padding);
	out[2 + padding] = 0;
	memcpy(out + 3 + padding, sha256, sizeof(sha256));
	memcpy(out + n - 32, digest, 32);
}

/* RFC 8017, 8.2.2: what the signature holds is compared whole, not parsed. */
static bool
verify_rsa(const struct dkim_key *key, const unsigned char digest[32],
    struct slice signature)
{
	unsigned char wanted[DKIM_KEY_BITS_MAX / 8];
	unsigned char held[DKIM_KEY_BITS_MAX / 8];
	int n = (int)(key->bits + 7) / 8;
	BN_CTX *scratch = BN_CTX_new();
	BIGNUM *number = BN_bin2bn((const unsigned char *)signature.p,
	    (int)signature.n, NULL);
	bool good = signature.n == (size_t)n && scratch != NULL &&
	    number != NULL && BN_ucmp(number, key->modulus) < 0 &&
	    BN_mod_exp_mont(number, number, key->exponent, key->modulus,
	    scratch, key->powers) == 1 && BN_bn2binpad(number, held, n) == n;

	BN_free(number);
	BN_CTX_free(scratch);
	if (!good)
		return false;
	encode_digest(digest, wanted, (size_t)n);
	return memcmp(wanted, held, (size_t)n) == 0;
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
	return build_rsa(key, n, e);
}

static int
load_ed25519(struct dkim_key *key, struct slice octets, const char **why)
{
	*why = "the key is no Ed25519 public key";
	key->bits = 256;
	if (octets.n != sizeof(key->ed25519) || sodium_init() < 0)
		return -1;
	memcpy(key->ed25519, octets.p, octets.n);
	return 0;
}

/* libsodium takes half the time of OpenSSL for Ed25519, and no key of small
 * order. */
bool
dkim_key_verify(struct dkim_key *key, const unsigned char digest[32],
    struct slice signature)
{
	const unsigned char *p = (const unsigned char *)signature.p;

	if (key->revoked)
		return false;
	if (key->type == DKIM_KEY_RSA)
		return key->powers != NULL &&
		    verify_rsa(key, digest, signature);
	/* RFC 8463, 3: Ed25519 signs the SHA-256 hash. */
	return signature.n == crypto_sign_BYTES &&
	    crypto_sign_verify_detached(p, digest, 32, key->ed25519) == 0;
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
	BN_MONT_CTX_free(key->powers);
	BN_free(key->modulus);
	BN_free(key->exponent);
	key->powers = NULL;
	key->modulus = key->exponent = NULL;
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
