/* SPDX-License-Identifier: ISC */
/*
 * The boxes of USER.keys and how they are opened.  Trusts the bounds that
 * keys_file.c checked, and nothing else of the file: a box that does not open
 * under its associated data is damage or an attack, and is said to be.
 */
#include "crypto/keyslot.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/secret.h"
#include "crypto/keyslot_box.h"

#define KEYSLOT_DATA "fe-keyslot/1"

const char *
keyslot_kind_text(enum keyslot_kind kind)
{
	static const char *const texts[] = {"mailbox", "service", "password",
	    "recovery", "app", "backup"};

	return texts[kind];
}

static void
put_text(struct buf *out, const char *text)
{
	size_t n = strlen(text);
	unsigned char length[4] = {(unsigned char)(n >> 24),
	    (unsigned char)(n >> 16), (unsigned char)(n >> 8),
	    (unsigned char)n};

	buf_append(out, length, sizeof(length));
	buf_append(out, text, n);
}

static void
associated_data(const struct mailbox_keys *k, const struct keyslot *slot,
    struct buf *out)
{
	put_text(out, KEYSLOT_DATA);
	put_text(out, k->mailbox);
	put_text(out, slot->id);
	put_text(out, keyslot_kind_text(slot->kind));
	put_text(out, slot->key);
}

void
keyslot_seal(const struct mailbox_keys *k, struct keyslot *slot,
    const unsigned char *wrapping, const unsigned char *key)
{
	struct buf data = BUF_INIT;

	associated_data(k, slot, &data);
	random_octets(slot->nonce, sizeof(slot->nonce));
	crypto_aead_xchacha20poly1305_ietf_encrypt(slot->box, NULL, key,
	    KEY_SIZE, (const unsigned char *)data.p, data.n, NULL, slot->nonce,
	    wrapping);
	buf_free(&data);
}

/* The wrapped key in the arena, or NULL. */
static unsigned char *
box_open(const struct mailbox_keys *k, const struct keyslot *slot,
    const unsigned char *wrapping)
{
	struct buf data = BUF_INIT;
	unsigned char *key = secret_alloc(KEY_SIZE);

	associated_data(k, slot, &data);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(key, NULL, NULL,
		slot->box, sizeof(slot->box), (const unsigned char *)data.p,
		data.n, slot->nonce, wrapping) < 0) {
		secret_free(key);
		key = NULL;
	}
	buf_free(&data);
	return key;
}

unsigned char *
keyslot_derive(const struct keyslot_kdf *kdf, const char *password,
    struct err *err)
{
	unsigned char *key = secret_alloc(KEY_SIZE);

	if (crypto_pwhash(key, KEY_SIZE, password, strlen(password), kdf->salt,
		(unsigned long long)kdf->ops, (size_t)kdf->memory,
		crypto_pwhash_ALG_ARGON2ID13) < 0) {
		err_set(err, ERR_SYSTEM,
		    "cannot get %lld MiB of memory for argon2id",
		    (long long)(kdf->memory >> 20));
		secret_free(key);
		return NULL;
	}
	return key;
}

static void
drop_data_keys(struct mailbox_keys *k)
{
	for (size_t i = 0; i < k->keys_n; i++) {
		secret_free(k->keys[i].key);
		k->keys[i].key = NULL;
	}
}

void
mailbox_keys_free(struct mailbox_keys *k)
{
	drop_data_keys(k);
	secret_free(k->root);
	for (size_t i = 0; i < k->slots_n; i++)
		free(k->slots[i].kept);
	free(k->kept);
	free(k->keys);
	free(k->slots);
	memset(k, 0, sizeof(*k));
}

static const struct keyslot *
slot_of_key(const struct mailbox_keys *k, const char *id)
{
	for (size_t i = 0; i < k->slots_n; i++)
		if (k->slots[i].kind == KEYSLOT_MAILBOX &&
		    strcmp(k->slots[i].key, id) == 0)
			return &k->slots[i];
	return NULL;
}

/* Takes the mailbox key and opens all data keys, or none. */
static int
open_with_root(struct mailbox_keys *k, unsigned char *root, struct err *err)
{
	for (size_t i = 0; i < k->keys_n; i++) {
		const struct keyslot *slot = slot_of_key(k, k->keys[i].id);

		k->keys[i].key = slot == NULL ? NULL : box_open(k, slot, root);
		if (k->keys[i].key == NULL) {
			drop_data_keys(k);
			secret_free(root);
			return err_set(err, ERR_CONFIG, "the keyslot of data "
			    "key '%s' is damaged", k->keys[i].id);
		}
	}
	k->root = root;
	return 0;
}

