/* SPDX-License-Identifier: ISC */
/*
 * Encoded words.  One pass: a word is tried at each `=?' and reaches at most
 * to the third `?' behind it, so a text of unfinished words stays linear.
 */
#include "encoded_word.h"

#include <string.h>

#include "mail/charset.h"
#include "mail/encoding.h"
#include "base/utf8.h"

struct word {
	struct slice charset, text;
	bool base64;
	size_t n; /* of the whole word */
};

static bool
is_token(char c)
{
	return c > ' ' && c < 0x7f && strchr("()<>@,;:\"/[]?=", c) == NULL;
}

/* s begins with `=?'. */
static bool
word_parse(struct slice s, struct word *word)
{
	size_t at = 2, end;

	while (at < s.n && is_token(s.p[at]))
		at++;
	word->charset = slice_part(s, 2, at);
	if (at == 2 || at + 3 > s.n || s.p[at] != '?' || s.p[at + 2] != '?')
		return false;
	switch (s.p[at + 1]) {
	case 'b': case 'B': word->base64 = true; break;
	case 'q': case 'Q': word->base64 = false; break;
	default: return false;
	}
	at += 3;
	end = at + slice_find(slice_part(s, at, s.n), '?');
	if (end + 1 >= s.n || s.p[end + 1] != '=')
		return false;
	word->text = slice_part(s, at, end);
	word->n = end + 2;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
all_blank(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_blank(s.p[i]))
			return false;
	return true;
}

/* `Q' (RFC 2047, 4.2); a fold inside the word and its blanks are dropped. */
static void
decode_q(struct slice s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '=' && i + 2 < s.n && ascii_hex(s.p[i + 1]) >= 0 &&
		    ascii_hex(s.p[i + 2]) >= 0) {
			c = (char)(ascii_hex(s.p[i + 1]) * 16 +
			    ascii_hex(s.p[i + 2]));
			i += 2;
		} else if (c == '_') {
			c = ' ';
		} else if (c == '\r' || c == '\n') {
			while (i + 1 < s.n && is_blank(s.p[i + 1]))
				i++;
			continue;
		}
		buf_append_char(out, c);
	}
}

/* Text between words: each fold and the blanks around it are one blank. */
static void
append_plain(struct slice s, struct buf *out)
{
	while (s.n > 0) {
		size_t at = 0, end;

		while (at < s.n && s.p[at] != '\n' && s.p[at] != '\r')
			at++;
		for (end = at; end > 0 && at < s.n && is_blank(s.p[end - 1]);)
			end--;
		utf8_append_clean(out, slice_part(s, 0, end));
		if (at == s.n)
			return;
		while (at < s.n && is_blank(s.p[at]))
			at++;
		buf_append_char(out, ' ');
		s = slice_part(s, at, s.n);
	}
}

/* Offset of the next word, which is parsed, or s.n. */
static size_t
find_word(struct slice s, struct word *word)
{
	size_t at = 0;

	for (;;) {
		at += slice_find_text(slice_part(s, at, s.n), SLICE("=?"));
		if (at >= s.n || word_parse(slice_part(s, at, s.n), word))
			return at;
		at += 2;
	}
}

/* What was decoded of words in one charset, not yet converted. */
struct pending {
	struct slice name;
	struct buf octets;
};

static void
pending_flush(struct pending *p, struct buf *out)
{
	charset_to_utf8(p->name, buf_slice(&p->octets), out);
	buf_truncate(&p->octets, 0);
}

static void
pending_add(struct pending *p, const struct word *word, struct buf *out)
{
	if (p->octets.n > 0 && !slice_case_equal(p->name, word->charset))
		pending_flush(p, out);
	p->name = word->charset;
	if (word->base64)
		base64_decode(word->text, &p->octets);
	else
		decode_q(word->text, &p->octets);
}

void
encoded_word_decode(struct slice text, struct buf *out)
{
	struct pending pending = {SLICE_NONE, BUF_INIT};
	struct word word = {.n = 0};
	bool behind_word = false;
	size_t at;

	while (text.n > 0) {
		struct slice plain;

		at = find_word(text, &word);
		plain = slice_part(text, 0, at);
		if (at == text.n || !behind_word || !all_blank(plain)) {
			pending_flush(&pending, out);
			append_plain(plain, out);
		}
		if (at == text.n)
			break;
		pending_add(&pending, &word, out);
		behind_word = true;
		text = slice_part(text, at + word.n, text.n);
	}
	pending_flush(&pending, out);
	buf_free(&pending.octets);
}

static bool
is_plain(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > '~' ||
		    strchr("()<>@,;:\"[]\\", text.p[i]) != NULL)
			return false;
	return slice_find_text(text, SLICE("=?")) == text.n &&
	    (text.n == 0 || (text.p[0] != ' ' && text.p[text.n - 1] != ' '));
}

/* How many octets of text fit into `room' characters of base64, whole
 * characters only and at least one. */
static size_t
fitting(struct slice text, size_t room)
{
	struct slice part = utf8_cut(text, room / 4 * 3);
	uint32_t code;
	bool valid;

	return part.n > 0 ? part.n : utf8_next(text, &code, &valid);
}

int
encoded_word_encode(struct slice text, size_t column, struct buf *out)
{
	static const size_t frame = sizeof("=?UTF-8?B?" "?=") - 1;
	size_t before = out->n;
	bool first = true;

	if (is_plain(text))
		return buf_append_slice(out, text);
	while (text.n > 0) {
		size_t used = column + frame;
		size_t n = fitting(text, used + 4 > ENCODED_WORD_SIZE_MAX ?
		    4 : ENCODED_WORD_SIZE_MAX - used);

		if ((!first && buf_append_text(out, "\r\n ") < 0) ||
		    buf_append_text(out, "=?UTF-8?B?") < 0 ||
		    base64_encode(slice_part(text, 0, n), 0, out) < 0 ||
		    buf_append_text(out, "?=") < 0) {
			buf_truncate(out, before);
			return -1;
		}
		text = slice_part(text, n, text.n);
		first = false;
		column = 1;
	}
	return 0;
}
