/* SPDX-License-Identifier: ISC */
/*
 * One loop in which all octets go the same way: a processor that guesses
 * where words end loses more time than it takes to hash them.  Words and
 * shapes are hashed side by side, since each waits for its multiplication.
 */
#include "field_words.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "fnv.h"

static bool
is_word(char c)
{
	return ascii_is_alnum(c) || (unsigned char)c >= 0x80 || c == '$' ||
	    c == '!' || c == '-' || c == '.' || c == '_' || c == '\'';
}

static char
shape_of(char c)
{
	if (ascii_is_digit(c))
		return '9';
	if (!ascii_is_alpha(c))
		return c;
	return c == ascii_lower(c) ? 'a' : 'A';
}

static struct field_octet
octet_of(char c)
{
	const uint32_t all = UINT32_MAX;

	return (struct field_octet){
	    .word_mask = is_word(c) ? all : 0,
	    .word = is_word(c) ? (unsigned char)ascii_lower(c) : 0,
	    .shape = (unsigned char)shape_of(c),
	    .lone_mask = ascii_is_alnum(c) ? 0 : all,
	    .blank_mask = c == ' ' ? all : 0,
	    .factor_less = (c == ' ' ? 0 : FNV_FACTOR) - 1};
}

void
field_words_init(struct field_words *f, size_t size_max)
{
	/* one more, for what is written before it has ended */
	f->words.items = mem_array(NULL, size_max + 1,
	    sizeof(*f->words.items));
	f->shapes.items = mem_array(NULL, size_max + 1,
	    sizeof(*f->shapes.items));
	for (int i = 0; i < 256; i++)
		f->octets[i] = octet_of((char)i);
}

void
field_words_free(struct field_words *f)
{
	free(f->words.items);
	free(f->shapes.items);
}

/* A word that is no longer than it may be and has ended. */
static inline uint32_t
counts(uint32_t length)
{
	return length - 1 < FIELD_WORD_MAX;
}

void
field_words_read(struct field_words *f, uint32_t key, struct slice value)
{
	const uint32_t word_start = key ^ 0x5bd1e995u;
	const uint32_t shape_start = key ^ 0x27d4eb2fu;
	const unsigned char *p = (const unsigned char *)value.p;
	struct field_hash *words = f->words.items;
	struct field_hash *shapes = f->shapes.items;
	uint32_t word = word_start, length = 0;
	uint32_t shape = shape_start, last = ' ', i;

	for (i = 0; i < value.n; i++) {
		const struct field_octet *o = &f->octets[p[i]];
		uint32_t kept = -(uint32_t)(o->shape != last) | o->lone_mask;

		*words = (struct field_hash){word, i};
		words += counts(length) & ~o->word_mask;
		length = (length + 1) & o->word_mask;
		word = (word ^ o->word) * (FNV_FACTOR & o->word_mask) +
		    (word_start & ~o->word_mask);
		*shapes = (struct field_hash){shape, i};
		shapes += o->blank_mask & 1;
		shape = (shape ^ (o->shape & kept)) *
		    (1 + (o->factor_less & kept)) +
		    (shape_start & o->blank_mask);
		last = o->shape;
	}
	*words = (struct field_hash){word, i};
	words += counts(length);
	*shapes = (struct field_hash){shape, i};
	shapes += i > 0 && last != ' ';
	f->words.n = (size_t)(words - f->words.items);
	f->shapes.n = (size_t)(shapes - f->shapes.items);
	if (f->shapes.n > FIELD_SHAPES_MAX)
		f->shapes.n = FIELD_SHAPES_MAX;
}

struct slice
field_words_word(const struct field_words *f, size_t i, struct slice value)
{
	size_t to = f->words.items[i].end, from = to;

	while (from > 0 && is_word(value.p[from - 1]))
		from--;
	return slice_part(value, from, to);
}

struct slice
field_words_shape(const struct field_words *f, size_t i, struct slice value)
{
	size_t to = f->shapes.items[i].end, from = to;

	while (from > 0 && value.p[from - 1] != ' ')
		from--;
	return slice_part(value, from, to);
}
