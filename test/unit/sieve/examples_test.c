/* SPDX-License-Identifier: ISC */
/*
 * The examples of test/data/sieve/examples, which says how it is read: each
 * decides what is written under it.
 */
#include <stdlib.h>

#include "base/io.h"
#include "base/mem.h"
#include "sieve/decision.h"
#include "sieve/interpreter.h"
#include "sieve/parser.h"
#include "unit.h"

#define FILE_NAME "test/data/sieve/examples"
#define NAMES_MAX 32
#define NOW_MS INT64_C(1795345945000)

struct named {
	struct slice name, text;
};

static struct named messages[NAMES_MAX];
static size_t messages_n;

struct example {
	struct slice name, script, want, message, meta;
	bool as_json, yes;
	struct named files[NAMES_MAX];
	size_t files_n;
};

static struct slice
find(const struct named *items, size_t n, struct slice name)
{
	for (size_t i = 0; i < n; i++)
		if (slice_equal(items[i].name, name))
			return items[i].text;
	return SLICE_NONE;
}

/* Of `include': `global NAME' is a name, too. */
static int
load(void *context, bool global, struct slice name, struct buf *text,
    struct buf *path, struct err *err)
{
	const struct example *e = context;
	struct buf full = BUF_INIT;
	struct slice found;

	(void)err;
	buf_format(&full, "%s%.*s", global ? "global " : "", SLICE_ARG(name));
	found = find(e->files, e->files_n, buf_slice(&full));
	buf_append_slice(path, buf_slice(&full));
	buf_free(&full);
	if (found.p == NULL)
		return 0;
	buf_append_slice(text, found);
	return 1;
}

/* The hash of a handle is nothing that a person can foretell. */
static void
hide_handles(struct buf *out)
{
	static const char label[] = "\"handle\":\"vacation:";
	char *at = strstr(buf_text(out), label);
	size_t n;

	if (at == NULL)
		return;
	at += sizeof(label) - 1 - strlen("vacation:");
	n = strlen("vacation:") + 32;
	*at = 'H';
	memmove(at + 1, at + n, strlen(at + n) + 1);
	out->n -= n - 1;
}

static void
put_result(const struct example *e, const struct sieve_result *r,
    struct buf *out)
{
	static struct sieve_result nothing;
	struct json_writer w = JSON_WRITER(out);

	if (r->fault.kind != ERR_NONE)
		buf_append_text(out, r->fault.text);
	else if (!e->as_json)
		result_describe(r, out);
	else {
		result_init(&nothing);
		json_open_object(&w, NULL);
		decision_write_entry(&w, &nothing, r, false);
		json_close_object(&w);
		hide_handles(out);
	}
}

/* Once, or where the mailbox says yes, once more with each answer. */
static void
run_it(const struct example *e, const struct sieve_script *script,
    struct letter *letter, struct sieve_result *result)
{
	struct sieve_host host = {"mx.example.org", "example.org", "+"};
	struct questions q = {.n = 0};

	for (int round = 0; round < 2; round++) {
		struct sieve_run run = {.host = &host, .message = letter,
		    .arena = letter->arena, .result = result,
		    .now_ms = NOW_MS, .questions = &q,
		    .recipient = SLICE("ken+sieve@example.org"),
		    .mailbox = SLICE("ken@example.org")};

		letter_undo_changes(letter);
		interpreter_run(&run, script);
		if (!e->yes)
			break;
		for (size_t i = 0; i < q.n; i++)
			q.items[i].yes = true;
	}
}

