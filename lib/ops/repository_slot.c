/* SPDX-License-Identifier: ISC */
/* Slots of the repository key.  They may come from a hostile destination: the
 * cost of a KDF is bounded. */
#include "ops/repository_slot.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/document.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/secret.h"
#include "crypto/keyslot.h"
#include "ops/seal.h"

#define WHAT "slot of a repository key"
#define LABEL "fe-repository-slot/1"
#define SLOT_SIZE_MAX 16384
#define BOX_MAX (KEY_SIZE + crypto_box_SEALBYTES)
#define SLOT_OPS 4
#define SLOT_MEMORY ((int64_t)128 << 20)

struct slot {
	char id[KEY_ID_SIZE];
	enum repository_slot_kind kind;
	int64_t made_ms, ops, memory;
	unsigned char salt[KEYSLOT_SALT_SIZE];
	unsigned char nonce[SEAL_NONCE_SIZE];
	unsigned char box[BOX_MAX];
	size_t box_n;
};

static const char *const kinds[] = {"passphrase", "file", "public"};

const char *
repository_slot_kind_text(enum repository_slot_kind kind)
{
	return kinds[kind];
}

static struct slice
label(const struct slot *slot, struct buf *out)
{
	buf_format(out, "%s %s %s", LABEL, slot->id, kinds[slot->kind]);
	return buf_slice(out);
}

/* The wrapping key, in the arena. */
static unsigned char *
wrapping_key(const struct slot *slot, struct slice secret, struct err *err)
{
	unsigned char *key = secret_alloc(KEY_SIZE);

	if (slot->kind == SLOT_FILE && secret.n == KEY_SIZE) {
		memcpy(key, secret.p, KEY_SIZE);
		return key;
	}
	if (slot->kind == SLOT_PASSPHRASE && crypto_pwhash(key, KEY_SIZE,
		secret.p, secret.n, slot->salt,
		(unsigned long long)slot->ops, (size_t)slot->memory,
		crypto_pwhash_ALG_ARGON2ID13) == 0)
		return key;
	secret_free(key);
	err_set(err, ERR_SYSTEM, "cannot derive the wrapping key: out of "
	    "memory, or the key file has not 32 octets");
	return NULL;
}

static int
close_slot(struct slot *slot, struct slice secret,
    const unsigned char *key, struct err *err)
{
	struct buf data = BUF_INIT;
	unsigned char *wrapping;
	int result;

	if (slot->kind == SLOT_PUBLIC) {
		slot->box_n = BOX_MAX;
		if (secret.n != KEY_SIZE || crypto_box_seal(slot->box, key,
			KEY_SIZE, (const unsigned char *)secret.p) < 0)
			return err_set(err, ERR_USAGE, "that is no X25519 "
			    "public key of 32 octets");
		return 0;
	}
	wrapping = wrapping_key(slot, secret, err);
	if (wrapping == NULL)
		return -1;
	random_octets(slot->nonce, sizeof(slot->nonce));
	slot->box_n = KEY_SIZE + SEAL_TAG_SIZE;
	result = seal_close(slot->box, key, KEY_SIZE, label(slot, &data),
	    slot->nonce, wrapping, err);
	secret_free(wrapping);
	buf_free(&data);
	return result;
}

static void
put_hex(struct json_writer *w, const char *name, const void *p, size_t n)
{
	char hex[2 * BOX_MAX + 1];

	hex_encode(p, n, hex);
	json_put_text(w, name, hex);
}

