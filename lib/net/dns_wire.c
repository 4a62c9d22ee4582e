/* SPDX-License-Identifier: ISC */
/*
 * Packets between program and resolver.  The resolver reads hostile answers,
 * so the program trusts no length that comes from it.
 */
#include "net/dns_wire.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct answer_head {
	uint32_t id;
	uint32_t ttl;
	uint16_t n;
	uint8_t status;
	uint8_t flags;
};
enum { FLAG_SECURE = 1, FLAG_BOGUS = 2 };

struct record_head {
	uint32_t size;
	uint32_t preference;
};

size_t
dns_question_size(const struct dns_question *q)
{
	return offsetof(struct dns_question, name) + q->name_n;
}

int
dns_question_check(const struct dns_question *q, size_t n)
{
	if (n < offsetof(struct dns_question, name) ||
	    q->name_n > sizeof(q->name) || n != dns_question_size(q))
		return -1;
	return 0;
}

void
dns_answer_write(struct buf *out, uint32_t id, const struct dns_answer *answer)
{
	struct answer_head head = {.id = id, .ttl = answer->ttl,
	    .n = (uint16_t)answer->n, .status = (uint8_t)answer->status,
	    .flags = (uint8_t)((answer->secure ? FLAG_SECURE : 0) |
	    (answer->bogus ? FLAG_BOGUS : 0))};
	bool whole = answer->n <= DNS_RECORDS_MAX;

	buf_reset(out);
	out->max = DNS_ANSWER_MAX;
	buf_append(out, &head, sizeof(head));
	for (size_t i = 0; whole && i < answer->n; i++) {
		const struct dns_record *r = &answer->records[i];
		struct record_head record = {(uint32_t)r->data.n,
		    r->preference};

		whole = buf_append(out, &record, sizeof(record)) == 0 &&
		    buf_append_slice(out, r->data) == 0;
	}
	if (whole)
		return;
	head.n = 0;
	head.status = DNS_TEMPERROR;
	buf_reset(out);
	buf_append(out, &head, sizeof(head));
}

/* Fills the records from a packet's octets, which the answer owns. */
static int
read_records(struct slice rest, size_t n, struct dns_record *records)
{
	for (size_t i = 0; i < n; i++) {
		struct record_head head;

		if (rest.n < sizeof(head))
			return -1;
		memcpy(&head, rest.p, sizeof(head));
		rest = slice_part(rest, sizeof(head), rest.n);
		if (head.size > rest.n || head.preference > 65535)
			return -1;
		records[i].data = slice_part(rest, 0, head.size);
		records[i].preference = (uint16_t)head.preference;
		rest = slice_part(rest, head.size, rest.n);
	}
	return rest.n == 0 ? 0 : -1;
}

int
dns_answer_read(struct slice packet, uint32_t *id, struct dns_answer *answer)
{
	struct answer_head head;
	size_t table;
	char *owned;

	*answer = (struct dns_answer){.status = DNS_TEMPERROR};
	if (packet.n < sizeof(head))
		return -1;
	memcpy(&head, packet.p, sizeof(head));
	if (head.n > DNS_RECORDS_MAX || head.status > DNS_OFF ||
	    (head.status == DNS_FOUND) != (head.n > 0))
		return -1;
	packet = slice_part(packet, sizeof(head), packet.n);
	table = head.n * sizeof(struct dns_record);
	owned = mem_alloc(table + packet.n + 1);
	if (packet.n > 0)
		memcpy(owned + table, packet.p, packet.n);
	if (read_records(slice_of(owned + table, packet.n), head.n,
	    (struct dns_record *)(void *)owned) < 0) {
		free(owned);
		return -1;
	}
	*id = head.id;
	*answer = (struct dns_answer){.status = (enum dns_status)head.status,
	    .records = (struct dns_record *)(void *)owned, .n = head.n,
	    .ttl = head.ttl, .secure = (head.flags & FLAG_SECURE) != 0,
	    .bogus = (head.flags & FLAG_BOGUS) != 0, .owned = owned};
	return 0;
}
