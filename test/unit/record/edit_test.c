/* SPDX-License-Identifier: ISC */
#include "record/edit.h"

#include "base/clock.h"
#include "base/json.h"
#include "unit.h"

#define PRE(name, value) \
	"{\"op\":\"prepend\",\"name\":\"" name "\",\"value\":\"" value "\"}"
#define APP(name, value) \
	"{\"op\":\"append\",\"name\":\"" name "\",\"value\":\"" value "\"}"
#define DEL(name, index) \
	"{\"op\":\"delete\",\"name\":\"" name "\",\"index\":" #index "}"
#define MESSAGE "A: 1\r\nB: 2\r\na: 3\r\n\t4\r\n\r\nbody\r\n"

static const struct {
	const char *name, *message, *ops, *want; /* want: the whole message */
} rows[] = {
    {"nothing to do", MESSAGE, "[]", MESSAGE},
    {"no list", MESSAGE, NULL, MESSAGE},
    {"prepend", MESSAGE, "[" PRE("X", "x") "," PRE("Y", "y") "]",
	"Y: y\r\nX: x\r\n" MESSAGE},
    {"append", MESSAGE, "[" APP("X", "x") "," APP("Y", "y") "]",
	"A: 1\r\nB: 2\r\na: 3\r\n\t4\r\nX: x\r\nY: y\r\n\r\nbody\r\n"},
    {"delete all", MESSAGE, "[{\"op\":\"delete\",\"name\":\"a\"}]",
	"B: 2\r\n\r\nbody\r\n"},
    {"delete all with index 0", MESSAGE, "[" DEL("A", 0) "]",
	"B: 2\r\n\r\nbody\r\n"},
    {"delete the first", MESSAGE, "[" DEL("A", 1) "]",
	"B: 2\r\na: 3\r\n\t4\r\n\r\nbody\r\n"},
    {"delete the last", MESSAGE, "[" DEL("A", -1) "]",
	"A: 1\r\nB: 2\r\n\r\nbody\r\n"},
    {"delete one that is not there", MESSAGE, "[" DEL("A", 3) "]", MESSAGE},
    {"twice the first", MESSAGE, "[" DEL("A", 1) "," DEL("A", 1) "]",
	"B: 2\r\n\r\nbody\r\n"},
    {"delete what was added", MESSAGE,
	"[" PRE("A", "0") "," DEL("A", 1) "," APP("A", "9") ","
	DEL("A", -1) "]", MESSAGE},
    {"replace", MESSAGE, "[" DEL("B", 0) "," PRE("B", "new") "]",
	"B: new\r\nA: 1\r\na: 3\r\n\t4\r\n\r\nbody\r\n"},
    {"a value that folds", MESSAGE, "[" PRE("X", "a;\\r\\n\\tb\\n c") "]",
	"X: a;\r\n\tb\r\n c\r\n" MESSAGE},
    {"a value that would be a field", MESSAGE,
	"[" PRE("X", "a\\r\\nBcc: b\\rc\\u0000d\\r\\n\\r\\nbody\\r\\n") "]",
	"X: a\r\n Bcc: bcd\r\n body\r\n" MESSAGE},
    {"a value with a blank in front", MESSAGE, "[" PRE("X", " a") "]",
	"X: a\r\n" MESSAGE},
    {"no body", "A: 1\r\n", "[" APP("X", "x") "]", "A: 1\r\nX: x\r\n"},
    {"no last line end", "A: 1", "[" APP("X", "x") "]",
	"A: 1\r\nX: x\r\n"},
    {"an empty message", "", "[" PRE("X", "x") "]", "X: x\r\n"},
    {"no header", "\r\nbody", "[" PRE("X", "x") "]", "X: x\r\n\r\nbody"},
    {"a body that begins at once", "no field\r\nA: 1\r\n",
	"[" PRE("X", "x") "]", "X: x\r\nno field\r\nA: 1\r\n"},
    {"a first line that would go on ours", " ; spf=pass\r\nA: 1\r\n\r\n",
	"[" PRE("X", "x") "]", "X: x\r\nA: 1\r\n\r\n"},
    {"an mbox line that would end the header", "From a b\r\nA: 1\r\n\r\n",
	"[" PRE("X", "x") "]", "X: x\r\nA: 1\r\n\r\n"},
    {"odd first lines stay where nothing is put on them",
	"From a b\r\nA: 1\r\n\r\n", "[" APP("X", "x") "]",
	"From a b\r\nA: 1\r\nX: x\r\n\r\n"},
};

