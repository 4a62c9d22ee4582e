/* SPDX-License-Identifier: ISC */
/*
 * Measures of a classifier.  Equal scores are taken together: their order
 * must not flatter.
 */
#include "evaluation.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"

enum { WIDTH = 480, HEIGHT = 400, MARGIN = 50 };
#define AXIS_LEAST 0.0001 /* false positive rate at the left end */

void
evaluation_free(struct evaluation *e)
{
	free(e->items);
	*e = (struct evaluation)EVALUATION_INIT;
}

void
evaluation_add(struct evaluation *e, double score, bool spam)
{
	if ((e->n & (e->n - 1)) == 0)
		e->items = mem_array(e->items, e->n == 0 ? 1 : e->n * 2,
		    sizeof(*e->items));
	e->items[e->n++] = (struct evaluation_item){score, spam};
	e->sorted = false;
}

static int
compare(const void *a, const void *b)
{
	double x = ((const struct evaluation_item *)a)->score;
	double y = ((const struct evaluation_item *)b)->score;

	return x > y ? -1 : x < y;
}

static void
sort(struct evaluation *e)
{
	if (!e->sorted && e->n > 0)
		qsort(e->items, e->n, sizeof(*e->items), compare);
	e->sorted = true;
}

/* The next run of equal scores, highest first: how many of each class. */
static bool
next_run(const struct evaluation *e, size_t *at, size_t *spam, size_t *ham)
{
	size_t from = *at;

	*spam = *ham = 0;
	for (; *at < e->n && e->items[*at].score == e->items[from].score;
	    ++*at) {
		if (e->items[*at].spam)
			++*spam;
		else
			++*ham;
	}
	return *at > from;
}

static void
count(const struct evaluation *e, struct evaluation_result *r)
{
	for (size_t i = 0; i < e->n; i++) {
		const struct evaluation_item *item = &e->items[i];
		double p = item->spam ? item->score : 1 - item->score;

		r->spam += item->spam;
		r->ham += !item->spam;
		r->missed += item->spam && item->score < 0.5;
		r->taken += !item->spam && item->score >= 0.5;
		r->log_loss -= log(p > 1e-9 ? p : 1e-9) / (double)e->n;
	}
}

void
evaluation_compute(struct evaluation *e, struct evaluation_result *r)
{
	size_t at = 0, spam, ham;
	double found = 0, taken = 0;

	*r = (struct evaluation_result){.spam = 0};
	sort(e);
	count(e, r);
	if (r->spam == 0 || r->ham == 0)
		return;
	while (next_run(e, &at, &spam, &ham)) {
		r->auc += (double)ham * (found + (double)spam / 2) /
		    (double)r->spam / (double)r->ham;
		found += (double)spam;
		taken += (double)ham;
		if (taken <= 0.001 * (double)r->ham)
			r->recall_01 = found / (double)r->spam;
		if (taken <= 0.01 * (double)r->ham)
			r->recall_1 = found / (double)r->spam;
	}
}

void
evaluation_text(const struct evaluation_result *r, struct buf *out)
{
	buf_format(out, "messages  %zu spam, %zu ham\n", r->spam, r->ham);
	buf_format(out, "1-AUC     %.4f %%\n", 100 * (1 - r->auc));
	buf_format(out, "recall    %.4f at 0.1 %% false positives\n",
	    r->recall_01);
	buf_format(out, "          %.4f at 1 %%\n", r->recall_1);
	buf_format(out, "at 0.5    %zu spam missed, %zu ham taken\n",
	    r->missed, r->taken);
	buf_format(out, "log loss  %.4f\n", r->log_loss);
}

void
evaluation_json(const struct evaluation_result *r, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);

	json_open_object(&w, NULL);
	json_put_integer(&w, "spam", (int64_t)r->spam);
	json_put_integer(&w, "ham", (int64_t)r->ham);
	json_put_real(&w, "auc", r->auc, 8);
	json_put_real(&w, "recall_at_0.001", r->recall_01, 6);
	json_put_real(&w, "recall_at_0.01", r->recall_1, 6);
	json_put_integer(&w, "missed", (int64_t)r->missed);
	json_put_integer(&w, "taken", (int64_t)r->taken);
	json_put_real(&w, "log_loss", r->log_loss, 6);
	json_close_object(&w);
	buf_append_char(out, '\n');
}

static double
x_of(double rate)
{
	double decades = -log10(AXIS_LEAST);

	return MARGIN + (log10(fmax(rate, AXIS_LEAST)) + decades) / decades *
	    (WIDTH - 2 * MARGIN);
}

static double
y_of(double recall)
{
	return HEIGHT - MARGIN - recall * (HEIGHT - 2 * MARGIN);
}

static void
put_axes(struct buf *out)
{
	static const char *const rates[] = {"0.01%", "0.1%", "1%", "10%",
	    "100%"};

	for (int i = 0; i < 5; i++) {
		double x = x_of(AXIS_LEAST * pow(10, i)), y = y_of(i / 4.0);

		buf_format(out, "<path stroke=\"#ccc\" d=\"M%.1f %.1fV%.1f"
		    "M%.1f %.1fH%.1f\"/>\n", x, y_of(0), y_of(1), x_of(0), y,
		    x_of(1));
		buf_format(out, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n",
		    x - 15, y_of(0) + 16, rates[i]);
		buf_format(out, "<text x=\"8\" y=\"%.1f\">%d%%</text>\n",
		    y + 4, i * 25);
	}
	buf_format(out, "<text x=\"%d\" y=\"%d\">ham taken for spam</text>\n",
	    WIDTH / 2 - 50, HEIGHT - 12);
	buf_format(out, "<text x=\"8\" y=\"%d\">spam found</text>\n",
	    MARGIN - 20);
}

void
evaluation_svg(struct evaluation *e, struct buf *out)
{
	struct evaluation_result r;
	size_t at = 0, spam, ham, found = 0, taken = 0;

	evaluation_compute(e, &r);
	buf_format(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
	    "width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
	    "font-size=\"11\">\n", WIDTH, HEIGHT);
	put_axes(out);
	buf_format(out, "<path fill=\"none\" stroke=\"#06c\" "
	    "stroke-width=\"2\" d=\"M%.1f %.1f", x_of(0), y_of(0));
	while (r.spam > 0 && r.ham > 0 && next_run(e, &at, &spam, &ham)) {
		found += spam;
		taken += ham;
		buf_format(out, "L%.1f %.1f",
		    x_of((double)taken / (double)r.ham),
		    y_of((double)found / (double)r.spam));
	}
	buf_append_text(out, "\"/>\n</svg>\n");
}
