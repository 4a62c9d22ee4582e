/* SPDX-License-Identifier: ISC */
/*
 * Features of a message.  Buckets are gathered as bits, which makes each of
 * them count once and brings them into order for the caches of whoever adds
 * up weights.
 */
#include "feature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/header.h"
#include "mail/html_text.h"
#include "mail/mime.h"

#define GRAMS ((size_t)1 << FEATURE_GRAM_BITS)
#define PAIRS ((size_t)1 << FEATURE_PAIR_BITS)
#define PART_MAX ((size_t)96 << 10) /* decoded of one part */
#define TEXT_PARTS_MAX 20           /* looked into */
#define FIELDS_MAX 100              /* whose words are looked at */
#define WORD_MAX 40                 /* octets of one that count */

enum { SEED_HEADER = 0x3c6ef372, SEED_TEXT = 0x1b873593 };

struct gram_kind {
	uint32_t seed, from; /* the first of its buckets */
	const char *name;
};
static const struct gram_kind header_grams = {SEED_HEADER, 0, "header "};
static const struct gram_kind text_grams = {SEED_TEXT, FEATURE_TEXT_FROM,
    "text "};

void
features_init(struct features *f)
{
	*f = (struct features){.text = BUF_LIMITED(FEATURE_TEXT_MAX)};
	f->seen = mem_zalloc(PAIRS / 8);
	f->touched = mem_zalloc(PAIRS / 64 / 8);
	f->grams.items = mem_array(NULL, GRAMS, sizeof(uint32_t));
	f->pairs.items = mem_array(NULL, PAIRS, sizeof(uint32_t));
}

void
features_free(struct features *f)
{
	free(f->seen);
	free(f->touched);
	free(f->grams.items);
	free(f->pairs.items);
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

static inline char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static uint32_t
hash_text(uint32_t h, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)lower(s.p[i])) * 0x01000193u;
	return h;
}

static void
mark(struct features *f, uint32_t bucket)
{
	f->seen[bucket >> 6] |= (uint64_t)1 << (bucket & 63);
}

static void
mark_pair(struct features *f, uint32_t bucket)
{
	mark(f, bucket);
	f->touched[bucket >> 12] |= (uint64_t)1 << (bucket >> 6 & 63);
}

/* Empties the bits into a set.  What is written may not be thought to change
 * the counters, so they are here. */
static void
gather_grams(struct features *f)
{
	const uint64_t *seen = f->seen;
	uint32_t *items = f->grams.items;
	size_t n = 0;

	for (size_t word = 0; word < GRAMS / 64; word++) {
		uint32_t bucket = (uint32_t)word * 64;

		for (uint64_t bits = seen[word]; bits != 0; bits &= bits - 1)
			items[n++] = bucket + (uint32_t)__builtin_ctzll(bits);
	}
	f->grams.n = n;
	memset(f->seen, 0, GRAMS / 8);
}

/* The same of pairs, of which there are few for their buckets: which words of
 * bits to look at is no guess. */
static void
gather_pairs(struct features *f)
{
	uint64_t *seen = f->seen;
	uint32_t *items = f->pairs.items;
	size_t n = 0;

	for (size_t i = 0; i < PAIRS / 64 / 64; i++) {
		uint64_t words = f->touched[i];

		f->touched[i] = 0;
		for (; words != 0; words &= words - 1) {
			size_t word = i * 64 + (size_t)__builtin_ctzll(words);
			uint64_t bits = seen[word];

			seen[word] = 0;
			for (; bits != 0; bits &= bits - 1)
				items[n++] = (uint32_t)word * 64 +
				    (uint32_t)__builtin_ctzll(bits);
		}
	}
	f->pairs.n = n;
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
	for (size_t i = 0; i + 4 <= s.n; i++) {
		uint32_t four, bucket;

		memcpy(&four, s.p + i, 4);
		bucket = kind->from | gram_bucket(four ^ kind->seed);
		mark(f, bucket);
		if (f->names_n > 0)
			name_bucket(f, bucket, kind->name,
			    slice_part(s, i, i + 4), SLICE_NONE);
	}
}

