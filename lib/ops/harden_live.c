/* SPDX-License-Identifier: ISC */
/*
 * What is done to the running host, and undone.
 */
#include "ops/harden_live.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/number.h"
#include "ops/harden_audit.h"
#include "ops/tool.h"

#define DELETE_TABLE "delete table inet " FIREWALL_TABLE "\n"

/* The flags of a mount that mountinfo(5) shows as options. */
static const struct {
	const char *name;
	unsigned long flag;
} mount_flags[] = {{"ro", MS_RDONLY}, {"nosuid", MS_NOSUID},
    {"nodev", MS_NODEV}, {"noexec", MS_NOEXEC}, {"noatime", MS_NOATIME},
    {"nodiratime", MS_NODIRATIME}, {"relatime", MS_RELATIME}};

static unsigned long
flags_of(const char *options)
{
	struct slice rest = slice_text(options);
	unsigned long flags = 0;

	while (rest.p != NULL) {
		struct slice one = slice_cut(&rest, ',');

		for (size_t i = 0;
		    i < sizeof(mount_flags) / sizeof(mount_flags[0]); i++)
			if (slice_is(one, mount_flags[i].name))
				flags |= mount_flags[i].flag;
	}
	return flags;
}

/* MS_BIND: only the flags of this mount, nothing of the file system. */
static int
remount(const char *point, unsigned long flags, struct err *err)
{
	if (mount(NULL, point, NULL, MS_REMOUNT | MS_BIND | flags, NULL) < 0)
		return err_errno(err, "cannot change mount '%s'", point);
	return 0;
}

static int
run(const char *const argv[], struct slice input, struct err *err)
{
	struct buf lead = BUF_INIT;
	int result;

	buf_format(&lead, "%s %s", argv[0], argv[1]);
	result = tool_do(argv, input, ERR_SYSTEM, lead.p, err);
	buf_free(&lead);
	return result;
}

/* A host without systemd has nothing to be told. */
static int
systemctl(const struct tree *tree, const char *verb, const char *unit,
    struct err *err)
{
	const char *const argv[] = {"systemctl", verb, unit, NULL};

	if (!tree_exists(tree, "/run/systemd/system"))
		return 0;
	return run(argv, SLICE_NONE, err);
}

/* Where no sshd runs it will read its files when it starts. */
static int
reload_sshd(const struct tree *tree, struct err *err)
{
	struct buf text = BUF_INIT, comm = BUF_INIT, path = BUF_INIT;
	int64_t pid = 0;
	int result = 0;

	if (tree_read(tree, "/run/sshd.pid", &text) == 0 &&
	    number_parse(slice_trim(buf_slice(&text)), 2, INT32_MAX, &pid) ==
		0) {
		buf_format(&path, "/proc/%d/comm", (int)pid);
		if (tree_read(tree, path.p, &comm) == 0 &&
		    slice_starts(buf_slice(&comm), "sshd") &&
		    kill((pid_t)pid, SIGHUP) < 0)
			result = err_errno(
			    err, "cannot tell sshd (pid %d)", (int)pid);
	}
	buf_free(&text);
	buf_free(&comm);
	buf_free(&path);
	return result;
}

/* `-w' adds a rule, and `-W' with the same words takes it away; either fails
 * where that is so already. */
static int
change_audit(const char *rule, bool adds, struct err *err)
{
	struct buf text = BUF_INIT;
	const char *argv[8] = {"auditctl"};
	int live = harden_audit_is_live(slice_text(rule), err), result;
	size_t n = 1;

	if (live < 0 || (live == 1) == adds)
		return live < 0 ? -1 : 0;
	buf_append_text(&text, rule);
	for (char *word = text.p; word != NULL && n < 7; n++) {
		char *blank = strchr(word, ' ');

		argv[n] = word;
		word = blank;
		if (blank != NULL) {
			*blank = '\0';
			word++;
		}
	}
	argv[1] = adds ? "-w" : "-W";
	result = run(argv, SLICE_NONE, err);
	buf_free(&text);
	return result;
}

