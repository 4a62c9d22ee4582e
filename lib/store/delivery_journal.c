/* SPDX-License-Identifier: ISC */
/*
 * The segments that this process answers for, and the orders in them that are
 * not applied.  share/doc/delivery.md says what each crash leaves.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "deliver_job.h"
#include "mailbox_lock.h"

/* So much is accepted before it is applied, were more to come. */
#define DUE_ORDERS 512
#define DUE_OCTETS ((size_t)1 << 20) /* as order_octets() counts */
#define DUE_MS 500
/* A segment of this size begins anew. */
#define SEGMENT_OCTETS ((uint64_t)16 << 20)

void
deliver_open(struct deliverer *d)
{
	d->journal = mem_zalloc(sizeof(*d->journal));
	d->journal->oldest_ms = -1;
	guarded_keys_init(&d->journal->keys, d->service);
}

size_t
order_octets(const struct order *o)
{
	const struct delivery_job *job = o->job;
	size_t n;

	if (job == NULL)
		return 0;
	n = job->meta->text.n + job->body.n;
	for (const struct delivery_content *c = job->contents; c != NULL;
	    c = c->next)
		n += c->octets.n + c->terms.n + c->summary.n;
	return n / job->n;
}

void
journal_add_order(struct delivery_journal *j, struct order *o)
{
	if (j->orders_n == j->capacity) {
		j->capacity = j->capacity * 2 + 64;
		j->orders = mem_array(j->orders, j->capacity,
		    sizeof(*j->orders));
	}
	o->number = j->number++;
	j->orders[j->orders_n++] = o;
	j->octets += order_octets(o);
	if (j->oldest_ms < 0)
		j->oldest_ms = clock_monotonic_ms();
}

void
journal_keep_current(struct delivery_journal *j)
{
	j->kept = mem_array(j->kept, j->kept_n + 1, sizeof(*j->kept));
	j->kept[j->kept_n++] = j->current;
	j->current = NULL;
}

bool
is_only_locked(const struct err *err)
{
	return strstr(err->text, MAILBOX_LOCK_TAKEN) != NULL;
}

struct stuck *
journal_stuck(const struct delivery_journal *j, struct slice mailbox)
{
	for (size_t i = 0; i < j->stuck_n; i++)
		if (slice_is(mailbox, j->stuck[i].mailbox))
			return &j->stuck[i];
	return NULL;
}

/* ---- what dead writers left ---- */

static void
adopt_entry(struct delivery_journal *j, struct segment *s, uint64_t offset,
    const struct journal_head *head)
{
	for (size_t i = 0; i < head->orders_n; i++) {
		struct order *o;

		if (head->orders[i].done)
			continue;
		o = mem_zalloc(sizeof(*o));
		o->mailbox = mem_dup(head->orders[i].mailbox.p,
		    head->orders[i].mailbox.n);
		memcpy(o->mailbox_id, head->orders[i].mailbox_id,
		    KEY_ID_SIZE);
		memcpy(o->root, head->orders[i].root, KEY_ID_SIZE);
		/* In the quarantine the address is part of both: that shows
		 * when it is opened. */
		if (strcmp(o->mailbox, MAILBOX_QUARANTINE) != 0) {
			o->id = mem_dup(head->id.p, head->id.n);
			if (head->fingerprint.p != NULL)
				o->fingerprint = mem_dup(head->fingerprint.p,
				    head->fingerprint.n);
		}
		o->segment = s;
		o->offset = offset;
		o->index = i;
		s->open_orders++;
		journal_add_order(j, o);
	}
}

static int
adopt_segment(struct delivery_journal *j, struct segment *s, struct err *err)
{
	struct journal_head *head = mem_alloc(sizeof(*head));
	struct buf octets = BUF_INIT;
	uint64_t offset = SEGMENT_HEAD;
	int got;

	while ((got = segment_next(s, &offset, &octets, head, err)) > 0)
		adopt_entry(j, s, offset - head->entry_size, head);
	s->written = s->end = offset;
	free(head);
	buf_free(&octets);
	return got;
}

int
deliver_adopt(struct deliverer *d, struct err *err)
{
	struct delivery_journal *j = d->journal;
	struct buf names = BUF_INIT;
	int result = segment_list(&names, err);

	for (const char *name = names.p; result == 0 && name != NULL &&
	     name < names.p + names.n; name += strlen(name) + 1) {
		struct segment *s = segment_open(name, true, err);

		if (s == NULL)
			continue;
		if (adopt_segment(j, s, err) < 0) {
			log_error("%s: what follows in '%s' stays there for "
			    "the next start", err->text, s->path);
			*err = (struct err)ERR_INIT;
			s->damaged = true;
		} else if (s->damaged) {
			log_error("'%s' is damaged between its entries: it is "
			    "kept, see fe-store --journal list", s->path);
		}
		j->kept = mem_array(j->kept, j->kept_n + 1, sizeof(*j->kept));
		j->kept[j->kept_n++] = s;
	}
	buf_free(&names);
	return result;
}

/* ---- when ---- */

