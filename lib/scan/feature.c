/* SPDX-License-Identifier: ISC */
/*
 * Features of a message.  A bit for each bucket tells whether it was seen
 * before; a bucket is written behind the others in any case, and stays there
 * if it was not, so that the processor has nothing to guess.
 */
#include "feature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define GRAMS ((size_t)1 << FEATURE_GRAM_BITS)
#define PAIRS ((size_t)1 << FEATURE_PAIR_BITS)
#define WORDS_MAX (FEATURE_RAW_MAX / 2 + 1) /* with a blank behind each */
#define TEXT_PARTS_MAX 20           /* looked into */
#define FIELDS_MAX 100              /* whose words are looked at */
#define SHAPES_MAX 60               /* of a field */
#define WORD_MAX 40                 /* octets of one that count */

#define HASH_START 0x811c9dc5u

enum { SEED_HEADER = 0x3c6ef372, SEED_TEXT = 0x1b873593 };

struct gram_kind {
	uint32_t seed, from; /* the first of its buckets */
	const char *name;
};
static const struct gram_kind header_grams = {SEED_HEADER, 0, "header "};
static const struct gram_kind text_grams = {SEED_TEXT, FEATURE_TEXT_FROM,
    "text "};

static inline char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool
is_word(char c)
{
	return ascii_is_alnum(c) || (unsigned char)c >= 0x80 || c == '$' ||
	    c == '!' || c == '-' || c == '.' || c == '_' || c == '\'';
}

/* For each octet what is made of it, so that nothing is decided on the way. */
static void
fill_tables(struct features *f)
{
	for (int i = 0; i < 256; i++) {
		char c = (char)i;

		f->folded[i] = i <= 0x20 ? ' ' : lower(c);
		f->word[i] = is_word(c) ? lower(c) : '\0';
		f->shape[i] = ascii_is_digit(c) ? '9' :
		    !ascii_is_alpha(c) ? c : c == lower(c) ? 'a' : 'A';
	}
}

void
features_init(struct features *f)
{
	*f = (struct features){.text = BUF_LIMITED(FEATURE_TEXT_MAX)};
	f->seen = mem_zalloc(PAIRS / 8);
	/* one more, for what is written before it is known to be new */
	f->grams.items = mem_array(NULL, GRAMS + 1, sizeof(uint32_t));
	f->pairs.items = mem_array(NULL, PAIRS + 1, sizeof(uint32_t));
	fill_tables(f);
	f->words = mem_zalloc((FEATURE_DISTANCES + WORDS_MAX) *
	    sizeof(uint32_t));
}

void
features_free(struct features *f)
{
	free(f->seen);
	free(f->grams.items);
	free(f->pairs.items);
	free(f->words);
	buf_free(&f->text);
}

static uint32_t
mix(uint32_t h)
{
	h *= 0x9e3779b1u;
	h ^= h >> 15;
	h *= 0x85ebca6bu;
	return h;
}

static uint32_t
gram_bucket(uint32_t h)
{
	return mix(h) >> (32 - (FEATURE_GRAM_BITS - 1));
}

/* FNV-1a. */
static inline uint32_t
hash_octet(uint32_t h, char c)
{
	return (h ^ (unsigned char)c) * 0x01000193u;
}

static uint32_t
hash_text(uint32_t h, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		h = hash_octet(h, lower(s.p[i]));
	return h;
}

static inline void
add(uint64_t *seen, struct feature_set *set, uint32_t bucket)
{
	uint64_t *word = &seen[bucket >> 6], bit = (uint64_t)1 << (bucket & 63);

	set->items[set->n] = bucket;
	set->n += (*word & bit) == 0;
	*word |= bit;
}

/* For the next set. */
static void
forget(uint64_t *seen, const struct feature_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		seen[set->items[i] >> 6] = 0;
}