static void
decide(struct example *e, struct buf *out)
{
	static struct sieve_result result;
	struct buf line = BUF_INIT, mail = BUF_INIT;
	const struct sieve_loader loader = {load, e};
	struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	struct sieve_script *script = sieve_parse("s", e->script, &loader,
	    &err);
	struct slice text = find(messages, messages_n, e->message);
	struct letter letter;
	struct meta meta;

	if (script == NULL) {
		buf_append_text(out, err.text);
		return;
	}
	buf_format(&line, "{\"fe\":1,\"id\":\"01M80KPX000000000000000000\","
	    "\"size\":0,\"envelope\":{\"from\":\"coyote@desert.example.org\","
	    "\"to\":[{\"address\":\"ken+sieve@example.org\"}]}%s%.*s}",
	    e->meta.n > 0 ? "," : "", SLICE_ARG(e->meta));
	while (text.p != NULL && text.n > 0) {
		buf_append_slice(&mail, slice_cut(&text, '\n'));
		buf_append_text(&mail, "\r\n");
	}
	EXPECT(mail.n > 0 && meta_parse(&meta, buf_slice(&line), &err) == 0);
	letter_init(&letter, &meta, buf_slice(&mail), &arena);
	run_it(e, script, &letter, &result);
	put_result(e, &result, out);
	letter_free(&letter);
	arena_free(&arena);
	meta_free(&meta);
	buf_free(&line);
	buf_free(&mail);
	script_free(script);
}

static void
check_example(struct example *e)
{
	struct buf got = BUF_INIT;
	char label[128];

	snprintf(label, sizeof(label), "%.*s", SLICE_ARG(e->name));
	decide(e, &got);
	EXPECT_SLICE(label, e->want, buf_slice(&got));
	buf_free(&got);
}

/* ---- reading ---- */

static bool
take(struct slice line, const char *mark, struct slice *rest)
{
	if (!slice_starts(line, mark))
		return false;
	*rest = slice_part(line, strlen(mark), line.n);
	return true;
}

/* Text from one line to the next that is marked. */
static void
grow(struct slice *text, struct slice line)
{
	if (text->p == NULL)
		text->p = line.p;
	text->n = (size_t)(line.p + line.n + 1 - text->p);
}

static void
read_option(struct example *e, struct slice line)
{
	struct slice value;

	if (take(line, "@message ", &e->message) ||
	    take(line, "@meta ", &e->meta))
		return;
	EXPECT(take(line, "@answer ", &value));
	e->yes = true;
}

/* Up to the line that says what is expected; then it is checked. */
static void
read_example(struct slice *rest, struct slice name)
{
	struct example e = {.name = name, .script = SLICE(""),
	    .message = SLICE("PLAIN")};
	struct slice *text = &e.script, line, file;

	text->p = NULL;
	while (rest->n > 0) {
		line = slice_cut(rest, '\n');
		if (take(line, "=> ", &e.want) ||
		    (e.as_json = take(line, "=j ", &e.want)))
			break;
		if (slice_starts(line, "@"))
			read_option(&e, line);
		else if (take(line, "%% ", &file) && e.files_n < NAMES_MAX) {
			e.files[e.files_n].name = file;
			text = &e.files[e.files_n++].text;
			*text = slice_of(NULL, 0);
		} else
			grow(text, line);
	}
	for (size_t i = 0; i < e.files_n; i++)
		if (e.files[i].text.p == NULL)
			e.files[i].text = SLICE("");
	if (e.script.p == NULL)
		e.script = SLICE("");
	EXPECT(e.want.p != NULL);
	/* a text over two lines is expected so */
	if (slice_starts(*rest, "\"\n"))
		e.want.n = (size_t)(slice_cut(rest, '\n').p + 1 - e.want.p);
	check_example(&e);
}

static struct slice
examples(void)
{
	static struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	if (text.n == 0 && io_read_file(FILE_NAME, &text, &err) < 0) {
		printf("# %s\n", err.text);
		exit(1);
	}
	return buf_slice(&text);
}

/* Those of one RFC, or of all where prefix is empty; how many. */
static size_t
check_all(const char *prefix)
{
	struct slice rest = examples(), name, *message = NULL;
	size_t n = 0;

	messages_n = 0;
	while (rest.n > 0) {
		struct slice line = slice_cut(&rest, '\n');

		if (take(line, "@@ ", &name) && messages_n < NAMES_MAX) {
			messages[messages_n].name = name;
			message = &messages[messages_n++].text;
			*message = slice_of(NULL, 0);
		} else if (take(line, "== ", &name)) {
			message = NULL;
			if (!slice_starts(name, prefix))
				continue;
			read_example(&rest, name);
			n++;
		} else if (message != NULL)
			grow(message, line);
	}
	return n;
}

