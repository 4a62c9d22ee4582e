/* SPDX-License-Identifier: ISC */
#include "record/acceptance.h"

#include "unit.h"

static const char table[] = "@catch.example\tall@catch.example\n"
			    "alice@example.org\talice@example.org\n"
			    "bob@example.org\tbob@example.org\n"
			    "sales@example.org\tbob@example.org\n";
static const char full_table[] = "bob@example.org\tbob@example.org\n";

static struct acceptance
make(const char *postmaster, const char *full)
{
	struct acceptance a = {.domain = "example.org",
	    .postmaster = postmaster, .delimiter = "+"};

	a.recipients = (struct recipients){table, sizeof(table) - 1, 1, 1};
	a.full = (struct recipients){full, full != NULL ? strlen(full) : 0, 1,
	    1};
	return a;
}

static void
judges_recipients(void)
{
	static const struct {
		const char *path, *address;
		int code; /* 0: taken */
		const char *enhanced;
		bool utf8;
	} rows[] = {{"<alice@example.org>", "alice@example.org", 0, "", 0},
	    {"<Alice+News@EXAMPLE.org>", "Alice+News@EXAMPLE.org", 0, "", 0},
	    {"<sales@example.org>", "", 452, "4.2.2", 0},
	    {"<bob+x@example.org>", "", 452, "4.2.2", 0},
	    {"<any@catch.example>", "any@catch.example", 0, "", 0},
	    {"<nobody@example.org>", "", 550, "5.1.1", 0},
	    {"<a@example.net>", "", 550, "5.7.1", 0},
	    {"<a%example.org@example.net>", "", 550, "5.7.1", 0},
	    {"<@example.org:a@example.net>", "", 550, "5.7.1", 0},
	    {"<a@[192.0.2.1]>", "", 550, "5.7.1", 0},
	    {"<alice>", "", 501, "5.1.3", 0}, {"<>", "", 501, "5.1.3", 0},
	    {"<alice@>", "", 501, "5.1.3", 0},
	    {"<j\xc3\xb6rg@example.org>", "", 553, "5.6.7", 0},
	    {"<j\xc3\xb6rg@example.org>", "", 550, "5.1.1", 1},
	    {"<postmaster>", "alice@example.org", 0, "", 0},
	    {"<PostMaster@example.org>", "alice@example.org", 0, "", 0},
	    {"<abuse@example.org>", "alice@example.org", 0, "", 0},
	    {"<postmaster@example.net>", "", 550, "5.7.1", 0}};
	struct acceptance a = make(NULL, full_table);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct smtp_reply reply = {.code = 0};
		struct buf address = BUF_INIT;

		acceptance_recipient(&a, slice_text(rows[i].path),
		    rows[i].utf8, &address, &reply);
		EXPECT_NUMBER(rows[i].path, rows[i].code, reply.code);
		EXPECT_SLICE(rows[i].path, slice_text(rows[i].enhanced),
		    slice_text(reply.enhanced));
		EXPECT_SLICE(rows[i].path, slice_text(rows[i].address),
		    buf_slice(&address));
		buf_free(&address);
	}
}

static void
judges_senders(void)
{
	static const struct {
		const char *path, *address;
		int code;
	} rows[] = {{"<>", "", 0}, {"<a@b.example>", "a@b.example", 0},
	    {"<a>", "", 501}, {"<a b@c>", "", 501}, {"<a@b@c>", "", 501}};
	struct acceptance a = make(NULL, NULL);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct smtp_reply reply = {.code = 0};
		struct buf address = BUF_INIT;

		acceptance_sender(&a, slice_text(rows[i].path), false,
		    &address, &reply);
		EXPECT_NUMBER(rows[i].path, rows[i].code, reply.code);
		EXPECT_SLICE(rows[i].path, slice_text(rows[i].address),
		    buf_slice(&address));
		buf_free(&address);
	}
}

static int
postmaster(const struct acceptance *a, struct buf *address)
{
	struct smtp_reply reply = {.code = 0};

	buf_truncate(address, 0);
	acceptance_recipient(
	    a, SLICE("<postmaster>"), false, address, &reply);
	return reply.code;
}

static void
gives_the_postmasters_mail_to_whom_the_configuration_names(void)
{
	struct acceptance a = make("bob@example.org", NULL);
	struct buf address = BUF_INIT;

	EXPECT_NUMBER("named", 0, postmaster(&a, &address));
	EXPECT_SLICE("named", SLICE("bob@example.org"), buf_slice(&address));
	a.postmaster = "gone@example.org";
	EXPECT_NUMBER("gone", 451, postmaster(&a, &address));
	a.postmaster = NULL;
	a.recipients.n = 0;
	EXPECT_NUMBER("none yet", 451, postmaster(&a, &address));
	a.domain = NULL;
	EXPECT_NUMBER("no domain", 451, postmaster(&a, &address));
	buf_free(&address);
}

int
main(void)
{
	UNIT_RUN(judges_recipients);
	UNIT_RUN(judges_senders);
	UNIT_RUN(gives_the_postmasters_mail_to_whom_the_configuration_names);
	return UNIT_RESULT;
}
