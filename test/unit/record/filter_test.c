/* SPDX-License-Identifier: ISC */
/*
 * A filter in a process of its own, with pipes or files around it: what it
 * writes and what it exits with.
 */
#include "record/filter.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "unit.h"

#define ID1 "01ARZ3NDEKTSV4RRFFQ69G5FAV"
#define ID2 "01ARZ3NDEKTSV4RRFFQ69G5FAW"
#define META(id, size) "{\"fe\":1,\"id\":\"" id "\",\"size\":" #size "}\n"
#define R1 META(ID1, 7) "A: 1\r\n\n"
#define R2 META(ID2, 2) "\r\n"
#define MARK(n) "{\"fe\":1,\"end\":" #n "}\n"

static const struct cmd test_cmd = {.name = "fe-test", .flags = CMD_FILTER};

enum manner { IN_ORDER, BACKWARDS, FINDING };

/* Holds up to two records when it emits backwards. */
static int
filter_run(const struct filter_conf *conf, enum manner manner)
{
	struct filter f;
	struct record *held = NULL, *r;
	struct err err = ERR_INIT;

	if (filter_open(&f, &test_cmd, conf, &err) < 0)
		return cmd_fail(&err);
	while ((r = filter_next(&f)) != NULL) {
		if (manner == FINDING)
			filter_found(&f);
		if (manner != BACKWARDS) {
			filter_emit(&f, r);
		} else if (held == NULL) {
			held = r;
		} else {
			filter_emit(&f, r);
			filter_emit(&f, held);
			held = NULL;
		}
	}
	if (held != NULL)
		filter_emit(&f, held);
	return filter_close(&f);
}