static void
sort(uint64_t *seen, struct feature_set *set, size_t buckets)
{
	uint32_t *items = set->items;
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		seen[items[i] >> 6] |= (uint64_t)1 << (items[i] & 63);
	for (size_t word = 0; word < buckets / 64; word++) {
		uint64_t bits = seen[word];

		seen[word] = 0;
		for (; bits != 0; bits &= bits - 1)
			items[n++] = (uint32_t)word * 64 +
			    (uint32_t)__builtin_ctzll(bits);
	}
}

void
features_sort(struct features *f)
{
	sort(f->seen, &f->grams, GRAMS);
	sort(f->seen, &f->pairs, PAIRS);
}

static void
name_bucket(struct features *f, uint32_t bucket, const char *kind,
    struct slice first, struct slice second)
{
	for (size_t i = 0; i < f->names_n; i++) {
		struct feature_name *name = &f->names[i];

		if (name->bucket == bucket && name->text[0] == '\0')
			snprintf(name->text, sizeof(name->text),
			    "%s%.*s%s%.*s", kind,
			    (int)(first.n < 16 ? first.n : 16), first.p,
			    second.p != NULL ? ":" : "",
			    (int)(second.n < 20 ? second.n : 20),
			    second.p != NULL ? second.p : "");
	}
}

static void
add_grams(struct features *f, struct slice s, const struct gram_kind *kind)
{
	struct feature_set set = f->grams; /* a copy stays in registers */

	for (size_t i = 0; i + 4 <= s.n; i++) {
		uint32_t four, bucket;

		memcpy(&four, s.p + i, 4);
		bucket = kind->from | gram_bucket(four ^ kind->seed);
		add(f->seen, &set, bucket);
		if (f->names_n > 0)
			name_bucket(f, bucket, kind->name,
			    slice_part(s, i, i + 4), SLICE_NONE);
	}
	f->grams = set;
}

static void
add_token(struct features *f, uint32_t hash, const char *kind,
    struct slice first, struct slice second)
{
	uint32_t bucket = gram_bucket(hash);

	add(f->seen, &f->grams, bucket);
	if (f->names_n > 0)
		name_bucket(f, bucket, kind, first, second);
}

static void
add_words(struct features *f, uint32_t key, struct slice name, struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;

	while (i < s.n) {
		uint32_t h = key ^ 0x5bd1e995u;
		size_t from;

		while (i < s.n && f->word[p[i]] == '\0')
			i++;
		for (from = i; i < s.n && f->word[p[i]] != '\0'; i++)
			h = hash_octet(h, f->word[p[i]]);
		if (i > from && i - from <= WORD_MAX)
			add_token(f, h, "", name, slice_part(s, from, i));
	}
}

/* What stands between blanks as its shape: of letters and digits in a row one
 * is kept, as what it is. */
static void
add_shapes(struct features *f, uint32_t key, struct slice name,
    struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;

	for (size_t words = 0; i < s.n && words < SHAPES_MAX; words++) {
		uint32_t h = key ^ 0x27d4eb2fu;
		size_t from = i;
		char last = '\0';

		for (; i < s.n && p[i] != ' '; i++) {
			char shape = f->shape[p[i]];

			if (shape != last || !ascii_is_alnum(shape))
				h = hash_octet(h, shape);
			last = shape;
		}
		add_token(f, h, "shape ", name, slice_part(s, from, i));
		i++;
	}
}

/* Names of fields as they follow each other, two and three. */
static void
add_order(struct features *f, const uint32_t keys[3],
    const struct header_field *field, bool first)
{
	struct slice before = first ? SLICE("") : field[-1].name;

	add_token(f, (keys[1] * 31 + keys[0]) ^ 0x165667b1u, "order ", before,
	    field->name);
	add_token(f, ((keys[2] * 31 + keys[1]) * 31 + keys[0]) ^ 0x9e3779b1u,
	    "order of 3 ", before, field->name);
}

static void
add_fields(struct features *f, const struct header *h)
{
	uint32_t keys[3] = {0, 1, 2}; /* this name, the two before it */

	for (size_t i = 0; i < h->n && i < FIELDS_MAX; i++) {
		const struct header_field *field = &h->fields[i];
		struct slice s = slice_part(field->value, 0,
		    FEATURE_HEADER_MAX);

		keys[0] = hash_text(HASH_START, field->name);
		add_token(f, keys[0], "field ", field->name, SLICE_NONE);
		add_words(f, keys[0], field->name, s);
		add_shapes(f, keys[0], field->name, s);
		add_order(f, keys, field, i == 0);
		keys[2] = keys[1];
		keys[1] = keys[0];
	}
}

