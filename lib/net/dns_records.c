/* SPDX-License-Identifier: ISC */
#include "net/dns_records.h"

#include <stdlib.h>
#include <string.h>

#include "net/dns_name.h"
#include "net/dns_wire.h"

/* The data of one record appended to out; -1 if it is malformed. */
static int
append_data(enum dns_type type, struct slice data, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)data.p;
	size_t n = data.n, at = 0;

	switch (type) {
	case DNS_A:
		return n == 4 ? buf_append(out, p, n) : -1;
	case DNS_AAAA:
		return n == 16 ? buf_append(out, p, n) : -1;
	case DNS_MX:
		if (n < 3)
			return -1;
		return dns_name_from_wire(p + 2, n - 2, out) ==
		    (int)n - 2 ? 0 : -1;
	case DNS_NS:
	case DNS_PTR:
	case DNS_CNAME:
		return dns_name_from_wire(p, n, out) == (int)n ? 0 : -1;
	case DNS_TXT:
		while (at < n) {
			size_t string = p[at++];

			if (string > n - at ||
			    buf_append(out, p + at, string) < 0)
				return -1;
			at += string;
		}
		return 0;
	default:
		return buf_append(out, p, n);
	}
}

static int
compare_records(const void *a, const void *b)
{
	const struct dns_record *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return slice_compare(x->data, y->data);
}

/* Slices into one piece of memory, sorted. */
int
dns_records_read(enum dns_type type, const struct slice *data, size_t n,
    struct dns_answer *answer)
{
	struct buf octets = BUF_LIMITED(DNS_ANSWER_MAX);
	size_t table = n * sizeof(struct dns_record), room = table;
	struct dns_record *records;

	if (n > DNS_RECORDS_MAX)
		return -1;
	octets.max += table;
	/* An octet of a name is four at most; slices must not move. */
	for (size_t i = 0; i < n; i++)
		room += 4 * data[i].n;
	if (buf_reserve(&octets, room < octets.max ? room : octets.max) < 0)
		return -1;
	records = (struct dns_record *)(void *)octets.p;
	octets.n = table;
	for (size_t i = 0; i < n; i++) {
		const unsigned char *p = (const unsigned char *)data[i].p;
		size_t start = octets.n;

		if (append_data(type, data[i], &octets) < 0) {
			buf_free(&octets);
			return -1;
		}
		records[i] = (struct dns_record){
		    .data = slice_of(octets.p + start, octets.n - start)};
		if (type == DNS_MX)
			records[i].preference = (uint16_t)(p[0] << 8 | p[1]);
	}
	qsort(records, n, sizeof(*records), compare_records);
	answer->n = n;
	answer->records = records;
	answer->owned = octets.p;
	return 0;
}
