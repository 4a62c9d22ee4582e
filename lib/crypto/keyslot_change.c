/* SPDX-License-Identifier: ISC */
/*
 * Keyslots made, replaced and taken away; keys_file.c makes it lasting.  The
 * keys are unlocked.
 */
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/secret.h"
#include "crypto/keyslot_box.h"

static void
make_id(char out[KEY_ID_SIZE])
{
	unsigned char octets[KEY_ID_SIZE / 2];

	random_octets(octets, sizeof(octets));
	hex_encode(octets, sizeof(octets), out);
}

static unsigned char *
make_key(void)
{
	unsigned char *key = secret_alloc(KEY_SIZE);

	random_octets(key, KEY_SIZE);
	return key;
}

static struct keyslot *
add_slot(struct mailbox_keys *k, enum keyslot_kind kind, const char *by,
    const char *key)
{
	struct keyslot *slot;

	k->slots = mem_array(k->slots, k->slots_n + 1, sizeof(*k->slots));
	slot = &k->slots[k->slots_n++];
	memset(slot, 0, sizeof(*slot));
	make_id(slot->id);
	slot->kind = kind;
	memcpy(slot->by, by, strlen(by) + 1);
	memcpy(slot->key, key, KEY_ID_SIZE);
	return slot;
}

static int
check_room(const struct mailbox_keys *k, struct err *err)
{
	if (k->slots_n >= MAILBOX_SLOTS_MAX)
		return err_set(err, ERR_CONFIG,
		    "a mailbox has at most %d keyslots", MAILBOX_SLOTS_MAX);
	return 0;
}

static void
remove_at(struct mailbox_keys *k, size_t i)
{
	free(k->slots[i].kept);
	memmove(&k->slots[i], &k->slots[i + 1],
	    (k->slots_n - i - 1) * sizeof(*k->slots));
	k->slots_n--;
}

void
mailbox_keys_remove_slot(struct mailbox_keys *k, const char *slot_id)
{
	for (size_t i = k->slots_n; i-- > 0;)
		if (strcmp(k->slots[i].id, slot_id) == 0)
			remove_at(k, i);
}

void
mailbox_keys_remove_kind(
    struct mailbox_keys *k, enum keyslot_kind kind, const char *but)
{
	for (size_t i = k->slots_n; i-- > 0;)
		if (k->slots[i].kind == kind &&
		    (but == NULL || strcmp(k->slots[i].id, but) != 0))
			remove_at(k, i);
}

static void
insert_data_key(struct mailbox_keys *k)
{
	struct data_key *key;

	k->keys = mem_array(k->keys, k->keys_n + 1, sizeof(*k->keys));
	memmove(k->keys + 1, k->keys, k->keys_n * sizeof(*k->keys));
	k->keys_n++;
	for (size_t i = 1; i < k->keys_n; i++)
		k->keys[i].state = DATA_KEY_OLD;
	key = &k->keys[0];
	make_id(key->id);
	key->state = DATA_KEY_CURRENT;
	key->key = make_key();
	keyslot_seal(k, add_slot(k, KEYSLOT_MAILBOX, k->root_id, key->id),
	    k->root, key->key);
}

int
mailbox_keys_make(struct mailbox_keys *k, const struct service_keys *service,
    struct err *err)
{
	memset(k, 0, sizeof(*k));
	make_id(k->mailbox);
	make_id(k->root_id);
	k->root = make_key();
	insert_data_key(k);
	return mailbox_keys_set_service(k, service, err);
}

/* Puts one new slot in the place of all others of its kind. */
static void
replace_kind(struct mailbox_keys *k, enum keyslot_kind kind, const char *by,
    const unsigned char *wrapping)
{
	struct keyslot *slot;

	mailbox_keys_remove_kind(k, kind, NULL);
	slot = add_slot(k, kind, by, k->root_id);
	keyslot_seal(k, slot, wrapping, k->root);
}

int
mailbox_keys_set_service(struct mailbox_keys *k,
    const struct service_keys *service, struct err *err)
{
	struct service_keys fresh = {.n = 0};

	if (service->n == 0)
		return err_set(err, ERR_CONFIG, "there is no service key");
	if (check_room(k, err) < 0)
		return -1;
	/* A slot under a key that was rotated out meanwhile would open for
	 * nobody. */
	if (service_keys_are_stale(service)) {
		if (service_keys_read(&fresh, err) < 0)
			return -1;
		service = &fresh;
	}
	replace_kind(k, KEYSLOT_SERVICE, service->items[service->current].id,
	    service->items[service->current].key);
	service_keys_free(&fresh);
	return 0;
}