/* Lower case, blanks joined: a blank behind another one is written over. */
static void
append_folded(struct features *f, struct slice s)
{
	struct buf *out = &f->text;
	size_t n = out->n, max = out->max;
	bool blank = true;
	char *to;

	buf_reserve(out, max - n);
	to = out->p;
	for (size_t i = 0; i < s.n && n < max; i++) {
		char c = f->folded[(unsigned char)s.p[i]];
		bool is_blank = c == ' ';

		to[n] = c;
		n += !is_blank || !blank;
		blank = is_blank;
	}
	to[n] = '\0';
	out->n = n;
}

static bool
is_blank(char c)
{
	return (unsigned char)c <= 0x20;
}

/* Words of the raw message, as hashes; 0 is none. */
static size_t
hash_words(struct slice s, uint32_t *hashes)
{
	size_t n = 0, i = 0;

	for (;;) {
		uint32_t h = HASH_START;

		while (i < s.n && is_blank(s.p[i]))
			i++;
		if (i == s.n)
			return n;
		for (; i < s.n && !is_blank(s.p[i]); i++)
			h = hash_octet(h, s.p[i]);
		hashes[n++] = h;
	}
}

static void
add_pairs(struct features *f, struct slice s)
{
	/* in front are as many zeros as the first one looks back to */
	uint32_t *words = f->words + FEATURE_DISTANCES;
	const unsigned bits = FEATURE_PAIR_BITS - 2;
	struct feature_set set = f->pairs;
	size_t n = hash_words(s, words);

	set.n = 0;
	for (size_t i = 0; i < n; i++)
		for (uint32_t d = 0; d < FEATURE_DISTANCES; d++) {
			uint32_t before = f->words[i +
			    FEATURE_DISTANCES - 1 - d];

			if (before != 0)
				add(f->seen, &set, d << bits |
				    mix(words[i] * 31 + before) >>
				    (32 - bits));
		}
	f->pairs = set;
	forget(f->seen, &set);
}

static void
begin_grams(struct features *f, const struct reading *r)
{
	const struct header *h = &r->header;

	buf_reset(&f->text);
	f->texts = 0;
	f->grams.n = 0;
	add_grams(f, slice_part(h->text, 0, FEATURE_HEADER_MAX),
	    &header_grams);
	add_fields(f, h);
}

void
features_begin(struct features *f, const struct reading *r)
{
	add_pairs(f, slice_part(r->message, 0, FEATURE_RAW_MAX));
	begin_grams(f, r);
}

bool
features_add_text(struct features *f, const struct reading *r)
{
	if (mime_part_has_text(r->part) && f->texts++ < TEXT_PARTS_MAX)
		append_folded(f, mime_part_is(r->part, "text", "html") ?
		    buf_slice(&r->html.text) : buf_slice(&r->text));
	return f->texts < TEXT_PARTS_MAX && f->text.n < f->text.max;
}

void
features_end(struct features *f)
{
	add_grams(f, buf_slice(&f->text), &text_grams);
	forget(f->seen, &f->grams);
}

static void
finish(struct features *f, struct reading *r)
{
	while (reading_next(r) && features_add_text(f, r))
		;
	features_end(f);
	reading_close(r);
}

void
features_make_grams(struct features *f, struct slice message)
{
	struct reading r;

	reading_open(&r, message);
	begin_grams(f, &r);
	finish(f, &r);
}

void
features_make(struct features *f, struct slice message)
{
	struct reading r;

	reading_open(&r, message);
	features_begin(f, &r);
	finish(f, &r);
}

size_t
features_in_header(const struct feature_set *grams)
{
	size_t from = 0, to = grams->n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (grams->items[middle] < FEATURE_TEXT_FROM)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}
