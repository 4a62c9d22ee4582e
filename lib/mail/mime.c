/* SPDX-License-Identifier: ISC */
/*
 * The MIME walker.  The parts that are open stand on a stack no deeper than
 * the depth limit; each line that begins with `--' is compared with their
 * boundaries, innermost first.  Nothing is looked at twice but header lines.
 */
#include "mime.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/header.h"
#include "mail/parameter.h"

struct mime_text {
	struct mime_text *next;
	char text[];
};

struct open_part {
	size_t part;
	struct slice boundary; /* none: no multipart, or closed already */
};

struct walker {
	struct mime *m;
	struct slice message;
	struct mime_limits limits;
	size_t at; /* always the start of a line */
	size_t capacity;
	struct open_part open[MIME_DEPTH_MAX + 1];
	size_t open_n;
	size_t boundaries; /* how many of those open have one */
};

/* A copy of s that lives as long as the result. */
static struct slice
keep_text(struct mime *m, struct slice s)
{
	struct mime_text *text;

	if (s.p == NULL)
		return s;
	text = mem_alloc(sizeof(*text) + s.n + 1);
	if (s.n > 0)
		memcpy(text->text, s.p, s.n);
	text->text[s.n] = '\0';
	text->next = m->owned;
	m->owned = text;
	return slice_of(text->text, s.n);
}

/* Level of the open part whose boundary this line is, or -1.  The line begins
 * with `--' and comes without line end and blanks behind. */
static int
match_boundary(const struct walker *w, struct slice line, bool *closing)
{
	line = slice_part(line, 2, line.n);
	for (size_t i = w->open_n; i-- > 0;) {
		struct slice boundary = w->open[i].boundary;

		/* Boundaries that are made alike differ at their end. */
		if (boundary.n == 0 || line.n < boundary.n ||
		    line.p[boundary.n - 1] != boundary.p[boundary.n - 1] ||
		    memcmp(line.p, boundary.p, boundary.n) != 0)
			continue;
		*closing = line.n > boundary.n;
		if (!*closing || slice_is(
		    slice_part(line, boundary.n, line.n), "--"))
			return (int)i;
	}
	return -1;
}

static bool
is_dashed(struct slice s, size_t at)
{
	return at + 1 < s.n && s.p[at] == '-' && s.p[at + 1] == '-';
}

/* Offset behind the line at `at'; *line without its end and blanks. */
static size_t
read_line(struct slice s, size_t at, struct slice *line)
{
	size_t end = at + slice_find(slice_part(s, at, s.n), '\n');

	*line = slice_part(s, at, end);
	while (line->n > 0 && (line->p[line->n - 1] == '\r' ||
	    ascii_is_space(line->p[line->n - 1])))
		line->n--;
	return end < s.n ? end + 1 : s.n;
}

/* How far the header that begins at w->at can reach: behind its empty line,
 * or to a boundary (which may look like a field: `--=_:1'). */
static size_t
header_reach(const struct walker *w)
{
	struct slice s = w->message, line;
	size_t at = w->at, next;
	bool closing;

	for (; at < s.n; at = next) {
		next = at + slice_find(slice_part(s, at, s.n), '\n') + 1;
		if (s.p[at] == '\n' || (s.p[at] == '\r' && next == at + 2))
			return next;
		if (w->boundaries > 0 && is_dashed(s, at)) {
			read_line(s, at, &line);
			if (match_boundary(w, line, &closing) >= 0)
				return at;
		}
	}
	return s.n;
}

/* What stands within <>, or all of it. */
static struct slice
without_angles(struct slice value)
{
	size_t open = slice_find(value, '<'), close;

	if (open == value.n)
		return slice_trim(value);
	value = slice_part(value, open + 1, value.n);
	close = slice_find(value, '>');
	return slice_trim(slice_part(value, 0, close));
}

/* Gives the boundary, or none. */
static struct slice
read_content_type(struct mime *m, struct mime_part *part)
{
	struct parameter_list list;
	struct slice boundary = SLICE_NONE;

	parameter_list_parse(&list, part->content_type);
	part->type = list.type;
	part->subtype = list.subtype;
	part->charset = keep_text(m, parameter_find(&list, "charset"));
	part->filename = keep_text(m, parameter_find(&list, "name"));
	if (slice_case_is(part->type, "multipart"))
		boundary = keep_text(m,
		    slice_trim(parameter_find(&list, "boundary")));
	parameter_list_free(&list);
	return boundary.n > 0 ? boundary : SLICE_NONE;
}

