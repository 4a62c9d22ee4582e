/* SPDX-License-Identifier: ISC */
/*
 * The SSH key with which this host logs in somewhere, `KEYFILE USER@HOST':
 *
 *	1 KEYFILE.next is made
 *	2 the line of the old key in authorized_keys over there gets a second
 *	  one for the new key, with the same options
 *	3 the new key is proved to be accepted, and takes its place here; the
 *	  old one is KEYFILE.old
 *	4 after the overlap its line is taken out over there
 *	5 it is proved to be refused, then destroyed
 *
 * Over there only SFTP is needed (the program sftp), as for backups.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "ops/authorized_keys.h"
#include "ops/rotate.h"
#include "ops/sftp_batch.h"
#include "ops/ssh_key.h"

#define FILE_MAX ((size_t)1 << 20)

struct ssh_user {
	char *key;              /* KEYFILE */
	struct buf destination; /* USER@HOST */
	struct buf port;
	const char *known_hosts; /* or NULL */
	const char *authorized; /* over there */
	char folder[32];        /* for copies of that file, here */
};

/* ---- over there ---- */

/* sftp's exit status; what it says is in *out. */
static int
sftp(const struct ssh_user *u, const char *suffix, struct slice batch,
    struct buf *out, struct err *err)
{
	struct buf identity = BUF_INIT;
	struct sftp_login login = {.destination = u->destination.p,
	    .port = u->port.p, .known_hosts = u->known_hosts};
	int status;

	buf_format(&identity, "%s%s", u->key, suffix);
	login.key = identity.p;
	status = sftp_batch(&login, batch, out, err);
	buf_free(&identity);
	return status;
}

static int
say_failed(const struct ssh_user *u, const char *what, const struct buf *out,
    int status, struct err *err)
{
	struct slice said = slice_trim(buf_slice(out));

	if (status < 0)
		return -1;
	return err_set(err, ERR_SYSTEM, "%s: cannot %s: %.*s",
	    u->destination.p, what, SLICE_ARG(slice_part(said, 0, 300)));
}

static int
get_authorized(const struct ssh_user *u, const char *suffix, struct buf *text,
    struct err *err)
{
	struct buf batch = BUF_INIT, out = BUF_INIT, path = BUF_INIT;
	int status;

	*text = (struct buf)BUF_LIMITED(FILE_MAX);
	buf_format(&path, "%s/authorized", u->folder);
	buf_format(&batch, "get \"%s\" \"%s\"\n", u->authorized, path.p);
	status = sftp(u, suffix, buf_slice(&batch), &out, err);
	if (status != 0)
		status = say_failed(u, "read authorized_keys", &out, status,
		    err);
	else
		status = io_read_file(path.p, text, err);
	buf_free(&batch);
	buf_free(&out);
	buf_free(&path);
	return status;
}

/* Another name first, then in one step. */
static int
put_authorized(const struct ssh_user *u, const char *suffix,
    const struct buf *text, struct err *err)
{
	struct buf batch = BUF_INIT, out = BUF_INIT, path = BUF_INIT;
	int status = -1;

	buf_format(&path, "%s/authorized", u->folder);
	buf_format(&batch, "put \"%s\" \"%s.fe-new\"\n"
	    "chmod 600 \"%s.fe-new\"\nrename \"%s.fe-new\" \"%s\"\n", path.p,
	    u->authorized, u->authorized, u->authorized, u->authorized);
	if (io_replace_file(path.p, buf_slice(text), 0600, err) == 0) {
		status = sftp(u, suffix, buf_slice(&batch), &out, err);
		if (status != 0)
			status = say_failed(u, "write authorized_keys", &out,
			    status, err);
	}
	buf_free(&batch);
	buf_free(&out);
	buf_free(&path);
	return status;
}

/* 1 the key is let in, 0 it is refused, -1 nobody knows. */
static int
is_accepted(const struct ssh_user *u, const char *suffix, struct err *err)
{
	struct buf out = BUF_INIT;
	int status = sftp(u, suffix, SLICE("pwd\n"), &out, err), result = -1;

	if (status == 0)
		result = 1;
	else if (status > 0 && slice_find_text(buf_slice(&out),
		SLICE("Permission denied (")) < out.n)
		result = 0;
	else
		(void)say_failed(u, "log in", &out, status, err);
	buf_free(&out);
	return result;
}

/* ---- steps ---- */

