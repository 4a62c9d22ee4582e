/* SPDX-License-Identifier: ISC */
/*
 * Sealed secrets of accounts.
 */
#include "store/account_secret.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/document.h"
#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/secret.h"
#include "crypto/key_file.h"
#include "mail/address.h"

#define WHAT "file of an account's secrets"
#define DATA "fe-account/1"
#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES
#define FILE_MAX (2 * ACCOUNT_SECRET_MAX + 1024)

static const char *
document_path(struct buf *path, const char *name)
{
	struct slice local, domain;

	if (address_split(slice_text(name), &local, &domain) < 0)
		local = domain = SLICE_NONE;
	return home_file(path, "secrets/%.*s/%.*s.json", SLICE_ARG(domain),
	    SLICE_ARG(local));
}

static void
associated_data(struct buf *out, const char *name)
{
	buf_append(out, DATA, sizeof(DATA)); /* with its NUL */
	buf_append_text(out, name);
}

struct account_secret *
account_secret_new(void)
{
	return secret_alloc(sizeof(struct account_secret));
}

void
account_secret_free(struct account_secret *secret)
{
	if (secret != NULL)
		secret_free(secret->kept);
	secret_free(secret);
}

/* Moves text out of the heap into the arena. */
static char *
move_to_arena(char *text)
{
	size_t n = strlen(text);
	char *copy = secret_alloc(n + 1);

	memcpy(copy, text, n);
	explicit_bzero(text, n);
	free(text);
	return copy;
}

/* The clear text into a struct. */
static int
parse_clear(struct account_secret **secret, struct slice text,
    const char *path, struct err *err)
{
	static const char *const known[] = {"fe", "password", NULL};
	struct account_secret *s;
	struct slice password;
	char *kept = NULL;

	if (document_check(text, path, WHAT, err) < 0)
		return -1;
	password = json_plain(json_get(text, "password"));
	if (password.n >= PASSWORD_HASH_SIZE ||
	    document_kept(text, known, &kept) < 0)
		return document_fault(path, WHAT, "its content is odd", err);
	s = account_secret_new();
	if (password.n > 0)
		memcpy(s->password, password.p, password.n);
	if (kept != NULL)
		s->kept = move_to_arena(kept);
	*secret = s;
	return 1;
}

/* While account.key is exchanged (crypto/key_file.h) a file is sealed under
 * the one or the other; looked at thrice, since one may take the other's place
 * between two looks.  1, 0 no key opens it, -1. */
static int
open_with_keys(struct slice octets, struct slice data,
    const unsigned char *nonce, unsigned char *clear, struct err *err)
{
	int result = 0;

	for (int look = 0; look < 3 && result == 0; look++) {
		unsigned char *key = NULL;

		if (key_file_read("account", look == 1, &key, err) < 0) {
			if (look == 0)
				return -1;
			err_clear(err);
			continue;
		}
		if (crypto_aead_xchacha20poly1305_ietf_decrypt(clear, NULL,
			NULL, (const unsigned char *)octets.p, octets.n,
			(const unsigned char *)data.p, data.n, nonce,
			key) == 0)
			result = 1;
		secret_free(key);
	}
	return result;
}

/* Opens the box of a file; `octets' is what the hex digits are decoded to. */
static int
open_box(struct account_secret **secret, struct slice text, const char *name,
    const char *path, struct err *err)
{
	struct slice box = json_plain(json_get(text, "box"));
	size_t n = box.n / 2;
	unsigned char nonce[NONCE_SIZE], *octets = NULL, *clear = NULL;
	struct buf data = BUF_INIT;
	int result = -1, opened;

	if (n < TAG_SIZE || n > ACCOUNT_SECRET_MAX + TAG_SIZE)
		return document_fault(path, WHAT, "'box' is of no size", err);
	octets = mem_alloc(n);
	if (hex_decode(json_plain(json_get(text, "nonce")), nonce,
		NONCE_SIZE) < 0 || hex_decode(box, octets, n) < 0) {
		document_fault(path, WHAT, "'nonce' or 'box' is no hex", err);
		goto out;
	}
	associated_data(&data, name);
	clear = secret_alloc(n);
	opened = open_with_keys(slice_of(octets, n), buf_slice(&data), nonce,
	    clear, err);
	if (opened == 0)
		document_fault(path, WHAT, "it is damaged, or of another "
		    "account, or keys/account.key is another one", err);
	else if (opened > 0)
		result = parse_clear(
		    secret, slice_of(clear, n - TAG_SIZE), path, err);
out:
	buf_free(&data);
	secret_free(clear);
	free(octets);
	return result;
}

