/* SPDX-License-Identifier: ISC */
/*
 * A plan grows item by item.
 */
#include "ops/harden_plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void
free_list(char **items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(items[i]);
	free(items);
}

void
harden_plan_free(struct harden_plan *plan)
{
	for (size_t i = 0; i < plan->files_n; i++) {
		free(plan->files[i].path);
		buf_free(&plan->files[i].content);
	}
	for (size_t i = 0; i < plan->lives_n; i++) {
		free(plan->lives[i].key);
		free(plan->lives[i].value);
		free(plan->lives[i].old);
		free(plan->lives[i].item);
	}
	free(plan->files);
	free(plan->lives);
	free_list(plan->hands, plan->hands_n);
	free_list(plan->refusals, plan->refusals_n);
	*plan = (struct harden_plan)HARDEN_PLAN_INIT;
}

bool
harden_plan_is_empty(const struct harden_plan *plan)
{
	return plan->files_n == 0 && plan->lives_n == 0;
}

static struct harden_file *
find_file(struct harden_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->files_n; i++)
		if (strcmp(plan->files[i].path, path) == 0)
			return &plan->files[i];
	return NULL;
}

static struct harden_file *
add_file(struct harden_plan *plan, const char *path, enum harden_file_kind kind)
{
	plan->files = mem_array(
	    plan->files, plan->files_n + 1, sizeof(*plan->files));
	plan->files[plan->files_n] = (struct harden_file){.kind = kind,
	    .path = mem_text(path), .content = BUF_INIT, .mode = 0644};
	return &plan->files[plan->files_n++];
}

struct buf *
harden_plan_file(struct harden_plan *plan, const char *path, const char *head)
{
	struct harden_file *file = find_file(plan, path);

	if (file == NULL) {
		file = add_file(plan, path, HARDEN_TEXT);
		buf_append_text(&file->content, HARDEN_MARK);
		if (head != NULL)
			buf_append_text(&file->content, head);
	}
	return &file->content;
}

void
harden_plan_line(struct harden_plan *plan, const char *path, const char *head,
    const char *format, ...)
{
	struct buf *file = harden_plan_file(plan, path, head);
	struct slice rest = buf_slice(file);
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	while (rest.p != NULL)
		if (slice_is(slice_line(&rest), line))
			return;
	buf_format(file, "%s\n", line);
}

void
harden_plan_link(struct harden_plan *plan, const char *path, const char *target)
{
	if (find_file(plan, path) == NULL)
		buf_append_text(
		    &add_file(plan, path, HARDEN_LINK)->content, target);
}

void
harden_plan_live(struct harden_plan *plan, enum harden_live_kind kind,
    const char *key, const char *value, const char *old)
{
	for (size_t i = 0; i < plan->lives_n; i++)
		if (plan->lives[i].kind == kind &&
		    strcmp(plan->lives[i].key, key) == 0)
			return;
	plan->lives = mem_array(
	    plan->lives, plan->lives_n + 1, sizeof(*plan->lives));
	plan->lives[plan->lives_n++] = (struct harden_live){
	    kind, mem_text(key), mem_text(value), mem_text(old),
	    mem_text(plan->item != NULL ? plan->item->id : "")};
}

static void
add_text(char ***items, size_t *n, char *text)
{
	*items = mem_array(*items, *n + 1, sizeof(**items));
	(*items)[(*n)++] = text;
}

void
harden_plan_hand(struct harden_plan *plan, const struct harden_item *item)
{
	struct buf text = BUF_INIT;

	buf_format(&text, "%s: %s", item->id, item->hand);
	add_text(&plan->hands, &plan->hands_n, buf_take(&text, NULL));
}

void
harden_plan_refuse(struct harden_plan *plan, const struct harden_item *item,
    const char *format, ...)
{
	struct buf text = BUF_INIT;
	char why[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	buf_format(&text, "%s: %s", item->id, why);
	add_text(&plan->refusals, &plan->refusals_n, buf_take(&text, NULL));
}

void
harden_live_text(const struct harden_live *live, struct buf *out)
{
	switch (live->kind) {
	case HARDEN_POKE:
		buf_format(out, "echo '%s' >%s", live->value, live->key);
		break;
	case HARDEN_REMOUNT:
		buf_format(out, "mount -o remount,%s %s", live->value,
		    live->key);
		break;
	case HARDEN_SWAPOFF:
		buf_format(out, "swapoff %s", live->key);
		break;
	case HARDEN_UNLOAD:
		buf_format(out, "rmmod %s", live->key);
		break;
	case HARDEN_STOP:
		buf_format(out, "systemctl stop %s", live->key);
		break;
	case HARDEN_RELOAD:
		buf_append_text(out, "systemctl daemon-reload");
		break;
	case HARDEN_SSHD:
		buf_append_text(out, "kill -HUP $(cat /run/sshd.pid)");
		break;
	case HARDEN_NFT:
		buf_format(out, "nft -f %s", live->key);
		break;
	case HARDEN_AUDIT:
		buf_format(out, "auditctl %s", live->key);
		break;
	}
}