static int
authorize_next(struct rotation *r, const struct ssh_user *u, struct err *err)
{
	struct buf old = BUF_INIT, next = BUF_INIT, text, fresh = BUF_INIT;
	struct slice type, base64;
	int result = -1;

	if (get_authorized(u, "", &text, err) < 0 ||
	    ssh_key_public(u->key, "", &old, err) < 0 ||
	    ssh_key_public(u->key, ".next", &next, err) < 0 ||
	    authorized_key_parse(buf_slice(&old), &type, &base64) < 0)
		goto out;
	if (authorized_keys_count(buf_slice(&text), base64) == 0) {
		err_set(err, ERR_CONFIG, "%s: '%s' does not hold the key that "
		    "lets us in (--ssh-authorized)", u->destination.p,
		    u->authorized);
		goto out;
	}
	authorized_keys_add(buf_slice(&text), base64, buf_slice(&next),
	    &fresh);
	result = slice_equal(buf_slice(&fresh), buf_slice(&text)) ? 0 :
	    put_authorized(u, "", &fresh, err);
	if (result == 0 && is_accepted(u, ".next", err) <= 0)
		result = err->text[0] != '\0' ? -1 : err_set(err, ERR_SYSTEM,
		    "%s does not accept the new key; the old one stays",
		    u->destination.p);
	if (result == 0)
		rotation_say(r, u->key, "%s accepts the new key",
		    u->destination.p);
out:
	buf_free(&old);
	buf_free(&next);
	buf_free(&text);
	buf_free(&fresh);
	return result;
}

static int
remove_old(struct rotation *r, const struct ssh_user *u, struct err *err)
{
	struct buf old = BUF_INIT, text, fresh = BUF_INIT;
	struct slice type, base64;
	int result = -1;

	if (get_authorized(u, "", &text, err) == 0 &&
	    ssh_key_public(u->key, ".old", &old, err) == 0 &&
	    authorized_key_parse(buf_slice(&old), &type, &base64) == 0) {
		authorized_keys_remove(buf_slice(&text), base64, &fresh);
		result = slice_equal(buf_slice(&fresh), buf_slice(&text)) ?
		    0 : put_authorized(u, "", &fresh, err);
	}
	if (result == 0)
		result = is_accepted(u, ".old", err);
	if (result > 0)
		result = err_set(err, ERR_CONFIG, "%s still lets the old key "
		    "in: it stands elsewhere, too; it is kept in '%s.old'",
		    u->destination.p, u->key);
	else if (result == 0)
		rotation_say(r, u->key, "%s refuses the old key",
		    u->destination.p);
	buf_free(&old);
	buf_free(&text);
	buf_free(&fresh);
	return result;
}

/* Steps 1 to 3. */
static int
take_next(struct rotation *r, const struct ssh_user *u, struct err *err)
{
	char id[SSH_KEY_ID_SIZE];

	if (ssh_key_id(u->key, "", id, err) < 0 ||
	    (rotation_begun(r, u->key) == NULL &&
		rotation_note(r, u->key, "begun", id, err) < 0) ||
	    ssh_key_make_next(u->key, err) < 0 ||
	    authorize_next(r, u, err) < 0)
		return -1;
	return ssh_key_swap(u->key, err);
}

/* Says that the new key is in use, once. */
static int
note_active(struct rotation *r, const struct ssh_user *u, struct err *err)
{
	char id[SSH_KEY_ID_SIZE];

	return ssh_key_id(u->key, "", id, err) < 0 ? -1 :
	    rotation_note(r, u->key, "active", id, err);
}

/* Steps 4 and 5. */
static int
end_old(struct rotation *r, const struct ssh_user *u, struct err *err)
{
	const struct ledger_entry *active = ledger_find(&r->ledger,
	    r->kind->name, u->key, "active");
	const struct ledger_entry *refused = ledger_find(&r->ledger,
	    r->kind->name, u->key, "refused");
	char id[SSH_KEY_ID_SIZE], old[SSH_KEY_ID_SIZE] = "";
	char until[ROTATION_TIME_SIZE];
	/* then it may be half overwritten, too */
	bool was_refused = refused != NULL && active != NULL &&
	    refused > active;

	if (was_refused)
		snprintf(old, sizeof(old), "%s", refused->id);
	else if (ssh_key_is_there(u->key, ".old")) {
		if (active != NULL && !rotation_is_over(r, active->time_ms)) {
			rotation_wait(r, u->key, "both keys are accepted "
			    "until %s", rotation_over_text(r,
			    active->time_ms, until));
			return 0;
		}
		if (ssh_key_id(u->key, ".old", old, err) < 0 ||
		    remove_old(r, u, err) < 0 ||
		    rotation_note(r, u->key, "refused", old, err) < 0)
			return -1;
	}
	if (ssh_key_destroy_old(u->key, err) < 0 ||
	    rotation_note(r, u->key, "destroyed", old, err) < 0 ||
	    ssh_key_id(u->key, "", id, err) < 0 ||
	    rotation_note(r, u->key, "done", id, err) < 0)
		return -1;
	rotation_say(r, u->key, "the old key is destroyed");
	return 0;
}

