/* SPDX-License-Identifier: ISC */
/*
 * USER.keys read and written.  The file is taken for hostile:
 * sizes, counts, ids, duplicates and the cost that a KDF may ask for are
 * bounded here, so that keyslot.c need not look.  Members that we do not know
 * are kept as text and written back.
 */
#include "crypto/keys_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/document.h"
#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"

#define WHAT "file of mailbox keys"
#define LOCK_STEP_NS 5000000

/* Where in the file, for sentences. */
struct place {
	const char *name;
	struct err *err;
};

static int
fault(const struct place *at, const char *what)
{
	return document_fault(at->name, WHAT, what, at->err);
}

static int
get_hex(struct slice object, const char *member, void *out, size_t n)
{
	return hex_decode(json_plain(json_get(object, member)), out, n);
}

/* An id: 32 hex digits, made lower case. */
static int
get_id(struct slice object, const char *member, char out[KEY_ID_SIZE])
{
	unsigned char octets[KEY_ID_SIZE / 2];

	if (get_hex(object, member, octets, sizeof(octets)) < 0)
		return -1;
	hex_encode(octets, sizeof(octets), out);
	return 0;
}

static int
get_number(struct slice object, const char *member, int64_t min, int64_t max,
    int64_t *out)
{
	int64_t value;

	if (json_integer(json_get(object, member), &value) < 0 ||
	    value < min || value > max)
		return -1;
	*out = value;
	return 0;
}

/* The members that a newer program put there. */
static int
get_kept(const struct place *at, struct slice object,
    const char *const known[], char **out)
{
	if (document_kept(object, known, out) < 0)
		return fault(at, "the name of a member has an escape");
	return 0;
}

static int
parse_kind(struct slice object, enum keyslot_kind *kind)
{
	struct slice text = json_plain(json_get(object, "kind"));

	for (int i = KEYSLOT_MAILBOX; i <= KEYSLOT_BACKUP; i++)
		if (slice_is(text, keyslot_kind_text((enum keyslot_kind)i))) {
			*kind = (enum keyslot_kind)i;
			return 0;
		}
	return -1;
}

static bool
kind_has_kdf(enum keyslot_kind kind)
{
	return kind == KEYSLOT_PASSWORD || kind == KEYSLOT_APP;
}

static bool
kind_has_by(enum keyslot_kind kind)
{
	return kind == KEYSLOT_MAILBOX || kind == KEYSLOT_SERVICE ||
	    kind == KEYSLOT_BACKUP;
}

static int
parse_kdf(const struct place *at, struct slice object, struct keyslot_kdf *kdf)
{
	if (!json_string_is(json_get(object, "alg"), "argon2id"))
		return fault(at, "'kdf.alg' is not argon2id");
	if (get_number(object, "ops", 1, KEYSLOT_OPS_MAX, &kdf->ops) < 0)
		return fault(at, "'kdf.ops' is not 1 to 16");
	if (get_number(object, "mem", 8192, KEYSLOT_MEMORY_MAX,
		&kdf->memory) < 0)
		return fault(at, "'kdf.mem' is not 8 KiB to 512 MiB");
	if (get_hex(object, "salt", kdf->salt, sizeof(kdf->salt)) < 0)
		return fault(at, "'kdf.salt' is not 16 octets in hex");
	return 0;
}

static int
parse_slot(const struct place *at, struct slice object, struct keyslot *slot)
{
	static const char *const known[] = {
	    "id", "kind", "by", "kdf", "key", "nonce", "box", NULL};

	if (get_id(object, "id", slot->id) < 0)
		return fault(at, "the 'id' of a slot is not 32 hex digits");
	if (parse_kind(object, &slot->kind) < 0)
		return fault(at, "the 'kind' of a slot is unknown");
	if (kind_has_by(slot->kind) && get_id(object, "by", slot->by) < 0)
		return fault(at, "the 'by' of a slot is not 32 hex digits");
	if (get_id(object, "key", slot->key) < 0)
		return fault(at, "the 'key' of a slot is not 32 hex digits");
	if (kind_has_kdf(slot->kind) &&
	    parse_kdf(at, json_get(object, "kdf"), &slot->kdf) < 0)
		return -1;
	if (get_hex(object, "nonce", slot->nonce, sizeof(slot->nonce)) < 0)
		return fault(
		    at, "the 'nonce' of a slot is not 24 octets in hex");
	if (get_hex(object, "box", slot->box, sizeof(slot->box)) < 0)
		return fault(at, "the 'box' of a slot is not 48 octets in hex");
	return get_kept(at, object, known, &slot->kept);
}

