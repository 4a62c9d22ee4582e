/* SPDX-License-Identifier: ISC */
/* Entries of the delivery journal as octets (journal_entry.h). */
#include "journal_entry.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/secret.h"

#define CONTEXT "fe-journal/1"
#define SUM_SIZE 16
#define ID_OCTETS 16
#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES
#define ORDER_FIXED (1 + 2 * ID_OCTETS + NONCE_SIZE)
#define FLAG_PARSED 1

/* ---- numbers ---- */

static void
put_number(struct buf *out, uint64_t n, size_t octets)
{
	for (size_t i = 0; i < octets; i++)
		buf_append_char(out, (char)(n >> 8 * i));
}

static uint64_t
get_number(struct slice s, size_t at, size_t octets)
{
	uint64_t n = 0;

	for (size_t i = octets; i-- > 0;)
		n = n << 8 | (unsigned char)s.p[at + i];
	return n;
}

static void
put_short(struct buf *out, struct slice text)
{
	put_number(out, text.n, 1);
	buf_append_slice(out, text);
}

static void
put_id(struct buf *out, const char *hex)
{
	unsigned char octets[ID_OCTETS] = {0};

	(void)hex_decode(slice_text(hex), octets, sizeof(octets));
	buf_append(out, octets, sizeof(octets));
}

/* ---- boxes and chunks ---- */

static void
put_counted(struct buf *out, struct slice text)
{
	put_number(out, text.n, 4);
	buf_append_slice(out, text);
}

static void
make_associated(struct buf *out, const char *segment, uint64_t sequence,
    struct slice id, struct slice mailbox, const char *mailbox_id)
{
	char number[24];

	snprintf(number, sizeof(number), "%" PRIu64, sequence);
	put_counted(out, SLICE(CONTEXT));
	put_counted(out, slice_text(segment));
	put_counted(out, slice_text(number));
	put_counted(out, id);
	put_counted(out, mailbox);
	put_counted(out, slice_text(mailbox_id));
}

static void
chunk_nonce(unsigned char nonce[NONCE_SIZE], uint64_t number, bool last)
{
	memset(nonce, 0, NONCE_SIZE);
	for (size_t i = 0; i < 8; i++)
		nonce[i] = (unsigned char)(number >> 8 * i);
	nonce[8] = last;
}

/* A message is never without a chunk, be it an empty one. */
static uint64_t
count_chunks(uint64_t octets)
{
	return octets == 0 ? 1 : (octets + JOURNAL_CHUNK - 1) / JOURNAL_CHUNK;
}

/* ---- writing ---- */

static void
put_order(struct buf *out, const struct journal_place *place,
    const struct journal_message *message, const struct journal_order *order,
    const unsigned char *entry_key)
{
	struct buf plain = BUF_INIT, associated = BUF_INIT;
	size_t box_n = KEY_SIZE + order->json.n + TAG_SIZE;
	unsigned char nonce[NONCE_SIZE];

	random_octets(nonce, sizeof(nonce));
	buf_reserve(&plain, box_n); /* so that growing leaves no copies */
	buf_append(&plain, entry_key, KEY_SIZE);
	buf_append_slice(&plain, order->json);
	make_associated(&associated, place->segment, place->sequence,
	    message->id, order->mailbox, order->key->mailbox);
	put_number(out, ORDER_FIXED + order->mailbox.n + box_n, 4);
	put_short(out, order->mailbox);
	put_id(out, order->key->mailbox);
	put_id(out, order->key->root);
	buf_append(out, nonce, sizeof(nonce));
	buf_reserve(out, box_n);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
	    (unsigned char *)out->p + out->n, NULL,
	    (const unsigned char *)plain.p, plain.n,
	    (const unsigned char *)associated.p, associated.n, NULL, nonce,
	    order->key->key);
	out->n += box_n;
	buf_wipe(&plain);
	buf_free(&associated);
}

