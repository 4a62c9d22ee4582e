/* SPDX-License-Identifier: ISC */
/* Limits of sessions and services, and core files, as files set them. */
#include "ops/harden_limit.h"

#include <string.h>

#include "ops/harden_config.h"
#include "ops/harden_plan.h"

#define LIMITS "/etc/security/limits.d/60-fe-harden.conf"
#define SYSTEM "/etc/systemd/system.conf.d/60-fe-harden.conf"
#define COREDUMP "/etc/systemd/coredump.conf.d/60-fe-harden.conf"

static const struct harden_item items[] = {
    {"host-coredumps.limit", HARDEN_MINIMAL, 0, "limits: * hard core", "0",
	"sessions leave no core files",
	"a core file is the memory of a program", NULL},
    {"host-coredumps.services", HARDEN_MINIMAL, 0,
	"system: DefaultLimitCORE", "0", "services leave no core files",
	"a core file is the memory of a program", NULL},
    {"host-coredumps.systemd", HARDEN_MINIMAL, 0, "coredump: Storage", "none",
	"systemd-coredump keeps nothing",
	"it would keep the memory of programs for days", NULL},
    {"host-fds.sessions", HARDEN_MAIL_SERVER, 0, "limits: * soft nofile",
	">=65536", "sessions may hold many files",
	"what is started by hand must not stop at 1024 connections", NULL},
    {"host-fds.services", HARDEN_MAIL_SERVER, 0, "system: DefaultLimitNOFILE",
	">=65536", "services may hold many files",
	"each connection is one; at the limit mail is deferred", NULL},
};

/* The last value of `NAME=' in a file and its drop-ins. */
static bool
systemd_value(const struct harden_host *host, const char *file,
    const char *name, struct buf *out)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct tree_names names;
	struct slice rest;
	bool found = false;

	buf_format(&path, "/etc/systemd/%s.conf", file);
	tree_read(&host->tree, path.p, &text);
	buf_truncate(&path, 0);
	buf_format(&path, "/etc/systemd/%s.conf.d", file);
	tree_list(&host->tree, path.p, &names);
	for (size_t i = 0; i < names.n; i++) {
		buf_truncate(&path, 0);
		buf_format(&path, "/etc/systemd/%s.conf.d/%s", file,
		    names.items[i]);
		buf_append_char(&text, '\n');
		if (slice_ends(buf_slice(&path), ".conf"))
			tree_read(&host->tree, path.p, &text);
	}
	tree_names_free(&names);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);

		if (!slice_is(slice_trim(slice_cut(&line, '=')), name) ||
		    line.p == NULL)
			continue;
		buf_truncate(out, 0);
		buf_append_slice(out, slice_trim(line));
		found = true;
	}
	buf_free(&path);
	buf_free(&text);
	return found;
}

/* limits.conf(5): DOMAIN TYPE ITEM VALUE, the last one counts; `-' is both
 * types. */
static void
search_limits(const struct harden_host *host, const char *path,
    struct slice type, struct slice item, struct buf *out)
{
	struct buf text = BUF_INIT;
	struct slice rest;

	tree_read(&host->tree, path, &text);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);
		struct slice domain = harden_word(&line);
		struct slice kind = harden_word(&line);

		if (!slice_is(domain, "*") || (!slice_equal(kind, type) &&
			!slice_is(kind, "-")) ||
		    !slice_equal(harden_word(&line), item))
			continue;
		buf_truncate(out, 0);
		buf_append_slice(out, harden_word(&line));
	}
	buf_free(&text);
}

static bool
limits_value(const struct harden_host *host, const char *words, struct buf *out)
{
	struct slice rest = slice_text(words), type, item;
	struct buf path = BUF_INIT;
	struct tree_names names;

	slice_cut(&rest, ' ');
	type = slice_cut(&rest, ' ');
	item = slice_cut(&rest, ' ');
	search_limits(host, "/etc/security/limits.conf", type, item, out);
	tree_list(&host->tree, "/etc/security/limits.d", &names);
	for (size_t i = 0; i < names.n; i++) {
		buf_truncate(&path, 0);
		buf_format(&path, "/etc/security/limits.d/%s", names.items[i]);
		if (slice_ends(buf_slice(&path), ".conf"))
			search_limits(host, path.p, type, item, out);
	}
	tree_names_free(&names);
	buf_free(&path);
	return out->n > 0;
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct slice words = slice_text(item->key);
	struct slice file = slice_cut(&words, ':');
	struct slice name = slice_trim(words), soft, hard;
	struct buf value = BUF_INIT, path = BUF_INIT;

	buf_append_slice(&path, file);
	if (slice_is(file, "coredump") && !tree_exists(&host->tree,
		"/usr/lib/systemd/systemd-coredump")) {
		harden_result_set(result, HARDEN_SKIP,
		    "systemd-coredump is not installed");
	} else if (slice_is(file, "limits")
		       ? !limits_value(host, name.p, &value)
		       : !systemd_value(host, path.p, name.p, &value)) {
		harden_result_set(result, HARDEN_FAIL, "no file sets it");
	} else {
		hard = buf_slice(&value); /* SOFT:HARD of systemd */
		soft = slice_cut(&hard, ':');
		/* a soft limit of core files is raised by who likes to */
		if (hard.p != NULL && slice_ends(name, "CORE"))
			soft = hard;
		buf_truncate(&path, 0);
		buf_append_slice(&path, soft);
		harden_result_value(result, item, buf_text(&path));
	}
	buf_free(&value);
	buf_free(&path);
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	const char *name = strstr(item->key, ": ") + 2;
	char want[64];

	(void)host;
	harden_want_first(item->want, want, sizeof(want));
	if (strncmp(item->key, "limits", 6) == 0)
		harden_plan_line(plan, LIMITS, NULL, "%s %s", name, want);
	else if (strncmp(item->key, "coredump", 8) == 0)
		harden_plan_line(plan, COREDUMP, "[Coredump]\n", "%s=%s",
		    name, want);
	else
		harden_plan_line(plan, SYSTEM, "[Manager]\n", "%s=%s%s",
		    name, want, strstr(name, "NOFILE") ? ":1048576" : "");
	if (strcmp(item->id, "host-fds.sessions") == 0)
		harden_plan_line(plan, LIMITS, NULL, "* hard nofile 1048576");
}

const struct harden_kind harden_limit = {.name = "limit",
    .how = "limits.d(5), systemd's system.conf.d and coredump.conf.d",
    .drop_in = "/etc/security/limits.d, /etc/systemd/system.conf.d",
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
