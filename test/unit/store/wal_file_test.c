/* SPDX-License-Identifier: ISC */
/* The write-ahead log: crashes, sums, checkpoints, several connections. */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "encrypted.h"
#include "store/verify.h"
#include "store/wal_file.h"

#define PAGE DATABASE_PAGE_SIZE

/* Sums of SQLite's file format (4.2), computed by hand. */
static void
sums_run_over_words_of_either_order(void)
{
	static const unsigned char octets[16] = {
		0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4
	};
	uint32_t big[2] = {0, 0}, little[2] = {0, 0};

	/* s0=1 s1=3; s0=1+3+3=7 s1=3+4+7=14 */
	wal_sum(1, octets, 16, big);
	EXPECT_NUMBER("big s0", 7, big[0]);
	EXPECT_NUMBER("big s1", 14, big[1]);
	wal_sum(0, octets, 16, little);
	EXPECT_NUMBER("little s0", 0x07000000, little[0]);
	EXPECT_NUMBER("little s1", 0x0e000000, little[1]);
}

/* The definition, word by word. */
static void
the_sum_of_a_page_is_that_of_its_words(void)
{
	static unsigned char page[65536];
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof(page); i++) {
		x = x * 1664525 + 1013904223;
		page[i] = (unsigned char)(x >> 24);
	}
	for (size_t size = 8; size <= sizeof(page); size *= 2) {
		uint32_t got[2] = {0xdeadbeef, 12345};
		uint32_t want[2] = {0xdeadbeef, 12345};

		for (size_t i = 0; i < size; i += 4) {
			uint32_t word = (uint32_t)page[i] << 24 |
			    (uint32_t)page[i + 1] << 16 |
			    (uint32_t)page[i + 2] << 8 | page[i + 3];

			want[i / 4 % 2] += word + want[1 - i / 4 % 2];
		}
		wal_sum(1, page, size, got);
		EXPECT_NUMBER("s0", want[0], got[0]);
		EXPECT_NUMBER("s1", want[1], got[1]);
	}
}

/* All frames of the log, counted by their sums on disk alone. */
static long long
frames_on_disk(const char *path)
{
	struct buf wal = BUF_INIT;
	char name[256];
	long long n = 0;

	snprintf(name, sizeof(name), "%s-wal", path);
	if (io_read_file(name, &wal, NULL) == 0 && wal.n >= 32) {
		const unsigned char *p = (const unsigned char *)wal.p;
		size_t frame = 24 + ((size_t)p[8] << 24 | (size_t)p[9] << 16 |
		    (size_t)p[10] << 8 | p[11]);
		uint32_t sum[2] = {0, 0};

		wal_sum(p[3] & 1, p, 24, sum);
		for (size_t at = 32; at + frame <= wal.n; at += frame) {
			const unsigned char *f = p + at;
			uint32_t want[2] = {
			    (uint32_t)f[16] << 24 | (uint32_t)f[17] << 16 |
			    (uint32_t)f[18] << 8 | f[19],
			    (uint32_t)f[20] << 24 | (uint32_t)f[21] << 16 |
			    (uint32_t)f[22] << 8 | f[23]};

			wal_sum(p[3] & 1, f, 8, sum);
			wal_sum(p[3] & 1, f + 24, frame - 24, sum);
			if (memcmp(sum, want, sizeof(sum)) != 0 ||
			    memcmp(f + 8, p + 16, 8) != 0)
				break;
			n++;
		}
	}
	buf_free(&wal);
	return n;
}

static void
make_table(const char *path)
{
	sqlite3 *db = must_open(path, &test_key, DATABASE_MAKE);

	run(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, x)");
	database_close(db);
}

static sqlite3 *
open_writer(const char *path)
{
	sqlite3 *db = must_open(path, &test_key, DATABASE_WRITE);

	run(db, "PRAGMA wal_autocheckpoint=0");
	return db;
}

static long long
rows_after_recovery(const char *path)
{
	sqlite3 *db = open_writer(path);
	long long rows = number(db, "SELECT count(*) FROM t");

	EXPECT(is_sound(db));
	database_close(db);
	return rows;
}

#define MANY_ROWS "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 " \
	"FROM n WHERE i < 28) INSERT INTO t(x) SELECT randomblob(6000) FROM n;"

/* 28 rows, and behind them frames of a transaction that never commits. */
static void
commit_28_then_spill(const char *path)
{
	sqlite3 *db = open_writer(path);

	run(db, MANY_ROWS);
	run(db, "PRAGMA cache_size=5; BEGIN;" MANY_ROWS MANY_ROWS);
}

