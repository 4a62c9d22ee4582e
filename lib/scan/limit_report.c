/* SPDX-License-Identifier: ISC */
/*
 * The state of limits as lines.
 */
#include "limit_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define NS_PER_MS INT64_C(1000000)

/* A key that was asked for, by its value. */
struct wanted {
	unsigned char key[STATE_KEY_SIZE];
	const char *value;
};

struct listing {
	const struct limiter *limiter;
	const struct limit_report *report;
	struct wanted *wanted;
	size_t n;
	struct buf *out;
};

/* Both keys of each rule that can have such values. */
static int
find_wanted(struct limiter *l, const struct limit_report *report,
    struct wanted **wanted, size_t *n, struct err *err)
{
	*n = 0;
	*wanted = mem_zalloc(
	    (2 * l->n * report->values_n + 1) * sizeof(**wanted));
	for (size_t v = 0; v < report->values_n; v++) {
		size_t before = *n;

		for (size_t i = 0; i < l->n; i++) {
			struct wanted *own = &(*wanted)[*n];

			if (report->rule != NULL &&
			    strcmp(report->rule, l->rules[i].name) != 0)
				continue;
			if (limiter_keys(l, &l->rules[i],
				slice_text(report->values[v]), own[0].key,
				own[1].key) < 0)
				continue;
			own[0].value = own[1].value = report->values[v];
			*n += 2;
		}
		if (*n == before)
			return err_set(err, ERR_USAGE, "'%s' fits the key of "
			    "no rule", report->values[v]);
	}
	return 0;
}

static const struct wanted *
is_wanted(const struct listing *list, struct slice key)
{
	for (size_t i = 0; i < list->n; i++)
		if (slice_equal(key, slice_of(list->wanted[i].key,
			STATE_KEY_SIZE)))
			return &list->wanted[i];
	return NULL;
}

static const struct limit_rule *
find_rule(const struct limiter *l, struct slice name)
{
	for (size_t i = 0; i < l->n; i++)
		if (slice_is(name, l->rules[i].name))
			return &l->rules[i];
	return NULL;
}

/* Units counted; -1: not a rate, or its rule is gone. */
static int64_t
count_of(const struct limiter *l, const struct limit_row *row)
{
	const struct limit_rule *rule = find_rule(l, row->rule);
	int64_t over = row->value - l->now_ms * NS_PER_MS;

	if (row->kind != LIMIT_RATE || rule == NULL || rule->interval_ns == 0)
		return -1;
	return (over + rule->interval_ns - 1) / rule->interval_ns;
}

static void
put_row(void *context, const struct limit_row *row)
{
	static const char *const kinds[] = {
	    "?", "rate", "waiting", "passed", "banned"};
	struct listing *list = context;
	const struct wanted *wanted = is_wanted(list, row->key);
	char shown[LIMITER_SHOWN_SIZE], until[CLOCK_TEXT_SIZE];
	const char *kind = kinds[row->kind <= LIMIT_BAN ? row->kind : 0];
	struct json_writer w = JSON_WRITER(list->out);
	int64_t count = count_of(list->limiter, row);

	if ((list->report->values_n > 0 && wanted == NULL) ||
	    row->key.n != STATE_KEY_SIZE ||
	    (list->report->rule != NULL &&
		!slice_is(row->rule, list->report->rule)))
		return;
	limiter_show_key((const unsigned char *)row->key.p, shown);
	clock_rfc3339(row->until_ms, until);
	if (!list->report->json) {
		buf_format(list->out, "%.*s\t%s\t%s\t", SLICE_ARG(row->rule),
		    wanted != NULL ? wanted->value : shown, kind);
		if (count >= 0)
			buf_format(list->out, "%" PRId64, count);
		buf_format(list->out, "\t%s\n", until);
		return;
	}
	json_open_object(&w, NULL);
	json_put_slice(&w, "rule", row->rule);
	json_put_text(&w, "key", shown);
	if (wanted != NULL)
		json_put_text(&w, "value", wanted->value);
	json_put_text(&w, "kind", kind);
	if (count >= 0)
		json_put_integer(&w, "count", count);
	json_put_text(&w, "until", until);
	json_close_object(&w);
	buf_append_char(list->out, '\n');
}

int
limit_report_list(struct limiter *l, const struct limit_report *report,
    struct buf *out, struct err *err)
{
	struct listing list = {.limiter = l, .report = report, .out = out};
	int result = find_wanted(l, report, &list.wanted, &list.n, err);

	if (result == 0)
		result = state_begin(&l->limits.state, err);
	l->now_ms = clock_now_ms();
	if (result == 0)
		result = limits_each(
		    &l->limits, l->now_ms, put_row, &list, err);
	state_rollback(&l->limits.state);
	free(list.wanted);
	return result;
}

static int
forget(struct limiter *l, const struct limit_report *report, int64_t *n,
    struct err *err)
{
	struct wanted *wanted;
	size_t wanted_n;
	int result = find_wanted(l, report, &wanted, &wanted_n, err);
	int64_t some = 0;

	*n = 0;
	if (result == 0)
		result = state_begin(&l->limits.state, err);
	for (size_t i = 0; i < wanted_n && result == 0; i++) {
		result = limits_forget(
		    &l->limits, wanted[i].key, SLICE_NONE, &some, err);
		*n += some;
	}
	if (result == 0 && report->values_n == 0)
		result = limits_forget(&l->limits, NULL,
		    slice_text(report->rule), n, err);
	if (result == 0)
		result = state_commit(&l->limits.state, err);
	state_rollback(&l->limits.state);
	free(wanted);
	return result;
}

int
limit_report_reset(struct limiter *l, const struct limit_report *report,
    int64_t *n, struct err *err)
{
	struct err why = ERR_INIT;

	if (forget(l, report, n, &why) == 0)
		return 0;
	*n = 0;
	if (why.kind == ERR_CONFIG && report->values_n == 0 &&
	    report->rule == NULL)
		return state_remove(&l->limits.state, err);
	*err = why;
	return -1;
}
