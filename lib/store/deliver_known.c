/* SPDX-License-Identifier: ISC */
/*
 * Has a mailbox this message already?  Asked of what waits for it, then of the
 * mailbox, which is not waited for: one that is locked is asked once more when
 * the message is applied.
 */
#include <string.h>

#include "deliver_job.h"
#include "delivered.h"

static int
known_among(const struct order *o, const char *mailbox, struct slice id,
    struct slice fingerprint)
{
	if (o == NULL || o->id == NULL || strcmp(o->mailbox, mailbox) != 0)
		return DELIVERED_NO;
	if (slice_is(id, o->id))
		return fingerprint.p == NULL || o->fingerprint == NULL ||
		    slice_is(fingerprint, o->fingerprint) ? DELIVERED_YES :
		    DELIVERED_CONFLICT;
	return fingerprint.p != NULL && o->fingerprint != NULL &&
	    slice_is(fingerprint, o->fingerprint) ? DELIVERED_YES :
	    DELIVERED_NO;
}

/* Accepted before, and not yet in the mailbox. */
static int
known_waiting(const struct order_list *list, const struct order *o)
{
	int known = DELIVERED_NO;

	for (size_t i = 0; i < list->n && known == DELIVERED_NO; i++)
		known = known_among(list->items[i], o->mailbox,
		    slice_text(o->id), slice_text(o->fingerprint));
	return known;
}

/* RFC 5228, 4.1: where the folder is missing it is INBOX. */
static int
look_at_folder(struct mailbox *m, struct outcome *o, struct err *err)
{
	struct folder folder;
	int got;

	if (o->creates || slice_case_is(slice_text(o->folder), "INBOX"))
		return 0;
	got = folder_find(m, slice_text(o->folder), &folder, err);
	if (got == 0)
		memcpy(o->folder, "INBOX", sizeof("INBOX"));
	return got < 0 ? -1 : 0;
}

static int
known_in(struct mailbox *m, const struct order *o, struct outcome *outcome,
    struct err *err)
{
	int known;

	mailbox_set_wait(m, LOOK_MS, LOOK_BUSY_MS);
	if (mailbox_begin(m, MAILBOX_READ, err) < 0)
		return -1;
	known = delivered_check(m, slice_text(o->id),
	    slice_text(o->fingerprint), o->job->now_ms, err);
	if (known == DELIVERED_NO && look_at_folder(m, outcome, err) < 0)
		known = -1;
	if (mailbox_commit(m, err) < 0)
		known = -1;
	return known;
}

int
order_find_known(struct deliverer *d, const struct order *o,
    const struct order_list *const *waiting, size_t n,
    struct outcome *outcome, struct err *err)
{
	const struct order_list applied_next = {
	    d->journal->orders, d->journal->orders_n};
	int known = DELIVERED_NO;
	struct handle *one;

	for (size_t i = 0; i < n && known == DELIVERED_NO; i++)
		known = known_waiting(waiting[i], o);
	if (known == DELIVERED_NO)
		known = known_waiting(&applied_next, o);

	if (known != DELIVERED_NO)
		return known;
	one = handles_get(d->handles, slice_text(o->mailbox), err);
	known = one == NULL ? -1 : known_in(one->mailbox, o, outcome, err);
	if (known >= 0)
		return known;
	if (one != NULL)
		handles_drop(d->handles, one);
	if (is_only_locked(err)) {
		err_clear(err);
		return DELIVERED_NO;
	}
	return -1;
}
