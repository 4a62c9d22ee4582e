/* SPDX-License-Identifier: ISC */
/*
 * Changes of an account over several files.  account_change.h has the order.
 */
#include "store/account_change.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/secret.h"
#include "crypto/backup_slot.h"
#include "crypto/keys_file.h"
#include "store/account_secret.h"
#include "store/guarded_keys.h"
#include "store/mailbox.h"
#include "store/mailbox_lock.h"
#include "store/replay.h"
#include "store/rekey.h"

#define LOCK_WAIT_MS 30000

int
account_list_sound(struct account_list *list, struct err *err)
{
	if (account_list_read(list, err) < 0)
		return -1;
	if (list->bad == 0)
		return 0;
	*err = list->bad_first;
	account_list_free(list);
	return -1;
}

static int
publish(struct err *err)
{
	struct account_list list;
	int result;

	if (account_list_sound(&list, err) < 0)
		return -1;
	result = account_list_publish(&list, err);
	account_list_free(&list);
	return result;
}

static bool
mailbox_is_there(const char *name)
{
	struct buf path = BUF_INIT;
	bool there = mailbox_path(&path, slice_text(name), MAILBOX_DATABASE,
	    NULL) != NULL && access(path.p, F_OK) == 0;

	buf_free(&path);
	return there;
}

static int
check_free(const struct account_list *list, const char *address,
    const char *name, struct err *err)
{
	const struct account *owner = account_list_owner(list, address);

	if (owner == NULL || (strcmp(owner->name, name) == 0 &&
		owner->state == ACCOUNT_MAKING))
		return 0;
	if (strcmp(owner->name, address) != 0)
		return err_set(err, ERR_USAGE, "'%s' is an alias of '%s'",
		    address, owner->name);
	if (owner->state == ACCOUNT_REMOVING)
		return err_set(err, ERR_USAGE, "the account '%s' is being "
		    "removed: finish that with remove", address);
	return err_set(err, ERR_USAGE, "the account '%s' is there already",
	    address);
}

/* Nothing of the new account is in the way; *making: an add was cut short. */
static int
check_new(const struct account_new *new, bool *making, struct err *err)
{
	struct account_list list;
	int result;

	if (account_list_sound(&list, err) < 0)
		return -1;
	*making = account_list_owner(&list, new->name) != NULL;
	result = check_free(&list, new->name, new->name, err);
	for (size_t i = 0; i < new->aliases_n && result == 0; i++)
		result = check_free(&list, new->aliases[i], new->name, err);
	/* An add that failed when all but the table was written says so when
	 * it is tried again, and the table is mended by that. */
	if (result < 0)
		(void)account_list_publish(&list, NULL);
	account_list_free(&list);
	if (result == 0 && !*making && !new->adopt &&
	    mailbox_is_there(new->name))
		result = err_set(err, ERR_USAGE, "a mailbox '%s' of an earlier "
		    "account is there: --adopt gives it to the new one",
		    new->name);
	return result;
}

static int
write_document(const struct account_new *new, struct err *err)
{
	struct account account = {.name = mem_text(new->name),
	    .quota = new->quota, .state = ACCOUNT_MAKING};
	int result;

	account.aliases = mem_zalloc(
	    (new->aliases_n + 1) * sizeof(*account.aliases));
	for (size_t i = 0; i < new->aliases_n; i++)
		account.aliases[account.aliases_n++] =
		    mem_text(new->aliases[i]);
	result = account_write(&account, err);
	account_free(&account);
	return result;
}

static int
set_state(const char *name, enum account_state state, struct err *err)
{
	struct account account;
	int found = account_read(&account, name, err);

	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(
		    err, ERR_USAGE, "there is no account '%s'", name);
	account.state = state;
	found = account_write(&account, err);
	account_free(&account);
	return found;
}

/* A new recovery key and its slot. */
static int
new_recovery(struct mailbox_keys *keys, char text[RECOVERY_TEXT_SIZE],
    struct err *err)
{
	unsigned char *key = secret_alloc(KEY_SIZE);
	int result;

	random_octets(key, KEY_SIZE);
	result = mailbox_keys_set_recovery(keys, key, err);
	recovery_format(key, text);
	secret_free(key);
	return result;
}

/* USER.keys of a mailbox, locked against everybody else until closed. */
struct keys_change {
	struct buf path;
	struct mailbox_lock lock;
	struct mailbox_keys keys;
};
#define KEYS_CHANGE_INIT {BUF_INIT, MAILBOX_LOCK_INIT, MAILBOX_KEYS_INIT}

static int
keys_change_open(struct keys_change *c, const char *name, struct err *err)
{
	if (mailbox_path(&c->path, slice_text(name), MAILBOX_LOCK, err) ==
		NULL ||
	    mailbox_lock_take(&c->lock, c->path.p, true, LOCK_WAIT_MS, err) <
		0 ||
	    mailbox_path(&c->path, slice_text(name), MAILBOX_KEYS, err) ==
		NULL)
		return -1;
	return keys_file_read(&c->keys, c->path.p, err);
}

static void
keys_change_close(struct keys_change *c)
{
	mailbox_keys_free(&c->keys);
	mailbox_lock_close(&c->lock);
	buf_free(&c->path);
}

/* What was accepted under the key that goes now is applied before it goes. */
static int
empty_journal(const char *name, const struct service_keys *service,
    int *guard, struct err *err)
{
	struct mailbox_opener opener = {.service = service, .locked = true};
	struct buf path = BUF_INIT;
	struct mailbox *m = NULL;
	int result = -1;

	*guard = guard_take(mailbox_path(&path, slice_text(name),
	    MAILBOX_LOCK, err), LOCK_WAIT_MS, err);
	if (*guard >= 0 && mailbox_open(&m, slice_text(name), &opener,
	    err) == 0 && replay_mailbox(m, err) >= 0)
		result = 0;
	mailbox_close(m);
	buf_free(&path);
	return result;
}

