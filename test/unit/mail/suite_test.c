/* SPDX-License-Identifier: ISC */
/*
 * The MIME suite of ../shared (header fields as JSON, messages with the tree
 * that is expected).  Where we read a case otherwise on purpose, the table of
 * differences says what we read and why: then exactly that is asserted.
 */
#include <glob.h>
#include <jansson.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/utf8.h"
#include "mail/address.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/message_id.h"
#include "mail/mime.h"
#include "mail/parameter.h"
#include "mail/received.h"
#include "suite_differences.h"
#include "unit.h"

#define SUITE "../shared/suites/mime/"

static size_t agreed, differed;

static const struct difference *
find_difference(const char *suite, size_t index)
{
	for (size_t i = 0;
	    i < sizeof(differences) / sizeof(differences[0]); i++)
		if (strcmp(differences[i].suite, suite) == 0 &&
		    differences[i].index == index)
			return &differences[i];
	return NULL;
}

static void
compare(const char *suite, size_t index, const struct buf *want,
    const struct buf *got)
{
	const struct difference *known = find_difference(suite, index);
	char label[200];

	snprintf(label, sizeof(label), "%s %zu", suite, index);
	if (known == NULL) {
		EXPECT_SLICE(label, buf_slice(want), buf_slice(got));
		agreed += slice_equal(buf_slice(want), buf_slice(got));
		return;
	}
	EXPECT_SLICE(label, slice_text(known->got), buf_slice(got));
	/* A difference that is none any more has to leave the table. */
	EXPECT(!slice_equal(buf_slice(want), buf_slice(got)));
	differed++;
}

static struct slice
string_of(const json_t *value)
{
	return json_is_string(value) ? slice_of(json_string_value(value),
	    json_string_length(value)) : SLICE_NONE;
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static long long
number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

typedef void case_fn(struct slice value, const json_t *expected,
    struct buf *want, struct buf *got);

static void
run_cases(const char *suite, case_fn *run)
{
	char path[200];
	json_t *cases, *item;
	size_t index;
	size_t before = agreed, before_differed = differed;

	snprintf(path, sizeof(path), SUITE "%s.json", suite);
	cases = json_load_file(path, JSON_ALLOW_NUL, NULL);
	EXPECT(json_array_size(cases) > 0);
	json_array_foreach(cases, index, item) {
		struct buf want = BUF_INIT, got = BUF_INIT;
		struct buf message = BUF_INIT;
		struct header h;

		/* The suite has raw values, some with more behind them. */
		buf_append_text(&message, "X:");
		buf_append_slice(&message,
		    string_of(json_object_get(item, "header")));
		header_parse(&h, buf_slice(&message));
		run(h.n > 0 ? h.fields[0].value : SLICE(""),
		    json_object_get(item, "expected"), &want, &got);
		compare(suite, index, &want, &got);
		header_free(&h);
		buf_free(&message);
		buf_free(&want);
		buf_free(&got);
	}
	printf("# %s: %zu agree, %zu differ with reasons, of %zu\n", suite,
	    agreed - before, differed - before_differed,
	    json_array_size(cases));
	json_decref(cases);
}

static void
want_addresses(const json_t *list, bool in_group, struct buf *want)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		buf_format(want, "%s%s%s<%s>", want->n == 0 ? "" : "|",
		    in_group ? "*" : "", text_of(item, "name"),
		    text_of(item, "address"));
}

static void
address_case(struct slice value, const json_t *expected, struct buf *want,
    struct buf *got)
{
	const json_t *group;
	struct address_list list;
	size_t i;

	want_addresses(json_object_get(expected, "List"), false, want);
	json_array_foreach(json_object_get(expected, "Group"), i, group)
		want_addresses(json_object_get(group, "addresses"),
		    json_is_string(json_object_get(group, "name")), want);
	address_list_parse(&list, value);
	for (i = 0; i < list.n; i++)
		buf_format(got, "%s%s%s<%s>", i == 0 ? "" : "|",
		    list.items[i].in_group ? "*" : "",
		    buf_text(&list.items[i].name),
		    buf_text(&list.items[i].text));
	address_list_free(&list);
}

