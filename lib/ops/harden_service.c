/* SPDX-License-Identifier: ISC */
/*
 * Needless services.  Masking is a link of our own in /etc/systemd/system; it
 * stands against a start by hand, by socket and by another unit.
 */
#include "ops/harden_service.h"

#include <fnmatch.h>
#include <string.h>

#include "ops/harden_plan.h"

#define UNITS "/etc/systemd/system"
#define OTHERS "others"

/* systemd keeps a control group for what runs; v2, or v1's own. */
static const char *const groups[] = {"/sys/fs/cgroup/system.slice",
    "/sys/fs/cgroup/systemd/system.slice",
    "/sys/fs/cgroup/unified/system.slice"};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static const struct harden_item items[] = {
    {"host-services.apport", HARDEN_MINIMAL, 0, "apport.service", "off",
	"no crash reporter", "it writes memory of programs to disk and sends "
	"it away; it had holes that made root", NULL},
    {"host-services.whoopsie", HARDEN_MINIMAL, 0, "whoopsie.service", "off",
	"no crash reports to others", "they carry memory of programs", NULL},
    {"host-services.kerneloops", HARDEN_MINIMAL, 0, "kerneloops.service",
	"off", "no kernel reports to others", "they tell of this host", NULL},
    {"host-services.avahi", HARDEN_MINIMAL, 0, "avahi-daemon.service", "off",
	"nothing announces this host on the wire",
	"and nothing parses what others announce", NULL},
    {"host-services.cups", HARDEN_MINIMAL, 0, "cups.service", "off",
	"no printing", "a parser of foreign documents that runs as root",
	NULL},
    {"host-services.cups-browsed", HARDEN_MINIMAL, 0, "cups-browsed.service",
	"off", "no search for printers",
	"one packet from anywhere was enough to run code", NULL},
    {"host-services.rpcbind", HARDEN_MINIMAL, 0, "rpcbind.service", "off",
	"no RPC port mapper", "it tells what runs, and amplifies attacks",
	NULL},
    {"host-services.nfs", HARDEN_MAIL_SERVER, 0, "nfs-server.service", "off",
	"no NFS server", "its trust is an address", NULL},
    {"host-services.samba", HARDEN_MAIL_SERVER, 0, "smbd.service", "off",
	"no Windows shares", "a mail server shares no files", NULL},
    {"host-services.ftp", HARDEN_MAIL_SERVER, 0, "vsftpd.service", "off",
	"no FTP", "it sends passwords in the clear", NULL},
    {"host-services.telnet", HARDEN_MINIMAL, 0, "telnet.socket", "off",
	"no telnet", "it sends passwords in the clear", NULL},
    {"host-services.inetd", HARDEN_STRICT, 0, "xinetd.service", "off",
	"no xinetd", "its files open ports that no unit shows", NULL},
    {"host-services.snmp", HARDEN_MAIL_SERVER, 0, "snmpd.service", "off",
	"no SNMP", "it tells everything to who knows one word", NULL},
    {"host-services.bluetooth", HARDEN_MAIL_SERVER, 0, "bluetooth.service",
	"off", "no Bluetooth", "a radio is a door without a lock", NULL},
    {"host-services.modem-manager", HARDEN_MAIL_SERVER, 0,
	"ModemManager.service", "off", "no modems",
	"a server has none, and it probes every serial port", NULL},
    {"host-services.slapd", HARDEN_MAIL_SERVER, 0, "slapd.service", "off",
	"no LDAP server", "accounts are files here", NULL},
    {"host-services.exim", HARDEN_MAIL_SERVER, 0, "exim4.service", "off",
	"no second mail server",
	"what nobody looks after is what gets broken into", NULL},
    {"host-services.debug-shell", HARDEN_MINIMAL, 0, "debug-shell.service",
	"off", "no root shell on terminal 9", "it asks for no password",
	NULL},
    {"host-services.ctrl-alt-del", HARDEN_MAIL_SERVER, 0,
	"ctrl-alt-del.target", "off", "three keys do not reboot",
	"who stands before a keyboard is not yet root", NULL},
    {"host-services.others", HARDEN_MAIL_SERVER, HARDEN_ADVICE, OTHERS,
	"none", "and nothing runs that is not known to be needed",
	"nobody thinks of it on the day its hole becomes known",
	"systemctl mask --now UNIT; or say that it is needed: `needed = UNIT' "
	"under [fe-harden] of fe.conf"},
};

/* What a mail server of Debian runs, the machines that it runs on, and what
 * looks after both; the shell's patterns. */
static const char *const needed[] = {"fe-*", "s6*", "systemd-*", "dbus*",
    "cron*", "anacron*", "ssh*", "rsyslog*", "syslog-ng*", "chrony*",
    "ntpsec*", "polkit*", "unattended-upgrades*", "apt-*", "getty@*",
    "serial-getty@*", "console-getty*", "container-getty@*", "auditd*",
    "clamav-*", "unbound*", "nsd*", "nginx*", "fail2ban*", "nftables*",
    "networking*", "ifup@*", "NetworkManager*", "qemu-guest-agent*",
    "open-vm-tools*", "cloud-*", "smartmontools*", "smartd*", "mdmonitor*",
    "lvm2-*", "dm-event*", "multipathd*", "irqbalance*", "acpid*",
    "thermald*", "rng*", "haveged*", "rasdaemon*", "postfix*", "dovecot*",
    "opensmtpd*", "user@*"};

