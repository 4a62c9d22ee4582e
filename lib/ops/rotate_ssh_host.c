/* SPDX-License-Identifier: ISC */
/*
 * The keys by which sshd proves who this host is.  Of two of a type sshd uses
 * the first one it was told of, and names both to clients, which learn the
 * second (UpdateHostKeys, the default of OpenSSH).  So:
 *
 *	1 FILE.next is made
 *	2 a file of ours in sshd_config.d, which is read first, names FILE.old,
 *	  a second name of FILE; then FILE.next takes FILE's place
 *	3 for the overlap sshd uses the old key and names the new one, too
 *	4 our file goes, and with it the old key, which is destroyed
 *
 * Each change is tried with `sshd -T' before sshd is told of it, and taken
 * back where sshd does not like it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "ops/rotate.h"
#include "ops/ssh_key.h"
#include "ops/tool.h"

#define DROP_IN "00-fe-host-keys.conf"

/* Replaces out with all that `sshd -T' says. */
static int
ask_sshd(const struct rotation *r, struct buf *out, struct err *err)
{
	const char *argv[] = {"sshd", "-T", "-f", r->conf->ssh_config, NULL};
	int status;

	buf_truncate(out, 0);
	status = tool_run(argv, SLICE(""), out, err);
	if (status > 0) {
		struct slice said = slice_trim(buf_slice(out));

		return err_set(err, ERR_CONFIG, "sshd does not like '%s': "
		    "%.*s", r->conf->ssh_config,
		    SLICE_ARG(slice_part(said, 0, 300)));
	}
	return status;
}

/* The next `hostkey' of what it said; none at the end. */
static struct slice
next_host_key(struct slice *said)
{
	while (said->p != NULL && said->n > 0) {
		struct slice line = slice_line(said);

		if (slice_starts(line, "hostkey "))
			return slice_part(line, strlen("hostkey "), line.n);
	}
	return SLICE_NONE;
}

static bool
has_host_key(struct slice said, const char *path)
{
	struct slice key;

	while ((key = next_host_key(&said)).p != NULL)
		if (slice_is(key, path))
			return true;
	return false;
}

static void
drop_in_path(const struct rotation *r, struct buf *out)
{
	const char *config = r->conf->ssh_config;
	const char *slash = strrchr(config, '/');

	buf_truncate(out, 0);
	buf_format(out, "%.*s/sshd_config.d/" DROP_IN,
	    slash != NULL ? (int)(slash - config) : 1,
	    slash != NULL ? config : ".");
}

static int
write_drop_in(struct rotation *r, const struct buf *keys, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct slice key, rest = buf_slice(keys);
	int result;

	buf_append_text(&text, "# by fe-rotate-keys, until all know the new "
	    "key\n");
	while ((key = next_host_key(&rest)).p != NULL)
		buf_format(&text, "HostKey %.*s\n", SLICE_ARG(key));
	drop_in_path(r, &path);
	result = io_replace_file(path.p, buf_slice(&text), 0644, err);
	buf_free(&path);
	buf_free(&text);
	return result;
}

/* What our file names now; replaces out. */
static void
read_drop_in(struct rotation *r, struct buf *out)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct slice rest;

	drop_in_path(r, &path);
	buf_truncate(out, 0);
	(void)io_read_file(path.p, &text, NULL);
	rest = buf_slice(&text);
	while (rest.p != NULL && rest.n > 0) {
		struct slice line = slice_line(&rest);

		if (slice_starts(line, "HostKey "))
			buf_format(out, "hostkey %.*s\n", SLICE_ARG(
			    slice_part(line, strlen("HostKey "), line.n)));
	}
	buf_free(&path);
	buf_free(&text);
}

/* The keys of `from' that are not among those of `but'. */
static void
add_missing(const struct buf *from, const struct buf *but, struct buf *out)
{
	struct slice key, rest = buf_slice(from);

	while ((key = next_host_key(&rest)).p != NULL) {
		char *name = mem_dup(key.p, key.n);

		if (!has_host_key(buf_slice(but), name))
			buf_format(out, "hostkey %s\n", name);
		free(name);
	}
}

