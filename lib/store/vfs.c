/* SPDX-License-Identifier: ISC */
/*
 * The VFS itself: opening files, and handing on what is not ours.
 */
#include "vfs.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "journal_file.h"
#include "main_file.h"
#include "wal_file.h"

struct offered_key {
	struct offered_key *next;
	uint64_t id;
	struct file_key *key;
};

/* SQLite keeps the list of VFSs of the process, so this is one for the
 * process, too. */
static struct vfs {
	sqlite3_vfs base;
	sqlite3_vfs *real;
	struct offered_key *keys;
	uint64_t last_id;
} vfs;

union any_file {
	struct pass_file pass;
	struct main_file main;
	struct wal_file wal;
	struct journal_file journal;
};

uint64_t
vfs_key_offer(struct file_key *key)
{
	struct offered_key *offered = mem_zalloc(sizeof(*offered));

	offered->id = ++vfs.last_id;
	offered->key = file_key_share(key);
	offered->next = vfs.keys;
	vfs.keys = offered;
	return offered->id;
}

void
vfs_key_withdraw(uint64_t id)
{
	for (struct offered_key **at = &vfs.keys; *at != NULL;
	     at = &(*at)->next) {
		struct offered_key *offered = *at;

		if (offered->id != id)
			continue;
		*at = offered->next;
		file_key_drop(offered->key);
		free(offered);
		return;
	}
}

static struct file_key *
find_key(const char *name)
{
	uint64_t id = (uint64_t)sqlite3_uri_int64(name, "keyid", 0);

	for (struct offered_key *at = vfs.keys; at != NULL; at = at->next)
		if (at->id == id)
			return at->key;
	return NULL;
}

static int
open_real(union any_file *file, const char *name, int flags, int *out_flags)
{
	file->pass.real = (sqlite3_file *)(void *)(file + 1);
	return vfs.real->xOpen(vfs.real, name, file->pass.real, flags,
	    out_flags);
}

static int
open_main(union any_file *file, const char *name, int flags, int *out_flags)
{
	struct file_key *key = find_key(name);
	int rc;

	if (key == NULL)
		return SQLITE_CANTOPEN;
	rc = open_real(file, name, flags, out_flags);
	if (rc != SQLITE_OK)
		return rc;
	rc = main_file_init(&file->main, file_key_share(key),
	    sqlite3_uri_boolean(name, "frozen", 0));
	if (rc != SQLITE_OK) {
		file_key_drop(key);
		pass_close(&file->pass.base);
	}
	return rc;
}

/* Beside a frozen file no WAL can be made; SQLite gets an empty one. */
static int
open_wal(union any_file *file, struct main_file *main, const char *name,
    int flags, int *out_flags)
{
	int rc, is_there = 1;

	if (main->frozen) {
		flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL;
		vfs.real->xAccess(vfs.real, name, SQLITE_ACCESS_EXISTS,
		    &is_there);
	}
	rc = open_real(file, is_there ? name : "/dev/null", flags, out_flags);
	if (rc == SQLITE_OK)
		wal_file_init(&file->wal, main);
	return rc;
}

static int
vfs_open(sqlite3_vfs *self, const char *name, sqlite3_file *out,
    int flags, int *out_flags)
{
	union any_file *file = (union any_file *)(void *)out;
	struct main_file *main;
	int rc;

	(void)self;
	out->pMethods = NULL;
	if (name == NULL)
		return SQLITE_CANTOPEN;
	if (flags & SQLITE_OPEN_MAIN_DB)
		return open_main(file, name, flags, out_flags);
	/* Holds names of files, nothing else. */
	if (flags & SQLITE_OPEN_SUPER_JOURNAL)
		return vfs.real->xOpen(vfs.real, name, out, flags, out_flags);
	if (!(flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)))
		return SQLITE_CANTOPEN;
	main = (struct main_file *)(void *)sqlite3_database_file_object(name);
	if (flags & SQLITE_OPEN_WAL)
		return open_wal(file, main, name, flags, out_flags);
	rc = open_real(file, name, flags, out_flags);
	if (rc == SQLITE_OK)
		journal_file_init(&file->journal, main);
	return rc;
}

static int
vfs_delete(sqlite3_vfs *self, const char *name, int sync)
{
	(void)self;
	return vfs.real->xDelete(vfs.real, name, sync);
}

static int
vfs_access(sqlite3_vfs *self, const char *name, int flags, int *out)
{
	(void)self;
	return vfs.real->xAccess(vfs.real, name, flags, out);
}

static int
vfs_full_path(sqlite3_vfs *self, const char *name, int n, char *out)
{
	(void)self;
	return vfs.real->xFullPathname(vfs.real, name, n, out);
}

static int
vfs_randomness(sqlite3_vfs *self, int n, char *out)
{
	(void)self;
	return vfs.real->xRandomness(vfs.real, n, out);
}

static int
vfs_sleep(sqlite3_vfs *self, int us)
{
	(void)self;
	return vfs.real->xSleep(vfs.real, us);
}

static int
vfs_time(sqlite3_vfs *self, double *out)
{
	(void)self;
	return vfs.real->xCurrentTime(vfs.real, out);
}

static int
vfs_time_ms(sqlite3_vfs *self, sqlite3_int64 *out)
{
	(void)self;
	return vfs.real->xCurrentTimeInt64(vfs.real, out);
}

static int
vfs_last_error(sqlite3_vfs *self, int n, char *out)
{
	(void)self;
	return vfs.real->xGetLastError(vfs.real, n, out);
}

int
vfs_register(struct err *err)
{
	if (vfs.real != NULL)
		return 0;
	vfs.real = sqlite3_vfs_find(NULL);
	if (vfs.real == NULL || vfs.real->iVersion < 2)
		return err_set(err, ERR_SYSTEM,
		    "SQLite has no usable file system layer");
	vfs.base = (sqlite3_vfs){
		.iVersion = 2,
		.szOsFile = (int)sizeof(union any_file) + vfs.real->szOsFile,
		.mxPathname = vfs.real->mxPathname,
		.zName = VFS_NAME,
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_path,
		.xRandomness = vfs_randomness,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
		.xGetLastError = vfs_last_error,
		.xCurrentTimeInt64 = vfs_time_ms,
	};
	if (sqlite3_vfs_register(&vfs.base, 0) != SQLITE_OK) {
		vfs.real = NULL;
		return err_set(err, ERR_SYSTEM,
		    "SQLite refuses our file system layer");
	}
	return 0;
}