static bool
is_masked(const struct harden_host *host, const char *unit)
{
	struct buf path = BUF_INIT, target = BUF_INIT;
	bool masked;

	buf_format(&path, UNITS "/%s", unit);
	masked = tree_link_target(&host->tree, path.p, &target) == 0 &&
	    slice_is(buf_slice(&target), "/dev/null");
	buf_free(&path);
	buf_free(&target);
	return masked;
}

static bool
is_installed(const struct harden_host *host, const char *unit)
{
	static const char *const folders[] = {
	    "/usr/lib/systemd/system", "/lib/systemd/system", UNITS};
	struct buf path = BUF_INIT;
	struct stat st;
	bool found = false;

	for (size_t i = 0; i < 3; i++) {
		buf_truncate(&path, 0);
		buf_format(&path, "%s/%s", folders[i], unit);
		found |= tree_stat(&host->tree, path.p, &st) == 0 &&
		    S_ISREG(st.st_mode) && st.st_size > 0;
	}
	buf_free(&path);
	return found;
}

static bool
is_running(const struct harden_host *host, const char *unit)
{
	struct buf path = BUF_INIT;
	bool runs = false;

	for (size_t i = 0; i < GROUPS; i++) {
		buf_truncate(&path, 0);
		buf_format(&path, "%s/%s", groups[i], unit);
		runs |= tree_exists(&host->tree, path.p);
	}
	buf_free(&path);
	return runs;
}

static bool
is_enabled(const struct harden_host *host, const char *unit)
{
	struct tree_names names;
	struct buf path = BUF_INIT;
	struct stat st;
	bool enabled = false;

	tree_list(&host->tree, UNITS, &names);
	for (size_t i = 0; i < names.n; i++) {
		struct slice name = slice_text(names.items[i]);

		if (!slice_ends(name, ".wants") &&
		    !slice_ends(name, ".requires"))
			continue;
		buf_truncate(&path, 0);
		buf_format(&path, UNITS "/%s/%s", names.items[i], unit);
		enabled |= tree_lstat(&host->tree, path.p, &st) == 0;
	}
	tree_names_free(&names);
	buf_free(&path);
	return enabled;
}

/* The items have a word on these of their own. */
static bool
has_item(const char *unit)
{
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		if (strcmp(items[i].key, unit) == 0)
			return true;
	return false;
}

static bool
is_needed(const struct harden_host *host, const char *unit)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (fnmatch(needed[i], unit, 0) == 0)
			return true;
	for (size_t i = 0; host->needed != NULL && i < host->needed->n; i++) {
		struct slice rest = slice_text(unit);

		if (fnmatch(host->needed->items[i], unit, 0) == 0 ||
		    slice_is(slice_cut(&rest, '.'), host->needed->items[i]))
			return true;
	}
	return false;
}

/* Services of a slice; those of a template have a slice of their own. */
static void
find_others(const struct harden_host *host, const char *folder, unsigned depth,
    struct buf *found)
{
	struct tree_names names;
	struct buf path = BUF_INIT;

	tree_list(&host->tree, folder, &names);
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.items[i];

		if (depth == 0 && slice_ends(slice_text(name), ".slice")) {
			buf_truncate(&path, 0);
			buf_format(&path, "%s/%s", folder, name);
			find_others(host, path.p, 1, found);
		} else if (slice_ends(slice_text(name), ".service") &&
		    !has_item(name) && !is_needed(host, name))
			buf_format(found, "%s%s", found->n > 0 ? " " : "",
			    name);
	}
	tree_names_free(&names);
	buf_free(&path);
}

static void
read_others(const struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct buf found = BUF_INIT;
	bool systemd = false;

	for (size_t i = 0; i < GROUPS && !systemd; i++) {
		systemd = tree_exists(&host->tree, groups[i]);
		if (systemd)
			find_others(host, groups[i], 0, &found);
	}
	if (!systemd)
		harden_result_set(result, HARDEN_SKIP, "systemd does not run");
	else
		harden_result_value(
		    result, item, found.n > 0 ? found.p : item->want);
	buf_free(&found);
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	bool installed = is_installed(host, item->key);

	if (strcmp(item->key, OTHERS) == 0)
		read_others(host, item, result);
	else if (is_running(host, item->key))
		harden_result_set(result, HARDEN_FAIL, "runs");
	else if (is_masked(host, item->key))
		harden_result_set(result, HARDEN_PASS, "off");
	else if (!installed)
		harden_result_set(result, HARDEN_PASS, "not installed");
	else if (is_enabled(host, item->key))
		harden_result_set(
		    result, HARDEN_FAIL, "starts with the host");
	else
		harden_result_set(
		    result, HARDEN_FAIL, "installed, and can be started");
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	struct buf path = BUF_INIT;

	if (item->hand != NULL) {
		harden_plan_hand(plan, item);
		return;
	}
	/* a mask of what is not there would only be in the way of a reader */
	if (is_installed(host, item->key) || is_running(host, item->key) ||
	    is_masked(host, item->key)) {
		buf_format(&path, UNITS "/%s", item->key);
		harden_plan_link(plan, path.p, "/dev/null");
		if (is_running(host, item->key))
			harden_plan_live(
			    plan, HARDEN_STOP, item->key, "stopped", "active");
		harden_plan_live(
		    plan, HARDEN_RELOAD, "systemd", "daemon-reload", NULL);
	}
	buf_free(&path);
}

const struct harden_kind harden_service = {.name = "service",
    .how = "systemd's control groups (what runs) and unit files",
    .drop_in = UNITS,
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
