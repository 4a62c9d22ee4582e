/* SPDX-License-Identifier: ISC */
/* The old repository put aside, a new one made. */
#include "ops/renewal.h"

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
#include "base/shred.h"
#include "ops/repository_move.h"

void
renewal_make_suffix(const char *check, char suffix[RENEWAL_SUFFIX_SIZE])
{
	snprintf(suffix, RENEWAL_SUFFIX_SIZE, "old-%.8s", check);
}

const char *
renewal_path(struct buf *path, const char *name, const char *suffix,
    const char *kind)
{
	return suffix == NULL ? home_file(path, "keys/backup/%s.%s", name,
	    kind) : home_file(path, "keys/backup/%s-%s.%s", name, suffix,
	    kind);
}

bool
renewal_has_key(const char *name, const char *suffix, const char *kind)
{
	struct buf path = BUF_INIT;
	bool there = access(renewal_path(&path, name, suffix, kind),
	    F_OK) == 0;

	buf_free(&path);
	return there;
}

/* The id of the repository key whose subkeys are here. */
int
renewal_check(const char *name, char check[KEY_ID_SIZE], struct err *err)
{
	struct repository_keys *keys = repository_keys_read(name, err);

	if (keys == NULL)
		return -1;
	memcpy(check, keys->check, KEY_ID_SIZE);
	repository_keys_free(keys);
	return 0;
}

/* Its config as it lies there.  1, 0 there is none, -1. */
int
renewal_look(const struct destination_options *options,
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

	renewal_path(&from, b->name, NULL, kind);
	renewal_path(&to, b->name, b->suffix, kind);
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
	int result = shred_file(renewal_path(&path, b->name, NULL, "key"),
	    err);

	if (result == 0)
		result = shred_file(renewal_path(&path, b->name, NULL,
		    "slot"), err);
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

	renewal_path(&old, b->name, b->suffix, "slot");
	renewal_path(&fresh, b->name, NULL, "slot");
	if (geteuid() == 0 && (stat(old.p, &st) < 0 ||
		chown(fresh.p, st.st_uid, st.st_gid) < 0))
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
	result = renewal_look(&there, &old, err);
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

int
renewal_run(struct rotation *r, struct renewal *b, const char *old,
    struct err *err)
{
	const char *slots[] = {"slots", "-q"};
	struct repository_config config;
	char check[KEY_ID_SIZE];
	int found;

	if (put_aside(b, err) < 0)
		return -1;
	found = renewal_look(&b->conf.destination, &config, err);
	if (found < 0 || (found == 0 && make_new(b, err) < 0) ||
	    own_slot(b, err) < 0 || renewal_check(b->name, check, err) < 0 ||
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
