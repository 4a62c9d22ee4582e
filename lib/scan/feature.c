/* SPDX-License-Identifier: ISC */
/*
 * Features of a message.  An octet for each bucket of grams, or a bit for
 * each of the pairs, tells whether it was seen before; a bucket is written
 * behind the others in any case, and stays there if it was not, so that the
 * processor has nothing to guess.
 */
#include "feature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fnv.h"

#define GRAMS ((size_t)1 << FEATURE_GRAM_BITS)
#define PAIRS ((size_t)1 << FEATURE_PAIR_BITS)
#define TEXT_PARTS_MAX 20           /* looked into */
#define FIELDS_MAX 100              /* whose words are looked at */

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
	f->stamps = mem_zalloc(GRAMS);
	/* one more, for what is written before it is known to be new */
	f->grams.items = mem_array(NULL, GRAMS + 1, sizeof(uint32_t));
	f->pairs.items = mem_array(NULL, PAIRS + 1, sizeof(uint32_t));
	raw_words_init(&f->raw_words);
	field_words_init(&f->fields, FEATURE_HEADER_MAX);
	for (int i = 0; i < 256; i++)
		f->folded[i] = i <= 0x20 ? ' ' : ascii_lower((char)i);
	f->words = mem_zalloc((FEATURE_DISTANCES +
	    RAW_WORDS_ROOM(FEATURE_RAW_MAX)) * sizeof(uint32_t));
}

void
features_free(struct features *f)
{
	free(f->seen);
	free(f->stamps);
	free(f->grams.items);
	free(f->pairs.items);
	free(f->words);
	field_words_free(&f->fields);
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

static uint32_t
hash_text(uint32_t h, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		h = fnv_octet(h, (unsigned char)ascii_lower(s.p[i]));
	return h;
}

/* Stamps of other messages are other numbers, so that nothing is cleared
 * behind a message. */
static void
begin_stamps(struct features *f)
{
	if (f->stamp == UINT8_MAX) {
		memset(f->stamps, 0, GRAMS);
		f->stamp = 0;
	}
	f->stamp++;
}

static inline void
add_gram(uint8_t *stamps, uint8_t stamp, struct feature_set *set,
    uint32_t bucket)
{
	set->items[set->n] = bucket;
	set->n += stamps[bucket] != stamp;
	stamps[bucket] = stamp;
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

static inline uint32_t
bucket_of_four(const char *p, const struct gram_kind *kind)
{
	uint32_t four;

	memcpy(&four, p, 4);
	return kind->from | gram_bucket(four ^ kind->seed);
}

static void
add_grams(struct features *f, struct slice s, const struct gram_kind *kind)
{
	struct feature_set set = f->grams; /* copies stay in registers */
	const struct gram_kind k = *kind;
	uint8_t *stamps = f->stamps, stamp = f->stamp;

	for (size_t i = 0; i + 4 <= s.n; i++)
		add_gram(stamps, stamp, &set, bucket_of_four(s.p + i, &k));
	f->grams = set;
	for (size_t i = 0; f->names_n > 0 && i + 4 <= s.n; i++)
		name_bucket(f, bucket_of_four(s.p + i, kind), kind->name,
		    slice_part(s, i, i + 4), SLICE_NONE);
}

static inline void
add_token(struct features *f, uint32_t hash, const char *kind,
    struct slice first, struct slice second)
{
	uint32_t bucket = gram_bucket(hash);

	add_gram(f->stamps, f->stamp, &f->grams, bucket);
	if (f->names_n > 0)
		name_bucket(f, bucket, kind, first, second);
}

static void
add_value(struct features *f, uint32_t key, struct slice name,
    struct slice value)
{
	const struct field_hashes *words = &f->fields.words;
	const struct field_hashes *shapes = &f->fields.shapes;

	field_words_read(&f->fields, key, value);
	for (size_t i = 0; i < words->n; i++)
		add_gram(f->stamps, f->stamp, &f->grams,
		    gram_bucket(words->items[i].hash));
	for (size_t i = 0; i < shapes->n; i++)
		add_gram(f->stamps, f->stamp, &f->grams,
		    gram_bucket(shapes->items[i].hash));
	if (f->names_n == 0)
		return;
	for (size_t i = 0; i < words->n; i++)
		name_bucket(f, gram_bucket(words->items[i].hash), "", name,
		    field_words_word(&f->fields, i, value));
	for (size_t i = 0; i < shapes->n; i++)
		name_bucket(f, gram_bucket(shapes->items[i].hash), "shape ",
		    name, field_words_shape(&f->fields, i, value));
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

		keys[0] = hash_text(FNV_START, field->name);
		add_token(f, keys[0], "field ", field->name, SLICE_NONE);
		add_value(f, keys[0], field->name, s);
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
	size_t blank = 1;
	char *to;

	buf_reserve(out, max - n);
	to = out->p;
	for (size_t i = 0; i < s.n && n < max; i++) {
		char c = f->folded[(unsigned char)s.p[i]];
		size_t is_blank = c == ' ';

		to[n] = c;
		n += 1 - (blank & is_blank);
		blank = is_blank;
	}
	to[n] = '\0';
	out->n = n;
}

static inline void
add_pair(uint64_t *seen, struct feature_set *set, uint32_t bucket)
{
	uint64_t *word = &seen[bucket >> 6], bit = (uint64_t)1 << (bucket & 63);

	set->items[set->n] = bucket;
	set->n += (*word & bit) == 0;
	*word |= bit;
}

static void
add_pairs(struct features *f, struct slice s)
{
	/* in front are as many zeros as the first one looks back to */
	uint32_t *words = f->words + FEATURE_DISTANCES;
	const unsigned bits = FEATURE_PAIR_BITS - 2;
	struct feature_set set = f->pairs;
	size_t n = raw_words_hash(&f->raw_words, s, words);

	set.n = 0;
	for (uint32_t d = 0; d < FEATURE_DISTANCES; d++)
		for (size_t i = 0; i < n; i++) {
			uint32_t before = f->words[i +
			    FEATURE_DISTANCES - 1 - d];

			if (before != 0)
				add_pair(f->seen, &set, d << bits |
				    mix(words[i] * 31 + before) >>
				    (32 - bits));
		}
	f->pairs = set;
	for (size_t i = 0; i < set.n; i++)
		f->seen[set.items[i] >> 6] = 0;
}

static void
begin_grams(struct features *f, const struct reading *r)
{
	const struct header *h = &r->header;

	buf_reset(&f->text);
	f->texts = 0;
	f->grams.n = 0;
	begin_stamps(f);
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
		append_folded(f, mime_part_is_html(r->part) ?
		    buf_slice(&r->html.text) : buf_slice(&r->text));
	return f->texts < TEXT_PARTS_MAX && f->text.n < f->text.max;
}

void
features_end(struct features *f)
{
	add_grams(f, buf_slice(&f->text), &text_grams);
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