static void
want_date(const json_t *d, struct buf *want)
{
	int64_t ms, offset = number_of(d, "tz_hour") * 60 +
	    number_of(d, "tz_minute");
	char text[CLOCK_TEXT_SIZE];

	if (!json_is_object(d))
		return;
	if (json_is_true(json_object_get(d, "tz_before_gmt")))
		offset = -offset;
	ms = ((clock_days((int)number_of(d, "year"),
	    (int)number_of(d, "month"), (int)number_of(d, "day")) * 24 +
	    number_of(d, "hour")) * 60 + number_of(d, "minute") - offset) *
	    60000 + number_of(d, "second") * 1000;
	buf_append_text(want, clock_rfc3339(ms, text));
}

static void
got_date(struct slice value, struct buf *got)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t ms;

	if (date_parse(value, &ms) == 0)
		buf_append_text(got, clock_rfc3339(ms, text));
}

static void
date_case(struct slice value, const json_t *expected, struct buf *want,
    struct buf *got)
{
	want_date(expected, want);
	got_date(value, got);
}

/* Their order is not compared. */
static int
compare_parameters(const void *a, const void *b)
{
	const struct parameter *x = a, *y = b;

	return strncasecmp(x->name.p, y->name.p,
	    x->name.n < y->name.n ? x->name.n + 1 : y->name.n + 1);
}

static void
put_parameters(struct parameter *items, size_t n, struct buf *out)
{
	if (n > 1)
		qsort(items, n, sizeof(*items), compare_parameters);
	for (size_t i = 0; i < n; i++) {
		buf_append_char(out, ';');
		for (size_t k = 0; k < items[i].name.n; k++)
			buf_append_char(out, ascii_lower(items[i].name.p[k]));
		buf_append_char(out, '=');
		buf_append_slice(out, buf_slice(&items[i].value));
	}
}

static void
want_parameters(const json_t *pairs, struct buf *want)
{
	struct parameter items[PARAMETERS_MAX];
	const json_t *pair;
	size_t i, n = 0;

	json_array_foreach(pairs, i, pair) {
		struct slice name = string_of(json_array_get(pair, 0));

		/* We keep no languages of parameters. */
		if (slice_ends(name, "-language"))
			continue;
		items[n].name = name;
		items[n].value = (struct buf)BUF_INIT;
		buf_append_slice(&items[n].value,
		    string_of(json_array_get(pair, 1)));
		n++;
	}
	put_parameters(items, n, want);
	while (n > 0)
		buf_free(&items[--n].value);
}

static void
content_type_case(struct slice value, const json_t *expected,
    struct buf *want, struct buf *got)
{
	struct parameter_list list;
	size_t i;

	buf_format(want, "%s/%s", text_of(expected, "c_type"),
	    text_of(expected, "c_subtype"));
	parameter_list_parse(&list, value);
	want_parameters(json_object_get(expected, "attributes"), want);
	for (i = 0; i < list.type.n; i++)
		buf_append_char(got, ascii_lower(list.type.p[i]));
	buf_append_char(got, '/');
	for (i = 0; i < list.subtype.n; i++)
		buf_append_char(got, ascii_lower(list.subtype.p[i]));
	put_parameters(list.items, list.n, got);
	parameter_list_free(&list);
}

static void
id_case(struct slice value, const json_t *expected, struct buf *want,
    struct buf *got)
{
	const json_t *item;
	struct slice id;
	size_t i;

	json_array_foreach(expected, i, item)
		buf_format(want, "<%s>", json_string_value(item));
	while (message_id_next(&value, &id))
		buf_format(got, "<%.*s>", SLICE_ARG(id));
}

static void
unstructured_case(struct slice value, const json_t *expected,
    struct buf *want, struct buf *got)
{
	buf_append_slice(want, string_of(expected));
	header_decode(value, got);
}

/* Items between commas, as of Keywords (RFC 5322, 3.6.5). */
static void
list_case(struct slice value, const json_t *expected, struct buf *want,
    struct buf *got)
{
	const json_t *item;
	struct buf text = BUF_INIT;
	struct slice rest, part;
	size_t i;

	json_array_foreach(expected, i, item)
		buf_format(want, "%s|", json_string_value(item));
	header_decode(value, &text);
	for (rest = buf_slice(&text); rest.p != NULL;) {
		part = slice_trim(slice_cut(&rest, ','));
		if (part.n > 0)
			buf_format(got, "%.*s|", SLICE_ARG(part));
	}
	buf_free(&text);
}

static void
put_host(struct buf *out, const char *label, const json_t *host)
{
	const char *name = text_of(host, "Name");

	if (name[0] == '\0')
		name = text_of(host, "IpAddr");
	if (name[0] != '\0')
		buf_format(out, "%s=%s ", label, name);
}

