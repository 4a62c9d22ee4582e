/* SPDX-License-Identifier: ISC */
/*
 * Keys whose rotation encrypts nothing anew: what the state counts and the
 * fingerprints of messages are keyed hashes that a new key leaves without
 * meaning; pseudonyms of the log last as long as the log; ticket keys are in
 * memory.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/log_key.h"
#include "base/secret.h"
#include "crypto/key_file.h"
#include "ops/rotate.h"
#include "store/database.h"
#include "store/mailbox_files.h"

/* ---- one file ---- */

static int
list_file(struct rotation *r, struct err *err)
{
	const char *name = r->kind->name;
	unsigned char *key;
	char id[KEY_ID_SIZE], file[64];
	int result = key_file_read(name, false, &key, err);

	snprintf(file, sizeof(file), "%s.key", name);

	if (result == 0) {
		key_file_id(key, id);
		secret_free(key);
		rotation_list(r, NULL, id, key_file_is_prepared(name) ||
		    rotation_begun(r, "") != NULL ? "half way" : "active",
		    key_file_since(file), true);
	}
	return result;
}

/* What comes after the key, and may come twice. */
typedef int (*after_swap)(struct rotation *r, struct err *err);

/* `begun' has the id of the key that goes. */
static int
exchange(struct rotation *r, after_swap after, struct err *err)
{
	const char *name = r->kind->name;
	char id[KEY_ID_SIZE], old[KEY_ID_SIZE];

	snprintf(old, sizeof(old), "%s", rotation_begun(r, "")->id);
	if (key_file_prepare(name, err) < 0 || key_file_swap(name, err) < 0 ||
	    (after != NULL && after(r, err) < 0) ||
	    key_file_current_id(r->kind->name, id, err) < 0 ||
	    rotation_note(r, "", "destroyed", old, err) < 0 ||
	    rotation_note(r, "", "done", id, err) < 0)
		return -1;
	(void)rotation_hook(r, r->conf->hook, "reload", "", SLICE(""));
	return 0;
}

static int
rotate_file(struct rotation *r, after_swap after, const char *said,
    struct err *err)
{
	char old[KEY_ID_SIZE];

	if (!r->conf->dry_run && (
		key_file_current_id(r->kind->name, old, err) < 0 ||
		rotation_note(r, "", "begun", old, err) < 0 ||
		exchange(r, after, err) < 0))
		return -1;
	rotation_say(r, "", "%s", said);
	return 0;
}

/* A run that was cut short: once more from the beginning, or to its end. */
static int
finish_file(struct rotation *r, after_swap after, struct err *err)
{
	if (rotation_begun(r, "") == NULL || r->conf->dry_run)
		return 0;
	if (!key_file_is_prepared(r->kind->name) &&
	    key_file_swap(r->kind->name, err) < 0)
		return -1;
	if (exchange(r, after, err) < 0)
		return -1;
	rotation_say(r, "", "the rotation that was cut short is done");
	return 0;
}

/* ---- state ---- */

/* Takes away what the key of today does not open: its rows are named by
 * hashes under the old key, which nobody can make any more. */
static int
drop_stale(const char *path, const unsigned char *key, struct err *err)
{
	const struct database_key with = {
	    .kind = DATABASE_KEY_RAW, .octets = key, .n = KEY_SIZE};
	sqlite3 *db = NULL;

	if (access(path, F_OK) < 0)
		return 0;
	if (database_open(&db, path, &with, DATABASE_READ, NULL) == 0) {
		database_close(db);
		return 0;
	}
	return mailbox_files_remove(path, err);
}

static int
drop_state(struct rotation *r, struct err *err)
{
	static const char *const names[] = {"limit", "reputation"};
	struct buf path = BUF_INIT;
	unsigned char *key;
	int result = key_file_read("state", false, &key, err);

	(void)r;
	if (result < 0)
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && result == 0;
	     i++)
		result = drop_stale(home_file(&path, "state/%s.sqlite",
		    names[i]), key, err);
	secret_free(key);
	buf_free(&path);
	return result;
}

static int
rotate_state_key(struct rotation *r, const char *name, struct err *err)
{
	(void)name;
	return rotate_file(r, drop_state, "a new key; the old one and what was "
	    "counted under it are destroyed", err);
}

static int
finish_state(struct rotation *r, struct err *err)
{
	return finish_file(r, drop_state, err);
}

const struct rotation_kind rotate_state = {"state",
    "limits and reputation (what was counted begins anew)", "365d", "0s",
    list_file, finish_state, rotate_state_key};

/* ---- fingerprint ---- */

