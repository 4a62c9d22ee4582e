/* SPDX-License-Identifier: ISC */
/* What a record wants done, read out of its meta. */
#include "store/plan.h"

#include "base/buf.h"
#include "mailbox_home.h"
#include "store/delivered.h"
#include "store/folder.h"
#include "store/message.h"
#include "unit.h"

#define NOW 1000

/* `!' quarantine, `>' later, then each target: folder, `+' to be made, flags
 * in brackets where there are any. */
static const char *
show(const struct plan *plan, struct buf *out)
{
	buf_reset(out);
	if (plan->quarantine)
		buf_append_text(out, "!");
	if (plan->later)
		buf_append_text(out, ">");
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_target *t = &plan->targets[i];
		struct buf flags = BUF_INIT;

		buf_format(out, "%s%s%s", i > 0 ? " " : "", t->folder,
		    t->create ? "+" : "");
		message_flags_format(&flags, t->flags,
		    buf_slice(&t->keywords));
		if (flags.n > 0)
			buf_format(out, "[%s]", buf_text(&flags));
		buf_free(&flags);
	}
	return buf_text(out);
}

#define ACTIONS(list) "\"plan\":[{\"actions\":[" list "]}]"

static const struct {
	const char *name, *members, *want;
} rows[] = {
	{"no plan", "\"x\":1", "INBOX+"},
	{"junk", "\"verdict\":{\"action\":\"junk\"}", "Junk+"},
	{"quarantine", "\"verdict\":{\"action\":\"quarantine\"}", "!"},
	{"no actions", "\"plan\":[{}]", "INBOX+"},
	{"an empty list keeps", ACTIONS(""), "INBOX+"},
	{"keep", ACTIONS("{\"do\":\"keep\",\"flags\":[\"\\\\Seen\"]}"),
	    "INBOX+[\\Seen]"},
	{"keep of junk", "\"verdict\":{\"action\":\"junk\"},"
	    ACTIONS("{\"do\":\"keep\"}"), "Junk+"},
	{"fileinto", ACTIONS("{\"do\":\"fileinto\",\"folder\":\"A/B\"}"),
	    "A/B"},
	{"fileinto and create", ACTIONS("{\"do\":\"fileinto\",\"folder\":"
	    "\"A\",\"create\":true,\"flags\":[\"work\",\"\\\\Flagged\"]},"
	    "{\"do\":\"keep\"}"), "A+[\\Flagged work] INBOX+"},
	{"a folder that is none", ACTIONS("{\"do\":\"fileinto\",\"folder\":"
	    "\"a\\u0001\"}"), "INBOX"},
	{"discard", ACTIONS("{\"do\":\"discard\"}"), ""},
	{"discard and keep", ACTIONS("{\"do\":\"discard\"},{\"do\":\"keep\"}"),
	    "INBOX+"},
	{"redirect keeps", ACTIONS("{\"do\":\"redirect\",\"to\":\"a@b\"}"),
	    ">INBOX+"},
	{"redirect and discard keep", ACTIONS("{\"do\":\"redirect\"},"
	    "{\"do\":\"discard\"}"), ">INBOX+"},
	{"quarantine alone", ACTIONS("{\"do\":\"quarantine\"}"), "!"},
	{"quarantine and keep", ACTIONS("{\"do\":\"quarantine\"},"
	    "{\"do\":\"keep\"}"), "!INBOX+"},
	{"what nobody knows keeps", ACTIONS("{\"do\":\"dance\"}"), "INBOX+"},
	{"an entry that is none", "\"plan\":[7]", "INBOX+"},
	{"the quarantine of the record goes before its plan",
	    "\"verdict\":{\"action\":\"quarantine\"},"
	    ACTIONS("{\"do\":\"keep\"}"), "!"},
	{"an import", "\"source\":{\"kind\":\"maildir\",\"path\":\"x\","
	    "\"folder\":\"Old\",\"flags\":[\"\\\\Seen\"]}", "Old+[\\Seen]"},
	{"an import that is junk", "\"verdict\":{\"action\":\"junk\"},"
	    "\"source\":{\"kind\":\"maildir\",\"path\":\"x\",\"folder\":"
	    "\"Old\"}", "Junk+"},
	{"a client has no folders", "\"client\":{},\"source\":{\"kind\":"
	    "\"maildir\",\"path\":\"x\",\"folder\":\"Old\"}", "INBOX+"}
};

