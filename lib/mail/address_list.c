/* SPDX-License-Identifier: ISC */
/*
 * Lists of addresses in header fields.  Two passes over each item: the first
 * finds how far it reaches and where its <> is, the second takes it apart.
 * Real mail writes much that no grammar has (commas in names, a quote that is
 * never closed), so nothing here fails: it marks the list as malformed.
 */
#include "address.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/comment.h"
#include "mail/encoded_word.h"

enum token_kind {
	TOKEN_END,
	TOKEN_ATOM,    /* also dots, literals and any odd octet */
	TOKEN_QUOTED,  /* with its quotes */
	TOKEN_COMMENT, /* with its brackets */
	TOKEN_SPECIAL  /* one of < > , ; : @ */
};

struct token {
	enum token_kind kind;
	struct slice text;
};

struct scanner {
	struct slice s;
	size_t at;
	/* No quote, comment or <> is closed from here on: their openings are
	 * ordinary octets then, or each of them would be searched again. */
	bool no_quotes, no_comments, no_angles;
};

static bool
is_special(char c)
{
	return c == '<' || c == '>' || c == ',' || c == ';' || c == ':' ||
	    c == '@';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Length of the quoted string at the head of s, or 0: it has no end. */
static size_t
quoted_length(struct slice s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		if (s.p[i] == '\\')
			i++;
	}
	return 0;
}

/* `[...]' without blanks or brackets inside; 0: none. */
static size_t
literal_length(struct slice s)
{
	for (size_t i = 1; i < s.n && s.p[i] > ' ' && s.p[i] < 0x7f; i++) {
		if (s.p[i] == ']')
			return i + 1;
		if (strchr("[<>@,\"(", s.p[i]) != NULL)
			break;
	}
	return 0;
}

static size_t
atom_length(const struct scanner *scan, struct slice s)
{
	size_t n = 0;

	while (n < s.n && !is_blank(s.p[n]) && !is_special(s.p[n])) {
		size_t literal;

		if (n > 0 && ((s.p[n] == '"' && !scan->no_quotes) ||
		    (s.p[n] == '(' && !scan->no_comments)))
			break;
		literal = s.p[n] == '[' ?
		    literal_length(slice_part(s, n, s.n)) : 0;
		n += literal > 0 ? literal : 1;
	}
	return n;
}

static struct token
next_token(struct scanner *scan)
{
	struct token token = {TOKEN_END, SLICE_NONE};
	struct slice s;
	size_t n = 0;

	while (scan->at < scan->s.n && is_blank(scan->s.p[scan->at]))
		scan->at++;
	s = slice_part(scan->s, scan->at, scan->s.n);
	if (s.n == 0)
		return token;
	if (is_special(s.p[0])) {
		token.kind = TOKEN_SPECIAL;
		n = 1;
	} else if (s.p[0] == '"' && !scan->no_quotes) {
		token.kind = TOKEN_QUOTED;
		n = quoted_length(s);
		scan->no_quotes = n == 0;
	} else if (s.p[0] == '(' && !scan->no_comments) {
		token.kind = TOKEN_COMMENT;
		n = comment_length(s);
		scan->no_comments = n == 0;
	}
	if (n == 0) {
		token.kind = TOKEN_ATOM;
		n = atom_length(scan, s);
	}
	token.text = slice_part(s, 0, n);
	scan->at += n;
	return token;
}

/* How far an item reaches; offsets into the value. */
struct item {
	struct slice text;    /* all of it */
	bool has_angle;
	struct slice before;  /* of the `<' */
	struct slice inside;
	struct slice after;   /* of the `>' */
	char ended_by;        /* , ; : or 0 */
};

/* Offset of the `>' for a `<' in front of `from', which moves behind the last
 * `<' on the way; s.n: there is none. */
static size_t
find_angle_end(struct slice s, size_t *from)
{
	bool quoted = false;

	for (size_t n = *from; n < s.n; n++) {
		if (s.p[n] == '\\')
			n++;
		else if (s.p[n] == '"')
			quoted = !quoted;
		else if (!quoted && s.p[n] == '>')
			return n;
		else if (!quoted && s.p[n] == '<')
			*from = n + 1;
	}
	/* Perhaps a quote was never closed. */
	return *from + slice_find(slice_part(s, *from, s.n), '>');
}

/* `<' was read: up to its `>'.  A comma ends an item whose `>' is missing. */
static void
read_angle(struct scanner *scan, struct item *item, size_t open)
{
	struct slice s = scan->s;
	size_t from = open + 1, n = s.n;

	if (!scan->no_angles)
		n = find_angle_end(s, &from);
	scan->no_angles = n == s.n;
	if (n == s.n) {
		from = open + 1;
		n = from + slice_find(slice_part(s, from, s.n), ',');
	}
	item->has_angle = true;
	item->inside = slice_part(s, from, n);
	scan->at = n < s.n && s.p[n] == '>' ? n + 1 : n;
}

static void
read_item(struct scanner *scan, struct item *item)
{
	size_t start = scan->at, angle_end = start, end;

	*item = (struct item){.text = SLICE_NONE};
	for (;;) {
		struct token token = next_token(scan);

		end = scan->at - token.text.n;
		if (token.kind == TOKEN_END)
			break;
		if (token.kind != TOKEN_SPECIAL)
			continue;
		if (token.text.p[0] == '<' && !item->has_angle) {
			item->before = slice_part(scan->s, start, end);
			read_angle(scan, item, end);
			angle_end = scan->at;
		} else if (strchr(",;:", token.text.p[0]) != NULL) {
			item->ended_by = token.text.p[0];
			break;
		}
	}
	item->text = slice_part(scan->s, start, end);
	if (item->has_angle)
		item->after = slice_part(scan->s, angle_end, end);
}

