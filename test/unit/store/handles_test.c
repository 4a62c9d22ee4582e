/* SPDX-License-Identifier: ISC */
/* Mailboxes that stay open: which, for how long, and what is done behind. */
#include "store/handles.h"

#include "base/secret.h"
#include "mailbox_home.h"
#include "store/folder.h"
#include "store/message.h"
#include "store/rekey.h"
#include "store/search.h"
#include "unit.h"

#define MAILBOXES (HANDLES_MAX + 1)

static struct buf names[MAILBOXES];

static struct slice
name(size_t i)
{
	return buf_slice(&names[i]);
}

static void
start(struct handles *h)
{
	struct mailbox_opener opener = {.service = &service, .wait_ms = 200};

	handles_init(h, &opener);
}

static struct handle *
get(struct handles *h, size_t i)
{
	struct err err = ERR_INIT;
	struct handle *one = handles_get(h, name(i), &err);

	if (one == NULL)
		printf("# %s\n", err.text);
	return one;
}

static void
store(struct handle *one)
{
	struct message_new new = {.content = SLICE("x"), .terms = SLICE("tea"),
	    .summary = SLICE("{}")};
	struct err err = ERR_INIT;
	struct folder inbox;
	int64_t body, uid;

	EXPECT(mailbox_begin(one->mailbox, MAILBOX_WRITE, &err) == 0);
	EXPECT(folder_find(one->mailbox, SLICE("INBOX"), &inbox, &err) == 1);
	EXPECT(message_body_insert(one->mailbox, &new, &body, &err) == 0);
	EXPECT(message_place(one->mailbox, inbox.id, body, 1, 0, SLICE_NONE,
	    &uid, &err) == 0);
	EXPECT(mailbox_commit(one->mailbox, &err) == 0);
	one->pending++;
}

static int64_t
pending(struct mailbox *m)
{
	struct mailbox_count count = {.pending = -1};
	struct err err = ERR_INIT;

	EXPECT(mailbox_begin(m, MAILBOX_READ, &err) == 0);
	EXPECT(mailbox_counts(m, &count, &err) == 0);
	mailbox_rollback(m);
	return count.pending;
}

static void
the_same_name_gives_the_same_handle(void)
{
	struct handles h;
	struct err err = ERR_INIT;
	const struct mailbox *m;

	start(&h);
	m = get(&h, 0)->mailbox;
	(void)get(&h, 1);
	EXPECT(get(&h, 0)->mailbox == m);
	EXPECT_NUMBER("open", 2, h.n);
	EXPECT(handles_get(&h, SLICE("nobody@example.org"), &err) == NULL);
	EXPECT(err.kind == ERR_USAGE);
	EXPECT_NUMBER("still open", 2, h.n);
	handles_free(&h);
}

static void
the_one_used_longest_ago_makes_room(void)
{
	struct handles h;

	start(&h);
	for (size_t i = 0; i < HANDLES_MAX; i++)
		(void)get(&h, i);
	(void)get(&h, 0);
	(void)get(&h, HANDLES_MAX);
	EXPECT_NUMBER("open", HANDLES_MAX, h.n);
	for (size_t i = 0; i < h.n; i++)
		EXPECT(!slice_equal(mailbox_name(h.items[i].mailbox),
		    name(1)));
	handles_free(&h);
}

static void
what_is_pending_is_indexed_when_idle_and_at_the_end(void)
{
	struct mailbox *m;
	struct handles h;
	struct handle *one;

	start(&h);
	one = get(&h, 0);
	EXPECT(!handles_are_pending(&h));
	EXPECT(!handles_idle(&h, 1000));
	for (int i = 0; i < SEARCH_LEAST; i++)
		store(one);
	EXPECT(handles_are_pending(&h));
	EXPECT_NUMBER("before", SEARCH_LEAST, pending(one->mailbox));
	EXPECT(handles_idle(&h, 1000));
	EXPECT_NUMBER("after", 0, pending(one->mailbox));
	EXPECT(!handles_are_pending(&h));
	for (int i = 0; i < SEARCH_LEAST; i++)
		store(one);
	handles_free(&h);
	m = open_mailbox(name(0));
	EXPECT_NUMBER("at the end", 0, pending(m));
	mailbox_close(m);
}

