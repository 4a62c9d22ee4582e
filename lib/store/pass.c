/* SPDX-License-Identifier: ISC */
/*
 * Calls that the system's VFS answers for us.
 */
#include "pass.h"

#ifndef SQLITE_IOCAP_SUBPAGE_READ
#define SQLITE_IOCAP_SUBPAGE_READ 0x00008000 /* SQLite 3.48 */
#endif

#define ATOMIC_PROMISES (SQLITE_IOCAP_ATOMIC | SQLITE_IOCAP_ATOMIC512 | \
	SQLITE_IOCAP_ATOMIC1K | SQLITE_IOCAP_ATOMIC2K | \
	SQLITE_IOCAP_ATOMIC4K | SQLITE_IOCAP_ATOMIC8K | \
	SQLITE_IOCAP_ATOMIC16K | SQLITE_IOCAP_ATOMIC32K | \
	SQLITE_IOCAP_ATOMIC64K | SQLITE_IOCAP_BATCH_ATOMIC | \
	SQLITE_IOCAP_SUBPAGE_READ)

static sqlite3_file *
real_of(sqlite3_file *file)
{
	return ((struct pass_file *)(void *)file)->real;
}

int
pass_close(sqlite3_file *file)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xClose(real);
}

int
pass_read(sqlite3_file *file, void *to, int n, sqlite3_int64 offset)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xRead(real, to, n, offset);
}

int
pass_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 offset)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xWrite(real, from, n, offset);
}

int
pass_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xTruncate(real, size);
}

int
pass_sync(sqlite3_file *file, int flags)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xSync(real, flags);
}

int
pass_size(sqlite3_file *file, sqlite3_int64 *size)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xFileSize(real, size);
}

int
pass_lock(sqlite3_file *file, int level)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xLock(real, level);
}

int
pass_unlock(sqlite3_file *file, int level)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xUnlock(real, level);
}

int
pass_check_reserved(sqlite3_file *file, int *out)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xCheckReservedLock(real, out);
}

int
pass_control(sqlite3_file *file, int op, void *argument)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xFileControl(real, op, argument);
}

int
pass_sector_size(sqlite3_file *file)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xSectorSize(real);
}

int
pass_shm_map(sqlite3_file *file, int region, int size, int extend,
    void volatile **out)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xShmMap(real, region, size, extend, out);
}

int
pass_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xShmLock(real, offset, n, flags);
}

void
pass_shm_barrier(sqlite3_file *file)
{
	sqlite3_file *real = real_of(file);

	real->pMethods->xShmBarrier(real);
}

int
pass_shm_unmap(sqlite3_file *file, int remove)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xShmUnmap(real, remove);
}

int
pass_characteristics(sqlite3_file *file)
{
	sqlite3_file *real = real_of(file);

	return (real->pMethods->xDeviceCharacteristics(real) &
	    ~ATOMIC_PROMISES) | SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}
