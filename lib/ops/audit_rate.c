/* SPDX-License-Identifier: ISC */
/* A flood, made up, against the site's own rules with a state of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/id.h"
#include "base/io.h"
#include "ops/audit_probe.h"

#define FLOOD 2000
#define GUESSES 20

static void
make_flood(struct buf *out)
{
	for (int i = 0; i < FLOOD; i++) {
		char id[ID_SIZE];

		id_make(id);
		buf_format(out, "{\"fe\":1,\"id\":\"%s\",\"size\":0,"
		    "\"client\":{\"ip\":\"192.0.2.1\",\"user\":"
		    "\"fe-audit@example.org\"},\"envelope\":{\"from\":"
		    "\"fe-audit@example.net\",\"to\":[{\"address\":"
		    "\"fe-audit@example.org\"}]}}\n", id);
	}
	buf_format(out, "{\"fe\":1,\"end\":%d}\n", FLOOD);
}

/* A home with the rules of ours and nothing else. */
static int
make_home(const struct audit *a, const char *home, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	unsigned char key[32];
	struct slice section, value;
	size_t at = 0;
	int result;

	buf_append_text(&text, "[fe-limit]\n");
	while (audit_next_setting(
	    a, "fe-limit", "rule", &at, &section, &value))
		buf_format(&text, "rule = %.*s\n", SLICE_ARG(value));
	buf_format(&path, "%s/fe.conf", home);
	result = io_replace_file(path.p, buf_slice(&text), 0600, err);
	buf_truncate(&path, 0);
	buf_format(&path, "%s/keys/state.key", home);
	random_octets(key, sizeof(key));
	if (result == 0)
		result = io_make_folders(path.p, 0700, err);
	if (result == 0)
		result = rmdir(path.p); /* the last of them is the file's */
	if (result == 0)
		result = io_replace_file(
		    path.p, slice_of(key, sizeof(key)), 0400, err);
	buf_truncate(&path, 0);
	buf_format(&path, "%s/state", home);
	if (result == 0)
		result = io_make_folders(path.p, 0700, err);
	buf_free(&path);
	buf_free(&text);
	return result;
}

static void
remove_home(const char *home)
{
	static const char *const names[] = {"/state/limit.sqlite",
	    "/state/limit.sqlite-wal", "/state/limit.sqlite-shm", "/state",
	    "/keys/state.key", "/keys", "/fe.conf", ""};
	struct buf path = BUF_INIT;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		buf_truncate(&path, 0);
		buf_format(&path, "%s%s", home, names[i]);
		(void)remove(path.p);
	}
	buf_free(&path);
}

/* How many of the flood were over a limit; -1 and err. */
static int
count_over(const struct audit *a, const char *home, struct err *err)
{
	static const char *const words[] = {
	    "fe-limit", "-i", "record", "-o", "json", NULL};
	struct audit other = *a;
	struct buf flood = BUF_INIT, out = BUF_INIT;
	struct slice rest, object;
	int over = -1, status;

	other.home = home;
	make_flood(&flood);
	status = audit_run_program(&other, words, buf_slice(&flood), &out,
	    err);
	rest = buf_slice(&out);
	if (status == 0)
		for (over = 0; audit_next_object(&rest, &object);) {
			struct json_walk walk =
			    json_walk(json_get(object, "limits"));
			struct slice limit;
			bool is_over = false;

			while (json_next(&walk, NULL, &limit))
				is_over |= json_is_true(
				    json_get(limit, "over"));
			over += is_over;
		}
	else if (status > 0) {
		object = slice_line(&rest);
		err_set(err, ERR_SYSTEM, "%.*s", SLICE_ARG(object));
	}
	buf_free(&flood);
	buf_free(&out);
	return over;
}

void
audit_rate(struct audit *a, struct audit_result *r)
{
	char home[] = "/dev/shm/fe-audit.XXXXXX";
	struct slice section, value;
	struct err err = ERR_INIT;
	size_t at = 0;
	bool unknown = false, bans = false;
	int over;

	while (audit_next_setting(
	    a, "fe-limit", "rule", &at, &section, &value)) {
		bool here = slice_find_text(value, SLICE("at=unknown")) <
		    value.n;

		unknown |= here;
		bans |= here &&
		    slice_find_text(value, SLICE("ban=")) < value.n;
	}
	audit_say(r, unknown && bans ? AUDIT_PASS : AUDIT_FAIL, "%s",
	    !unknown	? "no rule of [fe-limit] says at=unknown: guessing "
			  "addresses is free"
		: !bans ? "who guesses addresses is never banned: no ban= in "
			  "the rule"
			: "who guesses addresses is slowed and banned");
	audit_say_made_up(a, r, "guessing passwords", "sshd[7]: Failed "
	    "password for invalid user admin from " AUDIT_STRANGER " port "
	    "4000 ssh2", GUESSES);
	if (!audit_need_program(r, "fe-limit"))
		return;
	if (mkdtemp(home) == NULL) {
		audit_say(r, AUDIT_UNKNOWN, "cannot make a folder in /dev/shm");
		return;
	}
	over = make_home(a, home, &err) == 0 ? count_over(a, home, &err) : -1;
	remove_home(home);
	if (over < 0)
		audit_say(r, AUDIT_UNKNOWN, "%s", err.text);
	else
		audit_say(r, over > 0 ? AUDIT_PASS : AUDIT_FAIL, "of %d "
		    "messages that one client sent at once (made up), %d are "
		    "over a limit", FLOOD, over);
}
