/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_SEAL_KEYS_H
#define FE_OPS_SEAL_KEYS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"
#include "crypto/keyring.h"

/*
 * The keys of a backup repository (fe-backup-repo(5)).  All follow from the
 * repository key, 32 random octets that people keep on paper:
 *
 *	repository key -+- write -+- id    hash of what is stored
 *	                |         +- meta  index, snapshots, lists of files
 *	                |         `- name  names of the mailboxes' key objects
 *	                +- data   opens and closes packs of content
 *	                +- seal   X25519: sealed repositories, in place of data
 *	                `- slot   wraps the keys of mailboxes
 *
 * The host that makes backups has keys/backup/NAME.key: write and data, or
 * write and the public half of seal, with which it can store and not read.
 * The mailboxes' keeper has keys/backup/NAME.slot.  Neither has the repository
 * key itself.
 */
struct repository_keys {
	bool sealed;   /* new packs are sealed to the public key */
	bool can_read; /* opens packs of content */
	bool has_slot;
	unsigned char write[KEY_SIZE];
	unsigned char id[KEY_SIZE], meta[KEY_SIZE], name[KEY_SIZE];
	unsigned char data[KEY_SIZE];
	unsigned char public[KEY_SIZE], secret[KEY_SIZE];
	unsigned char slot[KEY_SIZE];
	/* Say which key it is, and nothing of it: 32 hex digits. */
	char check[KEY_ID_SIZE];   /* of write */
	char slot_id[KEY_ID_SIZE]; /* of slot, where there is one */
};

/* All below return keys in the locked arena, or NULL and err. */

/* From the repository key itself. */
struct repository_keys *repository_keys_derive(
    const unsigned char key[KEY_SIZE], bool sealed);
/* From keys/backup/NAME.key of the home. */
struct repository_keys *repository_keys_read(const char *name,
    struct err *err);
/* Wipes; accepts NULL. */
void repository_keys_free(struct repository_keys *keys);

/* Writes keys/backup/NAME.key and NAME.slot (0400); ERR_USAGE when one is
 * there with another content. */
int repository_keys_write(const struct repository_keys *keys,
    const char *name, struct err *err);
/* Adds what NAME.slot says, for those who may read it. */
int repository_keys_read_slot(struct repository_keys *keys, const char *name,
    struct err *err);
/* The names of the repositories for which the home has a .key file, sorted;
 * free each and the list. */
int repository_names(char ***names, size_t *n, struct err *err);
/* As a section and a file may be named: letters, digits, `-', `_'. */
bool repository_name_is_valid(struct slice name);

#endif
