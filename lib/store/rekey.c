/* SPDX-License-Identifier: ISC */
/* A mailbox under a new data key. */
#include "rekey.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "crypto/keys_file.h"
#include "database.h"
#include "mailbox_files.h"
#include "mailbox_lock.h"

struct rekey {
	struct mailbox_files files;
	struct mailbox_lock lock;
	struct mailbox_keys keys;
	sqlite3 *db;
	rekey_hook *hook;
};

static void
step(const struct rekey *r, int number)
{
	if (r->hook != NULL)
		r->hook(number);
}

static int
write_copy(struct rekey *r, struct err *err)
{
	const char *path = r->files.path[MAILBOX_REKEY];
	struct database_key key = {DATABASE_KEY_RAW, NULL, KEY_SIZE, 0};

	if (mailbox_files_remove(path, err) < 0 ||
	    mailbox_keys_add_data_key(&r->keys, err) < 0)
		return -1;
	key.octets = mailbox_keys_current(&r->keys)->key;
	if (database_copy(r->db, path, &key, err) < 0)
		return -1;
	if (chmod(path, MAILBOX_FILE_MODE) < 0)
		return err_errno(err, "cannot change the mode of '%s'", path);
	return 0;
}

/* Others may still have the old WAL open; we hold the lock, so nothing is in
 * it that is not in the file once it was checkpointed. */
static int
close_old(struct rekey *r, struct err *err)
{
	int busy = sqlite3_wal_checkpoint_v2(r->db, "main",
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	if (busy != SQLITE_OK)
		return database_fail(r->db, err, "cannot empty the WAL");
	database_close(r->db);
	r->db = NULL;
	return mailbox_files_remove_wal(r->files.path[MAILBOX_DATABASE], err);
}

static int
swap_files(struct rekey *r, struct err *err)
{
	const char *from = r->files.path[MAILBOX_REKEY];
	const char *to = r->files.path[MAILBOX_DATABASE];

	if (rename(from, to) < 0)
		return err_errno(err, "cannot rename '%s'", from);
	return io_sync_folder(to, err);
}

static int
rekey_locked(struct rekey *r, const struct service_keys *service,
    struct err *err)
{
	const char *path = r->files.path[MAILBOX_KEYS];

	if (keys_file_read(&r->keys, path, err) < 0 ||
	    mailbox_keys_unlock(&r->keys, service, err) < 0 ||
	    mailbox_files_open(&r->files, &r->keys, DATABASE_WRITE, &r->db,
	    err) < 0)
		return -1;
	step(r, 1);
	if (write_copy(r, err) < 0)
		return -1;
	step(r, 2);
	if (keys_file_write(&r->keys, path, err) < 0)
		return -1;
	step(r, 3);
	if (close_old(r, err) < 0)
		return -1;
	step(r, 4);
	if (swap_files(r, err) < 0)
		return -1;
	step(r, 5);
	mailbox_keys_drop_old(&r->keys);
	if (keys_file_write(&r->keys, path, err) < 0)
		return -1;
	step(r, 6);
	return 0;
}

int
mailbox_rekey(struct slice name, const struct service_keys *service,
    int64_t wait_ms, rekey_hook *hook, struct err *err)
{
	struct rekey r = {.lock = MAILBOX_LOCK_INIT,
	    .keys = MAILBOX_KEYS_INIT, .hook = hook};
	int result = -1;

	if (mailbox_files_init(&r.files, name, err) < 0)
		return -1;
	if (mailbox_lock_take(&r.lock, r.files.path[MAILBOX_LOCK], true,
	    wait_ms, err) == 0)
		result = rekey_locked(&r, service, err);
	database_close(r.db);
	mailbox_keys_free(&r.keys);
	mailbox_lock_close(&r.lock);
	mailbox_files_free(&r.files);
	return result;
}
