/* SPDX-License-Identifier: ISC */
/* Files of the administrator's; what is wrong with one is said by its name,
 * and nothing is signed with the others: half of the signatures that DNS
 * promises are a fault to be seen at once. */
#include "auth/signing_key.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/domain.h"
#include "base/home.h"
#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"

#define SECURE_HEAP ((size_t)4 << 20)
#define STATE_FILE_MAX ((size_t)64 << 10)

static int
open_secure_heap(struct err *err)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (CRYPTO_secure_malloc_initialized() ||
	    CRYPTO_secure_malloc_init(SECURE_HEAP, 16) == 1)
		return 0;
	return err_set(err, ERR_SYSTEM, "cannot lock %zu KiB of memory for "
	    "keys (raise LimitMEMLOCK, ulimit -l)", SECURE_HEAP >> 10);
}

static int
check_file(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_errno(err, "cannot open key '%s'", path);
	if ((st.st_mode & 07) != 0)
		return err_set(err, ERR_CONFIG, "key '%s' is open to all "
		    "users: chmod o= it", path);
	return 0;
}

static EVP_PKEY *
read_pem(const char *path, struct err *err)
{
	EVP_PKEY *key;
	BIO *file;

	if (check_file(path, err) < 0)
		return NULL;
	file = BIO_new_file(path, "r");
	if (file == NULL) {
		err_errno(err, "cannot open key '%s'", path);
		ERR_clear_error();
		return NULL;
	}
	/* A password would be asked for on the terminal. */
	key = PEM_read_bio_PrivateKey(file, NULL, NULL,
	    (void *)(uintptr_t)"");
	if (key == NULL)
		err_set(err, ERR_CONFIG, "'%s' holds no private key in PEM",
		    path);
	BIO_free(file);
	ERR_clear_error();
	return key;
}

/* Type and context; -1 for a key that is not of use. */
static int
prepare(struct signing_key *item)
{
	int bits = EVP_PKEY_bits(item->key);

	if (EVP_PKEY_is_a(item->key, "ED25519")) {
		item->type = DKIM_KEY_ED25519;
		return 0;
	}
	item->type = DKIM_KEY_RSA;
	if (!EVP_PKEY_is_a(item->key, "RSA") || bits < DKIM_KEY_BITS_MIN ||
	    bits > SIGNING_KEY_BITS_MAX)
		return -1;
	item->rsa = EVP_PKEY_CTX_new(item->key, NULL);
	return item->rsa != NULL && EVP_PKEY_sign_init(item->rsa) > 0 &&
	    EVP_PKEY_CTX_set_rsa_padding(item->rsa, RSA_PKCS1_PADDING) > 0 &&
	    EVP_PKEY_CTX_set_signature_md(item->rsa, EVP_sha256()) > 0 ? 0 :
	    -1;
}

static void
free_key(struct signing_key *item)
{
	EVP_PKEY_CTX_free(item->rsa);
	EVP_PKEY_free(item->key);
	buf_free(&item->domain);
	buf_free(&item->selector);
}

static int
fill(struct signing_key *item, struct slice domain, struct slice selector,
    const char *path, struct err *err)
{
	if (domain_to_ascii(domain, &item->domain) < 0)
		return err_set(err, ERR_USAGE, "'%.*s' is no domain name",
		    SLICE_ARG(domain));
	if (domain_to_ascii(selector, &item->selector) < 0)
		return err_set(err, ERR_USAGE, "'%.*s' is no selector",
		    SLICE_ARG(selector));
	item->key = read_pem(path, err);
	if (item->key == NULL)
		return -1;
	if (prepare(item) < 0)
		return err_set(err, ERR_CONFIG, "the key in '%s' is neither "
		    "RSA of %d to %d bits nor Ed25519", path,
		    DKIM_KEY_BITS_MIN, SIGNING_KEY_BITS_MAX);
	return 0;
}

int
signing_keys_add(struct signing_keys *keys, struct slice domain,
    struct slice selector, const char *path, struct err *err)
{
	struct signing_key item = {.domain = BUF_LIMITED(DOMAIN_SIZE_MAX),
	    .selector = BUF_LIMITED(DOMAIN_SIZE_MAX)};

	if (keys->n == SIGNING_KEYS_MAX)
		return err_set(err, ERR_CONFIG, "more than %d keys",
		    SIGNING_KEYS_MAX);
	if (open_secure_heap(err) < 0 ||
	    fill(&item, domain, selector, path, err) < 0) {
		free_key(&item);
		return -1;
	}
	keys->items = mem_array(keys->items, keys->n + 1,
	    sizeof(*keys->items));
	keys->items[keys->n++] = item;
	return 0;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct signing_key *x = a, *y = b;
	int order = slice_compare(buf_slice(&x->domain),
	    buf_slice(&y->domain));

