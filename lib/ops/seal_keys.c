/* SPDX-License-Identifier: ISC */
/*
 * Keys of a repository: derived by BLAKE2b (libsodium's crypto_kdf), kept in
 * the locked arena.
 */
#include "ops/seal_keys.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/secret.h"
#include "crypto/backup_slot.h"

#define CONTEXT "fe-repo1" /* exactly 8 octets */
#define KEY_FILE_SIZE (1 + 2 * KEY_SIZE)

enum { SUBKEY_WRITE = 1, SUBKEY_DATA, SUBKEY_SLOT, SUBKEY_SEAL };
enum { SUBKEY_ID = 1, SUBKEY_META, SUBKEY_NAME, SUBKEY_CHECK };

static void
derive(unsigned char *out, size_t n, uint64_t number,
    const unsigned char *from)
{
	crypto_kdf_derive_from_key(out, n, number, CONTEXT, from);
}

static void
derive_id(char id[KEY_ID_SIZE], uint64_t number, const unsigned char *from)
{
	unsigned char octets[KEY_ID_SIZE / 2];

	derive(octets, sizeof(octets), number, from);
	hex_encode(octets, sizeof(octets), id);
}

static void
derive_from_write(struct repository_keys *keys)
{
	derive(keys->id, KEY_SIZE, SUBKEY_ID, keys->write);
	derive(keys->meta, KEY_SIZE, SUBKEY_META, keys->write);
	derive(keys->name, KEY_SIZE, SUBKEY_NAME, keys->write);
	derive_id(keys->check, SUBKEY_CHECK, keys->write);
}

struct repository_keys *
repository_keys_derive(const unsigned char key[KEY_SIZE], bool sealed)
{
	struct repository_keys *keys = secret_alloc(sizeof(*keys));
	unsigned char *seed = secret_alloc(KEY_SIZE);

	keys->sealed = sealed;
	keys->can_read = true;
	derive(keys->write, KEY_SIZE, SUBKEY_WRITE, key);
	derive(keys->data, KEY_SIZE, SUBKEY_DATA, key);
	derive(keys->slot, KEY_SIZE, SUBKEY_SLOT, key);
	derive(seed, KEY_SIZE, SUBKEY_SEAL, key);
	crypto_box_seed_keypair(keys->public, keys->secret, seed);
	secret_free(seed);
	derive_from_write(keys);
	keys->has_slot = true;
	backup_slot_id(keys->slot, keys->slot_id);
	return keys;
}

void
repository_keys_free(struct repository_keys *keys)
{
	secret_free(keys);
}

static const char *
key_path(struct buf *path, const char *name, const char *kind)
{
	return home_file(path, "keys/backup/%s.%s", name, kind);
}

struct repository_keys *
repository_keys_read(const char *name, struct err *err)
{
	struct buf path = BUF_INIT;
	struct repository_keys *keys = NULL;
	unsigned char *octets;

	if (secret_read_file(key_path(&path, name, "key"), KEY_FILE_SIZE,
		&octets, err) < 0) {
		buf_free(&path);
		return NULL;
	}
	if (octets[0] != 's' && octets[0] != 'p')
		err_set(err, ERR_CONFIG, "'%s' is no key of a repository",
		    path.p);
	else {
		keys = secret_alloc(sizeof(*keys));
		keys->sealed = octets[0] == 'p';
		keys->can_read = !keys->sealed;
		memcpy(keys->write, octets + 1, KEY_SIZE);
		memcpy(keys->sealed ? keys->public : keys->data,
		    octets + 1 + KEY_SIZE, KEY_SIZE);
		derive_from_write(keys);
	}
	secret_free(octets);
	buf_free(&path);
	return keys;
}

int
repository_keys_read_slot(struct repository_keys *keys, const char *name,
    struct err *err)
{
	struct buf path = BUF_INIT;
	unsigned char *octets;
	int result = secret_read_file(key_path(&path, name, "slot"), KEY_SIZE,
	    &octets, err);

	if (result == 0) {
		memcpy(keys->slot, octets, KEY_SIZE);
		backup_slot_id(keys->slot, keys->slot_id);
		keys->has_slot = true;
		secret_free(octets);
	}
	buf_free(&path);
	return result;
}

/* Another repository's key under this name is never overwritten. */
static int
write_key(const char *path, struct slice octets, struct err *err)
{
	struct buf old = BUF_LIMITED(4096);
	int result = 0;

	buf_reserve(&old, 256); /* so that growing leaves no copies */
	if (io_read_file(path, &old, NULL) == 0) {
		if (!slice_equal(buf_slice(&old), octets))
			result = err_set(err, ERR_USAGE, "'%s' is the key of "
			    "another repository: take another name", path);
	} else
		result = io_replace_file(path, octets, 0400, err);
	buf_wipe(&old);
	return result;
}

int
repository_keys_write(const struct repository_keys *keys, const char *name,
    struct err *err)
{
	struct buf path = BUF_INIT;
	unsigned char *octets = secret_alloc(KEY_FILE_SIZE);
	int result;

	octets[0] = keys->sealed ? 'p' : 's';
	memcpy(octets + 1, keys->write, KEY_SIZE);
	memcpy(octets + 1 + KEY_SIZE, keys->sealed ? keys->public :
	    keys->data, KEY_SIZE);
	result = io_make_folders(home_file(&path, "keys/backup"), 0700, err);
	if (result == 0)
		result = write_key(key_path(&path, name, "key"),
		    slice_of(octets, KEY_FILE_SIZE), err);
	if (result == 0)
		result = write_key(key_path(&path, name, "slot"),
		    slice_of(keys->slot, KEY_SIZE), err);
	secret_free(octets);
	buf_free(&path);
	return result;
}

bool
repository_name_is_valid(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_is_alnum(name.p[i]) && name.p[i] != '-' &&
		    name.p[i] != '_')
			return false;
	return name.n > 0 && name.n <= 64;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
repository_names(char ***names, size_t *n, struct err *err)
{
	static const char suffix[] = ".key";
	struct buf path = BUF_INIT;
	const struct dirent *entry;
	DIR *folder = opendir(home_file(&path, "keys/backup"));
	int result = 0;

	*names = NULL;
	*n = 0;
	if (folder == NULL && errno != ENOENT)
		result = err_errno(err, "cannot open folder '%s'", path.p);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		struct slice name = slice_text(entry->d_name);

		if (!slice_ends(name, suffix))
			continue;
		name = slice_part(name, 0, name.n - (sizeof(suffix) - 1));
		if (!repository_name_is_valid(name))
			continue;
		*names = mem_array(*names, *n + 1, sizeof(**names));
		(*names)[(*n)++] = mem_dup(name.p, name.n);
	}
	if (folder != NULL)
		closedir(folder);
	if (*n > 0)
		qsort(*names, *n, sizeof(**names), compare);
	buf_free(&path);
	return result;
}
