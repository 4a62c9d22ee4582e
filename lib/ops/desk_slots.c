/* SPDX-License-Identifier: ISC */
/* fe-mailbox slots: keyslots for the repositories of backups. */
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "crypto/backup_slot.h"
#include "crypto/keys_file.h"
#include "desk_verbs.h"
#include "store/held_keys.h"
#include "store/mailbox_names.h"

static int
read_keys(const char *mailbox, struct mailbox_keys *keys, struct buf *path,
    struct err *err)
{
	if (mailbox_path(path, slice_text(mailbox), MAILBOX_KEYS, err) == NULL)
		return -1;
	return keys_file_read(keys, path->p, err);
}

static int
add_slots(struct desk *desk, const char *mailbox, size_t *added,
    struct err *err)
{
	struct held_keys held = HELD_KEYS_INIT;
	int result = -1;

	if (held_keys_open(&held, mailbox, desk->conf->lock_wait * 1000, err) ==
		0 &&
	    mailbox_keys_unlock(&held.keys, &desk->service, err) == 0)
		result = backup_slots_add(&held.keys, added, err);
	if (result == 0 && *added > 0 && !desk->conf->dry_run)
		result = held_keys_write(&held, err);
	held_keys_close(&held);
	return result;
}

/* A slot for each repository of keys/backup that has none in USER.keys. */
static int
slots_one(struct desk *desk, const char *word, struct err *err)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct place place = {.uid = 0};
	struct buf path = BUF_INIT;
	size_t added = 0;
	int result;

	if (strcmp(word, MAILBOX_QUARANTINE) == 0)
		place.mailbox = mem_text(word);
	else if (place_parse(&place, slice_text(word), err) < 0)
		return -1;
	result = read_keys(place.mailbox, &keys, &path, err);
	if (result == 0)
		result = backup_slots_missing(&keys, err);
	mailbox_keys_free(&keys);
	if (result > 0)
		result = add_slots(desk, place.mailbox, &added, err);
	if (result == 0 && added > 0 && !desk->conf->cmd.quiet) {
		desk_put(desk, slice_text(place.mailbox));
		desk_put_number(desk, "added=", (int64_t)added);
		result = desk_put_line(desk, err);
	}
	buf_free(&path);
	place_free(&place);
	return result < 0 ? -1 : 0;
}

int
desk_slots(struct desk *desk, struct err *err)
{
	struct mailbox_names names = {NULL, 0};
	struct desk all = *desk;
	int result;

	if (desk->n > 0)
		return desk_each_word(desk, slots_one, err);
	result = mailbox_names_read(&names, err);
	all.words = names.items;
	all.n = (int)names.n;
	if (result == 0)
		result = desk_each_word(&all, slots_one, err);
	desk->out = all.out;
	desk->output_errno = all.output_errno;
	mailbox_names_free(&names);
	return result;
}

void
desk_name_repositories(const char *mailbox, struct buf *out)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct buf path = BUF_INIT;

	if (read_keys(mailbox, &keys, &path, NULL) == 0)
		(void)backup_slots_name(&keys, out, NULL);
	mailbox_keys_free(&keys);
	buf_free(&path);
}
