/* SPDX-License-Identifier: ISC */
/* Test of the body (RFC 5173), raw, by types, or as text. */
#include "matcher.h"
#include "tests.h"

static int
match_texts(struct matcher *match)
{
	const struct slice *texts;
	size_t n = letter_texts(match->run->message, &texts);

	for (size_t i = 0; i < n; i++) {
		int got = matcher_value(match, texts[i]);

		if (got != 0)
			return got;
	}
	return matcher_end(match);
}

/* `', `text' or `text/plain'; what is none of these is no type. */
static bool
type_matches(struct slice wanted, const struct mime_part *part)
{
	struct slice subtype = wanted, type = slice_cut(&subtype, '/');

	if (wanted.n == 0)
		return true;
	if (subtype.p == NULL)
		return slice_case_equal(type, part->type);
	return type.n > 0 && subtype.n > 0 &&
	    slice_case_equal(type, part->type) &&
	    slice_case_equal(subtype, part->subtype);
}

static bool
is_wanted(struct sieve_run *run, const struct sieve_value *types,
    const struct mime_part *part)
{
	for (size_t i = 0; i < types->n; i++)
		if (type_matches(run_text(run, &types->strings[i]), part))
			return true;
	return false;
}

/* What stands before the first part and behind the last (5.2). */
static struct slice
around_parts(struct sieve_run *run, const struct mime *mime, size_t index)
{
	const struct mime_part *whole = &mime->parts[index], *first = NULL,
	    *last = NULL;
	struct slice before, behind;

	for (size_t i = index + 1; i < mime->n; i++)
		if (mime->parts[i].parent == (int)index) {
			if (first == NULL)
				first = &mime->parts[i];
			last = &mime->parts[i];
		}
	if (first == NULL)
		return whole->body;
	before = slice_of(whole->body.p,
	    (size_t)(first->header.p - whole->body.p));
	while (before.n > 0 && before.p[before.n - 1] == '\n')
		before.n--; /* the line of the boundary */
	while (before.n > 0 && before.p[before.n - 1] != '\n')
		before.n--;
	behind = slice_part(whole->body, (size_t)(last->body.p -
	    whole->body.p) + last->body.n, whole->body.n);
	(void)slice_line(&behind);
	if (slice_starts(behind, "--"))
		(void)slice_line(&behind);
	return arena_join(run->arena, before, behind);
}

static struct slice
part_content(struct sieve_run *run, const struct mime *mime, size_t index)
{
	const struct mime_part *part = &mime->parts[index];
	struct buf text = BUF_LIMITED(LETTER_TEXT_MAX);
	struct slice copy;

	if (part->has_children)
		return mime_part_is(part, "message", NULL) ?
		    mime->parts[index + 1].header :
		    around_parts(run, mime, index);
	if (mime_part_is(part, "text", NULL))
		(void)mime_part_text(part, &text);
	else
		(void)mime_part_decode(part, &text);
	copy = arena_copy(run->arena, buf_slice(&text));
	buf_free(&text);
	return copy;
}

static int
match_content(struct matcher *match, const struct sieve_value *types)
{
	struct sieve_run *run = match->run;
	const struct mime *mime = letter_mime(run->message);

	for (size_t i = 0; i < mime->n; i++) {
		int got;

		if (!is_wanted(run, types, &mime->parts[i]))
			continue;
		got = matcher_value(match, part_content(run, mime, i));
		if (got != 0)
			return got;
	}
	return matcher_end(match);
}

int
test_body(struct sieve_run *run, const struct sieve_node *node)
{
	const struct sieve_tag_use *content = node_tag(node, TAG_CONTENT);
	struct matcher match;
	int got;

	/* no empty line behind the header: no body, not even "" (3) */
	if (letter_body(run->message).p == NULL)
		return 0;
	matcher_begin(&match, run, node, node->args[0]);
	match.no_matches = true;
	if (content != NULL)
		return match_content(&match, content->value);
	if (node_tag(node, TAG_RAW) == NULL)
		return match_texts(&match);
	got = matcher_value(&match, letter_body(run->message));
	return got != 0 ? got : matcher_end(&match);
}
