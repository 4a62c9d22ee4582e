/* SPDX-License-Identifier: ISC */
#include "record/meta.h"

#include "unit.h"

static void
expect_line(const char *label, const struct meta *m, const char *want)
{
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	EXPECT(meta_write(m, &out, &err) == 0);
	EXPECT_SLICE(label, slice_text(want), buf_slice(&out));
	buf_free(&out);
}

static void
what_nobody_touches_is_written_back_octet_for_octet(void)
{
	struct meta m;

	EXPECT(meta_parse(&m, SLICE("{\"fe\":1,\"x\": [ 1 , 2 ],"
	    "\"id\":\"A\",\"\\u0079\":1e2,\"z\":{ }}"), NULL) == 0);
	expect_line("as it was", &m, "{\"fe\":1,\"x\":[ 1 , 2 ],"
	    "\"id\":\"A\",\"\\u0079\":1e2,\"z\":{ }}\n");
	meta_set_text(&m, "id", SLICE("B"));
	meta_set(&m, "x", SLICE_NONE);
	meta_set(&m, "not there", SLICE_NONE);
	meta_set(&m, "y", SLICE("true"));
	meta_set_integer(&m, "n", 7);
	meta_set_integer(&m, "n", 8);
	expect_line("set, deleted, appended", &m, "{\"fe\":1,\"id\":\"B\","
	    "\"\\u0079\":true,\"z\":{ },\"n\":8}\n");
	meta_free(&m);
}

