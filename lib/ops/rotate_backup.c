/* SPDX-License-Identifier: ISC */
/*
 * The key of a repository of backups, from which all its keys are derived: a
 * new key is a new repository.
 *
 *	1 the repository is renamed to FOLDER-old-XXXXXXXX (in S3: moved
 *	  there), its keys here to NAME-old-XXXXXXXX
 *	2 a new one is made in its place; its key is shown once
 *	3 the mailboxes get keyslots for it, and the first backup is made
 *	4 after the overlap, when its snapshots are of no use any more, the old
 *	  repository is removed, its keyslots and keys are destroyed
 *
 * Until then what is in the old one is restored from there, by its key or by
 * those that are kept here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/installation.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/secret.h"
#include "base/shred.h"
#include "crypto/backup_slot.h"
#include "crypto/keys_file.h"
#include "ops/repository_move.h"
#include "ops/rotate.h"
#include "ops/vault.h"
#include "store/held_keys.h"
#include "store/mailbox.h"
#include "store/mailbox_names.h"

#define SUFFIX_SIZE 16 /* `old-' and 8 digits of the key's id */

struct renewal {
	struct backup_conf conf;
	const char *name;
	char suffix[SUFFIX_SIZE];
};

struct rotate_backups {
	char **names;
	struct renewal *items;
	struct err *errors; /* of each */
	size_t n;
	struct err err; /* of all */
};

void
rotate_backups_read(struct rotation *r)
{
	/* Its texts live as long as the process. */
	static struct rotate_backups home;
	struct rotate_backups *all = &home;

	r->backups = all;
	if (backup_conf_names(&all->names, &all->n, &all->err) < 0)
		return;
	all->items = mem_zalloc((all->n + 1) * sizeof(*all->items));
	all->errors = mem_zalloc((all->n + 1) * sizeof(*all->errors));
	for (size_t i = 0; i < all->n; i++) {
		all->items[i].name = all->names[i];
		(void)backup_conf_read(&all->items[i].conf, all->names[i],
		    "fe-rotate-keys", &all->errors[i]);
	}
}

static void
make_suffix(const char *check, char suffix[SUFFIX_SIZE])
{
	snprintf(suffix, SUFFIX_SIZE, "old-%.8s", check);
}

static const char *
key_path(struct buf *path, const char *name, const char *suffix,
    const char *kind)
{
	return suffix == NULL ? home_file(path, "keys/backup/%s.%s", name,
	    kind) : home_file(path, "keys/backup/%s-%s.%s", name, suffix,
	    kind);
}

static bool
has_key(const char *name, const char *suffix, const char *kind)
{
	struct buf path = BUF_INIT;
	bool there = access(key_path(&path, name, suffix, kind), F_OK) == 0;

	buf_free(&path);
	return there;
}

/* The id of the repository key whose subkeys are here. */
static int
check_of(const char *name, char check[KEY_ID_SIZE], struct err *err)
{
	struct repository_keys *keys = repository_keys_read(name, err);

	if (keys == NULL)
		return -1;
	memcpy(check, keys->check, KEY_ID_SIZE);
	repository_keys_free(keys);
	return 0;
}

/* Its config as it lies there.  1, 0 there is none, -1. */
static int
look(const struct destination_options *options,
    struct repository_config *config, struct err *err)
{
	struct destination *d = destination_open(options, err);
	int result = d == NULL ? -1 : repository_config_read(d, config, err);

	destination_close(d);
	return result;
}

/* ---- programs of ours ---- */

static int
run(const char *program, const char *const args[], size_t n, struct err *err)
{
	const struct process_fd fds[] = {{1, 1}, {2, 2}};
	char **words = mem_zalloc((n + 4) * sizeof(*words));
	struct buf path = BUF_INIT;
	char why[64];
	static char home_option[] = "--home";
	int status = -1, result = installation_bin(&path, err);
	pid_t pid = -1;

	buf_format(&path, "/%s", program);
	words[0] = path.p;
	for (size_t i = 0; i < n; i++)
		words[i + 1] = (char *)(uintptr_t)args[i];
	words[n + 1] = home_option;
	words[n + 2] = (char *)(uintptr_t)home_path();
	fflush(stdout);
	if (result == 0)
		pid = process_start(words, fds, 2, err);
	if (pid > 0)
		process_wait(pid, -1, &status);
	if (pid < 0)
		result = -1;
	else if (status != 0)
		result = err_set(err, ERR_SYSTEM, "%s: %s", program,
		    process_status_text(status, why));
	free(words);
	buf_free(&path);
	return result;
}

