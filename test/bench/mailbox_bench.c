/* SPDX-License-Identifier: ISC */
/*
 * mailbox_bench [-p PAGESIZE] [-n MAILS] [-r ROUNDS] [-d FOLDER] [-m
 * SQLITE3MC.SO]: mails of 10 KB into and out of a database, by four engines
 * through one loop and one schema:
 *	plain		the system's SQLite, not encrypted
 *	fe		the system's SQLite with our VFS
 *	sqlcipher	Debian's libsqlcipher
 *	sqlite3mc	SQLite3 Multiple Ciphers, the same file format as ours
 * The engines take turns within each round; medians over rounds are printed,
 * and how many times faster ours is.  CPU is the sum of user and system time;
 * wall time of inserts is mostly the disk's.
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/database.h"
#include "store/vfs.h"

#define MAIL_SIZE 10240
#define ENGINES 4
#define ROUNDS_MAX 51
#define HEX_KEY "000102030405060708090a0b0c0d0e0f" \
	"101112131415161718191a1b1c1d1e1f"

struct api {
	const char *name;
	int (*open_v2)(const char *, sqlite3 **, int, const char *);
	int (*close)(sqlite3 *);
	int (*exec)(sqlite3 *, const char *, int (*)(void *, int, char **,
	    char **), void *, char **);
	int (*prepare_v2)(sqlite3 *, const char *, int, sqlite3_stmt **,
	    const char **);
	int (*bind_int64)(sqlite3_stmt *, int, sqlite3_int64);
	int (*bind_blob)(sqlite3_stmt *, int, const void *, int,
	    void (*)(void *));
	int (*step)(sqlite3_stmt *);
	int (*reset)(sqlite3_stmt *);
	int (*finalize)(sqlite3_stmt *);
	const void *(*column_blob)(sqlite3_stmt *, int);
	int (*column_bytes)(sqlite3_stmt *, int);
	int (*file_control)(sqlite3 *, const char *, int, void *);
	const char *(*errmsg)(sqlite3 *);
};

/* What is timed: a name, and how many mails share a commit (0: reads). */
static const struct pass {
	const char *label;
	int batch;
	const char *synchronous;
	int full_text;
} passes[] = {
	{"insert with full text, ten a commit, FULL", 10, "full", 1},
	{"insert, one a commit, FULL", 1, "full", 0},
	{"insert, one a commit, NORMAL", 1, "normal", 0},
	{"insert, ten a commit, FULL", 10, "full", 0},
	{"random reads", 0, "full", 0},
};
#define PASSES (sizeof(passes) / sizeof(passes[0]))

struct figures {
	double cpu_us[ROUNDS_MAX];
	double wall_us[ROUNDS_MAX];
};

struct bench {
	int page_size, mails, rounds;
	const char *folder;
	uint64_t key_id;
	unsigned char mail[MAIL_SIZE * 4];
	struct figures figures[ENGINES][PASSES];
};

static const char schema[] =
    "CREATE TABLE message(id INTEGER PRIMARY KEY, folder, uid, modseq, flags,"
    " date, size, ulid, UNIQUE(folder, uid));"
    "CREATE INDEX message_ulid ON message(ulid);"
    "CREATE TABLE body(id INTEGER PRIMARY KEY, octets);"
    "CREATE TABLE terms(id INTEGER PRIMARY KEY, text);";
static const char full_text_schema[] =
    "CREATE VIRTUAL TABLE found USING fts5(text, content='terms',"
    " content_rowid='id', detail=none);";

static void
die(const struct api *api, sqlite3 *db, const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", api->name, what, api->errmsg(db));
	exit(1);
}

static void
must_exec(const struct api *api, sqlite3 *db, const char *sql)
{
	if (api->exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		die(api, db, sql);
}

/* dlsym for each function, from a library that keeps its own names. */
static int
load(struct api *api, const char *name, const char *path)
{
	void *lib = path == NULL ? RTLD_DEFAULT :
	    dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);

	memset(api, 0, sizeof(*api));
	if (path != NULL && lib == NULL)
		return -1;
	api->name = name;
#define LOAD(member) \
	*(void **)&api->member = dlsym(lib, "sqlite3_" #member)
	LOAD(open_v2); LOAD(close); LOAD(exec); LOAD(prepare_v2);
	LOAD(bind_int64); LOAD(bind_blob); LOAD(step); LOAD(reset);
	LOAD(finalize); LOAD(column_blob); LOAD(column_bytes);
	LOAD(file_control); LOAD(errmsg);
#undef LOAD
	return api->open_v2 == NULL ? -1 : 0;
}

static sqlite3 *
open_database(const struct bench *bench, const struct api *api,
    const char *path, const struct pass *pass)
{
	char sql[300], uri[300];
	int reserved = 32;
	int is_ours = strcmp(api->name, "fe") == 0;
	sqlite3 *db;

	snprintf(uri, sizeof(uri), "file:%s?keyid=%" PRIu64, path,
	    bench->key_id);
	if (api->open_v2(is_ours ? uri : path, &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
	    is_ours ? VFS_NAME : NULL) != SQLITE_OK)
		die(api, db, "open");
	if (strcmp(api->name, "sqlite3mc") == 0)
		must_exec(api, db, "PRAGMA cipher='chacha20';"
		    "PRAGMA key='raw:" HEX_KEY "'");
	if (strcmp(api->name, "sqlcipher") == 0) {
		snprintf(sql, sizeof(sql), "PRAGMA key=\"x'" HEX_KEY "'\"; "
		    "PRAGMA cipher_page_size=%d", bench->page_size);
		must_exec(api, db, sql);
	}
	if (is_ours)
		api->file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES,
		    &reserved);
	snprintf(sql, sizeof(sql), "PRAGMA page_size=%d; "
	    "PRAGMA temp_store=memory; PRAGMA secure_delete=on; "
	    "PRAGMA mmap_size=0; PRAGMA cache_size=-4096; "
	    "PRAGMA journal_mode=wal; PRAGMA synchronous=%s;"
	    "PRAGMA wal_autocheckpoint=%d", bench->page_size,
	    pass->synchronous, 1000 * 4096 / bench->page_size);
	must_exec(api, db, sql);
	return db;
}