/* A mailbox that is there already: nobody's former slot opens it any more. */
static int
take_over(const struct account_new *new, const struct service_keys *service,
    char *recovery, struct err *err)
{
	struct keys_change c = KEYS_CHANGE_INIT;
	size_t added;
	int guard = -1, result = -1;

	if (keys_change_open(&c, new->name, err) == 0 &&
	    mailbox_keys_unlock(&c.keys, service, err) == 0 &&
	    empty_journal(new->name, service, &guard, err) == 0 &&
	    mailbox_keys_renew(&c.keys, service, err) == 0 &&
	    backup_slots_add(&c.keys, &added, err) == 0 &&
	    mailbox_keys_set_password(&c.keys, new->password, err) == 0 &&
	    new_recovery(&c.keys, recovery, err) == 0)
		result = keys_file_write(&c.keys, c.path.p, err);
	if (guard >= 0)
		close(guard);
	keys_change_close(&c);
	return result;
}

static int
make_mailbox(const struct account_new *new, const struct service_keys *service,
    char *recovery, struct err *err)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	size_t added;
	int result = -1;

	if (mailbox_keys_make(&keys, service, err) == 0 &&
	    backup_slots_add(&keys, &added, err) == 0 &&
	    mailbox_keys_set_password(&keys, new->password, err) == 0 &&
	    new_recovery(&keys, recovery, err) == 0)
		result = mailbox_create(slice_text(new->name), &keys, err);
	mailbox_keys_free(&keys);
	return result;
}

static int
write_hash(const char *name, const char *password, struct err *err)
{
	struct account_secret *secret = NULL;
	int result = account_secret_read(&secret, name, err);

	if (result < 0)
		return -1;
	if (secret == NULL)
		secret = account_secret_new();
	result = password_hash(password, secret->password, err);
	if (result == 0)
		result = account_secret_write(secret, name, err);
	account_secret_free(secret);
	return result;
}

int
account_add(const struct account_new *new,
    char recovery[RECOVERY_TEXT_SIZE], struct err *err)
{
	struct service_keys service;
	bool making;
	int result = -1;

	if (check_new(new, &making, err) < 0 ||
	    service_keys_read(&service, err) < 0)
		return -1;
	/* secrets that an earlier account of the name left are not its own */
	if ((making || account_secret_delete(new->name, err) == 0) &&
	    write_document(new, err) == 0)
		result = mailbox_is_there(new->name)
		    ? take_over(new, &service, recovery, err)
		    : make_mailbox(new, &service, recovery, err);
	if (result == 0)
		result = write_hash(new->name, new->password, err);
	service_keys_free(&service);
	return result;
}

int
account_activate(const char *name, struct err *err)
{
	if (set_state(name, ACCOUNT_ACTIVE, err) < 0)
		return -1;
	return publish(err);
}

static int
unlock(struct keys_change *c, const struct account_proof *proof,
    const struct service_keys *service, struct err *err)
{
	if (proof->recovery != NULL)
		return mailbox_keys_unlock_recovery(
		    &c->keys, proof->recovery, err);
	if (proof->password != NULL)
		return mailbox_keys_unlock_password(
		    &c->keys, proof->password, err);
	return mailbox_keys_unlock(&c->keys, service, err);
}

/* The three steps of a new password, the keys being unlocked. */
static int
change_password(struct keys_change *c, const char *name, const char *password,
    char *recovery, struct err *err)
{
	char slot[KEY_ID_SIZE];

	if (recovery != NULL && new_recovery(&c->keys, recovery, err) < 0)
		return -1;
	if (mailbox_keys_add_password(&c->keys, KEYSLOT_PASSWORD, password,
		slot, err) < 0 ||
	    keys_file_write(&c->keys, c->path.p, err) < 0 ||
	    write_hash(name, password, err) < 0)
		return -1;
	mailbox_keys_remove_kind(&c->keys, KEYSLOT_PASSWORD, slot);
	return keys_file_write(&c->keys, c->path.p, err);
}

int
account_set_password(const char *name, const struct account_proof *proof,
    const char *password, char *recovery, struct err *err)
{
	struct keys_change c = KEYS_CHANGE_INIT;
	struct service_keys service;
	struct account account;
	int result = account_read(&account, name, err);

	if (result < 0)
		return -1;
	if (result == 0)
		return err_set(
		    err, ERR_USAGE, "there is no account '%s'", name);
	result = account.state == ACCOUNT_ACTIVE ? 0
	    : err_set(err, ERR_USAGE, "the account '%s' is not whole: finish "
		"add or remove first", name);
	account_free(&account);
	if (result < 0 || service_keys_read(&service, err) < 0)
		return -1;
	result = -1;
	/* a home restored elsewhere may have another service key by now */
	if (keys_change_open(&c, name, err) == 0 &&
	    unlock(&c, proof, &service, err) == 0 &&
	    mailbox_keys_set_service(&c.keys, &service, err) == 0)
		result = change_password(&c, name, password, recovery, err);
	keys_change_close(&c);
	service_keys_free(&service);
	return result;
}

int
account_remove(const char *name, bool erase, struct err *err)
{
	if (set_state(name, ACCOUNT_REMOVING, err) < 0 || publish(err) < 0)
		return -1;
	if (erase && mailbox_erase(slice_text(name), LOCK_WAIT_MS, err) < 0 &&
	    err->kind != ERR_USAGE)
		return -1;
	if (account_secret_delete(name, err) < 0)
		return -1;
	return account_delete(name, err);
}
