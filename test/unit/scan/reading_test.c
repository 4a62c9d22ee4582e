/* SPDX-License-Identifier: ISC */
#include "scan/reading.h"

#include "scan/feature.h"
#include "unit.h"

static const char mixed[] = "Subject: x\n"
    "Content-Type: multipart/mixed; boundary=b\n\n"
    "--b\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n"
    "--b\nContent-Type: image/png\n\n\x89PNG\n"
    "--b\nContent-Type: text/html\n\n<p>a<!-- -->b\n"
    "--b\nContent-Type: application/octet-stream; name=\"x.HTM\"\n\n"
    "<a href=http://x.example/>c</a>\n"
    "--b--\n";

static void
gives_each_text_once_and_html_as_it_is_seen(void)
{
	struct reading r;

	reading_open(&r, slice_text(mixed));
	EXPECT_NUMBER("fields", 2, r.header.n);
	EXPECT_NUMBER("parts", 5, r.mime.n);
	EXPECT(reading_next(&r) && !r.is_html);
	EXPECT_SLICE("decoded", SLICE("hello"), buf_slice(&r.text));
	EXPECT(reading_next(&r) && r.is_html);
	EXPECT_SLICE("seen", SLICE("ab"), buf_slice(&r.html.text));
	EXPECT(reading_next(&r) && r.is_html);
	EXPECT_NUMBER("links of a file", 1, r.html.links_n);
	EXPECT(!reading_next(&r) && !reading_next(&r));
	reading_close(&r);
}

static void
reads_no_more_parts_than_its_limit(void)
{
	struct buf message = BUF_INIT;
	struct reading r;
	size_t n = 0;

	buf_append_text(&message,
	    "Content-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < READING_PARTS_MAX + 5; i++)
		buf_append_text(&message, "--b\n\nx\n");
	reading_open(&r, buf_slice(&message));
	while (reading_next(&r))
		n++;
	EXPECT_NUMBER("parts", READING_PARTS_MAX, n);
	reading_close(&r);
	buf_free(&message);
}

/* What fe-scan makes on its way through the texts is what fe-learn made. */
static void
features_are_the_same_either_way(void)
{
	struct features once, stepwise;
	struct reading r;

	features_init(&once);
	features_init(&stepwise);
	features_make(&once, slice_text(mixed));
	reading_open(&r, slice_text(mixed));
	features_begin(&stepwise, &r);
	while (reading_next(&r))
		features_add_text(&stepwise, &r);
	features_end(&stepwise);
	reading_close(&r);
	EXPECT(once.grams.n > 50);
	EXPECT_SLICE("text", SLICE("helloab"), buf_slice(&stepwise.text));
	EXPECT_SLICE("grams",
	    slice_of(once.grams.items, once.grams.n * sizeof(uint32_t)),
	    slice_of(stepwise.grams.items,
	    stepwise.grams.n * sizeof(uint32_t)));
	EXPECT_SLICE("pairs",
	    slice_of(once.pairs.items, once.pairs.n * sizeof(uint32_t)),
	    slice_of(stepwise.pairs.items,
	    stepwise.pairs.n * sizeof(uint32_t)));
	features_free(&once);
	features_free(&stepwise);
}

/* A script that says nothing ends at once by the rules of XML alone. */
static void
features_of_xhtml_are_its_words(void)
{
	struct features f;
	struct reading r;

	features_init(&f);
	reading_open(&r, slice_text("Content-Type: multipart/alternative;"
	    " boundary=b\n\n--b\nContent-Type: application/xhtml+xml\n\n"
	    "<html><script src='x.js'/><p>Please <b>p</b>ay</p></html>\n"
	    "--b--\n"));
	features_begin(&f, &r);
	EXPECT(reading_next(&r));
	features_add_text(&f, &r);
	features_end(&f);
	EXPECT_SLICE("text", SLICE("please pay"),
	    slice_trim(buf_slice(&f.text)));
	reading_close(&r);
	features_free(&f);
}

/* An octet for each bucket tells which message had it last, and comes round
 * after 255 of them. */
static void
features_do_not_depend_on_messages_before(void)
{
	struct features f;

	features_init(&f);
	for (int between = 250; between < 260; between++) {
		size_t grams, pairs;

		features_make(&f, slice_text(mixed));
		grams = f.grams.n;
		pairs = f.pairs.n;
		for (int i = 0; i < between; i++)
			features_make(&f, slice_text("X: y\n\nwords\n"));
		features_make(&f, slice_text(mixed));
		EXPECT_NUMBER("grams", grams, f.grams.n);
		EXPECT_NUMBER("pairs", pairs, f.pairs.n);
	}
	features_free(&f);
}

int
main(void)
{
	UNIT_RUN(gives_each_text_once_and_html_as_it_is_seen);
	UNIT_RUN(reads_no_more_parts_than_its_limit);
	UNIT_RUN(features_are_the_same_either_way);
	UNIT_RUN(features_of_xhtml_are_its_words);
	UNIT_RUN(features_do_not_depend_on_messages_before);
	return UNIT_RESULT;
}
