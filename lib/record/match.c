/* SPDX-License-Identifier: ISC */
/*
 * Queries over files.  The message is read as the indexer of a mailbox reads
 * it (mail/digest.h), once for each message and only if a word is asked for.
 */
#include "record/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/number.h"
#include "mail/digest.h"

enum field { FROM, TO, CC, SUBJECT, TEXT, SINCE, BEFORE, LARGER, SMALLER,
	FLAG, HAS, IS };

static const struct {
	const char *name, *prefix; /* of terms, see digest.h */
} fields[] = {[FROM] = {"from", "f:"}, [TO] = {"to", "t:"},
    [CC] = {"cc", "c:"}, [SUBJECT] = {"subject", "s:"}, [TEXT] = {"text", ""},
    [SINCE] = {"since", NULL}, [BEFORE] = {"before", NULL},
    [LARGER] = {"larger", NULL}, [SMALLER] = {"smaller", NULL},
    [FLAG] = {"flag", NULL}, [HAS] = {"has", NULL},
    [IS] = {"is", NULL}};
#define FIELDS (sizeof(fields) / sizeof(*fields))

struct item {
	enum field field;
	bool not, beginning;
	int64_t number;     /* a time, a size */
	char *flag;
	struct terms terms; /* of a word */
};

struct match {
	struct item items[MATCH_ITEMS_MAX];
	size_t n;
	bool words; /* the digest is needed */
};

int
match_time(struct slice text, int64_t now_ms, int64_t *ms)
{
	int64_t seconds;

	if (text.n > 0 && ascii_is_alpha(text.p[text.n - 1]) &&
	    number_parse_duration(text, &seconds) == 0) {
		if (__builtin_mul_overflow(seconds, 1000, &seconds))
			return -1;
		*ms = now_ms - seconds;
		return 0;
	}
	return clock_parse(text, ms);
}

/* Takes `field:' off; TEXT where there is none that we know. */
static bool
take_field(struct slice *word, enum field *field)
{
	size_t colon = slice_find(*word, ':');

	for (size_t i = 0; colon < word->n && i < FIELDS; i++)
		if (slice_case_is(slice_part(*word, 0, colon),
			fields[i].name)) {
			*word = slice_part(*word, colon + 1, word->n);
			*field = (enum field)i;
			return true;
		}
	*field = TEXT;
	return false;
}

bool
match_looks_like_item(struct slice word)
{
	enum field field;

	if (slice_starts(word, "-"))
		word = slice_part(word, 1, word.n);
	return take_field(&word, &field);
}

/* A state is a flag, or the want of one. */
static int
set_state(struct item *item, struct slice value)
{
	static const char *const states[] = {
	    "seen", "flagged", "answered", "deleted", "draft"};

	if (slice_case_is(value, "unseen")) {
		item->not = !item->not;
		value = SLICE("seen");
	}
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (slice_case_is(value, states[i])) {
			item->flag = mem_text(states[i]);
			return 0;
		}
	return -1;
}

static int
set_value(struct item *item, struct slice value, int64_t now_ms)
{
	terms_init(&item->terms);
	switch (item->field) {
	case SINCE:
	case BEFORE:
		return match_time(value, now_ms, &item->number);
	case LARGER:
	case SMALLER:
		return number_parse_size(value, &item->number);
	case FLAG:
		item->flag = mem_dup(value.p, value.n);
		return value.n > 0 ? 0 : -1;
	case HAS:
		return slice_case_is(value, "attachment") ? 0 : -1;
	case IS:
		return set_state(item, value);
	default:
		if (slice_ends(value, "*")) {
			item->beginning = true;
			value.n--;
		}
		terms_add(&item->terms, fields[item->field].prefix, value);
		return item->terms.n > 0 ? 0 : -1;
	}
}

