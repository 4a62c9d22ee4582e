/* SPDX-License-Identifier: ISC */
/*
 * Keys of mailboxes: the data key that a mailbox is encrypted with, and the
 * recovery key of its owner.  Deliveries go on meanwhile: they wait in the
 * journal, whose keys do not change with the data key.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/id.h"
#include "base/json.h"
#include "base/secret.h"
#include "crypto/keys_file.h"
#include "crypto/recovery.h"
#include "ops/rotate.h"
#include "store/held_keys.h"
#include "store/mailbox.h"
#include "store/mailbox_names.h"
#include "store/rekey.h"

static int
read_keys(const char *mailbox, struct mailbox_keys *keys, struct buf *path,
    struct err *err)
{
	if (mailbox_path(path, slice_text(mailbox), MAILBOX_KEYS, err) == NULL)
		return -1;
	if (access(path->p, F_OK) < 0)
		return err_set(err, ERR_USAGE, "there is no mailbox '%s'",
		    mailbox);
	return keys_file_read(keys, path->p, err);
}

/* A mailbox is as old as its lock, which is made with it and never again. */
static int64_t
made_ms(const struct rotation *r, const char *mailbox)
{
	struct buf lock = BUF_INIT;
	int64_t since = -1;

	if (mailbox_path(&lock, slice_text(mailbox), MAILBOX_LOCK, NULL) !=
		NULL)
		since = rotation_since(r, mailbox, lock.p);
	buf_free(&lock);
	return since;
}

static int64_t
size_of(const char *mailbox)
{
	struct buf path = BUF_INIT;
	struct stat st;
	int64_t size = mailbox_path(&path, slice_text(mailbox),
	    MAILBOX_DATABASE, NULL) != NULL && stat(path.p, &st) == 0 ?
	    (int64_t)st.st_size : 0;

	buf_free(&path);
	return size;
}

typedef int mailbox_work(struct rotation *r, const char *mailbox,
    struct err *err);
static mailbox_work rotate_one;

/* Calls `each' for one mailbox or all; of many, one that fails is said. */
static int
each_mailbox(struct rotation *r, const char *name, mailbox_work *each,
    struct err *err)
{
	bool shown = r->progress.shown && each == rotate_one;
	struct mailbox_names names = {NULL, 0};
	struct buf path = BUF_INIT;
	int64_t all = 0, octets = 0;
	int result = rotation_become(home_file(&path, "mail"), err);

	if (result == 0 && name != NULL)
		result = each(r, name, err);
	else if (result == 0)
		result = mailbox_names_read(&names, err);
	for (size_t i = 0; i < names.n && shown; i++)
		all += size_of(names.items[i]);
	for (size_t i = 0; i < names.n && result == 0 && *r->stop == 0; i++) {
		if (shown)
			progress_show(&r->progress, octets, all, (int64_t)i,
			    (int64_t)names.n);
		octets += shown ? size_of(names.items[i]) : 0;
		if (each(r, names.items[i], err) < 0)
			rotation_fail(r, names.items[i], err);
	}
	if (shown)
		progress_end(&r->progress);
	mailbox_names_free(&names);
	buf_free(&path);
	if (rotation_become_root(result == 0 ? err : NULL) < 0)
		result = -1;
	return result;
}

/* ---- mailbox ---- */

static int
list_one(struct rotation *r, const char *mailbox, struct err *err)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct buf path = BUF_INIT;
	int result = read_keys(mailbox, &keys, &path, err);

	if (result == 0)
		rotation_list(r, mailbox, mailbox_keys_current(&keys)->id,
		    keys.keys_n > 1 || rotation_begun(r, mailbox) != NULL ?
		    "half way" : "active", made_ms(r, mailbox), true);
	mailbox_keys_free(&keys);
	buf_free(&path);
	return result;
}

static int
list_mailboxes(struct rotation *r, struct err *err)
{
	return each_mailbox(r, NULL, list_one, err);
}

