/* SPDX-License-Identifier: ISC */
/* Swap and huge pages. */
#include "ops/harden_memory.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "ops/harden_config.h"
#include "ops/harden_plan.h"

#define TMPFILES "/etc/tmpfiles.d/fe-harden.conf"
#define SWAP_MASK "/etc/systemd/system/swap.target"
#define THP "/sys/kernel/mm/transparent_hugepage/enabled"

static const struct harden_item items[] = {
    {"host-swap.off", HARDEN_MAIL_SERVER, 0, "swap", "none",
	"no swap", "what is paged out stays on the disk for years", NULL},
    {"host-thp.off", HARDEN_MAIL_SERVER, 0, "thp", "never",
	"no transparent huge pages",
	"they make memory of databases grow and stall; a side channel, "
	"too", NULL},
};

/* Devices behind the heading of /proc/swaps; zram is memory. */
static void
walk_swaps(const struct harden_host *host, struct buf *devices,
    struct harden_plan *plan)
{
	struct buf text = BUF_INIT;
	struct slice rest;

	tree_read(&host->tree, "/proc/swaps", &text);
	rest = buf_slice(&text);
	slice_line(&rest);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest), device, priority;
		struct buf name = BUF_INIT, old = BUF_INIT;

		device = harden_word(&line);
		for (size_t i = 0; i < 3; i++)
			harden_word(&line);
		priority = harden_word(&line);
		if (device.n == 0 || slice_starts(device, "/dev/zram"))
			continue;
		buf_append_slice(&name, device);
		buf_append_slice(&old, priority);
		buf_format(devices, "%s%s", devices->n > 0 ? " " : "", name.p);
		if (plan != NULL)
			harden_plan_live(plan, HARDEN_SWAPOFF, name.p, "off",
			    buf_text(&old));
		buf_free(&name);
		buf_free(&old);
	}
	buf_free(&text);
}

static bool
fstab_has_swap(const struct harden_host *host)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	bool found = false;

	tree_read(&host->tree, "/etc/fstab", &text);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);

		if (slice_starts(slice_trim(line), "#"))
			continue;
		harden_word(&line);
		harden_word(&line);
		found |= slice_is(harden_word(&line), "swap");
	}
	buf_free(&text);
	return found;
}

static bool
swap_is_masked(const struct harden_host *host)
{
	struct buf target = BUF_INIT;
	bool masked = tree_link_target(&host->tree, SWAP_MASK, &target) == 0 &&
	    slice_is(buf_slice(&target), "/dev/null");

	buf_free(&target);
	return masked;
}

static void
read_swap(const struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct buf devices = BUF_INIT;

	walk_swaps(host, &devices, NULL);
	if (devices.n > 0)
		harden_result_set(result, HARDEN_FAIL, "%s", devices.p);
	else if (fstab_has_swap(host) && !swap_is_masked(host))
		harden_result_set(result, HARDEN_FAIL,
		    "none now, but '/etc/fstab' has one for the next start");
	else
		harden_result_set(result, HARDEN_PASS, "%s", item->want);
	buf_free(&devices);
}

static void
read_thp(const struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	bool live = tree_read(&host->tree, THP, &text) == 0;

	rest = buf_slice(&text);
	slice_cut(&rest, '[');
	rest = slice_cut(&rest, ']');
	if (live)
		harden_result_set(result, slice_is(rest, item->want)
			? HARDEN_PASS
			: HARDEN_FAIL, "%.*s", SLICE_ARG(rest));
	else if (host->tree.is_host)
		harden_result_set(
		    result, HARDEN_SKIP, "this kernel has none");
	else
		harden_result_set(result, tree_exists(&host->tree, TMPFILES)
			? HARDEN_PASS
			: HARDEN_FAIL, "%s", tree_exists(&host->tree, TMPFILES)
			? item->want
			: "no file sets it");
	buf_free(&text);
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	if (strcmp(item->key, "swap") == 0)
		read_swap(host, item, result);
	else
		read_thp(host, item, result);
}

/* Can what is swapped out come back into memory? */
static bool
memory_suffices(const struct harden_host *host)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	int64_t available = 0, total = 0, left = 0, value;

	tree_read(&host->tree, "/proc/meminfo", &text);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);
		struct slice word = harden_word(&line);

		if (number_parse(harden_word(&line), 0, INT64_MAX, &value) < 0)
			continue;
		if (slice_is(word, "MemAvailable:"))
			available = value;
		if (slice_is(word, "SwapTotal:"))
			total = value;
		if (slice_is(word, "SwapFree:"))
			left = value;
	}
	buf_free(&text);
	return available / 10 * 9 > total - left;
}

static void
plan_swap(const struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	struct buf devices = BUF_INIT;

	walk_swaps(host, &devices, NULL);
	if (devices.n > 0 && host->tree.is_host && !memory_suffices(host)) {
		harden_plan_refuse(plan, item, "what is swapped out would not "
		    "fit into memory: stop something first");
	} else {
		if (tree_exists(&host->tree, "/etc/systemd/system"))
			harden_plan_link(plan, SWAP_MASK, "/dev/null");
		if (host->tree.is_host)
			walk_swaps(host, &devices, plan);
	}
	buf_free(&devices);
}

static void
plan_thp(const struct harden_host *host, struct harden_plan *plan)
{
	struct buf text = BUF_INIT;
	struct slice rest, now;
	char old[32];

	harden_plan_line(plan, TMPFILES, NULL, "w " THP " - - - - never");
	if (host->tree.is_host && tree_read(&host->tree, THP, &text) == 0) {
		rest = buf_slice(&text);
		slice_cut(&rest, '[');
		now = slice_cut(&rest, ']');
		snprintf(old, sizeof(old), "%.*s", SLICE_ARG(now));
		if (strcmp(old, "never") != 0)
			harden_plan_live(plan, HARDEN_POKE, THP, "never", old);
	}
	buf_free(&text);
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	if (strcmp(item->key, "swap") == 0)
		plan_swap(host, item, plan);
	else
		plan_thp(host, plan);
}

const struct harden_kind harden_memory = {.name = "memory",
    .how = "/proc/swaps, /etc/fstab, /sys/kernel/mm",
    .drop_in = TMPFILES,
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
