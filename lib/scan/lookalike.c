/* SPDX-License-Identifier: ISC */
/*
 * Both names are brought to a skeleton, in which what looks alike is alike,
 * and compared there; the table holds the letters that common fonts draw as
 * Latin ones (after Unicode's confusables.txt, UTS 39).
 */
#include "lookalike.h"

#include <idn2.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

#define LABEL_MAX 63
#define EDIT_MIN 5  /* shorter names have too many neighbours */
#define EDIT_LONG 10 /* from here on two edits are few */

static const struct {
	uint32_t c;
	char latin;
} alike[] = {{0x131, 'i'}, {0x251, 'a'}, {0x261, 'g'}, {0x3b1, 'a'},
    {0x3b5, 'e'}, {0x3b9, 'i'}, {0x3ba, 'k'}, {0x3bd, 'v'}, {0x3bf, 'o'},
    {0x3c1, 'p'}, {0x3c4, 't'}, {0x3c5, 'u'}, {0x3c9, 'w'}, {0x430, 'a'},
    {0x432, 'b'}, {0x435, 'e'}, {0x43a, 'k'}, {0x43c, 'm'}, {0x43d, 'h'},
    {0x43e, 'o'}, {0x440, 'p'}, {0x441, 'c'}, {0x442, 't'}, {0x443, 'y'},
    {0x445, 'x'}, {0x455, 's'}, {0x456, 'i'}, {0x457, 'i'}, {0x458, 'j'},
    {0x461, 'w'}, {0x4bb, 'h'}, {0x4cf, 'l'}, {0x501, 'd'}, {0x51b, 'q'},
    {0x51d, 'w'}, {0x561, 'w'}, {0x570, 'h'}, {0x578, 'n'}, {0x57d, 'u'},
    {0x581, 'g'}, {0x585, 'o'}};

/* Of Latin letters with marks the letter: U+00E0 to U+017F. */
static const char unmarked[] =
    "aaaaaaaceeeeiiiidnooooo.ouuuuypyaaaaaaccccccccddddeeeeeeeeee"
    "gggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrr"
    "rrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

char
lookalike_letter(uint32_t c)
{
	static const char digits[] = "olzeasbtbg"; /* of 0 to 9 */

	if (c >= '0' && c <= '9')
		return digits[c - '0'];
	if (c < 0x80)
		return ascii_lower((char)c);
	if (c >= 0xe0 && c <= 0x17f)
		return unmarked[c - 0xe0];
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		if (alike[i].c == c)
			return alike[i].latin;
	return '?';
}

/* `rn' for m, `vv' for w, hyphens for nothing. */
static void
join_letters(struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		char c = b->p[i];

		if (c == '-')
			continue;
		if (n > 0 && c == 'n' && b->p[n - 1] == 'r')
			b->p[n - 1] = 'm';
		else if (n > 0 && c == 'v' && b->p[n - 1] == 'v')
			b->p[n - 1] = 'w';
		else
			b->p[n++] = c;
	}
	buf_truncate(b, n);
}

void
lookalike_skeleton(struct slice label, struct buf *out)
{
	char ascii[LABEL_MAX + 1], *text = NULL;
	struct slice rest = slice_part(label, 0, LABEL_MAX);
	uint32_t c;
	bool valid;

	if (slice_starts(rest, "xn--")) {
		memcpy(ascii, rest.p, rest.n);
		ascii[rest.n] = '\0';
		if (idn2_to_unicode_8z8z(ascii, &text, 0) == IDN2_OK)
			rest = slice_text(text);
	}
	while (rest.n > 0) {
		size_t n = utf8_next(rest, &c, &valid);

		rest = slice_part(rest, n, rest.n);
		buf_append_char(out, lookalike_letter(c));
	}
	idn2_free(text);
	join_letters(out);
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Letters changed, added, left out or swapped (Damerau, Levenshtein). */
static unsigned
distance(struct slice a, struct slice b)
{
	unsigned rows[3][LABEL_MAX + 2], *last = rows[0], *row = rows[1],
	    *before = rows[2];

	a = slice_part(a, 0, LABEL_MAX);
	b = slice_part(b, 0, LABEL_MAX);
	for (unsigned j = 0; j <= b.n; j++)
		last[j] = before[j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *kept = before;

		row[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			row[j] = least(least(last[j] + 1, row[j - 1] + 1),
			    last[j - 1] + (a.p[i - 1] != b.p[j - 1]));
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = kept;
	}
	return last[b.n];
}

/* The domain with a dot or hyphen behind it, and what it does not own. */
static bool
stands_in_front(struct slice host, struct slice domain)
{
	for (size_t at = 0; at + domain.n < host.n; at++) {
		struct slice rest = slice_part(host, at, host.n);
		size_t found = slice_find_text(rest, domain);
		size_t end = at + found + domain.n;

		if (end >= host.n)
			return false;
		at += found;
		if ((at == 0 || host.p[at - 1] == '.' ||
		    host.p[at - 1] == '-') &&
		    (host.p[end] == '.' || host.p[end] == '-'))
			return true;
	}
	return false;
}

static bool
is_near(struct slice a, struct slice b)
{
	if (b.n < EDIT_MIN)
		return false;
	return slice_find_text(a, b) == 0 || (a.n > b.n &&
	    slice_equal(slice_part(a, a.n - b.n, a.n), b)) ||
	    distance(a, b) <= (b.n >= EDIT_LONG ? 2 : 1);
}

bool
lookalike(struct slice host, struct slice registrable, struct slice domain)
{
	struct buf a = BUF_LIMITED(LABEL_MAX * 4);
	struct buf b = BUF_LIMITED(LABEL_MAX * 4);
	bool result;

	if (domain.n == 0 || registrable.n == 0 ||
	    slice_equal(registrable, domain))
		return false;
	if (stands_in_front(host, domain))
		return true;
	lookalike_skeleton(slice_part(registrable, 0,
	    slice_find(registrable, '.')), &a);
	lookalike_skeleton(slice_part(domain, 0, slice_find(domain, '.')), &b);
	result = slice_equal(buf_slice(&a), buf_slice(&b)) ||
	    is_near(buf_slice(&a), buf_slice(&b));
	buf_free(&a);
	buf_free(&b);
	return result;
}