static void
read_disposition(struct mime *m, struct mime_part *part, struct slice value)
{
	struct parameter_list list;
	struct slice filename;

	parameter_list_parse(&list, value);
	part->disposition = list.type;
	filename = parameter_find(&list, "filename");
	if (filename.p == NULL)
		filename = parameter_find(&list, "name");
	if (filename.n > 0)
		part->filename = keep_text(m, filename);
	parameter_list_free(&list);
}

/* Fields of the part's own header; the first of a name counts. */
static struct slice
read_fields(struct mime *m, struct mime_part *part, const struct header *h)
{
	struct slice boundary = SLICE_NONE, disposition = SLICE_NONE;
	struct slice encoding = SLICE_NONE;

	for (size_t i = 0; i < h->n; i++) {
		struct slice name = h->fields[i].name;
		struct slice *to = NULL;

		if (name.n < 10 || !slice_case_starts(name, "content-"))
			continue;
		if (slice_case_is(name, "content-type"))
			to = &part->content_type;
		else if (slice_case_is(name, "content-disposition"))
			to = &disposition;
		else if (slice_case_is(name, "content-transfer-encoding"))
			to = &encoding;
		else if (slice_case_is(name, "content-id"))
			to = &part->id;
		if (to != NULL && to->p == NULL)
			*to = h->fields[i].value;
	}
	if (part->content_type.p != NULL)
		boundary = read_content_type(m, part);
	if (disposition.p != NULL)
		read_disposition(m, part, disposition);
	if (part->id.p != NULL)
		part->id = without_angles(part->id);
	part->encoding = encoding_of(encoding);
	return boundary;
}

static void
set_default_type(const struct mime *m, struct mime_part *part)
{
	bool in_digest = part->parent >= 0 &&
	    mime_part_is(&m->parts[part->parent], "multipart", "digest");

	part->type = in_digest ? SLICE("message") : SLICE("text");
	part->subtype = in_digest ? SLICE("rfc822") : SLICE("plain");
}

/* Adds the part whose header begins at w->at and moves behind that. */
static size_t
add_part(struct walker *w, int parent)
{
	struct mime *m = w->m;
	struct mime_part *part;
	struct open_part *open = &w->open[w->open_n++];
	struct header h;
	size_t reach = header_reach(w);

	if (m->n == w->capacity) {
		w->capacity = w->capacity == 0 ? 4 : w->capacity * 2;
		m->parts = mem_array(m->parts, w->capacity, sizeof(*part));
	}
	part = &m->parts[m->n];
	*part = (struct mime_part){.parent = parent,
	    .depth = parent < 0 ? 0 : m->parts[parent].depth + 1};
	if (parent >= 0)
		m->parts[parent].has_children = true;
	header_parse(&h, slice_part(w->message, w->at, reach));
	part->header = h.text;
	open->part = m->n++;
	open->boundary = read_fields(m, part, &h);
	if (part->content_type.p == NULL)
		set_default_type(m, part);
	/* Behind the empty line, or where the header stopped being one. */
	w->at = h.body.p != NULL ? (size_t)(h.body.p - w->message.p) : reach;
	part->body = slice_part(w->message, w->at, w->message.n);
	header_free(&h);
	return open->part;
}

static bool
may_descend(struct walker *w, const struct mime_part *part)
{
	if (part->depth < w->limits.depth_max &&
	    w->m->n < w->limits.parts_max)
		return true;
	w->m->truncated = true;
	return false;
}

static bool
holds_message(const struct mime_part *part)
{
	return part->encoding == ENCODING_IDENTITY &&
	    slice_case_is(part->type, "message") &&
	    (slice_case_is(part->subtype, "rfc822") ||
	    slice_case_is(part->subtype, "global") ||
	    slice_case_is(part->subtype, "news"));
}

/* A part, and the message inside it, and the message inside that. */
static void
enter_part(struct walker *w, int parent)
{
	for (;;) {
		size_t index = add_part(w, parent);
		const struct mime_part *part = &w->m->parts[index];
		struct open_part *open = &w->open[w->open_n - 1];

		if (open->boundary.p != NULL && !may_descend(w, part))
			open->boundary = SLICE_NONE;
		w->boundaries += open->boundary.p != NULL;
		if (!holds_message(part) || !may_descend(w, part))
			return;
		parent = (int)index;
	}
}

/* Ends the open parts above `level' before the line at `at', whose preceding
 * line end belongs to the boundary (RFC 2046, 5.1.1). */
