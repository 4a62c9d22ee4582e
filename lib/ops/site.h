/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_SITE_H
#define FE_OPS_SITE_H

#include "base/sandbox.h"
#include "ops/backup_conf.h"
#include "ops/repository.h"
#include "ops/repository_lock.h"

/*
 * One destination as a command works on it: reached, its keys found, its
 * repository open and locked.
 */
struct site {
	const struct backup_conf *conf;
	struct destination *destination;
	struct repository_keys *keys;
	struct repository *repository;
	struct repository_lock lock;
};

/* Reaches the destination, and finds keys: the repository key itself where
 * the options say how to get it, else what the home has in keys/backup, by
 * the destination's name or by what the repository says its key is. */
int site_open(struct site *s, const struct backup_conf *conf,
    struct err *err);
/* Opens the repository and locks it; the index is read where asked for. */
int site_use(struct site *s, enum repository_use use, bool with_index,
    struct err *err);
/* Lets go of the lock and the repository; site_use may come again. */
void site_leave(struct site *s);
void site_close(struct site *s);

/* The repository key: from --key-file (as printed, or a key file with a slot
 * in the repository), by a passphrase, or asked for; in the arena. */
unsigned char *site_ask_key(const struct backup_conf *conf,
    struct destination *d, struct err *err);

/* Only what a backup needs from here on: the home without the keys that it
 * shall not have, to read; the destination. */
int site_confine(const struct site *s, bool require_landlock,
    struct err *err);

#endif
