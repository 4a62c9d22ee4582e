/* SPDX-License-Identifier: ISC */
/* Tests of header, envelope and size. */
#include "matcher.h"
#include "tests.h"

struct field_walk
field_walk(struct sieve_run *run, const struct sieve_node *node,
    struct slice name)
{
	int64_t index = run_tag_number(node, TAG_INDEX, 0);

	return (struct field_walk){.run = run, .name = name,
	    .only = (size_t)index,
	    .from_last = index > 0 && node_tag(node, TAG_LAST) != NULL};
}

/* Looking for a name is a look at all fields. */
static int
walk_work(const struct field_walk *walk, const struct sieve_node *node)
{
	return run_work(walk->run, node,
	    letter_header(walk->run->message)->n);
}

static struct letter_field *
nth_field(const struct field_walk *walk, const struct letter_header *h)
{
	size_t seen = 0;

	for (size_t i = 0; i < h->n; i++) {
		size_t at = walk->from_last ? h->n - 1 - i : i;

		if (slice_case_equal(h->fields[at]->name, walk->name) &&
		    ++seen == walk->only)
			return h->fields[at];
	}
	return NULL;
}

struct letter_field *
field_next(struct field_walk *walk)
{
	const struct letter_header *h = letter_header(walk->run->message);

	if (walk->only > 0) {
		bool first = !walk->done;

		walk->done = true;
		return first ? nth_field(walk, h) : NULL;
	}
	while (walk->at < h->n) {
		struct letter_field *f = h->fields[walk->at++];

		if (slice_case_equal(f->name, walk->name))
			return f;
	}
	return NULL;
}

int
test_header(struct sieve_run *run, const struct sieve_node *node)
{
	struct matcher match;
	int got;

	matcher_begin(&match, run, node, node->args[1]);
	for (size_t i = 0; i < node->args[0]->n; i++) {
		struct field_walk walk = field_walk(run, node,
		    run_text(run, &node->args[0]->strings[i]));
		struct letter_field *f;

		if (walk_work(&walk, node) < 0)
			return -1;
		while ((f = field_next(&walk)) != NULL) {
			got = matcher_value(&match,
			    field_text(run->message, f));
			if (got != 0)
				return got;
		}
	}
	return matcher_end(&match);
}

int
test_exists(struct sieve_run *run, const struct sieve_node *node)
{
	for (size_t i = 0; i < node->args[0]->n; i++) {
		struct field_walk walk = field_walk(run, node,
		    run_text(run, &node->args[0]->strings[i]));

		if (walk_work(&walk, node) < 0)
			return -1;
		if (field_next(&walk) == NULL)
			return 0;
	}
	return 1;
}

int
test_size(struct sieve_run *run, const struct sieve_node *node)
{
	int64_t size = (int64_t)run->message->octets.n;
	const struct sieve_tag_use *over = node_tag(node, TAG_OVER);

	if (over != NULL)
		return size > over->value->number;
	return size < run_tag_number(node, TAG_UNDER, 0);
}

/* ---- addresses ---- */

/* RFC 5228, 2.7.4; RFC 5233.  False: there is no such part. */
static bool
address_part(const struct sieve_run *run, enum address_part part,
    struct slice all, struct slice *out)
{
	struct slice local, domain, base;

	*out = all;
	if (part == PART_ALL)
		return true;
	if (all.n == 0) { /* the null path */
		*out = SLICE("");
		return part != PART_DETAIL;
	}
	if (address_split(all, &local, &domain) < 0 || local.n == 0 ||
	    domain.n == 0)
		return false;
	base = address_base(local, run->host->delimiter);
	*out = part == PART_DOMAIN ? domain : part == PART_USER ? base : local;
	if (part != PART_DETAIL)
		return true;
	*out = slice_part(local, base.n + 1, local.n);
	return base.n < local.n;
}

static int
match_address(struct matcher *match, struct slice address)
{
	struct slice part;

	if (!address_part(match->run, match->node->match.part, address, &part))
		return 0;
	return matcher_value(match, part);
}

static int
match_field(struct matcher *match, struct letter_field *f)
{
	const struct address_list *list = field_addresses(match->run->message,
	    f);

	if (run_work(match->run, match->node, list->n) < 0)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		int got = match_address(match,
		    buf_slice(&list->items[i].text));

		if (got != 0)
			return got;
	}
	/* what cannot be read is compared as it stands (2.7.4) */
	if (list->n == 0 && match->node->match.part == PART_ALL &&
	    field_text(match->run->message, f).n > 0 && list->malformed)
		return matcher_value(match, field_text(match->run->message, f));
	return 0;
}

int
test_address(struct sieve_run *run, const struct sieve_node *node)
{
	struct matcher match;

	matcher_begin(&match, run, node, node->args[1]);
	for (size_t i = 0; i < node->args[0]->n; i++) {
		struct field_walk walk = field_walk(run, node,
		    run_text(run, &node->args[0]->strings[i]));
		struct letter_field *f;

		if (walk_work(&walk, node) < 0)
			return -1;
		while ((f = field_next(&walk)) != NULL) {
			int got = match_field(&match, f);

			if (got != 0)
				return got;
		}
	}
	return matcher_end(&match);
}

static int
match_recipients(struct matcher *match)
{
	const struct letter *m = match->run->message;

	if (match->run->recipient.p != NULL)
		return match_address(match, match->run->recipient);
	for (size_t i = 0; i < m->recipients_n; i++) {
		int got = match_address(match, m->recipients[i]);

		if (got != 0)
			return got;
	}
	return 0;
}

int
test_envelope(struct sieve_run *run, const struct sieve_node *node)
{
	struct matcher match;

	matcher_begin(&match, run, node, node->args[1]);
	for (size_t i = 0; i < node->args[0]->n; i++) {
		struct slice part = run_text(run, &node->args[0]->strings[i]);
		int got = 0;

		if (slice_case_is(part, "to"))
			got = match_recipients(&match);
		else if (slice_case_is(part, "from") &&
		    run->message->sender.p != NULL)
			got = match_address(&match, run->message->sender);
		if (got != 0)
			return got;
	}
	return matcher_end(&match);
}
