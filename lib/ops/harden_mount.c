/* SPDX-License-Identifier: ISC */
/*
 * Mount options.  fstab(5) is the administrator's, so a unit of our own
 * mounts again with the options; what is no mount of its own stays a matter
 * for a person.
 */
#include "ops/harden_mount.h"

#include <stdio.h>
#include <string.h>

#include "ops/harden_config.h"
#include "ops/harden_plan.h"

#define UNIT "/etc/systemd/system/fe-harden-mounts.service"
#define UNIT_LINK \
	"/etc/systemd/system/local-fs.target.wants/fe-harden-mounts.service"

#define OWN "give it a file system of its own, then apply this again"

/* key: the mount point; want: the options that must be there. */
static const struct harden_item items[] = {
    {"host-mounts.tmp", HARDEN_MAIL_SERVER, 0, "/tmp", "nosuid,nodev,noexec",
	"nothing in /tmp is run, and none of it is set-uid",
	"it is where everybody can write: attackers put their programs "
	"there", "systemctl enable --now tmp.mount (Debian: from "
	"/usr/share/systemd/tmp.mount), then apply this again"},
    {"host-mounts.var-tmp", HARDEN_MAIL_SERVER, HARDEN_ADVICE, "/var/tmp",
	"nosuid,nodev,noexec", "the same of /var/tmp",
	"it is where everybody can write", OWN},
    {"host-mounts.shm", HARDEN_MINIMAL, 0, "/dev/shm", "nosuid,nodev,noexec",
	"shared memory is not run", "everybody can write there, and no disk "
	"keeps a trace", OWN},
    {"host-mounts.run", HARDEN_MINIMAL, 0, "/run", "nosuid,nodev",
	"nothing in /run is set-uid", "services write there", OWN},
    {"host-mounts.home", HARDEN_MAIL_SERVER, HARDEN_ADVICE, "/home",
	"nosuid,nodev", "nothing of a user is set-uid",
	"a copy of a shell with root's rights is how one comes back", OWN},
    {"host-mounts.var", HARDEN_MAIL_SERVER, HARDEN_ADVICE, "/var",
	"nosuid,nodev", "nothing in /var is set-uid",
	"a full or hostile /var must not be the root file system", OWN},
    {"host-mounts.boot", HARDEN_STRICT, HARDEN_ADVICE, "/boot",
	"nosuid,nodev,noexec", "nothing in /boot is run by a user",
	"only the boot loader reads it", OWN},
    {"host-mounts.proc", HARDEN_MINIMAL, 0, "/proc", "nosuid,nodev,noexec",
	"nothing in /proc is run", "it has no programs", OWN},
    {"host-mounts.mail", HARDEN_MAIL_SERVER, HARDEN_ADVICE, "HOME",
	"nosuid,nodev", "nothing in the home of the mail service is set-uid",
	"it holds what strangers sent (its pipeline `deliver' is run, so "
	"not noexec)", OWN},
};

static const char *
point_of(const struct harden_host *host, const struct harden_item *item)
{
	return strcmp(item->key, "HOME") == 0 ? host->home : item->key;
}

static void
load(struct harden_host *host)
{
	if (host->mounts_read)
		return;
	host->mounts_read = true;
	if (tree_read(&host->tree, "/proc/self/mountinfo", &host->mounts) < 0)
		tree_read(&host->tree, "/etc/fstab", &host->mounts);
}

/* The last mount on that point; mounts lie one above the other. */
static bool
find(struct harden_host *host, const char *point, struct harden_mount *out)
{
	bool live = tree_exists(&host->tree, "/proc/self/mountinfo");
	struct harden_mount mount;
	struct slice rest;
	bool found = false;

	load(host);
	rest = buf_slice(&host->mounts);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);

		if ((live ? harden_mountinfo_line(line, &mount)
			  : harden_fstab_line(line, &mount)) &&
		    strcmp(mount.point, point) == 0) {
			*out = mount;
			found = true;
		}
	}
	return found;
}

static bool
has_option(const char *list, struct slice option)
{
	struct slice rest = slice_text(list);

	while (rest.p != NULL)
		if (slice_equal(slice_cut(&rest, ','), option))
			return true;
	return false;
}

/* Those that are wanted and missing, by commas. */
static void
missing(const struct harden_mount *mount, const char *want, char out[64])
{
	struct slice rest = slice_text(want);
	size_t n = 0;

	out[0] = '\0';
	while (rest.p != NULL) {
		struct slice option = slice_cut(&rest, ',');

		if (!has_option(mount->options, option) && n + option.n < 60)
			n += (size_t)snprintf(out + n, 64 - n, "%s%.*s",
			    n > 0 ? "," : "", SLICE_ARG(option));
	}
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	const char *point = point_of(host, item);
	struct harden_mount mount;
	char lacks[64];

	if (!tree_exists(&host->tree, point)) {
		harden_result_set(result, HARDEN_SKIP, "there is no %s", point);
		return;
	}
	if (!find(host, point, &mount)) {
		if (!host->tree.is_host && (strcmp(point, "/dev/shm") == 0 ||
			strcmp(point, "/run") == 0 ||
			strcmp(point, "/proc") == 0))
			harden_result_set(result, HARDEN_SKIP,
			    "mounted by the running system");
		else
			harden_result_set(result, HARDEN_FAIL,
			    "%s is no mount of its own", point);
		return;
	}
	missing(&mount, item->want, lacks);
	if (lacks[0] == '\0')
		harden_result_set(result, HARDEN_PASS, "%s", item->want);
	else
		harden_result_set(
		    result, HARDEN_FAIL, "without %s", lacks);
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	const char *point = point_of(host, item);
	struct harden_mount mount;
	struct buf *unit;
	char lacks[64];

	if (!find(host, point, &mount)) {
		if (tree_exists(&host->tree, point))
			harden_plan_hand(plan, item);
		return;
	}
	missing(&mount, item->want, lacks);
	if (tree_exists(&host->tree, "/etc/systemd/system")) {
		unit = harden_plan_file(plan, UNIT, NULL);
		if (unit->n < sizeof(HARDEN_MARK))
			buf_append_text(unit, "[Unit]\n"
			    "Description=mount options of fe-harden\n"
			    "Documentation=man:fe-harden(8)\n"
			    "DefaultDependencies=no\n"
			    "After=local-fs-pre.target systemd-remount-fs."
			    "service tmp.mount home.mount var.mount "
			    "var-tmp.mount boot.mount\n"
			    "Before=local-fs.target\n"
			    "\n"
			    "[Service]\n"
			    "Type=oneshot\n"
			    "RemainAfterExit=yes\n");
		harden_plan_line(plan, UNIT, NULL,
		    "ExecStart=-/usr/bin/mount -o remount,%s %s", item->want,
		    point);
		harden_plan_link(
		    plan, UNIT_LINK, "../fe-harden-mounts.service");
		harden_plan_live(
		    plan, HARDEN_RELOAD, "systemd", "daemon-reload", NULL);
	}
	if (host->tree.is_host && lacks[0] != '\0')
		harden_plan_live(
		    plan, HARDEN_REMOUNT, point, item->want, mount.options);
}

const struct harden_kind harden_mount = {.name = "mount",
    .how = "the mount table; of a tree that does not run, fstab(5)",
    .drop_in = UNIT,
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