/* The id of the current data key, and whether an old one is there still. */
static int
look_at(const char *mailbox, char id[KEY_ID_SIZE], bool *half,
    struct err *err)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct buf path = BUF_INIT;
	int result = read_keys(mailbox, &keys, &path, err);

	if (result == 0) {
		memcpy(id, mailbox_keys_current(&keys)->id, KEY_ID_SIZE);
		*half = keys.keys_n > 1;
	}
	mailbox_keys_free(&keys);
	buf_free(&path);
	return result;
}

static int
rekey(struct rotation *r, const char *mailbox, struct err *err)
{
	struct service_keys service;
	char id[KEY_ID_SIZE], old[KEY_ID_SIZE];
	bool half;
	int result;

	/* `begun' has the id of the key that goes */
	snprintf(old, sizeof(old), "%s", rotation_begun(r, mailbox)->id);
	if (service_keys_read(&service, err) < 0)
		return -1;
	result = mailbox_rekey(slice_text(mailbox), &service,
	    r->conf->lock_wait * 1000, NULL, err);
	service_keys_free(&service);
	if (result < 0 || look_at(mailbox, id, &half, err) < 0 ||
	    rotation_note(r, mailbox, "destroyed", old, err) < 0)
		return -1;
	return rotation_note(r, mailbox, "done", id, err);
}

static int
rotate_one(struct rotation *r, const char *mailbox, struct err *err)
{
	char id[KEY_ID_SIZE];
	bool half;

	if (look_at(mailbox, id, &half, err) < 0)
		return -1;
	if (!r->conf->dry_run && (rotation_note(r, mailbox, "begun", id,
		err) < 0 || rekey(r, mailbox, err) < 0))
		return -1;
	rotation_say(r, mailbox, "encrypted anew; the old key is destroyed");
	return 0;
}

static int
rotate_mailboxes(struct rotation *r, const char *name, struct err *err)
{
	return each_mailbox(r, name, rotate_one, err);
}

/* `begun' holds the id of the key that was to go. */
static int
finish_one(struct rotation *r, const char *mailbox, struct err *err)
{
	const struct ledger_entry *begun = rotation_begun(r, mailbox);
	char id[KEY_ID_SIZE];
	bool half;

	if (begun == NULL)
		return 0;
	if (look_at(mailbox, id, &half, err) < 0)
		return -1;
	if (r->conf->dry_run)
		rotation_say(r, mailbox, "the end of what was cut short");
	else if (half || strcmp(id, begun->id) == 0) {
		if (rekey(r, mailbox, err) < 0)
			return -1;
		rotation_say(r, mailbox, "what was cut short is done: "
		    "encrypted anew; the old key is destroyed");
	} else if (rotation_note(r, mailbox, "done", id, err) < 0)
		return -1;
	return 0;
}

static int
finish_mailboxes(struct rotation *r, struct err *err)
{
	return each_mailbox(r, NULL, finish_one, err);
}

const struct rotation_kind rotate_mailbox = {"mailbox",
    "the key that a mailbox is encrypted with", "730d", "0s",
    list_mailboxes, finish_mailboxes, rotate_mailboxes};

/* ---- recovery ---- */

static int
list_recovery_of(struct rotation *r, const char *mailbox, struct err *err)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct buf path = BUF_INIT;
	int result = read_keys(mailbox, &keys, &path, err);

	for (size_t i = 0; i < keys.slots_n && result == 0; i++)
		if (keys.slots[i].kind == KEYSLOT_RECOVERY)
			rotation_list(r, mailbox, keys.slots[i].id,
			    rotation_begun(r, mailbox) != NULL ? "half way" :
			    "active", made_ms(r, mailbox), true);
	mailbox_keys_free(&keys);
	buf_free(&path);
	return result;
}

