/* SPDX-License-Identifier: ISC */
/* The flags of a message: five bits, and keywords as a text. */
#include <string.h>

#include "message.h"

static const struct {
	uint32_t bit;
	const char *name;
} system_flags[] = {
	{MESSAGE_SEEN, "\\Seen"},       {MESSAGE_ANSWERED, "\\Answered"},
	{MESSAGE_FLAGGED, "\\Flagged"}, {MESSAGE_DELETED, "\\Deleted"},
	{MESSAGE_DRAFT, "\\Draft"}
};
#define SYSTEM_FLAGS (sizeof(system_flags) / sizeof(system_flags[0]))

static uint32_t
flag_bit(struct slice flag)
{
	for (size_t i = 0; i < SYSTEM_FLAGS; i++)
		if (slice_case_is(flag, system_flags[i].name))
			return system_flags[i].bit;
	return 0;
}

/* RFC 9051, 9: atom. */
static bool
keyword_is_valid(struct slice flag)
{
	for (size_t i = 0; i < flag.n; i++)
		if (flag.p[i] <= ' ' || flag.p[i] == 0x7f ||
		    strchr("(){%*\"\\]", flag.p[i]) != NULL)
			return false;
	return flag.n > 0 && flag.n <= 255;
}

/* Where the keyword stands in the text; false when it is not there. */
static bool
keyword_find(const struct buf *keywords, struct slice flag, size_t *from,
    size_t *to)
{
	struct slice rest = buf_slice(keywords);

	while (rest.p != NULL && rest.n > 0) {
		struct slice one = slice_cut(&rest, ' ');

		if (!slice_case_equal(one, flag))
			continue;
		*from = (size_t)(one.p - keywords->p);
		*to = *from + one.n;
		return true;
	}
	return false;
}

int
message_flag_add(uint32_t *flags, struct buf *keywords, struct slice flag)
{
	uint32_t bit = flag_bit(flag);
	size_t from, to;

	*flags |= bit;
	if (bit != 0)
		return 0;
	if (!keyword_is_valid(flag))
		return -1;
	if (keyword_find(keywords, flag, &from, &to))
		return 0;
	if (keywords->n + flag.n + 1 > MESSAGE_KEYWORDS_MAX)
		return -1;
	if (keywords->n > 0)
		buf_append_char(keywords, ' ');
	return buf_append_slice(keywords, flag);
}

int
message_flag_remove(uint32_t *flags, struct buf *keywords, struct slice flag)
{
	uint32_t bit = flag_bit(flag);
	size_t from, to;

	*flags &= ~bit;
	if (bit != 0)
		return 0;
	if (!keyword_is_valid(flag))
		return -1;
	if (!keyword_find(keywords, flag, &from, &to))
		return 0;
	if (from > 0)
		from--;
	else if (to < keywords->n)
		to++;
	buf_remove(keywords, from, to);
	return 0;
}

void
message_flags_format(struct buf *out, uint32_t flags, struct slice keywords)
{
	size_t before = out->n;

	for (size_t i = 0; i < SYSTEM_FLAGS; i++)
		if (flags & system_flags[i].bit) {
			if (out->n > before)
				buf_append_char(out, ' ');
			buf_append_text(out, system_flags[i].name);
		}
	if (keywords.n == 0)
		return;
	if (out->n > before)
		buf_append_char(out, ' ');
	buf_append_slice(out, keywords);
}