/* Is FILE.old the one that sshd was told of first? */
static bool
comes_first(const struct buf *said, const char *old, const char *file)
{
	struct slice key, rest = buf_slice(said);

	while ((key = next_host_key(&rest)).p != NULL)
		if (slice_is(key, old))
			return true;
		else if (slice_is(key, file))
			return false;
	return false;
}

/* Keys that sshd had by default are gone once one is named, and of one that
 * is named twice clients learn nothing: so ours, then what is missing. */
static int
name_old(struct rotation *r, const char *file, const char *old,
    const struct buf *before, struct err *err)
{
	struct buf said = BUF_INIT, ours = BUF_INIT;
	int result;

	read_drop_in(r, &ours);
	if (!has_host_key(buf_slice(&ours), old)) {
		struct buf fresh = BUF_INIT;

		buf_format(&fresh, "hostkey %s\n", old);
		buf_append_slice(&fresh, buf_slice(&ours));
		buf_free(&ours);
		ours = fresh;
	}
	result = write_drop_in(r, &ours, err);
	if (result == 0)
		result = ask_sshd(r, &said, err);
	if (result == 0) {
		add_missing(before, &said, &ours);
		result = write_drop_in(r, &ours, err);
	}
	if (result == 0)
		result = ask_sshd(r, &said, err);
	if (result == 0 && !comes_first(&said, old, file))
		result = err_set(err, ERR_CONFIG, "'%s' does not include "
		    "sshd_config.d/*.conf ahead of its HostKey lines",
		    r->conf->ssh_config);
	buf_free(&said);
	buf_free(&ours);
	return result;
}

/* The file goes when no old key is left in it. */
static int
forget_old(struct rotation *r, const char *old, struct err *err)
{
	struct buf path = BUF_INIT, ours = BUF_INIT, left = BUF_INIT;
	struct buf gone = BUF_INIT;
	struct slice key, rest;
	bool other = false;
	int result = 0;

	read_drop_in(r, &ours);
	buf_format(&gone, "hostkey %s\n", old);
	add_missing(&ours, &gone, &left);
	rest = buf_slice(&left);
	while ((key = next_host_key(&rest)).p != NULL)
		other = other || slice_ends(key, ".old");
	drop_in_path(r, &path);
	if (other)
		result = write_drop_in(r, &left, err);
	else
		result = io_remove_file(path.p, err);
	buf_free(&path);
	buf_free(&ours);
	buf_free(&left);
	buf_free(&gone);
	return result;
}

static void
reload(struct rotation *r, const char *file)
{
	const char *argv[] = {"systemctl", "reload", "ssh", NULL};

	if (rotation_hook(r, r->conf->hook, "reload", file, SLICE("")) != 0)
		return;
	if (tool_run(argv, SLICE(""), NULL, NULL) != 0)
		rotation_need(r, file, "sshd must read its configuration again "
		    "(systemctl reload ssh)");
}

/* ---- steps ---- */

/* Step 3.  The ledger comes last: who is killed before it tells sshd again,
 * and the overlap is from then. */
static int
publish(struct rotation *r, const char *file, struct err *err)
{
	char id[SSH_KEY_ID_SIZE];

	if (ssh_key_id(file, "", id, err) < 0)
		return -1;
	/* with --force the end follows at once, and a second SIGHUP while
	 * sshd starts again would kill it */
	if (!r->conf->force)
		reload(r, file);
	if (rotation_note(r, file, "published", id, err) < 0)
		return -1;
	if (!r->conf->force)
		rotation_say(r, file, "sshd names the new key %s, too; clients "
		    "that log in learn it", id);
	return 0;
}

/* Steps 1 and 2.  FILE and FILE.old may be one key for a moment. */
static int
announce(struct rotation *r, const char *file, const char *old,
    struct err *err)
{
	struct buf said = BUF_INIT;
	int result = ask_sshd(r, &said, err);

	if (result == 0 && !has_host_key(buf_slice(&said), file))
		result = err_set(err, ERR_CONFIG, "'%s' is no host key of '%s'",
		    file, r->conf->ssh_config);
	if (result == 0)
		result = ssh_key_make_next(file, err);
	if (result == 0)
		result = ssh_key_keep_old(file, err);
	if (result == 0 && name_old(r, file, old, &said, err) < 0) {
		(void)forget_old(r, old, NULL);
		result = -1;
	}
	if (result == 0)
		result = ssh_key_swap(file, err);
	buf_free(&said);
	return result;
}

