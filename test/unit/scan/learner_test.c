/* SPDX-License-Identifier: ISC */
#include "scan/learner.h"

#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

static const char spam[] = "Subject: win money\r\n\r\ncheap pills here now\r\n";
static const char ham[] = "Subject: the patch\r\n\r\nplease look at this\r\n";

static void
features_are_each_there_once_and_in_order(void)
{
	struct features f;
	size_t first;

	features_init(&f);
	features_make(&f, slice_text(spam));
	EXPECT(f.grams.n > 30 && f.pairs.n > 4);
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

int
main(void)
{
	UNIT_RUN(features_are_each_there_once_and_in_order);
	UNIT_RUN(text_is_what_a_reader_sees);
	UNIT_RUN(learns_packs_and_comes_back_from_a_file);
	return UNIT_RESULT;
}