static void
applies_operations_in_their_order(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct slice message = slice_text(rows[i].message);
		struct buf header = BUF_INIT;
		struct err err = ERR_INIT;
		size_t rest = 0;

		EXPECT(edit_header(message, slice_text(rows[i].ops),
		    SLICE_NONE, &header, &rest, &err) == 0);
		buf_append_slice(
		    &header, slice_part(message, rest, message.n));
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].want),
		    buf_slice(&header));
		buf_free(&header);
	}
}

static void
the_second_list_follows_the_first(void)
{
	struct buf header = BUF_INIT;
	size_t rest = 0;

	EXPECT(edit_header(SLICE("A: 1\r\n\r\n"), SLICE("[" PRE("X", "x") "]"),
	    SLICE("[" DEL("X", 0) "," PRE("Y", "y") "]"), &header, &rest,
	    NULL) == 0);
	EXPECT_SLICE("header", SLICE("Y: y\r\nA: 1\r\n"), buf_slice(&header));
	EXPECT_NUMBER("rest", 6, rest);
	buf_free(&header);
}

static void
refuses_what_is_no_operation(void)
{
	static const char *const lists[] = {"[{}]", "[7]",
	    "[{\"op\":\"prepend\",\"value\":\"x\"}]",
	    "[{\"op\":\"insert\",\"name\":\"X\",\"value\":\"x\"}]",
	    "[" PRE("X Y", "x") "]", "[" PRE("X:", "x") "]", "[" PRE("", "x")
	    "]", "[" PRE("X\\r\\nY", "x") "]", "[" PRE("\xc3\xa9", "x") "]"};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		struct buf header = BUF_INIT;
		struct err err = ERR_INIT;
		size_t rest;

		EXPECT_NUMBER(lists[i], -1, edit_header(SLICE(MESSAGE),
		    slice_text(lists[i]), SLICE_NONE, &header, &rest, &err));
		EXPECT_NUMBER(lists[i], ERR_MESSAGE, err.kind);
		buf_free(&header);
	}
}

static void
many_operations_on_many_fields_take_no_time(void)
{
	struct buf message = BUF_INIT, ops = BUF_INIT, header = BUF_INIT;
	int64_t start = clock_cpu_us();
	size_t rest;

	for (int i = 0; i < 6000; i++)
		buf_append_text(&message, "A: 1\r\n");
	buf_append_char(&ops, '[');
	for (int i = 0; i < EDIT_OPS_MAX; i++)
		buf_format(&ops, "%s" DEL("A", -5000), i ? "," : "");
	buf_append_char(&ops, ']');
	EXPECT(edit_header(buf_slice(&message), buf_slice(&ops), SLICE_NONE,
	    &header, &rest, NULL) == 0);
	EXPECT_NUMBER("fields beyond the limit stay", message.n, header.n);
	buf_truncate(&ops, ops.n - 1);
	buf_append_text(&ops, "," DEL("A", 1) "]");
	EXPECT(edit_header(buf_slice(&message), buf_slice(&ops), SLICE_NONE,
	    &header, &rest, NULL) < 0);
	EXPECT(clock_cpu_us() - start < 2000000);
	buf_free(&message);
	buf_free(&ops);
	buf_free(&header);
}

int
main(void)
{
	UNIT_RUN(applies_operations_in_their_order);
	UNIT_RUN(the_second_list_follows_the_first);
	UNIT_RUN(refuses_what_is_no_operation);
	UNIT_RUN(many_operations_on_many_fields_take_no_time);
	return UNIT_RESULT;
}
