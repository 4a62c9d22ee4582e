/* SPDX-License-Identifier: ISC */
/*
 * A new mailbox.  The database is made under another name, then come the
 * keys, then the rename: a crash before the keys leaves a file that nobody
 * looks at, one before the rename leaves both and so can be told from a
 * mailbox whose database was lost.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "crypto/keys_file.h"
#include "database.h"
#include "mailbox.h"
#include "mailbox_files.h"
#include "mailbox_lock.h"
#include "schema.h"

#define FOLDER_MODE 0750
#define CREATE_WAIT_MS 10000

static int
make_database(const char *path, const struct mailbox_keys *keys,
    struct err *err)
{
	struct database_key key = {DATABASE_KEY_RAW,
	    mailbox_keys_current(keys)->key, KEY_SIZE, 0};
	sqlite3 *db;
	int result;

	if (mailbox_files_remove(path, err) < 0 ||
	    database_open(&db, path, &key, DATABASE_MAKE, err) < 0)
		return -1;
	result = schema_create(db, clock_now_ms(), err);
	/* The rename takes no WAL along. */
	if (result == 0)
		result = database_settle(db, err);
	database_close(db);
	if (result == 0 && chmod(path, MAILBOX_FILE_MODE) < 0)
		result = err_errno(err, "cannot change the mode of '%s'", path);
	return result;
}

static int
create_locked(const struct mailbox_files *f, struct mailbox_keys *keys,
    struct err *err)
{
	bool has_keys = access(f->path[MAILBOX_KEYS], F_OK) == 0;
	bool has_new = access(f->path[MAILBOX_NEW], F_OK) == 0;

	if (access(f->path[MAILBOX_DATABASE], F_OK) == 0)
		return err_set(err, ERR_USAGE, "'%s' is there already",
		    f->path[MAILBOX_DATABASE]);
	if (has_keys && !has_new)
		return err_set(err, ERR_USAGE, "'%s' is there without its "
		    "database: restore that, or erase the mailbox",
		    f->path[MAILBOX_KEYS]);
	if (make_database(f->path[MAILBOX_NEW], keys, err) < 0 ||
	    keys_file_write(keys, f->path[MAILBOX_KEYS], err) < 0)
		return -1;
	if (rename(f->path[MAILBOX_NEW], f->path[MAILBOX_DATABASE]) < 0)
		return err_errno(err, "cannot rename '%s'",
		    f->path[MAILBOX_NEW]);
	return io_sync_folder(f->path[MAILBOX_DATABASE], err);
}

int
mailbox_create(struct slice name, struct mailbox_keys *keys, struct err *err)
{
	struct mailbox_files files;
	struct mailbox_lock lock = MAILBOX_LOCK_INIT;
	int result = -1;

	if (mailbox_files_init(&files, name, err) < 0)
		return -1;
	if (mailbox_files_make_folder(&files, FOLDER_MODE, err) == 0 &&
	    mailbox_lock_make(files.path[MAILBOX_LOCK], err) == 0 &&
	    mailbox_lock_take(&lock, files.path[MAILBOX_LOCK], true,
	    CREATE_WAIT_MS, err) == 0)
		result = create_locked(&files, keys, err);
	mailbox_lock_close(&lock);
	mailbox_files_free(&files);
	return result;
}
