/* SPDX-License-Identifier: ISC */
/*
 * Received fields.  The address of the client is what its server wrote into a
 * comment, first in brackets, then bare; the name that the client gave for
 * itself may look like an address and is passed over.
 */
#include "received.h"

#include <arpa/inet.h>
#include <string.h>

#include "mail/comment.h"

#define WORDS_MAX 1000 /* the rest of a longer field is not read */
#define ID_MAX 1000    /* octets within <>: a line has no more */
#define BRACKETS_MAX 64 /* octets within []: an address has fewer */

enum word_kind { WORD_NONE, WORD_PLAIN, WORD_COMMENT, WORD_SEMICOLON };

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t
plain_length(struct slice s)
{
	size_t n = 0;

	/* An id in <> may hold anything. */
	if (s.p[0] == '<') {
		struct slice id = slice_part(s, 0, ID_MAX);

		n = slice_find(id, '>');
		if (n < id.n)
			return n + 1;
		n = 1;
	}
	while (n < s.n && !is_blank(s.p[n]) && s.p[n] != '(' && s.p[n] != ';')
		n++;
	return n;
}

/* Cuts the next word off *rest; comments come without their brackets. */
static enum word_kind
next_word(struct slice *rest, struct slice *word)
{
	size_t n;

	while (rest->n > 0 && is_blank(rest->p[0]))
		*rest = slice_part(*rest, 1, rest->n);
	if (rest->n == 0)
		return WORD_NONE;
	if (rest->p[0] == ';') {
		*rest = slice_part(*rest, 1, rest->n);
		return WORD_SEMICOLON;
	}
	if (rest->p[0] == '(') {
		n = comment_skip(*rest);
		*word = slice_part(*rest, 1, n - (rest->p[n - 1] == ')'));
		*rest = slice_part(*rest, n, rest->n);
		return WORD_COMMENT;
	}
	n = plain_length(*rest);
	*word = slice_part(*rest, 0, n);
	*rest = slice_part(*rest, n, rest->n);
	return WORD_PLAIN;
}

static bool
is_ip(struct slice s)
{
	char text[INET6_ADDRSTRLEN + 1];
	unsigned char room[16];

	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return strlen(text) == s.n && (inet_pton(AF_INET, text, room) == 1 ||
	    inet_pton(AF_INET6, text, room) == 1);
}

/* The address in `192.0.2.1', `192.0.2.1:25', `IPv6:...', or none. */
static struct slice
bare_ip(struct slice s)
{
	if (slice_case_starts(s, "IPv6:"))
		s = slice_part(s, 5, s.n);
	if (slice_ends(s, ","))
		s.n--;
	if (is_ip(s))
		return s;
	s = slice_part(s, 0, slice_find(s, ':'));
	return is_ip(s) ? s : SLICE_NONE;
}

/* The last `[address]' in s, or none. */
static struct slice
bracketed_ip(struct slice s)
{
	struct slice found = SLICE_NONE;
	size_t at;

	while ((at = slice_find(s, '[')) < s.n) {
		struct slice inside, ip;

		s = slice_part(s, at + 1, s.n);
		inside = slice_part(s, 0, BRACKETS_MAX);
		inside.n = slice_find(inside, ']');
		ip = bare_ip(inside);
		if (ip.p != NULL)
			found = ip;
		s = slice_part(s, inside.n < BRACKETS_MAX ? inside.n : 0,
		    s.n);
	}
	return found;
}

/* One word of a comment behind `from'. */
static bool
read_helo(struct received *r, struct slice *comment, struct slice word)
{
	if (slice_case_is(word, "helo") || slice_case_is(word, "ehlo") ||
	    slice_case_is(word, "lhlo")) {
		if (next_word(comment, &word) == WORD_PLAIN &&
		    r->helo.p == NULL)
			r->helo = word;
		return true;
	}
	if (slice_case_starts(word, "helo=") ||
	    slice_case_starts(word, "ehlo=")) {
		if (r->helo.p == NULL)
			r->helo = slice_part(word, 5, word.n);
		return true;
	}
	return false;
}