static int
run_backup(const struct renewal *b, struct err *err)
{
	const char *args[3] = {"-q", "--instance", b->name};
	bool main_one = strcmp(b->name, BACKUP_MAIN) == 0 &&
	    !backup_conf_has_section(b->name);
	struct buf path = BUF_INIT;
	int result = rotation_become(home_file(&path, "keys/backup"), err);

	if (result == 0)
		result = run("fe-backup", args, main_one ? 1 : 3, err);
	if (rotation_become_root(result == 0 ? err : NULL) < 0)
		result = -1;
	buf_free(&path);
	return result;
}

/* ---- steps ---- */

static int
rename_key(const struct renewal *b, const char *kind, struct err *err)
{
	struct buf from = BUF_INIT, to = BUF_INIT;
	int result = 0;

	key_path(&from, b->name, NULL, kind);
	key_path(&to, b->name, b->suffix, kind);
	if (access(to.p, F_OK) < 0) {
		if (rename(from.p, to.p) < 0)
			result = err_errno(err, "cannot rename '%s'", from.p);
		else
			result = io_sync_folder(to.p, err);
	}
	buf_free(&from);
	buf_free(&to);
	return result;
}

static int
put_aside(const struct renewal *b, struct err *err)
{
	const struct destination_options *o = &b->conf.destination;
	int moved = repository_is_moved(o, b->suffix, err);
	bool rest;

	if (moved < 0)
		return -1;
	/* a crash came between: the folder may be missing, or objects left */
	rest = moved > 0 && (!repository_move_is_whole(o) ||
	    (o->path != NULL && access(o->path, F_OK) < 0));
	if ((moved == 0 || rest) && repository_move(o, b->suffix,
		b->conf.lock_wait_s * 1000, err) < 0)
		return -1;
	if (rename_key(b, "key", err) < 0)
		return -1;
	return rename_key(b, "slot", err);
}

/* Keys of a repository that was never made: nothing is under them. */
static int
drop_unused(const struct renewal *b, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = shred_file(key_path(&path, b->name, NULL, "key"), err);

	if (result == 0)
		result = shred_file(key_path(&path, b->name, NULL, "slot"),
		    err);
	buf_free(&path);
	return result;
}

/* The slot key is the mailboxes' keeper's. */
static int
own_slot(const struct renewal *b, struct err *err)
{
	struct buf old = BUF_INIT, fresh = BUF_INIT;
	struct stat st;
	int result = 0;

	if (geteuid() == 0 && (stat(key_path(&old, b->name, b->suffix, "slot"),
		&st) < 0 || chown(key_path(&fresh, b->name, NULL, "slot"),
		st.st_uid, st.st_gid) < 0))
		result = err_errno(err, "cannot give away '%s'",
		    buf_text(&fresh));
	buf_free(&old);
	buf_free(&fresh);
	return result;
}

static int
make_new(struct renewal *b, struct err *err)
{
	struct vault v = {.conf = &b->conf, .out = BUF_INIT};
	struct repository_config old;
	struct destination_options there = b->conf.destination;
	struct buf name = BUF_INIT, path = BUF_INIT;
	int result;

	repository_moved_name(&there, b->suffix, &name);
	*(there.path != NULL ? &there.path : &there.url) = name.p;
	result = look(&there, &old, err);
	if (result == 0)
		result = err_set(err, ERR_CONFIG, "there is no repository in "
		    "'%s'", name.p);
	if (result > 0)
		result = drop_unused(b, err);
	if (result == 0)
		result = rotation_become(home_file(&path, "keys/backup"), err);
	if (result == 0) {
		b->conf.sealed = old.sealed;
		b->conf.cmd.quiet = true;
		result = vault_init(&v, err);
		site_close(&v.site);
		buf_wipe(&v.out);
	}
	if (rotation_become_root(result == 0 ? err : NULL) < 0)
		result = -1;
	buf_free(&name);
	buf_free(&path);
	return result;
}

/* Steps 1 to 3, from wherever they are. */
static int
renew(struct rotation *r, struct renewal *b, const char *old,
    struct err *err)
{
	const char *slots[] = {"slots", "-q"};
	struct repository_config config;
	char check[KEY_ID_SIZE];
	int found;

