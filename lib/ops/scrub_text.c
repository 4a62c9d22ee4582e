/* SPDX-License-Identifier: ISC */
/*
 * A line of text, from left to right: what personal.h finds, and between that
 * words, which rules may know (scrub_rule.c).
 */
#include <string.h>

#include "ops/scrub_parts.h"

struct pass {
	struct scrub *s;
	struct slice text;
	struct buf *out;
	struct personal_walk walk;
	struct personal next;
	bool have, in_url;
	size_t i;
};

static bool
is_word(char c)
{
	return ascii_is_alnum(c) || c == '_' || c == '-';
}

static char
before(const struct pass *p)
{
	return p->i > 0 ? p->text.p[p->i - 1] : ' ';
}

/* The name in front of `[192.0.2.1]' is the client's: only its domain stays. */
static void
cut_host_back(struct pass *p)
{
	struct buf *out = p->out;
	size_t from = out->n;
	bool named = false;
	struct buf host = BUF_INIT;

	while (from > 0 &&
	       (is_word(out->p[from - 1]) || out->p[from - 1] == '.')) {
		from--;
		named |= ascii_is_alpha(out->p[from]);
	}
	if (named) {
		scrub_host(slice_of(out->p + from, out->n - from), &host);
		buf_truncate(out, from);
		buf_append_slice(out, buf_slice(&host));
	}
	buf_free(&host);
}

static bool
is_ip_bracket(const struct pass *p)
{
	static const char literal[] = "IPv6:";
	size_t at = p->i + 1;

	if (slice_case_starts(slice_part(p->text, at, p->text.n), literal))
		at += sizeof(literal) - 1;
	return p->have && p->next.from == at &&
	       p->next.kind != PERSONAL_ADDRESS;
}

/* `<alice>', `<pid><session>': who or what it is may be personal. */
static bool
take_angle(struct pass *p)
{
	struct slice rest = slice_part(p->text, p->i + 1, p->text.n), name;
	bool number = true;

	if (strchr(" >):,", before(p)) == NULL)
		return false;
	name = slice_part(rest, 0, slice_find(rest, '>'));
	if (name.n == 0 || name.n == rest.n || name.n > 512)
		return false;
	for (size_t k = 0; k < name.n; k++) {
		if (strchr(" @[<", name.p[k]) != NULL)
			return false;
		number &= ascii_is_digit(name.p[k]);
	}
	if (number)
		return false;
	buf_append_char(p->out, '<');
	scrub_name(p->s, name, p->out);
	p->i += 1 + name.n;
	return true;
}

/* cron's `(alice) CMD (...', su's `(to root) alice on pts/1' */
static bool
take_parenthesis(struct pass *p)
{
	struct slice rest = slice_part(p->text, p->i + 1, p->text.n), name;
	size_t end = slice_find(rest, ')');

	name = slice_part(rest, 0, end);
	rest = slice_part(rest, end, rest.n);
	if (slice_starts(rest, ") CMD ") || slice_starts(rest, ") RELOAD ")) {
		buf_append_char(p->out, '(');
		scrub_name(p->s, name, p->out);
		p->i += 1 + name.n;
		return true;
	}
	if (slice_starts(name, "to ") && slice_starts(rest, ") ")) {
		struct slice who = slice_part(rest, 2, rest.n);

		who = slice_part(who, 0, slice_find(who, ' '));
		buf_append_text(p->out, "(to ");
		scrub_name(p->s, slice_part(name, 3, name.n), p->out);
		buf_append_text(p->out, ") ");
		scrub_name(p->s, who, p->out);
		p->i += 1 + name.n + 2 + who.n;
		return true;
	}
	return false;
}

/* The query of a URL. */
static bool
take_query(struct pass *p)
{
	if (!p->in_url)
		return false;
	buf_append_text(p->out, "?*");
	while (p->i < p->text.n && strchr(" \t\"'<>)", p->text.p[p->i]) == NULL)
		p->i++;
	return true;
}

/* A folder within a person's: `/#0123456789abcdef/.Folder doesn't exist, ...'
 */
static bool
take_folder(struct pass *p)
{
	struct slice text = p->text;
	size_t n = p->out->n;

	if (n < PSEUDONYM_SIZE - 1 || p->i + 1 >= text.n ||
	    text.p[p->i + 1] != '.' ||
	    !pseudonym_is_one(slice_of(
		p->out->p + n - (PSEUDONYM_SIZE - 1), PSEUDONYM_SIZE - 1)))
		return false;
	while (p->i < text.n &&
	       (strchr(",:", text.p[p->i]) == NULL ||
		   (p->i + 1 < text.n && text.p[p->i + 1] != ' ')))
		p->i++;
	buf_append_text(p->out, "/" SCRUB_GONE);
	return true;
}

