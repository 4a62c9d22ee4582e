/* SPDX-License-Identifier: ISC */
/* Raw key files, exchanged so that a crash loses neither key. */
#include "crypto/key_file.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/secret.h"
#include "base/shred.h"

#define CONTEXT "fe-key-id/1"

void
key_file_id(const unsigned char key[KEY_SIZE], char id[KEY_ID_SIZE])
{
	unsigned char octets[KEY_ID_SIZE / 2];

	crypto_generichash(octets, sizeof(octets),
	    (const unsigned char *)CONTEXT, sizeof(CONTEXT) - 1, key,
	    KEY_SIZE);
	hex_encode(octets, sizeof(octets), id);
}

static const char *
key_path(struct buf *path, const char *name, const char *suffix)
{
	return home_file(path, "keys/%s.%s", name, suffix);
}

bool
key_file_is_prepared(const char *name)
{
	struct buf path = BUF_INIT;
	bool there = access(key_path(&path, name, "next"), F_OK) == 0;

	buf_free(&path);
	return there;
}

int64_t
key_file_since(const char *file)
{
	struct buf path = BUF_INIT;
	struct stat st;
	int64_t since = stat(home_file(&path, "keys/%s", file), &st) < 0 ? -1 :
	    (int64_t)st.st_mtime * 1000;

	buf_free(&path);
	return since;
}

int
key_file_read(const char *name, bool next, unsigned char **key,
    struct err *err)
{
	struct buf path = BUF_INIT;
	int result = secret_read_file(
	    key_path(&path, name, next ? "next" : "key"), KEY_SIZE, key, err);
	int saved = errno;

	buf_free(&path);
	errno = saved;
	return result;
}

int
key_file_current_id(const char *name, char id[KEY_ID_SIZE], struct err *err)
{
	unsigned char *key;

	if (key_file_read(name, false, &key, err) < 0)
		return -1;
	key_file_id(key, id);
	secret_free(key);
	return 0;
}

static int
make_next(const char *next, mode_t mode, struct err *err)
{
	unsigned char *key = secret_alloc(KEY_SIZE);
	int result;

	random_octets(key, KEY_SIZE);
	result = io_replace_file(next, slice_of(key, KEY_SIZE), mode, err);
	secret_free(key);
	return result;
}

/* A crash may have left it root's. */
int
key_file_prepare(const char *name, struct err *err)
{
	struct buf path = BUF_INIT, next = BUF_INIT;
	struct stat like;
	int result = 0;

	key_path(&next, name, "next");
	if (stat(key_path(&path, name, "key"), &like) < 0)
		result = err_errno(err, "cannot read '%s'", path.p);
	else if (!key_file_is_prepared(name))
		result = make_next(next.p, like.st_mode & 07777, err);
	if (result == 0 && geteuid() == 0 &&
	    chown(next.p, like.st_uid, like.st_gid) < 0)
		result = err_errno(err, "cannot give away '%s'", next.p);
	buf_free(&path);
	buf_free(&next);
	return result;
}

int
key_file_swap(const char *name, struct err *err)
{
	struct buf path = BUF_INIT, old = BUF_INIT, next = BUF_INIT;
	int result = 0;

	key_path(&path, name, "key");
	key_path(&old, name, "old");
	key_path(&next, name, "next");
	if (access(next.p, F_OK) == 0) {
		if (shred_keep_former(old.p, path.p, err) < 0)
			result = -1;
		else if (rename(next.p, path.p) < 0)
			result = err_errno(err, "cannot rename '%s'", next.p);
		else
			result = io_sync_folder(path.p, err);
	}
	if (result == 0)
		result = shred_former(old.p, path.p, err);
	buf_free(&path);
	buf_free(&old);
	buf_free(&next);
	return result;
}
