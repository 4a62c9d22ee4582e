/* SPDX-License-Identifier: ISC */
/* A mailbox under a new data key. */
#include "rekey.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
	if (database_settle(r->db, err) < 0)
		return -1;
	database_close(r->db);
	r->db = NULL;
	return mailbox_files_remove_wal(r->files.path[MAILBOX_DATABASE], err);
}

/* Run by root, what is made stays whose the other file is. */
static int
keep_owner(const char *owned, const char *made, struct err *err)
{
	struct stat st;
	int fd, result = 0;

	if (geteuid() != 0)
		return 0;
	fd = open(made, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || stat(owned, &st) < 0 ||
	    fchown(fd, st.st_uid, st.st_gid) < 0)
		result = err_errno(err, "cannot give away '%s'", made);
	if (fd >= 0)
		close(fd);
	return result;
}

static int
swap_files(struct rekey *r, struct err *err)
{
	const char *from = r->files.path[MAILBOX_REKEY];
	const char *to = r->files.path[MAILBOX_DATABASE];

	if (keep_owner(to, from, err) < 0)
		return -1;
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

/* UIDVALIDITY of no folder was ever given before, here or there. */
static int
renew_uidvalidity(struct rekey *r, const struct database_key *key,
    struct err *err)
{
	static const char renew[] =
	    "UPDATE folder SET uidvalidity = %lld + id;"
	    "UPDATE mailbox SET uidvalidity = %lld +"
	    " (SELECT max(id) FROM folder);";
	const char *path = r->files.path[MAILBOX_REKEY];
	sqlite3 *db = NULL;
	int64_t ours, theirs;
	char text[256];
	int result = -1;

	if (database_number(r->db, "SELECT uidvalidity FROM mailbox", &ours,
		err) < 0 ||
	    database_open(&db, path, key, DATABASE_WRITE, err) < 0)
		return -1;
	if (database_number(db, "SELECT uidvalidity FROM mailbox", &theirs,
		err) == 0) {
		long long base = ours > theirs ? ours : theirs;

		sqlite3_snprintf(sizeof(text), text, renew, base, base);
		result = database_exec(db, text, err);
	}
	if (result == 0)
		result = database_settle(db, err);
	database_close(db);
	return result < 0 ? -1 : mailbox_files_remove_wal(path, err);
}

static int
replace_locked(struct rekey *r, const struct service_keys *service,
    sqlite3 *from, struct err *err)
{
	const char *path = r->files.path[MAILBOX_REKEY];
	struct database_key key = {DATABASE_KEY_RAW, NULL, KEY_SIZE, 0};

	if (keys_file_read(&r->keys, r->files.path[MAILBOX_KEYS], err) < 0 ||
	    mailbox_keys_unlock(&r->keys, service, err) < 0 ||
	    mailbox_files_open(&r->files, &r->keys, DATABASE_WRITE, &r->db,
	    err) < 0 || mailbox_files_remove(path, err) < 0)
		return -1;
	key.octets = mailbox_keys_current(&r->keys)->key;
	if (database_copy(from, path, &key, err) < 0)
		return -1;
	if (chmod(path, MAILBOX_FILE_MODE) < 0)
		return err_errno(err, "cannot change the mode of '%s'", path);
	if (renew_uidvalidity(r, &key, err) < 0 || close_old(r, err) < 0 ||
	    swap_files(r, err) < 0)
		return -1;
	if (keys_file_write(&r->keys, r->files.path[MAILBOX_KEYS], err) < 0)
		return -1;
	return keep_owner(r->files.path[MAILBOX_DATABASE],
	    r->files.path[MAILBOX_KEYS], err);
}

int
mailbox_replace(struct slice name, const struct service_keys *service,
    sqlite3 *from, int64_t wait_ms, struct err *err)
{
	struct rekey r = {.lock = MAILBOX_LOCK_INIT,
	    .keys = MAILBOX_KEYS_INIT};
	int result = -1;

	if (mailbox_files_init(&r.files, name, err) < 0)
		return -1;
	if (mailbox_lock_take(&r.lock, r.files.path[MAILBOX_LOCK], true,
	    wait_ms, err) == 0)
		result = replace_locked(&r, service, from, err);
	database_close(r.db);
	mailbox_keys_free(&r.keys);
	mailbox_lock_close(&r.lock);
	mailbox_files_free(&r.files);
	return result;
}
