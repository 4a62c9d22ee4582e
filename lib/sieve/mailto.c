/* SPDX-License-Identifier: ISC */
/* mailto: URIs; of their header fields To, Cc, Bcc, Subject and Body count,
 * and what would forge trace fields is passed over (RFC 5436, 2.6). */
#include "mailto.h"

#include "mail/address.h"
#include "mail/encoding.h"
#include "mail/header.h"

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

/* Nothing at all is passed over. */
static int
add_recipient(struct mailto *out, struct slice one)
{
	struct slice local, domain;

	if (one.n == 0)
		return 0;
	if (out->n == MAILTO_RECIPIENTS_MAX ||
	    address_parse_path(one, true, &local, &domain) < 0 ||
	    domain.n == 0)
		return -1;
	out->to[out->n++] = one;
	return 0;
}

static int
add_recipients(struct mailto *out, struct slice list, struct arena *arena)
{
	while (list.p != NULL) {
		struct slice one = decode(slice_cut(&list, ','), arena);

		/* a comma of an address is within quotes; what stands as
		 * %2C elsewhere is between two */
		if (add_recipient(out, slice_trim(one)) == 0)
			continue;
		while (one.p != NULL)
			if (add_recipient(out,
			    slice_trim(slice_cut(&one, ','))) < 0)
				return -1;
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

		if (value.p == NULL ||
		    !header_name_is_valid(decode(name, arena)))
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

bool
mailto_is_other_uri(struct slice uri)
{
	struct slice rest = uri, scheme = slice_cut(&rest, ':');

	if (rest.n == 0 || scheme.n == 0 || !ascii_is_alpha(scheme.p[0]) ||
	    slice_case_is(scheme, "mailto"))
		return false;
	for (size_t i = 0; i < scheme.n; i++)
		if (!ascii_is_alnum(scheme.p[i]) && scheme.p[i] != '+' &&
		    scheme.p[i] != '-' && scheme.p[i] != '.')
			return false;
	return true;
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