static int
parse(struct meta *m, const char *members)
{
	struct buf line = BUF_INIT;
	int result;

	buf_format(&line, "{\"fe\":1,%s}", members);
	result = meta_parse(m, buf_slice(&line), NULL);
	buf_free(&line);
	return result;
}

static void
a_plan_becomes_targets(void)
{
	struct buf got = BUF_INIT;
	struct plan plan;
	struct meta m;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		EXPECT(parse(&m, rows[i].members) == 0);
		plan_read(&plan, &m, 0, NOW);
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].want),
		    slice_text(show(&plan, &got)));
		plan_free(&plan);
		meta_free(&m);
	}
	buf_free(&got);
}

static void
each_recipient_has_his_own_entry(void)
{
	struct plan plan;
	struct meta m;

	EXPECT(parse(&m, "\"received\":\"1970-01-01T00:00:02Z\",\"plan\":[{},"
	    "{\"verdict\":{\"action\":\"reject\"},\"mailbox\":\"b@c\","
	    "\"headers\":[1],\"marks\":[2]}]") == 0);
	plan_read(&plan, &m, 0, NOW);
	EXPECT(plan.verdict == VERDICT_NONE && plan.mailbox.n == 0);
	EXPECT_NUMBER("received", 2000, plan.received_ms);
	plan_free(&plan);
	plan_read(&plan, &m, 1, NOW);
	EXPECT(plan.verdict == VERDICT_REJECT);
	EXPECT_SLICE("mailbox", SLICE("\"b@c\""), plan.mailbox);
	EXPECT_SLICE("headers", SLICE("[1]"), plan.headers);
	EXPECT_SLICE("marks", SLICE("[2]"), plan.marks);
	plan_into_junk(&plan);
	EXPECT(plan.n == 1);
	EXPECT_SLICE("junk", SLICE("Junk"),
	    slice_text(plan.targets[0].folder));
	plan_free(&plan);
	plan_read(&plan, &m, 2, NOW);
	EXPECT(plan.n == 1 && plan.verdict == VERDICT_NONE);
	plan_free(&plan);
	meta_free(&m);
}

static void
takes_no_more_targets_than_the_limit(void)
{
	struct buf members = BUF_INIT;
	struct plan plan;
	struct meta m;

	buf_append_text(&members, "\"plan\":[{\"actions\":[{\"do\":\"keep\"}");
	for (int i = 0; i < 2 * PLAN_TARGETS_MAX; i++)
		buf_format(&members, ",{\"do\":\"fileinto\",\"folder\":\"%d\","
		    "\"flags\":[\"a\"]}", i);
	buf_append_text(&members, "]}]");
	EXPECT(parse(&m, buf_text(&members)) == 0);
	plan_read(&plan, &m, 0, NOW);
	EXPECT_NUMBER("targets", PLAN_TARGETS_MAX, plan.n);
	EXPECT(strcmp(plan.targets[0].folder, "INBOX") == 0);
	plan_free(&plan);
	meta_free(&m);
	buf_free(&members);
}

static void
marks_have_a_handle_and_an_end(void)
{
	struct buf handle = BUF_INIT;
	int64_t expires_ms = 0;

	EXPECT(plan_mark(SLICE("{\"handle\":\"a\\u0041\",\"expires\":7}"),
	    &handle, &expires_ms) == 0);
	EXPECT_SLICE("handle", SLICE("aA"), buf_slice(&handle));
	EXPECT_NUMBER("seconds", 7000, expires_ms);
	EXPECT(plan_mark(SLICE("{\"handle\":\"b\",\"expires\":"
	    "\"1970-01-01T00:00:03Z\"}"), &handle, &expires_ms) == 0);
	EXPECT_SLICE("replaced", SLICE("b"), buf_slice(&handle));
	EXPECT_NUMBER("time", 3000, expires_ms);
	EXPECT(plan_mark(SLICE("{\"handle\":\"b\"}"), &handle,
	    &expires_ms) < 0);
	EXPECT(plan_mark(SLICE("{\"expires\":7}"), &handle, &expires_ms) < 0);
	EXPECT(plan_mark(SLICE("7"), &handle, &expires_ms) < 0);
	buf_free(&handle);
}

