/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_JOURNAL_ENTRY_H
#define FE_STORE_JOURNAL_ENTRY_H

#include "base/buf.h"
#include "base/err.h"
#include "journal_key.h"

/*
 * One entry of a delivery journal: a message, and for each mailbox that it
 * is for an order, what is to become of it there.  All numbers are little
 * endian; all octets of the message are encrypted.
 *
 *	magic "feJE", u32 head size (all before the message), u64 entry size,
 *	u64 sequence, u64 milliseconds since 1970, u64 content octets,
 *	u32 terms octets, u32 summary octets, u32 flags (1: parsed),
 *	u32 orders, u8 length + id, u8 length + fingerprint
 *	for each order:
 *		u32 size of all that follows, u8 length + mailbox name,
 *		16 octets id of the mailbox, 16 id of its mailbox key,
 *		24 nonce, box: entry key (32 octets), JSON of the order
 *	sum of all of the above (BLAKE2b-128)
 *	one octet an order: 0 open, 1 done; the only ones ever overwritten
 *	message: content, terms, summary as one text, in chunks of 64 KiB
 *
 * A box is XChaCha20-Poly1305 under the journal key of its mailbox, with a
 * random nonce and the associated data
 *	`fe-journal/1', segment id, sequence (decimal), id, name, mailbox id
 * each behind its length as a u32.  A chunk is XChaCha20-Poly1305 under the
 * entry key, which is random, used for this entry alone and nowhere in clear;
 * its nonce is the chunk's number (u64) and 1 for the last (u8), then zeros.
 * So entries and orders can be moved nowhere, and a cut message is found out.
 */
#define JOURNAL_MAGIC "feJE"
#define JOURNAL_ORDERS_MAX 64
#define JOURNAL_HEAD_MAX ((size_t)80 << 20)
#define JOURNAL_CHUNK ((size_t)64 << 10)
#define JOURNAL_FIXED 56 /* octets up to the id's length */

struct journal_message {
	struct slice id, fingerprint; /* at most 255 octets each */
	struct slice content, terms, summary;
	bool parsed; /* terms and summary are an indexer's */
};

/* One order to write. */
struct journal_order {
	struct slice mailbox; /* name */
	const struct journal_key *key;
	struct slice json;
};

/* Where an entry stands. */
struct journal_place {
	const char *segment; /* its id */
	uint64_t sequence;
	int64_t time_ms;
};

/* Hands the entry's octets to `write' piece by piece (below 0 ends it), so
 * that no second copy of a large message is made.  The sum of the pieces is
 * *size.  ERR_BUG where there are too many orders. */
typedef int journal_write(void *context, struct slice octets,
    struct err *err);
int journal_entry_seal(const struct journal_place *place,
    const struct journal_message *message, const struct journal_order *orders,
    size_t n, journal_write *write, void *context, struct err *err);

/* ---- reading; believes nothing ---- */

struct journal_head {
	uint64_t head_size, entry_size, sequence;
	int64_t time_ms;
	uint64_t content_n;
	uint32_t terms_n, summary_n, orders_n;
	bool parsed;
	struct slice id, fingerprint;
	struct journal_head_order {
		struct slice mailbox;
		char mailbox_id[KEY_ID_SIZE], root[KEY_ID_SIZE];
		struct slice nonce, box;
		bool done;
	} orders[JOURNAL_ORDERS_MAX];
};

/* How many octets the head has, from its first JOURNAL_FIXED.  0: this is no
 * entry (a tail that a crash tore). */
size_t journal_head_size(struct slice first);
/* From exactly these octets; slices point into them.  -1: this is none. */
int journal_head_parse(struct journal_head *head, struct slice octets,
    const char *segment, struct err *err);
/* Where the octet of an order's state stands within the entry. */
uint64_t journal_order_offset(const struct journal_head *head, size_t order);

/* Opens an order with its mailbox's key; appends its JSON; entry_key gets
 * KEY_SIZE octets.  -1: another key's, or damaged. */
int journal_order_open(const struct journal_head *head, size_t order,
    const char *segment, const struct journal_key *key, struct buf *json,
    unsigned char *entry_key, struct err *err);

/* Appends content, terms and summary, decrypted; `read' fills exactly n
 * octets from `offset' of the entry. */
typedef int journal_read(void *context, uint64_t offset, void *p, size_t n,
    struct err *err);
int journal_message_open(const struct journal_head *head,
    const unsigned char *entry_key, journal_read *read, void *context,
    struct buf *out, struct err *err);

#endif
