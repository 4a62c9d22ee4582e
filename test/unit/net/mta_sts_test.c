/* SPDX-License-Identifier: ISC */
/*
 * MTA-STS: the suite of ../shared (texts with verdicts), and what a policy
 * covers.
 */
#include "net/mta_sts.h"

#include <jansson.h>
#include <unistd.h>

#include "unit.h"

#define SUITE "../shared/suites/mta-sts/mox-parse.json"
#define SUITE_SIZE 42

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static void
agrees_with_the_suite(void)
{
	json_t *suite = json_load_file(SUITE, 0, NULL);
	size_t n = 0, i;
	json_t *item;

	json_array_foreach(suite, i, item) {
		struct slice text = slice_of(
		    json_string_value(json_object_get(item, "input")),
		    json_string_length(json_object_get(item, "input")));
		struct mta_sts_policy policy;
		struct slice id;
		const char *why = NULL;
		bool valid = strcmp(text_of(item, "test"), "TestRecord") == 0 ?
		    mta_sts_record_parse(text, &id, &why) == 0 :
		    mta_sts_policy_parse(&policy, text, &why) == 0;

		EXPECT_NUMBER(text_of(item, "input"),
		    strcmp(text_of(item, "expect"), "valid") == 0, valid);
		n++;
	}
	EXPECT_NUMBER("texts", SUITE_SIZE, n);
	json_decref(suite);
}

static void
reads_the_fields_of_a_policy(void)
{
	static const char text[] = "version: STSv1\r\nmode: enforce\r\n"
	    "mx: mail.example.com\r\nmx: *.Example.net\r\n\r\n"
	    "mode: none\r\nmax_age: 86400\r\nmax_age: 1\r\n";
	struct mta_sts_policy policy;
	const char *why;

	EXPECT(mta_sts_policy_parse(&policy, SLICE(text), &why) == 0);
	EXPECT_NUMBER("the first mode", MTA_STS_ENFORCE, policy.mode);
	EXPECT_NUMBER("the first age", 86400, policy.max_age_s);
	EXPECT_NUMBER("mx", 2, policy.mx_n);
	EXPECT_SLICE("mx 1", SLICE("*.Example.net"), policy.mx[1]);
}

static void
bounds_the_age(void)
{
	struct mta_sts_policy policy;
	const char *why;

	EXPECT(mta_sts_policy_parse(&policy, SLICE("version: STSv1\n"
	    "mode: none\nmax_age: 9999999999"), &why) == 0);
	EXPECT_NUMBER("age", 31557600, policy.max_age_s);
}

static void
names_what_is_wrong(void)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"version: STSv1\nmode: x", "the mode is not enforce, "
		    "testing or none"},
		{"version: STSv1\nmode: none", "it has no max_age"},
		{"version: STSv1\nmode: enforce\nmax_age: 1",
		    "it names no mx"},
		{"version: STSv1\nmx: a..b", "an mx is no host name"},
		{"version: STSv1\nmx", "a line is not name: value"},
	};
	struct mta_sts_policy policy;
	const char *why = "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT(mta_sts_policy_parse(&policy, slice_text(rows[i].text),
		    &why) < 0);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].why),
		    slice_text(why));
	}
}

/* RFC 8461, 4.1: `*' is the left-most label and nothing but one label. */
static void
covers_hosts_by_name_and_by_one_label(void)
{
	static const struct {
		const char *host;
		bool covered;
	} rows[] = {
		{"mail.example.com", true}, {"MAIL.example.com.", true},
		{"a.example.net", true}, {"A.EXAMPLE.NET", true},
		{"a.b.example.net", false}, {"example.net", false},
		{"example.com", false}, {"x.mail.example.com", false},
		{"", false}, {".", false},
	};
	struct mta_sts_policy policy;
	const char *why;

	EXPECT(mta_sts_policy_parse(&policy, SLICE("version: STSv1\n"
	    "mode: testing\nmx: mail.example.com\nmx: *.example.net\n"
	    "max_age: 1"), &why) == 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_NUMBER(rows[i].host, rows[i].covered,
		    mta_sts_policy_covers(&policy,
			slice_text(rows[i].host)));
}

static void
writes_what_it_reads(void)
{
	struct mta_sts_policy policy = {.mode = MTA_STS_TESTING,
	    .max_age_s = 86400, .mx = {{"mx.example.org", 14}}, .mx_n = 1};
	struct buf out = BUF_INIT;

	mta_sts_policy_write(&policy, &out);
	EXPECT_SLICE("policy", SLICE("version: STSv1\r\nmode: testing\r\n"
	    "mx: mx.example.org\r\nmax_age: 86400\r\n"), buf_slice(&out));
	buf_free(&out);
}

static void
takes_records_of_its_version_only(void)
{
	EXPECT(mta_sts_record_is_one(SLICE("v=STSv1; id=a")));
	EXPECT(mta_sts_record_is_one(SLICE("v=STSv1 ;id=a")));
	EXPECT(!mta_sts_record_is_one(SLICE("v=STSv10; id=a")));
	EXPECT(!mta_sts_record_is_one(SLICE("id=a; v=STSv1")));
	EXPECT(!mta_sts_record_is_one(SLICE("")));
}

int
main(void)
{
	if (access(SUITE, R_OK) == 0)
		UNIT_RUN(agrees_with_the_suite);
	else
		printf("ok agrees_with_the_suite # skip no ../shared\n");
	UNIT_RUN(reads_the_fields_of_a_policy);
	UNIT_RUN(bounds_the_age);
	UNIT_RUN(names_what_is_wrong);
	UNIT_RUN(covers_hosts_by_name_and_by_one_label);
	UNIT_RUN(writes_what_it_reads);
	UNIT_RUN(takes_records_of_its_version_only);
	return UNIT_RESULT;
}
