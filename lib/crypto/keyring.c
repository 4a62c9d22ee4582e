/* SPDX-License-Identifier: ISC */
/*
 * The service keys in HOME/keys/service.  The folder belongs to the service;
 * names in it that are no key's are passed over.
 */
#include "crypto/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/secret.h"

#define SUFFIX ".key"

/* `KEYID.key' to KEYID; -1 for any other name. */
static int
id_of_name(const char *name, char id[KEY_ID_SIZE])
{
	struct slice text = slice_text(name);
	unsigned char octets[KEY_ID_SIZE / 2];

	if (!slice_ends(text, SUFFIX) ||
	    hex_decode(slice_part(text, 0, text.n - strlen(SUFFIX)), octets,
		sizeof(octets)) < 0)
		return -1;
	hex_encode(octets, sizeof(octets), id);
	return 0;
}

static int
add_key(struct service_keys *keys, const char *id, struct err *err)
{
	struct buf path = BUF_INIT;
	struct service_key key = {.key = NULL};
	int result;

	home_file(&path, "keys/service/%s" SUFFIX, id);
	result = secret_read_file(path.p, KEY_SIZE, &key.key, err);
	if (result == 0) {
		memcpy(key.id, id, KEY_ID_SIZE);
		keys->items = mem_array(
		    keys->items, keys->n + 1, sizeof(*keys->items));
		keys->items[keys->n++] = key;
	}
	buf_free(&path);
	return result;
}

/* 1 the id that `current' names, 0 it names none, -1 no link. */
static int
read_current(const char *path, char id[KEY_ID_SIZE])
{
	char target[KEY_ID_SIZE + sizeof(SUFFIX)];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return -1;
	target[n] = '\0';
	return id_of_name(target, id) == 0;
}

bool
service_keys_are_stale(const struct service_keys *keys)
{
	struct buf path = BUF_INIT;
	char id[KEY_ID_SIZE];
	bool stale = keys->of_home && read_current(home_file(&path,
	    "keys/service/current"), id) > 0 &&
	    strcmp(id, keys->items[keys->current].id) != 0;

	buf_free(&path);
	return stale;
}

static int
find_current(struct service_keys *keys, struct err *err)
{
	struct buf path = BUF_INIT;
	char id[KEY_ID_SIZE];
	int result = -1, named;

	named = read_current(home_file(&path, "keys/service/current"), id);
	if (named < 0) {
		err_errno(err, "cannot read link '%s'", path.p);
		goto out;
	}
	for (size_t i = 0; named > 0 && i < keys->n; i++)
		if (strcmp(keys->items[i].id, id) == 0) {
			keys->current = i;
			result = 0;
			goto out;
		}
	err_set(err, ERR_CONFIG, "'%s' points at no service key", path.p);
out:
	buf_free(&path);
	return result;
}

int
service_keys_read(struct service_keys *keys, struct err *err)
{
	struct buf path = BUF_INIT;
	const struct dirent *entry;
	DIR *folder = NULL;
	int result = -1;

	memset(keys, 0, sizeof(*keys));
	folder = opendir(home_file(&path, "keys/service"));
	if (folder == NULL) {
		err_errno(err, "cannot open folder '%s'", path.p);
		if (err != NULL && errno == ENOENT)
			err->kind = ERR_CONFIG;
		goto out;
	}
	while ((entry = readdir(folder)) != NULL) {
		char id[KEY_ID_SIZE];

		if (id_of_name(entry->d_name, id) == 0 &&
		    add_key(keys, id, err) < 0)
			goto out;
	}
	if (keys->n == 0) {
		err_set(err, ERR_CONFIG, "there is no service key in '%s'",
		    path.p);
		goto out;
	}
	result = find_current(keys, err);
	keys->of_home = result == 0;
out:
	if (result < 0)
		service_keys_free(keys);
	if (folder != NULL)
		closedir(folder);
	buf_free(&path);
	return result;
}

void
service_keys_free(struct service_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		secret_free(keys->items[i].key);
	free(keys->items);
	memset(keys, 0, sizeof(*keys));
}

/* Points HOME/keys/service/current at a key: a new link, renamed. */
static int
point_current(const char *id, struct err *err)
{
	struct buf link = BUF_INIT, fresh = BUF_INIT, name = BUF_INIT;
	int result = -1;

	home_file(&link, "keys/service/current");
	home_file(&fresh, "keys/service/.current.%s", id);
	buf_format(&name, "%s" SUFFIX, id);
	if (symlink(name.p, fresh.p) < 0)
		err_errno(err, "cannot make link '%s'", fresh.p);
	else if (rename(fresh.p, link.p) < 0)
		err_errno(err, "cannot replace link '%s'", link.p);
	else
		result = io_sync_folder(link.p, err);
	if (result < 0)
		unlink(fresh.p);
	buf_free(&link);
	buf_free(&fresh);
	buf_free(&name);
	return result;
}

int
service_key_make(struct err *err)
{
	unsigned char octets[KEY_ID_SIZE / 2];
	unsigned char *key = secret_alloc(KEY_SIZE);
	struct buf path = BUF_INIT;
	char id[KEY_ID_SIZE];
	int result;

	random_octets(octets, sizeof(octets));
	hex_encode(octets, sizeof(octets), id);
	random_octets(key, KEY_SIZE);
	home_file(&path, "keys/service/%s" SUFFIX, id);
	result = io_replace_file(path.p, slice_of(key, KEY_SIZE), 0400, err);
	secret_free(key);
	if (result == 0)
		result = point_current(id, err);
	buf_free(&path);
	return result;
}
