/* SPDX-License-Identifier: ISC */
/*
 * Authentication-Results.  Reads what anybody may have written; writes values
 * that a sender chose, so nothing of them may end a token or a line.
 */
#include "authres.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LINE_MAX_CHARACTERS 76

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct scanner {
	struct slice s;
	size_t at;
};

/* Behind blanks and comments; false where a comment has no end. */
static bool
skip_cfws(struct scanner *scan)
{
	size_t depth = 0;

	for (; scan->at < scan->s.n; scan->at++) {
		char c = scan->s.p[scan->at];

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '\\' && depth > 0)
			scan->at++;
		else if (depth == 0 && !is_blank(c))
			break;
	}
	if (scan->at > scan->s.n)
		scan->at = scan->s.n;
	return depth == 0;
}

static char
peek(const struct scanner *scan)
{
	return scan->at < scan->s.n ? scan->s.p[scan->at] : '\0';
}

/* Up to a blank, a comment, or one of the stops. */
static struct slice
read_word(struct scanner *scan, const char *stops)
{
	size_t from = scan->at;

	while (scan->at < scan->s.n && !is_blank(peek(scan)) &&
	    peek(scan) != '\0' && strchr(stops, peek(scan)) == NULL)
		scan->at++;
	return slice_part(scan->s, from, scan->at);
}

/* A token, a quoted string, or an address whose local part is one.  -1:
 * nothing of that is there. */
static int
read_value(struct scanner *scan, struct buf *out)
{
	size_t before = out->n;

	if (peek(scan) != '"')
		return buf_append_slice(out, read_word(scan, "();\"")) < 0 ||
		    out->n == before ? -1 : 0;
	for (scan->at++; scan->at < scan->s.n && peek(scan) != '"';
	    scan->at++) {
		if (peek(scan) == '\\' && scan->at + 1 < scan->s.n)
			scan->at++;
		if (peek(scan) != '\r' && peek(scan) != '\n' &&
		    buf_append_char(out, peek(scan)) < 0)
			return -1;
	}
	if (scan->at == scan->s.n)
		return -1;
	scan->at++;
	/* "john doe"@example.org */
	if (peek(scan) == '@')
		buf_append_slice(out, read_word(scan, "();\""));
	return 0;
}

/* `first=' or `first JOINER second=', with blanks and comments anywhere
 * between; false: something else. */
static bool
read_name(struct scanner *scan, char joiner, struct slice *first,
    struct slice *second)
{
	*second = SLICE_NONE;
	if (!skip_cfws(scan))
		return false;
	*first = read_word(scan, "();\"=/.");
	if (first->n == 0 || !skip_cfws(scan))
		return false;
	if (peek(scan) == joiner) {
		scan->at++;
		if (!skip_cfws(scan))
			return false;
		*second = read_word(scan, "();\"=/");
		if (second->n == 0 || !skip_cfws(scan))
			return false;
	}
	if (peek(scan) != '=')
		return false;
	scan->at++;
	return skip_cfws(scan);
}

static bool
add_property(struct authres_result *r, struct slice type, struct slice name,
    struct buf *value)
{
	struct authres_property *property;

	if (r->n == AUTHRES_PROPERTIES_MAX)
		return false;
	if ((r->n & (r->n - 1)) == 0)
		r->properties = mem_array(r->properties,
		    r->n == 0 ? 1 : r->n * 2, sizeof(*r->properties));
	property = &r->properties[r->n++];
	property->type = type;
	property->name = name;
	property->value = *value;
	*value = (struct buf)BUF_INIT;
	return true;
}

/* `reason=...' or `type.name=...', up to the semicolon. */
static bool
read_properties(struct scanner *scan, struct authres *a,
    struct authres_result *r)
{
	while (skip_cfws(scan) && scan->at < scan->s.n && peek(scan) != ';') {
		struct buf value = BUF_INIT;
		struct slice type, name;

		if (!read_name(scan, '.', &type, &name) ||
		    read_value(scan, &value) < 0) {
			buf_free(&value);
			return false;
		}
		if (slice_case_is(type, "reason") && r->reason.n == 0)
			buf_append_slice(&r->reason, buf_slice(&value));
		else if (!add_property(r, type, name, &value))
			a->truncated = true;
		buf_free(&value);
	}
	return scan->at == scan->s.n || peek(scan) == ';';
}

/* `method[/version] = result ...' */
static bool
read_result(struct scanner *scan, struct authres *a)
{
	struct authres_result *r;
	struct slice method, version, result;

	if (!read_name(scan, '/', &method, &version))
		return false;
	result = read_word(scan, "();\"=");
	if (a->n == AUTHRES_RESULTS_MAX) {
		a->truncated = true;
		return false;
	}
	if ((a->n & (a->n - 1)) == 0)
		a->items = mem_array(a->items, a->n == 0 ? 1 : a->n * 2,
		    sizeof(*a->items));
	r = &a->items[a->n++];
	*r = (struct authres_result){.method = method, .result = result,
	    .reason = BUF_INIT};
	return result.n > 0 && read_properties(scan, a, r);
}