#define CASES(list) "\"plan\":[{\"actions\":[{\"do\":\"fileinto\",\"folder\"" \
	":\"No\"}],\"cases\":[" list "]}]"
#define YES "\"actions\":[{\"do\":\"fileinto\",\"folder\":\"Yes\"}]"

/* The mailbox remembers `m' and has a folder Work. */
static const struct {
	const char *name, *members, *want;
} cases[] = {
	{"none", CASES(""), "No"},
	{"a mark", CASES("{\"mark\":\"m\"," YES "}"), "Yes"},
	{"no mark", CASES("{\"mark\":\"n\"," YES "}"), "No"},
	{"a mark that is over", CASES("{\"mark\":\"old\"," YES "}"), "No"},
	{"folders", CASES("{\"folders\":[\"Work\",\"inbox\"]," YES "}"),
	    "Yes"},
	{"one is missing", CASES("{\"folders\":[\"Work\",\"X\"]," YES "}"),
	    "No"},
	{"no folder at all", CASES("{\"folders\":[]," YES "}"), "No"},
	{"neither", CASES("{" YES "},7"), "No"},
	{"the first that holds", CASES("{\"mark\":\"n\"},{\"mark\":\"m\","
	    YES "},{\"folders\":[\"Work\"]}"), "Yes"},
	{"one within another", CASES("{\"mark\":\"m\",\"cases\":["
	    "{\"mark\":\"n\"},{\"folders\":[\"Work\"]," YES "}]}"), "Yes"},
	{"without actions it is kept", CASES("{\"mark\":\"m\"}"), "INBOX+"},
	{"discarded", CASES("{\"mark\":\"m\",\"actions\":[{\"do\":"
	    "\"discard\"}]}"), ""},
	{"too late to refuse", CASES("{\"mark\":\"m\",\"verdict\":{"
	    "\"action\":\"reject\"}}"), "Junk+"},
	{"too late for the quarantine", CASES("{\"mark\":\"m\",\"actions\":"
	    "[{\"do\":\"quarantine\"}]}"), "Junk+"},
	{"by the verdict, too", CASES("{\"mark\":\"m\",\"verdict\":{"
	    "\"action\":\"quarantine\"}}"), "Junk+"},
	{"the case says what is junk", "\"verdict\":{\"action\":\"junk\"},"
	    CASES("{\"mark\":\"m\",\"verdict\":{\"action\":\"accept\"}}"),
	    "INBOX+"}
};

static struct mailbox *
mailbox_with_memory(struct err *err)
{
	struct mailbox *m = open_mailbox(SLICE("a@b"));
	struct folder folder;

	EXPECT(mailbox_begin(m, MAILBOX_WRITE, err) == 0);
	EXPECT(mark_set(m, SLICE("m"), NOW + 1, err) == 0);
	EXPECT(mark_set(m, SLICE("old"), NOW, err) == 0);
	EXPECT(folder_make(m, SLICE("Work"), &folder, err) == 1);
	return m;
}

static void
the_mailbox_says_which_case_holds(void)
{
	struct plan plan, settled;
	struct slice one;
	struct buf got = BUF_INIT;
	struct err err = ERR_INIT;
	struct mailbox *mailbox;
	struct meta m;

	EXPECT(make_home() == 0 && make_mailbox(SLICE("a@b")) == 0);
	mailbox = mailbox_with_memory(&err);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool other;

		EXPECT(parse(&m, cases[i].members) == 0);
		plan_read(&plan, &m, 0, NOW);
		EXPECT(!plan_is_nothing(&plan));
		other = plan_find_case(&plan, mailbox, NOW, &one, &err) > 0;
		if (other)
			plan_take_case(&settled, &plan, one, &m);
		EXPECT_SLICE(cases[i].name, slice_text(cases[i].want),
		    slice_text(show(other ? &settled : &plan, &got)));
		if (other)
			plan_free(&settled);
		plan_free(&plan);
		meta_free(&m);
	}
	mailbox_close(mailbox);
	buf_free(&got);
	remove_home();
}

int
main(void)
{
	UNIT_RUN(a_plan_becomes_targets);
	UNIT_RUN(each_recipient_has_his_own_entry);
	UNIT_RUN(takes_no_more_targets_than_the_limit);
	UNIT_RUN(marks_have_a_handle_and_an_end);
	UNIT_RUN(the_mailbox_says_which_case_holds);
	return UNIT_RESULT;
}
