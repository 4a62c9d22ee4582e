/* SPDX-License-Identifier: ISC */
/* Slots for repositories. */
#include "crypto/backup_slot.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/home.h"
#include "base/id.h"
#include "base/secret.h"

#define FOLDER "keys/backup"
#define SUFFIX ".slot"
#define CONTEXT "fe-repo1"
#define SUBKEY_ID 4

void
backup_slot_id(const unsigned char slot[KEY_SIZE], char id[KEY_ID_SIZE])
{
	unsigned char octets[KEY_ID_SIZE / 2];

	crypto_kdf_derive_from_key(octets, sizeof(octets), SUBKEY_ID, CONTEXT,
	    slot);
	hex_encode(octets, sizeof(octets), id);
}

static bool
has_slot(const struct mailbox_keys *k, const char *by)
{
	for (size_t i = 0; i < k->slots_n; i++)
		if (k->slots[i].kind == KEYSLOT_BACKUP &&
		    strcmp(k->slots[i].by, by) == 0)
			return true;
	return false;
}

/* Calls `each' for every slot key of the home until it answers other than
 * 0.  A folder that is not for us has none. */
static int
each_key(int (*each)(void *context, struct slice name, const char *id,
    const unsigned char *key, struct err *err), void *context,
    struct err *err)
{
	struct buf path = BUF_INIT;
	const struct dirent *entry;
	DIR *folder = opendir(home_file(&path, FOLDER));
	int result = 0;

	while (folder != NULL && result == 0 &&
	    (entry = readdir(folder)) != NULL) {
		struct slice name = slice_text(entry->d_name);
		unsigned char *key;
		char id[KEY_ID_SIZE];

		if (!slice_ends(name, SUFFIX))
			continue;
		name = slice_part(name, 0, name.n - strlen(SUFFIX));
		home_file(&path, FOLDER "/%s", entry->d_name);
		result = secret_read_file(path.p, KEY_SIZE, &key, err);
		if (result < 0)
			break;
		backup_slot_id(key, id);
		result = each(context, name, id, key, err);
		secret_free(key);
	}
	if (folder != NULL)
		closedir(folder);
	buf_free(&path);
	return result;
}

struct adding {
	struct mailbox_keys *keys;
	size_t added;
};

static int
add_one(void *context, struct slice name, const char *id,
    const unsigned char *key, struct err *err)
{
	struct adding *a = context;

	(void)name;
	if (has_slot(a->keys, id))
		return 0;
	if (mailbox_keys_add_backup(a->keys, id, key, err) < 0)
		return -1;
	a->added++;
	return 0;
}

int
backup_slots_add(struct mailbox_keys *k, size_t *added, struct err *err)
{
	struct adding a = {k, 0};
	int result = each_key(add_one, &a, err);

	*added = a.added;
	return result;
}

static int
is_missing(void *context, struct slice name, const char *id,
    const unsigned char *key, struct err *err)
{
	const struct mailbox_keys *k = context;

	(void)name;
	(void)key;
	(void)err;
	return !has_slot(k, id);
}

int
backup_slots_missing(const struct mailbox_keys *k, struct err *err)
{
	return each_key(is_missing, (void *)(uintptr_t)k, err);
}

struct naming {
	const char *by;
	struct buf *out;
};

static int
name_one(void *context, struct slice name, const char *id,
    const unsigned char *key, struct err *err)
{
	struct naming *n = context;

	(void)key;
	(void)err;
	if (strcmp(id, n->by) != 0)
		return 0;
	buf_append_slice(n->out, name);
	return 1;
}

int
backup_slots_name(const struct mailbox_keys *k, struct buf *out,
    struct err *err)
{
	for (size_t i = 0; i < k->slots_n; i++) {
		struct naming n = {k->slots[i].by, out};
		int named;

		if (k->slots[i].kind != KEYSLOT_BACKUP)
			continue;
		if (out->n > 0)
			buf_append_text(out, ", ");
		named = each_key(name_one, &n, err);
		if (named < 0)
			return -1;
		if (named == 0)
			buf_append_text(out, k->slots[i].by);
	}
	return 0;
}
