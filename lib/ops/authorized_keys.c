/* SPDX-License-Identifier: ISC */
/* Lines of authorized_keys: [OPTIONS] TYPE BASE64 [COMMENT]. */
#include "ops/authorized_keys.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct slice
next_word(struct slice *rest)
{
	size_t from = 0, to;

	while (from < rest->n && is_blank(rest->p[from]))
		from++;
	for (to = from; to < rest->n && !is_blank(rest->p[to]); to++)
		continue;
	struct slice word = slice_part(*rest, from, to);

	*rest = slice_part(*rest, to, rest->n);
	return word;
}

int
authorized_key_parse(struct slice pub, struct slice *type,
    struct slice *base64)
{
	struct slice rest = pub, line = slice_trim(slice_line(&rest));

	*type = next_word(&line);
	*base64 = next_word(&line);
	for (size_t i = 0; i < base64->n; i++)
		if (!ascii_is_alnum(base64->p[i]) && base64->p[i] != '+' &&
		    base64->p[i] != '/' && base64->p[i] != '=')
			return -1;
	return type->n > 0 && base64->n >= 16 ? 0 : -1;
}

/* Where the key's type begins in a line that holds the key, which stands
 * behind it; line.n: it does not. */
static size_t
find_key(struct slice line, struct slice base64, struct slice *comment)
{
	struct slice rest = line, word, before = SLICE_NONE;

	if (slice_trim(line).n == 0 || slice_trim(line).p[0] == '#')
		return line.n;
	while ((word = next_word(&rest)).n > 0) {
		if (slice_equal(word, base64) && before.n > 0) {
			*comment = rest;
			return (size_t)(before.p - line.p);
		}
		before = word;
	}
	return line.n;
}

size_t
authorized_keys_count(struct slice text, struct slice base64)
{
	struct slice comment;
	size_t n = 0;

	while (text.p != NULL && text.n > 0) {
		struct slice line = slice_line(&text);

		n += find_key(line, base64, &comment) < line.n;
	}
	return n;
}

void
authorized_keys_add(struct slice text, struct slice old_base64,
    struct slice new_pub, struct buf *out)
{
	struct slice type, base64, comment, rest = text;
	bool have = authorized_key_parse(new_pub, &type, &base64) < 0 ||
	    authorized_keys_count(text, base64) > 0;

	while (rest.p != NULL && rest.n > 0) {
		struct slice line = slice_line(&rest);
		size_t at = find_key(line, old_base64, &comment);

		buf_append_slice(out, line);
		buf_append_char(out, '\n');
		if (have || at == line.n)
			continue;
		buf_append_slice(out, slice_part(line, 0, at));
		buf_append_slice(out, type);
		buf_append_char(out, ' ');
		buf_append_slice(out, base64);
		buf_append_slice(out, comment);
		buf_append_char(out, '\n');
	}
}

void
authorized_keys_remove(struct slice text, struct slice base64,
    struct buf *out)
{
	struct slice comment;

	while (text.p != NULL && text.n > 0) {
		struct slice line = slice_line(&text);

		if (find_key(line, base64, &comment) < line.n)
			continue;
		buf_append_slice(out, line);
		buf_append_char(out, '\n');
	}
}
