/* SPDX-License-Identifier: ISC */
/*
 * Rates and greylists.  Values in records come from strangers; they are hashed
 * before anything else, so that neither the state nor `limits' tells who wrote
 * to whom.
 */
#include "limiter.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define RECIPIENTS_MAX 1000 /* keys of one rule in one record */

struct judgement {
	const char *result; /* NULL: judged; else why not */
	const char *greylist;
	bool over, banned, is_new; /* the ban */
	int64_t count, retry_after_s, slow_s;
	unsigned char key[STATE_KEY_SIZE];
};

static int64_t
divide_up(int64_t n, int64_t by)
{
	return n / by + (n % by > 0);
}

const char *
limiter_show_key(const unsigned char *key, char out[LIMITER_SHOWN_SIZE])
{
	return sodium_bin2hex(out, LIMITER_SHOWN_SIZE, key, LIMITER_SHOWN);
}

/* The identity at hand, as the rule's key or that of its ban. */
static void
hash(struct limiter *l, bool ban,
    unsigned char key[STATE_KEY_SIZE])
{
	size_t n = l->identity.n;

	if (ban)
		buf_append_text(&l->identity, "ban");
	state_pseudonym(&l->limits.state, buf_slice(&l->identity), key);
	buf_truncate(&l->identity, n);
}

int
limiter_keys(struct limiter *l, const struct limit_rule *rule,
    struct slice values, unsigned char own[STATE_KEY_SIZE],
    unsigned char ban[STATE_KEY_SIZE])
{
	if (limit_key_put_values(rule, values, &l->identity) < 0)
		return -1;
	hash(l, false, own);
	hash(l, true, ban);
	return 0;
}

static int
put(struct limiter *l, const struct limit_rule *rule,
    const unsigned char *key, enum limit_kind kind, int64_t value,
    int64_t until_ms, struct err *err)
{
	const struct limit_row row = {.key = slice_of(key, STATE_KEY_SIZE),
	    .rule = slice_text(rule->name), .kind = kind, .value = value,
	    .until_ms = until_ms};

	return limits_put(&l->limits, &row, err);
}

static int
judge_rate(struct limiter *l, const struct limit_rule *rule, int64_t cost,
    struct judgement *j, struct err *err)
{
	int64_t interval = rule->interval_ns;
	int64_t now = l->now_ms * NS_PER_MS, span = interval * rule->burst;
	int64_t tat = now, least;
	struct limit_row row;
	int got = limits_get(&l->limits, j->key, l->now_ms, &row, err);

	if (got < 0)
		return -1;
	if (got > 0 && row.kind == LIMIT_RATE && row.value > now)
		tat = row.value;
	if (tat > now + span) /* the rule or the clock was changed */
		tat = now + span;
	least = cost > rule->burst ? span : cost * interval;
	j->over = cost > rule->burst || tat + least - now > span;
	if (j->over)
		j->retry_after_s =
		    divide_up(tat + least - span - now, NS_PER_S);
	else
		tat += least;
	j->count = divide_up(tat - now, interval);
	if (j->over || j->count * 2 > rule->burst)
		j->slow_s = rule->slow_s;
	if (j->over)
		return 0;
	return put(l, rule, j->key, LIMIT_RATE, tat,
	    divide_up(tat, NS_PER_MS), err);
}

static int
judge_greylist(struct limiter *l, const struct limit_rule *rule,
    struct judgement *j, struct err *err)
{
	int64_t now = l->now_ms, ready = now + rule->delay_s * 1000;
	struct limit_row row;
	int got = limits_get(&l->limits, j->key, now, &row, err);

	if (got < 0)
		return -1;
	if (got > 0 && row.kind == LIMIT_WAITING)
		ready = row.value + rule->delay_s * 1000;
	if ((got > 0 && row.kind == LIMIT_PASSED) || ready <= now) {
		j->greylist = "passed";
		return put(l, rule, j->key, LIMIT_PASSED, now,
		    now + rule->keep_s * 1000, err);
	}
	j->over = true;
	j->greylist = got > 0 ? "waiting" : "new";
	j->retry_after_s = divide_up(ready - now, 1000);
	if (got > 0)
		return 0;
	return put(l, rule, j->key, LIMIT_WAITING, now,
	    now + rule->window_s * 1000, err);
}