static int
parse_slots(
    const struct place *at, struct slice array, struct mailbox_keys *k)
{
	struct json_walk walk = json_walk(array);
	size_t n = json_count(array);
	struct slice item;

	if (json_type(array) != JSON_ARRAY || n < 2 || n > MAILBOX_SLOTS_MAX)
		return fault(at, "'slots' is not a list of 2 to 256");
	k->slots = mem_zalloc(n * sizeof(*k->slots));
	while (k->slots_n < n && json_next(&walk, NULL, &item)) {
		struct keyslot *slot = &k->slots[k->slots_n++];

		if (parse_slot(at, item, slot) < 0)
			return -1;
		for (const struct keyslot *other = k->slots; other < slot;
		     other++)
			if (strcmp(other->id, slot->id) == 0)
				return fault(at, "two slots have one 'id'");
	}
	return 0;
}

static int
parse_data_key(const struct place *at, struct slice object,
    struct mailbox_keys *k)
{
	struct slice state = json_get(object, "state");
	struct data_key key = {.state = DATA_KEY_OLD};

	if (get_id(object, "id", key.id) < 0)
		return fault(at, "the 'id' of a key is not 32 hex digits");
	if (json_string_is(state, "current"))
		key.state = DATA_KEY_CURRENT;
	else if (!json_string_is(state, "old"))
		return fault(at, "the 'state' of a key is not current or old");
	if (mailbox_keys_find(k, key.id) != NULL)
		return fault(at, "two keys have one 'id'");
	k->keys[k->keys_n++] = key;
	return 0;
}

static int
parse_data_keys(
    const struct place *at, struct slice array, struct mailbox_keys *k)
{
	struct json_walk walk = json_walk(array);
	size_t n = json_count(array), current = 0, count = 0;
	struct data_key first;
	struct slice item;

	if (json_type(array) != JSON_ARRAY || n < 1 ||
	    n > MAILBOX_DATA_KEYS_MAX)
		return fault(at, "'keys' is not a list of 1 to 16");
	k->keys = mem_zalloc(n * sizeof(*k->keys));
	while (k->keys_n < n && json_next(&walk, NULL, &item)) {
		if (parse_data_key(at, item, k) < 0)
			return -1;
		if (k->keys[k->keys_n - 1].state == DATA_KEY_CURRENT) {
			current = k->keys_n - 1;
			count++;
		}
	}
	if (count != 1)
		return fault(at, "not exactly one key is current");
	first = k->keys[current];
	memmove(k->keys + 1, k->keys, current * sizeof(*k->keys));
	k->keys[0] = first;
	return 0;
}

/* All slots agree on the mailbox key, and each data key has its slot. */
static int
check_links(const struct place *at, struct mailbox_keys *k)
{
	size_t wrapped = 0;

	for (size_t i = 0; i < k->slots_n; i++) {
		const struct keyslot *slot = &k->slots[i];
		const char *root = slot->kind == KEYSLOT_MAILBOX ? slot->by
								 : slot->key;

		if (i == 0)
			memcpy(k->root_id, root, KEY_ID_SIZE);
		if (strcmp(root, k->root_id) != 0)
			return fault(at, "slots name different mailbox keys");
		if (slot->kind != KEYSLOT_MAILBOX)
			continue;
		wrapped++;
		if (mailbox_keys_find(k, slot->key) == NULL)
			return fault(at, "a slot wraps an unknown key");
		for (size_t j = 0; j < i; j++)
			if (k->slots[j].kind == KEYSLOT_MAILBOX &&
			    strcmp(k->slots[j].key, slot->key) == 0)
				return fault(at, "two slots wrap one data key");
	}
	if (wrapped != k->keys_n)
		return fault(at, "a data key has no slot");
	if (wrapped == k->slots_n)
		return fault(at, "no slot wraps the mailbox key");
	return 0;
}

static int
parse_document(
    const struct place *at, struct slice root, struct mailbox_keys *k)
{
	static const char *const known[] = {
	    "fe", "mailbox", "generation", "keys", "slots", NULL};

	if (get_id(root, "mailbox", k->mailbox) < 0)
		return fault(at, "'mailbox' is not 32 hex digits");
	if (get_number(root, "generation", 0, (int64_t)1 << 52,
		&k->generation) < 0)
		return fault(at, "'generation' is no number");
	if (parse_data_keys(at, json_get(root, "keys"), k) < 0 ||
	    parse_slots(at, json_get(root, "slots"), k) < 0 ||
	    check_links(at, k) < 0)
		return -1;
	return get_kept(at, root, known, &k->kept);
}

int
keys_file_parse(struct mailbox_keys *k, struct slice text, const char *name,
    struct err *err)
{
	struct place at = {name, err};

	memset(k, 0, sizeof(*k));
	if (text.n > KEYS_FILE_SIZE_MAX)
		return fault(&at, "it is larger than 256 KiB");
	if (document_check(text, name, WHAT, err) < 0)
		return -1;
	if (parse_document(&at, text, k) < 0) {
		mailbox_keys_free(k);
		return -1;
	}
	return 0;
}

