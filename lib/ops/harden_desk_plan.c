/* SPDX-License-Identifier: ISC */
/* fe-harden plan, and the plan that apply carries out. */
#include "ops/harden_desk.h"

#include <stdio.h>

#include "base/json.h"
#include "ops/harden_reduce.h"

static void
print_file(const struct harden_file *file)
{
	struct slice rest = buf_slice(&file->content);

	if (file->kind == HARDEN_LINK) {
		printf("link  %s -> %s\n", file->path, file->content.p);
		return;
	}
	printf("write %s\n", file->path);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);

		printf("      | %.*s\n", SLICE_ARG(line));
	}
}

void
harden_desk_print_plan(const struct harden_plan *plan)
{
	struct buf line = BUF_INIT;

	for (size_t i = 0; i < plan->files_n; i++)
		print_file(&plan->files[i]);
	for (size_t i = 0; i < plan->lives_n; i++) {
		buf_truncate(&line, 0);
		harden_live_text(&plan->lives[i], &line);
		printf("run   %s\n", line.p);
	}
	for (size_t i = 0; i < plan->refusals_n; i++)
		printf("no    %s\n", plan->refusals[i]);
	for (size_t i = 0; i < plan->hands_n; i++)
		printf("hand  %s\n", plan->hands[i]);
	buf_free(&line);
}

static void
print_plan_json(const struct harden_plan *plan)
{
	struct buf out = BUF_INIT, text = BUF_INIT;
	struct json_writer w = JSON_WRITER(&out);

	json_open_object(&w, NULL);
	json_open_array(&w, "files");
	for (size_t i = 0; i < plan->files_n; i++) {
		const struct harden_file *file = &plan->files[i];

		json_open_object(&w, NULL);
		json_put_text(&w, "path", file->path);
		json_put_text(&w,
		    file->kind == HARDEN_LINK ? "link" : "content",
		    buf_text(&file->content));
		json_close_object(&w);
	}
	json_close_array(&w);
	json_open_array(&w, "commands");
	for (size_t i = 0; i < plan->lives_n; i++) {
		buf_truncate(&text, 0);
		harden_live_text(&plan->lives[i], &text);
		json_put_text(&w, NULL, buf_text(&text));
	}
	json_close_array(&w);
	json_put_texts(&w, "refused", plan->refusals, plan->refusals_n);
	json_put_texts(&w, "by_hand", plan->hands, plan->hands_n);
	json_close_object(&w);
	puts(buf_text(&out));
	buf_free(&out);
	buf_free(&text);
}

void
harden_desk_applied(struct harden_desk *desk, struct harden_choices *all)
{
	struct harden_records records;

	*all = (struct harden_choices){.n = 0};
	if (harden_records_read(&records, &desk->host.tree, NULL) == 0 &&
	    records.n > 0) {
		const struct harden_record *last =
		    &records.items[records.n - 1];

		for (size_t i = 0; i < last->applied_n; i++)
			harden_choose_id(all, slice_text(last->applied[i]));
	}
	harden_records_free(&records);
}

int
harden_desk_make_plan(struct harden_desk *desk, struct harden_choices *all,
    struct harden_plan *plan, struct err *err)
{
	harden_desk_applied(desk, all);
	for (size_t i = 0; i < desk->choices.n; i++)
		harden_choose_id(
		    all, slice_text(desk->choices.items[i].item->id));
	harden_plan(&desk->host, all, &desk->exceptions, plan);
	return harden_plan_reduce(plan, &desk->host.tree, err);
}

int
harden_desk_plan(struct harden_desk *desk, struct err *err)
{
	struct harden_choices all;
	struct harden_plan plan = HARDEN_PLAN_INIT;
	int result = harden_desk_make_plan(desk, &all, &plan, err);

	if (result == 0 && desk->conf->output == HARDEN_OUTPUT_JSON)
		print_plan_json(&plan);
	else if (result == 0) {
		harden_desk_print_plan(&plan);
		if (harden_plan_is_empty(&plan))
			printf("nothing to change\n");
	}
	harden_plan_free(&plan);
	harden_choices_free(&all);
	return result;
}
