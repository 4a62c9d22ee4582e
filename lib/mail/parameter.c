/* SPDX-License-Identifier: ISC */
/*
 * Parameters of header fields.  First all pieces are found as slices, then
 * those of one name are put together; their number is bounded, so that the
 * second step is too.
 */
#include "parameter.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/number.h"
#include "mail/charset.h"
#include "mail/comment.h"
#include "mail/encoded_word.h"
#include "mail/encoding.h"

#define PIECE_INDEX_MAX 100000

struct piece {
	struct slice name;
	struct slice value; /* raw; without quotes if quoted */
	int64_t index;      /* of name*N; 0 for name and name* */
	bool quoted;
	bool is_plain;      /* neither *N nor * */
	bool is_encoded;    /* ended by * */
	bool is_used;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Blanks and comments (RFC 5322, 3.2.2). */
static size_t
skip_cfws(struct slice s, size_t at)
{
	while (at < s.n && (is_blank(s.p[at]) || s.p[at] == '('))
		at += s.p[at] == '(' ?
		    comment_skip(slice_part(s, at, s.n)) : 1;
	return at;
}

static bool
is_attribute_char(char c)
{
	return !is_blank(c) && c != '=' && c != ';' && c != '"' && c != '(' &&
	    c != ',' && c != '?';
}

/* Does `name=' or `name =' begin here?  Then a semicolon was forgotten. */
static bool
is_attribute(struct slice s, size_t at)
{
	size_t from = at;

	while (at < s.n && is_attribute_char(s.p[at]))
		at++;
	return at > from && at < s.n && s.p[at] == '=';
}

/* Word of the head: up to blank, comment or any of the stops. */
static struct slice
read_word(struct slice s, size_t *at, char stop)
{
	size_t from = *at;

	while (*at < s.n && !is_blank(s.p[*at]) && s.p[*at] != '(' &&
	    s.p[*at] != ';' && s.p[*at] != stop)
		++*at;
	return *at > from ? slice_part(s, from, *at) : SLICE_NONE;
}

static size_t
read_head(struct parameter_list *list, struct slice s)
{
	size_t at = skip_cfws(s, 0);

	list->type = read_word(s, &at, '/');
	at = skip_cfws(s, at);
	if (list->type.p == NULL || at == s.n || s.p[at] != '/')
		return at;
	at = skip_cfws(s, at + 1);
	list->subtype = read_word(s, &at, ';');
	return skip_cfws(s, at);
}

/* Between quotes; `at' is behind the first one.  Without a second one the
 * rest of the field. */
static void
read_quoted(struct slice s, size_t *at, struct piece *piece)
{
	size_t from = *at;

	while (*at < s.n && s.p[*at] != '"')
		*at += s.p[*at] == '\\' ? 2 : 1;
	piece->quoted = true;
	piece->value = slice_part(s, from, *at);
	*at = *at < s.n ? *at + 1 : s.n;
}

/* Up to a semicolon, a comment at the end, or a forgotten semicolon. */
static void
read_unquoted(struct slice s, size_t *at, struct piece *piece)
{
	size_t from = *at, end = s.n;

	for (; *at < s.n && s.p[*at] != ';'; ++*at) {
		if (!is_blank(s.p[*at]) || *at + 1 == s.n)
			continue;
		if (is_attribute(s, *at + 1))
			break;
		if (s.p[*at + 1] == '(') {
			size_t behind = skip_cfws(s, *at);

			if (end == s.n)
				end = *at;
			*at = behind - 1;
			if (behind < s.n && s.p[behind] != ';')
				end = s.n;
		}
	}
	piece->value = slice_trim(slice_part(s, from, end < *at ? end : *at));
	if (piece->value.n == 0)
		piece->value = SLICE_NONE;
}

/* `title*1*': title, 1, encoded. */
static void
read_name(struct slice name, struct piece *piece)
{
	size_t star = slice_find(name, '*');
	struct slice index = slice_part(name, star + 1, name.n);

	piece->name = slice_trim(slice_part(name, 0, star));
	piece->is_plain = star == name.n;
	if (piece->is_plain)
		return;
	piece->is_encoded = index.n == 0 || index.p[index.n - 1] == '*';
	if (piece->is_encoded && index.n > 0)
		index.n--;
	number_parse(slice_trim(index), 0, PIECE_INDEX_MAX, &piece->index);
}

/* One `name=value'; false where there is none, *at behind it. */
static bool
read_piece(struct slice s, size_t *at, struct piece *piece)
{
	size_t from, equals;

	*at = skip_cfws(s, *at);
	while (*at < s.n && s.p[*at] == ';')
		*at = skip_cfws(s, *at + 1);
	from = equals = *at;
	while (equals < s.n && s.p[equals] != '=' && s.p[equals] != ';')
		equals++;
	*at = equals;
	if (equals == s.n || s.p[equals] == ';')
		return false;
	*piece = (struct piece){.value = SLICE_NONE};
	read_name(slice_part(s, from, equals), piece);
	*at = skip_cfws(s, equals + 1);
	if (*at < s.n && s.p[*at] == '"') {
		++*at;
		read_quoted(s, at, piece);
	} else {
		read_unquoted(s, at, piece);
	}
	return piece->name.n > 0 && piece->value.p != NULL;
}

/* The octets of a value: backslashes and line ends taken out. */
static void
plain_value(const struct piece *piece, struct buf *out)
{
	struct slice s = piece->value;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r' || s.p[i] == '\n')
			continue;
		if (piece->quoted && s.p[i] == '\\' && i + 1 < s.n)
			i++;
		buf_append_char(out, s.p[i]);
	}
}