int
keys_file_read(struct mailbox_keys *k, const char *path, struct err *err)
{
	struct buf text = BUF_LIMITED(KEYS_FILE_SIZE_MAX);
	int result = -1, saved;

	memset(k, 0, sizeof(*k));
	if (io_read_file(path, &text, err) == 0)
		result = keys_file_parse(k, buf_slice(&text), path, err);
	else if (err != NULL && err->kind == ERR_MESSAGE)
		err->kind = ERR_CONFIG;
	saved = errno;
	buf_free(&text);
	errno = saved;
	return result;
}

static void
put_hex(struct json_writer *w, const char *name, const void *octets, size_t n)
{
	char text[2 * KEYSLOT_BOX_SIZE + 1];

	hex_encode(octets, n, text);
	json_put_text(w, name, text);
}

static void
put_slot(struct json_writer *w, const struct keyslot *slot)
{
	json_open_object(w, NULL);
	json_put_text(w, "id", slot->id);
	json_put_text(w, "kind", keyslot_kind_text(slot->kind));
	if (slot->by[0] != '\0')
		json_put_text(w, "by", slot->by);
	if (slot->kdf.ops != 0) {
		json_open_object(w, "kdf");
		json_put_text(w, "alg", "argon2id");
		json_put_integer(w, "ops", slot->kdf.ops);
		json_put_integer(w, "mem", slot->kdf.memory);
		put_hex(w, "salt", slot->kdf.salt, sizeof(slot->kdf.salt));
		json_close_object(w);
	}
	json_put_text(w, "key", slot->key);
	put_hex(w, "nonce", slot->nonce, sizeof(slot->nonce));
	put_hex(w, "box", slot->box, sizeof(slot->box));
	document_put_kept(w, slot->kept);
	json_close_object(w);
}

int
keys_file_format(const struct mailbox_keys *k, struct buf *out, struct err *err)
{
	struct json_writer w = JSON_WRITER(out);

	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_text(&w, "mailbox", k->mailbox);
	json_put_integer(&w, "generation", k->generation);
	json_open_array(&w, "keys");
	for (size_t i = 0; i < k->keys_n; i++) {
		json_open_object(&w, NULL);
		json_put_text(&w, "id", k->keys[i].id);
		json_put_text(&w, "state", i == 0 ? "current" : "old");
		json_close_object(&w);
	}
	json_close_array(&w);
	json_open_array(&w, "slots");
	for (size_t i = 0; i < k->slots_n; i++)
		put_slot(&w, &k->slots[i]);
	json_close_array(&w);
	document_put_kept(&w, k->kept);
	json_close_object(&w);
	if (w.failed || buf_append_char(out, '\n') < 0)
		return err_set(err, ERR_BUG,
		    "the mailbox keys are over their limit of octets");
	return 0;
}

static int
write_with(struct mailbox_keys *k, const char *path,
    int (*replace)(const char *, struct slice, mode_t, struct err *),
    struct err *err)
{
	struct buf text = BUF_LIMITED(KEYS_FILE_SIZE_MAX);
	int result = -1;

	k->generation++;
	if (keys_file_format(k, &text, err) == 0)
		result = replace(path, buf_slice(&text), 0640, err);
	if (result < 0)
		k->generation--;
	buf_free(&text);
	return result;
}

int
keys_file_write(struct mailbox_keys *k, const char *path, struct err *err)
{
	return write_with(k, path, io_replace_file_alone, err);
}

int
keys_file_write_unsynced(
    struct mailbox_keys *k, const char *path, struct err *err)
{
	return write_with(k, path, io_replace_file_unsynced, err);
}

/* Waits until the file is locked, or the time is up. */
static int
lock_wait(int fd, const char *path, int64_t until, struct err *err)
{
	struct timespec step = {0, LOCK_STEP_NS};

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_errno(err, "cannot lock '%s'", path);
		if (clock_monotonic_ms() >= until)
			return err_set(err, ERR_SYSTEM,
			    "'%s' is locked by another program", path);
		nanosleep(&step, NULL);
	}
	return 0;
}

/* Whoever erased the mailbox took the file's name away while we waited:
 * another program may have made and locked its successor already. */
static bool
still_has_name(int fd, const char *path)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && stat(path, &named) == 0 &&
	    ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

int
keys_file_lock(const char *lock_path, int64_t timeout_ms, struct err *err)
{
	int64_t until = clock_monotonic_ms() + timeout_ms;
	int fd;

	for (;;) {
		fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0640);
		if (fd < 0)
			return err_errno(err, "cannot open '%s'", lock_path);
		if (lock_wait(fd, lock_path, until, err) < 0) {
			close(fd);
			return -1;
		}
		if (still_has_name(fd, lock_path))
			return fd;
		close(fd);
	}
}