	if (put_aside(b, err) < 0)
		return -1;
	found = look(&b->conf.destination, &config, err);
	if (found < 0 || (found == 0 && make_new(b, err) < 0) ||
	    own_slot(b, err) < 0 || check_of(b->name, check, err) < 0 ||
	    run("fe-mailbox", slots, 2, err) < 0)
		return -1;
	if (run_backup(b, err) < 0)
		return err_prefix(err, "the first backup to the new "
		    "repository: run it again");
	if (rotation_note(r, b->name, "retiring", old, err) < 0 ||
	    rotation_note(r, b->name, "done", check, err) < 0)
		return -1;
	rotation_say(r, b->name, "a new repository, with its first backup; the "
	    "one before is beside it as `-%s'", b->suffix);
	rotation_ask(r, b->name, "confirm", "confirm: type the new key back "
	    "with `fe-backup key confirm'");
	return 0;
}

/* ---- the end of the old one ---- */

static int
drop_slot(struct rotation *r, const char *mailbox, const char *slot_id,
    struct err *err)
{
	struct held_keys held = HELD_KEYS_INIT;
	struct mailbox_keys *keys = &held.keys;
	bool found = false;
	int result = held_keys_open(&held, mailbox, r->conf->lock_wait * 1000,
	    err);

	for (size_t i = keys->slots_n; result == 0 && i-- > 0;)
		if (keys->slots[i].kind == KEYSLOT_BACKUP &&
		    strcmp(keys->slots[i].by, slot_id) == 0) {
			mailbox_keys_remove_slot(keys, keys->slots[i].id);
			found = true;
		}
	if (result == 0 && found)
		result = held_keys_write(&held, err);
	held_keys_close(&held);
	return result;
}

static int
drop_slots(struct rotation *r, const struct renewal *b, struct err *err)
{
	struct mailbox_names names = {NULL, 0};
	struct buf path = BUF_INIT, mail = BUF_INIT;
	unsigned char *key;
	char id[KEY_ID_SIZE];
	int result;

	if (!has_key(b->name, b->suffix, "slot"))
		return 0;
	result = secret_read_file(key_path(&path, b->name, b->suffix, "slot"),
	    KEY_SIZE, &key, err);
	if (result == 0) {
		backup_slot_id(key, id);
		secret_free(key);
		result = rotation_become(home_file(&mail, "mail"), err);
	}
	if (result == 0)
		result = mailbox_names_read(&names, err);
	for (size_t i = 0; i < names.n && result == 0; i++)
		result = drop_slot(r, names.items[i], id, err);
	if (rotation_become_root(result == 0 ? err : NULL) < 0)
		result = -1;
	mailbox_names_free(&names);
	buf_free(&path);
	buf_free(&mail);
	return result;
}

/* Where nothing may be deleted from here the keys alone go. */
static int
remove_old(struct rotation *r, const struct renewal *b, struct err *err)
{
	struct buf name = BUF_INIT, path = BUF_INIT;
	int moved = 0, result = drop_slots(r, b, err);

	repository_moved_name(&b->conf.destination, b->suffix, &name);
	if (result == 0 && b->conf.append_only)
		rotation_need(r, b->name, "'%s' is append-only: delete it over "
		    "there", name.p);
	else if (result == 0) {
		moved = repository_is_moved(&b->conf.destination, b->suffix,
		    err);
		if (moved < 0 || (moved > 0 && repository_remove_moved(
			&b->conf.destination, b->suffix,
			b->conf.lock_wait_s * 1000, err) < 0))
			result = -1;
	}
	if (result == 0)
		result = shred_file(key_path(&path, b->name, b->suffix, "key"),
		    err);
	if (result == 0)
		result = shred_file(key_path(&path, b->name, b->suffix,
		    "slot"), err);
	if (result == 0)
		result = rotation_note(r, b->name, "destroyed", NULL, err);
	if (result == 0)
		result = rotation_note(r, b->name, "withdrawn", NULL, err);
	if (result == 0)
		rotation_say(r, b->name, "the keys of the repository of before "
		    "are destroyed%s", moved > 0 ? ", and it is removed" : "");
	buf_free(&name);
	buf_free(&path);
	return result;
}

/* The one whose overlap runs, or NULL. */
static const struct ledger_entry *
retiring(const struct rotation *r, const char *name)
{
	const struct ledger_entry *old = ledger_find(&r->ledger,
	    r->kind->name, name, "retiring");
	const struct ledger_entry *gone = ledger_find(&r->ledger,
	    r->kind->name, name, "withdrawn");

	return old == NULL || (gone != NULL && gone > old) ? NULL : old;
}