int
harden_live_prepare(struct harden_live *live, struct err *err)
{
	static const char *const ask[] = {
	    "nft", "list", "table", "inet", FIREWALL_TABLE, NULL};
	struct buf table = BUF_INIT;
	int status;

	if (live->kind != HARDEN_NFT)
		return 0;
	status = tool_run(ask, SLICE_NONE, &table, err);
	if (status >= 0) {
		free(live->old);
		if (status > 0)
			buf_reset(&table); /* there is none yet */
		buf_append_text(&table, "");
		live->old = buf_take(&table, NULL);
	}
	buf_free(&table);
	return status < 0 ? -1 : 0;
}

int
harden_live_do(
    const struct tree *tree, const struct harden_live *live, struct err *err)
{
	const char *const nft[] = {"nft", "-f", live->key, NULL};

	switch (live->kind) {
	case HARDEN_POKE:
		return tree_poke(tree, live->key, live->value, err);
	case HARDEN_REMOUNT:
		return remount(live->key,
		    flags_of(live->old) | flags_of(live->value), err);
	case HARDEN_SWAPOFF:
		return swapoff(live->key) < 0
		    ? err_errno(err, "cannot stop swapping to '%s'", live->key)
		    : 0;
	case HARDEN_UNLOAD:
		return syscall(SYS_delete_module, live->key, O_NONBLOCK) < 0 &&
			errno != ENOENT
		    ? err_errno(err, "cannot unload '%s'", live->key)
		    : 0;
	case HARDEN_STOP:
		return systemctl(tree, "stop", live->key, err);
	case HARDEN_RELOAD:
		return systemctl(tree, "daemon-reload", NULL, err);
	case HARDEN_SSHD:
		return reload_sshd(tree, err);
	case HARDEN_NFT:
		return run(nft, SLICE_NONE, err);
	case HARDEN_AUDIT:
		return change_audit(live->key, true, err);
	}
	return err_set(err, ERR_BUG, "a change of an unknown kind");
}

/* The table as it was, bans included, or none, in one transaction. */
static int
restore_table(const char *old, struct err *err)
{
	static const char *const nft[] = {"nft", "-f", "-", NULL};
	struct buf rules = BUF_INIT;
	int result;

	buf_append_text(&rules, "add table inet " FIREWALL_TABLE "\n"
	    DELETE_TABLE);
	if (old != NULL)
		buf_append_text(&rules, old);
	result = run(nft, buf_slice(&rules), err);
	buf_free(&rules);
	return result;
}

int
harden_live_undo(
    const struct tree *tree, const struct harden_live *live, struct err *err)
{
	const char *const load[] = {"modprobe", live->key, NULL};
	int64_t priority;

	switch (live->kind) {
	case HARDEN_POKE:
		return tree_poke(tree, live->key, live->old, err);
	case HARDEN_REMOUNT:
		return remount(live->key, flags_of(live->old), err);
	case HARDEN_SWAPOFF:
		if (number_parse(slice_text(live->old), 0, SWAP_FLAG_PRIO_MASK,
			&priority) < 0)
			priority = -1;
		if (swapon(live->key, priority < 0 ? 0 : SWAP_FLAG_PREFER |
			    (int)priority) < 0 && errno != EBUSY)
			return err_errno(
			    err, "cannot swap to '%s' again", live->key);
		return 0;
	case HARDEN_UNLOAD:
		return run(load, SLICE_NONE, err);
	case HARDEN_STOP:
		return systemctl(tree, "start", live->key, err);
	case HARDEN_RELOAD:
	case HARDEN_SSHD:
		return harden_live_do(tree, live, err);
	case HARDEN_NFT:
		return restore_table(live->old, err);
	case HARDEN_AUDIT:
		return change_audit(live->key, false, err);
	}
	return err_set(err, ERR_BUG, "a change of an unknown kind");
}
