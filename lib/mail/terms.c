/* SPDX-License-Identifier: ISC */
/*
 * Text to index terms.  Trusts that nothing is longer than its limits; the
 * text may be any octets.
 */
#include "terms.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define SLOTS_FIRST 512
#define WORD_SIZE_MAX 256 /* of a joined word while it is read */

struct range {
	uint32_t first, last;
	int32_t add;  /* to each, or to each second one */
	unsigned step; /* 2: only every second character is upper case */
};

/* Unicode, CaseFolding.txt (C and S), where real mail has it. */
static const struct range upper[] = {
	{0xc0, 0xd6, 32, 1}, {0xd8, 0xde, 32, 1}, {0x100, 0x12e, 1, 2},
	{0x130, 0x130, 0x69 - 0x130, 1}, {0x132, 0x136, 1, 2},
	{0x139, 0x147, 1, 2}, {0x14a, 0x176, 1, 2},
	{0x178, 0x178, 0xff - 0x178, 1}, {0x179, 0x17d, 1, 2},
	{0x17f, 0x17f, 0x73 - 0x17f, 1}, {0x1cd, 0x1db, 1, 2},
	{0x1de, 0x1ee, 1, 2}, {0x1f8, 0x21e, 1, 2}, {0x222, 0x232, 1, 2},
	{0x246, 0x24e, 1, 2}, {0x386, 0x386, 38, 1}, {0x388, 0x38a, 37, 1},
	{0x38c, 0x38c, 64, 1}, {0x38e, 0x38f, 63, 1}, {0x391, 0x3a1, 32, 1},
	{0x3a3, 0x3ab, 32, 1}, {0x3c2, 0x3c2, 1, 1}, {0x400, 0x40f, 80, 1},
	{0x410, 0x42f, 32, 1}, {0x460, 0x480, 1, 2}, {0x48a, 0x4be, 1, 2},
	{0x4c0, 0x4c0, 15, 1}, {0x4c1, 0x4cd, 1, 2}, {0x4d0, 0x52e, 1, 2},
	{0x531, 0x556, 48, 1}, {0x1e00, 0x1e94, 1, 2}, {0x1e9e, 0x1e9e,
	0xdf - 0x1e9e, 1}, {0x1ea0, 0x1efe, 1, 2}, {0xff21, 0xff3a, 32, 1}};

/* What is no letter or digit above ASCII. */
static const struct range other[] = {
	{0x80, 0xa9, 0, 0}, {0xab, 0xb4, 0, 0}, {0xb6, 0xb9, 0, 0},
	{0xbb, 0xbf, 0, 0}, {0xd7, 0xd7, 0, 0}, {0xf7, 0xf7, 0, 0},
	{0x2000, 0x2070, 0, 0}, {0x20a0, 0x20cf, 0, 0},
	{0x2190, 0x2bff, 0, 0}, {0x2e00, 0x2e7f, 0, 0},
	{0x3000, 0x3004, 0, 0}, {0x3008, 0x303f, 0, 0},
	{0xe000, 0xf8ff, 0, 0}, {0xfe00, 0xfe6f, 0, 0},
	{0xff00, 0xff0f, 0, 0}, {0xff1a, 0xff20, 0, 0},
	{0xff3b, 0xff40, 0, 0}, {0xff5b, 0xff65, 0, 0},
	{0xffe0, 0xffff, 0, 0}, {0x1f000, 0x1faff, 0, 0},
	{0xe0000, 0x10ffff, 0, 0}};

/* Written without blanks between words. */
static const struct range unspaced[] = {
	{0xe00, 0xeff, 0, 0}, {0x1100, 0x11ff, 0, 0}, {0x3005, 0x3007, 0, 0},
	{0x3041, 0x30ff, 0, 0}, {0x3400, 0x9fff, 0, 0},
	{0xac00, 0xd7a3, 0, 0}, {0xf900, 0xfaff, 0, 0},
	{0x20000, 0x3ffff, 0, 0}};

static const struct range *
find_range(const struct range *ranges, size_t n, uint32_t code)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (code < ranges[middle].first)
			high = middle;
		else if (code > ranges[middle].last)
			low = middle + 1;
		else
			return &ranges[middle];
	}
	return NULL;
}
#define FIND_RANGE(table, code) \
	find_range((table), sizeof(table) / sizeof((table)[0]), (code))

uint32_t
terms_fold(uint32_t code)
{
	const struct range *r;

	if (code < 0x80)
		return code >= 'A' && code <= 'Z' ? code + 32 : code;
	r = FIND_RANGE(upper, code);
	if (r == NULL || (code - r->first) % r->step != 0)
		return code;
	return (uint32_t)((int32_t)code + r->add);
}

/* Left out wherever they stand: soft hyphen, zero width, direction marks. */
static bool
has_no_width(uint32_t code)
{
	return code == 0xad || (code >= 0x200b && code <= 0x200f) ||
	    (code >= 0x202a && code <= 0x202e) ||
	    (code >= 0x2060 && code <= 0x2064) || code == 0xfeff;
}