static int
put_head(struct buf *out, const struct journal_place *place,
    const struct journal_message *message, const struct journal_order *orders,
    size_t n, const unsigned char *entry_key, struct err *err)
{
	uint64_t octets = message->content.n + message->terms.n +
	    message->summary.n;
	unsigned char sum[SUM_SIZE], sizes[12];
	struct buf number = BUF_INIT;
	size_t head_n;

	buf_append_text(out, JOURNAL_MAGIC);
	put_number(out, 0, 4); /* both sizes, below */
	put_number(out, 0, 8);
	put_number(out, place->sequence, 8);
	put_number(out, (uint64_t)place->time_ms, 8);
	put_number(out, message->content.n, 8);
	put_number(out, message->terms.n, 4);
	put_number(out, message->summary.n, 4);
	put_number(out, message->parsed ? FLAG_PARSED : 0, 4);
	put_number(out, n, 4);
	put_short(out, message->id);
	put_short(out, message->fingerprint);
	for (size_t i = 0; i < n; i++)
		put_order(out, place, message, &orders[i], entry_key);
	head_n = out->n + SUM_SIZE + n;
	if (head_n > JOURNAL_HEAD_MAX)
		return err_set(err, ERR_SYSTEM, "the orders of one entry are "
		    "over %zu octets", JOURNAL_HEAD_MAX);
	put_number(&number, head_n, 4);
	put_number(&number, head_n + octets + count_chunks(octets) * TAG_SIZE,
	    8);
	memcpy(sizes, number.p, sizeof(sizes));
	buf_free(&number);
	memcpy(out->p + strlen(JOURNAL_MAGIC), sizes, sizeof(sizes));
	crypto_generichash(sum, sizeof(sum), (const unsigned char *)out->p,
	    out->n, NULL, 0);
	buf_append(out, sum, sizeof(sum));
	for (size_t i = 0; i < n; i++)
		buf_append_char(out, 0);
	return 0;
}

/* The next octets of the message's three parts, as one text. */
struct parts {
	struct slice part[3];
	size_t at;
};

static size_t
parts_take(struct parts *parts, unsigned char *out, size_t most)
{
	size_t n = 0;

	while (n < most && parts->at < 3) {
		struct slice *part = &parts->part[parts->at];
		size_t take = most - n < part->n ? most - n : part->n;

		if (take > 0)
			memcpy(out + n, part->p, take);
		n += take;
		*part = slice_part(*part, take, part->n);
		if (part->n == 0)
			parts->at++;
	}
	return n;
}

static int
write_message(const struct journal_message *message,
    const unsigned char *entry_key, journal_write *write, void *context,
    struct err *err)
{
	struct parts parts = {{message->content, message->terms,
	    message->summary}, 0};
	uint64_t chunks = count_chunks(message->content.n + message->terms.n +
	    message->summary.n);
	unsigned char nonce[NONCE_SIZE];
	struct buf plain = BUF_INIT, boxed = BUF_INIT;
	int result = 0;

	buf_reserve(&plain, JOURNAL_CHUNK);
	buf_reserve(&boxed, JOURNAL_CHUNK + TAG_SIZE);
	for (uint64_t i = 0; i < chunks && result == 0; i++) {
		size_t n = parts_take(&parts, (unsigned char *)plain.p,
		    JOURNAL_CHUNK);

		chunk_nonce(nonce, i, i + 1 == chunks);
		crypto_aead_xchacha20poly1305_ietf_encrypt(
		    (unsigned char *)boxed.p, NULL,
		    (const unsigned char *)plain.p, n, NULL, 0, NULL, nonce,
		    entry_key);
		result = write(context, slice_of(boxed.p, n + TAG_SIZE), err);
	}
	buf_free(&plain);
	buf_free(&boxed);
	return result;
}

int
journal_entry_seal(const struct journal_place *place,
    const struct journal_message *message, const struct journal_order *orders,
    size_t n, journal_write *write, void *context, struct err *err)
{
	struct buf head = BUF_INIT;
	unsigned char *entry_key;
	int result = -1;

	if (n == 0 || n > JOURNAL_ORDERS_MAX || message->id.n > 255 ||
	    message->fingerprint.n > 255)
		return err_set(err, ERR_BUG, "a journal entry of %zu orders, "
		    "id of %zu octets", n, message->id.n);
	entry_key = secret_alloc(KEY_SIZE);
	random_octets(entry_key, KEY_SIZE);
	if (put_head(&head, place, message, orders, n, entry_key, err) == 0 &&
	    write(context, buf_slice(&head), err) == 0)
		result = write_message(message, entry_key, write, context,
		    err);
	secret_free(entry_key);
	buf_free(&head);
	return result;
}