/* Cuts `charset'language'' off an encoded value (RFC 2231, 4). */
static struct slice
cut_charset(struct slice *value)
{
	size_t first = slice_find(*value, '\'');
	size_t second = first + 1 +
	    slice_find(slice_part(*value, first + 1, value->n), '\'');
	struct slice charset = slice_part(*value, 0, first);

	if (second >= value->n)
		return SLICE_NONE;
	*value = slice_part(*value, second + 1, value->n);
	return charset;
}

/* The unused piece of that name with the lowest index, or NULL. */
static struct piece *
next_piece(struct piece *pieces, size_t n, struct slice name)
{
	struct piece *next = NULL;

	for (size_t i = 0; i < n; i++) {
		struct piece *piece = &pieces[i];

		if (piece->is_used || piece->is_plain ||
		    (next != NULL && piece->index >= next->index) ||
		    !slice_case_equal(piece->name, name))
			continue;
		next = piece;
	}
	return next;
}

/* Puts name*, or name*0, name*1 ... together.  Gaps are passed over. */
static void
join_pieces(struct piece *pieces, size_t n, struct slice name,
    struct buf *out)
{
	struct buf octets = BUF_INIT, charset = BUF_INIT;
	struct piece *piece;
	bool first = true;

	while ((piece = next_piece(pieces, n, name)) != NULL) {
		struct buf plain = BUF_INIT;
		struct slice value;

		piece->is_used = true;
		plain_value(piece, &plain);
		value = buf_slice(&plain);
		if (piece->is_encoded && first)
			buf_append_slice(&charset, cut_charset(&value));
		if (piece->is_encoded)
			percent_decode(value, &octets);
		else
			buf_append_slice(&octets, value);
		first = false;
		buf_free(&plain);
	}
	charset_to_utf8(buf_slice(&charset), buf_slice(&octets), out);
	buf_free(&octets);
	buf_free(&charset);
}

static void
add_parameter(struct parameter_list *list, struct piece *pieces, size_t n,
    struct piece *piece)
{
	struct parameter *item = &list->items[list->n++];
	struct buf plain = BUF_INIT;

	item->name = piece->name;
	item->value = (struct buf)BUF_INIT;
	if (next_piece(pieces, n, piece->name) != NULL) {
		join_pieces(pieces, n, piece->name, &item->value);
	} else {
		plain_value(piece, &plain);
		encoded_word_decode(buf_slice(&plain), &item->value);
		buf_free(&plain);
	}
	for (size_t i = 0; i < n; i++)
		if (slice_case_equal(pieces[i].name, item->name))
			pieces[i].is_used = true;
}

void
parameter_list_parse(struct parameter_list *list, struct slice value)
{
	struct piece pieces[PARAMETERS_MAX];
	size_t n = 0, at;

	*list = (struct parameter_list){.type = SLICE_NONE};
	at = read_head(list, value);
	if (list->type.p == NULL)
		return;
	while (at < value.n && n < PARAMETERS_MAX)
		n += read_piece(value, &at, &pieces[n]);
	list->truncated = at < value.n;
	if (n == 0)
		return;
	list->items = mem_array(NULL, n, sizeof(*list->items));
	for (size_t i = 0; i < n; i++)
		if (!pieces[i].is_used)
			add_parameter(list, pieces, n, &pieces[i]);
}

void
parameter_list_free(struct parameter_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		buf_free(&list->items[i].value);
	free(list->items);
	list->items = NULL;
	list->n = 0;
}

struct slice
parameter_find(const struct parameter_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (slice_case_is(list->items[i].name, name))
			return buf_slice(&list->items[i].value);
	return SLICE_NONE;
}

#define WRITE_PIECE_MAX 60 /* characters of one RFC 2231 piece */

/* attribute-char of RFC 2231, 7. */
static bool
needs_no_escape(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

static int
write_encoded(const char *name, struct slice value, struct buf *out)
{
	int index = 0;

	while (value.n > 0) {
		size_t used = 0;

		if (buf_format(out, ";\r\n\t%s*%d*=%s", name, index,
		    index == 0 ? "utf-8''" : "") < 0)
			return -1;
		for (; value.n > 0 && used < WRITE_PIECE_MAX - 2; used += 3) {
			char c = value.p[0];

			if ((needs_no_escape(c) ? buf_append_char(out, c) :
			    buf_format(out, "%%%02X", (unsigned char)c)) < 0)
				return -1;
			value = slice_part(value, 1, value.n);
		}
		index++;
	}
	return 0;
}

int
parameter_write(const char *name, struct slice value, struct buf *out)
{
	/* readers, ours too, take =? within quotes for an encoded word */
	bool ascii = value.n < WRITE_PIECE_MAX &&
	    slice_find_text(value, SLICE("=?")) == value.n;
	bool token = value.n > 0;
	struct buf quoted = BUF_INIT;
	int result;

	for (size_t i = 0; i < value.n; i++) {
		token = token && needs_no_escape(value.p[i]);
		ascii = ascii && value.p[i] >= ' ' && value.p[i] <= '~';
		if (value.p[i] == '"' || value.p[i] == '\\')
			buf_append_char(&quoted, '\\');
		buf_append_char(&quoted, value.p[i]);
	}
	if (!ascii)
		result = write_encoded(name, value, out);
	else
		result = buf_format(out, token ? ";\r\n\t%s=%s" :
		    ";\r\n\t%s=\"%s\"", name, buf_text(&quoted));
	buf_free(&quoted);
	return result;
}
