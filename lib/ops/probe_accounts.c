/* SPDX-License-Identifier: ISC */
/*
 * Does a login tell who has an account?  Wrong passwords for one that is there
 * and for nobody, in turn: the answers must be alike, and come as fast.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "mail/encoding.h"
#include "ops/probe_link.h"

#define CHECK "login-timing"
/* Who counts failures shuts out after so few of them. */
#define ROUNDS 3
#define GAP_US 20000

struct tries {
	struct buf answer; /* of the last one, without the name */
	int64_t fastest_us, slowest_us;
};

static void
put_wrong_password(char out[25])
{
	unsigned char random[12];

	random_octets(random, sizeof(random));
	hex_encode(random, sizeof(random), out);
}

/* The words behind which the server says yes or no. */
static int
log_in(struct probe_link *l, const char *name, struct probe_reply *reply,
    struct err *err)
{
	struct buf plain = BUF_INIT, text = BUF_INIT;
	char password[25];
	int result;

	put_wrong_password(password);
	if (l->p->protocol == PROBE_IMAP)
		return link_command(
		    l, reply, err, "LOGIN \"%s\" \"%s\"", name, password);
	if (l->p->protocol == PROBE_POP3) {
		result = link_command(l, reply, err, "USER %s", name);
		return result < 0 || reply->code >= 400
			   ? result
			   : link_command(l, reply, err, "PASS %s", password);
	}
	buf_append_char(&plain, '\0'); /* RFC 4616 */
	buf_append_text(&plain, name);
	buf_append_char(&plain, '\0');
	buf_append_text(&plain, password);
	(void)base64_encode(buf_slice(&plain), 0, &text);
	result = link_command(l, reply, err, "AUTH PLAIN %s", buf_text(&text));
	buf_free(&plain);
	buf_free(&text);
	return result;
}

/* What is the same for all: neither the name nor the tag of IMAP. */
static void
put_answer(const struct probe_link *l, struct slice text, const char *name,
    struct buf *out)
{
	struct slice wanted = slice_text(name);

	buf_truncate(out, 0);
	if (l->p->protocol == PROBE_IMAP)
		slice_cut(&text, ' ');
	while (text.n > 0) {
		size_t at = slice_find_text(text, wanted);

		buf_append_slice(out, slice_part(text, 0, at));
		text = slice_part(text, at + wanted.n, text.n);
	}
}

/* The last reply is that to EHLO. */
static bool
offers_plain(const struct probe_link *l)
{
	return l->p->protocol != PROBE_SMTP || link_has_feature(
	    slice_part(buf_slice(&l->in), 0, l->used), "PLAIN");
}

enum outcome { REFUSED, TAKEN, NOT_OFFERED, BROKEN };

/* On a connection of its own. */
static enum outcome
try_once(struct probe *p, const char *name, struct tries *tries)
{
	struct probe_link l;
	struct probe_reply reply;
	struct err err = ERR_INIT;
	int64_t begun, us;
	enum outcome outcome = BROKEN;

	if (link_open_secure(&l, p, &err) < 0)
		return BROKEN;
	begun = clock_monotonic_us();
	if (!offers_plain(&l))
		outcome = NOT_OFFERED;
	else if (log_in(&l, name, &reply, &err) == 0) {
		us = clock_monotonic_us() - begun;
		if (us < tries->fastest_us)
			tries->fastest_us = us;
		if (us > tries->slowest_us)
			tries->slowest_us = us;
		put_answer(&l, reply.text, name, &tries->answer);
		outcome = reply.code >= 400 ? REFUSED : TAKEN;
	}
	link_drop(&l);
	return outcome;
}

static void
say_time(struct probe *p, const struct tries *known,
    const struct tries *unknown)
{
	int64_t gap = known->fastest_us - unknown->slowest_us;
	bool slower = gap > GAP_US;

	if (!slower)
		gap = unknown->fastest_us - known->slowest_us;
	if (gap > GAP_US)
		probe_say(p, CHECK, PROBE_FAIL,
		    "a wrong password of somebody always takes %lld ms %s "
		    "than one of nobody", (long long)(gap / 1000),
		    slower ? "longer" : "less");
	else
		probe_say(p, CHECK, PROBE_PASS,
		    "wrong passwords of somebody and of nobody take %lld to "
		    "%lld and %lld to %lld ms",
		    (long long)(known->fastest_us / 1000),
		    (long long)(known->slowest_us / 1000),
		    (long long)(unknown->fastest_us / 1000),
		    (long long)(unknown->slowest_us / 1000));
}

static void
say_answers(struct probe *p, const struct tries *known,
    const struct tries *unknown)
{
	bool alike = slice_equal(
	    buf_slice(&known->answer), buf_slice(&unknown->answer));

	probe_say(p, "login-answer", alike ? PROBE_PASS : PROBE_FAIL, alike
		? "a wrong password is answered alike for somebody and nobody"
		: "the answer to a wrong password tells who has an account");
}

/* A name that looks like the other, and has the same domain. */
static void
make_nobody_like(char out[PROBE_NOBODY_SIZE], const char *account)
{
	const char *at = strchr(account, '@');

	probe_make_nobody(out, at != NULL ? at + 1 : "x");
	if (at == NULL)
		*strchr(out, '@') = '\0';
}

void
probe_accounts(struct probe *p)
{
	struct tries known = {BUF_INIT, INT64_MAX, 0};
	struct tries unknown = {BUF_INIT, INT64_MAX, 0};
	char nobody[PROBE_NOBODY_SIZE];
	enum outcome outcome = REFUSED;

	if (p->conf->account == NULL) {
		probe_say(p, CHECK, PROBE_SKIP,
		    "needs --account, a login there");
		return;
	}
	for (int i = 0; i < ROUNDS && outcome == REFUSED; i++) {
		make_nobody_like(nobody, p->conf->account);
		outcome = try_once(p, p->conf->account, &known);
		if (outcome == REFUSED)
			outcome = try_once(p, nobody, &unknown);
	}
	if (outcome == REFUSED) {
		say_answers(p, &known, &unknown);
		say_time(p, &known, &unknown);
	} else if (outcome == TAKEN)
		probe_say(
		    p, CHECK, PROBE_FAIL, "a made-up password is taken");
	else if (outcome == NOT_OFFERED)
		probe_say(p, CHECK, PROBE_SKIP, "AUTH PLAIN is not offered");
	else
		probe_say(p, CHECK, PROBE_UNKNOWN, "the server breaks off");
	buf_free(&known.answer);
	buf_free(&unknown.answer);
}