/* What is inside quotes or brackets, backslashes taken off. */
static void
unquote(struct slice s, struct buf *out)
{
	s = slice_part(s, 1, s.n - 1);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		buf_append_char(out, s.p[i]);
	}
}

/* Appends decoded words, with one blank between them and what is there. */
static void
append_words(struct buf *out, struct slice words)
{
	struct buf decoded = BUF_INIT;

	encoded_word_decode(words, &decoded);
	if (decoded.n > 0 && out->n > 0 && decoded.p[0] != ' ' &&
	    out->p[out->n - 1] != ' ')
		buf_append_char(out, ' ');
	buf_append_slice(out, buf_slice(&decoded));
	buf_free(&decoded);
}

/* Appends the words of a phrase; comments go to `comment'.  Neighbouring
 * atoms are decoded together, since blanks between encoded words vanish. */
static void
read_phrase(struct slice s, struct buf *name, struct buf *comment)
{
	struct scanner scan = {.s = s};
	struct slice run = SLICE_NONE;
	struct token token;

	do {
		struct buf plain = BUF_INIT;

		token = next_token(&scan);
		if (token.kind == TOKEN_ATOM || (token.kind ==
		    TOKEN_SPECIAL && token.text.p[0] != '>')) {
			if (run.p == NULL)
				run = token.text;
			run.n = (size_t)(token.text.p + token.text.n - run.p);
			continue;
		}
		if (run.p != NULL)
			append_words(name, run);
		run = SLICE_NONE;
		if (token.text.n > 1)
			unquote(token.text, &plain);
		append_words(token.kind == TOKEN_QUOTED ? name : comment,
		    buf_slice(&plain));
		buf_free(&plain);
	} while (token.kind != TOKEN_END);
}

/* Appends an addr-spec without its comments and blanks.  Returns the number
 * of words that had nothing but blanks between them (more than 1: this is no
 * address but a name). */
static size_t
read_spec(struct slice s, struct address *address, struct buf *comment)
{
	struct scanner scan = {.s = s};
	size_t words = 0;
	bool glued = false;
	struct token token;

	while ((token = next_token(&scan)).kind != TOKEN_END) {
		bool joint = token.kind == TOKEN_SPECIAL ||
		    token.text.p[0] == '.';

		if (token.kind == TOKEN_COMMENT) {
			struct buf plain = BUF_INIT;

			unquote(token.text, &plain);
			append_words(comment, buf_slice(&plain));
			buf_free(&plain);
			continue;
		}
		words += !joint && !glued;
		glued = token.kind == TOKEN_SPECIAL ||
		    token.text.p[token.text.n - 1] == '.';
		buf_append_slice(&address->text, token.text);
	}
	return words;
}

/* `@one,@two:rest' within <>: the rest (RFC 5322, 4.4). */
static struct slice
without_route(struct slice s)
{
	struct slice trimmed = slice_trim(s);
	size_t colon = slice_find(trimmed, ':');

	if (trimmed.n == 0 || trimmed.p[0] != '@' || colon == trimmed.n)
		return s;
	return slice_part(trimmed, colon + 1, trimmed.n);
}

static void
split_text(struct address *address)
{
	if (address_split(buf_slice(&address->text), &address->local,
	    &address->domain) < 0) {
		address->local = buf_slice(&address->text);
		address->domain = SLICE_NONE;
	}
}

static void
address_free(struct address *address)
{
	buf_free(&address->name);
	buf_free(&address->text);
}

/* 1 there is one, 0 nothing here. */
static int
parse_item(const struct item *item, struct address *address, bool *malformed)
{
	struct buf comment = BUF_INIT;
	size_t words = 0;

	*address = (struct address){.name = BUF_INIT, .text = BUF_INIT};
	if (item->has_angle) {
		read_phrase(item->before, &address->name, &comment);
		read_phrase(item->after, &address->name, &comment);
		read_spec(without_route(item->inside), address, &comment);
	} else if ((words = read_spec(item->text, address, &comment)) > 1) {
		/* Words and no <>: a name at best. */
		buf_reset(&address->text);
		buf_reset(&comment);
		read_phrase(item->text, &address->name, &comment);
		*malformed = true;
	}
	if (address->name.n == 0) {
		buf_free(&address->name);
		address->name = comment;
	} else {
		buf_free(&comment);
	}
	split_text(address);
	if (address->text.n > 0 || words > 1)
		return 1;
	address_free(address);
	return 0;
}

static void
list_add(struct address_list *list, size_t *capacity,
    const struct item *item, bool in_group)
{
	if (list->n == ADDRESS_LIST_MAX) {
		list->truncated = true;
		return;
	}
	if (list->n == *capacity) {
		*capacity = *capacity == 0 ? 2 : *capacity * 2;
		list->items = mem_array(
		    list->items, *capacity, sizeof(*list->items));
	}
	if (parse_item(item, &list->items[list->n], &list->malformed) == 0)
		return;
	list->items[list->n++].in_group = in_group;
}

void
address_list_parse(struct address_list *list, struct slice value)
{
	struct scanner scan = {.s = value};
	size_t capacity = 0;
	bool in_group = false;

	*list = (struct address_list){NULL, 0, false, false};
	while (scan.at < value.n && !list->truncated) {
		struct item item;

		read_item(&scan, &item);
		if (item.ended_by == ':' && !in_group && !item.has_angle) {
			in_group = true;
			continue;
		}
		if (item.ended_by == ':')
			list->malformed = true;
		list_add(list, &capacity, &item, in_group);
		if (item.ended_by == ';')
			in_group = false;
	}
}

void
address_list_free(struct address_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		address_free(&list->items[i]);
	free(list->items);
	*list = (struct address_list){NULL, 0, false, false};
}
