/* SPDX-License-Identifier: ISC */
/* Updates that come by themselves: what apt is told, and when it ran. */
#include "ops/harden_update.h"

#include <stdio.h>
#include <string.h>

#include "ops/harden_config.h"
#include "ops/harden_plan.h"

#define APT "/etc/apt/apt.conf.d/99-fe-harden"
#define DAY_S 86400

static const struct harden_item items[] = {
    {"host-updates.package", HARDEN_MINIMAL, 0, "package unattended-upgrades",
	"installed", "there is a program that installs updates by itself",
	"a hole is used within hours of its becoming known",
	"apt-get install unattended-upgrades"},
    {"host-updates.archive", HARDEN_MINIMAL, 0, "archive", "yes",
	"apt knows an archive of security updates",
	"what is in no list of apt's is never fetched",
	"a line `deb http://security.debian.org/debian-security "
	"CODENAME-security main' in /etc/apt/sources.list"},
    {"host-updates.lists", HARDEN_MINIMAL, 0,
	"apt APT::Periodic::Update-Package-Lists", ">=1",
	"the lists of packages are fetched daily",
	"an update that is not known is not installed", NULL},
    {"host-updates.install", HARDEN_MINIMAL, 0,
	"apt APT::Periodic::Unattended-Upgrade", ">=1",
	"security updates are installed daily",
	"a hole is used within hours of its becoming known", NULL},
    {"host-updates.last-run", HARDEN_MINIMAL, 0, "last-run", "<=3",
	"and it did run in the last days",
	"a timer that failed looks like no updates",
	"systemctl status apt-daily-upgrade.timer; unattended-upgrades -d"},
    {"host-updates.reboot", HARDEN_MAIL_SERVER, HARDEN_ADVICE, "reboot",
	"not needed", "nothing waits for a reboot",
	"a new kernel on the disk closes no hole", "reboot, when it suits"},
};

static bool
has_apt(const struct harden_host *host)
{
	return tree_exists(&host->tree, "/etc/apt");
}

static void
read_apt(const struct harden_host *host, const struct harden_item *item,
    const char *name, struct harden_result *result)
{
	struct tree_names files;
	struct buf path = BUF_INIT, text = BUF_INIT, value = BUF_INIT;

	tree_list(&host->tree, "/etc/apt/apt.conf.d", &files);
	for (size_t i = 0; i < files.n; i++) {
		/* apt passes over names with a foreign ending */
		if (strchr(files.items[i], '.') != NULL &&
		    !slice_ends(slice_text(files.items[i]), ".conf"))
			continue;
		buf_truncate(&path, 0);
		buf_format(&path, "/etc/apt/apt.conf.d/%s", files.items[i]);
		tree_read(&host->tree, path.p, &text);
		buf_append_char(&text, '\n');
	}
	tree_read(&host->tree, "/etc/apt/apt.conf", &text);
	if (harden_apt_value(buf_slice(&text), name, &value))
		harden_result_value(result, item, buf_text(&value));
	else
		harden_result_set(result, HARDEN_FAIL, "no file sets it");
	tree_names_free(&files);
	buf_free(&path);
	buf_free(&text);
	buf_free(&value);
}

static void
read_last_run(const struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct stat st;
	char days[24];
	int64_t age;

	if (!host->tree.is_host) {
		harden_result_set(result, HARDEN_SKIP, "no running system");
		return;
	}
	if (tree_stat(&host->tree, "/var/lib/apt/periodic/"
		"unattended-upgrades-stamp", &st) < 0) {
		harden_result_set(result, HARDEN_FAIL, "never");
		return;
	}
	age = host->now_ms / 1000 - st.st_mtime;
	snprintf(days, sizeof(days), "%lld", (long long)(age / DAY_S));
	harden_result_value(result, item, days);
	harden_result_set(result, result->state, "%s days ago", days);
}

/* A line of sources.list(5), or of its other form, that speaks of it. */
static bool
names_archive(const struct harden_host *host, const char *path)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	bool found = false;

	(void)tree_read(&host->tree, path, &text);
	rest = buf_slice(&text);
	while (rest.p != NULL && !found) {
		struct slice line = slice_trim(slice_line(&rest));

		found = line.n > 0 && line.p[0] != '#' &&
		    slice_find_text(line, SLICE("security")) < line.n;
	}
	buf_free(&text);
	return found;
}

static void
read_archive(const struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct tree_names names;
	struct buf path = BUF_INIT;
	bool found = names_archive(host, "/etc/apt/sources.list");

	tree_list(&host->tree, "/etc/apt/sources.list.d", &names);
	for (size_t i = 0; i < names.n && !found; i++) {
		buf_truncate(&path, 0);
		buf_format(&path, "/etc/apt/sources.list.d/%s",
		    names.items[i]);
		found = (slice_ends(buf_slice(&path), ".list") ||
			    slice_ends(buf_slice(&path), ".sources")) &&
		    names_archive(host, path.p);
	}
	harden_result_value(result, item, found ? "yes" : "no");
	tree_names_free(&names);
	buf_free(&path);
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	const char *blank = strchr(item->key, ' ');

	if (strcmp(item->key, "last-run") == 0)
		read_last_run(host, item, result);
	else if (strcmp(item->key, "reboot") == 0)
		harden_result_value(result, item,
		    tree_exists(&host->tree, "/run/reboot-required")
			? "needed"
			: "not needed");
	else if (!has_apt(host))
		harden_result_set(result, HARDEN_SKIP, "there is no apt");
	else if (strcmp(item->key, "archive") == 0)
		read_archive(host, item, result);
	else if (strncmp(item->key, "package", 7) == 0)
		harden_result_value(result, item,
		    harden_has_package(host, blank + 1) ? "installed"
							: "not installed");
	else
		read_apt(host, item, blank + 1, result);
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	char want[32];

	if (item->hand != NULL) {
		harden_plan_hand(plan, item);
		return;
	}
	if (!has_apt(host))
		return;
	harden_want_first(item->want, want, sizeof(want));
	harden_plan_line(plan, APT, NULL, "%s \"%s\";",
	    strchr(item->key, ' ') + 1, want);
}

const struct harden_kind harden_update = {.name = "update",
    .how = "apt's configuration, /var/lib/apt, dpkg's list",
    .drop_in = APT,
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
