/* SPDX-License-Identifier: ISC */
/* A new repository, or one that is there already. */
#include "ops/vault.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/home.h"
#include "base/id.h"
#include "base/installation.h"
#include "base/process.h"
#include "base/secret.h"
#include "crypto/recovery.h"
#include "ops/backup.h"
#include "ops/site.h"

static int
make_destination_folder(const struct vault *v, struct err *err)
{
	const char *path = v->conf->destination.path;

	if (path == NULL || mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	return err_errno(err, "cannot make folder '%s'", path);
}

/* Gives the mailboxes that are there their slots, where we may. */
static void
give_slots(struct vault *v)
{
	struct buf program = BUF_INIT, home = BUF_INIT;
	static char verb[] = "slots", quiet[] = "-q", option[] = "--home";
	struct err err = ERR_INIT;
	char *argv[] = {NULL, verb, quiet, option, NULL, NULL};
	int status = -1;
	pid_t pid = -1;

	buf_append_text(&home, home_path());
	argv[4] = home.p;
	if (access(home_file(&program, "keys/service/current"), R_OK) == 0) {
		buf_truncate(&program, 0);
		if (installation_bin(&program, &err) == 0) {
			buf_append_text(&program, "/fe-mailbox");
			argv[0] = program.p;
			pid = process_start(argv, NULL, 0, &err);
		}
		if (pid > 0)
			process_wait(pid, -1, &status);
	}
	if (status != 0 && !vault_is_quiet(v))
		fprintf(stderr, "fe-backup: now run `fe-mailbox slots' as the "
		    "mailboxes' keeper, so that their keys are backed up\n");
	buf_free(&program);
	buf_free(&home);
}

static int
say_key(struct vault *v, const unsigned char *key, struct err *err)
{
	char text[RECOVERY_TEXT_SIZE];

	recovery_format(key, text);
	buf_reserve(&v->out, 1024); /* so that growing leaves no copies */
	buf_format(&v->out, "The repository key of `%s' opens these backups "
	    "when this host is gone.\nIt is shown now and never again: write "
	    "it down, keep it elsewhere,\nthen type it back with `fe-backup "
	    "key confirm'.\n\n    %s\n\n", backup_conf_name(v->conf), text);
	sodium_memzero(text, sizeof(text));
	return cmd_put(&v->out, err) < 0 || fflush(stdout) != 0 ||
	    ferror(stdout) ?
	    err_errno(err, "cannot show the repository key") : 0;
}

/* The key must have been seen before anything counts on it. */
static int
make_new(struct vault *v, struct err *err)
{
	unsigned char *key = secret_alloc(KEY_SIZE);
	struct repository_config config;
	int result = repository_config_read(v->site.destination, &config,
	    err);

	random_octets(key, KEY_SIZE);
	v->site.keys = repository_keys_derive(key, v->conf->sealed);
	if (result > 0)
		result = err_set(err, ERR_USAGE, "'%s' holds a repository "
		    "already: --adopt to go on with it",
		    destination_name(v->site.destination));
	if (result == 0)
		result = repository_keys_write(v->site.keys,
		    backup_conf_name(v->conf), err);
	if (result == 0)
		result = say_key(v, key, err);
	if (result == 0)
		result = repository_make(v->site.destination,
		    v->site.keys, err);
	secret_free(key);
	return result;
}

/* A repository that is there, by its key; this host may be a new one. */
static int
adopt(struct vault *v, struct err *err)
{
	struct repository_config config;
	unsigned char *key;
	int result = repository_config_read(v->site.destination, &config,
	    err);

	if (result == 0)
		return err_set(err, ERR_USAGE, "there is no repository in "
		    "'%s'", destination_name(v->site.destination));
	if (result < 0)
		return -1;
	key = site_ask_key(v->conf, v->site.destination, err);
	if (key == NULL)
		return -1;
	v->site.keys = repository_keys_derive(key, config.sealed);
	secret_free(key);
	if (strcmp(v->site.keys->check, config.check) != 0)
		return err_set(err, ERR_USAGE, "that is the key of another "
		    "repository than '%s'",
		    destination_name(v->site.destination));
	return repository_keys_write(v->site.keys,
	    backup_conf_name(v->conf), err);
}

static int
make_like(struct vault *v, struct err *err)
{
	v->site.keys = repository_keys_read(v->conf->like, err);
	if (v->site.keys == NULL ||
	    repository_keys_read_slot(v->site.keys, v->conf->like, err) <
		0 ||
	    repository_keys_write(v->site.keys,
		backup_conf_name(v->conf), err) < 0)
		return -1;
	return repository_make(v->site.destination, v->site.keys, err);
}

int
vault_init(struct vault *v, struct err *err)
{
	int result;

	if (vault_want_words(v, 0, 0, err) < 0 ||
	    make_destination_folder(v, err) < 0)
		return -1;
	v->site.conf = v->conf;
	v->site.destination = destination_open(&v->conf->destination,
	    err);
	if (v->site.destination == NULL)
		return -1;
	result = v->conf->adopt ? adopt(v, err) :
	    v->conf->like != NULL ? make_like(v, err) :
	    make_new(v, err);
	if (result == 0)
		give_slots(v);
	return result;
}