static void
close_parts(struct walker *w, size_t level, size_t at)
{
	const char *p = w->message.p;

	if (at < w->message.n && at > 0 && p[at - 1] == '\n')
		at -= at > 1 && p[at - 2] == '\r' ? 2 : 1;
	while (w->open_n > level) {
		struct open_part *open = &w->open[--w->open_n];
		struct mime_part *part = &w->m->parts[open->part];
		size_t from = (size_t)(part->body.p - p);

		/* The line end may be that of the header: an empty body then,
		 * and what is around it ends no earlier. */
		if (from > at)
			at = from;
		part->body = slice_part(w->message, from, at);
		w->boundaries -= open->boundary.p != NULL;
	}
}

/* Moves behind the next boundary line. */
static bool
next_boundary(struct walker *w, size_t *start, size_t *level, bool *closing)
{
	struct slice s = w->message, line;

	while (w->boundaries > 0 && w->at < s.n) {
		int found;

		*start = w->at;
		if (!is_dashed(s, w->at)) {
			w->at += slice_find(slice_part(s, w->at, s.n), '\n');
			w->at += w->at < s.n;
			continue;
		}
		w->at = read_line(s, w->at, &line);
		found = match_boundary(w, line, closing);
		if (found >= 0) {
			*level = (size_t)found;
			return true;
		}
	}
	return false;
}

void
mime_parse(struct mime *m, struct slice message,
    const struct mime_limits *limits)
{
	static const struct mime_limits fallback = MIME_LIMITS;
	struct walker w = {.m = m, .message = message,
	    .limits = limits != NULL ? *limits : fallback};
	size_t start = 0, level = 0;
	bool closing = false;

	*m = (struct mime){NULL, 0, false, NULL};
	if (message.p == NULL)
		w.message = SLICE("");
	if (w.limits.depth_max > MIME_DEPTH_MAX)
		w.limits.depth_max = MIME_DEPTH_MAX;
	enter_part(&w, -1);
	while (next_boundary(&w, &start, &level, &closing)) {
		close_parts(&w, level + 1, start);
		if (closing) {
			w.open[level].boundary = SLICE_NONE;
			w.boundaries--;
		} else if (m->n < w.limits.parts_max) {
			enter_part(&w, (int)w.open[level].part);
		} else {
			m->truncated = true;
			break;
		}
	}
	close_parts(&w, 0, w.message.n);
}

void
mime_free(struct mime *m)
{
	while (m->owned != NULL) {
		struct mime_text *next = m->owned->next;

		free(m->owned);
		m->owned = next;
	}
	free(m->parts);
	m->parts = NULL;
	m->n = 0;
}

bool
mime_part_is(const struct mime_part *part, const char *type,
    const char *subtype)
{
	return slice_case_is(part->type, type) &&
	    (subtype == NULL || slice_case_is(part->subtype, subtype));
}

bool
mime_part_is_html(const struct mime_part *part)
{
	return mime_part_is(part, "text", "html") ||
	    mime_part_is(part, "application", "xhtml+xml");
}

bool
mime_part_has_text(const struct mime_part *part)
{
	return !part->has_children && (mime_part_is(part, "text", NULL) ||
	    mime_part_is(part, "multipart", NULL) ||
	    mime_part_is_html(part));
}

bool
mime_part_is_attachment(const struct mime_part *part)
{
	if (slice_case_is(part->disposition, "attachment"))
		return !mime_part_is(part, "multipart", NULL) ||
		    !part->has_children;
	if (part->has_children)
		return mime_part_is(part, "message", NULL);
	if (slice_case_is(part->disposition, "inline") || part->id.n > 0)
		return false;
	if (part->filename.n > 0)
		return !slice_case_ends(part->subtype, "-signature");
	return !mime_part_has_text(part) &&
	    !slice_case_ends(part->subtype, "-signature") &&
	    part->subtype.n > 0 && part->parent >= 0;
}

int
mime_part_decode(const struct mime_part *part, struct buf *out)
{
	return encoding_decode(part->encoding, part->body, out);
}

int
mime_part_text(const struct mime_part *part, struct buf *out)
{
	struct buf octets = BUF_LIMITED(out->max);
	int cut, result;

	if (part->encoding == ENCODING_IDENTITY ||
	    part->encoding == ENCODING_UNKNOWN)
		return charset_to_utf8(part->charset, part->body, out);
	cut = mime_part_decode(part, &octets);
	result = charset_to_utf8(part->charset, buf_slice(&octets), out);
	buf_free(&octets);
	return cut < 0 ? -1 : result;
}