/* 29 rows; behind the short log lie whole frames of the log before it. */
static void
commit_over_an_old_log(const char *path)
{
	sqlite3 *db = open_writer(path);

	run(db, MANY_ROWS "PRAGMA wal_checkpoint(restart);"
	    "INSERT INTO t(x) VALUES(1)");
}

static void
recover_and_add_one(const char *path)
{
	sqlite3 *db = open_writer(path);

	run(db, "INSERT INTO t(x) VALUES(randomblob(6000))");
}

static void
the_first_append_after_recovery_may_meet_an_old_whole_frame(void)
{
	const char *path = scratch_path("old-frame.db");
	long long frames;

	make_table(path);
	crash_after(commit_28_then_spill, path);
	frames = frames_on_disk(path);
	crash_after(recover_and_add_one, path);
	EXPECT(frames > 2 * 28);
	EXPECT_NUMBER("rows", 29, rows_after_recovery(path));

	path = scratch_path("old-log.db");
	make_table(path);
	crash_after(commit_over_an_old_log, path);
	crash_after(recover_and_add_one, path);
	crash_after(recover_and_add_one, path);
	EXPECT_NUMBER("rows", 31, rows_after_recovery(path));
}

static void
recover_and_spill_again(const char *path)
{
	sqlite3 *db = open_writer(path);

	run(db, "PRAGMA cache_size=5; BEGIN;" MANY_ROWS
	    "UPDATE t SET x = randomblob(6001); UPDATE t SET x = "
	    "randomblob(6002) WHERE id % 2; COMMIT;"
	    "INSERT INTO t(x) VALUES(1)");
}

static void
a_large_transaction_over_old_frames_is_whole_after_a_crash(void)
{
	const char *path = scratch_path("rewrite.db");

	make_table(path);
	crash_after(commit_28_then_spill, path);
	crash_after(recover_and_spill_again, path);
	EXPECT_NUMBER("rows", 57, rows_after_recovery(path));
}

/* A cache of five pages makes SQLite overwrite frames of its own transaction
 * and rewrite their sums at the commit. */
static void
overwrite_own_frames(const char *path)
{
	sqlite3 *db = open_writer(path);

	run(db, "PRAGMA cache_size=5");
	for (int i = 0; i < 20; i++) {
		run(db, "BEGIN;" MANY_ROWS);
		run(db, "UPDATE t SET x = randomblob(500)");
		run(db, i % 3 == 1 ? "ROLLBACK" : "COMMIT");
	}
}

static void
frames_overwritten_in_place_have_right_sums_again(void)
{
	const char *path = scratch_path("overwrite.db");
	long long frames, size;

	make_table(path);
	crash_after(overwrite_own_frames, path);
	frames = frames_on_disk(path);
	size = scratch_size(scratch_path("overwrite.db-wal"));
	EXPECT(frames > 100);
	EXPECT(frames * (24 + PAGE) <= size - 32);
	EXPECT_NUMBER("rows", 13 * 28, rows_after_recovery(path));
}

static void
overwrite_in_exclusive_mode(const char *path)
{
	sqlite3 *db = open_writer(path);

	run(db, "PRAGMA locking_mode=exclusive; PRAGMA cache_size=5");
	for (int i = 0; i < 6; i++) {
		run(db, "BEGIN;" MANY_ROWS);
		run(db, "UPDATE t SET x = randomblob(500)");
		run(db, i % 2 == 1 ? "ROLLBACK" : "COMMIT");
		run(db, "INSERT INTO t(x) VALUES(zeroblob(9000))");
	}
}

static void
the_same_without_shared_memory(void)
{
	const char *path = scratch_path("exclusive.db");

	make_table(path);
	crash_after(overwrite_in_exclusive_mode, path);
	EXPECT_NUMBER("rows", 3 * 28 + 6, rows_after_recovery(path));
}