	if (order == 0)
		order = (int)x->type - (int)y->type;
	return order != 0 ? order : slice_compare(buf_slice(&x->selector),
	    buf_slice(&y->selector));
}

/* 1: the JSON beside a key says that it is active; -1 and err. */
static int
is_active(const char *path, struct err *err)
{
	struct buf text = BUF_LIMITED(STATE_FILE_MAX);
	int active = -1;

	if (io_read_file(path, &text, err) < 0)
		active = -1;
	else if (json_check(buf_slice(&text), err) < 0)
		err_prefix(err, "'%s'", path);
	else
		active = json_string_is(json_get(buf_slice(&text), "state"),
		    "active");
	buf_free(&text);
	return active;
}

struct reading {
	struct signing_keys *keys;
	const struct option_list *selectors;
};

static bool
is_wanted(const struct option_list *selectors, struct slice name)
{
	for (size_t i = 0; i < selectors->n; i++)
		if (slice_case_is(name, selectors->items[i]))
			return true;
	return selectors->n == 0;
}

/* One entry of a domain's folder. */
static int
add_entry(struct reading *reading, struct slice domain, struct slice name,
    struct err *err)
{
	struct buf path = BUF_INIT;
	struct slice selector;
	int result = 0;

	if (!slice_ends(name, ".pem") || !home_name_is_valid(name))
		return 0;
	selector = slice_part(name, 0, name.n - 4);
	if (!is_wanted(reading->selectors, selector))
		return 0;
	home_file(&path, "keys/dkim/%.*s/%.*s.json", SLICE_ARG(domain),
	    SLICE_ARG(selector));
	result = is_active(buf_text(&path), err);
	if (result > 0) {
		home_file(&path, "keys/dkim/%.*s/%.*s", SLICE_ARG(domain),
		    SLICE_ARG(name));
		result = signing_keys_add(reading->keys, domain, selector,
		    buf_text(&path), err);
	}
	buf_free(&path);
	return result;
}

static int
read_folder(struct reading *reading, const char *path,
    int (*each)(struct reading *, struct slice, struct slice, struct err *),
    struct slice domain, struct err *err)
{
	struct dirent *entry;
	DIR *folder = opendir(path);
	int result = 0;

	if (folder == NULL)
		return errno == ENOENT || errno == ENOTDIR ? 0 :
		    err_errno(err, "cannot open '%s'", path);
	while (result == 0 && (entry = readdir(folder)) != NULL)
		result = each(reading, domain, slice_text(entry->d_name), err);
	closedir(folder);
	return result;
}

static int
add_domain(struct reading *reading, struct slice domain, struct slice name,
    struct err *err)
{
	struct buf path = BUF_INIT;
	int result;

	(void)domain;
	if (!home_name_is_valid(name))
		return 0;
	home_file(&path, "keys/dkim/%.*s", SLICE_ARG(name));
	result = read_folder(reading, buf_text(&path), add_entry, name, err);
	buf_free(&path);
	return result;
}

int
signing_keys_read_home(struct signing_keys *keys, struct slice domain,
    const struct option_list *selectors, struct err *err)
{
	struct reading reading = {keys, selectors};
	struct buf path = BUF_INIT;
	int result;

	if (domain.p != NULL)
		result = add_domain(&reading, SLICE_NONE, domain, err);
	else
		result = read_folder(&reading, home_file(&path, "keys/dkim"),
		    add_domain, SLICE_NONE, err);
	if (keys->n > 1)
		qsort(keys->items, keys->n, sizeof(*keys->items),
		    compare_keys);
	buf_free(&path);
	return result;
}

void
signing_keys_free(struct signing_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		free_key(&keys->items[i]);
	free(keys->items);
	*keys = (struct signing_keys)SIGNING_KEYS_INIT;
}

struct slice
signing_keys_domain(const struct signing_keys *keys, struct slice name)
{
	while (name.p != NULL) {
		for (size_t i = 0; i < keys->n; i++)
			if (slice_case_equal(name,
			    buf_slice(&keys->items[i].domain)))
				return buf_slice(&keys->items[i].domain);
		slice_cut(&name, '.');
	}
	return SLICE_NONE;
}

int
signing_key_sign(struct signing_key *key, const unsigned char digest[32],
    unsigned char out[SIGNATURE_MAX])
{
	size_t n = SIGNATURE_MAX;
	EVP_MD_CTX *ctx;
	bool done;

	if (key->type == DKIM_KEY_RSA)
		return EVP_PKEY_sign(key->rsa, out, &n, digest, 32) == 1 ?
		    (int)n : -1;
	ctx = EVP_MD_CTX_new();
	done = ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL,
	    key->key) == 1 && EVP_DigestSign(ctx, out, &n, digest, 32) == 1;
	EVP_MD_CTX_free(ctx);
	return done ? (int)n : -1;
}
