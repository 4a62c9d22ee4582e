/* SPDX-License-Identifier: ISC */
/* Questions to a mailbox, and the answers that a run is given. */
#include "question.h"

#include <sodium.h>
#include <stdio.h>

#include "base/id.h"

#define HASH_SIZE 16

bool
questions_ask(struct questions *q, struct arena *arena,
    enum question_kind kind, struct slice value)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->items[i].kind == kind &&
		    slice_equal(q->items[i].value, value))
			return q->items[i].yes;
	if (q->n < QUESTIONS_MAX)
		q->items[q->n++] = (struct question){kind,
		    arena_copy(arena, value), false};
	return false;
}

struct questions
questions_case(const struct questions *q, size_t n)
{
	struct questions one = *q;

	one.n = n;
	one.items[n - 1].yes = true;
	return one;
}

bool
questions_have(const struct questions *q, enum question_kind kind)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->items[i].kind == kind)
			return true;
	return false;
}

const char *
question_name(enum question_kind kind)
{
	return kind == QUESTION_MARK ? "mark" : "folders";
}

void
questions_describe(const struct questions *q, struct buf *out)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->items[i].yes)
			buf_format(out, "%s%s %.*s", out->n > 0 ? ", " : "",
			    question_name(q->items[i].kind),
			    SLICE_ARG(q->items[i].value));
}

static void
hash_add(crypto_generichash_state *state, struct slice s)
{
	crypto_generichash_update(state, (const unsigned char *)
	    (s.p != NULL ? s.p : ""), s.n);
	crypto_generichash_update(state, (const unsigned char *)"", 1);
}

struct slice
question_mark(struct arena *arena, const char *kind, struct slice first,
    struct slice second)
{
	crypto_generichash_state state;
	unsigned char hash[HASH_SIZE];
	char digits[2 * HASH_SIZE + 1], text[64 + 2 * HASH_SIZE];

	crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
	hash_add(&state, first);
	hash_add(&state, second);
	crypto_generichash_final(&state, hash, HASH_SIZE);
	hex_encode(hash, HASH_SIZE, digits);
	snprintf(text, sizeof(text), "\"%s:%s\"", kind, digits);
	return arena_copy(arena, slice_text(text));
}