/* ---- reading ---- */

size_t
journal_head_size(struct slice first)
{
	uint64_t head_n, entry_n;

	if (first.n < JOURNAL_FIXED || memcmp(first.p, JOURNAL_MAGIC, 4) != 0)
		return 0;
	head_n = get_number(first, 4, 4);
	entry_n = get_number(first, 8, 8);
	return head_n < JOURNAL_FIXED || head_n > JOURNAL_HEAD_MAX ||
	    entry_n < head_n ? 0 : (size_t)head_n;
}

/* Cuts n octets off the front; none where there are not so many. */
static struct slice
cut(struct slice *rest, uint64_t n)
{
	struct slice part = SLICE_NONE;

	if (n > rest->n)
		return part;
	part = slice_part(*rest, 0, (size_t)n);
	*rest = slice_part(*rest, (size_t)n, rest->n);
	return part;
}

static int
cut_short(struct slice *rest, struct slice *out)
{
	struct slice length = cut(rest, 1);

	if (length.p == NULL)
		return -1;
	*out = cut(rest, (unsigned char)length.p[0]);
	return out->p == NULL ? -1 : 0;
}

static int
cut_order(struct slice *rest, struct journal_head_order *order)
{
	struct slice size = cut(rest, 4), body, id, root;

	if (size.p == NULL)
		return -1;
	body = cut(rest, get_number(size, 0, 4));
	if (body.p == NULL || cut_short(&body, &order->mailbox) < 0)
		return -1;
	id = cut(&body, ID_OCTETS);
	root = cut(&body, ID_OCTETS);
	order->nonce = cut(&body, NONCE_SIZE);
	order->box = body;
	if (id.p == NULL || root.p == NULL || order->nonce.p == NULL ||
	    body.n < KEY_SIZE + TAG_SIZE)
		return -1;
	hex_encode(id.p, id.n, order->mailbox_id);
	hex_encode(root.p, root.n, order->root);
	return 0;
}

static bool
sizes_agree(const struct journal_head *head)
{
	uint64_t octets = head->content_n + head->terms_n + head->summary_n;

	return head->content_n <= (uint64_t)BUF_MAX && head->entry_size ==
	    head->head_size + octets + count_chunks(octets) * TAG_SIZE;
}

static int
parse_checked(struct journal_head *head, struct slice octets)
{
	struct slice rest = octets, states;

	cut(&rest, JOURNAL_FIXED);
	if (cut_short(&rest, &head->id) < 0 ||
	    cut_short(&rest, &head->fingerprint) < 0)
		return -1;
	if (head->fingerprint.n == 0)
		head->fingerprint = SLICE_NONE;
	for (size_t i = 0; i < head->orders_n; i++)
		if (cut_order(&rest, &head->orders[i]) < 0)
			return -1;
	if (rest.n != SUM_SIZE + head->orders_n || !sizes_agree(head))
		return -1;
	states = slice_part(rest, SUM_SIZE, rest.n);
	for (size_t i = 0; i < head->orders_n; i++)
		head->orders[i].done = states.p[i] != 0;
	return 0;
}

