/* SPDX-License-Identifier: ISC */
/* Mailboxes that stay open, and their work behind the deliveries. */
#include "handles.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "delivered.h"
#include "search.h"

void
handles_init(struct handles *h, const struct mailbox_opener *opener)
{
	memset(h, 0, sizeof(*h));
	h->opener = *opener;
}

static int
expire(struct mailbox *m, int64_t now_ms, struct err *err)
{
	if (mailbox_begin(m, MAILBOX_WRITE, err) < 0)
		return -1;
	if (delivered_expire(m, now_ms, err) == 0 &&
	    mailbox_commit(m, err) == 0)
		return 0;
	mailbox_rollback(m);
	return -1;
}

/* One batch; the last one is followed by the end of what is over its time. */
static void
index_one(struct handle *one, int64_t now_ms)
{
	struct err err = ERR_INIT;
	int done = search_index(one->mailbox, SEARCH_BATCH, &err);

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
	while (h->items[i].pending > 0)
		index_one(&h->items[i], clock_now_ms());
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

struct mailbox *
handles_get(struct handles *h, struct slice name, struct err *err)
{
	struct mailbox *m;

	h->uses++;
	for (size_t i = 0; i < h->n; i++) {
		if (!slice_equal(mailbox_name(h->items[i].mailbox), name))
			continue;
		h->items[i].used = h->uses;
		return h->items[i].mailbox;
	}
	if (mailbox_open(&m, name, &h->opener, err) < 0)
		return NULL;
	if (h->n == HANDLES_MAX)
		close_one(h, oldest(h));
	h->items[h->n++] = (struct handle){m, h->uses, 0};
	return m;
}

static struct handle *
find(struct handles *h, const struct mailbox *m)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->items[i].mailbox == m)
			return &h->items[i];
	return NULL;
}

void
handles_stored(struct handles *h, const struct mailbox *m)
{
	struct handle *one = find(h, m);

	if (one != NULL)
		one->pending++;
}

void
handles_drop(struct handles *h, const struct mailbox *m)
{
	struct handle *one = find(h, m);

	if (one == NULL)
		return;
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
handles_are_pending(const struct handles *h, bool full)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->items[i].pending >= (full ? SEARCH_BATCH : 1))
			return true;
	return false;
}