/* Runs it in a child; the exit code.  Standard input is a pipe, or a file. */
static int
run(const struct filter_conf *conf, enum manner manner, struct slice input,
    bool from_file, struct buf *output)
{
	char path[] = "/tmp/fe-filter-test.XXXXXX";
	int in[2], out[2], status;
	pid_t pid;

	EXPECT(pipe(out) == 0 && pipe(in) == 0);
	if (from_file) {
		close(in[0]);
		in[0] = mkstemp(path);
		EXPECT(io_write(in[0], input.p, input.n) == 0);
		lseek(in[0], 0, SEEK_SET);
		unlink(path);
	} else {
		EXPECT(io_write(in[1], input.p, input.n) == 0);
	}
	close(in[1]);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(null, 2);
		close(in[0]);
		close(out[0]);
		close(out[1]);
		_exit(filter_run(conf, manner));
	}
	close(in[0]);
	close(out[1]);
	EXPECT(io_read_all(out[0], "output", output, NULL) == 0);
	close(out[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const struct {
	const char *name;
	int input, output;
	bool file;
	enum manner manner;
	const char *stdin_text;
	int code;
	const char *stdout_text; /* NULL: begins with what `begins' says */
	const char *begins;
} rows[] = {
    {"records", 0, OUTPUT_RECORD, false, IN_ORDER, R1 R2 MARK(2), 0,
	R1 R2 MARK(2), NULL},
    {"segments", 0, OUTPUT_RECORD, false, IN_ORDER, R1 MARK(1) R2 MARK(1), 0,
	R1 MARK(1) R2 MARK(1), NULL},
    {"no records at all", 0, OUTPUT_RECORD, false, IN_ORDER, MARK(0), 0,
	MARK(0), NULL},
    {"out of order", 0, OUTPUT_RECORD, false, BACKWARDS, R1 R2 MARK(2), 0,
	R2 R1 MARK(2), NULL},
    {"out of order over segments", 0, OUTPUT_RECORD, false, BACKWARDS,
	R1 MARK(1) R2 MARK(1), 0, R2 R1 MARK(2), NULL},
    {"a dead neighbour passes on what is whole and no mark", 0,
	OUTPUT_RECORD, false, IN_ORDER, R1, 75, R1, NULL},
    {"a cut body", 0, OUTPUT_RECORD, false, IN_ORDER,
	R1 MARK(1) META(ID2, 9) "x", 75, R1 MARK(1), NULL},
    {"a wrong count", 0, OUTPUT_RECORD, false, IN_ORDER, R1 MARK(2), 75, R1,
	NULL},
    {"held records go out though the input broke", 0, OUTPUT_RECORD, false,
	BACKWARDS, R1 R2 R1, 75, R2 R1 R1, NULL},
    {"an empty pipe", 0, OUTPUT_RECORD, false, IN_ORDER, "", 75, "", NULL},
    {"an empty pipe as mail", INPUT_MAIL, OUTPUT_RECORD, false, IN_ORDER, "",
	75, "", NULL},
    {"an empty pipe, for people", 0, OUTPUT_TEXT, false, IN_ORDER, "", 75, "",
	NULL},
    {"an empty file is a bad message", 0, OUTPUT_TEXT, true, IN_ORDER, "", 65,
	"", NULL},
    {"a bad record, for people", 0, OUTPUT_JSON, false, IN_ORDER,
	"{\"fe\":1,\n", 65, "", NULL},
    {"a bad record", 0, OUTPUT_RECORD, false, IN_ORDER, "{\"fe\":1,\n", 75,
	"", NULL},
    {"a message in a pipe", 0, OUTPUT_MAIL, false, IN_ORDER, "A: 1\n\nb\n", 0,
	"A: 1\n\nb\n", NULL},
    {"a message that is but a part of the magic", 0, OUTPUT_MAIL, false,
	IN_ORDER, "{\"fe\":", 0, "{\"fe\":", NULL},
    {"a message that poses as records, in a file", 0, OUTPUT_MAIL, true,
	IN_ORDER, R1 MARK(1), 0,
	"{\"fe\":1,\"id\":\"" ID1 "\",\"size\":7}\nA: 1\n\n" MARK(1), NULL},
    {"a message that poses as records, with -i mail", INPUT_MAIL, OUTPUT_MAIL,
	false, IN_ORDER, R1 MARK(1), 0,
	"{\"fe\":1,\"id\":\"" ID1 "\",\"size\":7}\nA: 1\n\n" MARK(1), NULL},
    {"records in a file, with -i record", INPUT_RECORD, OUTPUT_RECORD, true,
	IN_ORDER, R1 MARK(1), 0, R1 MARK(1), NULL},
    {"a message with -i record", INPUT_RECORD, OUTPUT_RECORD, false, IN_ORDER,
	"A: 1\n\nb\n", 75, "", NULL},
    {"mail from a record", 0, OUTPUT_MAIL, false, IN_ORDER, R1 MARK(1), 0,
	"A: 1\n\n", NULL},
    {"mail only when whole", 0, OUTPUT_MAIL, false, IN_ORDER, R1, 75, "",
	NULL},
    {"mail of two records", 0, OUTPUT_MAIL, false, IN_ORDER, R1 R2 MARK(2),
	75, "", NULL},
    {"mail of none", 0, OUTPUT_MAIL, false, IN_ORDER, MARK(0), 75, "", NULL},
    {"json", 0, OUTPUT_JSON, false, IN_ORDER, R1 R2 MARK(2), 0,
	META(ID1, 7) META(ID2, 2), NULL},
    {"json of a cut stream", 0, OUTPUT_JSON, false, IN_ORDER, R1, 75,
	META(ID1, 7), NULL},
    {"text", 0, OUTPUT_TEXT, false, IN_ORDER, "A: 1\n\nb\n", 0, NULL,
	"message   "},
    {"text of records", 0, OUTPUT_TEXT, false, IN_ORDER, R1 MARK(1), 0, NULL,
	"record    " ID1},
    {"a finding with -e", 0, OUTPUT_JSON, false, FINDING, R1 MARK(1), 1,
	META(ID1, 7), NULL},
    {"a finding in a cut stream", 0, OUTPUT_JSON, false, FINDING, R1, 75,
	META(ID1, 7), NULL},
    {"a finding among records", 0, OUTPUT_RECORD, false, FINDING, R1 MARK(1),
	0, R1 MARK(1), NULL},
    {"records, when standard output is no terminal", 0, OUTPUT_AUTO, false,
	IN_ORDER, R1 MARK(1), 0, R1 MARK(1), NULL},
};

static void
input_and_output_follow_the_rules_of_filters(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct filter_conf conf = {.input = rows[i].input,
		    .output = rows[i].output, .exit_code = true,
		    .size_max = 1000};
		struct buf output = BUF_INIT;
		struct slice got;

		EXPECT_NUMBER(rows[i].name, rows[i].code, run(&conf,
		    rows[i].manner, slice_text(rows[i].stdin_text),
		    rows[i].file, &output));
		got = buf_slice(&output);
		if (rows[i].begins != NULL)
			got = slice_part(got, 0, strlen(rows[i].begins));
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].stdout_text !=
		    NULL ? rows[i].stdout_text : rows[i].begins), got);
		buf_free(&output);
	}
}