static int
go_on(struct rotation *r, const struct ssh_user *u, struct err *err)
{
	const struct ledger_entry *begun = rotation_begun(r, u->key);
	const struct ledger_entry *active = ledger_find(&r->ledger,
	    r->kind->name, u->key, "active");
	bool taken = begun != NULL && active != NULL && active > begun;
	/* killed between the swap and its line in the ledger */
	bool swapped = begun != NULL && ssh_key_is_there(u->key, ".old") &&
	    !ssh_key_is_there(u->key, ".next");

	if (r->conf->dry_run) {
		rotation_say(r, u->key, "a new key for %s",
		    u->destination.p);
		return 0;
	}
	if (!taken && ((!swapped && take_next(r, u, err) < 0) ||
		note_active(r, u, err) < 0))
		return -1;
	return end_old(r, u, err);
}

/* ---- the kind ---- */

static void
user_free(struct ssh_user *u)
{
	free(u->key);
	buf_free(&u->destination);
	buf_free(&u->port);
}

int
rotate_check_user(const char *value, struct err *err)
{
	struct slice rest = slice_trim(slice_text(value));
	struct slice key = slice_cut(&rest, ' ');
	struct slice port = slice_trim(rest), host = slice_cut(&port, ':');

	if (key.n > 0 && key.p[0] == '/' && host.n > 0 && host.p[0] != '-')
		return 0;
	return err_set(err, ERR_USAGE, "'%s' is not `/KEY/FILE "
	    "USER@HOST[:PORT]'", value);
}

/* `KEYFILE [USER@]HOST[:PORT]'. */
static int
user_parse(const struct rotation *r, const char *item, struct ssh_user *u,
    struct err *err)
{
	struct slice rest = slice_trim(slice_text(item));
	struct slice key = slice_cut(&rest, ' ');
	struct slice port = slice_trim(rest), host = slice_cut(&port, ':');

	*u = (struct ssh_user){.destination = BUF_INIT, .port = BUF_INIT,
	    .known_hosts = r->conf->ssh_known_hosts,
	    .authorized = r->conf->ssh_authorized};
	u->key = mem_dup(key.p, key.n);
	buf_append_slice(&u->destination, host);
	buf_append_slice(&u->port, port.n > 0 ? port : SLICE("22"));
	return rotate_check_user(item, err);
}

static int
rotate_one(struct rotation *r, struct ssh_user *u, struct err *err)
{
	struct buf copy = BUF_INIT;
	int result = -1;

	snprintf(u->folder, sizeof(u->folder), "/tmp/fe-ssh.XXXXXX");
	if (mkdtemp(u->folder) == NULL)
		return err_errno(err, "cannot make a folder in /tmp");
	result = go_on(r, u, err);
	buf_format(&copy, "%s/authorized", u->folder);
	(void)unlink(copy.p);
	(void)rmdir(u->folder);
	buf_free(&copy);
	return result;
}

static int
rotate_users(struct rotation *r, const char *name, struct err *err)
{
	bool found = false;
	int result = 0;

	for (size_t i = 0; i < r->conf->ssh_user.n && result == 0; i++) {
		struct ssh_user u;

		result = user_parse(r, r->conf->ssh_user.items[i], &u, err);
		if (result == 0 && (name == NULL ||
			strcmp(name, u.key) == 0)) {
			found = true;
			if (rotate_one(r, &u, err) < 0)
				rotation_fail(r, u.key, err);
		}
		user_free(&u);
	}
	if (result == 0 && !found)
		result = err_set(err, ERR_USAGE, name != NULL ? "'%s' is the "
		    "key of no --ssh-user" : "%sno key is named: --ssh-user",
		    name != NULL ? name : "");
	return result;
}

static int
list_users(struct rotation *r, struct err *err)
{
	for (size_t i = 0; i < r->conf->ssh_user.n; i++) {
		struct ssh_user u;
		char id[SSH_KEY_ID_SIZE];
		struct stat st;
		int result = user_parse(r, r->conf->ssh_user.items[i], &u,
		    err);

		if (result == 0)
			result = ssh_key_id(u.key, "", id, err);
		if (result == 0)
			rotation_list(r, u.key, id, rotation_begun(r, u.key) !=
			    NULL ? "half way" : "active", stat(u.key, &st) ==
			    0 ? (int64_t)st.st_mtime * 1000 : -1, true);
		user_free(&u);
		if (result < 0)
			return -1;
	}
	return 0;
}

const struct rotation_kind rotate_ssh_user = {"ssh-user",
    "SSH keys with which this host logs in elsewhere", "90d", "0s",
    list_users, NULL, rotate_users};