bool
mailbox_keys_is_unlocked(const struct mailbox_keys *k)
{
	return k->root != NULL;
}

/* 1 unlocked, 0 none of these keys has a slot, -1 damage. */
static int
unlock_with(struct mailbox_keys *k, const struct service_keys *service,
    struct err *err)
{
	bool found = false;

	for (size_t i = 0; i < k->slots_n; i++) {
		const struct keyslot *slot = &k->slots[i];

		if (slot->kind != KEYSLOT_SERVICE)
			continue;
		for (size_t j = 0; j < service->n; j++) {
			unsigned char *root;

			if (strcmp(slot->by, service->items[j].id) != 0)
				continue;
			found = true;
			root = box_open(k, slot, service->items[j].key);
			if (root != NULL)
				return open_with_root(k, root, err) < 0 ?
				    -1 : 1;
		}
	}
	return found ? err_set(err, ERR_CONFIG, "the service keyslot of "
	    "mailbox '%s' does not open: it is damaged, or the service key is "
	    "another one of that name", k->mailbox) : 0;
}

int
mailbox_keys_unlock(struct mailbox_keys *k, const struct service_keys *service,
    struct err *err)
{
	struct service_keys fresh;
	int result;

	if (k->root != NULL)
		return 0;
	result = unlock_with(k, service, err);
	/* The key was rotated since the caller read his. */
	if (result == 0 && service_keys_are_stale(service) &&
	    service_keys_read(&fresh, err) == 0) {
		result = unlock_with(k, &fresh, err);
		service_keys_free(&fresh);
	}
	if (result == 0)
		err_set(err, ERR_CONFIG, "no service key opens mailbox '%s'",
		    k->mailbox);
	return result > 0 ? 0 : -1;
}

int
mailbox_keys_unlock_password(struct mailbox_keys *k, const char *password,
    struct err *err)
{
	if (k->root != NULL)
		return 0;
	for (size_t i = 0; i < k->slots_n; i++) {
		const struct keyslot *slot = &k->slots[i];
		unsigned char *wrapping, *root;

		if (slot->kind != KEYSLOT_PASSWORD &&
		    slot->kind != KEYSLOT_APP)
			continue;
		wrapping = keyslot_derive(&slot->kdf, password, err);
		if (wrapping == NULL)
			return -1;
		root = box_open(k, slot, wrapping);
		secret_free(wrapping);
		if (root != NULL)
			return open_with_root(k, root, err);
	}
	return err_set(
	    err, ERR_USAGE, "that password does not open the mailbox");
}

int
mailbox_keys_unlock_recovery(struct mailbox_keys *k,
    const unsigned char key[KEY_SIZE], struct err *err)
{
	if (k->root != NULL)
		return 0;
	for (size_t i = 0; i < k->slots_n; i++) {
		unsigned char *root;

		if (k->slots[i].kind != KEYSLOT_RECOVERY)
			continue;
		root = box_open(k, &k->slots[i], key);
		if (root != NULL)
			return open_with_root(k, root, err);
	}
	return err_set(
	    err, ERR_USAGE, "that recovery key does not open the mailbox");
}

int
mailbox_keys_unlock_backup(struct mailbox_keys *k, const char *by,
    const unsigned char key[KEY_SIZE], struct err *err)
{
	if (k->root != NULL)
		return 0;
	for (size_t i = 0; i < k->slots_n; i++) {
		const struct keyslot *slot = &k->slots[i];
		unsigned char *root;

		if (slot->kind != KEYSLOT_BACKUP || strcmp(slot->by, by) != 0)
			continue;
		root = box_open(k, slot, key);
		if (root != NULL)
			return open_with_root(k, root, err);
	}
	return err_set(err, ERR_CONFIG,
	    "no backup keyslot opens mailbox '%s'", k->mailbox);
}

const struct data_key *
mailbox_keys_current(const struct mailbox_keys *k)
{
	return &k->keys[0];
}

const struct data_key *
mailbox_keys_find(const struct mailbox_keys *k, const char *id)
{
	for (size_t i = 0; i < k->keys_n; i++)
		if (strcmp(k->keys[i].id, id) == 0)
			return &k->keys[i];
	return NULL;
}

bool
mailbox_keys_has(const struct mailbox_keys *k, enum keyslot_kind kind)
{
	for (size_t i = 0; i < k->slots_n; i++)
		if (k->slots[i].kind == kind)
			return true;
	return false;
}