static void
a_message_over_size_max_is_refused(void)
{
	struct filter_conf conf = {.output = OUTPUT_JSON, .size_max = 3};
	struct buf output = BUF_INIT;

	EXPECT_NUMBER("people", 65,
	    run(&conf, IN_ORDER, SLICE("abcd"), false, &output));
	conf.output = OUTPUT_RECORD;
	EXPECT_NUMBER("delivery", 75,
	    run(&conf, IN_ORDER, SLICE("abcd"), false, &output));
	EXPECT_NUMBER("nothing written", 0, output.n);
	buf_free(&output);
}

static int
run_into(int target, int output_form)
{
	struct filter_conf conf = {.output = output_form, .size_max = 1000};
	int in[2], status;
	pid_t pid;

	EXPECT(pipe(in) == 0);
	EXPECT(io_write(in[1], R1 MARK(1), strlen(R1 MARK(1))) == 0);
	close(in[1]);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		dup2(in[0], 0);
		dup2(target, 1);
		dup2(open("/dev/null", O_WRONLY), 2);
		_exit(filter_run(&conf, IN_ORDER));
	}
	close(in[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
a_dead_reader_is_silent_for_people_and_75_for_records(void)
{
	int fds[2], full = open("/dev/full", O_WRONLY);

	EXPECT(pipe(fds) == 0);
	close(fds[0]);
	EXPECT_NUMBER("text", 0, run_into(fds[1], OUTPUT_TEXT));
	EXPECT_NUMBER("json", 0, run_into(fds[1], OUTPUT_JSON));
	EXPECT_NUMBER("record", 75, run_into(fds[1], OUTPUT_RECORD));
	EXPECT_NUMBER("mail", 75, run_into(fds[1], OUTPUT_MAIL));
	EXPECT_NUMBER("full, text", 75, run_into(full, OUTPUT_TEXT));
	EXPECT_NUMBER("full, record", 75, run_into(full, OUTPUT_RECORD));
	close(fds[1]);
	close(full);
}

static void
receipts_and_final_verdicts_are_passed_through(void)
{
	static const struct {
		const char *meta;
		bool final;
	} metas[] = {{"{\"fe\":1}", false},
	    {"{\"fe\":1,\"verdict\":{\"action\":\"junk\"}}", false},
	    {"{\"fe\":1,\"verdict\":{\"action\":\"reject\"}}", true},
	    {"{\"fe\":1,\"delivery\":[]}", true}};

	for (size_t i = 0; i < sizeof(metas) / sizeof(*metas); i++) {
		struct record *r = record_new();

		meta_free(&r->meta);
		EXPECT(meta_parse(
		    &r->meta, slice_text(metas[i].meta), NULL) == 0);
		EXPECT_NUMBER(metas[i].meta, metas[i].final,
		    filter_is_final(r));
		record_free(r);
	}
}

int
main(void)
{
	UNIT_RUN(input_and_output_follow_the_rules_of_filters);
	UNIT_RUN(a_message_over_size_max_is_refused);
	UNIT_RUN(a_dead_reader_is_silent_for_people_and_75_for_records);
	UNIT_RUN(receipts_and_final_verdicts_are_passed_through);
	return UNIT_RESULT;
}
