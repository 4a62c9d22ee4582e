/* SPDX-License-Identifier: ISC */
/*
 * Keys under which something lasting is encrypted that nobody else need touch
 * meanwhile: secrets of accounts, the queue.  All of it goes under the next
 * key, then that takes the place of the old one, which is destroyed.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "base/secret.h"
#include "crypto/key_file.h"
#include "ops/rotate.h"
#include "store/account.h"
#include "store/account_secret.h"
#include "store/database.h"
#include "store/mailbox_files.h"

static int
list_key(struct rotation *r, struct err *err)
{
	char id[KEY_ID_SIZE], file[64];
	int result = key_file_current_id(r->kind->name, id, err);

	snprintf(file, sizeof(file), "%s.key", r->kind->name);
	if (result == 0)
		rotation_list(r, NULL, id, key_file_is_prepared(
		    r->kind->name) ? "half way" : "active",
		    key_file_since(file), true);
	return result;
}

/* The last steps, which both have alike; `begun' has the id of the key that
 * goes. */
static int
end_exchange(struct rotation *r, struct err *err)
{
	char id[KEY_ID_SIZE], old[KEY_ID_SIZE];

	snprintf(old, sizeof(old), "%s", rotation_begun(r, "")->id);
	if (key_file_swap(r->kind->name, err) < 0 ||
	    rotation_note(r, "", "destroyed", old, err) < 0 ||
	    key_file_current_id(r->kind->name, id, err) < 0)
		return -1;
	return rotation_note(r, "", "done", id, err);
}

typedef int (*encrypt_anew)(struct rotation *r, size_t *n, struct err *err);

/* From wherever it is to its end. */
static int
go_on(struct rotation *r, encrypt_anew encrypt, size_t *n, struct err *err)
{
	const char *name = r->kind->name;
	char old[KEY_ID_SIZE];

	*n = 0;
	if (key_file_prepare(name, err) < 0 ||
	    (rotation_begun(r, "") == NULL &&
		(key_file_current_id(name, old, err) < 0 ||
		    rotation_note(r, "", "begun", old, err) < 0)) ||
	    encrypt(r, n, err) < 0)
		return -1;
	return end_exchange(r, err);
}

static int
finish(struct rotation *r, encrypt_anew encrypt, struct err *err)
{
	bool half = key_file_is_prepared(r->kind->name);
	size_t n = 0;

	if (r->conf->dry_run || (!half && rotation_begun(r, "") == NULL))
		return 0;
	/* without the next key all was done but to say so */
	if ((half ? go_on(r, encrypt, &n, err) : end_exchange(r, err)) < 0)
		return -1;
	rotation_say(r, "", "the rotation that was cut short is done");
	return 0;
}

/* ---- account ---- */

static int
reseal_domain(const char *domain, size_t *n, struct err *err)
{
	struct buf path = BUF_INIT, name = BUF_INIT;
	const struct dirent *entry;
	DIR *folder = opendir(home_file(&path, "secrets/%s", domain));
	int result = 0;

	if (folder == NULL && errno != ENOTDIR)
		result = err_errno(err, "cannot open '%s'", path.p);
	while (folder != NULL && result >= 0 &&
	    (entry = readdir(folder)) != NULL) {
		struct slice file = slice_text(entry->d_name);

		if (file.p[0] == '.' || !slice_ends(file, ".json"))
			continue;
		buf_truncate(&name, 0);
		buf_append(&name, file.p, file.n - strlen(".json"));
		buf_format(&name, "@%s", domain);
		result = account_secret_reseal(name.p, err);
		*n += result > 0;
	}
	if (folder != NULL)
		closedir(folder);
	buf_free(&path);
	buf_free(&name);
	return result < 0 ? -1 : 0;
}

