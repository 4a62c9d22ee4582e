/* SPDX-License-Identifier: ISC */
#include "mail/terms.h"

#include "unit.h"

static void
cuts_text_into_terms(void)
{
	static const struct {
		const char *prefix, *text, *want;
	} rows[] = {
		{"", "Hello, hello WORLD! 42", "hello world 42"},
		{"s:", "Hello world", "s:hello s:world"},
		{"", "Bob.Roe@Example.org", "bob roe example "
		    "bob.roe@example.org org"},
		{"", "well-known end. -x- a_b", "well well-known known end x "
		    "a a_b b"},
		{"", "don't", "don t"},
		{"", "\xc3\x89T\xc3\x89 \xc3\xa9t\xc3\xa9",
		    "\xc3\xa9t\xc3\xa9"},
		{"", "\xd0\x9f\xd0\xa0\xd0\x98 \xce\xa3\xce\x91\xcf\x82",
		    "\xd0\xbf\xd1\x80\xd0\xb8 \xcf\x83\xce\xb1\xcf\x83"},
		{"", "in\xc2\xadvoice in\xe2\x80\x8bvoice", "invoice"},
		{"", "a\xe2\x80\x94" "b \xe2\x82\xac" "5", "a b 5"},
		/* Han: one, and pairs of neighbours. */
		{"", "\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96x",
		    "\xe4\xbd\xa0 \xe4\xbd\xa0\xe5\xa5\xbd "
		    "\xe5\xa5\xbd\xe4\xb8\x96 x"},
		{"", "a\xff" "b", "a b"},
		{"", "a b", "a b"},
		{"", " ., -- @", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct terms t;

		terms_init(&t);
		terms_add(&t, rows[i].prefix, slice_text(rows[i].text));
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].want),
		    buf_slice(&t.text));
		terms_free(&t);
	}
}

static void
folds_case_beyond_ascii(void)
{
	static const uint32_t rows[][2] = {{'A', 'a'}, {'z', 'z'},
	    {0xc9, 0xe9}, {0xd7, 0xd7}, {0x110, 0x111}, {0x111, 0x111},
	    {0x141, 0x142}, {0x178, 0xff}, {0x17d, 0x17e}, {0x386, 0x3ac},
	    {0x38f, 0x3ce}, {0x3a9, 0x3c9}, {0x401, 0x451}, {0x42f, 0x44f},
	    {0x490, 0x491}, {0x531, 0x561}, {0x1ea0, 0x1ea1},
	    {0x1e9e, 0xdf}, {0xff21, 0xff41}, {0x4e00, 0x4e00}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_NUMBER("folded", rows[i][1], terms_fold(rows[i][0]));
}

static void
cuts_long_words(void)
{
	struct buf text = BUF_INIT;
	struct terms t;

	for (int i = 0; i < 1000; i++)
		buf_append_text(&text, "\xc3\xa9");
	terms_init(&t);
	terms_add(&t, "f:", buf_slice(&text));
	EXPECT_NUMBER("terms", 1, t.n);
	EXPECT_NUMBER("octets", 2 + TERM_SIZE_MAX, t.text.n);
	terms_free(&t);
	buf_free(&text);
}

static void
keeps_no_more_terms_than_the_limit(void)
{
	struct buf text = BUF_INIT;
	struct terms t;

	for (int i = 0; i < TERMS_MAX + 10; i++)
		buf_format(&text, "w%d ", i);
	terms_init(&t);
	terms_add(&t, "", buf_slice(&text));
	EXPECT_NUMBER("terms", TERMS_MAX, t.n);
	EXPECT(t.truncated);
	terms_free(&t);
	buf_free(&text);
}

/* A character without width behind each letter changes no word, but sends it
 * another way through the code. */
static void
plain_words_are_cut_like_all_others(void)
{
	static const char letters[] = "aB9zQ.-_@ ,\n\xc3\xa9(x";
	unsigned seed = 1;

	for (int round = 0; round < 2000; round++) {
		struct buf plain = BUF_INIT, wide = BUF_INIT;
		struct terms a, b;

		for (int i = 0; i < 200; i++) {
			seed = seed * 1103515245u + 12345;
			size_t at = (seed >> 16) % (sizeof(letters) - 1);
			/* at times a word longer than a term may be */
			int times = round % 7 == 0 && i % 50 == 0 ? 70 : 1;

			at -= letters[at] == '\xa9';
			for (; times > 0; times--) {
				buf_append(&plain, letters + at,
				    letters[at] == '\xc3' ? 2 : 1);
				buf_append(&wide, letters + at,
				    letters[at] == '\xc3' ? 2 : 1);
				if (ascii_is_alnum(letters[at]))
					buf_append_text(&wide, "\xe2\x80\x8b");
			}
		}
		terms_init(&a);
		terms_init(&b);
		terms_add(&a, "s:", buf_slice(&plain));
		terms_add(&b, "s:", buf_slice(&wide));
		EXPECT_SLICE("terms", buf_slice(&b.text), buf_slice(&a.text));
		terms_free(&a);
		terms_free(&b);
		buf_free(&plain);
		buf_free(&wide);
	}
}

int
main(void)
{
	UNIT_RUN(cuts_text_into_terms);
	UNIT_RUN(folds_case_beyond_ascii);
	UNIT_RUN(cuts_long_words);
	UNIT_RUN(plain_words_are_cut_like_all_others);
	UNIT_RUN(keeps_no_more_terms_than_the_limit);
	return UNIT_RESULT;
}
