/* SPDX-License-Identifier: ISC */
/* The end of an old repository: keyslots, objects, keys. */
#include <string.h>

#include "base/home.h"
#include "base/secret.h"
#include "base/shred.h"
#include "crypto/backup_slot.h"
#include "crypto/keys_file.h"
#include "ops/renewal.h"
#include "ops/repository_move.h"
#include "store/held_keys.h"
#include "store/mailbox_names.h"

static int
drop_slot(struct rotation *r, const char *mailbox, const char *slot_id,
    struct err *err)
{
	struct held_keys held = HELD_KEYS_INIT;
	struct mailbox_keys *keys = &held.keys;
	bool found = false;
	int result = held_keys_open(&held, mailbox, r->conf->lock_wait * 1000,
	    err);

	for (size_t i = keys->slots_n; result == 0 && i-- > 0;)
		if (keys->slots[i].kind == KEYSLOT_BACKUP &&
		    strcmp(keys->slots[i].by, slot_id) == 0) {
			mailbox_keys_remove_slot(keys, keys->slots[i].id);
			found = true;
		}
	if (result == 0 && found)
		result = held_keys_write(&held, err);
	held_keys_close(&held);
	return result;
}

static int
drop_slots(struct rotation *r, const struct renewal *b, struct err *err)
{
	struct mailbox_names names = {NULL, 0};
	struct buf path = BUF_INIT, mail = BUF_INIT;
	unsigned char *key;
	char id[KEY_ID_SIZE];
	int result;

	if (!renewal_has_key(b->name, b->suffix, "slot"))
		return 0;
	result = secret_read_file(renewal_path(&path, b->name, b->suffix,
	    "slot"), KEY_SIZE, &key, err);
	if (result == 0) {
		backup_slot_id(key, id);
		secret_free(key);
		result = rotation_become(home_file(&mail, "mail"), err);
	}
	if (result == 0)
		result = mailbox_names_read(&names, err);
	for (size_t i = 0; i < names.n && result == 0; i++)
		result = drop_slot(r, names.items[i], id, err);
	if (rotation_become_root(result == 0 ? err : NULL) < 0)
		result = -1;
	mailbox_names_free(&names);
	buf_free(&path);
	buf_free(&mail);
	return result;
}

int
renewal_end(struct rotation *r, const struct renewal *b, struct err *err)
{
	struct buf name = BUF_INIT, path = BUF_INIT;
	int moved = 0, result = drop_slots(r, b, err);

	repository_moved_name(&b->conf.destination, b->suffix, &name);
	if (result == 0 && b->conf.append_only)
		rotation_need(r, b->name, "'%s' is append-only: delete it over "
		    "there", name.p);
	else if (result == 0) {
		moved = repository_is_moved(&b->conf.destination, b->suffix,
		    err);
		if (moved < 0 || (moved > 0 && repository_remove_moved(
			&b->conf.destination, b->suffix,
			b->conf.lock_wait_s * 1000, err) < 0))
			result = -1;
	}
	if (result == 0)
		result = shred_file(renewal_path(&path, b->name, b->suffix,
		    "key"), err);
	if (result == 0)
		result = shred_file(renewal_path(&path, b->name, b->suffix,
		    "slot"), err);
	if (result == 0)
		result = rotation_note(r, b->name, "destroyed", NULL, err);
	if (result == 0)
		result = rotation_note(r, b->name, "withdrawn", NULL, err);
	if (result == 0)
		rotation_say(r, b->name, "the keys of the repository of before "
		    "are destroyed%s", moved > 0 ? ", and it is removed" : "");
	buf_free(&name);
	buf_free(&path);
	return result;
}