static int
list_recovery(struct rotation *r, struct err *err)
{
	return each_mailbox(r, NULL, list_recovery_of, err);
}

static int
show_key(struct rotation *r, const char *mailbox,
    const unsigned char key[KEY_SIZE], struct err *err)
{
	char *text = secret_alloc(RECOVERY_TEXT_SIZE);
	int result = 0;

	recovery_format(key, text);
	if (r->conf->output == ROTATE_JSON) {
		struct buf line = BUF_INIT;
		struct json_writer w = JSON_WRITER(&line);

		buf_reserve(&line, 1024); /* so that growing leaves no copies */
		json_open_object(&w, NULL);
		json_put_text(&w, "kind", r->kind->name);
		json_put_text(&w, "name", mailbox);
		json_put_text(&w, "what", "key");
		json_put_text(&w, "key", text);
		json_close_object(&w);
		puts(line.p);
		buf_wipe(&line);
	} else
		printf("%s\n", text);
	if (fflush(stdout) != 0 || ferror(stdout))
		result = err_errno(err, "cannot write the recovery key");
	secret_free(text);
	return result;
}

/* Both open the mailbox until the new one has been seen. */
static int
exchange_recovery(struct rotation *r, const char *mailbox,
    struct mailbox_keys *keys, const char *path, struct err *err)
{
	unsigned char *key = secret_alloc(KEY_SIZE);
	char slot[KEY_ID_SIZE];
	int result;

	random_octets(key, KEY_SIZE);
	result = mailbox_keys_add_recovery(keys, key, slot, err);
	if (result == 0)
		result = keys_file_write(keys, path, err);
	if (result == 0 && show_key(r, mailbox, key, err) < 0) {
		mailbox_keys_remove_slot(keys, slot);
		(void)keys_file_write(keys, path, NULL);
		result = -1;
	}
	secret_free(key);
	if (result == 0) {
		mailbox_keys_remove_kind(keys, KEYSLOT_RECOVERY, slot);
		result = keys_file_write(keys, path, err);
	}
	if (result == 0)
		result = rotation_note(r, mailbox, "destroyed", NULL, err);
	return result < 0 ? -1 : rotation_note(r, mailbox, "done", slot, err);
}

static int
rotate_recovery_of(struct rotation *r, const char *mailbox, struct err *err)
{
	struct held_keys held = HELD_KEYS_INIT;
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct service_keys service = {.n = 0};
	struct buf path = BUF_INIT;
	int result = read_keys(mailbox, &keys, &path, err);

	if (result == 0 && !r->conf->dry_run)
		result = held_keys_open(&held, mailbox,
			     r->conf->lock_wait * 1000, err) == 0 &&
			service_keys_read(&service, err) == 0 &&
			mailbox_keys_unlock(&held.keys, &service, err) == 0 &&
			rotation_note(r, mailbox, "begun", NULL, err) == 0
		    ? exchange_recovery(r, mailbox, &held.keys, held.path.p,
			  err)
		    : -1;
	held_keys_close(&held);
	mailbox_keys_free(&keys);
	service_keys_free(&service);
	buf_free(&path);
	if (result == 0)
		rotation_say(r, mailbox, "a new recovery key, shown this once; "
		    "the old one opens nothing any more");
	return result;
}

/* Each key is for one person: one at a time. */
static int
rotate_recovery_key(struct rotation *r, const char *name, struct err *err)
{
	if (name == NULL)
		return err_set(err, ERR_USAGE, "whose? recovery:ADDRESS");
	if (r->conf->due) {
		rotation_need(r, name, "is due: `fe-rotate-keys recovery:%s' "
		    "shows a new key to write down", name);
		return 0;
	}
	return each_mailbox(r, name, rotate_recovery_of, err);
}

const struct rotation_kind rotate_recovery = {"recovery",
    "the recovery key of a mailbox (only by hand)", "never", "0s",
    list_recovery, NULL, rotate_recovery_key};
