/* SPDX-License-Identifier: ISC */
/* CPU and boot: only a person can change that. */
#include "ops/harden_boot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ops/harden_plan.h"

static const struct harden_item items[] = {
    {"enc-memory.cpu", HARDEN_MAIL_SERVER, HARDEN_ADVICE, "cpu", "on",
	"the CPU encrypts memory, where it can",
	"cold boot and the neighbour's probe on the bus read nothing",
	"switch on SME or TME in the firmware and boot with mem_encrypt=on"},
    {"host-secureboot.efi", HARDEN_MAIL_SERVER, HARDEN_ADVICE, "secureboot",
	"on", "the firmware starts signed code only",
	"else one write to the disk changes the kernel unseen",
	"switch on Secure Boot in the firmware (Debian's shim and kernel are "
	"signed)"},
    {"host-secureboot.lockdown", HARDEN_STRICT, HARDEN_ADVICE, "lockdown",
	"integrity|confidentiality", "root cannot change the running kernel",
	"else a verified boot is void once somebody is root",
	"boot with lockdown=integrity"},
};

/* Is it there as a word between blanks and line ends? */
static bool
file_has(const struct harden_host *host, const char *path, const char *word)
{
	struct buf text = BUF_INIT;
	struct slice rest, line;
	bool has = false;

	tree_read(&host->tree, path, &text);
	rest = buf_slice(&text);
	while (rest.p != NULL && !has) {
		line = slice_line(&rest);
		while (line.p != NULL && !has)
			has = slice_is(slice_cut(&line, ' '), word);
	}
	buf_free(&text);
	return has;
}

static void
read_cpu(const struct harden_host *host, struct harden_result *result)
{
	static const char info[] = "/proc/cpuinfo";

	if (!tree_exists(&host->tree, info))
		harden_result_set(result, HARDEN_SKIP, "no CPU to look at");
	else if (!file_has(host, info, "sme") &&
	    !file_has(host, info, "tme") &&
	    !file_has(host, info, "sev"))
		harden_result_set(
		    result, HARDEN_SKIP, "this CPU cannot (no SME, no TME)");
	else if (file_has(host, "/proc/cmdline", "mem_encrypt=on") ||
	    file_has(host, info, "tme"))
		harden_result_set(result, HARDEN_PASS, "on");
	else
		harden_result_set(result, HARDEN_FAIL,
		    "the CPU can, the kernel was not told to");
}

static void
read_secureboot(const struct harden_host *host, struct harden_result *result)
{
	static const char variable[] = "/sys/firmware/efi/efivars/SecureBoot-"
	    "8be4df61-93ca-11d2-aa0d-00e098032b8c";
	struct buf text = BUF_INIT;

	if (!tree_exists(&host->tree, "/sys/kernel"))
		harden_result_set(result, HARDEN_SKIP, "no running system");
	else if (!tree_exists(&host->tree, "/sys/firmware/efi"))
		harden_result_set(result, HARDEN_FAIL,
		    "started without EFI: nothing was verified");
	else if (tree_read(&host->tree, variable, &text) < 0)
		harden_result_set(result,
		    errno == ENOENT ? HARDEN_FAIL : HARDEN_UNKNOWN,
		    errno == ENOENT ? "off" : "cannot read the EFI variable");
	else /* four octets of attributes, then the value */
		harden_result_set(result, text.n == 5 && text.p[4] == 1
			? HARDEN_PASS
			: HARDEN_FAIL, "%s", text.n == 5 && text.p[4] == 1
			? "on"
			: "off");
	buf_free(&text);
}

static void
read_lockdown(const struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	char now[32];

	if (tree_read(&host->tree, "/sys/kernel/security/lockdown", &text) <
	    0) {
		harden_result_set(
		    result, HARDEN_SKIP, "this kernel has no lockdown");
	} else {
		rest = buf_slice(&text);
		slice_cut(&rest, '[');
		rest = slice_cut(&rest, ']');
		snprintf(now, sizeof(now), "%.*s", SLICE_ARG(rest));
		harden_result_value(result, item, now);
	}
	buf_free(&text);
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	if (strcmp(item->key, "cpu") == 0)
		read_cpu(host, result);
	else if (strcmp(item->key, "secureboot") == 0)
		read_secureboot(host, result);
	else
		read_lockdown(host, item, result);
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	(void)host;
	harden_plan_hand(plan, item);
}

const struct harden_kind harden_boot = {.name = "boot",
    .how = "/proc/cpuinfo, EFI variables, the kernel's lockdown",
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
