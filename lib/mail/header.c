/* SPDX-License-Identifier: ISC */
/*
 * The header, field by field, as slices of the message.  Trusts nothing; one
 * pass with memchr.  What ends it is an empty line or, as Postfix has it, the
 * first line that is neither field nor continuation: that line is body.
 */
#include "header.h"

#include <stdlib.h>

#include "base/mem.h"
#include "mail/encoded_word.h"

/* Offset behind the line that begins at `at'. */
static size_t
line_end(struct slice s, size_t at)
{
	size_t n = slice_find(slice_part(s, at, s.n), '\n');

	return at + n < s.n ? at + n + 1 : s.n;
}

static bool
is_empty_line(struct slice s, size_t at)
{
	return s.p[at] == '\n' ||
	    (s.p[at] == '\r' && at + 1 < s.n && s.p[at + 1] == '\n');
}

/* Length of a field's name at the head of s (RFC 5322, 3.6.8), and where its
 * colon is; 0: no field.  Blanks before the colon are the obsolete form. */
static size_t
name_length(struct slice s, size_t *colon)
{
	size_t n = 0, at;

	while (n < s.n && s.p[n] > ' ' && s.p[n] < 0x7f && s.p[n] != ':')
		n++;
	for (at = n; at < s.n && ascii_is_space(s.p[at]); at++)
		;
	*colon = at;
	return at < s.n && s.p[at] == ':' ? n : 0;
}

static struct slice
without_line_end(struct slice s)
{
	if (s.n > 0 && s.p[s.n - 1] == '\n') {
		s.n--;
		if (s.n > 0 && s.p[s.n - 1] == '\r')
			s.n--;
	}
	return s;
}

static void
add_field(struct header *h, size_t *capacity, struct slice whole, size_t name,
    size_t colon)
{
	struct header_field *field;

	if (h->n == *capacity) {
		*capacity = *capacity == 0 ? 32 : *capacity * 2;
		h->fields = mem_array(
		    h->fields, *capacity, sizeof(*h->fields));
	}
	field = &h->fields[h->n++];
	field->name = slice_part(whole, 0, name);
	field->value =
	    without_line_end(slice_part(whole, colon + 1, whole.n));
	field->whole = whole;
}

/* An mbox line, `From ' or quoted, is no field. */
static size_t
skip_mbox_line(struct slice message)
{
	if (slice_starts(message, "From ") || slice_starts(message, ">From "))
		return line_end(message, 0);
	return 0;
}

void
header_parse(struct header *h, struct slice message)
{
	size_t start = skip_mbox_line(message), at = start, end = 0;
	size_t capacity = 0, name, colon;

	*h = (struct header){.body = SLICE_NONE};
	for (; at < message.n && !is_empty_line(message, at); at = end) {
		end = line_end(message, at);
		name = name_length(slice_part(message, at, end), &colon);
		if (name == 0 && !ascii_is_space(message.p[at]))
			break;
		while (end < message.n && ascii_is_space(message.p[end]))
			end = line_end(message, end);
		if (name == 0)
			continue; /* a continuation of nothing */
		if (h->n == HEADER_FIELDS_MAX || end - start > HEADER_SIZE_MAX)
			h->truncated = true;
		else
			add_field(h, &capacity, slice_part(message, at, end),
			    name, colon);
	}
	h->text = slice_part(message, start, at);
	if (at < message.n && is_empty_line(message, at))
		at = line_end(message, at);
	else if (at == message.n)
		return;
	h->body = slice_part(message, at, message.n);
}

void
header_free(struct header *h)
{
	free(h->fields);
	h->fields = NULL;
	h->n = 0;
}

const struct header_field *
header_find(const struct header *h, const char *name, size_t index)
{
	struct slice wanted = slice_text(name);

	for (size_t i = 0; i < h->n; i++)
		if (h->fields[i].name.n == wanted.n &&
		    slice_case_equal(h->fields[i].name, wanted) &&
		    index-- == 0)
			return &h->fields[i];
	return NULL;
}

size_t
header_count(const struct header *h, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++)
		n += slice_case_is(h->fields[i].name, name);
	return n;
}

void
header_unfold(struct slice value, struct buf *out)
{
	size_t at;

	value = slice_trim(value);
	while ((at = slice_find(value, '\n')) < value.n) {
		struct slice line = slice_part(value, 0, at);

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		buf_append_slice(out, line);
		value = slice_part(value, at + 1, value.n);
	}
	buf_append_slice(out, value);
}

void
header_decode(struct slice value, struct buf *out)
{
	encoded_word_decode(slice_trim(value), out);
}

bool
header_name_is_valid(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ':')
			return false;
	return name.n > 0;
}

void
header_decoded(const struct header *h, const char *name, struct buf *out)
{
	const struct header_field *field = header_find(h, name, 0);

	if (field != NULL)
		header_decode(field->value, out);
}