static void
two_writers_in_turn(void)
{
	const char *path = scratch_path("turns.db");
	sqlite3 *a, *b;

	make_table(path);
	a = open_writer(path);
	b = open_writer(path);
	for (int i = 0; i < 50; i++) {
		sqlite3 *db = i % 3 == 0 ? a : b;

		run(db, "INSERT INTO t(x) VALUES(randomblob(3000))");
		if (i % 7 == 0)
			run(i % 2 ? a : b, "BEGIN; DELETE FROM t; ROLLBACK");
		if (i == 20)
			run(a, "PRAGMA wal_checkpoint(restart)");
		if (i == 35)
			run(b, "PRAGMA wal_checkpoint(truncate)");
		EXPECT_NUMBER("seen", i + 1,
		    number(i % 2 ? a : b, "SELECT count(*) FROM t"));
	}
	/* Both are open, so this is what a crash would find. */
	EXPECT(scratch_copy(path, scratch_path("turns2.db")) == 0);
	EXPECT(scratch_copy(scratch_path("turns.db-wal"),
	    scratch_path("turns2.db-wal")) == 0);
	EXPECT_NUMBER("rows", 50, rows_after_recovery(
	    scratch_path("turns2.db")));
	database_close(a);
	database_close(b);
}

/* What a handle remembers of the log is worth nothing once another process
 * may have written: here the next frame's number is the same, and the frame
 * before it is another one. */
static void
a_rolled_back_log_is_not_remembered(void)
{
	const char *path = scratch_path("memory.db");
	const char *log = scratch_path("memory.db-wal");
	long long before, spilled;
	sqlite3 *a, *b;

	make_table(path);
	a = open_writer(path);
	b = open_writer(path);
	run(a, "INSERT INTO t VALUES(1, 'x'); PRAGMA cache_size=5");
	before = scratch_size(log);
	run(a, "BEGIN;" MANY_ROWS);
	spilled = (scratch_size(log) - before) / (24 + PAGE);
	EXPECT(spilled > 10);
	run(a, "ROLLBACK");
	for (long long i = 0; i < spilled; i++)
		run(b, "UPDATE t SET x = randomblob(9) WHERE id = 1");
	EXPECT_NUMBER("size", before + spilled * (24 + PAGE),
	    scratch_size(log));
	run(a, "UPDATE t SET x = 'last' WHERE id = 1");
	EXPECT_NUMBER("frames", (scratch_size(log) - 32) / (24 + PAGE),
	    frames_on_disk(path));
	database_close(a);
	database_close(b);
}

static void
keep_log(const char *path)
{
	sqlite3 *db = open_writer(path);

	run(db, MANY_ROWS);
}

static int
first_page_is_equal(const char *path)
{
	struct buf main = BUF_INIT, wal = BUF_INIT;
	char name[256];
	int equal = 0;

	snprintf(name, sizeof(name), "%s-wal", path);
	io_read_file(path, &main, NULL);
	io_read_file(name, &wal, NULL);
	for (size_t at = 32; at + 24 + PAGE <= wal.n;
	    at += 24 + PAGE)
		if (memcmp(wal.p + at, "\0\0\0\1", 4) == 0)
			equal = memcmp(wal.p + at + 24, main.p, PAGE) == 0;
	buf_free(&main);
	buf_free(&wal);
	return equal;
}

static void
a_checkpoint_copies_ciphertext(void)
{
	const char *path = scratch_path("copy.db");
	sqlite3 *db;

	make_table(path);
	crash_after(keep_log, path);
	db = open_writer(path);
	EXPECT(run(db, "CREATE TABLE u(x)") == SQLITE_OK); /* page 1 */
	EXPECT(!first_page_is_equal(path));
	EXPECT(run(db, "PRAGMA wal_checkpoint") == SQLITE_OK);
	EXPECT(first_page_is_equal(path));
	EXPECT_NUMBER("rows", 28, number(db, "SELECT count(*) FROM t"));
	EXPECT(run(db, "INSERT INTO t(x) VALUES(1)") == SQLITE_OK);
	EXPECT(is_sound(db));
	database_close(db);
	EXPECT_NUMBER("rows", 29, rows_after_recovery(path));
}

/* Changes one octet of the last frame's page, and mends all sums. */
static void
tamper(const char *path)
{
	struct buf wal = BUF_INIT;
	char name[256];
	uint32_t sum[2] = {0, 0};
	unsigned char *p;
	int fd;

	snprintf(name, sizeof(name), "%s-wal", path);
	io_read_file(name, &wal, NULL);
	p = (unsigned char *)wal.p;
	p[wal.n - 4000] ^= 1;
	wal_sum(0, p, 24, sum);
	for (size_t at = 32; at < wal.n; at += 24 + PAGE) {
		wal_sum(0, p + at, 8, sum);
		wal_sum(0, p + at + 24, PAGE, sum);
		for (int i = 0; i < 8; i++)
			p[at + 16 + i] = (unsigned char)
			    (sum[i / 4] >> (24 - 8 * (i % 4)));
	}
	fd = open(name, O_WRONLY);
	io_write(fd, p, wal.n);
	close(fd);
	buf_free(&wal);
}

