/* SPDX-License-Identifier: ISC */
/*
 * What a word in a log announces: a named value, an account of a service, a
 * person's folder.
 */
#include "ops/scrub_rule.h"

#include <string.h>

struct slice
rule_word(const struct rule *r)
{
	return slice_part(r->text, r->word, r->end);
}

struct slice
rule_rest(const struct rule *r, size_t from)
{
	return slice_part(r->text, from, r->text.n);
}

void
rule_copy(struct rule *r, size_t to)
{
	buf_append(r->out, r->text.p + r->at, to - r->at);
	r->at = to;
}

size_t
rule_last_text(struct slice text, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = text.n; i >= n; i--)
		if (memcmp(text.p + i - n, what, n) == 0)
			return i - n;
	return text.n;
}

/* Where a bare value ends. */
size_t
rule_bare_end(struct slice text, size_t at)
{
	size_t end = at;

	while (end < text.n && strchr(" \t,;)(\"'<>[]|", text.p[end]) == NULL)
		end++;
	while (end > at && (text.p[end - 1] == ':' || text.p[end - 1] == '.'))
		end--;
	return end;
}

/* The closing quote, from its opening one; escaped ones are none. */
static size_t
quote_end(struct slice text, size_t open)
{
	for (size_t i = open + 1; i < text.n; i++)
		if (text.p[i] == '\\')
			i++;
		else if (text.p[i] == text.p[open])
			return i;
	return text.n;
}

/* A phrase in front of `<address>'. */
static size_t
phrase_end(struct slice text, size_t at)
{
	for (size_t i = at; i < text.n && i < at + RULE_PHRASE_MAX; i++) {
		if (text.p[i] == '<')
			return i > at && text.p[i - 1] == ' ' ? i : at;
		if (strchr(",;=\"\t>", text.p[i]) != NULL)
			return at;
	}
	return at;
}

/* A name may have blanks: all up to the next `NAME=', or to the tab in what
 * has tabs. */
static size_t
person_end(const struct rule *r, size_t at)
{
	struct slice text = r->text;
	size_t end = rule_bare_end(text, at), last = end;

	if (r->word > 0 && text.p[r->word - 1] == '\t')
		return at + slice_find(slice_part(text, at, text.n), '\t');
	for (size_t i = end; i < text.n && i < end + RULE_PHRASE_MAX; i++) {
		if (text.p[i] == '=')
			return last;
		if (text.p[i] == ' ')
			last = i;
		else if (!ascii_is_alnum(text.p[i]) &&
			 strchr("_-.", text.p[i]) == NULL)
			break;
	}
	return end;
}

/* Dovecot's `box=NAME, uid=1': blanks and commas are of the name. */
static size_t
folder_end(struct slice text, size_t at)
{
	struct slice rest = slice_part(text, at, text.n);
	size_t n = slice_find_text(rest, SLICE(", uid="));

	if (n == rest.n)
		n = slice_find_text(rest, SLICE(", "));
	return at + n;
}

/* Postfix counts commands: `ehlo=1 mail=0/2'. */
static bool
is_count(const struct rule *r, struct slice value)
{
	struct slice word = rule_word(r);

	for (size_t i = 0; i < value.n; i++)
		if (!ascii_is_digit(value.p[i]) && value.p[i] != '/')
			return false;
	return slice_is(word, "mail") || slice_is(word, "rcpt") ||
	       slice_is(word, "ehlo") || slice_is(word, "helo");
}

size_t
rule_between(struct rule *r, enum scrub_kind kind, size_t open, size_t close)
{
	rule_copy(r, open + 1);
	scrub_value(r->s, kind, slice_part(r->text, open + 1, close), r->out);
	return close;
}

/* The value that begins at `at'. */
static size_t
put_value(struct rule *r, enum scrub_kind kind, size_t at)
{
	struct slice text = r->text;
	char first = at < text.n ? text.p[at] : '\0';
	struct slice value;
	size_t end;

	if (first == '\0')
		return 0;
	if (first == '"' || first == '\'')
		return rule_between(r, kind, at, quote_end(text, at));
	if (first == '<' || first == '{') {
		end =
		    at + slice_find(rule_rest(r, at), first == '<' ? '>' : '}');
		value = slice_part(text, at + 1, end);
		/* the whole address will be found there */
		if (kind == SCRUB_PERSON && slice_find(value, '@') < value.n &&
		    slice_find(value, ' ') == value.n)
			return 0;
		return rule_between(r, kind, at, end);
	}
	rule_copy(r, at);
	end = kind == SCRUB_PERSON ? phrase_end(text, at) : at;
	if (end > at) {
		buf_append_text(r->out, SCRUB_GONE " ");
		return end;
	}
	end = kind == SCRUB_FOLDER   ? folder_end(text, at)
	      : kind == SCRUB_PERSON ? person_end(r, at)
				     : rule_bare_end(text, at);
	value = slice_part(text, at, end);
	if ((kind == SCRUB_PERSON && slice_find(value, '@') < value.n) ||
	    is_count(r, value))
		return at;
	if (kind == SCRUB_HOST && end < text.n && text.p[end] == '[')
		return at;
	scrub_value(r->s, kind, value, r->out);
	return end;
}

