/* SPDX-License-Identifier: ISC */
/* Destinations as commands use them. */
#include "ops/site.h"

#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/secret.h"
#include "crypto/recovery.h"
#include "crypto/x25519.h"
#include "ops/repository_slot.h"

#define KEY_FILE_MAX 1024

/* ---- keys ---- */

static int
read_line(const char *prompt, char **line, struct err *err)
{
	if (isatty(STDIN_FILENO))
		return secret_ask(prompt, false, line, err);
	return secret_read_line(STDIN_FILENO, line, err);
}

static int
open_public_slot(struct destination *d, struct slice pem, unsigned char *key,
    struct err *err)
{
	unsigned char *secret = secret_alloc(KEY_SIZE);
	int result = x25519_secret_parse(pem, secret, err);

	if (result == 0)
		result = repository_slot_open(d, SLOT_PUBLIC,
		    slice_of(secret, KEY_SIZE), key, err);
	secret_free(secret);
	return result;
}

/* A raw key file opens a slot; a text is the key itself. */
static int
key_from_file(const char *path, struct destination *d, unsigned char *key,
    struct err *err)
{
	struct buf text = BUF_LIMITED(KEY_FILE_MAX);
	int result;

	buf_reserve(&text, KEY_FILE_MAX);
	result = io_read_file(path, &text, err);
	if (result == 0 && text.n == KEY_SIZE)
		result = repository_slot_open(d, SLOT_FILE, buf_slice(&text),
		    key, err);
	else if (result == 0 && x25519_is_pem(buf_slice(&text)))
		result = open_public_slot(d, buf_slice(&text), key, err);
	else if (result == 0)
		result = recovery_parse(slice_trim(buf_slice(&text)), key,
		    err);
	if (result < 0) {
		err_prefix(err, "'%s'", path);
		err->kind = ERR_USAGE; /* the name was typed */
	}
	buf_wipe(&text);
	return result;
}

unsigned char *
site_ask_key(const struct backup_conf *conf, struct destination *d,
    struct err *err)
{
	unsigned char *key = secret_alloc(KEY_SIZE);
	char *line = NULL;
	int result;

	if (conf->key_file != NULL)
		result = key_from_file(conf->key_file, d, key, err);
	else if (conf->passphrase) {
		result = read_line("passphrase: ", &line, err);
		if (result == 0)
			result = repository_slot_open(d, SLOT_PASSPHRASE,
			    slice_text(line), key, err);
	} else {
		result = read_line("repository key: ", &line, err);
		if (result == 0)
			result = recovery_parse(slice_text(line), key, err);
	}
	secret_free(line);
	if (result == 0)
		return key;
	secret_free(key);
	return NULL;
}

static struct repository_keys *
keys_from_key(const struct backup_conf *conf, struct destination *d,
    struct err *err)
{
	struct repository_config config = {.sealed = false};
	struct repository_keys *keys;
	unsigned char *key = site_ask_key(conf, d, err);

	if (key == NULL)
		return NULL;
	(void)repository_config_read(d, &config, NULL);
	keys = repository_keys_derive(key, config.sealed);
	secret_free(key);
	return keys;
}

/* For --repo: whichever key of the home is the repository's. */
static struct repository_keys *
keys_by_check(struct destination *d, const char **found, struct err *err)
{
	struct repository_config config;
	struct repository_keys *keys = NULL;
	char **names;
	size_t n;

	*found = NULL;
	if (repository_config_read(d, &config, err) <= 0)
		return NULL;
	if (repository_names(&names, &n, err) < 0)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		struct repository_keys *one = *found != NULL ? NULL :
		    repository_keys_read(names[i], NULL);

		if (one != NULL && strcmp(one->check, config.check) == 0) {
			keys = one;
			*found = mem_text(names[i]);
		} else
			repository_keys_free(one);
		free(names[i]);
	}
	free(names);
	if (keys == NULL)
		err_set(err, ERR_USAGE, "no key in %s/keys/backup opens '%s': "
		    "--key-file or --passphrase", home_path(),
		    destination_name(d));
	return keys;
}

