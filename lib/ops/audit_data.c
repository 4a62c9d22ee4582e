/* SPDX-License-Identifier: ISC */
/* Probes of what lies on disks besides mail. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/log_key.h"
#include "base/number.h"
#include "ops/audit_probe.h"
#include "ops/log_stream.h"

void
audit_collect(struct audit *a, struct audit_result *r)
{
	(void)a;
	(void)audit_need_program(r, "fe-privacy");
}

/* What lies in a home (fe-home(7)). */
static bool
belongs_in_home(const char *name)
{
	static const char *const names[] = {"fe.conf", "deliver", "accounts",
	    "secrets", "run", "mail", "keys", "journal", "state", "backup",
	    "queue", "service", "model", "sieve", "lists", "log",
	    "providers.json", "restored"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool
is_below(struct slice path, const char *folder)
{
	size_t n = strlen(folder);

	return slice_starts(path, folder) && path.n > n && path.p[n] == '/';
}

static bool
is_spool(struct slice path)
{
	return slice_starts(path, "/tmp/") || slice_starts(path, "/var/tmp/") ||
	    slice_starts(path, "/var/spool/") || slice_ends(path,
	    " (deleted)");
}

/* Is that uid one of the service's users? */
static bool
is_service_user(struct slice passwd, int64_t uid)
{
	int64_t number;

	while (passwd.p != NULL) {
		struct slice line = slice_line(&passwd);
		struct slice name = slice_cut(&line, ':');

		slice_cut(&line, ':');
		if ((slice_is(name, "fe") || slice_starts(name, "fe-")) &&
		    number_parse(slice_cut(&line, ':'), 0, UINT32_MAX,
			&number) == 0 && number == uid)
			return true;
	}
	return false;
}

/* What our users left where everybody can write. */
static void
say_left_behind(const struct audit *a, struct audit_result *r,
    const char *folder)
{
	struct buf passwd = BUF_INIT, path = BUF_INIT;
	struct tree_names names;
	struct stat st;

	(void)tree_read(&a->tree, "/etc/passwd", &passwd);
	tree_list(&a->tree, folder, &names);
	for (size_t i = 0; i < names.n; i++) {
		buf_truncate(&path, 0);
		buf_format(&path, "%s/%s", folder, names.items[i]);
		if (tree_lstat(&a->tree, path.p, &st) == 0 &&
		    S_ISREG(st.st_mode) && is_service_user(
		    buf_slice(&passwd), (int64_t)st.st_uid))
			audit_say(r, AUDIT_FAIL, "'%s' is a file of the "
			    "service's", path.p);
	}
	tree_names_free(&names);
	buf_free(&passwd);
	buf_free(&path);
}

void
audit_memory(struct audit *a, struct audit_result *r)
{
	struct tree_names names;
	struct tree tree;
	size_t open = 0, strange = 0;

	for (size_t i = 0; i < a->processes.n; i++)
		for (size_t k = 0; k < a->processes.items[i].files_n; k++) {
			struct slice file =
			    slice_text(a->processes.items[i].files[k]);

			open++;
			if (is_spool(file) && !is_below(file, a->home))
				audit_say(r, AUDIT_FAIL, "%s holds '%.*s' "
				    "open", a->processes.items[i].name,
				    SLICE_ARG(file));
		}
	say_left_behind(a, r, "/tmp");
	say_left_behind(a, r, "/var/tmp");
	if (tree_open(&tree, a->home, NULL) < 0) {
		audit_say(r, AUDIT_UNKNOWN, "cannot open folder '%s'", a->home);
		return;
	}
	tree_list(&tree, "/", &names);
	for (size_t i = 0; i < names.n; i++)
		if (!belongs_in_home(names.items[i]) && strange++ < 10)
			audit_say(r, AUDIT_FAIL, "'%s' does not belong in the "
			    "home", names.items[i]);
	tree_names_free(&names);
	tree_close(&tree);
	if (a->processes.closed)
		audit_say(r, AUDIT_UNKNOWN, "only root sees which files all "
		    "of our processes hold open");
	else if (a->processes.n == 0)
		audit_say(r, AUDIT_UNKNOWN, "none of our programs runs: what "
		    "they hold open cannot be seen");
	else
		audit_say(r, AUDIT_PASS, "%zu processes hold %zu files open; "
		    "%zu names in the home do not belong there",
		    a->processes.n, open, strange);
}

/* What [fe-log] says; without a word its own default. */
static int64_t
keep_seconds(const struct audit *a, const char *key, const char *fallback)
{
	struct slice value;
	int64_t seconds;

	if (!audit_setting(a, "fe-log", key, &value) ||
	    number_parse_duration(value, &seconds) < 0)
		(void)number_parse_duration(slice_text(fallback), &seconds);
	return seconds;
}

/* One day more: what goes, goes at the next turn of fe-log. */
static void
say_kept(const struct audit *a, struct audit_result *r, const char *what,
    int64_t oldest, int64_t keep_s)
{
	int64_t first = log_first_day_kept(a->now_ms - AUDIT_DAY_MS, keep_s);
	char date[LOG_KEY_DATE_SIZE];

	audit_say(r, oldest >= first ? AUDIT_PASS : AUDIT_FAIL,
	    "the oldest %s is of %s%s", what, log_key_date(oldest, date),
	    oldest >= first ? "" : ": it should have gone (fe-log expire)");
}

static void
say_retention(const struct audit *a, struct audit_result *r)
{
	struct buf path = BUF_INIT;
	struct log_names files = {.n = 0};
	struct tree_names keys = {.n = 0};
	struct tree tree;

	if (log_names_read(&files, home_file(&path, "log"), NULL) == 0 &&
	    files.n > 0)
		say_kept(a, r, "log", files.items[0].day,
		    keep_seconds(a, "keep", LOG_KEEP));
	if (tree_open(&tree, home_file(&path, "keys/log"), NULL) == 0) {
		int64_t ms, oldest = INT64_MAX;

		tree_list(&tree, "/", &keys);
		for (size_t i = 0; i < keys.n; i++)
			if (clock_parse(slice_part(slice_text(keys.items[i]),
				0, 10), &ms) == 0 && log_key_day(ms) < oldest)
				oldest = log_key_day(ms);
		if (oldest != INT64_MAX)
			say_kept(a, r, "key of logs", oldest,
			    keep_seconds(a, "keep-keys", LOG_KEEP_KEYS));
		tree_names_free(&keys);
		tree_close(&tree);
	}
	log_names_free(&files);
	buf_free(&path);
}

void
audit_logs(struct audit *a, struct audit_result *r)
{
	static const char *const words[] = {"fe-log", "audit", NULL};
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	struct slice rest, value, line;
	int status;
	bool any;

	if (audit_setting(a, "fe", "log-personal", &value) &&
	    slice_is(value, "yes"))
		audit_say(r, AUDIT_FAIL, "fe.conf says log-personal = yes: "
		    "our own logs name people");
	say_retention(a, r);
	if (!audit_need_program(r, "fe-log"))
		return;
	status = audit_run_program(a, words, SLICE_NONE, &out, &err);
	rest = buf_slice(&out);
	line = slice_line(&rest);
	any = slice_find_text(line, SLICE(" files, 0 lines, ")) == line.n;
	if (status < 0)
		audit_say(r, AUDIT_UNKNOWN, "%s", err.text);
	else if (status == 0)
		audit_say(r, any ? AUDIT_PASS : AUDIT_UNKNOWN, "%s", any
			? "fe-log audit finds no address"
			: "no line of a log to look at: who writes them?");
	else
		audit_say(r, status == 1 ? AUDIT_FAIL : AUDIT_UNKNOWN,
		    "fe-log audit: %.*s", SLICE_ARG(line));
	buf_free(&out);
}
