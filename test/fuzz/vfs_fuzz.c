/* SPDX-License-Identifier: ISC */
/*
 * A hostile file with a hostile log or journal beside it, under a key that is
 * known:
 *	octet 0		bits: 1 seal the pages (they are given in plain, so
 *			that what lies behind the tags is reached), 2 mend the
 *			sums of the log, 4 the second file is a journal,
 *			8 open for writing
 *	octets 1 to 3	length of the main file, big-endian
 *	then		main file, second file
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "store/database.h"
#include "store/page.h"
#include "store/verify.h"
#include "store/wal_file.h"

#define SIZE_MAX_INPUT 70000
#define STEPS_MAX 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char key_octets[PAGE_KEY_SIZE] =
    "0123456789abcdefghijklmnopqrstu";
static char folder[64];
static struct page_cipher *cipher;

static void
remove_files(void)
{
	static const char *const names[] = {"f.db", "f.db-wal", "f.db-journal",
	    "f.db-shm"};
	char path[128];

	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
}

static void
leave(void)
{
	remove_files();
	rmdir(folder);
	page_cipher_free(cipher);
}

static void
start(void)
{
	snprintf(folder, sizeof(folder), "/dev/shm/fe-fuzz.XXXXXX");
	cipher = page_cipher_new(NULL);
	if (cipher == NULL || mkdtemp(folder) == NULL)
		abort();
	atexit(leave);
}

static void
put_file(const char *name, const unsigned char *p, size_t n)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || io_write(fd, p, n) < 0)
		abort();
	close(fd);
}

static void
seal(unsigned char *page, uint32_t number, size_t size)
{
	static unsigned char out[PAGE_SIZE_MAX];

	page_seal(cipher, key_octets, number, page, page, size, out);
	memcpy(page, out, size);
}

static uint32_t
read_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static void
write_sum(unsigned char *p, const uint32_t sum[2])
{
	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)(sum[i / 4] >> (24 - 8 * (i % 4)));
}

static void
mend_log(unsigned char *p, size_t n, size_t size, int flags)
{
	uint32_t sum[2] = {0, 0};

	if (n < 32)
		return;
	if (flags & 2) {
		wal_sum(p[3] & 1, p, 24, sum);
		write_sum(p + 24, sum);
	}
	for (size_t at = 32; size != 0 && at + 24 + size <= n;
	     at += 24 + size) {
		if (flags & 1)
			seal(p + at + 24, read_be32(p + at), size);
		if (!(flags & 2))
			continue;
		memcpy(p + at + 8, p + 16, 8);
		wal_sum(p[3] & 1, p + at, 8, sum);
		wal_sum(p[3] & 1, p + at + 24, size, sum);
		write_sum(p + at + 16, sum);
	}
}

static void
seal_journal(unsigned char *p, size_t n, size_t size)
{
	for (size_t at = 512; size != 0 && at + 8 + size <= n; at += 8 + size)
		seal(p + at + 4, read_be32(p + at), size);
}

static int
count_steps(void *steps)
{
	return ++*(int *)steps > STEPS_MAX / 100;
}

static void
look_at(int writing)
{
	const struct database_key key = {.kind = DATABASE_KEY_RAW,
	    .octets = key_octets, .n = sizeof(key_octets)};
	struct verify_result result;
	char path[128];
	int steps = 0;
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/f.db", folder);
	if (database_open(&db, path, &key, writing ? DATABASE_WRITE :
	    DATABASE_READ, NULL) < 0)
		return;
	sqlite3_progress_handler(db, 100, count_steps, &steps);
	verify_pages(db, &result, NULL);
	sqlite3_exec(db, "SELECT * FROM t; PRAGMA quick_check", NULL, NULL,
	    NULL);
	steps = 0;
	if (writing)
		sqlite3_exec(db, "CREATE TABLE fuzz(x); INSERT INTO fuzz "
		    "VALUES(randomblob(3000)); PRAGMA wal_checkpoint",
		    NULL, NULL, NULL);
	database_close(db);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char copy[SIZE_MAX_INPUT];
	size_t main_size, page_size = 0;
	unsigned char *second;

	if (folder[0] == '\0')
		start();
	if (size < 4 || size > sizeof(copy))
		return 0;
	memcpy(copy, data + 4, size - 4);
	size -= 4;
	main_size = (size_t)data[1] << 16 | (size_t)data[2] << 8 | data[3];
	main_size = main_size > size ? size : main_size;
	second = copy + main_size;
	size -= main_size;
	if (main_size >= PAGE_SIZE_MIN)
		page_size = page_size_read(copy);
	if (data[0] & 1 && page_size != 0)
		for (size_t at = 0; at + page_size <= main_size;
		     at += page_size)
			seal(copy + at, (uint32_t)(at / page_size) + 1,
			    page_size);
	if (data[0] & 4 && data[0] & 1)
		seal_journal(second, size, page_size);
	else if (!(data[0] & 4))
		mend_log(second, size, page_size, data[0]);
	put_file("f.db", copy, main_size);
	if (size > 0)
		put_file(data[0] & 4 ? "f.db-journal" : "f.db-wal", second,
		    size);
	look_at(data[0] & 8);
	remove_files();
	return 0;
}
