/* SPDX-License-Identifier: ISC */
#include "scan/learner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "unit.h"

static const char spam[] = "Subject: win money\r\n\r\ncheap pills here now\r\n";
static const char ham[] = "Subject: the patch\r\n\r\nplease look at this\r\n";

static void
features_are_each_there_once_and_in_order_when_sorted(void)
{
	struct features f;
	size_t first;

	features_init(&f);
	features_make(&f, slice_text(spam));
	EXPECT(f.grams.n > 30 && f.pairs.n > 4);
	features_sort(&f);
	for (size_t i = 1; i < f.grams.n; i++)
		EXPECT(f.grams.items[i - 1] < f.grams.items[i]);
	first = f.grams.n;
	features_make(&f, slice_text("\r\n"));
	EXPECT_NUMBER("none", 0, f.grams.n + f.pairs.n);
	features_make(&f, slice_text(spam));
	EXPECT_NUMBER("again", first, f.grams.n);
	features_free(&f);
}

static void
text_is_what_a_reader_sees(void)
{
	struct features f;

	features_init(&f);
	features_make(&f, SLICE("Content-Type: text/html\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	    "<p>B=65n<b>Nu</b>\r\n<!-- x -->  tzer"));
	EXPECT_SLICE("text", SLICE("bennu tzer"), buf_slice(&f.text));
	features_free(&f);
}

static void
learns_packs_and_comes_back_from_a_file(void)
{
	char path[] = "/tmp/fe-model.XXXXXX";
	struct model m, again;
	struct model_scores s, t;
	struct examples e;
	struct features f;
	struct err err = ERR_INIT;

	close(mkstemp(path));
	features_init(&f);
	examples_init(&e);
	model_init(&m);
	model_init(&again);
	features_make(&f, slice_text(spam));
	EXPECT(examples_add(&e, &f, true, &err) == 0);
	model_score(&m, &f, &s);
	EXPECT(s.spam == 0.5);
	features_make(&f, slice_text(ham));
	EXPECT(examples_add(&e, &f, false, &err) == 0);
	learner_train(&m, &e, 1, 1, &f);
	example_unpack(&e.items[0], &f);
	model_score(&m, &f, &s);
	EXPECT(s.spam > 0.5);
	EXPECT(model_write(&m, path, &err) == 0);
	EXPECT(model_read(&again, path, &err) == 0);
	model_score(&again, &f, &t);
	EXPECT(t.spam == s.spam);
	example_unpack(&e.items[1], &f);
	model_score(&again, &f, &t);
	EXPECT(t.spam < 0.5);
	model_free(&m);
	model_free(&again);
	examples_free(&e);
	features_free(&f);
	unlink(path);
}

/* Head and packed octets as a file with a right CRC. */
static void
make_file(struct buf *file, struct model_head head, struct slice packed)
{
	const size_t from = offsetof(struct model_head, crc) + sizeof(uint32_t);

	buf_truncate(file, 0);
	buf_append(file, &head, sizeof(head));
	buf_append_slice(file, packed);
	head.crc = (uint32_t)crc32_z(0, (unsigned char *)file->p + from,
	    file->n - from);
	memcpy(file->p, &head, sizeof(head));
}

static void
reads_no_other_version_and_nothing_that_does_not_unpack(void)
{
	const size_t body_n = 2 * MODEL_WEIGHTS + MODEL_COUNTS;
	unsigned char *body = calloc(1, body_n);
	uLongf n = compressBound(body_n);
	struct buf packed = BUF_INIT, file = BUF_INIT;
	struct err err = ERR_INIT;
	struct model_head head;
	struct model m;

	model_init(&m);
	head = m.head;
	/* What version 2 was: one zlib stream, which is no frame. */
	buf_reserve(&packed, n);
	EXPECT(compress((Bytef *)packed.p, &n, body, body_n) == Z_OK);
	packed.n = n;
	m.counts[9] = 0x43;
	for (head.version = 2; head.version < MODEL_VERSION; head.version++) {
		make_file(&file, head, buf_slice(&packed));
		EXPECT(model_parse(&m, buf_slice(&file), &err) == -1);
		EXPECT(strstr(err.text, "learn anew") != NULL);
	}
	make_file(&file, head, buf_slice(&packed));
	EXPECT(model_parse(&m, buf_slice(&file), &err) == -1);
	EXPECT(strstr(err.text, "damaged") != NULL);
	EXPECT(m.counts[9] == 0x43);
	model_free(&m);
	buf_free(&packed);
	buf_free(&file);
	free(body);
}

static void
header_and_text_are_told_apart_and_weigh_alike(void)
{
	struct slice message = SLICE("From: a@example.org\nSubject: pills\n"
	    "\nmoney for nothing, and so on and on and on\n");
	struct features f;
	struct model m;
	size_t header_n;

	features_init(&f);
	model_init(&m);
	features_make(&f, message);
	header_n = features_in_header(&f.grams);
	EXPECT(header_n > 20 && f.grams.n - header_n > 20);
	EXPECT(f.grams.items[header_n - 1] < FEATURE_TEXT_FROM);
	EXPECT(f.grams.items[header_n] >= FEATURE_TEXT_FROM);
	for (size_t i = 0; i < header_n; i++)
		m.weights[f.grams.items[i]] = MODEL_UNIT;
	EXPECT(fabs(model_gram_score(&m, &f.grams) -
	    sqrt((double)header_n)) < 1e-9);
	for (size_t i = header_n; i < f.grams.n; i++)
		m.weights[f.grams.items[i]] = -MODEL_UNIT;
	EXPECT(fabs(model_gram_score(&m, &f.grams) - sqrt((double)header_n) +
	    sqrt((double)(f.grams.n - header_n))) < 1e-9);
	features_make(&f, SLICE_NONE);
	EXPECT_NUMBER("none", 0, features_in_header(&f.grams));
	model_free(&m);
	features_free(&f);
}

/* Whether a header has a feature of this text when a score is explained. */
static bool
has_feature(const char *message, const char *text)
{
	struct feature_name names[200] = {{0}};
	struct features f;
	bool found = false;

	features_init(&f);
	features_make(&f, slice_text(message));
	f.names = names;
	for (f.names_n = 0; f.names_n < 200 && f.names_n < f.grams.n;
	    f.names_n++)
		names[f.names_n].bucket = f.grams.items[f.names_n];
	features_make(&f, slice_text(message));
	for (size_t i = 0; i < f.names_n; i++)
		found = found || strcmp(names[i].text, text) == 0;
	features_free(&f);
	return found;
}

static size_t
count_shared(const char *a, const char *b)
{
	struct features f, g;
	size_t shared = 0;

	features_init(&f);
	features_init(&g);
	features_make(&f, slice_text(a));
	features_make(&g, slice_text(b));
	for (size_t i = 0; i < f.grams.n; i++)
		for (size_t k = 0; k < g.grams.n; k++)
			shared += f.grams.items[i] == g.grams.items[k];
	features_free(&f);
	features_free(&g);
	return shared;
}

static void
shapes_and_the_order_of_fields_are_features(void)
{
	EXPECT(has_feature("Xy: Ab 12\nZ: q\n\n", "shape Xy:Ab"));
	EXPECT(has_feature("Xy: Ab 12\nZ: q\n\n", "order Xy:Z"));
	EXPECT(!has_feature("Xy: Ab 12\nZ: q\n\n", "order Z:Xy"));
	/* values of one shape share that, and those of two do not */
	EXPECT(count_shared("M: Aab-901@q.r\n\n", "M: Xyz-7@m.ij\n\n") >
	    count_shared("M: Aab-901@q.r\n\n", "M: xyz-Q@m.ij\n\n"));
}

int
main(void)
{
	UNIT_RUN(reads_no_other_version_and_nothing_that_does_not_unpack);
	UNIT_RUN(header_and_text_are_told_apart_and_weigh_alike);
	UNIT_RUN(features_are_each_there_once_and_in_order_when_sorted);
	UNIT_RUN(text_is_what_a_reader_sees);
	UNIT_RUN(learns_packs_and_comes_back_from_a_file);
	UNIT_RUN(shapes_and_the_order_of_fields_are_features);
	return UNIT_RESULT;
}
