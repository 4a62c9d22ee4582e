/* SPDX-License-Identifier: ISC */
/* What other programs of the family answer, as evidence. */
#include "ops/audit_probe.h"

#include <string.h>

#include "base/clock.h"

static bool
begins_with_one(struct slice name, const char *words)
{
	struct slice rest = slice_text(words);

	if (rest.n == 0)
		return true;
	while (rest.p != NULL) {
		struct slice word = slice_cut(&rest, ' ');

		if (slice_equal(slice_part(name, 0, word.n), word))
			return true;
	}
	return false;
}

/* Of one finding; 1 it passes, 0 else. */
static size_t
say_finding(struct audit_result *r, struct slice object)
{
	struct slice state = json_plain(json_get(object, "state"));
	struct slice check = json_plain(json_get(object, "check"));
	struct slice address = json_plain(json_get(object, "address"));
	struct buf text = BUF_INIT;

	(void)json_string(json_get(object, "text"), &text);
	if (!slice_is(state, "pass") && !slice_is(state, "skip"))
		audit_say(r, slice_is(state, "fail") ? AUDIT_FAIL
		    : slice_is(state, "unknown")     ? AUDIT_UNKNOWN
						     : AUDIT_NOTE,
		    "from outside, %.*s%s%.*s: %s", SLICE_ARG(check),
		    address.n > 0 ? " at " : "", SLICE_ARG(address),
		    buf_text(&text));
	buf_free(&text);
	return slice_is(state, "pass");
}

static bool
ask_probe(struct audit *a, struct audit_result *r)
{
	const char *words[] = {"fe-probe", "-o", "json", NULL, NULL};
	struct buf host = BUF_INIT;
	struct slice name;
	bool known = audit_setting(a, "fe", "hostname", &name);

	if (known) {
		buf_append_slice(&host, name);
		words[3] = host.p;
		audit_ask(a, &a->probe, words);
	} else
		audit_say(r, AUDIT_UNKNOWN, "fe.conf has no hostname to look "
		    "at from outside");
	buf_free(&host);
	return known;
}

void
audit_say_probe(struct audit *a, struct audit_result *r, const char *words)
{
	struct slice rest, object;
	size_t n = 0, pass = 0;

	if (!audit_need_program(r, "fe-probe"))
		return;
	if (!a->network) {
		audit_say_last_network(a, r, 8);
		return;
	}
	if (!ask_probe(a, r))
		return;
	rest = buf_slice(&a->probe.text);
	while (audit_next_object(&rest, &object)) {
		if (json_get(object, "check").p == NULL || !begins_with_one(
			json_plain(json_get(object, "check")), words))
			continue;
		n++;
		pass += say_finding(r, object);
	}
	if (n > 0)
		audit_say(r, AUDIT_PASS, "%zu of %zu checks from outside pass",
		    pass, n);
	else
		audit_say(r, AUDIT_UNKNOWN, "fe-probe: %s",
		    a->probe.fault[0] != '\0' ? a->probe.fault
					      : "it said nothing of it");
}

size_t
audit_say_keys(struct audit *a, struct audit_result *r, const char *kind)
{
	static const char *const words[] = {
	    "fe-rotate-keys", "status", "-o", "json", NULL};
	struct slice rest, object;
	int64_t age, oldest = 0;
	size_t n = 0, due = 0;

	if (!audit_need_program(r, "fe-rotate-keys"))
		return 0;
	audit_ask(a, &a->keys, words);
	if (a->keys.fault[0] != '\0') {
		audit_say(r, AUDIT_UNKNOWN, "%s", a->keys.fault);
		return 0;
	}
	/* whose key it is may be a person's name: only counted */
	rest = buf_slice(&a->keys.text);
	while (audit_next_object(&rest, &object)) {
		if (!json_string_is(json_get(object, "kind"), kind))
			continue;
		n++;
		due += json_is_true(json_get(object, "due"));
		if (json_integer(json_get(object, "age_s"), &age) == 0 &&
		    age > oldest)
			oldest = age;
	}
	if (n > 0)
		audit_say(r, due > 0 ? AUDIT_FAIL : AUDIT_PASS, "%zu of %zu "
		    "keys (%s) are due, the oldest is %lld days old", due, n,
		    kind, (long long)(oldest / 86400));
	return n;
}

