/* SPDX-License-Identifier: ISC */
/*
 * Modules that must not be loaded: `install NAME /bin/false' in modprobe.d(5)
 * stands against loading by name as well as by alias; `blacklist' alone does
 * not.
 */
#include "ops/harden_module.h"

#include <string.h>
#include <sys/utsname.h>

#include "ops/harden_plan.h"

#define DROP_IN "/etc/modprobe.d/fe-harden.conf"

#define FILE_SYSTEM "its code reads hostile disks and is hardly ever tested"
#define PROTOCOL "a mail server does not speak it, and it had holes"

static const struct harden_item items[] = {
    {"host-usb.storage", HARDEN_MINIMAL, 0, "usb-storage", "off",
	"no USB disks", "they carry things in and data out", NULL},
    {"host-usb.uas", HARDEN_MINIMAL, 0, "uas", "off",
	"no USB disks of the newer kind",
	"they carry things in and data out", NULL},
    {"host-usb.firewire", HARDEN_MAIL_SERVER, 0, "firewire-core", "off",
	"no FireWire", "its devices read the memory of the host", NULL},
    {"host-usb.thunderbolt", HARDEN_STRICT, 0, "thunderbolt", "off",
	"no Thunderbolt", "its devices read the memory of the host", NULL},
    {"host-usb.bluetooth", HARDEN_MAIL_SERVER, 0, "bluetooth", "off",
	"no Bluetooth", "a radio is a door without a lock", NULL},
    {"host-kernel.dccp", HARDEN_MINIMAL, 0, "dccp", "off", "no DCCP",
	PROTOCOL, NULL},
    {"host-kernel.sctp", HARDEN_MINIMAL, 0, "sctp", "off", "no SCTP",
	PROTOCOL, NULL},
    {"host-kernel.rds", HARDEN_MINIMAL, 0, "rds", "off", "no RDS", PROTOCOL,
	NULL},
    {"host-kernel.tipc", HARDEN_MINIMAL, 0, "tipc", "off", "no TIPC",
	PROTOCOL, NULL},
    {"host-kernel.n-hdlc", HARDEN_MINIMAL, 0, "n_hdlc", "off",
	"no HDLC on terminals", PROTOCOL, NULL},
    {"host-kernel.can", HARDEN_MAIL_SERVER, 0, "can", "off", "no CAN bus",
	PROTOCOL, NULL},
    {"host-kernel.cramfs", HARDEN_MINIMAL, 0, "cramfs", "off", "no cramfs",
	FILE_SYSTEM, NULL},
    {"host-kernel.freevxfs", HARDEN_MINIMAL, 0, "freevxfs", "off",
	"no freevxfs", FILE_SYSTEM, NULL},
    {"host-kernel.jffs2", HARDEN_MINIMAL, 0, "jffs2", "off", "no jffs2",
	FILE_SYSTEM, NULL},
    {"host-kernel.hfs", HARDEN_MINIMAL, 0, "hfs", "off", "no hfs",
	FILE_SYSTEM, NULL},
    {"host-kernel.hfsplus", HARDEN_MINIMAL, 0, "hfsplus", "off", "no hfsplus",
	FILE_SYSTEM, NULL},
    {"host-kernel.udf", HARDEN_MAIL_SERVER, 0, "udf", "off", "no udf",
	FILE_SYSTEM, NULL},
    {"host-kernel.squashfs", HARDEN_STRICT, 0, "squashfs", "off",
	"no squashfs", "it is how snaps come in; " FILE_SYSTEM, NULL},
};

/* Names of modules do not tell `-' from `_'. */
static bool
same_name(struct slice a, const char *b)
{
	if (a.n != strlen(b))
		return false;
	for (size_t i = 0; i < a.n; i++)
		if ((a.p[i] == '-' ? '_' : a.p[i]) !=
		    (b[i] == '-' ? '_' : b[i]))
			return false;
	return true;
}

/* *users: how many hold it. */
static bool
is_loaded(const struct harden_host *host, const char *name, bool *used)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	bool loaded = false;

	*used = false;
	tree_read(&host->tree, "/proc/modules", &text);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);

		if (!same_name(slice_cut(&line, ' '), name))
			continue;
		loaded = true;
		slice_cut(&line, ' ');
		*used = !slice_is(slice_cut(&line, ' '), "0");
	}
	buf_free(&text);
	return loaded;
}

static bool
file_forbids(const struct harden_host *host, const char *path, const char *name)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	bool forbids = false;

	tree_read(&host->tree, path, &text);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_trim(slice_line(&rest)), command;

		if (!slice_is(slice_cut(&line, ' '), "install"))
			continue;
		line = slice_trim(line);
		if (!same_name(slice_cut(&line, ' '), name))
			continue;
		command = slice_trim(line);
		forbids |= slice_ends(command, "/false") ||
		    slice_ends(command, "/true");
	}
	buf_free(&text);
	return forbids;
}

static bool
is_forbidden(const struct harden_host *host, const char *name)
{
	static const char *const folders[] = {
	    "/etc/modprobe.d", "/run/modprobe.d", "/lib/modprobe.d"};
	struct buf path = BUF_INIT;
	struct tree_names names;
	bool forbids = false;

	for (size_t i = 0; i < 3; i++) {
		tree_list(&host->tree, folders[i], &names);
		for (size_t j = 0; j < names.n; j++) {
			buf_truncate(&path, 0);
			buf_format(&path, "%s/%s", folders[i], names.items[j]);
			if (slice_ends(buf_slice(&path), ".conf"))
				forbids |= file_forbids(host, path.p, name);
		}
		tree_names_free(&names);
	}
	buf_free(&path);
	return forbids;
}

/* Built into the running kernel: nothing can be done about it. */
static bool
is_built_in(const struct harden_host *host, const char *name)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct utsname kernel;
	struct slice rest;
	bool built_in = false;

	if (!host->tree.is_host || uname(&kernel) < 0)
		return false;
	buf_format(&path, "/lib/modules/%s/modules.builtin", kernel.release);
	tree_read(&host->tree, path.p, &text);
	rest = buf_slice(&text);
	while (rest.p != NULL && !built_in) {
		struct slice line = slice_line(&rest);

		while (slice_find(line, '/') < line.n)
			slice_cut(&line, '/');
		built_in = slice_ends(line, ".ko") &&
		    same_name(slice_part(line, 0, line.n - 3), name);
	}
	buf_free(&path);
	buf_free(&text);
	return built_in;
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	bool used;

	if (is_loaded(host, item->key, &used))
		harden_result_set(result, HARDEN_FAIL, "loaded%s",
		    used ? ", and in use" : "");
	else if (is_forbidden(host, item->key))
		harden_result_set(result, HARDEN_PASS, "off");
	else if (is_built_in(host, item->key))
		harden_result_set(result, HARDEN_SKIP,
		    "part of this kernel, not a module");
	else
		harden_result_set(
		    result, HARDEN_FAIL, "not loaded, but can be");
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	bool used;

	harden_plan_line(
	    plan, DROP_IN, NULL, "install %s /bin/false", item->key);
	harden_plan_line(plan, DROP_IN, NULL, "blacklist %s", item->key);
	if (host->tree.is_host && is_loaded(host, item->key, &used) && !used)
		harden_plan_live(
		    plan, HARDEN_UNLOAD, item->key, "unloaded", "loaded");
}

const struct harden_kind harden_module = {.name = "module",
    .how = "/proc/modules, and the `install' lines of modprobe.d(5)",
    .drop_in = DROP_IN,
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