void
terms_init(struct terms *t)
{
	*t = (struct terms){.text = BUF_LIMITED(TERMS_SIZE_MAX)};
}

void
terms_free(struct terms *t)
{
	buf_free(&t->text);
	free(t->slots);
	t->slots = NULL;
	t->slots_n = t->n = 0;
}

#define HASH_FIRST 2166136261u

static inline uint32_t
hash_next(uint32_t hash, char c) /* FNV-1a */
{
	return (hash ^ (unsigned char)c) * 16777619u;
}

static uint32_t
hash_of(const char *p, size_t n)
{
	uint32_t hash = HASH_FIRST;

	for (size_t i = 0; i < n; i++)
		hash = hash_next(hash, p[i]);
	return hash;
}

/* The slot of that term: its own, or a free one. */
static struct terms_slot *
find_slot(const struct terms *t, const char *p, size_t n, uint32_t hash)
{
	size_t i = hash & (t->slots_n - 1);

	for (;; i = (i + 1) & (t->slots_n - 1)) {
		struct terms_slot *slot = &t->slots[i];

		if (slot->offset == 0 || (slot->hash == hash &&
		    slot->n == n && memcmp(t->text.p + slot->offset - 1, p,
		    n) == 0))
			return slot;
	}
}

static void
grow(struct terms *t)
{
	struct terms_slot *old = t->slots;
	size_t old_n = t->slots_n;

	t->slots_n = old_n == 0 ? SLOTS_FIRST : old_n * 4;
	t->slots = mem_zalloc(t->slots_n * sizeof(*t->slots));
	for (size_t i = 0; i < old_n; i++)
		if (old[i].offset != 0)
			*find_slot(t, t->text.p + old[i].offset - 1, old[i].n,
			    old[i].hash) = old[i];
	free(old);
}

static void
add_term(struct terms *t, const char *p, size_t n, uint32_t hash)
{
	struct terms_slot *slot;

	if (2 * t->n >= t->slots_n)
		grow(t);
	slot = find_slot(t, p, n, hash);
	if (slot->offset != 0)
		return;
	if (t->n >= TERMS_MAX || t->text.max - t->text.n < n + 1) {
		t->truncated = true;
		return;
	}
	if (t->text.n > 0)
		buf_append_char(&t->text, ' ');
	*slot = (struct terms_slot){hash, (uint32_t)t->text.n + 1,
	    (uint32_t)n};
	buf_append(&t->text, p, n);
	t->n++;
}

/* The word that is being read, folded. */
struct word {
	struct terms *t;
	const char *prefix;
	size_t prefix_n;
	char octets[WORD_SIZE_MAX];
	size_t n;
	size_t piece;      /* where the last piece begins */
	bool has_pieces;
	uint32_t joiner;   /* read, but not yet known to be inside; 0: none */
	uint32_t previous; /* character of a script without blanks; 0: none */
};

static void
emit(const struct word *w, struct slice s)
{
	char term[TERM_SIZE_MAX + 4];

	s = utf8_cut(s, TERM_SIZE_MAX);
	if (s.n == 0)
		return;
	memcpy(term, w->prefix, w->prefix_n);
	memcpy(term + w->prefix_n, s.p, s.n);
	add_term(w->t, term, w->prefix_n + s.n,
	    hash_of(term, w->prefix_n + s.n));
}

static void
end_word(struct word *w)
{
	struct slice all = slice_of(w->octets, w->n);

	emit(w, all);
	if (w->has_pieces)
		emit(w, slice_part(all, w->piece, all.n));
	w->n = w->piece = 0;
	w->has_pieces = false;
	w->joiner = w->previous = 0;
}

/* One letter or digit, folded already. */
static void
add_letter(struct word *w, uint32_t code)
{
	char octets[4];
	size_t n = utf8_put(code, octets);

	if (w->joiner != 0) {
		emit(w, slice_of(w->octets + w->piece, w->n - w->piece));
		w->has_pieces = true;
		if (w->n < WORD_SIZE_MAX)
			w->octets[w->n++] = (char)w->joiner;
		w->piece = w->n;
		w->joiner = 0;
	}
	/* Of an over-long word the beginning counts. */
	if (n > WORD_SIZE_MAX - w->n)
		return;
	memcpy(w->octets + w->n, octets, n);
	w->n += n;
}

/* A pair with the neighbour before it. */
static void
add_unspaced(struct word *w, uint32_t code)
{
	uint32_t previous = w->previous;
	char pair[8];
	size_t n;

	if (previous == 0)
		end_word(w);
	n = utf8_put(previous != 0 ? previous : code, pair);
	if (previous != 0)
		n += utf8_put(code, pair + n);
	emit(w, slice_of(pair, n));
	w->previous = code;
}