static void
format_slot(const struct slot *slot, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	char time[CLOCK_TEXT_SIZE];

	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_text(&w, "id", slot->id);
	json_put_text(&w, "kind", kinds[slot->kind]);
	json_put_text(&w, "made", clock_rfc3339(slot->made_ms, time));
	if (slot->kind == SLOT_PASSPHRASE) {
		json_open_object(&w, "kdf");
		json_put_text(&w, "alg", "argon2id");
		json_put_integer(&w, "ops", slot->ops);
		json_put_integer(&w, "mem", slot->memory);
		put_hex(&w, "salt", slot->salt, sizeof(slot->salt));
		json_close_object(&w);
	}
	put_hex(&w, "nonce", slot->nonce, sizeof(slot->nonce));
	put_hex(&w, "box", slot->box, slot->box_n);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

int
repository_slot_add(struct destination *d, const unsigned char key[KEY_SIZE],
    enum repository_slot_kind kind, struct slice secret,
    char id[KEY_ID_SIZE], struct err *err)
{
	struct slot slot = {.kind = kind, .made_ms = clock_now_ms(),
	    .ops = SLOT_OPS, .memory = SLOT_MEMORY};
	unsigned char random[KEY_ID_SIZE / 2];
	struct buf text = BUF_INIT, name = BUF_INIT;
	int result;

	random_octets(random, sizeof(random));
	random_octets(slot.salt, sizeof(slot.salt));
	hex_encode(random, sizeof(random), slot.id);
	memcpy(id, slot.id, KEY_ID_SIZE);
	result = close_slot(&slot, secret, key, err);
	if (result == 0) {
		format_slot(&slot, &text);
		buf_format(&name, "keys/%s", slot.id);
		result = destination_put(d, name.p, buf_slice(&text), err);
	}
	buf_free(&text);
	buf_free(&name);
	return result;
}

static int
get_hex(struct slice object, const char *member, void *out, size_t n)
{
	return hex_decode(json_plain(json_get(object, member)), out, n);
}

static int
parse_slot(struct slice text, const char *name, struct slot *slot,
    struct err *err)
{
	unsigned char id[KEY_ID_SIZE / 2];
	struct slice kind, kdf, box;
	int found = -1;

	memset(slot, 0, sizeof(*slot));
	if (document_check(text, name, WHAT, err) < 0)
		return -1;
	kind = json_get(text, "kind");
	kdf = json_get(text, "kdf");
	box = json_plain(json_get(text, "box"));
	for (int i = SLOT_PASSPHRASE; i <= SLOT_PUBLIC; i++)
		if (json_string_is(kind, kinds[i]))
			found = i;
	if (found < 0)
		return document_fault(name, WHAT, "'kind' is unknown", err);
	slot->kind = (enum repository_slot_kind)found;
	slot->box_n = slot->kind == SLOT_PUBLIC ? BOX_MAX : KEY_SIZE +
	    SEAL_TAG_SIZE;
	if (get_hex(text, "id", id, sizeof(id)) < 0 ||
	    hex_decode(box, slot->box, slot->box_n) < 0 ||
	    get_hex(text, "nonce", slot->nonce, sizeof(slot->nonce)) < 0 ||
	    clock_parse(json_plain(json_get(text, "made")),
		&slot->made_ms) < 0)
		return document_fault(name, WHAT, "a member is missing", err);
	hex_encode(id, sizeof(id), slot->id);
	if (slot->kind == SLOT_PASSPHRASE &&
	    (get_hex(kdf, "salt", slot->salt, sizeof(slot->salt)) < 0 ||
	    json_integer(json_get(kdf, "ops"), &slot->ops) < 0 ||
	    json_integer(json_get(kdf, "mem"), &slot->memory) < 0 ||
	    slot->ops < 1 || slot->ops > KEYSLOT_OPS_MAX ||
	    slot->memory < 8192 || slot->memory > KEYSLOT_MEMORY_MAX))
		return document_fault(name, WHAT, "'kdf' is out of bounds",
		    err);
	return 0;
}

/* Calls `each' for every slot until it answers other than 0. */
static int
each_slot(struct destination *d, int (*each)(void *context,
    const struct slot *slot, struct err *err), void *context, struct err *err)
{
	struct destination_list list;
	struct buf text = BUF_LIMITED(SLOT_SIZE_MAX);
	struct slot slot;
	int result = 0;

	if (destination_list(d, "keys", &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n && result == 0; i++) {
		buf_truncate(&text, 0);
		result = destination_get(d, list.items[i].name, 0, 0, &text,
		    err);
		if (result > 0)
			result = parse_slot(buf_slice(&text),
			    list.items[i].name, &slot, err);
		if (result == 0)
			result = each(context, &slot, err);
	}
	destination_list_free(&list);
	buf_free(&text);
	return result;
}

struct opening {
	enum repository_slot_kind kind;
	struct slice secret;
	unsigned char *key;
};

static int
open_sealed(const struct opening *o, const struct slot *slot)
{
	unsigned char public[KEY_SIZE];

	if (o->secret.n != KEY_SIZE || crypto_scalarmult_base(public,
		(const unsigned char *)o->secret.p) < 0)
		return -1;
	return crypto_box_seal_open(o->key, slot->box, slot->box_n, public,
	    (const unsigned char *)o->secret.p);
}

/* 1: that was the one. */
static int
try_slot(void *context, const struct slot *slot, struct err *err)
{
	struct opening *o = context;
	struct buf data = BUF_INIT;
	unsigned char *wrapping;
	int opened;

	if (slot->kind != o->kind)
		return 0;
	if (slot->kind == SLOT_PUBLIC)
		return open_sealed(o, slot) == 0;
	wrapping = wrapping_key(slot, o->secret, err);
	if (wrapping == NULL)
		return -1;
	opened = seal_open(o->key, slot->box, slot->box_n,
	    label(slot, &data), slot->nonce, wrapping);
	secret_free(wrapping);
	buf_free(&data);
	return opened == 0;
}

int
repository_slot_open(struct destination *d, enum repository_slot_kind kind,
    struct slice secret, unsigned char key[KEY_SIZE], struct err *err)
{
	struct opening o = {kind, secret, key};
	int result = each_slot(d, try_slot, &o, err);

	if (result < 0)
		return -1;
	return result > 0 ? 0 : err_set(err, ERR_USAGE, "that %s opens no "
	    "slot of '%s'", kind == SLOT_PASSPHRASE ? "passphrase" :
	    "key file", destination_name(d));
}

int
repository_slot_remove(struct destination *d, const char *id, struct err *err)
{
	unsigned char octets[KEY_ID_SIZE / 2];
	struct buf name = BUF_INIT, text = BUF_LIMITED(SLOT_SIZE_MAX);
	int result;

	if (hex_decode(slice_text(id), octets, sizeof(octets)) < 0)
		return err_set(err, ERR_USAGE, "'%s' is no id of a slot", id);
	buf_format(&name, "keys/%s", id);
	result = destination_get(d, name.p, 0, 0, &text, err);
	if (result == 0)
		result = err_set(err, ERR_USAGE, "there is no slot '%s'", id);
	else if (result > 0)
		result = destination_remove(d, name.p, err);
	buf_free(&name);
	buf_free(&text);
	return result;
}

static int
note_slot(void *context, const struct slot *slot, struct err *err)
{
	struct repository_slots *slots = context;
	struct repository_slot_item *item;

	(void)err;
	slots->items = mem_array(slots->items, slots->n + 1,
	    sizeof(*slots->items));
	item = &slots->items[slots->n++];
	memcpy(item->id, slot->id, sizeof(item->id));
	item->kind = slot->kind;
	item->made_ms = slot->made_ms;
	return 0;
}

int
repository_slots_read(struct destination *d, struct repository_slots *slots,
    struct err *err)
{
	*slots = (struct repository_slots){NULL, 0};
	return each_slot(d, note_slot, slots, err);
}

int64_t
repository_confirmed_ms(struct destination *d)
{
	struct buf text = BUF_LIMITED(4096);
	int64_t ms = -1;

	if (destination_get(d, "confirmed", 0, 0, &text, NULL) <= 0 ||
	    document_check(buf_slice(&text), "confirmed", "note", NULL) < 0 ||
	    clock_parse(json_plain(json_get(buf_slice(&text), "time")), &ms) <
		0)
		ms = -1;
	buf_free(&text);
	return ms;
}

int
repository_confirm(struct destination *d, struct err *err)
{
	struct buf text = BUF_INIT;
	char time[CLOCK_TEXT_SIZE];
	int result;

	buf_format(&text, "{\"fe\":1,\"time\":\"%s\"}\n",
	    clock_rfc3339(clock_now_ms(), time));
	result = destination_put(d, "confirmed", buf_slice(&text), err);
	buf_free(&text);
	return result;
}