int
journal_head_parse(struct journal_head *head, struct slice octets,
    const char *segment, struct err *err)
{
	unsigned char sum[SUM_SIZE];
	size_t summed;

	if (journal_head_size(octets) != octets.n || octets.n == 0)
		return err_set(err, ERR_CONFIG, "segment %s: this is no entry",
		    segment);
	head->head_size = octets.n;
	head->entry_size = get_number(octets, 8, 8);
	head->sequence = get_number(octets, 16, 8);
	head->time_ms = (int64_t)get_number(octets, 24, 8);
	head->content_n = get_number(octets, 32, 8);
	head->terms_n = (uint32_t)get_number(octets, 40, 4);
	head->summary_n = (uint32_t)get_number(octets, 44, 4);
	head->parsed = get_number(octets, 48, 4) & FLAG_PARSED;
	head->orders_n = (uint32_t)get_number(octets, 52, 4);
	if (head->orders_n == 0 || head->orders_n > JOURNAL_ORDERS_MAX ||
	    octets.n < JOURNAL_FIXED + SUM_SIZE + head->orders_n)
		return err_set(err, ERR_CONFIG, "segment %s: an entry has %u "
		    "orders", segment, (unsigned)head->orders_n);
	summed = octets.n - SUM_SIZE - head->orders_n;
	crypto_generichash(sum, sizeof(sum), (const unsigned char *)octets.p,
	    summed, NULL, 0);
	if (memcmp(sum, octets.p + summed, SUM_SIZE) != 0 ||
	    parse_checked(head, octets) < 0)
		return err_set(err, ERR_CONFIG, "segment %s: the entry after "
		    "this many others is damaged: %" PRIu64, segment,
		    head->sequence);
	return 0;
}

uint64_t
journal_order_offset(const struct journal_head *head, size_t order)
{
	return head->head_size - head->orders_n + order;
}

int
journal_order_open(const struct journal_head *head, size_t order,
    const char *segment, const struct journal_key *key, struct buf *json,
    unsigned char *entry_key, struct err *err)
{
	const struct journal_head_order *o = &head->orders[order];
	struct buf associated = BUF_INIT, plain = BUF_INIT;
	int result;

	make_associated(&associated, segment, head->sequence, head->id,
	    o->mailbox, o->mailbox_id);
	buf_reserve(&plain, o->box.n);
	result = crypto_aead_xchacha20poly1305_ietf_decrypt(
	    (unsigned char *)plain.p, NULL, NULL,
	    (const unsigned char *)o->box.p, o->box.n,
	    (const unsigned char *)associated.p, associated.n,
	    (const unsigned char *)o->nonce.p, key->key);
	if (result == 0) {
		plain.n = o->box.n - TAG_SIZE;
		memcpy(entry_key, plain.p, KEY_SIZE);
		result = buf_append(json, plain.p + KEY_SIZE,
		    plain.n - KEY_SIZE);
	}
	buf_free(&associated);
	buf_wipe(&plain);
	if (result < 0)
		return err_set(err, ERR_CONFIG, "segment %s: entry %" PRIu64
		    " does not open with the key of its mailbox", segment,
		    head->sequence);
	return 0;
}

int
journal_message_open(const struct journal_head *head,
    const unsigned char *entry_key, journal_read *read, void *context,
    struct buf *out, struct err *err)
{
	uint64_t left = head->content_n + head->terms_n + head->summary_n;
	uint64_t chunks = count_chunks(left), at = head->head_size;
	unsigned char nonce[NONCE_SIZE];
	struct buf boxed = BUF_INIT;
	int result = 0;

	buf_reserve(&boxed, JOURNAL_CHUNK + TAG_SIZE);
	for (uint64_t i = 0; i < chunks && result == 0; i++) {
		size_t n = left < JOURNAL_CHUNK ? (size_t)left : JOURNAL_CHUNK;

		if (buf_reserve(out, n) < 0 ||
		    read(context, at, boxed.p, n + TAG_SIZE, err) < 0) {
			result = -1;
			break;
		}
		chunk_nonce(nonce, i, i + 1 == chunks);
		if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		    (unsigned char *)out->p + out->n, NULL, NULL,
		    (const unsigned char *)boxed.p, n + TAG_SIZE, NULL, 0,
		    nonce, entry_key) < 0)
			result = err_set(err, ERR_CONFIG, "the message of "
			    "entry %" PRIu64 " is damaged", head->sequence);
		out->n += result == 0 ? n : 0;
		at += n + TAG_SIZE;
		left -= n;
	}
	buf_free(&boxed);
	return result;
}