static int
find_keys(struct site *s, struct err *err)
{
	const struct backup_conf *conf = s->conf;
	const char *name = backup_conf_name(conf);
	struct buf path = BUF_INIT;

	if (conf->key_file != NULL || conf->passphrase || conf->ask_key)
		s->keys = keys_from_key(conf, s->destination, err);
	else if (conf->repo != NULL)
		s->keys = keys_by_check(s->destination, &name, err);
	else if (access(home_file(&path, "keys/backup/%s.key", name), F_OK) <
		0)
		err_set(err, ERR_CONFIG, "'%s' is not there: `fe-backup init' "
		    "makes it, or --key-file", path.p);
	else
		s->keys = repository_keys_read(name, err);
	/* Who may read the slot key has it. */
	if (s->keys != NULL && !s->keys->has_slot && name != NULL &&
	    access(home_file(&path, "keys/backup/%s.slot", name), R_OK) == 0)
		(void)repository_keys_read_slot(s->keys, name, NULL);
	if (conf->repo != NULL && name != backup_conf_name(conf))
		free((char *)(uintptr_t)name);
	buf_free(&path);
	return s->keys == NULL ? -1 : 0;
}

/* ---- opening ---- */

int
site_open(struct site *s, const struct backup_conf *conf, struct err *err)
{
	memset(s, 0, sizeof(*s));
	s->conf = conf;
	s->destination = destination_open(&conf->destination, err);
	if (s->destination == NULL)
		return -1;
	if (find_keys(s, err) == 0)
		return 0;
	/* No repository is the better reason than no key. */
	struct repository_config config;
	struct err why = ERR_INIT;

	if (repository_config_read(s->destination, &config, &why) == 0)
		err_set(err, ERR_USAGE, "there is no repository in '%s': is "
		    "it mounted? `fe-backup init' makes one",
		    destination_name(s->destination));
	return -1;
}

int
site_use(struct site *s, enum repository_use use, bool with_index,
    struct err *err)
{
	s->repository = repository_open(s->destination, s->keys, err);
	if (s->repository == NULL)
		return -1;
	if (repository_lock_take(&s->lock, s->destination, use,
		s->conf->lock_wait_s * 1000, err) < 0 ||
	    repository_is_there(s->repository, err) < 0)
		return -1;
	return with_index ? repository_read_index(s->repository, err) : 0;
}

void
site_leave(struct site *s)
{
	repository_close(s->repository);
	s->repository = NULL;
	repository_lock_release(&s->lock);
}

void
site_close(struct site *s)
{
	site_leave(s);
	destination_close(s->destination);
	repository_keys_free(s->keys);
	memset(s, 0, sizeof(*s));
}

/* ---- confinement ---- */

#define PATHS_MAX 256

struct path_list {
	struct sandbox_path items[PATHS_MAX];
	size_t n;
};

static void
allow(struct path_list *list, const char *path, unsigned access_kind)
{
	if (list->n < PATHS_MAX)
		list->items[list->n++] = (struct sandbox_path){
		    mem_text(path), access_kind};
}

/* What lies in a folder of the home, one by one, but for one name. */
static void
allow_children(struct path_list *list, const char *folder, const char *but)
{
	struct buf path = BUF_INIT;
	const struct dirent *entry;
	DIR *dir = opendir(home_file(&path, "%s", folder));

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    strcmp(name, "backup") == 0 || strcmp(name, but) == 0)
			continue;
		allow(list, home_file(&path, "%s%s%s", folder,
		    folder[0] != '\0' ? "/" : "", name), SANDBOX_READ);
	}
	if (dir != NULL)
		closedir(dir);
	buf_free(&path);
}

int
site_confine(const struct site *s, bool require_landlock, struct err *err)
{
	static const char *const system_files[] = {"/etc/passwd",
	    "/etc/group", "/etc/nsswitch.conf", "/etc/resolv.conf",
	    "/etc/hosts", "/etc/host.conf", "/etc/gai.conf", "/etc/ssl",
	    "/usr/share/ca-certificates", "/usr/lib/ssl", "/etc/localtime",
	    "/proc", "/etc/fe", "/dev/urandom"};
	const char *folder = destination_folder(s->destination);
	struct path_list *list = mem_zalloc(sizeof(*list));
	struct buf path = BUF_INIT;
	int result;

	/* Names are seen in all of it. */
	allow(list, home_path(), SANDBOX_LIST);
	allow_children(list, "", "keys");
	allow_children(list, "keys", "service");
	allow(list, home_file(&path, "backup"), SANDBOX_READ | SANDBOX_WRITE);
	if (folder != NULL)
		allow(list, folder, SANDBOX_READ | SANDBOX_WRITE);
	for (size_t i = 0; i < sizeof(system_files) / sizeof(*system_files);
	     i++)
		allow(list, system_files[i], SANDBOX_READ);
	result = sandbox_enter(folder != NULL ? SANDBOX_STORE : SANDBOX_NET,
	    list->items, list->n, require_landlock, err);
	for (size_t i = 0; i < list->n; i++)
		free((char *)(uintptr_t)list->items[i].path);
	free(list);
	buf_free(&path);
	return result;
}

