/* SPDX-License-Identifier: ISC */
/* Shared by every kind of signature over header fields. */
#include "auth/signed_header.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int
compare_fields(const void *a, const void *b, void *cookie)
{
	const struct header *header = cookie;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	int order = slice_case_compare(header->fields[i].name,
	    header->fields[j].name);

	if (order != 0)
		return order;
	return i < j ? 1 : -1;
}

void
signed_header_init(struct signed_header *s, const struct header *header)
{
	s->header = header;
	s->order = mem_array(NULL, header->n + 1, sizeof(*s->order));
	s->used = mem_array(NULL, header->n + 1, sizeof(*s->used));
	s->scratch = (struct buf)BUF_INIT;
	for (size_t i = 0; i < header->n; i++)
		s->order[i] = i;
	qsort_r(s->order, header->n, sizeof(*s->order), compare_fields,
	    (void *)(uintptr_t)header);
	signed_header_restart(s);
}

void
signed_header_free(struct signed_header *s)
{
	free(s->order);
	free(s->used);
	buf_free(&s->scratch);
}

void
signed_header_restart(struct signed_header *s)
{
	memset(s->used, 0, (s->header->n + 1) * sizeof(*s->used));
}

const struct header_field *
signed_header_next(struct signed_header *s, struct slice name)
{
	const struct header_field *fields = s->header->fields;
	size_t low = 0, high = s->header->n, at;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice_case_compare(fields[s->order[middle]].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == s->header->n)
		return NULL;
	at = low + s->used[low];
	if (at >= s->header->n ||
	    slice_case_compare(fields[s->order[at]].name, name) != 0)
		return NULL;
	s->used[low]++;
	return &fields[s->order[at]];
}

void
signed_header_hash(struct signed_header *s, enum canon canon,
    const struct header_field *field, struct sha256 *hash)
{
	buf_truncate(&s->scratch, 0);
	canon_field(canon, field->name, field->value, field->whole,
	    &s->scratch);
	sha256_add(hash, s->scratch.p, s->scratch.n);
}

void
signed_header_hash_signature(struct signed_header *s, enum canon canon,
    const struct header_field *field, struct slice raw_b, struct sha256 *hash)
{
	const char *end = field->value.p + field->value.n;
	const char *from = raw_b.p, *to = raw_b.p + raw_b.n;
	size_t before = (size_t)(field->value.p - field->whole.p);
	struct buf copy = BUF_INIT;

	while (from > field->value.p && from[-1] != '=')
		from--;
	while (to < end && *to != ';')
		to++;
	buf_append(&copy, field->whole.p, (size_t)(from - field->whole.p));
	buf_append(&copy, to, (size_t)(end - to));
	buf_truncate(&s->scratch, 0);
	canon_field(canon, field->name, slice_part(buf_slice(&copy), before,
	    copy.n), buf_slice(&copy), &s->scratch);
	sha256_add(hash, s->scratch.p, s->scratch.n - 2);
	buf_free(&copy);
}

