/* SPDX-License-Identifier: ISC */
/* Both the text and the values are hostile. */
#include "auth/spf_macro.h"

#include <string.h>

#define PARTS_MAX 256

struct macro {
	char letter;
	bool upper; /* the result is URL-escaped */
	unsigned keep; /* rightmost parts; 0: all */
	bool reverse;
	struct slice delimiters;
};

/* Reads `{letter digits r delimiters}' at text[at], behind the %.  Returns the
 * offset behind it, or 0. */
static size_t
read_macro(struct slice text, size_t at, enum spf_macro_place place,
    struct macro *macro)
{
	const char *letters = place == SPF_MACRO_EXPLANATION ?
	    "slodiphvcrt" : "slodiphv";
	unsigned digits = 0;
	size_t start;

	if (at + 2 >= text.n || text.p[at] != '{')
		return 0;
	macro->letter = ascii_lower(text.p[at + 1]);
	macro->upper = macro->letter != text.p[at + 1];
	if (!ascii_is_alpha(macro->letter) ||
	    strchr(letters, macro->letter) == NULL)
		return 0;
	macro->keep = 0;
	for (at += 2; at < text.n && ascii_is_digit(text.p[at]); at++) {
		digits = 1;
		macro->keep = macro->keep * 10 + (unsigned)(text.p[at] - '0');
		if (macro->keep > 1000)
			macro->keep = 1000;
	}
	if (digits > 0 && macro->keep == 0)
		return 0;
	macro->reverse = at < text.n && ascii_lower(text.p[at]) == 'r';
	at += macro->reverse;
	start = at;
	while (at < text.n && text.p[at] != '}' &&
	    strchr(".-+,/_=", text.p[at]) != NULL && text.p[at] != '\0')
		at++;
	macro->delimiters = slice_part(text, start, at);
	if (at >= text.n || text.p[at] != '}')
		return 0;
	return at + 1;
}

bool
spf_macro_is_valid(struct slice text, enum spf_macro_place place)
{
	struct macro macro;

	for (size_t i = 0; i < text.n;) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '%') {
			if (i + 1 < text.n && (text.p[i + 1] == '%' ||
			    text.p[i + 1] == '_' || text.p[i + 1] == '-')) {
				i += 2;
				continue;
			}
			i = read_macro(text, i + 1, place, &macro);
			if (i == 0)
				return false;
		} else if ((c > 0x20 && c < 0x7f) ||
		    (c == ' ' && place == SPF_MACRO_EXPLANATION)) {
			i++;
		} else {
			return false;
		}
	}
	return true;
}

static bool
is_top_label(struct slice label)
{
	bool alpha = false, hyphen = false;

	if (label.n == 0 || !ascii_is_alnum(label.p[0]) ||
	    !ascii_is_alnum(label.p[label.n - 1]))
		return false;
	for (size_t i = 0; i < label.n; i++) {
		if (!ascii_is_alnum(label.p[i]) && label.p[i] != '-')
			return false;
		alpha |= ascii_is_alpha(label.p[i]);
		hyphen |= label.p[i] == '-';
	}
	return alpha || hyphen;
}

/* Does the text end in a macro?  Valid text only. */
static bool
ends_in_macro(struct slice text)
{
	struct macro macro;
	bool last = false;

	for (size_t i = 0; i < text.n;) {
		last = false;
		if (text.p[i] != '%') {
			i++;
		} else if (text.p[i + 1] != '{') {
			i += 2;
		} else {
			i = read_macro(text, i + 1, SPF_MACRO_DOMAIN, &macro);
			last = true;
		}
	}
	return last;
}

bool
spf_domain_spec_is_valid(struct slice text)
{
	size_t dot;

	if (text.n == 0 || !spf_macro_is_valid(text, SPF_MACRO_DOMAIN))
		return false;
	if (ends_in_macro(text))
		return true;
	if (text.p[text.n - 1] == '.')
		text.n--;
	for (dot = text.n; dot > 0 && text.p[dot - 1] != '.'; dot--)
		;
	return dot > 0 && is_top_label(slice_part(text, dot, text.n));
}

static int
append_escaped(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool plain = ascii_is_alnum((char)c) || c == '-' || c == '.' ||
		    c == '_' || c == '~';

		if ((plain ? buf_append_char(out, (char)c) :
		    buf_format(out, "%%%02X", c)) < 0)
			return -1;
	}
	return 0;
}

/* Splits, keeps, reverses, joins. */
static int
transform(struct slice value, const struct macro *macro, struct buf *out)
{
	struct slice parts[PARTS_MAX];
	const char *p = value.p;
	size_t n = 0, start = 0, from = 0;
	struct slice delimiters = macro->delimiters.n > 0 ?
	    macro->delimiters : SLICE(".");

	for (size_t i = 0; i <= value.n; i++) {
		if (i < value.n && slice_find(delimiters, p[i]) == delimiters.n)
			continue;
		if (n == PARTS_MAX) { /* only the last ones can matter */
			memmove(parts, parts + 1, sizeof(parts) -
			    sizeof(parts[0]));
			n--;
		}
		parts[n++] = slice_part(value, start, i);
		start = i + 1;
	}
	if (macro->keep > 0 && macro->keep < n && !macro->reverse)
		from = n - macro->keep;
	if (macro->keep > 0 && macro->keep < n && macro->reverse)
		n = macro->keep;
	for (size_t i = from; i < n; i++) {
		struct slice part = parts[macro->reverse ? n - 1 - i : i];

		if ((i > from && buf_append_char(out, '.') < 0) ||
		    buf_append_slice(out, part) < 0)
			return -1;
	}
	return 0;
}

static struct slice
letter_value(const struct spf_macro_values *v, char letter, struct buf *number)
{
	switch (letter) {
	case 's': return v->sender;
	case 'l': return v->local;
	case 'o': return v->sender_domain;
	case 'd': return v->domain;
	case 'i': return v->ip_dotted;
	case 'p': return v->validated_name(v->cookie);
	case 'v': return v->version;
	case 'h': return v->helo;
	case 'c': return v->ip_text;
	case 'r': return v->receiver;
	default:
		buf_format(number, "%lld", (long long)v->now_s);
		return buf_slice(number);
	}
}

static int
expand_one(const struct macro *macro, const struct spf_macro_values *values,
    struct buf *out)
{
	struct buf number = BUF_INIT, text = BUF_LIMITED(out->max);
	struct slice value = letter_value(values, macro->letter, &number);
	int result;

	if (!macro->upper) {
		result = transform(value, macro, out);
	} else {
		result = transform(value, macro, &text);
		if (result == 0)
			result = append_escaped(out, buf_slice(&text));
	}
	buf_free(&number);
	buf_free(&text);
	return result;
}

int
spf_macro_expand(struct slice text, const struct spf_macro_values *values,
    struct buf *out)
{
	struct macro macro;
	int result = 0;

	for (size_t i = 0; i < text.n && result == 0;) {
		if (text.p[i] != '%') {
			result = buf_append_char(out, text.p[i++]);
		} else if (text.p[i + 1] == '{') {
			i = read_macro(text, i + 1, SPF_MACRO_EXPLANATION,
			    &macro);
			result = expand_one(&macro, values, out);
		} else {
			result = buf_append_text(out, text.p[i + 1] == '%' ?
			    "%" : text.p[i + 1] == '_' ? " " : "%20");
			i += 2;
		}
	}
	return result;
}
