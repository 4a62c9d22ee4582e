/* SPDX-License-Identifier: ISC */
/* The repository key and its slots. */
#include "ops/vault.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/io.h"
#include "base/secret.h"
#include "crypto/x25519.h"
#include "ops/backup.h"
#include "ops/repository_slot.h"
#include "ops/site.h"

#define PEM_MAX ((size_t)64 << 10)

static int
show_key(struct vault *v, struct err *err)
{
	struct destination *d = v->site.destination;
	struct repository_slots slots;
	struct repository_config config;
	int64_t confirmed = repository_confirmed_ms(d);
	char time[CLOCK_TEXT_SIZE];
	int found = repository_config_read(d, &config, err);

	if (found <= 0)
		return found < 0 ? -1 : err_set(err, ERR_USAGE,
		    "there is no repository in '%s'", destination_name(d));
	if (repository_slots_read(d, &slots, err) < 0)
		return -1;
	buf_format(&v->out, "repository\t%s\nkey\t%s\npacks\t%s\n"
	    "confirmed\t%s\n", config.id, config.check, config.sealed ?
	    "sealed (X25519: not safe from quantum computers)" : "symmetric",
	    confirmed < 0 ? "never confirmed" : clock_rfc3339(confirmed,
	    time));
	for (size_t i = 0; i < slots.n; i++)
		buf_format(&v->out, "slot\t%s\t%s\t%s\n", slots.items[i].id,
		    repository_slot_kind_text(slots.items[i].kind),
		    clock_rfc3339(slots.items[i].made_ms, time));
	free(slots.items);
	return cmd_put(&v->out, err);
}

/* Asks for the repository key and makes sure that it is the right one. */
static unsigned char *
ask_right_key(struct vault *v, struct err *err)
{
	struct backup_conf asking = *v->conf;
	struct repository_config config;
	struct repository_keys *keys;
	unsigned char *key;
	bool right;

	asking.passphrase = false;
	if (repository_config_read(v->site.destination, &config, err) <= 0)
		return NULL;
	key = site_ask_key(&asking, v->site.destination, err);
	if (key == NULL)
		return NULL;
	keys = repository_keys_derive(key, false);
	right = strcmp(keys->check, config.check) == 0;
	repository_keys_free(keys);
	if (right)
		return key;
	secret_free(key);
	err_set(err, ERR_USAGE, "that is a repository key, but not of '%s'",
	    destination_name(v->site.destination));
	return NULL;
}

static int
confirm_key(struct vault *v, struct err *err)
{
	unsigned char *key = ask_right_key(v, err);
	int result;

	if (key == NULL)
		return -1;
	secret_free(key);
	result = repository_confirm(v->site.destination, err);
	if (result == 0 && !vault_is_quiet(v)) {
		buf_append_text(&v->out, "that is the repository key\n");
		result = cmd_put(&v->out, err);
	}
	return result;
}

/* A fresh key file; it is removed again if its slot cannot be stored. */
static int
add_file_slot(struct vault *v, const unsigned char *key,
    char id[KEY_ID_SIZE], struct err *err)
{
	unsigned char *octets = secret_alloc(KEY_SIZE);
	int fd = open(v->conf->to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0400);
	int result = 0;

	random_octets(octets, KEY_SIZE);
	if (fd < 0)
		result = err_errno(err, "cannot make '%s'", v->conf->to);
	else if (io_write(fd, octets, KEY_SIZE) < 0 || fsync(fd) < 0)
		result = err_errno(err, "cannot write '%s'", v->conf->to);
	if (result == 0)
		result = repository_slot_add(v->site.destination, key,
		    SLOT_FILE, slice_of(octets, KEY_SIZE), id, err);
	if (fd >= 0) {
		close(fd);
		if (result < 0)
			unlink(v->conf->to);
	}
	secret_free(octets);
	return result;
}

static int
add_passphrase_slot(struct vault *v, const unsigned char *key,
    char id[KEY_ID_SIZE], struct err *err)
{
	char *line = NULL;
	int result = isatty(STDIN_FILENO) ?
	    secret_ask("new passphrase: ", true, &line, err) :
	    secret_read_line(STDIN_FILENO, &line, err);

	if (result == 0 && strlen(line) < 12)
		result = err_set(err, ERR_USAGE, "a passphrase has at least "
		    "12 characters");
	if (result == 0)
		result = repository_slot_add(v->site.destination, key,
		    SLOT_PASSPHRASE, slice_text(line), id, err);
	secret_free(line);
	return result;
}

/* A slot that its maker cannot open: the private key is somebody's. */
static int
add_public_slot(struct vault *v, const unsigned char *key,
    char id[KEY_ID_SIZE], struct err *err)
{
	unsigned char public[KEY_SIZE];
	struct buf pem = BUF_LIMITED(PEM_MAX);
	int result = io_read_file(v->conf->public, &pem, err);

	if (result == 0 && x25519_public_parse(buf_slice(&pem), public, err) <
		0)
		result = err_prefix(err, "'%s'", v->conf->public);
	if (result == 0)
		result = repository_slot_add(v->site.destination, key,
		    SLOT_PUBLIC, slice_of(public, KEY_SIZE), id, err);
	if (result == 0 && !vault_is_quiet(v))
		fprintf(stderr, "fe-backup: a quantum computer could open this "
		    "slot; those of passphrases and key files it could not\n");
	buf_free(&pem);
	return result;
}

static int
add_slot(struct vault *v, struct err *err)
{
	int ways = v->conf->passphrase + (v->conf->to != NULL) +
	    (v->conf->public != NULL);
	unsigned char *key;
	char id[KEY_ID_SIZE];
	int result;

	if (ways != 1)
		return err_set(err, ERR_USAGE, "which slot? --passphrase, "
		    "--to FILE for a key file, or --public FILE for a key of "
		    "somebody's");
	key = ask_right_key(v, err);
	if (key == NULL)
		return -1;
	result = v->conf->passphrase ?
	    add_passphrase_slot(v, key, id, err) : v->conf->to != NULL ?
	    add_file_slot(v, key, id, err) :
	    add_public_slot(v, key, id, err);
	secret_free(key);
	if (result == 0) {
		buf_format(&v->out, "slot\t%s\n", id);
		result = cmd_put(&v->out, err);
	}
	return result;
}

int
vault_key(struct vault *v, struct err *err)
{
	const char *what = v->n > 0 ? v->words[0] : "";

	v->site.destination = destination_open(&v->conf->destination,
	    err);
	if (v->site.destination == NULL)
		return -1;
	if (v->n == 0)
		return show_key(v, err);
	if (strcmp(what, "confirm") == 0 && v->n == 1)
		return confirm_key(v, err);
	if (strcmp(what, "add") == 0 && v->n == 1)
		return add_slot(v, err);
	if (strcmp(what, "remove") == 0 && v->n == 2)
		return repository_slot_remove(v->site.destination,
		    v->words[1], err);
	return err_set(err, ERR_USAGE, "key what? confirm, add or remove SLOT");
}
