/* SPDX-License-Identifier: ISC */
/*
 * JSON: what the check lets through and what it refuses, reading in place,
 * and writing.
 */
#include "base/json.h"

#include <stdlib.h>

#include "base/clock.h"
#include "unit.h"

static bool
passes(const char *text)
{
	struct err err = ERR_INIT;

	return json_check(slice_text(text), &err) == 0;
}

static void
accepts_what_rfc_8259_allows(void)
{
	static const char *const texts[] = {"{}", "[]", " [ ] ", "\t{\r\n}\n",
	    "null", "true", "false", "0", "-0", "12.5", "1e3", "1E+3", "1.5e-3",
	    "\"\"", "\"a\"", "[1,2,3]", "[[],[[]]]",
	    "{\"a\":1,\"b\":{\"a\":2}}", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
	    "\"\\u0000\\u00e9\\uFFFF\"", "\"\\ud83d\\ude00\"",
	    "\"\x7f gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\"",
	    "9007199254740992", "-9007199254740992", "1e400",
	    "{\"\":1,\"a\":2}", "{\"a\":1,\"A\":2}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		EXPECT_NUMBER(texts[i], true, passes(texts[i]));
}

static void
refuses_everything_else(void)
{
	static const char *const texts[] = {"", " ", "{", "}", "[", "]", "[1",
	    "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}",
	    "[1,]", "[,1]", "{,}", "{a:1}", "{1:1}", "{\"a\" 1}", "[1 2]",
	    "[1}", "{\"a\":1]", "1 2", "{}{}", "nul", "nulll", "True", "NaN",
	    "01", "-", "-a", "+1", ".5", "1.", "1e", "1e+", "0x10", "'a'",
	    "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
	    "\"a\nb\"", "\"abcdefgh\x01zzzzzzzz\"", "\"\\ud800\"",
	    "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\x80\"", "\"\xc0\xaf\"",
	    "\"\xe0\x80\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
	    "\"\xf0\x9f\x98\"", "\xef\xbb\xbf{}", "/**/{}",
	    "9007199254740993", "-9007199254740993", "99999999999999999999",
	    "184467440737095516160"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		EXPECT_NUMBER(texts[i], false, passes(texts[i]));
}

static void
a_nul_is_no_white_space(void)
{
	struct err err = ERR_INIT;

	EXPECT(json_check(slice_of("{}\0", 3), &err) < 0);
	EXPECT(json_check(slice_of("\"a\0b\"", 5), &err) < 0);
	EXPECT(json_check(slice_of("\"\\\0\"", 4), &err) < 0);
	EXPECT_NUMBER("kind", ERR_MESSAGE, err.kind);
}

static void
the_same_name_twice_is_an_error_however_it_is_written(void)
{
	EXPECT(!passes("{\"a\":1,\"a\":2}"));
	EXPECT(!passes("{\"a\":1,\"b\":2,\"\\u0061\":3}"));
	EXPECT(!passes("{\"x\":{\"\\n\":1,\"\\u000a\":2}}"));
	EXPECT(!passes("[{\"\":1,\"\":2}]"));
	EXPECT(passes("[{\"a\":1},{\"a\":1}]"));
	EXPECT(passes("{\"a\":{\"b\":1},\"b\":{\"a\":1}}"));
	/* long enough to be sorted, equal ones far apart */
	EXPECT(!passes("{\"k1\":1,\"k2\":1,\"k3\":1,\"k4\":1,\"k5\":1,\"k6\":1,"
		       "\"k7\":1,\"k8\":1,\"k9\":1,\"k10\":1,\"k1\":1}"));
	EXPECT(passes("{\"k1\":1,\"k2\":1,\"k3\":1,\"k4\":1,\"k5\":1,\"k6\":1,"
		      "\"k7\":1,\"k8\":1,\"k9\":1,\"k10\":1,\"k11\":1}"));
}

static void
depth_is_limited_to_32(void)
{
	char text[67];

	memset(text, '[', 33);
	memset(text + 33, ']', 33);
	text[66] = '\0';
	EXPECT(!passes(text));
	EXPECT(json_check(slice_of(text + 1, 64), NULL) == 0);
}

static void
a_mebibyte_of_names_costs_a_sort_and_no_more(void)
{
	struct buf text = BUF_INIT;
	int64_t start = clock_cpu_us();

	buf_append_char(&text, '{');
	for (int i = 0; text.n < 1 << 20; i++)
		buf_format(&text, "%s\"\\u0078%07d\":0", i ? "," : "", i);
	buf_append_char(&text, '}');
	EXPECT(json_check(buf_slice(&text), NULL) == 0);
	/* all pairs would be 10^9 comparisons */
	EXPECT(clock_cpu_us() - start < 1000000);
	buf_free(&text);
}

static void
says_where_the_fault_is(void)
{
	struct err err = ERR_INIT;

	EXPECT(json_check(SLICE("{\"a\":tru}"), &err) < 0);
	EXPECT_SLICE("text", SLICE("no JSON: no value at octet 5"),
	    slice_text(err.text));
}

static const char sample[] =
    "{\"fe\":1 , \"id\":\"01X\",\"a\":{\"b\":[1,{\"c\":\"d\\\"}\"},\"]\"]},"
    "\"\\u0065scaped\":true,\"n\":-12,\"r\":1.25e1,\"s\":\"\\u20ac\\n\","
    "\"z\":null}";

static void
gets_members_by_path(void)
{
	static const struct {
		const char *path, *want;
	} rows[] = {{"fe", "1"}, {"id", "\"01X\""},
	    {"a.b.1.c", "\"d\\\"}\""}, {"a.b.2", "\"]\""}, {"a.b.3", NULL},
	    {"a.b.x", NULL}, {"a.c", NULL}, {"id.x", NULL}, {"escaped", "true"},
	    {"z", "null"}, {"", NULL}, {"a.b.1", "{\"c\":\"d\\\"}\"}"}};

	EXPECT(passes(sample));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct slice got = json_get(slice_text(sample), rows[i].path);

		EXPECT_SLICE(rows[i].path, slice_text(rows[i].want), got);
		EXPECT_NUMBER(rows[i].path, rows[i].want == NULL,
		    got.p == NULL);
	}
	EXPECT_NUMBER("members", 8, json_count(slice_text(sample)));
	EXPECT_NUMBER("items", 3,
	    json_count(json_get(slice_text(sample), "a.b")));
	EXPECT_NUMBER("of a string", 0, json_count(SLICE("\"ab\"")));
}

static void
walks_in_order(void)
{
	struct json_walk walk = json_walk(SLICE(" { \"a\" : 1 , \"b\":[ ] } "));
	struct slice name, item;

	EXPECT(json_next(&walk, &name, &item));
	EXPECT_SLICE("first", SLICE("a"), name);
	EXPECT_SLICE("first", SLICE("1"), item);
	EXPECT(json_next(&walk, &name, &item));
	EXPECT_SLICE("second", SLICE("b"), name);
	EXPECT_SLICE("second", SLICE("[ ]"), item);
	EXPECT(!json_next(&walk, &name, &item));
	EXPECT(!json_next(&walk, &name, &item));
}

static void
reads_strings_and_numbers(void)
{
	struct slice s = slice_text(sample);
	struct buf out = BUF_INIT;
	int64_t n = 0;
	double r = 0;

	EXPECT(json_string(json_get(s, "s"), &out) == 0);
	EXPECT_SLICE("unescaped", SLICE("\xe2\x82\xac\n"), buf_slice(&out));
	EXPECT(json_string(json_get(s, "n"), &out) < 0);
	EXPECT(json_string(SLICE_NONE, &out) < 0);
	buf_truncate(&out, 0);
	EXPECT(json_string(SLICE("\"\\ud83d\\ude00\\/\\u0000\""), &out) == 0);
	EXPECT_SLICE("a pair, a slash and a NUL",
	    slice_of("\xf0\x9f\x98\x80/\0", 6), buf_slice(&out));
	EXPECT(json_string_is(json_get(s, "s"), "\xe2\x82\xac\n"));
	EXPECT(!json_string_is(json_get(s, "s"), "\xe2\x82\xac"));
	EXPECT(json_integer(json_get(s, "n"), &n) == 0 && n == -12);
	EXPECT(json_integer(json_get(s, "r"), &n) < 0);
	EXPECT(json_real(json_get(s, "r"), &r) == 0 && r == 12.5);
	EXPECT(json_real(SLICE("1e400"), &r) < 0);
	EXPECT(json_is_true(json_get(s, "escaped")));
	EXPECT_SLICE("plain", SLICE("01X"), json_plain(json_get(s, "id")));
	EXPECT(json_plain(json_get(s, "s")).p == NULL);
	buf_free(&out);
}

static void
a_full_buffer_is_told(void)
{
	struct buf small = BUF_LIMITED(4);
	struct json_writer w = JSON_WRITER(&small);

	EXPECT(json_string(SLICE("\"abcde\""), &small) < 0);
	json_open_array(&w, NULL);
	json_put_text(&w, NULL, "abcdef");
	json_close_array(&w);
	EXPECT(w.failed);
	buf_free(&small);
}

static void
writes_what_it_can_read(void)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER(&out);

	json_open_object(&w, NULL);
	json_put_integer(&w, "i", -5);
	json_put_slice(&w, "s",
	    slice_of("a\"\\\n\x01\0\xff\xc3\xa9\xc3", 10));
	json_open_array(&w, "l");
	json_put_bool(&w, NULL, false);
	json_put_null(&w, NULL);
	json_open_object(&w, NULL);
	json_close_object(&w);
	json_put_raw(&w, NULL, SLICE("[1]"));
	json_close_array(&w);
	json_put_real(&w, "r", 0.1250, 6);
	json_put_real(&w, "w", 3, 2);
	json_put_real(&w, "h", 1e300, 2);
	json_put_real(&w, "x", 0.0 / 0.0, 2);
	json_close_object(&w);
	EXPECT(!w.failed);
	EXPECT_SLICE("text",
	    SLICE("{\"i\":-5,\"s\":\"a\\\"\\\\\\n\\u0001\\u0000\xef\xbf\xbd"
		  "\xc3\xa9\xef\xbf\xbd\",\"l\":[false,null,{},[1]],"
		  "\"r\":0.125,\"w\":3,\"h\":1.0000000000000001e+300,"
		  "\"x\":null}"),
	    buf_slice(&out));
	EXPECT(json_check(buf_slice(&out), NULL) == 0);
	buf_free(&out);
}

