/* SPDX-License-Identifier: ISC */
/* mailto: URIs; of their header fields To, Cc, Bcc, Subject and Body count,
 * and what would forge trace fields is passed over (RFC 5436, 2.6). */
#include "mailto.h"

#include "mail/address.h"
#include "mail/encoding.h"

static struct slice
decode(struct slice text, struct arena *arena)
{
	struct buf out = BUF_INIT;
	struct slice copy;

	percent_decode(text, &out);
	copy = arena_copy(arena, buf_slice(&out));
	buf_free(&out);
	return copy;
}

static int
add_recipients(struct mailto *out, struct slice list, struct arena *arena)
{
	while (list.p != NULL) {
		struct slice local, domain;
		struct slice one = decode(slice_trim(slice_cut(&list, ',')),
		    arena);

		if (one.n == 0)
			continue;
		if (out->n == MAILTO_RECIPIENTS_MAX ||
		    address_parse_path(one, true, &local, &domain) < 0 ||
		    domain.n == 0)
			return -1;
		out->to[out->n++] = one;
	}
	return 0;
}

int
mailto_parse(struct slice uri, struct arena *arena, struct mailto *out)
{
	struct slice fields;

	*out = (struct mailto){.n = 0};
	if (!slice_case_starts(uri, "mailto:"))
		return -1;
	fields = slice_part(uri, 7, uri.n);
	if (add_recipients(out, slice_cut(&fields, '?'), arena) < 0)
		return -1;
	while (fields.p != NULL) {
		struct slice value = slice_cut(&fields, '&');
		struct slice name = slice_cut(&value, '=');

		if (value.p == NULL)
			return -1;
		if (slice_case_is(name, "subject"))
			out->subject = decode(value, arena);
		else if (slice_case_is(name, "body"))
			out->body = decode(value, arena);
		else if ((slice_case_is(name, "to") ||
		    slice_case_is(name, "cc") || slice_case_is(name, "bcc")) &&
		    add_recipients(out, value, arena) < 0)
			return -1;
	}
	return out->n > 0 ? 0 : -1;
}

bool
mailto_is_valid(struct slice uri)
{
	struct arena arena = ARENA_INIT;
	struct mailto parsed;
	bool valid = mailto_parse(uri, &arena, &parsed) == 0;

	arena_free(&arena);
	return valid;
}

int
mailto_encode(struct slice text, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		char escape[3] = {'%', hex[c >> 4], hex[c & 15]};

		if (ascii_is_alnum((char)c) || c == '-' || c == '.' ||
		    c == '_' || c == '~') {
			if (buf_append_char(out, (char)c) < 0)
				return -1;
		} else if (buf_append(out, escape, 3) < 0)
			return -1;
	}
	return 0;
}