static sqlite3_stmt *
prepare(const struct api *api, sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;

	if (api->prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		die(api, db, sql);
	return statement;
}

static void
run(const struct api *api, sqlite3 *db, sqlite3_stmt *statement)
{
	if (api->step(statement) != SQLITE_DONE)
		die(api, db, "step");
	api->reset(statement);
}

/* 180 words a mail, out of 20,000. */
static void
make_terms(int id, char *out)
{
	uint32_t x = (uint32_t)id * 2654435761u + 1;

	for (int i = 0; i < 180; i++) {
		x = x * 1664525 + 1013904223;
		out += sprintf(out, "w%u ", (x >> 12) % 20000);
	}
}

static void
insert(const struct bench *bench, const struct api *api, sqlite3 *db,
    const struct pass *pass)
{
	sqlite3_stmt *message = prepare(api, db, "INSERT INTO message VALUES("
	    "?1, ?1 % 5, ?1, ?1, 0, 1790000000 + ?1, 10240, "
	    "printf('01M%023d', ?1))");
	sqlite3_stmt *body = prepare(api, db,
	    "INSERT INTO body VALUES(?1, ?2)");
	sqlite3_stmt *terms = prepare(api, db,
	    "INSERT INTO terms VALUES(?1, ?2)");
	sqlite3_stmt *found = !pass->full_text ? NULL : prepare(api, db,
	    "INSERT INTO found(rowid, text) VALUES(?1, CAST(?2 AS TEXT))");
	char text[180 * 8];

	for (int id = 1; id <= bench->mails; id++) {
		if (id % pass->batch == 1 || pass->batch == 1)
			must_exec(api, db, "BEGIN IMMEDIATE");
		api->bind_int64(message, 1, id);
		run(api, db, message);
		api->bind_int64(body, 1, id);
		api->bind_blob(body, 2, bench->mail + id % MAIL_SIZE,
		    MAIL_SIZE, SQLITE_STATIC);
		run(api, db, body);
		if (pass->full_text) {
			make_terms(id, text);
			api->bind_int64(terms, 1, id);
			api->bind_blob(terms, 2, text, (int)strlen(text),
			    SQLITE_STATIC);
			run(api, db, terms);
			api->bind_int64(found, 1, id);
			api->bind_blob(found, 2, text, (int)strlen(text),
			    SQLITE_STATIC);
			run(api, db, found);
		}
		if (id % pass->batch == 0 || id == bench->mails)
			must_exec(api, db, "COMMIT");
	}
	api->finalize(message);
	api->finalize(body);
	api->finalize(terms);
	if (found != NULL)
		api->finalize(found);
}

static void
read_back(const struct bench *bench, const struct api *api, sqlite3 *db)
{
	sqlite3_stmt *row = prepare(api, db, "SELECT octets FROM body JOIN "
	    "message USING(id) WHERE folder = ?2 AND uid = ?1");
	uint32_t x = 1;

	for (int i = 0; i < bench->mails; i++) {
		int id;

		x = x * 1664525 + 1013904223;
		id = (int)(1 + (x >> 8) % (uint32_t)bench->mails);
		api->bind_int64(row, 1, id);
		api->bind_int64(row, 2, id % 5);
		if (api->step(row) != SQLITE_ROW ||
		    api->column_bytes(row, 0) != MAIL_SIZE ||
		    memcmp(api->column_blob(row, 0),
		    bench->mail + id % MAIL_SIZE, MAIL_SIZE) != 0)
			die(api, db, "the mail is another one");
		api->reset(row);
	}
	api->finalize(row);
}

static void
remove_database(const char *path)
{
	char name[300];

	unlink(path);
	snprintf(name, sizeof(name), "%s-wal", path);
	unlink(name);
	snprintf(name, sizeof(name), "%s-shm", path);
	unlink(name);
}

/* Inserts leave the file for the reads that come last. */
static void
time_pass(struct bench *bench, const struct api *api, int engine, size_t p,
    int round)
{
	const struct pass *pass = &passes[p];
	struct figures *figures = &bench->figures[engine][p];
	int64_t cpu, wall;
	char path[256];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/%s.db", bench->folder, api->name);
	if (pass->batch > 0)
		remove_database(path);
	db = open_database(bench, api, path, pass);
	if (pass->batch > 0)
		must_exec(api, db, schema);
	/* Debian's sqlcipher has no FTS5. */
	if (pass->full_text && api->exec(db, full_text_schema, NULL, NULL,
	    NULL) != SQLITE_OK) {
		api->close(db);
		return;
	}
	cpu = clock_cpu_us();
	wall = clock_monotonic_us();
	if (pass->batch > 0)
		insert(bench, api, db, pass);
	else
		read_back(bench, api, db);
	figures->cpu_us[round] = (double)(clock_cpu_us() - cpu) /
	    bench->mails;
	figures->wall_us[round] = (double)(clock_monotonic_us() - wall) /
	    bench->mails;
	api->close(db);
	if (p == PASSES - 1)
		remove_database(path);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), compare);
	return values[n / 2];
}