static void
writes_whole_numbers_of_any_size(void)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER(&out);

	json_open_array(&w, NULL);
	json_put_integer(&w, NULL, 0);
	json_put_integer(&w, NULL, 9);
	json_put_integer(&w, NULL, 10);
	json_put_integer(&w, NULL, -1);
	json_put_integer(&w, NULL, INT64_MAX);
	json_put_integer(&w, NULL, INT64_MIN);
	json_close_array(&w);
	EXPECT_SLICE("text", SLICE("[0,9,10,-1,9223372036854775807,"
	    "-9223372036854775808]"), buf_slice(&out));
	buf_free(&out);
}

static void
broken_text_never_leads_a_walk_astray(void)
{
	static const char *const texts[] = {"{\"", "{\"a", "{\"a\"", "{\"a\":",
	    "[\"\\", "[[[", "{]", "[}", "{\"a\":}", "[,,", "{:", "\"",
	    "[\"\\\"]"};
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		/* in a buffer of its own size, so that ASan sees one octet */
		size_t n = strlen(texts[i]);
		char *copy = malloc(n);

		memcpy(copy, texts[i], n);
		EXPECT(json_count(slice_of(copy, n)) <= n);
		EXPECT(json_get(slice_of(copy, n), "a.b").p == NULL);
		free(copy);
	}
	buf_free(&out);
}

int
main(void)
{
	UNIT_RUN(accepts_what_rfc_8259_allows);
	UNIT_RUN(refuses_everything_else);
	UNIT_RUN(a_nul_is_no_white_space);
	UNIT_RUN(the_same_name_twice_is_an_error_however_it_is_written);
	UNIT_RUN(depth_is_limited_to_32);
	UNIT_RUN(a_mebibyte_of_names_costs_a_sort_and_no_more);
	UNIT_RUN(says_where_the_fault_is);
	UNIT_RUN(gets_members_by_path);
	UNIT_RUN(walks_in_order);
	UNIT_RUN(reads_strings_and_numbers);
	UNIT_RUN(a_full_buffer_is_told);
	UNIT_RUN(writes_what_it_can_read);
	UNIT_RUN(writes_whole_numbers_of_any_size);
	UNIT_RUN(broken_text_never_leads_a_walk_astray);
	return UNIT_RESULT;
}
