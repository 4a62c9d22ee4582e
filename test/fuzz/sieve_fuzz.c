/* SPDX-License-Identifier: ISC */
/*
 * Parser and interpreter: the input is a script, a line `%%', and a message.
 * Whatever both hold, decisions stay within their limits and are JSON.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/log.h"
#include "sieve/decision.h"
#include "sieve/interpreter.h"
#include "sieve/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A script that includes itself by any name. */
static int
load(void *context, bool global, struct slice name, struct buf *text,
    struct buf *path, struct err *err)
{
	(void)global;
	(void)err;
	if (name.n == 0 || name.p[0] == '0')
		return 0;
	buf_append_slice(path, name);
	buf_append_slice(text, *(struct slice *)context);
	return 1;
}

static void
check_result(const struct sieve_result *r)
{
	struct buf out = BUF_LIMITED(1 << 20);
	struct json_writer w = JSON_WRITER(&out);

	if (r->n > RESULT_ACTIONS_MAX || r->edits_n > RESULT_EDITS_MAX ||
	    r->marks_n > RESULT_MARKS_MAX)
		abort();
	json_open_object(&w, NULL);
	decision_write_verdict(&w, "verdict", r);
	decision_write_entry(&w, r, r, true);
	json_close_object(&w);
	buf_free(&out);
}

/* What it decides where each question of the run before is answered by yes. */
static void
run_cases(struct sieve_run *run, const struct sieve_script *script,
    const struct questions *asked)
{
	for (size_t i = 0; i < asked->n; i++) {
		struct questions one = questions_case(asked, i + 1);
		struct sieve_run again = *run;

		letter_undo_changes(run->message);
		again.questions = &one;
		interpreter_run(&again, script);
		check_result(again.result);
		if (one.n > QUESTIONS_MAX)
			abort();
	}
}

static void
run_script(const struct sieve_script *script, struct slice octets)
{
	static const char line[] = "{\"fe\":1,\"id\":"
	    "\"01M80KPX000000000000000000\",\"size\":0,\"envelope\":{"
	    "\"from\":\"bob@example.com\",\"to\":[{\"address\":"
	    "\"alice+x@example.org\"}]},\"scan\":{\"spam\":{\"score\":0.95}}}";
	struct sieve_host host = {"mx.example.org", "example.org", "+"};
	struct arena arena = ARENA_INIT;
	struct sieve_result *result = malloc(sizeof(*result));
	struct questions asked = {.n = 0};
	struct letter letter;
	struct meta meta;

	if (result == NULL || meta_parse(&meta, SLICE(line), NULL) < 0)
		abort();
	letter_init(&letter, &meta, octets, &arena);
	const struct sieve_run fresh = {.host = &host, .message = &letter,
	    .arena = &arena, .result = result, .questions = &asked,
	    .recipient = SLICE("alice+x@example.org"),
	    .mailbox = SLICE("alice@example.org"), .now_ms = 1795312345678};
	struct sieve_run run = fresh;

	interpreter_run(&run, script);
	check_result(result);
	run = fresh;
	run_cases(&run, script, &asked);
	letter_free(&letter);
	arena_free(&arena);
	meta_free(&meta);
	free(result);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = slice_of(data, size), text = all, message;
	size_t cut = slice_find_text(all, SLICE("\n%%\n"));
	const struct sieve_loader loader = {load, &text};
	struct sieve_script *script;
	struct err err = ERR_INIT;

	text = slice_part(all, 0, cut);
	message = cut < all.n ? slice_part(all, cut + 4, all.n) : SLICE("");
	script = sieve_parse("fuzz", text, &loader, &err);
	if ((script == NULL) != (err.kind != ERR_NONE))
		abort();
	if (script != NULL)
		run_script(script, message);
	script_free(script);
	return 0;
}
