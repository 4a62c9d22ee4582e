/* SPDX-License-Identifier: ISC */
/*
 * Simple and relaxed.  The relaxed body is cut into spans that stand as they
 * are; small ones gather in a buffer on their way to the sink.
 */
#include "auth/canon.h"

#include <string.h>

#define STAGE_SIZE 4096

struct stage {
	const struct canon_sink *sink;
	uint64_t total;
	size_t n;
	char octets[STAGE_SIZE];
};

static void
stage_flush(struct stage *s)
{
	if (s->n > 0)
		s->sink->take(s->sink->cookie, s->octets, s->n);
	s->n = 0;
}

static void
stage_put(struct stage *s, const char *p, size_t n)
{
	s->total += n;
	if (n > STAGE_SIZE - s->n)
		stage_flush(s);
	if (n > STAGE_SIZE) {
		s->sink->take(s->sink->cookie, p, n);
		return;
	}
	memcpy(s->octets + s->n, p, n);
	s->n += n;
}

/* Here, since a call for each octet of a body shows in the figures. */
static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
ends_in_crlf(const char *p, size_t n)
{
	return n >= 2 && p[n - 2] == '\r' && p[n - 1] == '\n';
}

static uint64_t
body_simple(struct slice body, struct stage *s)
{
	while (ends_in_crlf(body.p, body.n))
		body.n -= 2;
	if (body.n > 0)
		stage_put(s, body.p, body.n);
	stage_put(s, "\r\n", 2);
	stage_flush(s);
	return s->total;
}

/* Length of the body without its last lines that are empty or blank, and
 * without the blanks and the CRLF of the line before them. */
static size_t
relaxed_length(struct slice body)
{
	size_t n = body.n;

	for (;;) {
		while (n > 0 && is_blank(body.p[n - 1]))
			n--;
		if (!ends_in_crlf(body.p, n))
			return n;
		n -= 2;
	}
}

static uint64_t
body_relaxed(struct slice body, struct stage *s)
{
	const char *p = body.p;
	size_t n = relaxed_length(body), span = 0, i = 0;

	while (i < n) {
		size_t run = i;

		/* Anything above a space stands as it is, and so does one
		 * space before it, which is nearly all there is. */
		if ((unsigned char)p[i] > ' ') {
			i++;
			continue;
		}
		if (p[i] == ' ' && i + 1 < n && (unsigned char)p[i + 1] > ' ') {
			i += 2;
			continue;
		}
		if (!is_blank(p[i])) {
			i++;
			continue;
		}
		while (run < n && is_blank(p[run]))
			run++;
		if (run + 1 < n && p[run] == '\r' && p[run + 1] == '\n') {
			stage_put(s, p + span, i - span);
			span = run;
		} else if (run - i > 1 || p[i] == '\t') {
			stage_put(s, p + span, i - span);
			stage_put(s, " ", 1);
			span = run;
		}
		i = run;
	}
	if (n > 0) {
		stage_put(s, p + span, n - span);
		stage_put(s, "\r\n", 2);
	}
	stage_flush(s);
	return s->total;
}

uint64_t
canon_body(enum canon canon, struct slice body, const struct canon_sink *sink)
{
	struct stage stage;

	stage.sink = sink;
	stage.total = 0;
	stage.n = 0;
	if (canon == CANON_SIMPLE)
		return body_simple(body, &stage);
	return body_relaxed(body, &stage);
}

static int
field_relaxed(struct slice name, struct slice value, struct buf *out)
{
	bool blank = false;
	char *at;

	/* Never longer than name, colon, value and CRLF. */
	if (buf_reserve(out, name.n + value.n + 3) < 0)
		return -1;
	at = out->p + out->n;
	for (size_t i = 0; i < name.n; i++)
		*at++ = ascii_lower(name.p[i]);
	*at++ = ':';
	value = slice_trim(value);
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		/* Unfolded: a blank follows, or it would end the field. */
		if (c == '\n' || (c == '\r' && i + 1 < value.n &&
		    value.p[i + 1] == '\n'))
			continue;
		if (ascii_is_space(c)) {
			blank = true;
			continue;
		}
		if (blank)
			*at++ = ' ';
		blank = false;
		*at++ = c;
	}
	*at++ = '\r';
	*at++ = '\n';
	out->n = (size_t)(at - out->p);
	*at = '\0';
	return 0;
}

int
canon_field(enum canon canon, struct slice name, struct slice value,
    struct slice whole, struct buf *out)
{
	if (canon == CANON_RELAXED)
		return field_relaxed(name, value, out);
	if (buf_append_slice(out, whole) < 0)
		return -1;
	return ends_in_crlf(whole.p, whole.n) ? 0 :
	    buf_append(out, "\r\n", 2);
}
