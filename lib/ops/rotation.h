/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_ROTATION_H
#define FE_OPS_ROTATION_H

#include <signal.h>

#include "base/cmd.h"
#include "ops/ledger.h"
#include "ops/progress.h"

/*
 * The rotation of keys: one run of fe-rotate-keys, and what a kind of key
 * does in it.  The kinds are in lib/ops/rotate_*.c, the table in rotate.c.
 *
 * A kind finds out from its files how far it has come, never from memory: so
 * a run that was killed at any moment is gone on with by the next.  The ledger
 * says only what files cannot tell (whether a new key is due, or the last one
 * half done).
 */
enum { ROTATE_TEXT, ROTATE_JSON };

struct rotate_conf {
	struct cmd_conf cmd;
	bool dry_run, due, force;
	int output;
	struct option_list limit, overlap; /* `KIND TIME' */
	const char *hook;
	int64_t lock_wait;
	/* DNS */
	const char *hostname, *dns_zone;
	struct option_list dns_server;
	bool resolver, no_dns;
	int64_t dns_timeout;
	/* tls, ssh-host, ssh-user */
	const char *tls_hook;
	struct option_list ssh_host_key, ssh_user;
	const char *ssh_config, *ssh_known_hosts, *ssh_authorized;
};

/* A key as `status' shows it. */
struct rotation_key {
	char *name, *id, *state;
	int64_t since_ms;  /* -1: nobody knows */
	bool is_in_use;    /* its age counts for --due */
};
struct rotation_keys {
	struct rotation_key *items;
	size_t n;
};

struct rotation;

struct rotation_kind {
	const char *name, *what;
	const char *limit;   /* of --due; `never': only by hand */
	const char *overlap; /* how long the old one stays good */
	/* Adds its keys with rotation_list. */
	int (*list)(struct rotation *r, struct err *err);
	/* Goes on with what was begun, ends overlaps that are over; NULL:
	 * nothing can be left.  Before any rotation, too. */
	int (*finish)(struct rotation *r, struct err *err);
	/* A new key for `name' (NULL: all of the kind). */
	int (*rotate)(struct rotation *r, const char *name, struct err *err);
};

struct rotation {
	const struct rotate_conf *conf;
	const struct rotation_kind *kind; /* at work */
	struct ledger ledger;
	struct rotation_keys keys;
	struct progress progress;
	const volatile sig_atomic_t *stop;
	bool needs_person; /* exit code 1 */
	bool failed;       /* one among many; exit code 75 */
	struct rotate_dns *dns; /* rotate_dns.c */
	struct rotate_backups *backups; /* rotate_backup.c */
};

/* In seconds; -1: never. */
int64_t rotation_limit(const struct rotation *r,
    const struct rotation_kind *kind);
int64_t rotation_overlap(const struct rotation *r,
    const struct rotation_kind *kind);
/* `KIND TIME', where TIME may be `never' (-1). */
int rotation_parse_time(struct slice item, struct slice *kind,
    int64_t *seconds);

/* ---- what kinds call ---- */

/* One more key of the kind; NULL for what is not known. */
void rotation_list(struct rotation *r, const char *name, const char *id,
    const char *state, int64_t since_ms, bool is_in_use);
void rotation_keys_free(struct rotation_keys *keys);
/* By the ledger's last `done', else by the file's last change; -1. */
int64_t rotation_since(const struct rotation *r, const char *name,
    const char *path);

/* A sentence about what was done, about what waits for its time (neither with
 * -q), and about what waits for a person (exit code 1). */
void rotation_say(struct rotation *r, const char *name, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
void rotation_wait(struct rotation *r, const char *name, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
void rotation_need(struct rotation *r, const char *name, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
/* What a person is to do about what was done: said always. */
void rotation_ask(struct rotation *r, const char *name, const char *what,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* One item among many failed: said, kept for the exit code, err is clear. */
void rotation_fail(struct rotation *r, const char *name, struct err *err);

/* Into the ledger, for the kind at work; nothing with -n. */
int rotation_note(struct rotation *r, const char *name, const char *event,
    const char *id, struct err *err);
/* What is begun and not done, or NULL. */
const struct ledger_entry *rotation_begun(const struct rotation *r,
    const char *name);
/* Has the overlap gone by since then?  --force: always. */
bool rotation_is_over(const struct rotation *r, int64_t since_ms);
/* `2026-12-04 10:00 UTC', when it will have. */
#define ROTATION_TIME_SIZE 32
const char *rotation_over_text(const struct rotation *r, int64_t since_ms,
    char out[ROTATION_TIME_SIZE]);

/* Runs --hook (or another command) with the words EVENT KIND NAME and `input'
 * on its standard input: 1 done, 0 there is none, -1 it failed, and that was
 * said. */
int rotation_hook(struct rotation *r, const char *command, const char *event,
    const char *name, struct slice input);

/* As root: takes on the user and group that own a path, so that what is made
 * there is theirs; and root again.  Other users: nothing. */
int rotation_become(const char *path, struct err *err);
int rotation_become_root(struct err *err);
/* As root: gives a file that was made to who owns its folder. */
int rotation_own_as_folder(const char *path, struct err *err);

#endif
