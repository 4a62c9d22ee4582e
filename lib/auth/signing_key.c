/* SPDX-License-Identifier: ISC */
/* Files of the administrator's; what is wrong with one is said by its name,
 * and nothing is signed with the others: half of the signatures that DNS
 * promises are a fault to be seen at once. */
#include "auth/signing_key.h"

#include <dirent.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "auth/domain.h"
#include "auth/selector.h"
#include "base/home.h"
#include "base/mem.h"

/* Within one tick of its clock a folder can change twice and look the same. */
#define SETTLED_S 2

/* Type and context; -1 for a key that is not of use. */
static int
prepare(struct signing_key *item)
{
	if (private_key_type(item->key, &item->type) < 0)
		return -1;
	if (item->type == DKIM_KEY_ED25519)
		return 0;
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
	item->key = private_key_read(path, err);
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
	if (private_key_lock_memory(err) < 0 ||
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

static void
look_at(struct buf *facts, const char *path, const struct timespec *now)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	buf_format(facts, "%llu %lld.%09ld %lld.%09ld\n",
	    (unsigned long long)st.st_ino, (long long)st.st_mtim.tv_sec,
	    st.st_mtim.tv_nsec, (long long)st.st_ctim.tv_sec,
	    st.st_ctim.tv_nsec);
	if (now->tv_sec - st.st_ctim.tv_sec < SETTLED_S)
		buf_format(facts, "%lld.%09ld\n", (long long)now->tv_sec,
		    now->tv_nsec);
}

/* A folder, what lies in it, and so on for `depth' folders more. */
static void
look_below(struct buf *facts, const char *path, const struct timespec *now,
    int depth)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	struct buf inner = BUF_INIT;

	look_at(facts, path, now);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		buf_truncate(&inner, 0);
		buf_format(&inner, "%s/%s", path, entry->d_name);
		if (depth > 0)
			look_below(facts, inner.p, now, depth - 1);
		else
			look_at(facts, inner.p, now);
	}
	if (folder != NULL)
		closedir(folder);
	buf_free(&inner);
}

void
signing_keys_look(unsigned char seen[SIGNING_KEYS_SEEN])
{
	struct buf path = BUF_INIT, facts = BUF_INIT;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	look_below(&facts, home_file(&path, "keys/dkim"), &now, 1);
	SHA256((const unsigned char *)buf_text(&facts), facts.n, seen);
	buf_free(&path);
	buf_free(&facts);
}

int
signing_keys_read_home(struct signing_keys *keys, struct slice domain,
    const struct option_list *selectors, struct err *err)
{
	struct selectors all = SELECTORS_INIT;
	struct buf path = BUF_INIT;
	int result = selectors_read(&all, domain, selectors, err);

	for (size_t i = 0; i < all.n && result == 0; i++)
		if (all.items[i].state == SELECTOR_ACTIVE)
			result = signing_keys_add(keys,
			    buf_slice(&all.items[i].domain),
			    buf_slice(&all.items[i].name),
			    selector_key_path(&all.items[i], &path), err);
	if (keys->n > 1)
		qsort(keys->items, keys->n, sizeof(*keys->items),
		    compare_keys);
	selectors_free(&all);
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
