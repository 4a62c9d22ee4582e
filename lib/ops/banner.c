/* SPDX-License-Identifier: ISC */
/*
 * From events to bans.
 */
#include "ops/banner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "base/log.h"

#define FILE_MODE 0640

static void
find_firewall(struct banner *b)
{
	struct err err = ERR_INIT;
	int found = 0;

	if (!b->conf.no_firewall)
		found = ban_firewall_look(&b->allow, &err);
	b->has_firewall = found > 0;
	if (b->has_firewall || b->conf.no_firewall)
		b->missed = false;
	else if (!b->missed) {
		b->missed = true;
		log_warning("the firewall turns nobody away (%s): only "
		    "fe-listen and fe-receive do, who read '%s'",
		    found < 0 ? err.text : "the firewall of fe-harden is not "
		    "there", b->path.p);
	}
}

int
banner_open(struct banner *b, const struct banner_conf *conf, struct buf *out,
    struct err *err)
{
	struct buf folder = BUF_INIT;
	struct stat st;
	int result = 0;

	b->conf = *conf;
	b->out = out;
	b->lock = -1;
	b->path = b->lock_path = b->script = (struct buf)BUF_INIT;
	home_file(&b->path, "state/bans");
	home_file(&b->lock_path, "state/bans.lock");
	if (stat(home_file(&folder, "state"), &st) < 0)
		result = err_errno(err, "cannot look at '%s'", folder.p);
	/* so that the group that owns the folder can read the file; root
	 * alone can do that for a group that is not his */
	else if (st.st_gid != getegid() && setegid(st.st_gid) < 0)
		log_debug("the file keeps our own group");
	buf_free(&folder);
	if (result == 0)
		find_firewall(b);
	return result;
}

void
banner_close(struct banner *b)
{
	if (b->lock >= 0)
		close(b->lock);
	ban_list_free(&b->list);
	ban_allow_free(&b->allow);
	buf_free(&b->path);
	buf_free(&b->lock_path);
	buf_free(&b->script);
}

static int
read_list(struct banner *b, struct err *err)
{
	struct buf text = BUF_LIMITED(BANS_SIZE_MAX);
	int result;

	ban_list_free(&b->list);
	errno = 0;
	result = io_read_file(b->path.p, &text, err);
	if (result < 0 && errno == ENOENT) {
		err_clear(err);
		result = 0;
	} else if (result == 0) {
		result = ban_list_parse(&b->list, buf_slice(&text), err);
		if (result < 0)
			err_prefix(err, "'%s'", b->path.p);
	}
	buf_free(&text);
	return result;
}

