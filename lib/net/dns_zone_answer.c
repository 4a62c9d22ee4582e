/* SPDX-License-Identifier: ISC */
/* A zone as the server of all names (RFC 1034, 4.3.2). */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/dns_name.h"
#include "net/dns_records.h"
#include "net/dns_zone.h"

#define CHAIN_MAX 12 /* names of one answer */
#define TYPE_DNAME 39

struct node {
	size_t first, end; /* its records */
	bool exists;       /* it may have none, and names below it */
	bool is_dname;     /* one DNAME record of a name above */
};

const struct dns_special *
dns_zone_special(const struct dns_zone *zone, struct slice name)
{
	size_t low = 0, high = zone->specials_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_compare(name,
		    slice_text(zone->specials[middle].name));

		if (order == 0)
			return &zone->specials[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

void
dns_zone_key(struct slice name, struct buf *out)
{
	size_t end = name.n;

	while (end > 0) {
		size_t start = end;

		while (start > 0 && name.p[start - 1] != '.')
			start--;
		buf_append_slice(out, slice_part(name, start, end));
		buf_append_char(out, '\0');
		end = start > 0 ? start - 1 : 0;
	}
}

static struct slice
record_key(const struct dns_zone *zone, size_t i)
{
	return slice_of(zone->octets.p + zone->records[i].key,
	    zone->records[i].key_n);
}

static struct slice
record_data(const struct dns_zone *zone, size_t i)
{
	return slice_of(zone->octets.p + zone->records[i].data,
	    zone->records[i].data_n);
}

static struct node
find_node(const struct dns_zone *zone, struct slice key)
{
	size_t low = 0, high = zone->records_n;
	struct node node = {0};

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice_compare(record_key(zone, middle), key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	node.first = node.end = low;
	while (node.end < zone->records_n &&
	    slice_equal(record_key(zone, node.end), key))
		node.end++;
	node.exists = key.n == 0 || node.end > node.first ||
	    (low < zone->records_n && record_key(zone, low).n > key.n &&
	    slice_equal(slice_part(record_key(zone, low), 0, key.n), key));
	return node;
}

/* The node's records of a type alone; none: false. */
static bool
narrow(const struct dns_zone *zone, unsigned type, struct node *node)
{
	while (node->first < node->end &&
	    zone->records[node->first].type != type)
		node->first++;
	while (node->end > node->first &&
	    zone->records[node->end - 1].type != type)
		node->end--;
	return node->first < node->end;
}

static void
note_ttl(const struct dns_zone *zone, const struct node *node,
    struct dns_answer *answer)
{
	for (size_t i = node->first; i < node->end; i++)
		if (zone->records[i].ttl < answer->ttl)
			answer->ttl = zone->records[i].ttl;
}

static void
answer_records(const struct dns_zone *zone, const struct node *node,
    enum dns_type type, struct dns_answer *answer)
{
	size_t n = node->end - node->first;
	struct slice *data = mem_array(NULL, n, sizeof(*data));

	for (size_t i = 0; i < n; i++)
		data[i] = record_data(zone, node->first + i);
	if (dns_records_read(type, data, n, answer) == 0)
		answer->status = DNS_FOUND;
	free(data);
}

/* The name that a CNAME record, or part of one that a DNAME record leads to:
 * `below' are the labels that stay.  -1 if that is no name. */
static int
lead_on(const struct dns_zone *zone, size_t record, struct slice below,
    struct buf *name)
{
	struct slice data = record_data(zone, record);
	struct buf target = BUF_LIMITED(DNS_NAME_TEXT_MAX);
	struct buf next = BUF_LIMITED(DNS_NAME_TEXT_MAX);
	int result = dns_name_from_wire((const unsigned char *)data.p, data.n,
	    &target) == (int)data.n ? 0 : -1;

	if (result == 0 && below.n > 0)
		result = dns_name_normalize(below, buf_slice(&target), &next);
	else if (result == 0)
		result = buf_append_slice(&next, buf_slice(&target));
	if (result == 0) {
		buf_reset(name);
		buf_append_slice(name, buf_slice(&next));
	}
	buf_free(&target);
	buf_free(&next);
	return result;
}

/* Labels of a key. */
static size_t
label_count(struct slice key)
{
	size_t n = 0;

	for (size_t i = 0; i < key.n; i++)
		n += key.p[i] == '\0';
	return n;
}

/* The first n labels of a name. */
static struct slice
first_labels(struct slice name, size_t n)
{
	size_t end = 0;

	for (; end < name.n; end++)
		if (name.p[end] == '.' && --n == 0)
			break;
	return slice_part(name, 0, end);
}

/* What stands for a name that does not exist: a DNAME record above it, or the
 * wildcard of the closest name above it that exists. */
static struct node
find_stand_in(const struct dns_zone *zone, struct slice key)
{
	struct buf wild = BUF_INIT;
	struct node node;
	size_t encloser = 0;

	for (size_t end = 0; end < key.n;) {
		node = find_node(zone, slice_part(key, 0, end));
		if (!node.exists)
			break;
		encloser = end;
		if (narrow(zone, TYPE_DNAME, &node)) {
			node.is_dname = true;
			return node;
		}
		end += strlen(key.p + end) + 1;
	}
	buf_append(&wild, key.p, encloser);
	buf_append(&wild, "*", 2);
	node = find_node(zone, buf_slice(&wild));
	node.exists = node.end > node.first;
	buf_free(&wild);
	return node;
}

/* One name of the chain.  True when the chain goes on with *name. */
static bool
answer_step(const struct dns_zone *zone, struct buf *name, enum dns_type type,
    struct dns_answer *answer)
{
	struct buf key = BUF_INIT;
	struct slice below = SLICE_NONE;
	struct node node, of_type;
	bool goes_on = false;

	dns_zone_key(buf_slice(name), &key);
	node = find_node(zone, buf_slice(&key));
	if (!node.exists)
		node = find_stand_in(zone, buf_slice(&key));
	if (node.is_dname)
		below = first_labels(buf_slice(name),
		    label_count(buf_slice(&key)) -
		    label_count(record_key(zone, node.first)));
	of_type = node;
	if (!node.exists) {
		answer->status = DNS_NXDOMAIN;
	} else if (!node.is_dname && narrow(zone, type, &of_type)) {
		note_ttl(zone, &of_type, answer);
		answer_records(zone, &of_type, type, answer);
	} else if (node.is_dname || narrow(zone, DNS_CNAME, &node)) {
		note_ttl(zone, &node, answer);
		goes_on = lead_on(zone, node.first, below, name) == 0;
	} else {
		answer->status = DNS_NODATA;
	}
	buf_free(&key);
	return goes_on;
}

void
dns_zone_answer(const struct dns_zone *zone, struct slice name,
    enum dns_type type, struct dns_answer *answer)
{
	struct buf now = BUF_LIMITED(DNS_NAME_TEXT_MAX);
	bool goes_on = true;

	*answer = (struct dns_answer){.status = DNS_TEMPERROR,
	    .ttl = UINT32_MAX};
	buf_append_slice(&now, name);
	for (int i = 0; goes_on && i < CHAIN_MAX; i++) {
		const struct dns_special *special = dns_zone_special(zone,
		    buf_slice(&now));

		answer->status = DNS_TEMPERROR;
		if (special != NULL &&
		    special->trouble == DNS_TROUBLE_SERVFAIL)
			break;
		goes_on = answer_step(zone, &now, type, answer);
	}
	if (answer->ttl > DNS_ZONE_TTL && answer->status != DNS_FOUND)
		answer->ttl = DNS_ZONE_TTL;
	buf_free(&now);
}
