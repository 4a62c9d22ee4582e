/* SPDX-License-Identifier: ISC */
/*
 * Reputation (reputation.h).  State and lists are asked in vain as often as
 * not; then the answer is `nothing known', and mail goes on.
 */
#include "reputation.h"

#include <math.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/log.h"

#define WAIT_MS 1000
#define STATE_MAX (INT64_C(64) << 20)
#define LOGIT_MAX 4.0

/* How much each identity says of a sender: names that are proven are his,
 * addresses he may share. */
static const double weights[IDENTITIES] = {1, 0.5, 1, 2};

int
reputation_open(struct reputation *r, const struct reputation_conf *conf,
    struct err *err)
{
	struct buf key = BUF_INIT;
	int result = 0;

	*r = (struct reputation){.remembers = false};
	if (dnsbl_read(&r->lists, &conf->lists, err) < 0)
		return -1;
	if (!conf->no_history &&
	    access(home_file(&key, "keys/state.key"), R_OK) == 0) {
		result = history_open(&r->history, conf->half_life * 1000,
		    STATE_MAX, WAIT_MS, err);
		r->remembers = result == 0;
		if (result < 0)
			history_close(&r->history);
	}
	buf_free(&key);
	return result;
}

void
reputation_close(struct reputation *r)
{
	reputation_flush(r);
	if (r->remembers)
		history_close(&r->history);
	dnsbl_free(&r->lists);
}

/* The kind is part of what is hashed: a helo is not a domain. */
static void
make_key(const struct reputation *r, const struct identities *ids, int kind,
    unsigned char key[STATE_KEY_SIZE])
{
	struct buf identity = BUF_INIT;

	buf_format(&identity, "%s:%s",
	    identity_name((enum identity_kind)kind),
	    buf_text(&ids->text[kind]));
	state_pseudonym(&r->history.state, buf_slice(&identity), key);
	buf_free(&identity);
}

static void
write_row(int kind, const struct history_row *row, bool known,
    struct json_writer *w)
{
	char since[CLOCK_TEXT_SIZE];

	json_open_object(w, NULL);
	json_put_text(w, "of", identity_name((enum identity_kind)kind));
	json_put_bool(w, "new", !known);
	if (known) {
		json_put_text(
		    w, "since", clock_rfc3339(row->first_ms, since));
		json_put_real(w, "messages", row->all, 3);
		json_put_real(w, "good", row->good, 3);
		json_put_real(w, "bad", row->bad, 3);
	}
	json_close_object(w);
}

/* Of all identities together, as a logit; 0: nothing known. */
static int
write_history(struct reputation *r, const struct identities *ids,
    struct json_writer *w, double *logit, bool *known, struct err *err)
{
	double sum = 0, weight = 0;
	int64_t now_ms = clock_now_ms();

	for (int i = 0; i < IDENTITIES; i++) {
		unsigned char key[STATE_KEY_SIZE];
		struct history_row row;
		int got;

		if (ids->text[i].n == 0)
			continue;
		make_key(r, ids, i, key);
		got = history_get(&r->history, key, now_ms, &row, err);
		if (got < 0)
			return -1;
		write_row(i, &row, got > 0, w);
		if (got == 0)
			continue;
		*known = true;
		sum += weights[i] * log((row.bad + 1) / (row.good + 1));
		weight += weights[i];
	}
	if (weight > 0)
		*logit += fmax(-LOGIT_MAX, fmin(LOGIT_MAX, sum / weight));
	return 0;
}

/* -1: the state cannot be had; what was written so far stands. */
static int
look_back(struct reputation *r, const struct identities *ids,
    struct json_writer *w, double *logit, bool *known)
{
	struct err err = ERR_INIT;
	int result = state_look(&r->history.state, &err);

	if (result == 0) {
		result = write_history(r, ids, w, logit, known, &err);
		if (result < 0)
			state_fail(&r->history.state);
		else
			state_rollback(&r->history.state);
	}
	if (err.kind != ERR_NONE)
		log_warning("no history of senders: %s", err.text);
	return result;
}

void
reputation_write(struct reputation *r, const struct meta *meta,
    const struct urls *urls, int64_t until_ms, struct json_writer *w)
{
	struct identities ids;
	struct ip ip = {.size = 0};
	double logit = 0;
	bool known = false;
	int result = 0;

	identities_find(&ids, meta);
	ip_parse(buf_slice(&ids.text[IDENTITY_IP]), &ip);
	json_open_object(w, "reputation");
	if (r->remembers) {
		json_open_array(w, "history");
		result = look_back(r, &ids, w, &logit, &known);
		json_close_array(w);
	}
	if (r->lists.n > 0) {
		json_open_array(w, "lists");
		logit += (double)dnsbl_ask(
		    &r->lists, &ip, urls, until_ms, w);
		json_close_array(w);
	}
	if (r->remembers && result == 0)
		json_put_bool(w, "new", !known);
	else if (r->remembers)
		json_put_text(w, "result", "unavailable");
	json_put_real(w, "score", 1 / (1 + exp(-logit)), 4);
	json_close_object(w);
	identities_free(&ids);
}

void
reputation_learn(struct reputation *r, const struct meta *meta,
    enum reputation_outcome outcome)
{
	struct identities ids;

	if (!r->remembers || meta_get(meta, "received").p == NULL)
		return;
	if (r->pending_n + IDENTITIES > REPUTATION_PENDING)
		reputation_flush(r);
	identities_find(&ids, meta);
	for (int i = 0; i < IDENTITIES; i++) {
		if (ids.text[i].n == 0)
			continue;
		make_key(r, &ids, i, r->pending[r->pending_n].key);
		r->pending[r->pending_n++].outcome = outcome;
	}
	identities_free(&ids);
}

static int
add_pending(struct reputation *r, int64_t now_ms, struct err *err)
{
	for (size_t i = 0; i < r->pending_n; i++) {
		enum reputation_outcome outcome = r->pending[i].outcome;
		const struct history_row more = {.all = 1,
		    .good = outcome == REPUTATION_GOOD,
		    .bad = outcome == REPUTATION_BAD};

		if (history_add(&r->history, r->pending[i].key, now_ms, &more,
			err) < 0)
			return -1;
	}
	return history_sweep(&r->history, now_ms, err);
}

void
reputation_flush(struct reputation *r)
{
	struct err err = ERR_INIT;

	if (r->pending_n == 0)
		return;
	if (state_begin(&r->history.state, &err) == 0) {
		if (add_pending(r, clock_now_ms(), &err) < 0)
			state_fail(&r->history.state);
		else
			state_commit(&r->history.state, &err);
	}
	if (err.kind != ERR_NONE)
		log_warning("history of senders is lost: %s", err.text);
	r->pending_n = 0;
}