/* `"NAME":"value"' of JSON that is cut, or is no JSON. */
static size_t
quoted_name(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);
	enum scrub_kind kind;
	size_t at = 2;

	if (!slice_starts(rest, "\":"))
		return 0;
	while (at < rest.n && rest.p[at] == ' ')
		at++;
	kind = scrub_kind_of(rule_word(r));
	if (kind == SCRUB_PLAIN || at == rest.n || rest.p[at] != '"')
		return 0;
	return put_value(
	    r, kind == SCRUB_REST ? SCRUB_TEXT : kind, r->end + at);
}

/* `NAME=value', `NAME: "value"', `NAME "value"' */
static size_t
named_value(struct rule *r)
{
	enum scrub_kind kind;
	char follows = r->end < r->text.n ? r->text.p[r->end] : '\0';
	size_t at = r->end + 1;

	if (follows == '"')
		return quoted_name(r);
	if (follows != '=' && follows != ':' &&
	    (follows != ' ' || at == r->text.n || r->text.p[at] != '"'))
		return 0;
	kind = scrub_kind_of(rule_word(r));
	if (kind == SCRUB_PLAIN)
		return 0;
	if (follows == ' ')
		return kind != SCRUB_REST ? put_value(r, kind, at) : 0;
	if (kind == SCRUB_REST) {
		rule_copy(r, at);
		buf_append_text(r->out, SCRUB_GONE);
		return r->text.n;
	}
	if (follows == ':' && kind == SCRUB_TOKEN)
		return put_value(r, kind, at);
	while (follows == ':' && at < r->text.n && r->text.p[at] == ' ')
		at++;
	if (follows == ':' && (at == r->text.n ||
		(r->text.p[at] != '"' && !slice_case_is(rule_word(r), "user"))))
		return 0;
	return put_value(r, kind, at);
}

/* `imap(alice)' */
static size_t
service(struct rule *r)
{
	size_t open = r->end, end = open + 1;
	bool number = true;

	if (open >= r->text.n || r->text.p[open] != '(' ||
	    !scrub_is_service(rule_word(r)))
		return 0;
	while (end < r->text.n && end < open + RULE_PHRASE_MAX &&
	       strchr(",)", r->text.p[end]) == NULL) {
		number &= ascii_is_digit(r->text.p[end]);
		if (r->text.p[end] == '@')
			return 0; /* will be found as an address */
		end++;
	}
	return number ? 0 : rule_between(r, SCRUB_TOKEN, open, end);
}

static size_t
component_end(struct slice text, size_t at)
{
	while (at < text.n && strchr("/ \t'\":,;)<>|", text.p[at]) == NULL)
		at++;
	return at;
}

/* `mail/example.org/alice.sqlite', `/home/alice/Maildir' */
static size_t
path(struct rule *r)
{
	struct slice text = r->text, first, second, domain = SLICE_NONE;
	struct buf name = BUF_INIT;
	size_t at = r->end + 1, end, dot;

	if (r->end >= text.n || text.p[r->end] != '/' ||
	    !scrub_is_root(rule_word(r)))
		return 0;
	end = component_end(text, at);
	first = slice_part(text, at, end);
	if (first.n == 0 || first.p[0] == '.' ||
	    slice_find(first, '@') < first.n)
		return 0;
	if (slice_find(first, '.') < first.n && end + 1 < text.n &&
	    text.p[end] == '/') {
		domain = first;
		at = end + 1;
		end = component_end(text, at);
	}
	second = slice_part(text, at, end);
	if (second.n == 0 || second.p[0] == '.' ||
	    slice_find(second, '@') < second.n)
		return 0;
	dot = second.n;
	for (size_t i = second.n; i > 1 && second.n - i < 8; i--)
		if (second.p[i - 1] == '.') {
			dot = i - 1;
			break;
		}
	rule_copy(r, at);
	buf_append(&name, second.p, dot);
	if (domain.p != NULL) {
		buf_append_char(&name, '@');
		buf_append_slice(&name, domain);
	}
	scrub_name(r->s, buf_slice(&name), r->out);
	buf_append(r->out, second.p + dot, second.n - dot);
	buf_free(&name);
	return end;
}

size_t
scrub_rule(
    struct scrub *s, struct slice text, size_t at, size_t end, struct buf *out)
{
	struct rule r = {s, text, at, end, at, out};
	size_t next;

	if (end >= text.n || strchr("=:( /\t\"", text.p[end]) == NULL)
		return 0;
	next = text.p[end] == '('   ? service(&r)
	       : text.p[end] == '/' ? path(&r)
				    : named_value(&r);
	return next > 0 ? next : rule_phrase(&r);
}