enum { NEITHER, JOINER = 1, ABOVE_ASCII = 2 }; /* else a letter */
#define LOWER(c) [c] = c, [c - 32] = c
#define DIGIT(c) [c] = c

/* What an octet is: a letter or digit in lower case, or one of the above. */
static const char kind[256] = {
	LOWER('a'), LOWER('b'), LOWER('c'), LOWER('d'), LOWER('e'),
	LOWER('f'), LOWER('g'), LOWER('h'), LOWER('i'), LOWER('j'),
	LOWER('k'), LOWER('l'), LOWER('m'), LOWER('n'), LOWER('o'),
	LOWER('p'), LOWER('q'), LOWER('r'), LOWER('s'), LOWER('t'),
	LOWER('u'), LOWER('v'), LOWER('w'), LOWER('x'), LOWER('y'),
	LOWER('z'), DIGIT('0'), DIGIT('1'), DIGIT('2'), DIGIT('3'),
	DIGIT('4'), DIGIT('5'), DIGIT('6'), DIGIT('7'), DIGIT('8'),
	DIGIT('9'), ['.'] = JOINER, ['-'] = JOINER, ['_'] = JOINER,
	['@'] = JOINER, [128 ... 255] = ABOVE_ASCII};

static inline char
kind_of(char c)
{
	return kind[(unsigned char)c];
}

/* Lower case of an ASCII letter or digit; 0: neither. */
static inline char
ascii_fold(char c)
{
	return kind_of(c) > ABOVE_ASCII ? kind_of(c) : '\0';
}

/* Whether a word ends before s. */
static inline bool
ends_here(struct slice s)
{
	if (s.n == 0 || kind_of(s.p[0]) == NEITHER)
		return true;
	return kind_of(s.p[0]) == JOINER &&
	    (s.n == 1 || kind_of(s.p[1]) == NEITHER);
}

/*
 * Between words: takes all words of ASCII that nothing joins, which are most
 * of what is read, and leaves what begins with another one.
 */
static struct slice
add_plain_words(const struct word *w, struct slice s)
{
	uint32_t first = hash_of(w->prefix, w->prefix_n);
	char term[TERM_SIZE_MAX + 4];

	memcpy(term, w->prefix, w->prefix_n);
	while (!w->t->truncated) {
		char *end = term + w->prefix_n;
		uint32_t hash = first;
		size_t n = 0;

		while (s.n > 0 && kind_of(*s.p) <= JOINER)
			s.p++, s.n--;
		for (; n < s.n && n < TERM_SIZE_MAX; n++) {
			char c = ascii_fold(s.p[n]);

			if (c == '\0')
				break;
			*end++ = c;
			hash = hash_next(hash, c);
		}
		if (n == 0 || !ends_here(slice_part(s, n, s.n)))
			return s;
		add_term(w->t, term, (size_t)(end - term), hash);
		s = slice_part(s, n, s.n);
	}
	return s;
}

/* The way of nearly all octets: letters within a word, as many as there are.
 * The first letter of a word, or of a piece, has been added already. */
static size_t
add_ascii(struct word *w, struct slice s)
{
	size_t i = 0;
	char c;

	if (w->n == 0 || w->joiner != 0 || w->previous != 0)
		return 0;
	for (; i < s.n && (c = ascii_fold(s.p[i])) != '\0'; i++)
		if (w->n < WORD_SIZE_MAX)
			w->octets[w->n++] = c;
	return i;
}

static void
add_character(struct word *w, uint32_t code)
{
	if (code < 0x80) {
		if ((code >= 'a' && code <= 'z') ||
		    (code >= '0' && code <= '9')) {
			if (w->previous != 0)
				end_word(w);
			add_letter(w, code);
		} else if (w->n > 0 && w->joiner == 0 && (code == '.' ||
		    code == '-' || code == '_' || code == '@')) {
			w->joiner = code;
		} else {
			end_word(w);
		}
	} else if (has_no_width(code)) {
		return;
	} else if (FIND_RANGE(other, code) != NULL) {
		end_word(w);
	} else if (FIND_RANGE(unspaced, code) != NULL) {
		add_unspaced(w, code);
	} else {
		if (w->previous != 0)
			end_word(w);
		add_letter(w, code);
	}
}

void
terms_add(struct terms *t, const char *prefix, struct slice text)
{
	struct word w = {.t = t, .prefix = prefix,
	    .prefix_n = strnlen(prefix, 4)};
	uint32_t code;
	bool valid;
	size_t n;

	for (;;) {
		if (w.n == 0 && w.previous == 0)
			text = add_plain_words(&w, text);
		if (t->truncated || (n = utf8_next(text, &code, &valid)) == 0)
			break;
		add_character(&w, terms_fold(code));
		n += add_ascii(&w, slice_part(text, n, text.n));
		text = slice_part(text, n, text.n);
	}
	end_word(&w);
}
