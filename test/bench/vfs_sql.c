/* SPDX-License-Identifier: ISC */
/*
 * vfs_sql FILE KEY: runs the lines of standard input as SQL on an encrypted
 * database and prints rows as `a|b'.  KEY is a key text.  The line `.kill'
 * kills the program with everything open.  For tests against other tools.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/database.h"

static int
print_row(void *context, int n, char **values, char **names)
{
	(void)context;
	(void)names;
	for (int i = 0; i < n; i++)
		printf("%s%s", i > 0 ? "|" : "", values[i] == NULL ? "" :
		    values[i]);
	putchar('\n');
	return 0;
}

int
main(int argc, char *argv[])
{
	struct database_key key = {.kind = DATABASE_KEY_TEXT};
	struct err err = ERR_INIT;
	char line[4096];
	sqlite3 *db;

	if (argc != 3) {
		fprintf(stderr, "usage: vfs_sql FILE KEY\n");
		return 64;
	}
	key.octets = argv[2];
	key.n = strlen(argv[2]);
	if (database_open(&db, argv[1], &key, DATABASE_MAKE, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (strcmp(line, ".kill\n") == 0) {
			fflush(stdout);
			kill(getpid(), SIGKILL);
		}
		if (sqlite3_exec(db, line, print_row, NULL, NULL) !=
		    SQLITE_OK) {
			fprintf(stderr, "%s\n", sqlite3_errmsg(db));
			return 1;
		}
	}
	database_close(db);
	return 0;
}
