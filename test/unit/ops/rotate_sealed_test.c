/* SPDX-License-Identifier: ISC */
/* The queue's database under its next key, and cut short on the way. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "crypto/key_file.h"
#include "ops/rotate.h"
#include "store/database.h"
#include "unit.h"

static char folder[] = "/tmp/fe.XXXXXX";

static int
open_queue(sqlite3 **db, enum database_mode mode)
{
	struct database_key key = {DATABASE_KEY_RAW, NULL, KEY_SIZE, 0};
	struct buf path = BUF_INIT;
	unsigned char *octets;
	int result = key_file_read("queue", false, &octets, NULL);

	key.octets = octets;
	*db = NULL;
	if (result == 0)
		result = database_open(db, home_file(&path,
		    "queue/queue.sqlite"), &key, mode, NULL);
	buf_free(&path);
	return result;
}

static int
rotate(const char *name)
{
	const volatile sig_atomic_t stop = 0;
	struct rotate_conf conf = {.cmd = {.quiet = true}};
	struct rotation r = {.conf = &conf, .kind = &rotate_queue,
	    .stop = &stop};
	struct err err = ERR_INIT;
	int result = ledger_open(&r.ledger, &err);

	if (result == 0)
		result = name == NULL ? rotate_queue.finish(&r, &err) :
		    rotate_queue.rotate(&r, NULL, &err);
	ledger_close(&r.ledger);
	return result;
}

static int64_t
number(void)
{
	sqlite3 *db;
	int64_t value = -1;

	if (open_queue(&db, DATABASE_READ) == 0)
		(void)database_number(db, "SELECT x FROM t", &value, NULL);
	database_close(db);
	return value;
}

static void
make_home(void)
{
	struct buf path = BUF_INIT;
	sqlite3 *db;

	EXPECT(mkdtemp(folder) != NULL);
	home_set(folder);
	EXPECT(mkdir(home_file(&path, "keys"), 0700) == 0);
	EXPECT(mkdir(home_file(&path, "queue"), 0700) == 0);
	EXPECT(io_replace_file(home_file(&path, "keys/queue.key"),
	    SLICE("0123456789abcdef0123456789abcdef"), 0400, NULL) == 0);
	EXPECT(open_queue(&db, DATABASE_MAKE) == 0);
	EXPECT(database_exec(db, "CREATE TABLE t(x); INSERT INTO t "
	    "VALUES(4711)", NULL) == 0);
	database_close(db);
	buf_free(&path);
}

static void
the_queue_is_written_anew(void)
{
	unsigned char *key;

	EXPECT(rotate("queue") == 0);
	EXPECT(key_file_read("queue", false, &key, NULL) == 0);
	EXPECT(!slice_is(slice_of(key, KEY_SIZE),
	    "0123456789abcdef0123456789abcdef"));
	EXPECT(number() == 4711);
}

static void
not_while_somebody_has_it_open(void)
{
	sqlite3 *db;
	int64_t value;

	EXPECT(open_queue(&db, DATABASE_WRITE) == 0);
	EXPECT(database_number(db, "SELECT x FROM t", &value, NULL) == 0);
	EXPECT(rotate("queue") < 0);
	EXPECT(database_number(db, "SELECT x FROM t", &value, NULL) == 0);
	database_close(db);
	/* it is half way: the next run goes on */
	EXPECT(key_file_is_prepared("queue"));
	EXPECT(rotate(NULL) == 0);
	EXPECT(!key_file_is_prepared("queue"));
	EXPECT(number() == 4711);
}

static void
goes_on_behind_the_swap(void)
{
	struct buf next = BUF_INIT, key = BUF_INIT;
	sqlite3 *db;
	struct database_key with = {DATABASE_KEY_RAW, NULL, KEY_SIZE, 0};
	unsigned char *octets;

	/* the file is under the next key already, the key not yet swapped */
	EXPECT(key_file_prepare("queue", NULL) == 0);
	EXPECT(key_file_read("queue", true, &octets, NULL) == 0);
	with.octets = octets;
	EXPECT(open_queue(&db, DATABASE_WRITE) == 0);
	EXPECT(database_copy(db, home_file(&next, "queue/copy"), &with,
	    NULL) == 0);
	database_close(db);
	EXPECT(rename(next.p, home_file(&key, "queue/queue.sqlite")) == 0);
	EXPECT(rotate(NULL) == 0);
	EXPECT(number() == 4711);
	buf_free(&next);
	buf_free(&key);
}

int
main(void)
{
	char remove[64];

	make_home();
	UNIT_RUN(the_queue_is_written_anew);
	UNIT_RUN(not_while_somebody_has_it_open);
	UNIT_RUN(goes_on_behind_the_swap);
	snprintf(remove, sizeof(remove), "rm -rf '%s'", folder);
	if (system(remove) != 0)
		return 1;
	return UNIT_RESULT;
}
