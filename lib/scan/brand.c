/* SPDX-License-Identifier: ISC */
/*
 * Names of brands are compared as they are spelt, and as the eye takes them:
 * I, l and 1 alike, digits for letters, letters of other scripts.
 */
#include "brand.h"

#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "brand_table.h"
#include "lookalike.h"

#define NAME_MAX_N ((size_t)256)
#define WORDS_MAX 64
#define TOKEN_MIN 5     /* letters of a brand in a host */
#define DISGUISED_MIN 4 /* of one that is found by its looks */

/* What may stand beside a name that is a word as well. */
static const char service[] = "account accounts alert alerts app bank billing "
    "business card care center centre club com customer delivery department "
    "desk express for gift help helpdesk id info informs important live mail "
    "member membership my network news no noreply notice notification "
    "notifications of official online order parcel pay payment payments plus "
    "prime reply reward rewards secure security service services shipment "
    "shop store support team the tracking update updates us verification "
    "wallet your";

static bool
has_word(struct slice list, struct slice word)
{
	while (list.p != NULL)
		if (slice_equal(slice_cut(&list, ' '), word))
			return true;
	return false;
}

/* Under a suffix that anybody has for nothing, nobody is at home. */
static bool
is_earnest_suffix(struct slice suffix)
{
	static const char given[] = "tk ml ga cf gq";
	struct slice last = suffix;

	while (slice_find(last, '.') < last.n)
		slice_cut(&last, '.');
	return slice_is(last, "com") || slice_is(last, "net") ||
	    slice_is(last, "org") ||
	    (last.n == 2 && !has_word(slice_text(given), last));
}

/* One of its domains, or the first label of one under another suffix. */
static bool
is_own(const struct brand *brand, struct slice registrable)
{
	struct slice list = slice_text(brand->domains);
	size_t n = slice_find(registrable, '.');
	struct slice label = slice_part(registrable, 0, n);

	while (list.p != NULL) {
		struct slice domain = slice_cut(&list, ' ');

		if (slice_equal(domain, registrable) || (slice_equal(label,
		    slice_part(domain, 0, slice_find(domain, '.'))) &&
		    is_earnest_suffix(slice_part(registrable, n + 1,
		    registrable.n))))
			return true;
	}
	return false;
}

/* The small letter of Latin with marks and of Cyrillic; of Greek the Latin one
 * that its capital is drawn as. */
static uint32_t
small_of(uint32_t c)
{
	/* of U+0391 to U+03A9 */
	static const char greek[] = "ab\1\1ezh\1lk\1mn\1o\1p\1\1ty\1x\1\1";

	if (c >= 0x391 && c <= 0x3a9)
		return greek[c - 0x391] > 1 ? (uint32_t)greek[c - 0x391] : c;
	if ((c >= 0xc0 && c <= 0xde) || (c >= 0x410 && c <= 0x42f))
		return c + 0x20;
	return c >= 0x400 && c <= 0x40f ? c + 0x50 : c;
}

size_t
brand_of_domain(struct slice registrable)
{
	for (size_t i = 0; registrable.n > 0 && i < brands_n; i++)
		if (is_own(&brands[i], registrable))
			return i + 1;
	return 0;
}

bool
brand_owns(size_t brand, struct slice registrable)
{
	return brand > 0 && is_own(&brands[brand - 1], registrable);
}

/* As the eye takes it; 0: a mark that it passes over. */
static char
fold(uint32_t c)
{
	if (c >= 'a' && c <= 'z' && c != 'i') /* nearly all */
		return (char)c;
	if ((c >= 0x300 && c < 0x370) || (c >= 0x200b && c <= 0x200f) ||
	    c == 0x2060 || c == 0xfeff || c == 0xad)
		return 0;
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xfee0;
	else if (c >= 0x1d400 && c < 0x1d6a4)
		c = (uint32_t)"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
		    "uvwxyz"[(c - 0x1d400) % 52];
	c = small_of(c);
	if (c == 'I' || c == 'i' || c == '|')
		return 'l';
	if (c < 0x80 && !ascii_is_alnum((char)c))
		return (char)c;
	return lookalike_letter(c) == 'i' ? 'l' : lookalike_letter(c);
}

static void
append_folded(struct buf *out, struct slice s)
{
	uint32_t c;
	bool valid;

	while (s.n > 0) {
		size_t n = utf8_next(s, &c, &valid);
		char folded = fold(c);

		s = slice_part(s, n, s.n);
		if (folded != 0)
			buf_append_char(out, folded);
	}
}

/* Where words begin, so that a hundred names cost no more than one look at
 * each of them. */
struct words {
	struct buf text;
	uint16_t from[WORDS_MAX];
	size_t n;
	uint64_t initials; /* the octets they begin with, modulo 64 */
};

static uint64_t
initial(char c)
{
	return (uint64_t)1 << (c & 63);
}

static void
split_words(struct words *w)
{
	bool in_word = false;

	for (size_t i = 0; i < w->text.n && w->n < WORDS_MAX; i++) {
		bool is_letter = ascii_is_alnum(w->text.p[i]);

		if (!in_word) {
			w->from[w->n++] = (uint16_t)i;
			w->initials |= initial(w->text.p[i]);
		}
		in_word = is_letter;
	}
}