static void
print_results(struct bench *bench, const struct api *apis)
{
	printf("mails of %d octets, %d a pass, pages of %d, %d rounds in %s\n",
	    MAIL_SIZE, bench->mails, bench->page_size, bench->rounds,
	    bench->folder);
	for (size_t p = 0; p < PASSES; p++) {
		double cpu[ENGINES] = {0}, wall[ENGINES] = {0};

		printf("\n%s\n", passes[p].label);
		for (int e = 0; e < ENGINES; e++) {
			if (apis[e].open_v2 == NULL ||
			    bench->figures[e][p].wall_us[0] <= 0)
				continue;
			cpu[e] = median(bench->figures[e][p].cpu_us,
			    bench->rounds);
			wall[e] = median(bench->figures[e][p].wall_us,
			    bench->rounds);
			printf("  %-10s %8.1f us CPU %8.1f us wall   CPU is "
			    "%.2fx plain's\n", apis[e].name, cpu[e], wall[e],
			    cpu[e] / cpu[0]);
		}
		for (int e = 2; e < ENGINES; e++)
			if (wall[e] > 0)
				printf("  fe is %.2fx as fast as %s by CPU, "
				    "%.2fx by wall\n", cpu[e] / cpu[1],
				    apis[e].name, wall[e] / wall[1]);
	}
}

static int
parse(struct bench *bench, const char **sqlite3mc, int argc, char *argv[])
{
	int c;

	while ((c = getopt(argc, argv, "p:n:r:d:m:")) != -1) {
		switch (c) {
		case 'p': bench->page_size = atoi(optarg); break;
		case 'n': bench->mails = atoi(optarg); break;
		case 'r': bench->rounds = atoi(optarg); break;
		case 'd': bench->folder = optarg; break;
		case 'm': *sqlite3mc = optarg; break;
		default: return -1;
		}
	}
	return bench->rounds < 1 || bench->rounds > ROUNDS_MAX ||
	    bench->mails < 10 ? -1 : 0;
}

int
main(int argc, char *argv[])
{
	static struct bench bench = {.page_size = DATABASE_PAGE_SIZE,
	    .mails = 1500, .rounds = 5, .folder = "."};
	const struct database_key key = {.kind = DATABASE_KEY_TEXT,
	    .octets = "raw:" HEX_KEY, .n = 68};
	const char *sqlite3mc = "none";
	struct api apis[ENGINES];
	struct err err = ERR_INIT;

	if (parse(&bench, &sqlite3mc, argc, argv) < 0) {
		fprintf(stderr, "usage: mailbox_bench [-p PAGESIZE] [-n "
		    "MAILS] [-r ROUNDS] [-d FOLDER] [-m SQLITE3MC.SO]\n");
		return 64;
	}
	if (vfs_register(&err) < 0)
		return 1;
	bench.key_id = vfs_key_offer(file_key_new(&key, &err));
	load(&apis[0], "plain", NULL);
	load(&apis[1], "fe", NULL);
	if (load(&apis[2], "sqlcipher", "libsqlcipher.so.0") < 0)
		printf("sqlcipher is not here\n");
	if (load(&apis[3], "sqlite3mc", sqlite3mc) < 0)
		printf("sqlite3mc is not here\n");
	for (size_t i = 0; i < sizeof(bench.mail); i++)
		bench.mail[i] = (unsigned char)(' ' + rand() % 90);
	for (int round = 0; round < bench.rounds; round++)
		for (size_t p = 0; p < PASSES; p++)
			for (int e = 0; e < ENGINES; e++)
				if (apis[e].open_v2 != NULL)
					time_pass(&bench, &apis[e], e, p,
					    round);
	print_results(&bench, apis);
	return 0;
}
