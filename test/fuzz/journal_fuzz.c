/* SPDX-License-Identifier: ISC */
/*
 * An entry of the delivery journal, as whoever can write a segment would have
 * it.  The sum over the head is made right first, else nothing gets past it.
 */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "store/journal_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
fill(void *context, uint64_t offset, void *p, size_t n, struct err *err)
{
	const struct buf *entry = context;

	if (offset > entry->n || n > entry->n - offset)
		return err_set(err, ERR_MESSAGE, "too short");
	memcpy(p, entry->p + offset, n);
	return 0;
}

static void
mend_sum(struct buf *entry, size_t head_n)
{
	unsigned orders = (unsigned char)entry->p[52];
	size_t summed;

	if (head_n < orders + 16)
		return;
	summed = head_n - 16 - orders;
	crypto_generichash((unsigned char *)entry->p + summed, 16,
	    (const unsigned char *)entry->p, summed, NULL, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct journal_head head;
	struct journal_key key = {"", "", NULL};
	unsigned char entry_key[KEY_SIZE];
	struct buf entry = BUF_INIT, json = BUF_INIT,
	    message = BUF_LIMITED(1 << 20);
	struct err err = ERR_INIT;
	size_t n;

	if (sodium_init() < 0)
		return 0;
	buf_append(&entry, data, size);
	n = journal_head_size(buf_slice(&entry));
	if (n > 0 && n <= entry.n) {
		mend_sum(&entry, n);
		key.key = secret_alloc(KEY_SIZE);
		if (journal_head_parse(&head, slice_part(buf_slice(&entry), 0,
		    n), "S", &err) == 0) {
			for (size_t i = 0; i < head.orders_n; i++) {
				if (journal_order_offset(&head, i) >= n)
					abort();
				(void)journal_order_open(&head, i, "S", &key,
				    &json, entry_key, &err);
			}
			memset(entry_key, 0, sizeof(entry_key));
			(void)journal_message_open(&head, entry_key, fill,
			    &entry, &message, &err);
		}
		secret_free(key.key);
	}
	buf_free(&entry);
	buf_free(&json);
	buf_free(&message);
	return 0;
}