int
banner_begin(struct banner *b, struct err *err)
{
	b->changed = false;
	buf_truncate(&b->script, 0);
	if (!b->conf.dry_run) {
		b->lock = open(b->lock_path.p,
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (b->lock < 0 || flock(b->lock, LOCK_EX) < 0)
			return err_errno(
			    err, "cannot lock '%s'", b->lock_path.p);
	}
	return read_list(b, err);
}

static void
change_firewall(struct banner *b)
{
	struct err err = ERR_INIT;

	if (b->script.n == 0 || !b->has_firewall ||
	    ban_firewall_run(buf_slice(&b->script), &err) == 0)
		return;
	log_warning("the firewall bans nobody anew: %s", err.text);
	b->has_firewall = false; /* looked for again by banner_restore */
}

/* Those who have kept quiet for long are forgotten, and those beyond what the
 * firewall holds: first whose ban ended, or ends, first. */
static void
forget(struct banner *b)
{
	int64_t now = clock_now_ms(), limit = now - b->conf.forget_s * 1000;

	for (size_t i = b->list.n; i-- > 0;)
		if (b->list.items[i].until_ms <= now &&
		    b->list.items[i].until_ms < limit)
			ban_list_remove(&b->list, &b->list.items[i]);
	while (b->list.n > BANS_MAX) {
		struct ban *first = &b->list.items[0];

		for (size_t i = 1; i < b->list.n; i++)
			if (b->list.items[i].until_ms < first->until_ms)
				first = &b->list.items[i];
		ban_list_remove(&b->list, first);
	}
}

int
banner_end(struct banner *b, struct err *err)
{
	struct buf text = BUF_INIT;
	int result = 0;

	if (!b->conf.dry_run) {
		change_firewall(b);
		if (b->changed) {
			forget(b);
			ban_list_write(&b->list, &text);
			result = io_replace_file(b->path.p, buf_slice(&text),
			    FILE_MODE, err);
		}
		close(b->lock);
		b->lock = -1;
	}
	buf_free(&text);
	return result;
}

static void
tell(struct banner *b, const char *name, const struct ban *ban)
{
	char ip[IP_TEXT_SIZE], network[IP_TEXT_SIZE + 4];
	struct event event = {.name = slice_text(name),
	    .time_ms = clock_now_ms(), .severity = EVENT_NOTICE,
	    .source = SLICE("fe-ban"), .object = slice_text(ban->event),
	    .count = ban->strikes, .unproven = ban->unproven};

	ip_text(&ban->client, ip);
	if (ban->client.size == 16) {
		snprintf(network, sizeof(network), "%s/64", ip);
		event.network = slice_text(network);
	} else {
		event.address = slice_text(ip);
	}
	if (ban->until_ms > event.time_ms)
		event.window_s = (ban->until_ms - event.time_ms + 999) / 1000;
	if (b->conf.dry_run)
		event.detail = SLICE("dry run: nothing was done");
	event_write(&event, b->out);
}

/* How long the ban is that this strike brings. */
static int64_t
term_s(const struct banner *b, int64_t strikes, bool unproven)
{
	int64_t term = b->conf.time_s;

	for (int64_t i = 1; i < strikes && term < b->conf.time_max_s; i++)
		term = b->conf.grow > 1 &&
			term > b->conf.time_max_s / b->conf.grow
		    ? b->conf.time_max_s
		    : term * b->conf.grow;
	if (term > b->conf.time_max_s)
		term = b->conf.time_max_s;
	if (unproven && term > b->conf.unproven_max_s)
		term = b->conf.unproven_max_s;
	return term;
}

static void
strike(struct banner *b, const struct ip *ip, struct slice event,
    bool unproven, int64_t for_s)
{
	struct ban *ban = ban_list_add(&b->list, ip);
	int64_t now = clock_now_ms();

	if (ban->until_ms + b->conf.forget_s * 1000 < now)
		ban->strikes = 0;
	ban->strikes++;
	ban->unproven = unproven;
	ban->since_ms = now;
	if (for_s == 0)
		for_s = term_s(b, ban->strikes, unproven);
	ban->until_ms = now + for_s * 1000;
	memset(ban->event, 0, sizeof(ban->event));
	memcpy(ban->event, event.p, event.n < EVENT_NAME_MAX ? event.n
							      : EVENT_NAME_MAX);
	ban_firewall_add(ban, now, &b->script);
	b->changed = true;
	tell(b, "ban", ban);
}

static bool
is_meant(const struct banner *b, const struct event *event, struct ip *ip)
{
	return event->severity >= b->conf.severity &&
	    event->address.p != NULL && ip_parse(event->address, ip) == 0 &&
	    event->time_ms > clock_now_ms() - BANNER_EVENT_AGE_MS &&
	    !slice_is(event->source, "fe-ban");
}

enum banner_result
banner_take_event(struct banner *b, const struct event *event)
{
	const struct ban *ban;
	struct ip ip;

	if (!is_meant(b, event, &ip))
		return BANNER_NOT_MEANT;
	for (size_t i = 0; i < b->conf.ignore->n; i++)
		if (slice_is(event->name, b->conf.ignore->items[i]))
			return BANNER_NOT_MEANT;
	if (ban_allow_has(&b->allow, &ip))
		return BANNER_ALLOWED;
	ban = ban_list_find(&b->list, &ip);
	/* a proof counts anew where there was none */
	if (ban != NULL && ban->until_ms > clock_now_ms() &&
	    (!ban->unproven || event->unproven))
		return BANNER_STANDS;
	strike(b, &ip, event->name, event->unproven, 0);
	return BANNER_BANNED;
}

int
banner_ban(struct banner *b, const struct ip *ip, int64_t for_s,
    struct err *err)
{
	char text[IP_TEXT_SIZE];

	if (ban_allow_has(&b->allow, ip))
		return err_set(err, ERR_USAGE, "'%s' is allowed, or part of "
		    "its /64 is: who is allowed is never banned",
		    ip_text(ip, text));
	strike(b, ip, SLICE("by-hand"), false, for_s);
	return 0;
}

static void
lift(struct banner *b, struct ban *ban)
{
	ban_firewall_remove(ban, &b->script);
	ban->until_ms = 0;
	tell(b, "unban", ban);
	ban_list_remove(&b->list, ban);
	b->changed = true;
}

bool
banner_forgive(struct banner *b, const struct ip *ip)
{
	struct ban *ban = ban_list_find(&b->list, ip);

	if (ban != NULL)
		lift(b, ban);
	return ban != NULL;
}

void
banner_forgive_all(struct banner *b)
{
	while (b->list.n > 0)
		lift(b, &b->list.items[b->list.n - 1]);
	buf_truncate(&b->script, 0);
	ban_firewall_flush(&b->script);
	b->changed = true;
}

void
banner_restore(struct banner *b, bool first)
{
	int64_t now = clock_now_ms();

	if (!first) /* else banner_open has just looked */
		find_firewall(b);
	for (size_t i = b->list.n; i-- > 0;) {
		struct ban *ban = &b->list.items[i];

		if (ban_allow_has(&b->allow, &ban->client))
			lift(b, ban);
		else if (first)
			ban_firewall_add(ban, now, &b->script);
		else
			ban_firewall_ensure(ban, now, &b->script);
	}
}