static void
take_char(struct pass *p)
{
	char c = p->text.p[p->i];

	if (c == '[' && is_ip_bracket(p))
		cut_host_back(p);
	if (c == ':' &&
	    slice_starts(slice_part(p->text, p->i, p->text.n), "://"))
		p->in_url = true;
	else if (c == ' ' || c == '"')
		p->in_url = false;
	if ((c == '<' && take_angle(p)) || (c == '(' && take_parenthesis(p)) ||
	    (c == '?' && take_query(p)) || (c == '/' && take_folder(p)))
		return;
	buf_append_char(p->out, c);
	p->i++;
}

static void
take_word(struct pass *p, size_t limit)
{
	size_t end = p->i, next = 0;

	while (end < limit && is_word(p->text.p[end]))
		end++;
	if (!is_word(before(p)))
		next = scrub_rule(p->s, p->text, p->i, end, p->out);
	if (next == 0) {
		buf_append(p->out, p->text.p + p->i, end - p->i);
		next = end;
	}
	p->i = next;
}

void
scrub_text(struct scrub *s, struct slice text, struct buf *out)
{
	struct pass p = {
	    .s = s, .text = text, .out = out, .walk = personal_walk(text)};

	p.have = personal_next(&p.walk, &p.next);
	while (p.i < text.n) {
		while (p.have && p.next.to <= p.i)
			p.have = personal_next(&p.walk, &p.next);
		if (p.have && p.next.from <= p.i) {
			/* else a rule took its beginning: the rest goes */
			if (p.next.from == p.i)
				scrub_found(s, text, &p.next, out);
			p.i = p.next.to;
		} else if (is_word(text.p[p.i])) {
			take_word(&p, p.have ? p.next.from : text.n);
		} else {
			take_char(&p);
		}
	}
}

/* Nobody may be found in what is written, whatever the rules made of it. */
static bool
is_clean(struct scrub *s, struct slice line)
{
	struct personal_walk walk;
	struct personal found;

	buf_truncate(&s->work, 0);
	personal_normalize(line, &s->work);
	walk = personal_walk(buf_slice(&s->work));
	return !personal_next(&walk, &found);
}

static void
make_clean(struct scrub *s, size_t from, struct buf *out)
{
	struct buf once = BUF_INIT;

	if (is_clean(s, slice_part(buf_slice(out), from, out->n)))
		return;
	buf_append_slice(&once, buf_slice(&s->work));
	buf_truncate(out, from);
	scrub_spans(s, buf_slice(&once), out);
	buf_free(&once);
	if (is_clean(s, slice_part(buf_slice(out), from, out->n)))
		return;
	buf_truncate(out, from);
	buf_append_text(out, "[line]");
}

/* Where a JSON object may begin: `{"', `{ "'. */
static size_t
find_object(struct slice line)
{
	for (size_t at = 0; at < line.n; at++) {
		const char *p = memchr(line.p + at, '{', line.n - at);
		size_t next;

		if (p == NULL)
			break;
		at = (size_t)(p - line.p);
		for (next = at + 1; next < line.n && line.p[next] == ' ';)
			next++;
		if (next < line.n && line.p[next] == '"')
			return at;
	}
	return line.n;
}

static void
scrub_plain(struct scrub *s, struct slice line, struct buf *out)
{
	struct slice text;

	buf_truncate(&s->plain, 0);
	personal_normalize(line, &s->plain);
	text = buf_slice(&s->plain);
	if (!scrub_web(s, text, out))
		scrub_text(s, text, out);
}

void
scrub_line(struct scrub *s, struct slice line, struct buf *out)
{
	struct buf object = BUF_INIT;
	size_t from = out->n, json;

	if (line.n > SCRUB_LINE_MAX) {
		line = slice_part(line, 0, SCRUB_LINE_MAX);
		/* half an address would not be known as one */
		while (line.n > 0 && line.p[line.n - 1] != ' ')
			line.n--;
	}
	if (line.n == 0)
		return;
	json = find_object(line);
	if (json < line.n &&
	    scrub_json(s, slice_part(line, json, line.n), &object))
		line.n = json; /* syslog's words in front of it */
	if (line.n > 0)
		scrub_plain(s, line, out);
	buf_append_slice(out, buf_slice(&object));
	buf_free(&object);
	make_clean(s, from, out);
}

void
scrub_free(struct scrub *s)
{
	buf_free(&s->plain);
	buf_free(&s->work);
	buf_free(&s->text);
	buf_free(&s->value);
}