int
authres_parse(struct authres *a, struct slice value)
{
	struct scanner scan = {value, 0};

	*a = (struct authres){.id = BUF_INIT};
	if (!skip_cfws(&scan) || read_value(&scan, &a->id) < 0) {
		buf_free(&a->id);
		return -1;
	}
	/* A version may follow; then results, each behind a semicolon. */
	skip_cfws(&scan);
	read_word(&scan, "();");
	while (skip_cfws(&scan) && peek(&scan) == ';') {
		size_t from;

		scan.at++;
		skip_cfws(&scan);
		from = scan.at;
		if (scan.at == scan.s.n || peek(&scan) == ';')
			continue;
		if (slice_case_is(read_word(&scan, "();=\""), "none"))
			continue;
		scan.at = from;
		if (!read_result(&scan, a))
			break;
	}
	a->malformed = scan.at < scan.s.n && !a->truncated;
	return 0;
}

void
authres_free(struct authres *a)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < a->items[i].n; k++)
			buf_free(&a->items[i].properties[k].value);
		free(a->items[i].properties);
		buf_free(&a->items[i].reason);
	}
	free(a->items);
	buf_free(&a->id);
	a->items = NULL;
	a->n = 0;
}

/* RFC 2045, 5.1: token; with `@' once, which RFC 8601 allows in a pvalue. */
static bool
is_token(struct slice s)
{
	size_t ats = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '@')
			ats++;
		else if (s.p[i] <= ' ' || s.p[i] >= 0x7f ||
		    strchr("()<>,;:\\\"/[]?=", s.p[i]) != NULL)
			return false;
	}
	return s.n > 0 && ats <= 1;
}

static void
put_quoted(struct slice s, struct buf *out)
{
	buf_append_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((c >= 0 && c < ' ' && c != '\t') || c == 0x7f)
			c = '?';
		if (c == '"' || c == '\\')
			buf_append_char(out, '\\');
		buf_append_char(out, c);
	}
	buf_append_char(out, '"');
}

/* ` name=value', on a line of its own where it would not fit. */
static void
put_pair(struct authres_writer *w, const char *name, struct slice value)
{
	struct buf pair = BUF_INIT;

	buf_format(&pair, "%s=", name);
	if (is_token(value))
		buf_append_slice(&pair, value);
	else
		put_quoted(value, &pair);
	if (w->out->n - w->line + 1 + pair.n > LINE_MAX_CHARACTERS) {
		buf_append_text(w->out, "\r\n\t");
		w->line = w->out->n;
	} else {
		buf_append_char(w->out, ' ');
	}
	buf_append_slice(w->out, buf_slice(&pair));
	buf_free(&pair);
}

void
authres_begin(struct authres_writer *w, struct buf *out, struct slice id)
{
	*w = (struct authres_writer){out, out->n, false};
	if (is_token(id))
		buf_append_slice(out, id);
	else
		put_quoted(id, out);
}

void
authres_put_result(struct authres_writer *w, const char *method,
    const char *result, struct slice reason)
{
	buf_append_text(w->out, ";\r\n\t");
	w->line = w->out->n;
	w->any = true;
	buf_format(w->out, "%s=%s", method, result);
	if (reason.p != NULL)
		put_pair(w, "reason", reason);
}

void
authres_put_property(struct authres_writer *w, const char *name,
    struct slice value)
{
	put_pair(w, name, value);
}

void
authres_copy(struct authres_writer *w, const struct authres_result *r)
{
	struct buf name = BUF_LIMITED(256), word = BUF_LIMITED(256);

	buf_append_slice(&name, r->method);
	buf_append_slice(&word, r->result);
	authres_put_result(w, buf_text(&name), buf_text(&word),
	    r->reason.n > 0 ? buf_slice(&r->reason) : SLICE_NONE);
	for (size_t i = 0; i < r->n; i++) {
		const struct authres_property *property = &r->properties[i];

		buf_truncate(&name, 0);
		buf_format(&name, "%.*s%s%.*s", SLICE_ARG(property->type),
		    property->name.n > 0 ? "." : "",
		    SLICE_ARG(property->name));
		authres_put_property(w, buf_text(&name),
		    buf_slice(&property->value));
	}
	buf_free(&name);
	buf_free(&word);
}

void
authres_end(struct authres_writer *w)
{
	if (!w->any)
		buf_append_text(w->out, "; none");
}
