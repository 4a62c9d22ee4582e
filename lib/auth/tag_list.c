/* SPDX-License-Identifier: ISC */
/* Hostile text from messages and from DNS. */
#include "auth/tag_list.h"

static bool
name_is_valid(struct slice name)
{
	if (name.n == 0 || !ascii_is_alpha(name.p[0]))
		return false;
	for (size_t i = 1; i < name.n; i++)
		if (!ascii_is_alnum(name.p[i]) && name.p[i] != '_')
			return false;
	return true;
}

/* VALCHAR, with blanks and folds between (EAI messages have UTF-8 too). */
static bool
value_is_valid(struct slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c < 0x20 && c != '\t' && c != '\r' && c != '\n')
			return false;
		if (c == 0x7f)
			return false;
	}
	return true;
}

static bool
read_tag(struct tag *tag, struct slice item)
{
	size_t equals = slice_find(item, '=');

	if (equals == item.n)
		return false;
	tag->name = slice_trim(slice_part(item, 0, equals));
	tag->value = slice_trim(slice_part(item, equals + 1, item.n));
	return name_is_valid(tag->name) && value_is_valid(tag->value);
}

static int
add_tag(struct tag_list *list, struct slice item)
{
	struct tag tag;

	if (!read_tag(&tag, item) || list->n == TAG_LIST_MAX)
		return -1;
	for (size_t i = 0; i < list->n; i++)
		if (slice_equal(list->tags[i].name, tag.name))
			return -1;
	list->tags[list->n++] = tag;
	return 0;
}

int
tag_list_parse(struct tag_list *list, struct slice text)
{
	list->n = 0;
	while (text.p != NULL) {
		struct slice item = slice_cut(&text, ';');

		/* Only behind the last semicolon may there be nothing. */
		if (slice_trim(item).n == 0 && text.p == NULL && list->n > 0)
			break;
		if (add_tag(list, item) < 0)
			return -1;
	}
	return list->n > 0 ? 0 : -1;
}

void
tag_list_parse_lenient(struct tag_list *list, struct slice text)
{
	list->n = 0;
	while (text.p != NULL)
		add_tag(list, slice_cut(&text, ';'));
}

struct slice
tag_list_get(const struct tag_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (slice_is(list->tags[i].name, name))
			return list->tags[i].value;
	return SLICE_NONE;
}

struct slice
tag_text_get_blind(struct slice text, const char *name)
{
	while (text.p != NULL) {
		struct tag tag;

		if (read_tag(&tag, slice_cut(&text, ';')) &&
		    slice_case_is(tag.name, name))
			return tag.value;
	}
	return SLICE_NONE;
}

bool
tag_value_has(struct slice value, const char *word)
{
	while (value.p != NULL)
		if (slice_case_is(slice_trim(slice_cut(&value, ':')), word))
			return true;
	return false;
}