/* ---- the kind ---- */

static int
finish_one(struct rotation *r, struct renewal *b, struct err *err)
{
	const struct ledger_entry *begun = rotation_begun(r, b->name);
	const struct ledger_entry *old = retiring(r, b->name);
	char check[KEY_ID_SIZE];

	if (r->conf->dry_run)
		return 0;
	if (begun != NULL) {
		snprintf(check, sizeof(check), "%s", begun->id);
		make_suffix(check, b->suffix);
		return renew(r, b, check, err);
	}
	if (old == NULL || !rotation_is_over(r, old->time_ms))
		return 0;
	make_suffix(old->id, b->suffix);
	return remove_old(r, b, err);
}

static int
rotate_one(struct rotation *r, struct renewal *b, struct err *err)
{
	const struct ledger_entry *old = retiring(r, b->name);
	struct repository_config config;
	char check[KEY_ID_SIZE], until[ROTATION_TIME_SIZE];
	int found;

	if (r->conf->due) {
		rotation_need(r, b->name, "is due: `fe-rotate-keys backup:%s' "
		    "shows a new key to write down", b->name);
		return 0;
	}
	if (old != NULL) {
		rotation_wait(r, b->name, "rotated already; the repository of "
		    "before is kept until %s", rotation_over_text(r,
		    old->time_ms, until));
		return 0;
	}
	found = look(&b->conf.destination, &config, err);
	if (found < 0 || check_of(b->name, check, err) < 0)
		return -1;
	if (found == 0 || strcmp(check, config.check) != 0)
		return err_set(err, ERR_CONFIG, "the keys of `%s' are not "
		    "those of its repository", b->name);
	if (r->conf->dry_run) {
		rotation_say(r, b->name, "a new repository in the place of "
		    "this one, which is kept beside it");
		return 0;
	}
	make_suffix(check, b->suffix);
	if (rotation_note(r, b->name, "begun", check, err) < 0)
		return -1;
	return renew(r, b, check, err);
}

static int
each_destination(struct rotation *r, const char *name,
    int (*each)(struct rotation *, struct renewal *, struct err *),
    struct err *err)
{
	struct rotate_backups *all = r->backups;
	bool found = false;

	if (all->err.kind != ERR_NONE)
		return err_set(err, all->err.kind, "%s", all->err.text);
	for (size_t i = 0; i < all->n; i++) {
		struct renewal *b = &all->items[i];

		if (name != NULL && strcmp(name, b->name) != 0)
			continue;
		found = true;
		if (all->errors[i].kind != ERR_NONE)
			rotation_fail(r, b->name, &all->errors[i]);
		else if (each(r, b, err) < 0)
			rotation_fail(r, b->name, err);
	}
	return name != NULL && !found ? err_set(err, ERR_USAGE,
	    "'%s' is no destination of backups in fe.conf", name) : 0;
}

static int
finish_backup(struct rotation *r, struct err *err)
{
	return each_destination(r, NULL, finish_one, err);
}

/* Each key is to be written down: one at a time. */
static int
rotate_repository(struct rotation *r, const char *name, struct err *err)
{
	if (name == NULL)
		return err_set(err, ERR_USAGE, "which destination? "
		    "backup:NAME; [fe-backup] alone is `%s'", BACKUP_MAIN);
	return each_destination(r, name, rotate_one, err);
}

static int
list_repositories(struct rotation *r, struct err *err)
{
	char **names;
	size_t n;
	int result = repository_names(&names, &n, err);

	for (size_t i = 0; i < n; i++) {
		struct buf path = BUF_INIT;
		char check[KEY_ID_SIZE];
		struct stat st;
		bool old = strstr(names[i], "-old-") != NULL;

		if (result == 0)
			result = check_of(names[i], check, err);
		if (result == 0)
			rotation_list(r, names[i], check, old ? "retiring" :
			    "active", stat(key_path(&path, names[i], NULL,
			    "key"), &st) == 0 ? (int64_t)st.st_mtime * 1000 :
			    -1, !old);
		free(names[i]);
		buf_free(&path);
	}
	free(names);
	return result;
}

const struct rotation_kind rotate_backup = {"backup",
    "the key of a repository of backups (only by hand)", "never", "30d",
    list_repositories, finish_backup, rotate_repository};
