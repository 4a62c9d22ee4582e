/* SPDX-License-Identifier: ISC */
/*
 * The keys of logs: day by day, each made of the one before.  Trusts the
 * files of HOME/keys/log; a file with another name than DATE.key is none.
 */
#include "log_key.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "home.h"
#include "id.h"
#include "io.h"
#include "secret.h"

#define DAY_MS 86400000
#define NAME_SIZE 14 /* DATE.key */
#define LEFTOVER_S 3600

int64_t
log_key_day(int64_t ms)
{
	return ms / DAY_MS;
}

const char *
log_key_date(int64_t day, char out[LOG_KEY_DATE_SIZE])
{
	char text[CLOCK_TEXT_SIZE];

	memcpy(out, clock_rfc3339(day * DAY_MS, text), LOG_KEY_DATE_SIZE - 1);
	out[LOG_KEY_DATE_SIZE - 1] = '\0';
	return out;
}

/* The day of a file's name, or -1. */
static int64_t
name_day(const char *name)
{
	int64_t ms;

	if (strlen(name) != NAME_SIZE || strcmp(name + 10, ".key") != 0 ||
	    clock_parse(slice_of(name, 10), &ms) < 0)
		return -1;
	return log_key_day(ms);
}

/* The newest day not after that one; -1 there is none. */
static int64_t
newest_day(int64_t day)
{
	struct buf path = BUF_INIT;
	DIR *folder = opendir(home_file(&path, "keys/log"));
	struct dirent *entry;
	int64_t newest = -1;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		int64_t of = name_day(entry->d_name);

		if (of <= day && of > newest)
			newest = of;
	}
	if (folder != NULL)
		closedir(folder);
	buf_free(&path);
	return newest;
}

static const char *
key_path(struct buf *path, int64_t day)
{
	char date[LOG_KEY_DATE_SIZE];

	return home_file(path, "keys/log/%s.key", log_key_date(day, date));
}

void
log_key_free(struct log_key *key)
{
	secret_free(key->key);
	*key = (struct log_key)LOG_KEY_INIT;
}

void
log_key_advance(struct log_key *key, int64_t day)
{
	static const char purpose[] = "fe-log-key/1";
	unsigned char next[PSEUDONYM_KEY_SIZE];

	if (key->key == NULL || day <= key->day)
		return;
	for (; key->day < day; key->day++) {
		crypto_generichash(next, sizeof(next),
		    (const unsigned char *)purpose, sizeof(purpose) - 1,
		    key->key, PSEUDONYM_KEY_SIZE);
		memcpy(key->key, next, sizeof(next));
	}
	sodium_memzero(next, sizeof(next));
}

int
log_key_read(struct log_key *key, int64_t day, struct err *err)
{
	struct buf path = BUF_INIT;
	int64_t newest = newest_day(day);
	int result = 0;

	log_key_free(key);
	if (newest >= 0)
		result = secret_read_file(key_path(&path, newest),
			     PSEUDONYM_KEY_SIZE, &key->key, err) < 0
			     ? -1
			     : 1;
	if (result == 1) {
		key->day = newest;
		log_key_advance(key, day);
	}
	buf_free(&path);
	return result;
}

/* For the group of the folder: all programs of the service. */
static int
write_key(int fd, const char *folder, const unsigned char *key)
{
	struct stat st;

	if (stat(folder, &st) == 0 && st.st_gid != getegid() &&
	    fchown(fd, (uid_t)-1, st.st_gid) < 0 && errno != EPERM &&
	    errno != EACCES)
		return -1;
	if (fchmod(fd, 0640) < 0 || io_write(fd, key, PSEUDONYM_KEY_SIZE) < 0)
		return -1;
	return fsync(fd);
}