#define RFC(number) \
	static void \
	rfc_##number(void) \
	{ \
		EXPECT(check_all(#number " ") > 0); \
	}
RFC(5228) RFC(3894) RFC(4790) RFC(5173) RFC(5229) RFC(5230) RFC(6131)
RFC(5231) RFC(5232) RFC(5233) RFC(5235) RFC(5260) RFC(5293) RFC(5429)
RFC(5435) RFC(5436) RFC(5183) RFC(5490) RFC(6609) RFC(7352)

static void
draft_regex(void)
{
	EXPECT(check_all("draft-regex ") > 0);
}

/* ---- RFC 5230, 4.2: which answers are the same ---- */

static struct slice
handle_of(const char *script, struct buf *out)
{
	struct example e = {.script = slice_text(script),
	    .message = SLICE("PLAIN")};
	static struct sieve_result result;
	struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	struct sieve_script *s = sieve_parse("s", e.script, NULL, &err);
	struct letter letter;
	struct meta meta;

	EXPECT(s != NULL && meta_parse(&meta, SLICE("{\"fe\":1,\"id\":"
	    "\"01M80KPX000000000000000000\",\"size\":0,\"envelope\":{\"from\":"
	    "\"a@b.example\",\"to\":[]}}"), &err) == 0);
	letter_init(&letter, &meta, SLICE("To: ken@example.org\r\n\r\n"),
	    &arena);
	run_it(&e, s, &letter, &result);
	EXPECT(result.n > 0);
	buf_reset(out);
	buf_append_slice(out, result.actions[0].handle);
	letter_free(&letter);
	arena_free(&arena);
	meta_free(&meta);
	script_free(s);
	return buf_slice(out);
}

static void
rfc_5230_answers_that_are_the_same(void)
{
#define VACATION(args) "require \"vacation\"; vacation " args ";"
	static const struct {
		const char *one, *other;
		bool same;
	} rows[] = {
	    {VACATION("\"a\""), VACATION("\"a\""), true},
	    {VACATION("\"a\""), VACATION("\"b\""), false},
	    {VACATION(":subject \"s\" \"a\""), VACATION(":subject \"t\" \"a\""),
		false},
	    {VACATION(":from \"x@b.example\" \"a\""), VACATION("\"a\""),
		false},
	    {VACATION(":mime \"a\""), VACATION("\"a\""), false},
	    {VACATION(":handle \"h\" \"a\""), VACATION(":handle \"h\" \"b\""),
		true},
	    {VACATION(":handle \"h\" \"a\""), VACATION(":handle \"i\" \"a\""),
		false},
	    {VACATION(":days 3 \"a\""), VACATION(":days 4 \"a\""), true},
	};
	struct buf one = BUF_INIT, other = BUF_INIT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		EXPECT(slice_equal(handle_of(rows[i].one, &one),
		    handle_of(rows[i].other, &other)) == rows[i].same);
	buf_free(&one);
	buf_free(&other);
}

int
main(void)
{
	UNIT_RUN(rfc_5228);
	UNIT_RUN(rfc_3894);
	UNIT_RUN(rfc_4790);
	UNIT_RUN(rfc_5173);
	UNIT_RUN(rfc_5229);
	UNIT_RUN(rfc_5230);
	UNIT_RUN(rfc_5230_answers_that_are_the_same);
	UNIT_RUN(rfc_6131);
	UNIT_RUN(rfc_5231);
	UNIT_RUN(rfc_5232);
	UNIT_RUN(rfc_5233);
	UNIT_RUN(rfc_5235);
	UNIT_RUN(rfc_5260);
	UNIT_RUN(rfc_5293);
	UNIT_RUN(rfc_5429);
	UNIT_RUN(rfc_5435);
	UNIT_RUN(rfc_5436);
	UNIT_RUN(rfc_5183);
	UNIT_RUN(rfc_5490);
	UNIT_RUN(rfc_6609);
	UNIT_RUN(rfc_7352);
	UNIT_RUN(draft_regex);
	return UNIT_RESULT;
}
