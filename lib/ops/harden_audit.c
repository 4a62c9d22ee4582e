/* SPDX-License-Identifier: ISC */
/*
 * A rule of the kernel's audit for the folder of keys: inotify tells that a
 * key is opened, the audit tells by which program.  fe-watch(8) reads it.
 */
#include "ops/harden_audit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ops/harden_plan.h"
#include "ops/tool.h"

#define FOLDER "/etc/audit/rules.d"
#define RULES FOLDER "/fe-harden.rules"

static const struct harden_item items[] = {
    {"host-isolation.key-audit", HARDEN_MAIL_SERVER, HARDEN_ADVICE, "keys",
	"watched", "the kernel tells who opens a key file",
	"a program that reads keys which are not its own is captured, or a "
	"person's; fe-watch makes `key-access' of it", NULL},
};

/* As auditctl(8) takes and lists it; false: there is no home. */
static bool
put_rule(const struct harden_host *host, struct buf *out)
{
	struct buf folder = BUF_INIT;
	bool there;

	buf_format(&folder, "%s/keys", host->home);
	there = tree_exists(&host->tree, folder.p);
	buf_format(out, "-w %s -p rwa -k fe-keys", folder.p);
	buf_free(&folder);
	return there;
}

static bool
is_installed(const struct harden_host *host)
{
	char *tool = NULL;
	bool found;

	if (host->tree.is_host)
		tool = tool_find("auditctl");
	found = tool != NULL || tree_exists(&host->tree, FOLDER);
	free(tool);
	return found;
}

static bool
has_line(struct slice text, struct slice line)
{
	while (text.p != NULL)
		if (slice_equal(slice_trim(slice_line(&text)), line))
			return true;
	return false;
}

/* augenrules(8) reads all files of the folder when auditd starts. */
static bool
stands_in_file(const struct harden_host *host, struct slice rule)
{
	struct tree_names names;
	struct buf path = BUF_INIT, text = BUF_INIT;
	bool found = false;

	tree_list(&host->tree, FOLDER, &names);
	for (size_t i = 0; i < names.n && !found; i++) {
		if (!slice_ends(slice_text(names.items[i]), ".rules"))
			continue;
		buf_truncate(&path, 0);
		buf_truncate(&text, 0);
		buf_format(&path, FOLDER "/%s", names.items[i]);
		found = tree_read(&host->tree, path.p, &text) == 0 &&
		    has_line(buf_slice(&text), rule);
	}
	tree_names_free(&names);
	buf_free(&path);
	buf_free(&text);
	return found;
}

int
harden_audit_is_live(struct slice rule, struct err *err)
{
	static const char *const ask[] = {"auditctl", "-l", NULL};
	struct buf text = BUF_INIT;
	int status;

	if (geteuid() != 0)
		return err_set(err, ERR_SYSTEM,
		    "only root can read the rules of the audit");
	status = tool_run(ask, SLICE_NONE, &text, err);
	if (status > 0)
		status = err_set(
		    err, ERR_SYSTEM, "auditctl cannot list the rules");
	if (status == 0)
		status = has_line(buf_slice(&text), rule);
	buf_free(&text);
	return status;
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct buf rule = BUF_INIT;
	struct err err = ERR_INIT;
	int live = 1;

	harden_result_set(result, HARDEN_PASS, "%s", item->want);
	if (!put_rule(host, &rule))
		harden_result_set(result, HARDEN_SKIP, "there are no keys");
	else if (!is_installed(host))
		harden_result_set(
		    result, HARDEN_FAIL, "auditd is not installed");
	else if (!stands_in_file(host, buf_slice(&rule)))
		harden_result_set(
		    result, HARDEN_FAIL, "no file of '" FOLDER "' has it");
	else if (host->tree.is_host &&
		(live = harden_audit_is_live(buf_slice(&rule), &err)) < 0)
		harden_result_set(result, HARDEN_UNKNOWN, "%s", err.text);
	else if (live == 0)
		harden_result_set(
		    result, HARDEN_FAIL, "the kernel has no such rule");
	buf_free(&rule);
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	struct buf rule = BUF_INIT;
	struct harden_item install = *item;
	struct err err = ERR_INIT;
	bool there = put_rule(host, &rule);

	install.hand = "apt-get install auditd, then apply this again";
	if (there && !is_installed(host))
		harden_plan_hand(plan, &install);
	else if (there && strchr(host->home, ' ') != NULL)
		harden_plan_refuse(plan, item, "no rule of the audit can have "
		    "the blank of '%s'", host->home);
	else if (there) {
		harden_plan_line(plan, RULES, NULL, "%s", rule.p);
		if (host->tree.is_host &&
		    harden_audit_is_live(buf_slice(&rule), &err) != 1)
			harden_plan_live(
			    plan, HARDEN_AUDIT, rule.p, "loaded", "");
	}
	buf_free(&rule);
}

const struct harden_kind harden_audit = {.name = "audit",
    .how = "`auditctl -l' and " RULES,
    .drop_in = RULES,
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