static unsigned char *
derive_new(struct keyslot_kdf *kdf, const char *password, struct err *err)
{
	kdf->ops = KEYSLOT_OPS;
	kdf->memory = KEYSLOT_MEMORY;
	random_octets(kdf->salt, sizeof(kdf->salt));
	return keyslot_derive(kdf, password, err);
}

int
mailbox_keys_add_password(struct mailbox_keys *k, enum keyslot_kind kind,
    const char *password, char slot_id[KEY_ID_SIZE], struct err *err)
{
	struct keyslot_kdf kdf;
	struct keyslot *slot;
	unsigned char *wrapping;

	if (check_room(k, err) < 0)
		return -1;
	wrapping = derive_new(&kdf, password, err);
	if (wrapping == NULL)
		return -1;
	slot = add_slot(k, kind, "", k->root_id);
	slot->kdf = kdf;
	keyslot_seal(k, slot, wrapping, k->root);
	memcpy(slot_id, slot->id, KEY_ID_SIZE);
	secret_free(wrapping);
	return 0;
}

int
mailbox_keys_set_password(struct mailbox_keys *k, const char *password,
    struct err *err)
{
	char id[KEY_ID_SIZE];

	if (mailbox_keys_add_password(k, KEYSLOT_PASSWORD, password, id,
		err) < 0)
		return -1;
	mailbox_keys_remove_kind(k, KEYSLOT_PASSWORD, id);
	return 0;
}

int
mailbox_keys_set_recovery(struct mailbox_keys *k,
    const unsigned char key[KEY_SIZE], struct err *err)
{
	if (check_room(k, err) < 0)
		return -1;
	replace_kind(k, KEYSLOT_RECOVERY, "", key);
	return 0;
}

int
mailbox_keys_add_recovery(struct mailbox_keys *k,
    const unsigned char key[KEY_SIZE], char slot_id[KEY_ID_SIZE],
    struct err *err)
{
	struct keyslot *slot;

	if (check_room(k, err) < 0)
		return -1;
	slot = add_slot(k, KEYSLOT_RECOVERY, "", k->root_id);
	keyslot_seal(k, slot, key, k->root);
	memcpy(slot_id, slot->id, KEY_ID_SIZE);
	return 0;
}

int
mailbox_keys_add_backup(struct mailbox_keys *k, const char *by,
    const unsigned char key[KEY_SIZE], struct err *err)
{
	if (check_room(k, err) < 0)
		return -1;
	keyslot_seal(k, add_slot(k, KEYSLOT_BACKUP, by, k->root_id), key,
	    k->root);
	return 0;
}

int
mailbox_keys_add_data_key(struct mailbox_keys *k, struct err *err)
{
	if (k->keys_n >= MAILBOX_DATA_KEYS_MAX)
		return err_set(err, ERR_CONFIG,
		    "a mailbox has at most %d data keys",
		    MAILBOX_DATA_KEYS_MAX);
	if (check_room(k, err) < 0)
		return -1;
	insert_data_key(k);
	return 0;
}

void
mailbox_keys_drop_old(struct mailbox_keys *k)
{
	for (size_t i = k->slots_n; i-- > 0;)
		if (k->slots[i].kind == KEYSLOT_MAILBOX &&
		    strcmp(k->slots[i].key, k->keys[0].id) != 0)
			remove_at(k, i);
	for (size_t i = 1; i < k->keys_n; i++)
		secret_free(k->keys[i].key);
	k->keys_n = 1;
}

int
mailbox_keys_renew(struct mailbox_keys *k, const struct service_keys *service,
    struct err *err)
{
	if (service->n == 0)
		return err_set(err, ERR_CONFIG, "there is no service key");
	while (k->slots_n > 0)
		remove_at(k, k->slots_n - 1);
	secret_free(k->root);
	make_id(k->root_id);
	k->root = make_key();
	for (size_t i = 0; i < k->keys_n; i++)
		keyslot_seal(k, add_slot(k, KEYSLOT_MAILBOX, k->root_id,
		    k->keys[i].id), k->root, k->keys[i].key);
	return mailbox_keys_set_service(k, service, err);
}
