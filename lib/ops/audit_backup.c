/* SPDX-License-Identifier: ISC */
/* Probes of backups. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "ops/audit_probe.h"

#define SNAPSHOT_HOURS 36
#define DRILL_DAYS 40

/* Destinations: the objects of `fe-backup status', one for each section. */
static void
ask_backup(struct audit *a)
{
	struct slice last = SLICE_NONE;

	if (a->backup.asked)
		return;
	a->backup.asked = true;
	a->backup.text.max = (size_t)1 << 20;
	for (size_t i = 0; i < a->config.n; i++) {
		const struct config_entry *entry = &a->config.entries[i];
		const char *words[] = {"fe-backup", "status", "-o", "json",
		    NULL, NULL, NULL};
		struct slice name = entry->section;
		struct buf out = BUF_INIT, instance = BUF_INIT;
		struct err err = ERR_INIT;

		if (!slice_is(slice_cut(&name, ' '), "fe-backup") ||
		    slice_equal(entry->section, last) ||
		    (!slice_is(entry->key, "path") &&
			!(slice_is(entry->key, "url"))))
			continue;
		last = entry->section;
		if (name.n > 0) {
			buf_append_slice(&instance, slice_trim(name));
			words[4] = "--instance";
			words[5] = instance.p;
		}
		if (slice_is(entry->key, "url") && !a->network)
			buf_format(&a->backup.text, "{\"far\":true}\n");
		else if (audit_run_program(a, words, SLICE_NONE, &out, &err) <
			0 || !slice_starts(buf_slice(&out), "{"))
			snprintf(a->backup.fault, sizeof(a->backup.fault),
			    "%.250s", err.kind != ERR_NONE ? err.text
						   : buf_text(&out));
		else
			buf_append_slice(&a->backup.text, buf_slice(&out));
		buf_free(&out);
		buf_free(&instance);
	}
}

/* Says what keeps from knowing; true: there is a destination to look at. */
static bool
has_backup(struct audit *a, struct audit_result *r)
{
	struct slice rest, fault;

	if (!audit_need_program(r, "fe-backup"))
		return false;
	ask_backup(a);
	rest = slice_text(a->backup.fault);
	fault = slice_line(&rest);
	if (fault.n > 0)
		audit_say(r, AUDIT_FAIL, "%.*s", SLICE_ARG(fault));
	else if (a->backup.text.n == 0)
		audit_say(r, AUDIT_FAIL,
		    "fe.conf has no [fe-backup] with path or url");
	return a->backup.text.n > 0;
}

/* Calls `say' for each destination that can be looked at from here. */
static void
each_near(struct audit *a, struct audit_result *r,
    void (*say)(const struct audit *a, struct audit_result *r,
	struct slice name, struct slice object))
{
	struct slice rest, object;

	if (!has_backup(a, r))
		return;
	rest = buf_slice(&a->backup.text);
	while (audit_next_object(&rest, &object))
		if (json_is_true(json_get(object, "far")))
			audit_say_last_network(a, r, 8);
		else
			say(a, r, json_plain(json_get(object, "name")),
			    object);
}

static void
say_newest(const struct audit *a, struct audit_result *r, struct slice name,
    struct slice object)
{
	int64_t newest, hours;

	if (clock_parse(json_plain(json_get(object, "newest")), &newest) < 0) {
		audit_say(r, AUDIT_FAIL, "'%.*s' has no snapshot",
		    SLICE_ARG(name));
		return;
	}
	hours = (a->now_ms - newest) / 3600000;
	audit_say(r, hours <= SNAPSHOT_HOURS ? AUDIT_PASS : AUDIT_FAIL,
	    "the newest snapshot of '%.*s' is %lld hours old",
	    SLICE_ARG(name), (long long)hours);
}

void
audit_backup_age(struct audit *a, struct audit_result *r)
{
	each_near(a, r, say_newest);
}

/* Folders on one file system burn together: they are one place. */
static size_t
count_places(const struct audit *a, struct audit_result *r)
{
	dev_t seen[16];
	size_t at = 0, n = 0, far = 0;
	struct slice section, value;
	struct buf path = BUF_INIT;
	struct stat st, home;
	bool has_home = stat(a->home, &home) == 0;

	while (audit_next_setting(
	    a, "fe-backup", "path", &at, &section, &value)) {
		size_t i = 0;

		buf_truncate(&path, 0);
		buf_append_slice(&path, value);
		if (stat(path.p, &st) < 0)
			continue; /* what is wrong with it is said already */
		while (i < n && seen[i] != st.st_dev)
			i++;
		if (i < n)
			audit_say(r, AUDIT_NOTE, "'%s' lies on a file system "
			    "that has another copy", path.p);
		else if (n < sizeof(seen) / sizeof(seen[0]))
			seen[n++] = st.st_dev;
		if (has_home && home.st_dev == st.st_dev)
			audit_say(r, AUDIT_NOTE, "'%s' lies on the disk of "
			    "the mail itself", path.p);
	}
	at = 0;
	while (audit_next_setting(
	    a, "fe-backup", "url", &at, &section, &value))
		far++;
	buf_free(&path);
	return n + far;
}

void
audit_backup_places(struct audit *a, struct audit_result *r)
{
	size_t n;

	if (!has_backup(a, r))
		return;
	each_near(a, r, say_newest);
	n = count_places(a, r);
	audit_say(r, n > 1 ? AUDIT_PASS : AUDIT_FAIL,
	    "backups go to %zu place%s", n, n == 1 ? "" : "s");
}

static void
say_drill(const struct audit *a, struct audit_result *r, struct slice name,
    struct slice object)
{
	int64_t time_ms;
	char what[128];

	snprintf(what, sizeof(what), "the drill of '%.*s'", SLICE_ARG(name));
	if (clock_parse(json_plain(json_get(object, "drill")), &time_ms) < 0) {
		audit_say(r, AUDIT_FAIL, "'%.*s' was never drilled",
		    SLICE_ARG(name));
		return;
	}
	audit_say_age(a, r, what, time_ms, DRILL_DAYS);
	if (!json_is_true(json_get(object, "drill_ok")))
		audit_say(r, AUDIT_FAIL, "%s found faults", what);
}

void
audit_drill(struct audit *a, struct audit_result *r)
{
	each_near(a, r, say_drill);
}

static void
say_target(struct audit_result *r, struct slice name, const char *what,
    struct slice target, bool met)
{
	int64_t seconds = 0;

	(void)json_integer(target, &seconds);
	if (seconds == 0)
		audit_say(r, AUDIT_FAIL, "'%.*s': no %s is stated",
		    SLICE_ARG(name), what);
	else
		audit_say(r, met ? AUDIT_PASS : AUDIT_FAIL,
		    "'%.*s': %s of %lld h is %smet", SLICE_ARG(name), what,
		    (long long)(seconds / 3600), met ? "" : "not ");
}

static void
say_targets(const struct audit *a, struct audit_result *r, struct slice name,
    struct slice object)
{
	(void)a;
	say_target(r, name, "rpo", json_get(object, "rpo_s"),
	    json_is_true(json_get(object, "rpo_met")));
	say_target(r, name, "rto", json_get(object, "rto_s"),
	    json_is_true(json_get(object, "rto_met")));
}

void
audit_targets(struct audit *a, struct audit_result *r)
{
	each_near(a, r, say_targets);
}