/* *firm: the address stood in brackets, so nothing better comes. */
static void
read_from_comment(struct received *r, struct slice comment, bool *firm)
{
	struct slice word = SLICE_NONE, bracketed = SLICE_NONE;
	struct slice bare = SLICE_NONE, ip;
	enum word_kind kind;

	for (int i = 0; i < WORDS_MAX &&
	    (kind = next_word(&comment, &word)) != WORD_NONE; i++) {
		if (kind != WORD_PLAIN || read_helo(r, &comment, word))
			continue;
		ip = bracketed_ip(word);
		if (ip.p != NULL)
			bracketed = ip;
		/* qmail: `user@192.0.2.1' */
		ip = bare_ip(slice_part(word, slice_find(word, '@') <
		    word.n ? slice_find(word, '@') + 1 : 0, word.n));
		if (ip.p != NULL)
			bare = ip;
	}
	if (*firm)
		return;
	if (bracketed.p != NULL)
		r->ip = bracketed;
	else if (r->ip.p == NULL)
		r->ip = bare;
	*firm = bracketed.p != NULL;
}

/* Nor a comma behind. */
static struct slice
without_angles(struct slice s)
{
	if (s.n > 1 && s.p[s.n - 1] == ',')
		s.n--;
	if (s.n > 1 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		return slice_part(s, 1, s.n - 1);
	return s;
}

/* The member that a keyword fills, or NULL. */
static struct slice *
find_clause(struct received *r, struct slice word)
{
	const struct {
		const char *name;
		struct slice *to;
	} clauses[] = {{"from", &r->from}, {"by", &r->by}, {"via", &r->via},
	    {"with", &r->with}, {"id", &r->id}, {"for", &r->recipient}};

	for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++)
		if (slice_case_is(word, clauses[i].name))
			return clauses[i].to;
	return NULL;
}

/* A word that is no keyword. */
static void
read_value(struct received *r, struct slice *to, struct slice word, bool *firm)
{
	if (to == &r->from && r->from.p != NULL && !*firm) {
		/* `from NAME [IP] by': old servers. */
		struct slice ip = bracketed_ip(word);

		if (ip.p != NULL)
			r->ip = ip;
		*firm = ip.p != NULL;
	} else if (to->p == NULL) {
		*to = without_angles(word);
	}
}

static bool
is_followed_by_comment(struct slice rest)
{
	struct slice word;

	return next_word(&rest, &word) == WORD_COMMENT;
}

void
received_parse(struct received *r, struct slice value)
{
	struct slice rest = value, word = SLICE_NONE;
	struct slice *to = NULL, *next;
	enum word_kind kind;
	bool firm = false, directly = false; /* behind `from' */

	memset(r, 0, sizeof(*r));
	for (int i = 0; i < WORDS_MAX &&
	    (kind = next_word(&rest, &word)) != WORD_NONE; i++) {
		if (kind == WORD_SEMICOLON) {
			r->date = slice_trim(rest);
			to = NULL;
		} else if (kind == WORD_COMMENT) {
			if (to == &r->from && r->by.p == NULL)
				read_from_comment(r, word, &firm);
		} else if (to == &r->from && r->from.p == NULL && directly &&
		    is_followed_by_comment(rest)) {
			/* the client's own word, also if it is `by' */
			read_value(r, to, word, &firm);
		} else if ((next = find_clause(r, word)) != NULL) {
			to = next->p == NULL ? next : NULL;
			directly = to == &r->from;
			continue;
		} else if (to != NULL) {
			read_value(r, to, word, &firm);
		}
		directly = false;
	}
	/* Exim, without a name: `from [192.0.2.1] (helo=x)'. */
	if (r->ip.p == NULL)
		r->ip = bracketed_ip(r->from);
}

struct slice
received_helo(const struct received *r)
{
	return r->helo.p != NULL ? r->helo : r->from;
}