void
audit_say_made_up(const struct audit *a, struct audit_result *r,
    const char *what, const char *text, unsigned n)
{
	static const char *const watch[] = {"fe-watch", "--replay", NULL};
	static const char *const ban[] = {"fe-ban", "-n", NULL};
	struct buf lines = BUF_INIT, events = BUF_INIT, bans = BUF_INIT;
	bool watches = audit_need_program(r, "fe-watch");
	struct err err = ERR_INIT;
	char time[CLOCK_TEXT_SIZE];

	if (!audit_need_program(r, "fe-ban") || !watches)
		return;
	clock_rfc3339(a->now_ms, time);
	for (unsigned i = 0; i < n; i++)
		buf_format(&lines, "%.19s+00:00 localhost %s\n", time, text);
	if (audit_run_program(a, watch, buf_slice(&lines), &events, &err) <
		0 || audit_run_program(a, ban, buf_slice(&events), &bans,
		&err) < 0)
		audit_say(r, AUDIT_UNKNOWN, "%s", err.text);
	else
		audit_say(r, slice_find_text(buf_slice(&bans),
		    SLICE("address=" AUDIT_STRANGER)) < bans.n ? AUDIT_PASS
							       : AUDIT_FAIL,
		    "%s (made up) %s a ban", what, slice_find_text(
		    buf_slice(&bans), SLICE("address=" AUDIT_STRANGER)) <
			bans.n ? "is worth" : "is not worth");
	buf_free(&lines);
	buf_free(&events);
	buf_free(&bans);
}

/*
 * fe-harden.
 */

struct tally {
	unsigned pass, required, advice, absent;
};

static void
say_item(struct audit_result *r, struct slice item, bool all_advice,
    struct tally *tally)
{
	struct slice id = json_plain(json_get(item, "item"));
	struct slice state = json_plain(json_get(item, "state"));
	bool required = json_is_true(json_get(item, "required"));
	struct buf seen = BUF_INIT, text = BUF_INIT;

	(void)json_string(json_get(item, "seen"), &seen);
	if (slice_is(state, "pass"))
		tally->pass++;
	else if (slice_is(state, "excepted")) {
		(void)json_string(json_get(item, "exception.reason"), &text);
		audit_say(r, AUDIT_ATTESTED, "%.*s: %s, excepted until %.*s: "
		    "%s", SLICE_ARG(id), buf_text(&seen), SLICE_ARG(
		    json_plain(json_get(item, "exception.until"))),
		    buf_text(&text));
	} else if (!slice_is(state, "skip"))
		audit_say(r, slice_is(state, "unknown") ? AUDIT_UNKNOWN
		    : required || all_advice	    ? AUDIT_FAIL
						    : AUDIT_NOTE,
		    "%.*s: %s%s", SLICE_ARG(id), buf_text(&seen),
		    required ? "" : " (advice)");
	buf_free(&seen);
	buf_free(&text);
}

static void
count_item(struct slice item, struct tally *tally)
{
	if (json_string_is(json_get(item, "state"), "skip"))
		tally->absent++;
	else if (json_is_true(json_get(item, "required")))
		tally->required++;
	else
		tally->advice++;
}

/* The item itself, or one of the practice. */
static bool
is_of(struct slice item, const char *practice)
{
	struct slice id = json_plain(json_get(item, "item"));
	size_t n = strlen(practice);

	return slice_starts(id, practice) && (id.n == n || id.p[n] == '.');
}

void
audit_say_harden(
    struct audit *a, struct audit_result *r, const char *practice)
{
	const char *const words[] = {"fe-harden", "check", "-v", "-o", "json",
	    "--root", a->root, NULL};
	struct tally tally = {0, 0, 0, 0};
	struct slice rest, item;

	audit_ask(a, &a->harden, words);
	if (a->harden.fault[0] != '\0') {
		audit_say(r, AUDIT_UNKNOWN, "fe-harden: %s", a->harden.fault);
		return;
	}
	rest = buf_slice(&a->harden.text);
	while (audit_next_object(&rest, &item))
		if (is_of(item, practice))
			count_item(item, &tally);
	rest = buf_slice(&a->harden.text);
	while (audit_next_object(&rest, &item))
		if (is_of(item, practice))
			say_item(r, item, tally.required == 0, &tally);
	if (tally.pass > 0)
		audit_say(r, AUDIT_PASS, "%u of %u items of fe-harden pass",
		    tally.pass, tally.required + tally.advice);
	else if (tally.required + tally.advice == 0)
		audit_say(r, AUDIT_UNKNOWN, tally.absent > 0
			? "this host has nothing of it"
			: "fe-harden has no item for it");
}
