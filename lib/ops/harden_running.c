/* SPDX-License-Identifier: ISC */
/* Limits and confinement as the running servers of fe have them. */
#include "ops/harden_running.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "ops/harden_config.h"
#include "ops/harden_plan.h"

#define RESTART "start the service again: it was started before its limits " \
		"were set, or by hand"

static const struct harden_item items[] = {
    {"host-coredumps.running", HARDEN_MINIMAL, 0, "Max core file size", "<=0",
	"running mail programs leave no core files",
	"theirs would hold keys and mail", RESTART},
    {"host-fds.running", HARDEN_MAIL_SERVER, 0, "Max open files", ">=4096",
	"running mail programs may hold many files",
	"each connection is one; at the limit mail is deferred", RESTART},
    {"enc-memory.locked", HARDEN_MAIL_SERVER, 0, "Max locked memory",
	">=1048576", "running mail programs can lock their keys in memory",
	"a key that is paged out lies on a disk", RESTART},
    {"host-isolation.seccomp", HARDEN_MINIMAL, 0, "Seccomp:", "2",
	"running mail programs are confined by seccomp",
	"who captures one can ask the kernel for next to nothing",
	"update fe: each of its programs enters its sandbox by itself"},
    {"host-isolation.no-new-privs", HARDEN_MINIMAL, 0, "NoNewPrivs:", "1",
	"and get no rights by starting others", "set-uid programs are no way "
	"up", "update fe: each of its programs does that by itself"},
    {"host-isolation.users", HARDEN_MINIMAL, 0, "Uid:", ">=1",
	"and none of them is root", "who captures one is a user with few files",
	"start them as their users: see fe-home(7)"},
};

/* The servers of the family; what a person starts for a moment is none.  The
 * first ones start others, and have no filter of system calls (the level
 * LAUNCH of fe-home(7)). */
#define LAUNCHERS 5

static bool
is_server(struct slice name, bool confined)
{
	static const char *const names[] = {"fe-listen", "fe-pool",
	    "fe-receive", "fe-imap", "fe-pop3", "fe-store", "fe-verify",
	    "fe-scan", "fe-sieve", "fe-limit", "fe-sign", "fe-queue",
	    "fe-send", "fe-milter", "fe-forward", "fe-opinion"};

	for (size_t i = confined ? LAUNCHERS : 0;
	    i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(name, names[i]))
			return true;
	return false;
}

/* `Name: value' of status, or the soft limit of a line of limits. */
static bool
process_value(const struct harden_host *host, const char *pid, const char *key,
    char out[32])
{
	bool status = key[strlen(key) - 1] == ':';
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct slice rest, value;
	bool found = false;

	buf_format(&path, "/proc/%s/%s", pid, status ? "status" : "limits");
	tree_read(&host->tree, path.p, &text);
	rest = buf_slice(&text);
	while (rest.p != NULL && !found) {
		struct slice line = slice_line(&rest);

		if (!slice_starts(line, key))
			continue;
		line = slice_part(line, strlen(key), line.n);
		value = harden_word(&line);
		found = true;
		snprintf(out, 32, "%.*s", slice_is(value, "unlimited") ? 19
			: (int)value.n, slice_is(value, "unlimited")
			? "9223372036854775807"
			: value.p);
	}
	buf_free(&path);
	buf_free(&text);
	return found;
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct buf path = BUF_INIT, name = BUF_INIT;
	struct tree_names pids;
	char value[32];
	int64_t pid;

	harden_result_set(result, HARDEN_SKIP, "no server of fe runs");
	tree_list(&host->tree, "/proc", &pids);
	for (size_t i = 0; i < pids.n; i++) {
		if (number_parse(slice_text(pids.items[i]), 1, INT32_MAX,
			&pid) < 0)
			continue;
		buf_truncate(&path, 0);
		buf_truncate(&name, 0);
		buf_format(&path, "/proc/%s/comm", pids.items[i]);
		if (tree_read(&host->tree, path.p, &name) < 0 ||
		    !is_server(slice_trim(buf_slice(&name)),
			strcmp(item->key, "Seccomp:") == 0) ||
		    !process_value(host, pids.items[i], item->key, value))
			continue;
		if (!harden_want_is_met(item->want, value))
			harden_result_set(result, HARDEN_FAIL,
			    "%s of %.*s (pid %s)", value,
			    SLICE_ARG(slice_trim(buf_slice(&name))),
			    pids.items[i]);
		else if (result->state == HARDEN_SKIP)
			harden_result_value(result, item, value);
	}
	tree_names_free(&pids);
	buf_free(&path);
	buf_free(&name);
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	(void)host;
	harden_plan_hand(plan, item);
}

const struct harden_kind harden_running = {.name = "running",
    .how = "/proc of the running servers of fe",
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