static void
put_slice(struct buf *out, const char *label, struct slice s)
{
	if (s.n > 0)
		buf_format(out, "%s=%.*s ", label, SLICE_ARG(s));
}

static void
put_text(struct buf *out, const char *label, const json_t *o, const char *name)
{
	put_slice(out, label, slice_text(text_of(o, name)));
}

static struct slice
without_brackets(struct slice s)
{
	if (s.n > 1 && s.p[0] == '[')
		s = slice_part(s, 1, slice_find(s, ']'));
	return slice_case_starts(s, "ipv6:") ? slice_part(s, 5, s.n) : s;
}

static void
received_case(struct slice value, const json_t *expected, struct buf *want,
    struct buf *got)
{
	struct received r;

	put_host(want, "from", json_object_get(expected, "from"));
	/* We give the address also where it stands in place of the name. */
	if (json_is_string(json_object_get(expected, "from_ip")))
		put_text(want, "ip", expected, "from_ip");
	else
		put_text(want, "ip", json_object_get(expected, "from"),
		    "IpAddr");
	put_host(want, "by", json_object_get(expected, "by"));
	put_host(want, "helo", json_object_get(expected, "helo"));
	put_text(want, "id", expected, "id");
	put_text(want, "for", expected, "for_");
	want_date(json_object_get(expected, "date"), want);
	received_parse(&r, value);
	put_slice(got, "from", without_brackets(r.from));
	put_slice(got, "ip", r.ip);
	put_slice(got, "by", without_brackets(r.by));
	put_slice(got, "helo", without_brackets(r.helo));
	put_slice(got, "id", r.id);
	put_slice(got, "for", r.recipient);
	if (r.date.n > 0)
		got_date(r.date, got);
}

/* Octets as length and FNV-1a: enough to tell whether they are the same. */
static void
put_octets(struct buf *out, struct slice s)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * 16777619u;
	buf_format(out, " %zu:%08x", s.n, hash);
}

static void
put_binary(struct buf *out, const json_t *array)
{
	struct buf octets = BUF_INIT;
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
		buf_append_char(&octets, (char)json_integer_value(item));
	put_octets(out, buf_slice(&octets));
	buf_free(&octets);
}

static void want_tree(const json_t *message, struct buf *want);

static void
want_body(const json_t *part, struct buf *want)
{
	const json_t *body = json_object_get(part, "body");
	const char *kind = json_object_iter_key(
	    json_object_iter((json_t *)(uintptr_t)body));
	const json_t *value = json_object_get(body, kind);

	if (strcmp(kind, "Multipart") == 0) {
		buf_append_text(want, "-\n");
	} else if (strcmp(kind, "Message") == 0) {
		buf_format(want, "%lld\n", number_of(part, "offset_end"));
		want_tree(value, want);
	} else {
		buf_format(want, "%lld", number_of(part, "offset_end"));
		if (json_is_string(value))
			put_octets(want, string_of(value));
		else
			put_binary(want, value);
		buf_append_char(want, '\n');
	}
}

/* `TYPE/SUBTYPE HEADER-BODY-END LENGTH:HASH' for each part; the type only
 * where the header has one, no end of multiparts. */
static void
want_tree(const json_t *message, struct buf *want)
{
	const json_t *part, *field;
	size_t i, k;

	json_array_foreach(json_object_get(message, "parts"), i, part) {
		json_array_foreach(json_object_get(part, "headers"), k, field) {
			const json_t *type = json_object_get(
			    json_object_get(field, "value"), "ContentType");

			if (strcmp(text_of(field, "name"),
			    "content_type") == 0 && type != NULL) {
				buf_format(want, "%s/%s ",
				    text_of(type, "c_type"),
				    text_of(type, "c_subtype"));
				break;
			}
		}
		buf_format(want, "%lld-%lld-",
		    number_of(part, "offset_header"),
		    number_of(part, "offset_body"));
		want_body(part, want);
	}
}

static void
got_body(const struct mime_part *part, struct buf *got)
{
	struct buf octets = BUF_INIT;

	if (mime_part_is(part, "text", NULL))
		mime_part_text(part, &octets);
	else
		mime_part_decode(part, &octets);
	put_octets(got, buf_slice(&octets));
	buf_free(&octets);
}