static int
rotate_fingerprint_key(struct rotation *r, const char *name, struct err *err)
{
	(void)name;
	return rotate_file(r, NULL, "a new key; the old one is destroyed, "
	    "and fe-receive takes the new one within a second", err);
}

static int
finish_fingerprint(struct rotation *r, struct err *err)
{
	return finish_file(r, NULL, err);
}

const struct rotation_kind rotate_fingerprint = {"fingerprint",
    "fingerprints of messages", "365d", "0s", list_file, finish_fingerprint,
    rotate_fingerprint_key};

/* ---- log ---- */

/* Each day's key is made of that of the day before (base/log_key.h), so who
 * has one has all that follow: a rotation begins anew, tomorrow, since logs
 * of today may be encrypted under today's.  fe-log destroys old ones. */
static int64_t
tomorrow(void)
{
	return log_key_day(clock_now_ms()) + 1;
}

static int
is_log_key(const struct dirent *entry)
{
	const char *name = entry->d_name;
	int64_t ms;

	return strlen(name) == 14 && strcmp(name + 10, ".key") == 0 &&
	    clock_parse(slice_of(name, 10), &ms) == 0;
}

/* As old as the last rotation, else as the oldest that is left. */
static int
list_log(struct rotation *r, struct err *err)
{
	const struct ledger_entry *done =
	    ledger_find(&r->ledger, r->kind->name, "", "done");
	struct buf path = BUF_INIT;
	struct dirent **list = NULL;
	int64_t since = -1;
	int n = scandir(home_file(&path, "keys/log"), &list, is_log_key,
	    alphasort);

	if (n < 0)
		err_errno(err, "cannot read '%s'", path.p);
	else if (done != NULL)
		since = done->time_ms;
	else if (n > 0)
		(void)clock_parse(slice_of(list[0]->d_name, 10), &since);
	if (n >= 0)
		rotation_list(r, NULL, NULL, n > 0 ? "active, a new one each "
		    "day" : "none", since, n > 0);
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	buf_free(&path);
	return n < 0 ? -1 : 0;
}

/* Whoever writes logs may make it at midnight, and has read it then. */
static int
make_log_key(int64_t day, const char *path, bool *made, struct err *err)
{
	if (log_key_begin(day, made, err) < 0)
		return -1;
	return *made ? rotation_own_as_folder(path, err) : 0;
}

static int
rotate_log_key(struct rotation *r, const char *name, struct err *err)
{
	struct buf path = BUF_INIT;
	int64_t day = tomorrow();
	char date[LOG_KEY_DATE_SIZE];
	bool made;
	int result = 0;

	(void)name;
	log_key_date(day, date);
	home_file(&path, "keys/log/%s.key", date);
	made = access(path.p, F_OK) < 0;
	if (made && !r->conf->dry_run)
		result = make_log_key(day, path.p, &made, err);
	if (!made)
		rotation_wait(r, "", "a new key from %s on is there already",
		    date);
	else {
		if (result == 0)
			result = rotation_note(r, "", "done", date, err);
		if (result == 0)
			rotation_say(r, "", "a new key, not made of the old "
			    "one, from %s on: start then what writes logs; "
			    "fe-log destroys the old ones", date);
	}
	buf_free(&path);
	return result;
}

const struct rotation_kind rotate_log = {"log", "pseudonyms in logs", "365d",
    "0s", list_log, NULL, rotate_log_key};

/* ---- tls-tickets ---- */

#define TICKETS "keys/tls/tickets"

static int
list_tickets(struct rotation *r, struct err *err)
{
	(void)err;
	rotation_list(r, NULL, NULL, "in memory, an hour each",
	    key_file_since("tls/tickets"), false);
	return 0;
}

/* The keys are in the memory of servers, which look at this file. */
static int
rotate_tickets(struct rotation *r, const char *name, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	char now[CLOCK_TEXT_SIZE];
	int result = 0;

	(void)name;
	buf_format(&text, "%s\n", clock_rfc3339(clock_now_ms(), now));
	if (!r->conf->dry_run)
		result = io_replace_file(home_file(&path, TICKETS),
		    buf_slice(&text), 0640, err);
	if (result == 0)
		result = rotation_note(r, "", "done", NULL, err);
	if (result == 0)
		rotation_say(r, "", "servers destroy their ticket keys and "
		    "make new ones before the next connection");
	buf_free(&path);
	buf_free(&text);
	return result;
}

const struct rotation_kind rotate_tls_tickets = {"tls-tickets",
    "session tickets (servers change them each hour by themselves)", "never",
    "0s", list_tickets, NULL, rotate_tickets};