/* Where the name stands as whole words, or the size of the text. */
static size_t
find_words(const struct words *w, struct slice name, bool folded)
{
	char first = folded ? fold((unsigned char)name.p[0]) : name.p[0];

	if ((w->initials & initial(first)) == 0)
		return w->text.n;
	for (size_t i = 0; i < w->n; i++) {
		size_t at = w->from[i], end = at + name.n, k = 0;

		while (k < name.n && end <= w->text.n && w->text.p[at + k] ==
		    (folded ? fold((unsigned char)name.p[k]) : name.p[k]))
			k++;
		if (k == name.n && (end == w->text.n ||
		    !ascii_is_alnum(w->text.p[end])))
			return at;
	}
	return w->text.n;
}

static bool
is_service(struct slice words)
{
	for (size_t i = 0; i < words.n;) {
		size_t from;

		while (i < words.n && !ascii_is_alnum(words.p[i]))
			i++;
		for (from = i; i < words.n && ascii_is_alnum(words.p[i]);)
			i++;
		if (i > from && !ascii_is_digit(words.p[from]) &&
		    !has_word(slice_text(service),
		    slice_part(words, from, i)))
			return false;
	}
	return true;
}

static enum brand_claim
claim_of(const struct brand *brand, const struct words *lower,
    const struct words *folded, struct slice registrable)
{
	struct slice name = slice_text(brand->name);
	struct slice text = buf_slice(&lower->text);
	size_t at = find_words(lower, name, false);

	if (at < text.n && brand->is_word &&
	    !(is_service(slice_part(text, 0, at)) &&
	    is_service(slice_part(text, at + name.n, text.n))))
		return BRAND_NONE;
	if (at < text.n)
		return is_own(brand, registrable) ? BRAND_OWN : BRAND_FOREIGN;
	return name.n >= DISGUISED_MIN &&
	    find_words(folded, name, true) < folded->text.n &&
	    !is_own(brand, registrable) ? BRAND_DISGUISED : BRAND_NONE;
}

enum brand_claim
brand_of_name(struct slice name, struct slice registrable)
{
	struct words lower = {.text = BUF_LIMITED(NAME_MAX_N)};
	struct words folded = {.text = BUF_LIMITED(NAME_MAX_N)};
	enum brand_claim claim = BRAND_NONE;

	name = utf8_cut(name, NAME_MAX_N);
	buf_append_lower(&lower.text, name);
	append_folded(&folded.text, name);
	split_words(&lower);
	split_words(&folded);
	for (size_t i = 0; name.n > 0 && i < brands_n; i++) {
		enum brand_claim next =
		    claim_of(&brands[i], &lower, &folded, registrable);

		if (next > claim)
			claim = next;
	}
	buf_free(&lower.text);
	buf_free(&folded.text);
	return claim;
}

/* One word that is nothing else. */
static const struct brand *
find_brand(struct slice token)
{
	if (token.n < TOKEN_MIN)
		return NULL;
	for (size_t i = 0; i < brands_n; i++)
		if (!brands[i].is_word && brands[i].name[0] == token.p[0] &&
		    slice_is(token, brands[i].name))
			return &brands[i];
	return NULL;
}

/* `com', `net' and such behind a name look like the end of the host. */
static bool
begins_as_suffix(struct slice rest)
{
	static const char *const ends[] = {"com", "net", "org", "co.uk", "de",
	    "com.br", "fr", "es", "it", "nl"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(ends[i]);

		if (slice_starts(rest, ends[i]) && n < rest.n &&
		    (rest.p[n] == '.' || rest.p[n] == '-'))
			return true;
	}
	return false;
}

/* A token from `from' to `to' of the host: beside a hyphen in the label that
 * was registered, or with what looks like its suffix before that label. */
static bool
token_deceives(struct slice host, size_t from, size_t to, size_t label,
    struct slice registrable)
{
	const struct brand *brand = find_brand(slice_part(host, from, to));
	bool hyphen = (from > 0 && host.p[from - 1] == '-') ||
	    (to < host.n && host.p[to] == '-');

	if (brand == NULL || is_own(brand, registrable))
		return false;
	return (from >= label && hyphen) || (from < label && to < host.n &&
	    begins_as_suffix(slice_part(host, to + 1, host.n)));
}

/* Else a label of Latin letters is what it looks like. */
static bool
may_look_otherwise(struct slice label)
{
	for (size_t i = 0; i < label.n; i++)
		if (!ascii_is_alpha(label.p[i]) || (i > 0 &&
		    ((label.p[i] == 'n' && label.p[i - 1] == 'r') ||
		    (label.p[i] == 'v' && label.p[i - 1] == 'v'))))
			return true;
	return false;
}

static bool
label_looks_like_brand(struct slice registrable)
{
	struct slice label = slice_part(registrable, 0,
	    slice_find(registrable, '.'));
	struct buf looks = BUF_LIMITED(256);
	const struct brand *brand;
	bool result;

	if (!may_look_otherwise(label))
		return false;
	lookalike_skeleton(label, &looks);
	brand = slice_equal(buf_slice(&looks), label) ? NULL
	    : find_brand(buf_slice(&looks));
	result = brand != NULL && !is_own(brand, registrable);
	buf_free(&looks);
	return result;
}

bool
brand_in_host(struct slice host, struct slice registrable)
{
	size_t label, from = 0;

	if (registrable.n == 0 || registrable.n > host.n)
		return false;
	label = host.n - registrable.n;
	for (size_t i = 0; i <= host.n; i++) {
		if (i < host.n && host.p[i] != '.' && host.p[i] != '-')
			continue;
		if (token_deceives(host, from, i, label, registrable))
			return true;
		from = i + 1;
	}
	return label_looks_like_brand(registrable);
}