static void
a_few_wait_for_a_search(void)
{
	struct message_refs refs = {NULL, 0, 0};
	struct err err = ERR_INIT;
	struct query *q;
	struct handles h;
	struct handle *one;

	start(&h);
	one = get(&h, 2);
	for (int i = 1; i < SEARCH_LEAST; i++)
		store(one);
	EXPECT(handles_idle(&h, 1000));
	EXPECT(!handles_are_pending(&h));
	EXPECT_NUMBER("left", SEARCH_LEAST - 1, pending(one->mailbox));
	EXPECT(query_parse(&q, SLICE("tea"), 0, &err) == 0);
	EXPECT(search_run(one->mailbox, q, 0, 0, &refs, &err) == 0);
	EXPECT_NUMBER("found", SEARCH_LEAST - 1, refs.n);
	EXPECT_NUMBER("after", 0, pending(one->mailbox));
	query_free(q);
	free(refs.items);
	handles_free(&h);
}

static void
one_that_failed_is_closed_and_opened_anew(void)
{
	struct handles h;

	start(&h);
	(void)get(&h, 1);
	store(get(&h, 0));
	handles_drop(&h, get(&h, 0));
	EXPECT_NUMBER("open", 1, h.n);
	EXPECT(!handles_are_pending(&h));
	EXPECT_NUMBER("left for the next search", 1,
	    pending(get(&h, 0)->mailbox));
	handles_free(&h);
}

static void
one_that_was_erased_is_let_go(void)
{
	struct handles h;
	struct err err = ERR_INIT;

	start(&h);
	(void)get(&h, 0);
	(void)get(&h, HANDLES_MAX);
	EXPECT_NUMBER("nothing to do", HANDLES_LOOK_MS, handles_let_go(&h));
	EXPECT_NUMBER("open", 2, h.n);
	EXPECT(mailbox_erase(name(HANDLES_MAX), 1000, &err) == 0);
	EXPECT_NUMBER("one is left", HANDLES_LOOK_MS, handles_let_go(&h));
	EXPECT_NUMBER("open", 1, h.n);
	EXPECT(slice_equal(mailbox_name(h.items[0].mailbox), name(0)));
	/* also under a load that never rests */
	(void)get(&h, 1);
	EXPECT(mailbox_erase(name(1), 1000, &err) == 0);
	h.looked_ms -= HANDLES_LOOK_MS;
	(void)get(&h, 0);
	EXPECT_NUMBER("open", 1, h.n);
	handles_free(&h);
	EXPECT_NUMBER("none", -1, handles_let_go(&h));
}

int
main(void)
{
	if (make_home() < 0)
		return 1;
	for (size_t i = 0; i < MAILBOXES; i++) {
		names[i] = (struct buf)BUF_INIT;
		buf_format(&names[i], "u%zu@example.org", i);
		if (make_mailbox(name(i)) < 0)
			return 1;
	}
	UNIT_RUN(the_same_name_gives_the_same_handle);
	UNIT_RUN(the_one_used_longest_ago_makes_room);
	UNIT_RUN(what_is_pending_is_indexed_when_idle_and_at_the_end);
	UNIT_RUN(a_few_wait_for_a_search);
	UNIT_RUN(one_that_failed_is_closed_and_opened_anew);
	UNIT_RUN(one_that_was_erased_is_let_go);
	for (size_t i = 0; i < MAILBOXES; i++)
		buf_free(&names[i]);
	service_keys_free(&service);
	secret_drop_all();
	remove_home();
	return UNIT_RESULT;
}
