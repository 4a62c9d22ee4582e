/* SPDX-License-Identifier: ISC */
/*
 * Filling in templates.
 */
#include "template.h"

#include <string.h>

/* The value whose `@NAME@' the text begins with, or NULL. */
static const struct template_value *
find(struct slice text, const struct template_value *values)
{
	for (; values->name != NULL; values++) {
		size_t n = strlen(values->name);

		if (text.n >= n + 2 && text.p[n + 1] == '@' &&
		    memcmp(text.p + 1, values->name, n) == 0)
			return values;
	}
	return NULL;
}

void
template_fill(
    struct slice text, const struct template_value *values, struct buf *out)
{
	while (text.n > 0) {
		size_t at = slice_find(text, '@');
		const struct template_value *value;

		buf_append(out, text.p, at);
		text = slice_part(text, at, text.n);
		if (text.n == 0)
			return;
		value = find(text, values);
		if (value == NULL)
			buf_append_char(out, '@');
		else
			buf_append_text(out, value->value);
		text = slice_part(text,
		    value == NULL ? 1 : strlen(value->name) + 2, text.n);
	}
}