/* 1: banned. */
static int
find_ban(struct limiter *l, struct judgement *j, struct err *err)
{
	unsigned char key[STATE_KEY_SIZE];
	struct limit_row row;
	int got;

	hash(l, true, key);
	got = limits_get(&l->limits, key, l->now_ms, &row, err);
	if (got <= 0)
		return got;
	j->over = j->banned = true;
	j->retry_after_s = divide_up(row.until_ms - l->now_ms, 1000);
	return 1;
}

static int
ban(struct limiter *l, const struct limit_rule *rule, struct judgement *j,
    struct err *err)
{
	unsigned char key[STATE_KEY_SIZE];

	if (rule->observe)
		return 0;
	j->banned = j->is_new = true;
	j->retry_after_s = rule->ban_s;
	hash(l, true, key);
	return put(l, rule, key, LIMIT_BAN, 0,
	    l->now_ms + rule->ban_s * 1000, err);
}

/* The key at hand in l->identity. */
static int
judge_key(struct limiter *l, const struct limit_rule *rule, bool counts,
    int64_t cost, struct judgement *j, struct err *err)
{
	int got = 0;

	hash(l, false, j->key);
	if (rule->ban_s > 0)
		got = find_ban(l, j, err);
	if (got != 0 || !counts)
		return got < 0 ? -1 : 0;
	if (rule->greylist)
		return judge_greylist(l, rule, j, err);
	if (judge_rate(l, rule, cost, j, err) < 0)
		return -1;
	return j->over && rule->ban_s > 0 ? ban(l, rule, j, err) : 0;
}

static int64_t
cost_of(const struct limit_rule *rule, const struct meta *meta)
{
	int64_t n = 1;

	if (rule->count == LIMIT_RECIPIENTS)
		n = (int64_t)json_count(meta_at(meta, "envelope.to"));
	else if (rule->count == LIMIT_OCTETS)
		n = meta_size(meta);
	return n < 1 ? 1 : n;
}

static bool
is_worse(const struct judgement *a, const struct judgement *b)
{
	if (a->over != b->over)
		return a->over;
	if (a->retry_after_s != b->retry_after_s)
		return a->retry_after_s > b->retry_after_s;
	return a->count > b->count;
}

/* A ban is told with the client's address where the client is what the rule
 * counts. */
static void
tell_ban(const struct limiter *l, const struct limit_rule *rule,
    const struct limit_subject *subject)
{
	struct event event = {.name = SLICE("rate-ban"),
	    .severity = EVENT_WARNING, .object = slice_text(rule->name),
	    .window_s = rule->ban_s};

	if (l->events == NULL || l->dry_run)
		return;
	for (size_t i = 0; i < rule->members_n; i++)
		if (slice_is(rule->members[i], "client.ip") ||
		    slice_is(rule->members[i], "client.net"))
			event.address = subject->ip.p != NULL ? subject->ip
			    : json_plain(
				  meta_at(subject->meta, "client.ip"));
	event_sender_send(l->events, &event);
}

/* For one recipient, or none.  1: there was no such key. */
static int
judge_one(struct limiter *l, const struct limit_rule *rule,
    const struct limit_subject *subject, struct slice recipient,
    struct judgement *worst, struct err *err)
{
	struct judgement j = {.result = NULL};

	if (limit_key_put(rule, subject->meta, subject->ip, recipient,
		&l->identity) < 0)
		return 0;
	if (judge_key(l, rule, rule->step == subject->step,
		cost_of(rule, subject->meta), &j, err) < 0)
		return -1;
	if (j.is_new)
		tell_ban(l, rule, subject);
	if (worst->result != NULL || is_worse(&j, worst))
		*worst = j;
	return 0;
}

static int
judge_recipients(struct limiter *l, const struct limit_rule *rule,
    const struct limit_subject *subject, struct judgement *worst,
    struct err *err)
{
	struct json_walk walk =
	    json_walk(meta_at(subject->meta, "envelope.to"));
	struct buf address = BUF_LIMITED(META_ENVELOPE_MAX);
	struct slice item;
	int result = 0;