/* Step 4, from wherever it is. */
static int
end_old(struct rotation *r, const char *file, const char *old,
    struct err *err)
{
	struct buf said = BUF_INIT;
	char id[SSH_KEY_ID_SIZE];
	int result = forget_old(r, old, err);

	if (result == 0)
		result = ask_sshd(r, &said, err);
	if (result == 0)
		reload(r, file);
	if (result == 0)
		result = ssh_key_destroy_old(file, err);
	if (result == 0)
		result = rotation_note(r, file, "destroyed", NULL, err);
	if (result == 0)
		result = ssh_key_id(file, "", id, err);
	if (result == 0)
		result = rotation_note(r, file, "done", id, err);
	if (result == 0)
		rotation_say(r, file, "the new key is the only one; the old "
		    "one is destroyed");
	buf_free(&said);
	return result;
}

static int
go_on(struct rotation *r, const char *file, const char *old, struct err *err)
{
	const struct ledger_entry *begun = rotation_begun(r, file);
	const struct ledger_entry *published = ledger_find(&r->ledger,
	    r->kind->name, file, "published");
	char until[ROTATION_TIME_SIZE], id[SSH_KEY_ID_SIZE];
	bool next = ssh_key_is_there(file, ".next");
	bool has_old = ssh_key_is_there(file, ".old");
	bool told = begun != NULL && published != NULL && published > begun;

	if (begun == NULL && (ssh_key_id(file, "", id, err) < 0 ||
		rotation_note(r, file, "begun", id, err) < 0))
		return -1;
	if ((begun == NULL || next || (!told && !has_old)) &&
	    announce(r, file, old, err) < 0)
		return -1;
	if (begun == NULL || next || !told) {
		if (publish(r, file, err) < 0)
			return -1;
		return r->conf->force ? end_old(r, file, old, err) : 0;
	}
	if (!has_old || rotation_is_over(r, published->time_ms))
		return end_old(r, file, old, err);
	rotation_wait(r, file, "sshd names both keys until %s",
	    rotation_over_text(r, published->time_ms, until));
	return 0;
}

static int
rotate_file(struct rotation *r, const char *file, struct err *err)
{
	struct buf old = BUF_INIT;
	int result = 0;

	buf_format(&old, "%s.old", file);
	if (r->conf->dry_run)
		rotation_say(r, file, rotation_begun(r, file) != NULL ?
		    "the end of the old key, once clients know the new one" :
		    "a new key, which sshd names beside this one");
	else
		result = go_on(r, file, old.p, err);
	buf_free(&old);
	return result;
}

/* ---- the kind ---- */

static int
rotate_hosts(struct rotation *r, const char *name, struct err *err)
{
	const struct option_list *files = &r->conf->ssh_host_key;
	bool found = false;

	for (size_t i = 0; i < files->n; i++) {
		if (name != NULL && strcmp(name, files->items[i]) != 0)
			continue;
		found = true;
		if (rotate_file(r, files->items[i], err) < 0)
			rotation_fail(r, files->items[i], err);
	}
	return found ? 0 : err_set(err, ERR_USAGE, name != NULL ? "'%s' is no "
	    "--ssh-host-key" : "%sno key is named: --ssh-host-key",
	    name != NULL ? name : "");
}

static int
list_hosts(struct rotation *r, struct err *err)
{
	const struct option_list *files = &r->conf->ssh_host_key;

	for (size_t i = 0; i < files->n; i++) {
		const char *file = files->items[i];
		char id[SSH_KEY_ID_SIZE];
		struct stat st;

		if (ssh_key_id(file, "", id, err) < 0)
			return -1;
		rotation_list(r, file, id, "active", stat(file, &st) == 0 ?
		    (int64_t)st.st_mtime * 1000 : -1, true);
		if (!ssh_key_is_there(file, ".old"))
			continue;
		/* killed while it was overwritten: nobody can tell its id */
		if (ssh_key_id(file, ".old", id, NULL) < 0)
			id[0] = '\0';
		rotation_list(r, file, id, "old, in use still", -1, false);
	}
	return 0;
}

const struct rotation_kind rotate_ssh_host = {"ssh-host",
    "SSH host keys (those of --ssh-host-key)", "365d", "30d", list_hosts,
    NULL, rotate_hosts};
