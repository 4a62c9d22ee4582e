/* SPDX-License-Identifier: ISC */
#include "mail/recipients.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "unit.h"

static char folder[] = "/tmp/recipients_test.XXXXXX";

static void
write_table(const char *text)
{
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;

	home_file(&path, "run/recipients");
	EXPECT(io_replace_file(buf_text(&path), slice_text(text), 0600,
	    &err) == 0);
	buf_free(&path);
}

static void
takes_a_missing_file_as_an_empty_table(void)
{
	struct recipients r;
	struct err err = ERR_INIT;

	EXPECT(recipients_open(&r, &err) == 0);
	EXPECT(recipients_find(&r, SLICE("a@example.org"), "+").p == NULL);
	EXPECT(!recipients_has_domain(&r, SLICE("example.org")));
	recipients_close(&r);
}

static void
finds_exact_then_without_extension_then_catch_all(void)
{
	static const struct {
		const char *address, *want; /* NULL: none */
	} rows[] = {
		{"alice@example.org", "alice@example.org"},
		{"ALICE@Example.Org", "alice@example.org"},
		{"\"alice\"@example.org", "alice@example.org"},
		{"alice+lists@example.org", "lists@example.org"},
		{"alice+else@example.org", "alice@example.org"},
		{"info@example.org", "alice@example.org"},
		{"nobody@example.org", NULL},
		{"any@example.net", "bob@example.net"},
		{"bob+x@example.net", "bob@example.net"},
		{"alice@example.com", NULL},
		{"al@example.org", NULL},
		{"alice@example.or", NULL},
		{"zoe@zzz.example", "zoe@zzz.example"},
		{"alice", NULL},
		{"", NULL},
	};
	struct recipients r;
	struct err err = ERR_INIT;

	write_table("@example.net\tbob@example.net\n"
	    "alice+lists@example.org\tlists@example.org\n"
	    "alice@example.org\talice@example.org\n"
	    "bob@example.net\tbob@example.net\n"
	    "info@example.org\talice@example.org\n"
	    "zoe@zzz.example\tzoe@zzz.example\n");
	EXPECT(recipients_open(&r, &err) == 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_SLICE(rows[i].address, slice_text(rows[i].want),
		    recipients_find(&r, slice_text(rows[i].address), "+"));
	EXPECT(recipients_find(&r, SLICE("alice+else@example.org"), "").p ==
	    NULL);
	recipients_close(&r);
}

static void
knows_its_domains(void)
{
	struct recipients r;
	struct err err = ERR_INIT;

	write_table("@example.net\tbob@example.net\n"
	    "a@xn--bcher-kva.example\ta@xn--bcher-kva.example\n"
	    "alice@example.org\talice@example.org\n");
	EXPECT(recipients_open(&r, &err) == 0);
	EXPECT(recipients_has_domain(&r, SLICE("EXAMPLE.org")));
	EXPECT(recipients_has_domain(&r, SLICE("example.net")));
	EXPECT(recipients_has_domain(&r, SLICE("b\xc3\xbc" "cher.example")));
	EXPECT(!recipients_has_domain(&r, SLICE("xample.org")));
	EXPECT(!recipients_has_domain(&r, SLICE("example.or")));
	EXPECT(!recipients_has_domain(&r, SLICE("")));
	recipients_close(&r);
}

static void
finds_every_line_of_a_long_table(void)
{
	struct recipients r;
	struct err err = ERR_INIT;
	struct buf text = BUF_INIT;
	char address[64];
	int found = 0;

	for (int i = 0; i < 1000; i++)
		buf_format(&text, "user%03d@example.org\tbox%03d@example.org\n",
		    i, i);
	write_table(buf_text(&text));
	EXPECT(recipients_open(&r, &err) == 0);
	for (int i = 0; i < 1000; i++) {
		char want[64];

		snprintf(address, sizeof(address), "user%03d@example.org", i);
		snprintf(want, sizeof(want), "box%03d@example.org", i);
		found += slice_is(
		    recipients_find(&r, slice_text(address), "+"), want);
	}
	EXPECT_NUMBER("found", 1000, found);
	recipients_close(&r);
	buf_free(&text);
}

static void
passes_over_lines_without_a_value(void)
{
	struct recipients r;
	struct err err = ERR_INIT;

	write_table("alice@example.org\n");
	EXPECT(recipients_open(&r, &err) == 0);
	EXPECT(recipients_find(&r, SLICE("alice@example.org"), "+").p == NULL);
	recipients_close(&r);
	write_table("");
	EXPECT(recipients_open(&r, &err) == 0);
	EXPECT(recipients_find(&r, SLICE("alice@example.org"), "+").p == NULL);
	recipients_close(&r);
}

static void
sees_a_replaced_file_after_refresh(void)
{
	struct recipients r;
	struct err err = ERR_INIT;

	write_table("a@x.example\ta@x.example\n");
	EXPECT(recipients_open(&r, &err) == 0);
	EXPECT(recipients_refresh(&r, &err) == 0);
	EXPECT(recipients_find(&r, SLICE("a@x.example"), "+").p != NULL);
	write_table("b@x.example\tb@x.example\n");
	EXPECT(recipients_find(&r, SLICE("b@x.example"), "+").p == NULL);
	EXPECT(recipients_refresh(&r, &err) == 0);
	EXPECT(recipients_find(&r, SLICE("b@x.example"), "+").p != NULL);
	EXPECT(recipients_find(&r, SLICE("a@x.example"), "+").p == NULL);
	recipients_close(&r);
}

int
main(void)
{
	struct buf path = BUF_INIT;

	if (mkdtemp(folder) == NULL)
		return 1;
	home_set(folder);
	mkdir(home_file(&path, "run"), 0700);
	UNIT_RUN(takes_a_missing_file_as_an_empty_table);
	UNIT_RUN(finds_exact_then_without_extension_then_catch_all);
	UNIT_RUN(knows_its_domains);
	UNIT_RUN(finds_every_line_of_a_long_table);
	UNIT_RUN(passes_over_lines_without_a_value);
	UNIT_RUN(sees_a_replaced_file_after_refresh);
	unlink(home_file(&path, "run/recipients"));
	rmdir(home_file(&path, "run"));
	rmdir(folder);
	buf_free(&path);
	return UNIT_RESULT;
}
