/* SPDX-License-Identifier: ISC */
#include "scan/field_words.h"

#include "scan/fnv.h"
#include "unit.h"

#define KEY 0x12345678u

static struct field_words f;

static uint32_t
hash(uint32_t start, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		start = fnv_octet(start, (unsigned char)s.p[i]);
	return start;
}

/* Words are parted by commas, shapes by bars; NULL: none. */
static void
expect(const char *label, const char *value, const char *words,
    const char *shapes)
{
	struct slice text = slice_text(value);
	struct slice rest = words == NULL ? SLICE_NONE : slice_text(words);
	size_t n = 0;

	field_words_read(&f, KEY, text);
	for (; rest.p != NULL; n++) {
		struct slice word = slice_cut(&rest, ',');

		if (n >= f.words.n)
			continue;
		EXPECT_NUMBER(label, hash(KEY ^ 0x5bd1e995u, word),
		    f.words.items[n].hash);
		EXPECT(slice_case_equal(word, field_words_word(&f, n, text)));
	}
	EXPECT_NUMBER(label, n, f.words.n);
	rest = shapes == NULL ? SLICE_NONE : slice_text(shapes);
	for (n = 0; rest.p != NULL; n++) {
		struct slice shape = slice_cut(&rest, '|');

		if (n < f.shapes.n)
			EXPECT_NUMBER(label, hash(KEY ^ 0x27d4eb2fu, shape),
			    f.shapes.items[n].hash);
	}
	EXPECT_NUMBER(label, n, f.shapes.n);
}

static void
finds_words_and_their_shapes(void)
{
	expect("nothing", "", NULL, NULL);
	expect("one", "Ab", "ab", "Aa");
	expect("two", "from MX1.example;\t(x)", "from,mx1.example,x",
	    "a|A9.a;\t(a)");
	expect("blanks", "  a ", "a", "||a");
	expect("a row of each", "AAbb22--", "aabb22--", "Aa9--");
	expect("other scripts", "\xc3\xa9 \xff", "\xc3\xa9,\xff",
	    "\xc3\xa9|\xff");
	expect("folded", "a\r\n b", "a,b", "a\r\n|a");
	expect("40", "0123456789012345678901234567890123456789",
	    "0123456789012345678901234567890123456789", "9");
	expect("41", "01234567890123456789012345678901234567890 x", "x",
	    "9|a");
}

static void
tells_where_a_shape_stands(void)
{
	struct slice value = SLICE("Mon, 1 Jan");

	field_words_read(&f, KEY, value);
	EXPECT_SLICE("first", SLICE("Mon,"), field_words_shape(&f, 0, value));
	EXPECT_SLICE("last", SLICE("Jan"), field_words_shape(&f, 2, value));
}

static void
counts_a_nul_as_an_octet(void)
{
	field_words_read(&f, KEY, SLICE("a\0\0b"));
	EXPECT_NUMBER("words", 2, f.words.n);
	EXPECT_NUMBER("shapes", 1, f.shapes.n);
	EXPECT_NUMBER("shape", hash(KEY ^ 0x27d4eb2fu, SLICE("a\0\0a")),
	    f.shapes.items[0].hash);
}

static void
keeps_so_many_shapes_of_a_value(void)
{
	char many[2 * FIELD_SHAPES_MAX + 20];

	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = i % 2 == 0 ? 'a' : ' ';
	field_words_read(&f, KEY, slice_of(many, sizeof(many)));
	EXPECT_NUMBER("shapes", FIELD_SHAPES_MAX, f.shapes.n);
	EXPECT_NUMBER("words", sizeof(many) / 2, f.words.n);
}

int
main(void)
{
	field_words_init(&f, 200);
	UNIT_RUN(finds_words_and_their_shapes);
	UNIT_RUN(tells_where_a_shape_stands);
	UNIT_RUN(counts_a_nul_as_an_octet);
	UNIT_RUN(keeps_so_many_shapes_of_a_value);
	field_words_free(&f);
	return UNIT_RESULT;
}
