/* SPDX-License-Identifier: ISC */
/*
 * Goes through the blocks of a RAR 5 archive: check sum, size of the head,
 * head, data.  Sizes are the sender's, and each step goes forward.
 */
#include "rar.h"

#include <stdint.h>

#include "file_flag.h"

#define SIGNATURE_SIZE 8 /* "Rar!\x1a\7\1\0", of which slice_starts sees 7 */

enum { BLOCK_FILE = 2, BLOCK_ENCRYPTION = 4 };
enum { HAS_EXTRA = 1, HAS_DATA = 2 };
enum { RECORD_ENCRYPTION = 1 };

/* Seven bits an octet, the lowest first; 0 where it is cut or too long. */
static uint64_t
take_number(struct slice *s)
{
	uint64_t value = 0;
	unsigned char c;

	for (unsigned shift = 0; s->n > 0 && shift < 63; shift += 7) {
		c = (unsigned char)s->p[0];
		*s = slice_part(*s, 1, s->n);
		value |= (uint64_t)(c & 0x7f) << shift;
		if ((c & 0x80) == 0)
			return value;
	}
	*s = SLICE_NONE;
	return 0;
}

static struct slice
take_octets(struct slice *s, uint64_t n)
{
	size_t size = n < s->n ? (size_t)n : s->n;
	struct slice taken = slice_part(*s, 0, size);

	*s = slice_part(*s, size, s->n);
	return taken;
}

static bool
has_encryption(struct slice extra)
{
	while (extra.n > 0) {
		struct slice record = take_octets(&extra, take_number(&extra));

		if (record.n == 0)
			return false;
		if (take_number(&record) == RECORD_ENCRYPTION)
			return true;
	}
	return false;
}

/* What the next block says; *rest is behind it, or at its end. */
static unsigned
read_block(struct slice *rest)
{
	uint64_t type, flags, extra_size = 0, data_size = 0;
	struct slice head;

	take_octets(rest, 4); /* the check sum */
	head = take_octets(rest, take_number(rest));
	type = take_number(&head);
	flags = take_number(&head);
	if (type == BLOCK_ENCRYPTION)
		return CONTENT_ENCRYPTED;
	if ((flags & HAS_EXTRA) != 0)
		extra_size = take_number(&head);
	if ((flags & HAS_DATA) != 0)
		data_size = take_number(&head);
	take_octets(rest, data_size);
	if (type != BLOCK_FILE || extra_size > head.n)
		return 0;
	return has_encryption(slice_part(head, head.n - (size_t)extra_size,
	    head.n)) ? CONTENT_ENCRYPTED : 0;
}

unsigned
rar_flags(struct slice octets)
{
	struct slice rest = slice_part(octets, SIGNATURE_SIZE, octets.n);
	unsigned flags = 0;

	if (!slice_starts(octets, "Rar!\x1a\x07\x01"))
		return 0;
	while (rest.n > 0 && flags == 0)
		flags = read_block(&rest);
	return flags;
}
