/* SPDX-License-Identifier: ISC */
/* fe-harden check and explain. */
#include "ops/harden_desk.h"

#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "ops/harden_record.h"

static const char *const state_names[] = {
    "pass", "fail", "unknown", "excepted", "skip"};
static const char *const profile_names[] = {"minimal", "mail-server", "strict"};

/* Words of the host may hold anything. */
static void
print_safe(const char *text)
{
	for (; *text != '\0'; text++)
		putchar((unsigned char)*text < 0x20 || *text == 0x7f ||
			    (unsigned char)*text >= 0x80
			? '?'
			: *text);
}

struct tally {
	unsigned n[5];
	unsigned required; /* failed, and it counts */
};

static void
print_result(const struct harden_desk *desk, const struct harden_item *item,
    const struct harden_result *result)
{
	const struct harden_exception *exception =
	    harden_exception_find(&desk->exceptions, item->id);
	bool required = harden_is_required(item, desk->host.profile);

	printf("%-8s %s: %s%s\n         seen ", state_names[result->state],
	    item->id, item->what,
	    result->state == HARDEN_FAIL && !required ? " (advice)" : "");
	print_safe(result->seen);
	printf("; wanted %s; why: %s\n", item->want, item->why);
	if (exception == NULL)
		return;
	printf(result->state == HARDEN_EXCEPTED
		? "         excepted until %s: "
		: "         an exception until %s: ", exception->date);
	print_safe(exception->reason);
	putchar('\n');
}

static void
print_result_json(const struct harden_desk *desk,
    const struct harden_item *item, const struct harden_result *result)
{
	const struct harden_exception *exception =
	    harden_exception_find(&desk->exceptions, item->id);
	struct buf line = BUF_INIT;
	struct json_writer w = JSON_WRITER(&line);

	json_open_object(&w, NULL);
	json_put_text(&w, "item", item->id);
	json_put_text(&w, "state", state_names[result->state]);
	json_put_bool(
	    &w, "required", harden_is_required(item, desk->host.profile));
	json_put_text(&w, "seen", result->seen);
	json_put_text(&w, "wanted", item->want);
	json_put_text(&w, "what", item->what);
	json_put_text(&w, "why", item->why);
	if (exception != NULL) {
		json_open_object(&w, "exception");
		json_put_text(&w, "until", exception->date);
		json_put_text(&w, "reason", exception->reason);
		json_close_object(&w);
	}
	json_close_object(&w);
	puts(buf_text(&line));
	buf_free(&line);
}

static void
print_tally(const struct harden_desk *desk, const struct tally *tally)
{
	if (desk->conf->output == HARDEN_OUTPUT_JSON) {
		printf("{\"pass\":%u,\"fail\":%u,\"unknown\":%u,"
		       "\"excepted\":%u,\"required_failed\":%u}\n",
		    tally->n[HARDEN_PASS], tally->n[HARDEN_FAIL],
		    tally->n[HARDEN_UNKNOWN], tally->n[HARDEN_EXCEPTED],
		    tally->required);
		return;
	}
	printf("%u pass, %u fail, %u unknown", tally->n[HARDEN_PASS],
	    tally->n[HARDEN_FAIL], tally->n[HARDEN_UNKNOWN]);
	if (tally->n[HARDEN_EXCEPTED] > 0)
		printf(", %u excepted", tally->n[HARDEN_EXCEPTED]);
	putchar('\n');
}

static void
say_pending(const struct tree *tree)
{
	struct harden_records records;

	if (harden_records_read(&records, tree, NULL) < 0)
		return;
	for (size_t i = 0; i < records.n; i++)
		if (records.items[i].state == HARDEN_PENDING)
			fprintf(stderr, "fe-harden: a change waits for "
				"`fe-harden confirm' from a new session; %lld "
				"s left\n", (long long)harden_record_left_s(
				&records.items[i]));
		else if (records.items[i].state == HARDEN_BEGUN)
			fprintf(stderr, "fe-harden: an earlier change was cut "
				"short: `fe-harden revert' undoes it\n");
	harden_records_free(&records);
}

/* Of what is said; it counts all the same. */
static bool
is_left_out(const struct harden_desk *desk,
    const struct harden_result *result, bool required)
{
	if (desk->conf->cmd.quiet)
		return result->state != HARDEN_FAIL || !required;
	return result->state == HARDEN_SKIP && !desk->conf->cmd.verbose;
}

int
harden_desk_check(struct harden_desk *desk, struct err *err)
{
	struct tally tally = {.required = 0};

	if (geteuid() == 0)
		say_pending(&desk->host.tree);
	for (size_t i = 0; i < desk->choices.n; i++) {
		const struct harden_item *item = desk->choices.items[i].item;
		bool required = harden_is_required(item, desk->host.profile);
		struct harden_result result;

		harden_read(&desk->host, &desk->choices.items[i],
		    &desk->exceptions, &result);
		tally.n[result.state]++;
		if (result.state == HARDEN_FAIL && required)
			tally.required++;
		if (is_left_out(desk, &result, required))
			continue;
		if (desk->conf->output == HARDEN_OUTPUT_JSON)
			print_result_json(desk, item, &result);
		else
			print_result(desk, item, &result);
	}
	if (!desk->conf->cmd.quiet || tally.required > 0)
		print_tally(desk, &tally);
	desk->found = tally.required > 0;
	(void)err;
	return 0;
}

static void
explain_one(struct harden_desk *desk, const struct harden_choice *choice)
{
	const struct harden_item *item = choice->item;
	struct harden_result result;

	harden_read(&desk->host, choice, &desk->exceptions, &result);
	printf("%s\n", item->id);
	printf("  what     %s\n  why      %s\n", item->what, item->why);
	printf("  read     %s: %s\n", choice->kind->how, item->key);
	printf("  wanted   %s\n  now      ", item->want);
	print_safe(result.seen);
	printf(" (%s)\n", state_names[result.state]);
	printf("  changed  %s%s\n", item->hand != NULL ? "by hand: " : "in ",
	    item->hand != NULL ? item->hand : choice->kind->drop_in);
	printf("  profile  %s and stricter%s\n", profile_names[item->from],
	    item->flags & HARDEN_ADVICE ? "; advice but in strict" : "");
}

int
harden_desk_explain(struct harden_desk *desk, struct err *err)
{
	for (size_t i = 0; i < desk->choices.n; i++)
		if (desk->words_n == 0)
			printf("%-28s %s\n", desk->choices.items[i].item->id,
			    desk->choices.items[i].item->what);
		else
			explain_one(desk, &desk->choices.items[i]);
	(void)err;
	return 0;
}