int
account_secret_read(struct account_secret **secret, const char *name,
    struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED(FILE_MAX);
	int result = -1;

	*secret = NULL;
	document_path(&path, name);
	if (io_read_file(path.p, &text, err) < 0) {
		if (errno == ENOENT || errno == ENOTDIR) {
			err_clear(err);
			result = 0;
		}
	} else if (document_check(buf_slice(&text), path.p, WHAT, err) == 0)
		result = open_box(
		    secret, buf_slice(&text), name, path.p, err);
	buf_free(&path);
	buf_free(&text);
	return result;
}

/* {"fe":1,"nonce":...,"box":...} around the clear text. */
static int
seal(struct slice clear, const char *name, bool next, struct buf *out,
    struct err *err)
{
	unsigned char nonce[NONCE_SIZE], *key = NULL, *octets;
	char nonce_text[2 * NONCE_SIZE + 1], *box_text;
	struct json_writer w = JSON_WRITER(out);
	struct buf data = BUF_INIT;
	size_t n = clear.n + TAG_SIZE;

	if (key_file_read("account", next, &key, err) < 0)
		return -1;
	octets = mem_alloc(n);
	box_text = mem_alloc(2 * n + 1);
	random_octets(nonce, sizeof(nonce));
	associated_data(&data, name);
	crypto_aead_xchacha20poly1305_ietf_encrypt(octets, NULL,
	    (const unsigned char *)clear.p, clear.n, (unsigned char *)data.p,
	    data.n, NULL, nonce, key);
	hex_encode(nonce, sizeof(nonce), nonce_text);
	hex_encode(octets, n, box_text);
	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_text(&w, "nonce", nonce_text);
	json_put_text(&w, "box", box_text);
	json_close_object(&w);
	buf_append_char(out, '\n');
	buf_free(&data);
	secret_free(key);
	free(octets);
	free(box_text);
	return w.failed
	    ? err_set(err, ERR_BUG, "cannot write the secrets of '%s'", name)
	    : 0;
}

static int
write_under(const struct account_secret *secret, const char *name, bool next,
    struct err *err)
{
	struct buf path = BUF_INIT, out = BUF_LIMITED(FILE_MAX);
	struct buf clear = BUF_LIMITED(ACCOUNT_SECRET_MAX);
	struct json_writer w = JSON_WRITER(&clear);
	int result = -1;
	char *slash;

	buf_reserve(&clear, 4096 - 1); /* so that growing leaves no copies */
	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_text(&w, "password", secret->password);
	document_put_kept(&w, secret->kept);
	json_close_object(&w);
	slash = strrchr(document_path(&path, name), '/');
	*slash = '\0';
	if (w.failed)
		err_set(err, ERR_BUG, "the secrets of '%s' are too long", name);
	else if (io_make_folders(path.p, 0700, err) == 0 &&
	    seal(buf_slice(&clear), name, next, &out, err) == 0) {
		*slash = '/';
		result = io_replace_file(path.p, buf_slice(&out), 0600, err);
	}
	buf_wipe(&clear);
	buf_free(&path);
	buf_free(&out);
	return result;
}

int
account_secret_write(
    const struct account_secret *secret, const char *name, struct err *err)
{
	return write_under(secret, name, false, err);
}

int
account_secret_reseal(const char *name, struct err *err)
{
	struct account_secret *secret;
	int result = account_secret_read(&secret, name, err);

	if (result > 0 && write_under(secret, name, true, err) < 0)
		result = -1;
	account_secret_free(secret);
	return result;
}

int
account_secret_delete(const char *name, struct err *err)
{
	struct buf path = BUF_INIT;
	int result;

	document_path(&path, name);
	result = io_remove_file(path.p, err);
	buf_free(&path);
	return result;
}