	for (size_t n = 0; n < RECIPIENTS_MAX && result == 0 &&
	     json_next(&walk, NULL, &item); n++) {
		buf_reset(&address);
		if (json_string(json_get(item, "address"), &address) == 0)
			result = judge_one(l, rule, subject,
			    buf_slice(&address), worst, err);
	}
	buf_free(&address);
	return result;
}

static void
judge_rule(struct limiter *l, const struct limit_rule *rule,
    const struct limit_subject *subject, struct judgement *j)
{
	struct err err = ERR_INIT;
	int result;

	*j = (struct judgement){.result = "none"};
	if (!l->available) {
		j->result = "unavailable";
		return;
	}
	if (limit_key_is_per_recipient(rule))
		result = judge_recipients(l, rule, subject, j, &err);
	else
		result = judge_one(l, rule, subject, SLICE_NONE, j, &err);
	if (result == 0)
		return;
	*j = (struct judgement){.result = "unavailable"};
	l->available = false;
	state_fail(&l->limits.state);
	log_warning("nothing is limited: %s", err.text);
}

static void
write_entry(const struct limiter *l, const struct limit_rule *rule,
    const struct judgement *j, struct json_writer *w)
{
	char shown[LIMITER_SHOWN_SIZE];
	bool over = j->over && !rule->observe;

	json_open_object(w, NULL);
	json_put_text(w, "by", l->by);
	json_put_text(w, "rule", rule->name);
	if (j->result == NULL)
		json_put_text(w, "key", limiter_show_key(j->key, shown));
	json_put_bool(w, "over", over);
	if (j->result != NULL)
		json_put_text(w, "result", j->result);
	else if (j->greylist != NULL)
		json_put_text(w, "greylist", j->greylist);
	else if (!j->banned)
		json_put_integer(w, "count", j->count);
	if (j->over)
		json_put_integer(w, "retry_after_s", j->retry_after_s);
	if (j->banned)
		json_put_bool(w, "banned", true);
	if (j->over && rule->observe)
		json_put_bool(w, "observed", true);
	if (j->slow_s > 0 && !rule->observe)
		json_put_integer(w, "slow_s", j->slow_s);
	json_close_object(w);
}

void
limiter_begin(struct limiter *l)
{
	struct err err = ERR_INIT;

	l->now_ms = clock_now_ms();
	l->available = state_begin(&l->limits.state, &err) == 0;
	if (err.kind != ERR_NONE)
		log_warning("nothing is limited: %s", err.text);
}

void
limiter_judge(struct limiter *l, const struct limit_subject *subject,
    struct json_writer *w, struct limit_outcome *outcome)
{
	bool exempt = limit_exempt_has(
	    &l->exempt, subject->meta, subject->ip);

	for (size_t i = 0; i < l->n; i++) {
		const struct limit_rule *rule = &l->rules[i];
		bool ours = rule->step == subject->step;
		struct judgement j = {.result = "exempt"};

		if (!ours && rule->ban_s == 0)
			continue;
		if (!exempt)
			judge_rule(l, rule, subject, &j);
		if (ours || j.banned)
			write_entry(l, rule, &j, w);
		if (!j.over || rule->observe)
			continue;
		outcome->over = true;
		if (j.retry_after_s > outcome->retry_after_s)
			outcome->retry_after_s = j.retry_after_s;
	}
}

void
limiter_end(struct limiter *l)
{
	struct err err = ERR_INIT;

	if (!l->available)
		return;
	if (l->dry_run)
		state_rollback(&l->limits.state);
	else if (limits_sweep(&l->limits, l->now_ms, &err) < 0)
		state_fail(&l->limits.state);
	else
		state_commit(&l->limits.state, &err);
	if (err.kind != ERR_NONE)
		log_warning("what was counted is lost: %s", err.text);
}

bool
limiter_has_step(const struct limiter *l, enum limit_step step)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->rules[i].step == step)
			return true;
	return false;
}