/* One item off the query: up to a blank outside of quotes. */
static struct slice
take_item(struct slice *rest)
{
	struct slice item;
	bool quoted = false;
	size_t n = 0;

	*rest = slice_trim(*rest);
	while (n < rest->n && (quoted || !ascii_is_space(rest->p[n])))
		if (rest->p[n++] == '"')
			quoted = !quoted;
	item = slice_part(*rest, 0, n);
	*rest = slice_part(*rest, n, rest->n);
	return item;
}

static int
add_item(struct match *match, struct slice word, int64_t now_ms,
    struct err *err)
{
	struct slice value = word;
	struct item *item;

	if (match->n == MATCH_ITEMS_MAX)
		return err_set(err, ERR_USAGE, "a query of over %d items",
		    MATCH_ITEMS_MAX);
	item = &match->items[match->n++];
	if (value.n > 1 && value.p[0] == '-') {
		item->not = true;
		value = slice_part(value, 1, value.n);
	}
	take_field(&value, &item->field);
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = slice_part(value, 1, value.n - 1);
	if (set_value(item, value, now_ms) < 0)
		return err_set(err, ERR_USAGE, "query: '%.*s' means nothing",
		    SLICE_ARG(word));
	match->words = match->words || item->terms.n > 0 || item->field == HAS;
	return 0;
}

int
match_parse(struct match **out, struct slice query, int64_t now_ms,
    struct err *err)
{
	struct match *match = mem_zalloc(sizeof(*match));
	struct slice word;

	while ((word = take_item(&query)).n > 0)
		if (add_item(match, word, now_ms, err) < 0) {
			match_free(match);
			return -1;
		}
	*out = match;
	return 0;
}

void
match_free(struct match *match)
{
	if (match == NULL)
		return;
	for (size_t i = 0; i < match->n; i++) {
		terms_free(&match->items[i].terms);
		free(match->items[i].flag);
	}
	free(match);
}

/* Is there such a term (or one that begins so) among them? */
static bool
has_term(struct slice terms, struct slice term, bool beginning)
{
	while (terms.n >= term.n) {
		size_t at = slice_find_text(terms, term), end = at + term.n;

		if (at == terms.n)
			return false;
		if ((at == 0 || terms.p[at - 1] == ' ') &&
		    (beginning || end == terms.n || terms.p[end] == ' '))
			return true;
		terms = slice_part(terms, end, terms.n);
	}
	return false;
}

static bool
has_words(const struct item *item, const struct digest *digest)
{
	struct slice wanted = buf_slice(&item->terms.text);
	struct slice terms = buf_slice(&digest->terms.text);

	while (wanted.n > 0)
		if (!has_term(terms, slice_cut(&wanted, ' '), item->beginning))
			return false;
	return true;
}

static bool
has_flag(struct slice flags, const char *flag)
{
	while (flags.p != NULL) {
		struct slice one = slice_cut(&flags, ' ');

		if (slice_case_is(one, flag))
			return true;
		if (slice_starts(one, "\\") &&
		    slice_case_is(slice_part(one, 1, one.n), flag))
			return true;
	}
	return false;
}

static bool
item_matches(const struct item *item, struct slice octets,
    const struct source *source, const struct digest *digest)
{
	switch (item->field) {
	case SINCE:
		return source->date_ms >= item->number;
	case BEFORE:
		return source->date_ms < item->number;
	case LARGER:
		return (int64_t)octets.n > item->number;
	case SMALLER:
		return (int64_t)octets.n < item->number;
	case FLAG:
	case IS:
		return has_flag(source->flags, item->flag);
	case HAS:
		return digest->has_attachment;
	default:
		return has_words(item, digest);
	}
}

bool
match_message(const struct match *match, struct slice octets,
    const struct source *source)
{
	struct digest digest;
	bool all = true;

	if (match->words)
		digest_make(&digest, octets);
	for (size_t i = 0; all && i < match->n; i++)
		all = match->items[i].not != item_matches(&match->items[i],
		    octets, source, match->words ? &digest : NULL);
	if (match->words)
		digest_free(&digest);
	return all;
}