static int
reseal_all(struct rotation *r, size_t *n, struct err *err)
{
	struct buf path = BUF_INIT;
	const struct dirent *entry;
	int lock = account_lock(err), result = lock < 0 ? -1 : 0;
	DIR *folder = opendir(home_file(&path, "secrets"));

	(void)r;
	if (folder == NULL && result == 0)
		result = err_errno(err, "cannot open '%s'", path.p);
	while (folder != NULL && result == 0 &&
	    (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			result = reseal_domain(entry->d_name, n, err);
	if (folder != NULL)
		closedir(folder);
	/* held until nobody reads the old key for writing any more */
	if (result == 0)
		result = key_file_swap("account", err);
	if (lock >= 0)
		close(lock);
	buf_free(&path);
	return result;
}

static int
rotate_account_key(struct rotation *r, const char *name, struct err *err)
{
	size_t n = 0;

	(void)name;
	if (r->conf->dry_run) {
		rotation_say(r, "", "a new key seals the secrets of all "
		    "accounts; the old one is destroyed");
		return 0;
	}
	if (go_on(r, reseal_all, &n, err) < 0)
		return -1;
	rotation_say(r, "", "a new key seals the secrets of %zu accounts; the "
	    "old one is destroyed", n);
	return 0;
}

static int
finish_account(struct rotation *r, struct err *err)
{
	return finish(r, reseal_all, err);
}

const struct rotation_kind rotate_account = {"account",
    "seals login hashes and second factors", "365d", "0s", list_key,
    finish_account, rotate_account_key};

/* ---- queue ---- */

#define QUEUE "queue/queue.sqlite"

static struct database_key
raw(const unsigned char *key)
{
	return (struct database_key){DATABASE_KEY_RAW, key, KEY_SIZE, 0};
}

/* Opened so that nobody else has it open. */
static int
open_alone(sqlite3 **db, const char *path, const unsigned char *key,
    struct err *err)
{
	const struct database_key with = raw(key);

	if (database_open(db, path, &with, DATABASE_WRITE, err) < 0)
		return -1;
	sqlite3_busy_timeout(*db, 1000);
	if (database_exec(*db, "PRAGMA locking_mode=EXCLUSIVE", err) == 0 &&
	    database_exec(*db, "BEGIN EXCLUSIVE; COMMIT", err) == 0)
		return 0;
	database_close(*db);
	*db = NULL;
	return err_set(err, ERR_SYSTEM, "the queue is in use: stop what sends "
	    "from it, then rotate again");
}

static int
copy_queue(const char *path, const char *fresh, const unsigned char *old,
    const unsigned char *next, struct err *err)
{
	const struct database_key with = raw(next);
	struct stat st;
	sqlite3 *db = NULL;
	int result = -1;

	if (mailbox_files_remove(fresh, err) < 0 ||
	    open_alone(&db, path, old, err) < 0)
		return -1;
	if (stat(path, &st) < 0)
		err_errno(err, "cannot read '%s'", path);
	else if (database_settle(db, err) == 0 &&
	    database_copy(db, fresh, &with, err) == 0) {
		if (chmod(fresh, st.st_mode & 07777) < 0 || (geteuid() == 0 &&
			chown(fresh, st.st_uid, st.st_gid) < 0))
			err_errno(err, "cannot give away '%s'", fresh);
		else if (mailbox_files_remove_wal(path, err) < 0)
			result = -1;
		else if (rename(fresh, path) < 0)
			err_errno(err, "cannot rename '%s'", fresh);
		else
			result = io_sync_folder(path, err);
	}
	database_close(db);
	return result;
}

static int
encrypt_queue(struct rotation *r, size_t *n, struct err *err)
{
	struct buf path = BUF_INIT, fresh = BUF_INIT;
	unsigned char *old = NULL, *next = NULL;
	sqlite3 *db = NULL;
	struct database_key with;
	int result = 0;

	(void)r;
	home_file(&path, QUEUE);
	home_file(&fresh, QUEUE ".rekey");
	if (access(path.p, F_OK) == 0) {
		result = key_file_read("queue", false, &old, err);
		if (result == 0)
			result = key_file_read("queue", true, &next, err);
		with = raw(next);
		/* a run that was cut short may have come so far */
		if (result == 0 && database_open(&db, path.p, &with,
			DATABASE_READ, NULL) < 0)
			result = copy_queue(path.p, fresh.p, old, next, err);
		database_close(db);
		*n = 1;
	}
	secret_free(old);
	secret_free(next);
	buf_free(&path);
	buf_free(&fresh);
	return result;
}

static int
rotate_queue_key(struct rotation *r, const char *name, struct err *err)
{
	size_t n = 0;

	(void)name;
	if (!r->conf->dry_run && go_on(r, encrypt_queue, &n, err) < 0)
		return -1;
	rotation_say(r, "", n > 0 ? "the queue is under a new key; the old "
	    "one is destroyed" : "a new key; the old one is destroyed");
	return 0;
}

static int
finish_queue(struct rotation *r, struct err *err)
{
	return finish(r, encrypt_queue, err);
}

const struct rotation_kind rotate_queue = {"queue", "the outbound queue",
    "365d", "0s", list_key, finish_queue, rotate_queue_key};