static void
got_tree(struct slice message, struct buf *got)
{
	struct mime m;

	mime_parse(&m, message, NULL);
	for (size_t i = 0; i < m.n; i++) {
		const struct mime_part *part = &m.parts[i];
		size_t body = (size_t)(part->body.p - message.p);

		if (part->content_type.p != NULL) {
			for (size_t k = 0; k < part->type.n; k++)
				buf_append_char(got,
				    ascii_lower(part->type.p[k]));
			buf_append_char(got, '/');
			for (size_t k = 0; k < part->subtype.n; k++)
				buf_append_char(got,
				    ascii_lower(part->subtype.p[k]));
			buf_append_char(got, ' ');
		}
		buf_format(got, "%zu-%zu-",
		    (size_t)(part->header.p - message.p), body);
		if (mime_part_is(part, "multipart", NULL)) {
			buf_append_char(got, '-');
		} else {
			buf_format(got, "%zu", body + part->body.n);
			if (!part->has_children)
				got_body(part, got);
		}
		buf_append_char(got, '\n');
	}
	mime_free(&m);
}

/* As the trees have it: without any CR, or with one before each LF. */
static void
with_line_ends(struct slice text, bool crlf, struct buf *out)
{
	bool has = slice_find_text(text, SLICE("\r\n")) < text.n;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\r' && !crlf)
			continue;
		if (text.p[i] == '\n' && crlf && !has)
			buf_append_char(out, '\r');
		buf_append_char(out, text.p[i]);
	}
}

static void
run_message(const char *folder, const char *path, size_t index, bool crlf)
{
	struct buf text = BUF_INIT, message = BUF_INIT;
	struct buf want = BUF_INIT, got = BUF_INIT;
	struct err err = ERR_INIT;
	char json_path[300];
	json_t *tree;

	snprintf(json_path, sizeof(json_path), "%.*s%s.json",
	    (int)strlen(path) - 4, path, crlf ? ".crlf" : "");
	tree = json_load_file(json_path, JSON_ALLOW_NUL, NULL);
	EXPECT(tree != NULL);
	EXPECT(io_read_file(path, &text, &err) == 0);
	with_line_ends(buf_slice(&text), crlf, &message);
	want_tree(tree, &want);
	got_tree(buf_slice(&message), &got);
	compare(folder, index, &want, &got);
	json_decref(tree);
	buf_free(&text);
	buf_free(&message);
	buf_free(&want);
	buf_free(&got);
}

static void
run_messages(const char *folder)
{
	size_t before = agreed, before_differed = differed;
	char pattern[200];
	glob_t found = {0};

	snprintf(pattern, sizeof(pattern), SUITE "%s/*.eml", folder);
	EXPECT(glob(pattern, 0, NULL, &found) == 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		run_message(folder, found.gl_pathv[i], 2 * i, false);
		run_message(folder, found.gl_pathv[i], 2 * i + 1, true);
	}
	printf("# %s: %zu agree, %zu differ with reasons, of %zu\n", folder,
	    agreed - before, differed - before_differed, 2 * found.gl_pathc);
	globfree(&found);
}

static void
agrees_with_the_suite_on_addresses(void)
{
	run_cases("address", address_case);
}

static void
agrees_with_the_suite_on_dates(void)
{
	run_cases("date", date_case);
}

static void
agrees_with_the_suite_on_content_types(void)
{
	run_cases("content_type", content_type_case);
}

static void
agrees_with_the_suite_on_message_ids(void)
{
	run_cases("id", id_case);
}

static void
agrees_with_the_suite_on_text(void)
{
	run_cases("unstructured", unstructured_case);
}

static void
agrees_with_the_suite_on_lists(void)
{
	run_cases("list", list_case);
}

static void
agrees_with_the_suite_on_received(void)
{
	run_cases("received", received_case);
}

static void
agrees_with_the_suite_on_mime_trees(void)
{
	run_messages("eml/rfc");
	run_messages("eml/legacy");
}

int
main(void)
{
	if (access(SUITE, R_OK) != 0) {
		printf("1..0 # skip no " SUITE " here\n");
		return 0;
	}
	UNIT_RUN(agrees_with_the_suite_on_addresses);
	UNIT_RUN(agrees_with_the_suite_on_dates);
	UNIT_RUN(agrees_with_the_suite_on_content_types);
	UNIT_RUN(agrees_with_the_suite_on_message_ids);
	UNIT_RUN(agrees_with_the_suite_on_text);
	UNIT_RUN(agrees_with_the_suite_on_lists);
	UNIT_RUN(agrees_with_the_suite_on_received);
	UNIT_RUN(agrees_with_the_suite_on_mime_trees);
	printf("# suite: %zu agree, %zu differ with reasons\n", agreed,
	    differed);
	return UNIT_RESULT;
}
