/* SPDX-License-Identifier: ISC */
/* Which disks are encrypted: only a person can change that. */
#include "ops/harden_disk.h"

#include <stdio.h>
#include <string.h>

#include "ops/harden_config.h"
#include "ops/harden_plan.h"

#define DEPTH_MAX 8 /* of devices on devices */

#define LUKS \
	"LUKS is set up before the system: install anew on LUKS v2, or " \
	"`cryptsetup reencrypt --encrypt --type luks2' from a rescue system"

static const struct harden_item items[] = {
    {"enc-disk.root", HARDEN_MAIL_SERVER, 0, "disk /", "LUKS2",
	"the root file system lies on LUKS v2",
	"a disk that is stolen, sold or copied tells nothing", LUKS},
    {"enc-disk.home", HARDEN_MINIMAL, 0, "disk HOME", "LUKS2",
	"the mail lies on LUKS v2", "mailboxes are encrypted one by one, but "
	"names, sizes and times are not", LUKS},
    {"enc-memory.swap", HARDEN_MINIMAL, 0, "swap", "none|encrypted",
	"no memory goes to an open disk",
	"keys that were paged out stay there for years",
	"fe-harden apply host-swap"},
};

/* What a block device lies on; of several, the worst. */
enum cover { OPEN, UNKNOWN, LUKS1, OTHER_CRYPT, LUKS2 };

static enum cover cover_of(
    const struct harden_host *host, const char *device, unsigned depth);

/* Of a device by its name in /sys/class/block. */
static enum cover
cover_of_name(const struct harden_host *host, const char *name, unsigned depth)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	enum cover cover = UNKNOWN;

	buf_format(&path, "/sys/class/block/%s/dev", name);
	if (tree_read(&host->tree, path.p, &text) == 0) {
		buf_truncate(&text, slice_trim(buf_slice(&text)).n);
		cover = cover_of(host, buf_text(&text), depth);
	}
	buf_free(&path);
	buf_free(&text);
	return cover;
}

/* `CRYPT-LUKS2-...' is what device-mapper calls it; `CRYPT-PLAIN-...' is how
 * swap under a key of chance is set up. */
static bool
read_own_cover(
    const struct harden_host *host, const char *device, enum cover *cover)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	bool own;

	buf_format(&path, "/sys/dev/block/%s/dm/uuid", device);
	own = tree_read(&host->tree, path.p, &text) == 0 &&
	    slice_starts(buf_slice(&text), "CRYPT-");
	*cover = slice_starts(buf_slice(&text), "CRYPT-LUKS2") ? LUKS2
	    : slice_starts(buf_slice(&text), "CRYPT-LUKS1")    ? LUKS1
							       : OTHER_CRYPT;
	buf_free(&path);
	buf_free(&text);
	return own;
}

static enum cover
cover_of(const struct harden_host *host, const char *device, unsigned depth)
{
	struct buf path = BUF_INIT;
	struct tree_names below;
	enum cover cover = OPEN;

	buf_format(&path, "/sys/dev/block/%s", device);
	if (depth > DEPTH_MAX || !tree_exists(&host->tree, path.p))
		cover = UNKNOWN;
	else if (!read_own_cover(host, device, &cover)) {
		buf_append_text(&path, "/slaves");
		tree_list(&host->tree, path.p, &below);
		cover = below.n > 0 ? LUKS2 : OPEN;
		for (size_t i = 0; i < below.n; i++) {
			enum cover one = cover_of_name(
			    host, below.items[i], depth + 1);

			if (one < cover)
				cover = one;
		}
		tree_names_free(&below);
	}
	buf_free(&path);
	return cover;
}

/* The mount that a path lies on. */
static bool
find_mount(const struct harden_host *host, const char *path,
    struct harden_mount *out)
{
	struct buf text = BUF_INIT;
	struct harden_mount mount;
	struct slice rest;
	size_t best = 0;
	bool found = false;

	tree_read(&host->tree, "/proc/self/mountinfo", &text);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);
		size_t n;

		if (!harden_mountinfo_line(line, &mount))
			continue;
		n = strcmp(mount.point, "/") == 0 ? 0 : strlen(mount.point);
		if (strncmp(path, mount.point, n) != 0 ||
		    (path[n] != '/' && path[n] != '\0') || n < best)
			continue;
		best = n;
		*out = mount;
		found = true;
	}
	buf_free(&text);
	return found;
}

static enum cover
cover_of_path(const struct harden_host *host, const char *path,
    struct harden_mount *mount)
{
	enum cover cover;

	*mount = (struct harden_mount){.source = ""};
	if (!find_mount(host, path, mount))
		return UNKNOWN;
	cover = cover_of(host, mount->device, 0);
	/* btrfs and the like have numbers of their own */
	if (cover == UNKNOWN && strncmp(mount->source, "/dev/", 5) == 0)
		cover = cover_of_name(
		    host, strrchr(mount->source, '/') + 1, 0);
	return cover;
}

static void
read_disk(const struct harden_host *host, const char *path,
    struct harden_result *result)
{
	static const char *const texts[] = {[OPEN] = "no encryption",
	    [UNKNOWN] = "no mount table", [LUKS1] = "LUKS1",
	    [OTHER_CRYPT] = "encryption without LUKS", [LUKS2] = "LUKS2"};
	struct harden_mount mount;
	enum cover cover;

	if (strcmp(path, "HOME") == 0)
		path = host->home;
	cover = cover_of_path(host, path, &mount);
	if (cover == LUKS2)
		harden_result_set(result, HARDEN_PASS, "%s", texts[cover]);
	else if (cover != UNKNOWN)
		harden_result_set(result, HARDEN_FAIL, "%s on %s",
		    texts[cover], mount.source);
	else if (mount.source[0] == '\0')
		harden_result_set(
		    result, HARDEN_UNKNOWN, "%s", texts[cover]);
	else
		harden_result_set(result, HARDEN_UNKNOWN,
		    "cannot tell what %s is", mount.source);
}

static void
read_swap(const struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct buf text = BUF_INIT, name = BUF_INIT;
	struct slice rest;
	bool any = false, open = false;

	tree_read(&host->tree, "/proc/swaps", &text);
	rest = buf_slice(&text);
	slice_line(&rest);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);
		struct slice word = harden_word(&line);
		bool file = slice_is(harden_word(&line), "file");
		struct harden_mount mount;

		if (word.n == 0 || slice_starts(word, "/dev/zram"))
			continue;
		any = true;
		while (!file && slice_find(word, '/') < word.n)
			slice_cut(&word, '/');
		buf_truncate(&name, 0);
		buf_append_slice(&name, word);
		open |= (file ? cover_of_path(host, name.p, &mount)
			      : cover_of_name(host, name.p, 0)) < LUKS1;
	}
	harden_result_value(result, item, open ? "on an open disk"
		: any				       ? "encrypted"
						       : "none");
	buf_free(&text);
	buf_free(&name);
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	const char *blank = strchr(item->key, ' ');

	if (blank != NULL)
		read_disk(host, blank + 1, result);
	else
		read_swap(host, item, result);
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	(void)host;
	harden_plan_hand(plan, item);
}

const struct harden_kind harden_disk = {.name = "disk",
    .how = "device-mapper tables of /sys, /proc/swaps",
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
