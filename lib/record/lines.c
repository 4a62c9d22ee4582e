/* SPDX-License-Identifier: ISC */
/*
 * Line ends to CRLF and back again, exactly.
 */
#include "record/lines.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"

/* Cuts the next line off, its LF included; *crlf tells of its end.  False
 * when there is no LF any more (octets may be left). */
static bool
next_line(struct slice *rest, struct slice *line, bool *crlf)
{
	size_t at = slice_find(*rest, '\n');

	if (at == rest->n)
		return false;
	*line = slice_part(*rest, 0, at + 1);
	*crlf = at > 0 && rest->p[at - 1] == '\r';
	*rest = slice_part(*rest, at + 1, rest->n);
	return true;
}

static void
write_runs(const size_t *runs, size_t n, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);

	json_open_array(&w, NULL);
	for (size_t i = 0; i < n; i++)
		json_put_integer(&w, NULL, (int64_t)runs[i]);
	json_close_array(&w);
}

static enum lines_form
look(struct slice octets, struct buf *out)
{
	/* even places count CRLF, odd ones LF */
	size_t runs[LINES_RUNS_MAX] = {0}, at = 0;
	struct slice line;
	bool crlf;

	while (next_line(&octets, &line, &crlf)) {
		if (crlf != (at % 2 == 0) && ++at == LINES_RUNS_MAX)
			return LINES_MIXED;
		runs[at]++;
	}
	if (at == 0)
		return LINES_CRLF;
	if (at == 1 && runs[0] == 0)
		return LINES_LF;
	if (out != NULL)
		write_runs(runs, at + 1, out);
	return LINES_RUNS;
}

enum lines_form
lines_look(struct slice octets, struct buf *lines)
{
	enum lines_form form = look(octets, lines);

	if (lines != NULL && form != LINES_RUNS)
		buf_append_text(lines, form == LINES_CRLF ? "\"crlf\""
			: form == LINES_LF		  ? "\"lf\""
							  : "\"mixed\"");
	return form;
}

int
lines_to_crlf(struct buf *octets)
{
	struct slice rest = buf_slice(octets), line;
	size_t bare = 0, from = octets->n, to;
	bool crlf;

	while (next_line(&rest, &line, &crlf))
		bare += !crlf;
	if (buf_reserve(octets, bare) < 0)
		return -1;
	octets->n += bare;
	octets->p[octets->n] = '\0';
	/* From behind, a line at a time, until nothing is to be moved. */
	for (to = octets->n; to > from;) {
		size_t tail = 0;

		while (octets->p[from - tail - 1] != '\n')
			tail++;
		from -= tail;
		to -= tail;
		memmove(octets->p + to, octets->p + from, tail);
		octets->p[--to] = octets->p[--from];
		if (from == 0 || octets->p[from - 1] != '\r')
			octets->p[--to] = '\r';
	}
	return 0;
}

/* One line, which ends in CRLF. */
static void
put_line(struct buf *out, struct slice line, bool crlf)
{
	if (crlf) {
		buf_append_slice(out, line);
		return;
	}
	buf_append(out, line.p, line.n - 2);
	buf_append_char(out, '\n');
}

void
lines_to_lf(struct slice octets, struct buf *out)
{
	struct slice line;
	bool crlf;

	buf_reserve(out, octets.n);
	while (next_line(&octets, &line, &crlf))
		put_line(out, line, !crlf);
	buf_append_slice(out, octets);
}

struct runs {
	struct json_walk walk;
	int64_t left;
	bool lf;
};

static void
next_run(struct runs *runs)
{
	struct slice item;

	runs->lf = !runs->lf;
	if (!json_next(&runs->walk, NULL, &item) ||
	    json_integer(item, &runs->left) < 0)
		runs->left = INT64_MAX;
}

static int64_t
count_lines(struct slice octets)
{
	struct slice line;
	bool crlf;
	int64_t n = 0;

	while (next_line(&octets, &line, &crlf))
		n++;
	return n;
}

static int64_t
sum_runs(struct slice lines)
{
	struct json_walk walk = json_walk(lines);
	struct slice item;
	int64_t sum = 0, n;

	while (json_next(&walk, NULL, &item))
		if (json_integer(item, &n) < 0 || n < 0 ||
		    __builtin_add_overflow(sum, n, &sum))
			return -1;
	return sum;
}

/* Header lines that were prepended since go to the first run. */
static int
restore_runs(struct slice octets, struct slice lines, struct buf *out)
{
	struct runs runs = {json_walk(lines), 0, true};
	int64_t sum = sum_runs(lines), surplus = count_lines(octets) - sum;
	struct slice line;
	bool crlf;

	if (sum < 0)
		return -1;
	while (runs.left == 0)
		next_run(&runs);
	if (surplus > 0 && runs.left < INT64_MAX - surplus)
		runs.left += surplus;
	while (next_line(&octets, &line, &crlf)) {
		while (runs.left == 0)
			next_run(&runs);
		runs.left--;
		put_line(out, line, !crlf || !runs.lf);
	}
	buf_append_slice(out, octets);
	return 0;
}

int
lines_restore(struct slice octets, struct slice lines, struct buf *out)
{
	buf_reserve(out, octets.n);
	if (json_string_is(lines, "lf")) {
		lines_to_lf(octets, out);
		return 0;
	}
	if (json_type(lines) == JSON_ARRAY &&
	    restore_runs(octets, lines, out) == 0)
		return 0;
	buf_append_slice(out, octets);
	return json_string_is(lines, "crlf") ? 0 : -1;
}
