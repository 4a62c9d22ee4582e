/* SPDX-License-Identifier: ISC */
/* Entries of the delivery journal: sealed, opened, changed, taken apart. */
#include "store/journal_entry.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/secret.h"
#include "unit.h"

#define SEGMENT "01M8SEGMENT000000000000000"

static struct journal_key alice = JOURNAL_KEY_INIT, bob = JOURNAL_KEY_INIT;

static void
make_key(struct journal_key *k, const char *mailbox, const char *root)
{
	memcpy(k->mailbox, mailbox, KEY_ID_SIZE);
	memcpy(k->root, root, KEY_ID_SIZE);
	k->key = secret_alloc(KEY_SIZE);
	random_octets(k->key, KEY_SIZE);
}

static int
append(void *context, struct slice octets, struct err *err)
{
	(void)err;
	return buf_append_slice(context, octets);
}

static int
fill(void *context, uint64_t offset, void *p, size_t n, struct err *err)
{
	const struct buf *entry = context;

	if (offset + n > entry->n)
		return err_set(err, ERR_MESSAGE, "too short");
	memcpy(p, entry->p + offset, n);
	return 0;
}

/* An entry for both, of a message with that many octets of content. */
static void
seal(struct buf *out, size_t content_n)
{
	struct journal_place place = {SEGMENT, 7, 123456};
	struct journal_order orders[] = {
	    {SLICE("alice@example.org"), &alice, SLICE("{\"for\":\"alice\"}")},
	    {SLICE("bob@example.org"), &bob, SLICE("{\"for\":\"bob\"}")}};
	char *content = mem_alloc(content_n + 1);
	struct journal_message message = {.id = SLICE("01ID"),
	    .fingerprint = SLICE("f"), .content = {content, content_n},
	    .terms = SLICE("tea milk"), .summary = SLICE("{}"),
	    .parsed = true};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < content_n; i++)
		content[i] = (char)(i * 7 + i / 251);
	EXPECT(journal_entry_seal(&place, &message, orders, 2, append, out,
	    &err) == 0);
	free(content);
}

static int
parse(const struct buf *entry, struct journal_head *head)
{
	size_t n = journal_head_size(buf_slice(entry));
	struct err err = ERR_INIT;

	return n == 0 || n > entry->n ? -1 : journal_head_parse(head,
	    slice_part(buf_slice(entry), 0, n), SEGMENT, &err);
}

/* Everything of one order; -1 where anything does not open. */
static int
open_all(struct buf *entry, size_t order, const struct journal_key *key,
    struct buf *json, struct buf *message)
{
	static struct journal_head head;
	unsigned char entry_key[KEY_SIZE];
	struct err err = ERR_INIT;

	if (parse(entry, &head) < 0 || head.entry_size != entry->n ||
	    order >= head.orders_n)
		return -1;
	if (journal_order_open(&head, order, SEGMENT, key, json, entry_key,
	    &err) < 0)
		return -1;
	return journal_message_open(&head, entry_key, fill, entry, message,
	    &err);
}

static void
what_is_sealed_opens_for_each_of_its_mailboxes(void)
{
	static const size_t sizes[] = {0, 1, 100, JOURNAL_CHUNK - 10,
	    JOURNAL_CHUNK, JOURNAL_CHUNK + 1, 3 * JOURNAL_CHUNK + 17};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct buf entry = BUF_INIT, json = BUF_INIT,
		    message = BUF_INIT;

		seal(&entry, sizes[i]);
		EXPECT(open_all(&entry, 0, &alice, &json, &message) == 0);
		EXPECT_SLICE("order", SLICE("{\"for\":\"alice\"}"),
		    buf_slice(&json));
		EXPECT_NUMBER("size", sizes[i] + 10, message.n);
		EXPECT_SLICE("behind the content", SLICE("tea milk{}"),
		    slice_part(buf_slice(&message), sizes[i], message.n));
		for (size_t k = 0; k < sizes[i]; k++)
			if (message.p[k] != (char)(k * 7 + k / 251)) {
				EXPECT(!"the content is as it was");
				break;
			}
		buf_reset(&json);
		EXPECT(open_all(&entry, 1, &bob, &json, &message) == 0);
		EXPECT_SLICE("order", SLICE("{\"for\":\"bob\"}"),
		    buf_slice(&json));
		buf_free(&entry);
		buf_free(&json);
		buf_free(&message);
	}
}

