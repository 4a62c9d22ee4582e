/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_PASS_H
#define FE_STORE_PASS_H

#include <sqlite3.h>

/*
 * A file of our VFS that stands before a file of the system's VFS, and the
 * methods that hand a call on unchanged.  Every file of ours begins with a
 * struct pass_file.
 */
struct pass_file {
	sqlite3_file base;
	sqlite3_file *real;
};

int pass_close(sqlite3_file *file);
int pass_read(sqlite3_file *file, void *to, int n, sqlite3_int64 offset);
int pass_write(sqlite3_file *file, const void *from, int n,
    sqlite3_int64 offset);
int pass_truncate(sqlite3_file *file, sqlite3_int64 size);
int pass_sync(sqlite3_file *file, int flags);
int pass_size(sqlite3_file *file, sqlite3_int64 *size);
int pass_lock(sqlite3_file *file, int level);
int pass_unlock(sqlite3_file *file, int level);
int pass_check_reserved(sqlite3_file *file, int *out);
int pass_control(sqlite3_file *file, int op, void *argument);
int pass_sector_size(sqlite3_file *file);
int pass_shm_map(sqlite3_file *file, int region, int size, int extend,
    void volatile **out);
int pass_shm_lock(sqlite3_file *file, int offset, int n, int flags);
void pass_shm_barrier(sqlite3_file *file);
int pass_shm_unmap(sqlite3_file *file, int remove);
/* Without the promises about atomic writes, which hold for the pages that
 * SQLite sees and not for ours; with POWERSAFE_OVERWRITE, without which
 * SQLite may split a page at a sector's end. */
int pass_characteristics(sqlite3_file *file);

#endif