static void
only_records_of_version_1_are_read(void)
{
	static const struct {
		const char *line, *fault;
	} rows[] = {
	    {"", "a meta is no record: no JSON: it is empty"},
	    {"[]", "a meta is no record: it does not begin with \"fe\":1"},
	    {"[1]", "a meta is no record: it does not begin with \"fe\":1"},
	    {"{}", "a meta is no record: it does not begin with \"fe\":1"},
	    {"{\"id\":\"A\",\"fe\":1}",
		"a meta is no record: it does not begin with \"fe\":1"},
	    {"{\"fe\":2,\"id\":\"A\"}",
		"a record has the format version '2', known is 1"},
	    {"{\"fe\":1,\"a\":1,\"a\":2}", "a meta is no record: no JSON: the "
		"same name twice at octet 20"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err err = ERR_INIT;
		struct meta m;

		EXPECT(meta_parse(&m, slice_text(rows[i].line), &err) < 0);
		EXPECT_NUMBER(rows[i].line, ERR_MESSAGE, err.kind);
		EXPECT_SLICE(rows[i].line, slice_text(rows[i].fault),
		    slice_text(err.text));
	}
}

static void
a_line_of_a_mebibyte_is_refused(void)
{
	struct buf line = BUF_INIT;
	struct meta m;

	buf_append_text(&line, "{\"fe\":1,\"x\":\"");
	while (line.n < META_SIZE_MAX - 3)
		buf_append_char(&line, 'x');
	buf_append_text(&line, "\"}");
	EXPECT_NUMBER("length", META_SIZE_MAX - 1, line.n);
	EXPECT(meta_parse(&m, buf_slice(&line), NULL) == 0);
	meta_set_integer(&m, "y", 1);
	buf_truncate(&line, 0);
	EXPECT(meta_write(&m, &line, NULL) < 0);
	EXPECT_NUMBER("nothing written", 0, line.n);
	meta_set(&m, "y", SLICE_NONE);
	EXPECT(meta_write(&m, &line, NULL) == 0);
	EXPECT_NUMBER("with its LF", META_SIZE_MAX, line.n);
	meta_free(&m);
	buf_truncate(&line, line.n - 3);
	buf_append_text(&line, "x\"}");
	EXPECT(meta_parse(&m, buf_slice(&line), NULL) < 0);
	buf_free(&line);
}

static void
gives_the_typed_view(void)
{
	struct meta m;

	meta_parse(&m, SLICE("{\"fe\":1,\"id\":\"01X\",\"size\":12,"
	    "\"deadline\":\"1970-01-01T00:00:01.500Z\","
	    "\"client\":{\"tls\":{\"version\":\"1.3\"}}}"), NULL);
	EXPECT_SLICE("id", SLICE("01X"), meta_id(&m));
	EXPECT_NUMBER("size", 12, meta_size(&m));
	EXPECT_NUMBER("deadline", 1500, meta_deadline_ms(&m));
	EXPECT_SLICE("by path", SLICE("\"1.3\""),
	    meta_at(&m, "client.tls.version"));
	EXPECT(meta_at(&m, "client.ip").p == NULL);
	EXPECT(meta_at(&m, "no.such").p == NULL);
	meta_free(&m);
	meta_init(&m);
	EXPECT(meta_id(&m).p == NULL);
	EXPECT_NUMBER("no size", -1, meta_size(&m));
	EXPECT_NUMBER("no deadline", -1, meta_deadline_ms(&m));
	meta_free(&m);
}

static void
timing_keeps_the_entries_of_others(void)
{
	struct meta m;

	meta_parse(&m, SLICE("{\"fe\":1,\"timing\":{\"a\\\"b\":{\"cpu\":1},"
	    "\"fe-x\":{\"cpu\":9}}}"), NULL);
	meta_add_timing(&m, "fe-x", 1250, 2000000);
	expect_line("replaced", &m, "{\"fe\":1,\"timing\":{\"a\\\"b\":"
	    "{\"cpu\":1},\"fe-x\":{\"cpu\":1.25,\"wall\":2000}}}\n");
	meta_free(&m);
}

static void
header_operations_are_added_and_dropped_by_owner(void)
{
	struct meta m;

	meta_init(&m);
	EXPECT(meta_add_header_op(&m, HEADER_PREPEND, "A", SLICE("x\"y"), 0,
	    "fe-x") == 0);
	EXPECT(meta_add_header_op(&m, HEADER_DELETE, "B", SLICE_NONE, -1,
	    "fe-y") == 0);
	expect_line("added", &m, "{\"fe\":1,\"headers\":[{\"op\":\"prepend\","
	    "\"name\":\"A\",\"value\":\"x\\\"y\",\"by\":\"fe-x\"},"
	    "{\"op\":\"delete\",\"name\":\"B\",\"index\":-1,"
	    "\"by\":\"fe-y\"}]}\n");
	meta_drop_header_ops(&m, "fe-x");
	expect_line("dropped", &m, "{\"fe\":1,\"headers\":[{\"op\":\"delete\","
	    "\"name\":\"B\",\"index\":-1,\"by\":\"fe-y\"}]}\n");
	meta_drop_header_ops(&m, "fe-y");
	expect_line("all dropped", &m, "{\"fe\":1}\n");
	meta_free(&m);
}

static void
header_operations_have_their_share_and_no_more(void)
{
	struct buf value = BUF_INIT, out = BUF_INIT;
	struct meta m;
	int added = 0;

	for (int i = 0; i < 10000; i++)
		buf_append_char(&value, 'v');
	meta_init(&m);
	while (meta_add_header_op(&m, HEADER_APPEND, "A", buf_slice(&value),
		   0, "fe-x") == 0)
		added++;
	EXPECT_NUMBER("added", 26, added);
	EXPECT_NUMBER("kept", 26, json_count(meta_get(&m, "headers")));
	EXPECT(meta_write(&m, &out, NULL) == 0);
	meta_free(&m);
	buf_free(&value);
	buf_free(&out);
}

static void
knows_verdicts(void)
{
	static const struct {
		const char *verdict;
		enum verdict_action action;
		bool final;
	} rows[] = {{"{\"action\":\"accept\"}", VERDICT_ACCEPT, false},
	    {"{\"action\":\"junk\"}", VERDICT_JUNK, false},
	    {"{\"action\":\"quarantine\"}", VERDICT_QUARANTINE, false},
	    {"{\"action\":\"reject\"}", VERDICT_REJECT, true},
	    {"{\"action\":\"discard\"}", VERDICT_DISCARD, true},
	    {"{\"action\":\"tempfail\"}", VERDICT_TEMPFAIL, true},
	    {"{\"action\":\"Reject\"}", VERDICT_NONE, false},
	    {"{}", VERDICT_NONE, false}, {"7", VERDICT_NONE, false}};
	struct meta m;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		EXPECT_NUMBER(rows[i].verdict, rows[i].action,
		    verdict_action(slice_text(rows[i].verdict)));
		EXPECT_NUMBER(rows[i].verdict, rows[i].final,
		    verdict_is_final(rows[i].action));
	}
	EXPECT_NUMBER("none", VERDICT_NONE, verdict_action(SLICE_NONE));
	meta_init(&m);
	meta_set_tempfail(&m, "fe-x", "no \"luck\"");
	expect_line("tempfail", &m, "{\"fe\":1,\"verdict\":{\"action\":"
	    "\"tempfail\",\"code\":451,\"enhanced\":\"4.3.0\",\"text\":"
	    "\"no \\\"luck\\\"\",\"by\":\"fe-x\"}}\n");
	meta_free(&m);
}

static void
a_copy_lives_on_its_own(void)
{
	struct meta m, copy;

	meta_parse(&m, SLICE("{\"fe\":1,\"id\":\"A\"}"), NULL);
	meta_copy(&copy, &m);
	meta_free(&m);
	expect_line("copy", &copy, "{\"fe\":1,\"id\":\"A\"}\n");
	meta_free(&copy);
}

int
main(void)
{
	UNIT_RUN(what_nobody_touches_is_written_back_octet_for_octet);
	UNIT_RUN(only_records_of_version_1_are_read);
	UNIT_RUN(a_line_of_a_mebibyte_is_refused);
	UNIT_RUN(gives_the_typed_view);
	UNIT_RUN(timing_keeps_the_entries_of_others);
	UNIT_RUN(header_operations_are_added_and_dropped_by_owner);
	UNIT_RUN(header_operations_have_their_share_and_no_more);
	UNIT_RUN(knows_verdicts);
	UNIT_RUN(a_copy_lives_on_its_own);
	return UNIT_RESULT;
}