static void
a_tampered_frame_is_damage_not_the_end_of_the_log(void)
{
	const char *path = scratch_path("tamper.db");
	struct verify_result result;
	sqlite3 *db;

	make_table(path);
	crash_after(keep_log, path);
	tamper(path);
	db = open_writer(path);
	EXPECT(sqlite3_exec(db, "SELECT sum(length(hex(x))) FROM t", NULL,
	    NULL, NULL) == SQLITE_CORRUPT);
	EXPECT(verify_pages(db, &result, NULL) == 0);
	EXPECT_NUMBER("bad frames", 1, result.bad_frames);
	EXPECT_NUMBER("bad pages", 0, result.bad_pages);
	EXPECT(result.frames > 28);
	/* A checkpoint moves it into the main file, where it stays bad. */
	run(db, "PRAGMA wal_checkpoint(truncate)");
	EXPECT(verify_pages(db, &result, NULL) == 0);
	EXPECT_NUMBER("bad pages", 1, result.bad_pages);
	database_close(db);
}

static void
a_wrong_key_leaves_the_log_alone(void)
{
	const char *path = scratch_path("wrong.db");
	struct err err = ERR_INIT;
	sqlite3 *db;

	make_table(path);
	crash_after(keep_log, path);
	EXPECT(database_open(&db, path, &other_key, DATABASE_WRITE, &err) < 0);
	EXPECT(strstr(err.text, "wrong key") != NULL);
	EXPECT_NUMBER("rows", 28, rows_after_recovery(path));
}

/* As a user who may read the files and write nothing. */
static void
read_in_read_only_folder(const char *path)
{
	struct err err = ERR_INIT;
	sqlite3 *db;

	if (geteuid() == 0 && seteuid(65534) < 0)
		return;
	if (database_open(&db, path, &test_key, DATABASE_READ, &err) < 0)
		printf("# %s\n", err.text);
	EXPECT(db != NULL);
	EXPECT_NUMBER("rows", 28, number(db, "SELECT count(*) FROM t"));
	EXPECT(is_sound(db));
	EXPECT(sqlite3_exec(db, "DELETE FROM t", NULL, NULL, NULL) ==
	    SQLITE_READONLY);
	database_close(db);
	if (geteuid() == 65534 && seteuid(0) < 0)
		return;
}

static void
a_folder_that_cannot_be_written_is_no_hindrance(void)
{
	char folder[128], path[256], wal[256];

	snprintf(folder, sizeof(folder), "%s", scratch_path("read-only"));
	snprintf(path, sizeof(path), "%s/x.db", folder);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	EXPECT(mkdir(folder, 0755) == 0);
	EXPECT(chmod(scratch_folder, 0755) == 0);
	make_table(path);
	crash_after(keep_log, path);
	snprintf(wal, sizeof(wal), "%s-shm", path);
	EXPECT(unlink(wal) == 0);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	EXPECT(chmod(path, 0644) == 0 && chmod(wal, 0644) == 0);
	EXPECT(chmod(folder, 0555) == 0);
	read_in_read_only_folder(path); /* with a log */
	EXPECT(scratch_size(wal) > 0);
	EXPECT(chmod(folder, 0755) == 0);
	EXPECT_NUMBER("rows", 28, rows_after_recovery(path));
	EXPECT(scratch_size(wal) < 0);
	EXPECT(chmod(folder, 0555) == 0);
	read_in_read_only_folder(path); /* without one */
	EXPECT(chmod(folder, 0755) == 0);
}

int
main(void)
{
	UNIT_RUN(sums_run_over_words_of_either_order);
	UNIT_RUN(the_sum_of_a_page_is_that_of_its_words);
	UNIT_RUN(the_first_append_after_recovery_may_meet_an_old_whole_frame);
	UNIT_RUN(a_large_transaction_over_old_frames_is_whole_after_a_crash);
	UNIT_RUN(frames_overwritten_in_place_have_right_sums_again);
	UNIT_RUN(the_same_without_shared_memory);
	UNIT_RUN(two_writers_in_turn);
	UNIT_RUN(a_rolled_back_log_is_not_remembered);
	UNIT_RUN(a_checkpoint_copies_ciphertext);
	UNIT_RUN(a_tampered_frame_is_damage_not_the_end_of_the_log);
	UNIT_RUN(a_wrong_key_leaves_the_log_alone);
	UNIT_RUN(a_folder_that_cannot_be_written_is_no_hindrance);
	scratch_remove();
	return UNIT_RESULT;
}
