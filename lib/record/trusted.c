/* SPDX-License-Identifier: ISC */
/*
 * What our own server wrote into the header of a message (--trust-received):
 * the topmost Received field with its name behind `by', RFC 5321, 4.4, and
 * the Return-Path above it.  Below that field everything may be forged, and
 * within it the words of the client are told from those of the server by
 * place: the address is what the server put in brackets or parentheses, not
 * what the client called itself.
 */
#include "record/intake.h"

#include <string.h>

#include "mail/header.h"
#include "net/ip.h"

#define COMMENTS_MAX 4

struct clause {
	struct slice from, by;
	struct slice comments[COMMENTS_MAX]; /* between from and by */
	size_t comments_n;
};

/* The next word or comment at the head of the text. */
static struct slice
next_token(struct slice *rest)
{
	size_t n = 0;
	unsigned depth = 0;

	while (rest->n > 0 && strchr(" \t\r\n", rest->p[0]) != NULL)
		*rest = slice_part(*rest, 1, rest->n);
	for (; n < rest->n; n++) {
		char c = rest->p[n];

		if (depth == 0 && n > 0 && (c == '(' || c == ';' ||
		    strchr(" \t\r\n", c) != NULL))
			break;
		if (c == '\\' && depth > 0)
			n++;
		else if (c == '(')
			depth++;
		else if (c == ')' && depth > 0 && --depth == 0) {
			n++;
			break;
		}
	}
	struct slice token = slice_part(*rest, 0, n);
	*rest = slice_part(*rest, n, rest->n);
	return token;
}

/* `from WORD (comment) by WORD', or `by WORD' alone. */
static bool
read_clause(struct slice value, struct clause *clause)
{
	struct slice token = next_token(&value);

	*clause = (struct clause){.comments_n = 0};
	if (slice_case_is(token, "by")) {
		clause->by = next_token(&value);
		return clause->by.n > 0;
	}
	if (!slice_case_is(token, "from"))
		return false;
	clause->from = next_token(&value);
	while ((token = next_token(&value)).n > 0) {
		if (slice_case_is(token, "by")) {
			clause->by = next_token(&value);
			return clause->by.n > 0;
		}
		if (token.p[0] == '(' && clause->comments_n < COMMENTS_MAX)
			clause->comments[clause->comments_n++] =
			    slice_part(token, 1, token.n - 1);
	}
	return false;
}

static bool
is_ip(struct slice text)
{
	struct ip ip;

	return ip_parse(text, &ip) == 0;
}

/* `[192.0.2.1]', `[IPv6:2001:db8::1]' (RFC 5321, 4.1.3). */
static struct slice
ip_in_brackets(struct slice text)
{
	size_t from = slice_find(text, '['), to;
	struct slice ip;

	if (from == text.n)
		return SLICE_NONE;
	text = slice_part(text, from + 1, text.n);
	to = slice_find(text, ']');
	ip = slice_part(text, 0, to);
	if (slice_case_starts(ip, "IPv6:"))
		ip = slice_part(ip, 5, ip.n);
	return to < text.n && is_ip(ip) ? ip : SLICE_NONE;
}

/* Exim writes `helo=NAME', qmail `HELO NAME' among the comments: what follows
 * is the client's. */
static struct slice
split_helo(struct slice *comment)
{
	static const char *const words[] = {"helo=", "HELO "};

	for (size_t i = 0; i < 2; i++) {
		struct slice word = slice_text(words[i]);
		size_t at = slice_find_text(*comment, word);
		struct slice helo;

		if (at == comment->n ||
		    (at > 0 && !ascii_is_space(comment->p[at - 1])))
			continue;
		helo = slice_part(*comment, at + word.n, comment->n);
		*comment = slice_part(*comment, 0, at);
		return slice_part(helo, 0, slice_find(helo, ' '));
	}
	return SLICE_NONE;
}

static void
read_client(struct trusted *trusted, struct clause *clause)
{
	struct slice helo = SLICE_NONE;

	for (size_t i = 0; i < clause->comments_n; i++) {
		struct slice *comment = &clause->comments[i];
		struct slice said = split_helo(comment);

		if (helo.p == NULL)
			helo = said;
		if (trusted->ip.p == NULL)
			trusted->ip = ip_in_brackets(*comment);
		if (trusted->ip.p == NULL && is_ip(slice_trim(*comment)))
			trusted->ip = slice_trim(*comment);
	}
	/* Exim without a name of the client: `from [192.0.2.1] (helo=x)' */
	if (trusted->ip.p == NULL && helo.p != NULL)
		trusted->ip = ip_in_brackets(clause->from);
	trusted->helo = helo.p != NULL ? helo : clause->from;
}

static void
read_sender(struct trusted *trusted, struct slice value)
{
	value = slice_trim(value);
	if (value.n < 2 || value.p[0] != '<' || value.p[value.n - 1] != '>')
		return;
	trusted->sender = slice_part(value, 1, value.n - 1);
	trusted->has_sender = true;
}

void
trusted_find(struct trusted *trusted, struct slice message, const char *host)
{
	struct slice path = SLICE_NONE;
	struct header header;
	struct clause clause;

	*trusted = (struct trusted){.text = BUF_INIT};
	header_parse(&header, message);
	for (size_t i = 0; i < header.n; i++) {
		const struct header_field *field = &header.fields[i];

		if (path.p == NULL && slice_case_is(field->name, "Return-Path"))
			path = field->value;
		if (!slice_case_is(field->name, "Received") ||
		    !read_clause(field->value, &clause) ||
		    !slice_case_is(clause.by, host))
			continue;
		/* again in a copy, unfolded, that the slices may live in */
		header_unfold(field->value, &trusted->text);
		if (read_clause(buf_slice(&trusted->text), &clause) &&
		    clause.from.p != NULL)
			read_client(trusted, &clause);
		read_sender(trusted, path);
		break;
	}
	header_free(&header);
}

void
trusted_free(struct trusted *trusted)
{
	buf_free(&trusted->text);
}