static bool
is_waiting(const struct delivery_journal *j, const struct order *o,
    int64_t now_ms)
{
	const struct stuck *s = journal_stuck(j, slice_text(o->mailbox));

	return s != NULL && s->retry_ms > now_ms;
}

bool
deliver_is_pending(const struct deliverer *d, int64_t now_ms)
{
	const struct delivery_journal *j = d->journal;

	if (j->stuck_n == 0)
		return j->orders_n > 0;
	for (size_t i = 0; i < j->orders_n; i++)
		if (!is_waiting(j, j->orders[i], now_ms))
			return true;
	return false;
}

bool
deliver_is_empty(const struct deliverer *d)
{
	return d->journal->orders_n == 0;
}

bool
deliver_is_due(const struct deliverer *d, int64_t now_ms)
{
	const struct delivery_journal *j = d->journal;

	if (j->orders_n == 0 || j->oldest_ms < 0)
		return false;
	return j->orders_n >= DUE_ORDERS || j->octets >= DUE_OCTETS ||
	    now_ms - j->oldest_ms >= DUE_MS;
}

/* ---- the end of segments ---- */

/* Open orders are few by now; the others are not done twice, were this file
 * to outlive what the mailboxes remember. */
static bool
is_open(const struct delivery_journal *j, const struct segment *s,
    uint64_t offset, size_t index)
{
	for (size_t i = 0; i < j->orders_n; i++)
		if (j->orders[i]->segment == s &&
		    j->orders[i]->offset == offset &&
		    j->orders[i]->index == index)
			return true;
	return false;
}

static void
mark_done(const struct delivery_journal *j, struct segment *s)
{
	struct journal_head *head = mem_alloc(sizeof(*head));
	struct buf octets = BUF_INIT;
	uint64_t offset = SEGMENT_HEAD;

	while (segment_next(s, &offset, &octets, head, NULL) > 0) {
		uint64_t at = offset - head->entry_size;

		for (size_t i = 0; i < head->orders_n; i++)
			if (!head->orders[i].done && !is_open(j, s, at, i))
				segment_set_done(s, at, head, i);
	}
	free(head);
	buf_free(&octets);
}

/* The mailboxes are synced. */
static void
tidy_kept(struct delivery_journal *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->kept_n; i++) {
		struct segment *s = j->kept[i];

		if (s->open_orders == 0 && !s->damaged)
			segment_remove(s);
		else
			j->kept[n++] = s;
	}
	j->kept_n = n;
}

static bool
something_ends(const struct delivery_journal *j, bool all)
{
	const struct segment *s = j->current;

	for (size_t i = 0; i < j->kept_n; i++)
		if (j->kept[i]->open_orders == 0 && !j->kept[i]->damaged)
			return true;
	return s != NULL && s->end > SEGMENT_HEAD &&
	    (s->end >= SEGMENT_OCTETS || (all && s->open_orders == 0));
}

void
deliver_tidy(struct deliverer *d, bool all)
{
	struct delivery_journal *j = d->journal;
	struct err err = ERR_INIT;

	if (!something_ends(j, all))
		return;
	if (handles_sync(d->handles, &err) < 0) {
		log_error("the journal grows: %s", err.text);
		return;
	}
	tidy_kept(j);
	if (j->current == NULL || (j->current->open_orders > 0 &&
	    j->current->end < SEGMENT_OCTETS))
		return;
	if (j->current->open_orders > 0 ||
	    segment_reset(j->current, &err) < 0)
		journal_keep_current(j);
}

/* Those that are only locked are waited for as a record would be. */
static void
apply_last(struct deliverer *d)
{
	struct delivery_journal *j = d->journal;
	int64_t until_ms = clock_monotonic_ms() + d->wait_ms;

	for (;;) {
		bool is_locked = false;

		for (size_t i = 0; i < j->stuck_n; i++)
			j->stuck[i].retry_ms = 0;
		deliver_apply(d);
		for (size_t i = 0; i < j->stuck_n; i++)
			is_locked |= j->stuck[i].locked;
		if (j->orders_n == 0 || !is_locked ||
		    clock_monotonic_ms() >= until_ms)
			return;
		clock_sleep_ms(20);
	}
}

size_t
deliver_close(struct deliverer *d)
{
	struct delivery_journal *j = d->journal;
	struct err err = ERR_INIT;
	size_t left;

	if (j == NULL)
		return 0;
	apply_last(d);
	left = j->orders_n;
	if (j->current != NULL)
		journal_keep_current(j);
	if (handles_sync(d->handles, &err) == 0)
		tidy_kept(j);
	for (size_t i = 0; i < j->kept_n; i++) {
		mark_done(j, j->kept[i]);
		segment_close(j->kept[i]);
	}
	for (size_t i = 0; i < j->orders_n; i++)
		order_free(j->orders[i]);
	for (size_t i = 0; i < j->stuck_n; i++)
		free(j->stuck[i].mailbox);
	guarded_keys_free(&j->keys);
	free(j->orders);
	free(j->kept);
	free(j->stuck);
	free(j);
	d->journal = NULL;
	return left;
}