static void
nobody_opens_what_is_for_another(void)
{
	struct buf entry = BUF_INIT, json = BUF_INIT, message = BUF_INIT;

	seal(&entry, 10);
	EXPECT(open_all(&entry, 0, &bob, &json, &message) < 0);
	EXPECT(open_all(&entry, 1, &alice, &json, &message) < 0);
	EXPECT_NUMBER("nothing came out", 0, json.n + message.n);
	buf_free(&entry);
}

/* An order's octet of state is the only one that may change. */
static void
each_bit_that_is_flipped_is_found_out(void)
{
	struct journal_head head;
	struct buf entry = BUF_INIT;
	uint64_t states;

	seal(&entry, 40);
	EXPECT(parse(&entry, &head) == 0);
	states = journal_order_offset(&head, 0);
	for (size_t i = 0; i < entry.n * 8; i++) {
		struct buf json = BUF_INIT, message = BUF_INIT;
		bool is_state = i / 8 >= states && i / 8 < states + 2;
		int got;

		entry.p[i / 8] = (char)(entry.p[i / 8] ^ 1 << i % 8);
		got = open_all(&entry, 0, &alice, &json, &message);
		if ((got == 0) != is_state)
			printf("# octet %zu of %zu\n", i / 8, entry.n);
		EXPECT((got == 0) == is_state);
		entry.p[i / 8] = (char)(entry.p[i / 8] ^ 1 << i % 8);
		buf_free(&json);
		buf_free(&message);
	}
	buf_free(&entry);
}

static void
an_entry_that_is_cut_anywhere_does_not_open(void)
{
	struct buf entry = BUF_INIT, json = BUF_INIT, message = BUF_INIT;

	seal(&entry, 40);
	for (size_t n = entry.n; n-- > 0;) {
		buf_truncate(&entry, n);
		EXPECT(open_all(&entry, 0, &alice, &json, &message) < 0);
	}
	buf_free(&entry);
	buf_free(&json);
	buf_free(&message);
}

static void
an_order_of_another_segment_or_sequence_does_not_open(void)
{
	struct journal_head head;
	struct buf entry = BUF_INIT, json = BUF_INIT;
	unsigned char entry_key[KEY_SIZE];
	struct err err = ERR_INIT;

	seal(&entry, 4);
	EXPECT(parse(&entry, &head) == 0);
	EXPECT(journal_order_open(&head, 0, "01M8ANOTHER000000000000000",
	    &alice, &json, entry_key, &err) < 0);
	head.sequence++;
	EXPECT(journal_order_open(&head, 0, SEGMENT, &alice, &json, entry_key,
	    &err) < 0);
	EXPECT(err.kind == ERR_CONFIG);
	buf_free(&entry);
	buf_free(&json);
}

int
main(void)
{
	if (sodium_init() < 0)
		return 1;
	make_key(&alice, "0123456789abcdef0123456789abcdef",
	    "11111111111111111111111111111111");
	make_key(&bob, "fedcba9876543210fedcba9876543210",
	    "22222222222222222222222222222222");
	UNIT_RUN(what_is_sealed_opens_for_each_of_its_mailboxes);
	UNIT_RUN(nobody_opens_what_is_for_another);
	UNIT_RUN(each_bit_that_is_flipped_is_found_out);
	UNIT_RUN(an_entry_that_is_cut_anywhere_does_not_open);
	UNIT_RUN(an_order_of_another_segment_or_sequence_does_not_open);
	journal_key_free(&alice);
	journal_key_free(&bob);
	secret_drop_all();
	return UNIT_RESULT;
}