/* One that is there already stays: 0, too. */
static int
put_key(int64_t day, const unsigned char *key, bool *made, struct err *err)
{
	struct buf path = BUF_INIT, temporary = BUF_INIT, folder = BUF_INIT;
	int fd = -1, result = 0;

	*made = false;
	key_path(&path, day);
	home_file(&folder, "keys/log");
	buf_format(&temporary, "%s/.key.XXXXXX", folder.p);
	if (io_make_folders(folder.p, 0750, err) < 0) {
		result = -1;
		goto out;
	}
	fd = mkostemp(temporary.p, O_CLOEXEC);
	*made = fd >= 0 && write_key(fd, folder.p, key) == 0 &&
	    link(temporary.p, path.p) == 0;
	if (!*made && (fd < 0 || errno != EEXIST))
		result = err_errno(err, "cannot make '%s'", path.p);
	if (fd >= 0) {
		close(fd);
		unlink(temporary.p);
	}
	if (result == 0)
		result = io_sync_folder(path.p, err);
out:
	buf_free(&path);
	buf_free(&temporary);
	buf_free(&folder);
	return result;
}

/* Made of the one before, which the file or, where midnight has just passed
 * and another process destroyed that, this process has. */
static int
make_file(struct log_key *key, int64_t day, struct err *err)
{
	struct log_key last = *key;
	bool made;
	int found;

	*key = (struct log_key)LOG_KEY_INIT;
	found = log_key_read(key, day, err);
	if (found == 0 && last.key != NULL && last.day <= day) {
		*key = last;
		last.key = NULL;
		log_key_advance(key, day);
	} else if (found == 0) {
		key->key = secret_alloc(PSEUDONYM_KEY_SIZE);
		key->day = day;
		random_octets(key->key, PSEUDONYM_KEY_SIZE);
	}
	log_key_free(&last);
	return found < 0 ? -1 : put_key(day, key->key, &made, err);
}

int
log_key_make(struct log_key *key, int64_t day, struct err *err)
{
	if (newest_day(day) != day && make_file(key, day, err) < 0) {
		log_key_free(key);
		return -1;
	}
	/* what counts is in the file: another process may have been first, and
	 * one on whose clock it is tomorrow may have destroyed it */
	if (log_key_read(key, day, err) == 1)
		return 0;
	return err->kind != ERR_NONE
		   ? -1
		   : err_set(err, ERR_SYSTEM, "the key of the log has gone");
}

int
log_key_begin(int64_t day, bool *made, struct err *err)
{
	unsigned char *key = secret_alloc(PSEUDONYM_KEY_SIZE);
	int result;

	random_octets(key, PSEUDONYM_KEY_SIZE);
	result = put_key(day, key, made, err);
	secret_free(key);
	return result;
}

static int
destroy_key(const char *path, struct err *err)
{
	static const unsigned char nothing[PSEUDONYM_KEY_SIZE];
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	int result = 0;

	if (fd < 0 || io_write(fd, nothing, sizeof(nothing)) < 0 ||
	    fsync(fd) < 0 || unlink(path) < 0)
		result = errno == ENOENT
			     ? 0
			     : err_errno(err, "cannot destroy '%s'", path);
	if (fd >= 0)
		close(fd);
	return result;
}

/* A file that a killed process has left half made. */
static bool
is_leftover(int folder, const char *name)
{
	struct stat st;

	return strncmp(name, ".key.", 5) == 0 &&
	       fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_mtime < time(NULL) - LEFTOVER_S;
}

int
log_key_destroy(int64_t before_day, size_t *n, struct err *err)
{
	struct buf folder = BUF_INIT, path = BUF_INIT;
	DIR *dir = opendir(home_file(&folder, "keys/log"));
	struct dirent *entry;
	int result = 0;

	*n = 0;
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		int64_t day = name_day(entry->d_name);

		if (is_leftover(dirfd(dir), entry->d_name))
			home_file(&path, "keys/log/%s", entry->d_name);
		else if (day >= 0 && day < before_day)
			key_path(&path, day);
		else
			continue;
		if (destroy_key(path.p, err) == 0)
			++*n;
		else
			result = -1;
	}
	if (dir != NULL)
		closedir(dir);
	if (*n > 0 && io_sync_folder(key_path(&path, before_day), err) < 0)
		result = -1;
	buf_free(&folder);
	buf_free(&path);
	return result;
}