/* Calls for each octet would be a tenth of the time. */
static inline bool
is_word(char c)
{
	unsigned char low = (unsigned char)(c | 0x20);

	return (c >= '0' && c <= '9') || (low >= 'a' && low <= 'z') ||
	    (unsigned char)c >= 0x80 || c == '$' || c == '!' || c == '-' ||
	    c == '.' || c == '_' || c == '\'';
}

static void
add_field(struct features *f, const struct header_field *field)
{
	uint32_t key = hash_text(0x811c9dc5u, field->name);
	struct slice s = slice_part(field->value, 0, FEATURE_HEADER_MAX);

	mark(f, gram_bucket(key));
	for (size_t i = 0; i < s.n;) {
		size_t from;
		uint32_t bucket;

		while (i < s.n && !is_word(s.p[i]))
			i++;
		for (from = i; i < s.n && is_word(s.p[i]);)
			i++;
		if (i == from || i - from > WORD_MAX)
			continue;
		bucket = gram_bucket(hash_text(key ^ 0x5bd1e995u,
		    slice_part(s, from, i)));
		mark(f, bucket);
		if (f->names_n > 0)
			name_bucket(f, bucket, "", field->name,
			    slice_part(s, from, i));
	}
}

/* Lower case, blanks joined. */
static void
append_folded(struct buf *out, struct slice s)
{
	bool blank = true;

	buf_reserve(out, out->max - out->n);
	for (size_t i = 0; i < s.n && out->n < out->max; i++) {
		bool is_blank = (unsigned char)s.p[i] <= 0x20;

		if (!is_blank || !blank)
			out->p[out->n++] = is_blank ? ' ' :
			    lower(s.p[i]);
		blank = is_blank;
	}
	out->p[out->n] = '\0';
}

static void
read_text(struct features *f, struct slice message)
{
	struct mime m;
	size_t parts = 0;

	buf_reset(&f->text);
	mime_parse(&m, message, NULL);
	for (size_t i = 0; i < m.n && parts < TEXT_PARTS_MAX; i++) {
		const struct mime_part *part = &m.parts[i];
		struct buf text = BUF_LIMITED(PART_MAX);
		struct html_text h;

		if (f->text.n == f->text.max)
			break;
		if (!mime_part_has_text(part))
			continue;
		parts++;
		mime_part_text(part, &text);
		if (mime_part_is(part, "text", "html")) {
			html_text_parse(&h, buf_slice(&text));
			append_folded(&f->text, buf_slice(&h.text));
			html_text_free(&h);
		} else {
			append_folded(&f->text, buf_slice(&text));
		}
		buf_free(&text);
	}
	mime_free(&m);
}

static bool
is_blank(char c)
{
	return (unsigned char)c <= 0x20;
}

static void
add_pairs(struct features *f, struct slice s)
{
	uint32_t last[FEATURE_DISTANCES] = {0};
	const unsigned bits = FEATURE_PAIR_BITS - 2;
	size_t i = 0;

	for (;;) {
		size_t from;
		uint32_t h;

		while (i < s.n && is_blank(s.p[i]))
			i++;
		if (i == s.n)
			break;
		for (from = i; i < s.n && !is_blank(s.p[i]);)
			i++;
		h = 0x811c9dc5u;
		for (size_t k = from; k < i; k++)
			h = (h ^ (unsigned char)s.p[k]) * 0x01000193u;
		for (uint32_t d = 0; d < FEATURE_DISTANCES; d++)
			if (last[d] != 0)
				mark_pair(f, d << bits |
				    mix(h * 31 + last[d]) >> (32 - bits));
		memmove(last + 1, last, sizeof(last) - sizeof(last[0]));
		last[0] = h;
	}
}

void
features_make_grams(struct features *f, struct slice message)
{
	struct header h;

	header_parse(&h, message);
	add_grams(f, slice_part(h.text, 0, FEATURE_HEADER_MAX), &header_grams);
	for (size_t i = 0; i < h.n && i < FIELDS_MAX; i++)
		add_field(f, &h.fields[i]);
	header_free(&h);
	read_text(f, message);
	add_grams(f, buf_slice(&f->text), &text_grams);
	gather_grams(f);
}

void
features_make(struct features *f, struct slice message)
{
	features_make_grams(f, message);
	add_pairs(f, slice_part(message, 0, FEATURE_RAW_MAX));
	gather_pairs(f);
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
