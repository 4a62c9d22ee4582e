/* SPDX-License-Identifier: ISC */
/*
 * The service key, which wraps a slot of each mailbox:
 *
 *	1 a new key is made, and `current' points at it: whoever makes a slot
 *	  from now on makes it under that (service_keys_are_stale)
 *	2 the slots are wrapped anew, mailbox by mailbox
 *	3 once no mailbox has a slot under it, the old key is destroyed
 *
 * Programs that run have the old key in memory; they read the new one at the
 * first slot that theirs does not open (mailbox_keys_unlock).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/home.h"
#include "base/shred.h"
#include "crypto/key_file.h"
#include "crypto/keys_file.h"
#include "ops/rotate.h"
#include "store/held_keys.h"
#include "store/mailbox.h"
#include "store/mailbox_names.h"

#define PASSES_MAX 10 /* mailboxes that come meanwhile are looked at, too */

/* ---- slots ---- */

static const char *
current_id(const struct service_keys *service)
{
	return service->items[service->current].id;
}

static bool
is_current(const struct mailbox_keys *keys, const struct service_keys *service)
{
	for (size_t i = 0; i < keys->slots_n; i++)
		if (keys->slots[i].kind == KEYSLOT_SERVICE &&
		    strcmp(keys->slots[i].by, current_id(service)) != 0)
			return false;
	return true;
}

/* 1 wrapped anew, 0 it was already (or is gone), -1. */
static int
rewrap(struct rotation *r, const char *mailbox,
    const struct service_keys *service, struct err *err)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct held_keys held = HELD_KEYS_INIT;
	struct buf path = BUF_INIT;
	int result = 0;

	if (mailbox_path(&path, slice_text(mailbox), MAILBOX_KEYS, err) ==
		NULL)
		result = -1;
	else if (keys_file_read(&keys, path.p, err) < 0)
		result = access(path.p, F_OK) < 0 ? 0 : -1;
	else if (!is_current(&keys, service))
		result = held_keys_open(&held, mailbox,
			     r->conf->lock_wait * 1000, err) == 0 &&
			mailbox_keys_unlock(&held.keys, service, err) == 0 &&
			mailbox_keys_set_service(&held.keys, service, err) ==
			    0 &&
			held_keys_write(&held, err) == 0
		    ? 1
		    : -1;
	held_keys_close(&held);
	mailbox_keys_free(&keys);
	buf_free(&path);
	return result;
}

/* One pass over all mailboxes; *n counts those that were wrapped anew, *bad
 * those that could not be. */
static int
rewrap_all(struct rotation *r, const struct service_keys *service, size_t *n,
    size_t *bad, struct err *err)
{
	struct mailbox_names names = {NULL, 0};
	int result = mailbox_names_read(&names, err);

	for (size_t i = 0; i < names.n && result == 0; i++) {
		int done;

		if (*r->stop != 0)
			result = err_set(err, ERR_SYSTEM, "stopped: %zu of %zu "
			    "mailboxes are looked at; run it again", i,
			    names.n);
		else if ((done = rewrap(r, names.items[i], service, err)) < 0)
		{
			(*bad)++;
			rotation_fail(r, names.items[i], err);
		} else
			*n += (size_t)done;
		progress_show(&r->progress, 0, 0, (int64_t)i + 1,
		    (int64_t)names.n);
	}
	progress_end(&r->progress);
	mailbox_names_free(&names);
	return result;
}

/* ---- the old keys ---- */

static int
destroy_old(struct rotation *r, const struct service_keys *service,
    struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	for (size_t i = 0; i < service->n && result == 0; i++) {
		const char *id = service->items[i].id;

		if (i == service->current)
			continue;
		result = shred_file(home_file(&path, "keys/service/%s.key",
		    id), err);
		if (result == 0)
			result = rotation_note(r, "", "destroyed", id, err);
		if (result == 0)
			rotation_say(r, "", "the old key %s is destroyed", id);
	}
	buf_free(&path);
	return result;
}

/* Steps 2 and 3, from wherever they are. */
static int
go_on(struct rotation *r, struct err *err)
{
	struct service_keys service;
	size_t all = 0, n = 0, bad = 0;
	int result;

	if (service_keys_read(&service, err) < 0)
		return -1;
	for (int pass = 0; pass < PASSES_MAX; pass++) {
		n = bad = 0;
		result = rewrap_all(r, &service, &n, &bad, err);
		all += n;
		if (result < 0 || n == 0 || bad > 0)
			break;
	}
	if (result == 0 && bad + n > 0)
		result = err_set(err, ERR_SYSTEM, "%zu mailboxes keep the old "
		    "key in use: run it again", bad + n);
	if (result == 0)
		rotation_say(r, "", "%zu mailboxes are under the new key %s",
		    all, current_id(&service));
	if (result == 0)
		result = destroy_old(r, &service, err);
	if (result == 0)
		result = rotation_note(r, "", "done", current_id(&service),
		    err);
	service_keys_free(&service);
	return result;
}

static int
as_keeper(struct rotation *r, int (*work)(struct rotation *, struct err *),
    struct err *err)
{
	struct buf path = BUF_INIT;
	int result = rotation_become(home_file(&path, "keys/service"), err);

	if (result == 0)
		result = work(r, err);
	if (rotation_become_root(result == 0 ? err : NULL) < 0)
		result = -1;
	buf_free(&path);
	return result;
}

/* ---- the kind ---- */

static int
list_service(struct rotation *r, struct err *err)
{
	struct service_keys service;
	char file[64];

	if (service_keys_read(&service, err) < 0)
		return -1;
	for (size_t i = 0; i < service.n; i++) {
		snprintf(file, sizeof(file), "service/%s.key",
		    service.items[i].id);
		rotation_list(r, NULL, service.items[i].id,
		    i == service.current ? "active" : "old, in use still",
		    key_file_since(file), i == service.current);
	}
	service_keys_free(&service);
	return 0;
}

/* `begun' holds the id of the key that is to go. */
static int
finish_service(struct rotation *r, struct err *err)
{
	const struct ledger_entry *begun = rotation_begun(r, "");
	struct service_keys service;
	bool made;

	if (begun == NULL || r->conf->dry_run)
		return 0;
	if (service_keys_read(&service, err) < 0)
		return -1;
	made = strcmp(current_id(&service), begun->id) != 0;
	service_keys_free(&service);
	if (!made && service_key_make(err) < 0)
		return -1;
	rotation_say(r, "", "goes on with what was cut short");
	return go_on(r, err);
}

static int
rotate_all(struct rotation *r, struct err *err)
{
	struct service_keys service;
	int result;

	if (service_keys_read(&service, err) < 0)
		return -1;
	result = rotation_note(r, "", "begun", current_id(&service), err);
	service_keys_free(&service);
	if (r->conf->dry_run) {
		rotation_say(r, "", "a new key, and each mailbox wrapped anew");
		return result;
	}
	if (result < 0 || service_key_make(err) < 0)
		return -1;
	return go_on(r, err);
}

static int
finish_as_keeper(struct rotation *r, struct err *err)
{
	return as_keeper(r, finish_service, err);
}

static int
rotate_as_keeper(struct rotation *r, const char *name, struct err *err)
{
	(void)name;
	return as_keeper(r, rotate_all, err);
}

const struct rotation_kind rotate_service = {"service",
    "opens the mailboxes for the service", "365d", "0s", list_service,
    finish_as_keeper, rotate_as_keeper};
