/* SPDX-License-Identifier: ISC */
/*
 * Segments read by readers of mailboxes and by the administrator.  Nothing is
 * changed in them: what is applied here, the writer finds there as known.
 */
#include "replay.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/home.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "deliver_job.h"
#include "delivered.h"
#include "mailbox_sql.h"

/* ---- one order ---- */

/* A job and what is said of it; the order's texts are set already. */
static int
load(const struct journal_item *r, const struct journal_key *key,
    struct order *o, struct err *err)
{
	struct buf json = BUF_INIT, message = BUF_INIT;
	unsigned char *entry_key = secret_alloc(KEY_SIZE);
	int result = -1;

	if (journal_order_open(r->head, r->index, r->segment->id, key, &json,
	    entry_key, err) == 0 &&
	    segment_read_message(r->segment, r->offset, r->head, entry_key,
	    &message, err) == 0)
		result = order_parse(o, buf_slice(&json), r->head, &message,
		    err);
	secret_free(entry_key);
	buf_wipe(&json);
	buf_free(&message);
	return result;
}

static struct order *
new_order(const struct journal_item *r)
{
	const struct journal_head_order *its = &r->head->orders[r->index];
	struct order *o = mem_zalloc(sizeof(*o));

	o->mailbox = mem_dup(its->mailbox.p, its->mailbox.n);
	memcpy(o->mailbox_id, its->mailbox_id, KEY_ID_SIZE);
	return o;
}

struct record *
replay_record(const struct journal_item *r,
    const struct service_keys *service, struct err *err)
{
	struct order *o = new_order(r);
	struct guarded_keys keys;
	const struct journal_key *key;
	struct record *record = NULL;
	int guard;

	guarded_keys_init(&keys, service);
	key = guarded_keys_get(&keys, slice_text(o->mailbox), 0, &guard, err);
	if (key != NULL && load(r, key, o, err) == 0) {
		record = o->job->record;
		o->job->record = NULL;
		buf_append_slice(&record->body, o->content->text);
	}
	if (guard >= 0)
		close(guard);
	guarded_keys_free(&keys);
	order_free(o);
	return record;
}

/* ---- one mailbox ---- */

struct replaying {
	struct mailbox *m;
	bool is_quarantine;
	int done;
};

/* Within a transaction.  Most of what a running writer has is known: that
 * shows before its message is read. */
static int
apply(struct replaying *r, const struct journal_item *ro, struct err *err)
{
	struct order *o;
	struct folder folder;
	int known = DELIVERED_NO;

	if (!r->is_quarantine)
		known = delivered_check(r->m, ro->head->id,
		    ro->head->fingerprint, ro->head->time_ms, err);
	if (known < 0 || known == DELIVERED_YES)
		return known;
	o = new_order(ro);
	known = load(ro, mailbox_journal_key(r->m), o, err) < 0 ? -1 :
	    order_apply(r->m, o, &folder, err);
	order_free(o);
	if (known == DELIVERED_NO)
		r->done++;
	return known;
}

static int
replay_one(void *context, const struct journal_item *o, struct err *err)
{
	struct replaying *r = context;
	const struct journal_head_order *its = &o->head->orders[o->index];
	const struct journal_key *key = mailbox_journal_key(r->m);

	if (its->done || strcmp(its->mailbox_id, key->mailbox) != 0 ||
	    strcmp(its->root, key->root) != 0)
		return 0;
	if (!mailbox_in_transaction(r->m) &&
	    mailbox_begin(r->m, MAILBOX_WRITE, err) < 0)
		return -1;
	return apply(r, o, err) < 0 ? -1 : 0;
}

int
replay_mailbox(struct mailbox *m, struct err *err)
{
	struct replaying r = {m, slice_is(mailbox_name(m),
	    MAILBOX_QUARANTINE), 0};
	struct buf path = BUF_INIT;
	bool may = !mailbox_is_read_only(m) &&
	    access(home_file(&path, "journal"), R_OK | X_OK) == 0;

	buf_free(&path);
	if (!may)
		return 0;
	if (journal_walk(replay_one, &r, err) < 0 ||
	    (mailbox_in_transaction(m) && mailbox_commit(m, err) < 0)) {
		mailbox_rollback(m);
		return -1;
	}
	return r.done;
}

void
replay_before_reading(struct mailbox *m)
{
	struct err err = ERR_INIT;

	if (replay_mailbox(m, &err) < 0)
		log_warning("messages for '%.*s' stay in the journal: %s",
		    SLICE_ARG(mailbox_name(m)), err.text);
}
