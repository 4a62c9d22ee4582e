/* SPDX-License-Identifier: ISC */
/*
 * Bans in nftables.  Only addresses that we have printed ourselves go into a
 * script.
 */
#include "ops/ban_firewall.h"

#include "base/json.h"
#include "ops/firewall.h"
#include "ops/tool.h"

#define ANSWER_MAX ((size_t)16 << 20)

static int
list_set(const char *name, struct buf *out, struct err *err)
{
	const char *const argv[] = {"nft", "-j", "list", "set", "inet",
	    FIREWALL_TABLE, name, NULL};

	*out = (struct buf)BUF_LIMITED(ANSWER_MAX);
	return tool_run(argv, SLICE_NONE, out, err);
}

static int
has_set(const char *name, struct ban_allow *allow, struct err *err)
{
	struct buf answer;
	int status = list_set(name, &answer, err);
	struct slice json = slice_trim(buf_slice(&answer));

	if (status == 0 && allow != NULL && json_check(json, err) == 0)
		ban_allow_add_set(allow, json);
	buf_free(&answer);
	return status < 0 ? -1 : status == 0;
}

int
ban_firewall_look(struct ban_allow *allow, struct err *err)
{
	int four = has_set("ban4", NULL, err);
	int six = four > 0 ? has_set("ban6", NULL, err) : four;

	ban_allow_forget_sets(allow);
	if (six <= 0)
		return six;
	if (has_set("allow4", allow, err) < 0 ||
	    has_set("allow6", allow, err) < 0)
		return -1;
	return 1;
}

static void
put(struct buf *out, const char *verb, const struct ban *ban, int64_t left_s)
{
	char ip[IP_TEXT_SIZE];

	buf_format(out, "%s element inet " FIREWALL_TABLE " ban%d { %s", verb,
	    ban->client.size == 4 ? 4 : 6, ip_text(&ban->client, ip));
	if (left_s > 0)
		buf_format(out, " timeout %llds", (long long)left_s);
	buf_append_text(out, " }\n");
}

void
ban_firewall_remove(const struct ban *ban, struct buf *out)
{
	/* one that is not there would be an error */
	put(out, "add", ban, 60);
	put(out, "delete", ban, 0);
}

void
ban_firewall_ensure(const struct ban *ban, int64_t now_ms, struct buf *out)
{
	int64_t left_s = (ban->until_ms - now_ms + 999) / 1000;

	if (left_s > 0)
		put(out, "add", ban, left_s);
}

void
ban_firewall_add(const struct ban *ban, int64_t now_ms, struct buf *out)
{
	/* one that is there would keep its time */
	if (ban->until_ms > now_ms)
		ban_firewall_remove(ban, out);
	ban_firewall_ensure(ban, now_ms, out);
}

void
ban_firewall_flush(struct buf *out)
{
	buf_append_text(out, "flush set inet " FIREWALL_TABLE " ban4\n"
	    "flush set inet " FIREWALL_TABLE " ban6\n");
}

int
ban_firewall_run(struct slice script, struct err *err)
{
	static const char *const argv[] = {"nft", "-f", "-", NULL};

	return script.n == 0 ? 0 :
	    tool_do(argv, script, ERR_SYSTEM, "nft", err);
}
