/* SPDX-License-Identifier: ISC */
/* Mailboxes that stay open, and their work behind the deliveries. */
#include "handles.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "delivered.h"
#include "search.h"

void
handles_init(struct handles *h, const struct mailbox_opener *opener)
{
	memset(h, 0, sizeof(*h));
	h->opener = *opener;
	h->opener.lazy = true;
}

static int
sync_one(struct handle *one, struct err *err)
{
	if (!one->dirty)
		return 0;
	if (mailbox_sync(one->mailbox, err) < 0)
		return -1;
	one->dirty = false;
	return 0;
}

int
handles_sync(struct handles *h, struct err *err)
{
	int result = 0;

	if (h->sync_failed)
		return err_set(err, ERR_SYSTEM, "a mailbox could not be "
		    "synced before it was closed");
	for (size_t i = 0; i < h->n; i++)
		result |= sync_one(&h->items[i], err);
	return result;
}

static int
expire(struct mailbox *m, int64_t now_ms, struct err *err)
{
	int due = -1;

	if (mailbox_begin(m, MAILBOX_WRITE, err) < 0)
		return -1;
	due = delivered_expire_is_due(m, now_ms, err);
	if (due > 0 && (delivered_expire(m, now_ms, err) < 0 ||
	    mailbox_commit(m, err) < 0))
		due = -1;
	mailbox_rollback(m);
	return due;
}

/* One batch; the last one is followed by the end of what is over its time.
 * A few messages wait for others, or for a search: to index one writes as
 * many pages as the message itself, and each of them goes into a backup. */
static void
index_one(struct handle *one, int64_t now_ms)
{
	struct err err = ERR_INIT;
	int done = search_index(one->mailbox, SEARCH_LEAST, SEARCH_BATCH, &err);

	one->dirty |= done > 0;
	one->pending -= done > 0 ? done : one->pending;
	if (one->pending < 0 || (done >= 0 && done < SEARCH_BATCH))
		one->pending = 0;
	if (done >= 0 && one->pending == 0)
		done = expire(one->mailbox, now_ms, &err);
	/* Erased or locked meanwhile: nothing that a person must mend. */
	if (done < 0)
		log_debug("indexing waits: %s", err.text);
}

static void
close_one(struct handles *h, size_t i)
{
	struct err err = ERR_INIT;

	while (h->items[i].pending > 0)
		index_one(&h->items[i], clock_now_ms());
	if (sync_one(&h->items[i], &err) < 0) {
		log_error("%s", err.text);
		h->sync_failed = true;
	}
	mailbox_close(h->items[i].mailbox);
	h->items[i] = h->items[--h->n];
}

void
handles_free(struct handles *h)
{
	while (h->n > 0)
		close_one(h, h->n - 1);
}

static size_t
oldest(const struct handles *h)
{
	size_t found = 0;

	for (size_t i = 1; i < h->n; i++)
		if (h->items[i].used < h->items[found].used)
			found = i;
	return found;
}

static int64_t
read_quota(const struct handles *h, const struct mailbox *m)
{
	char *name;
	int64_t quota;

	if (h->quota == NULL)
		return 0;
	name = mem_dup(mailbox_name(m).p, mailbox_name(m).n);
	quota = h->quota(name);
	free(name);
	return quota;
}

int64_t
handles_let_go(struct handles *h)
{
	h->looked_ms = clock_monotonic_ms();
	for (size_t i = h->n; i-- > 0;)
		if (mailbox_is_replaced(h->items[i].mailbox)) {
			h->items[i].pending = 0;
			close_one(h, i);
		}
	return h->n > 0 ? HANDLES_LOOK_MS : -1;
}

struct handle *
handles_get(struct handles *h, struct slice name, struct err *err)
{
	struct mailbox *m;

	h->uses++;
	if (clock_monotonic_ms() - h->looked_ms >= HANDLES_LOOK_MS)
		(void)handles_let_go(h);
	for (size_t i = 0; i < h->n; i++) {
		if (!slice_equal(mailbox_name(h->items[i].mailbox), name))
			continue;
		h->items[i].used = h->uses;
		return &h->items[i];
	}
	if (mailbox_open(&m, name, &h->opener, err) < 0)
		return NULL;
	if (h->n == HANDLES_MAX)
		close_one(h, oldest(h));
	h->items[h->n] = (struct handle){.mailbox = m, .used = h->uses,
	    .quota = read_quota(h, m)};
	return &h->items[h->n++];
}

void
handles_drop(struct handles *h, struct handle *one)
{
	one->pending = 0;
	close_one(h, (size_t)(one - h->items));
}

bool
handles_idle(struct handles *h, int64_t now_ms)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->items[i].pending > 0) {
			index_one(&h->items[i], now_ms);
			return true;
		}
	return false;
}

bool
handles_are_pending(const struct handles *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->items[i].pending > 0)
			return true;
	return false;
}
