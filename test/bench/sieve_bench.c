/* SPDX-License-Identifier: ISC */
/*
 * What deciding costs beside reading the record: the site's default script
 * and a user's of 30 rules, a script of 1,000 rules, and reading one of 100.
 * The message is of 10 KB, in the hands of who matches nothing, so that every
 * rule is tried.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "sieve/judge.h"

#define ROUNDS 5000

static const char meta_line[] = "{\"fe\":1,"
    "\"id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"size\":0,"
    "\"client\":{\"ip\":\"192.0.2.7\",\"helo\":\"mx.example.net\"},"
    "\"envelope\":{\"from\":\"bob@example.net\",\"to\":[{\"address\":"
    "\"alice@example.org\"}]},\"limits\":[{\"by\":\"fe-limit\",\"over\":false}]"
    ",\"checks\":{\"iprev\":{\"result\":\"pass\"},\"spf\":{\"result\":\"pass\","
    "\"domain\":\"example.net\"},\"dkim\":[{\"result\":\"pass\",\"domain\":"
    "\"example.net\"}],\"dmarc\":{\"result\":\"pass\",\"policy\":\"reject\"}},"
    "\"scan\":{\"spam\":{\"score\":0.02},\"virus\":{\"result\":\"clean\"},"
    "\"phishing\":{\"reasons\":[]}}}";

static void
make_mail(struct buf *out)
{
	for (int i = 0; i < 4; i++)
		buf_format(out, "Received: from mx%d.example.net by "
		    "mx%d.example.org with ESMTPS;\r\n\tMon, 2 Nov 2026 "
		    "09:00:0%d +0000\r\n", i, i + 1, i);
	buf_append_text(out, "DKIM-Signature: v=1; a=rsa-sha256; d=example.net;"
	    " s=s; h=from:to;\r\n\tbh=YWJj; b=YWJj\r\n"
	    "From: =?utf-8?Q?B=C3=B6b?= <bob@example.net>\r\n"
	    "To: Alice <alice@example.org>, carol@example.org\r\n"
	    "Cc: dave@example.com\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= "
	    "from the office\r\nDate: Mon, 2 Nov 2026 09:00:00 +0000\r\n"
	    "Message-ID: <1@example.net>\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "User-Agent: some program\r\nX-Mailer: another\r\n\r\n");
	while (out->n < 10240)
		buf_append_text(out, "A line of a letter, which nobody reads "
		    "to its end.\r\n");
}

/* A test as people and webmail programs write them. */
static void
make_test(struct buf *out, int i)
{
	switch (i % 5) {
	case 0:
		buf_format(out, "header :contains \"list-id\" "
		    "\"dev%d.lists.example\"", i);
		break;
	case 1:
		buf_format(out, "anyof (header :contains \"subject\" "
		    "\"[ticket %d]\", header :contains \"subject\" "
		    "\"invoice %d\")", i, i);
		break;
	case 2:
		buf_format(out, "address :is \"from\" [\"shop%d@example.com\""
		    ", \"b%d@example.com\"]", i, i);
		break;
	case 3:
		buf_format(out, "allof (address :domain \"from\" "
		    "\"news%d.example\", not address :contains [\"to\", "
		    "\"cc\"] \"alice%d@\")", i, i);
		break;
	default:
		buf_format(out, "header :matches \"subject\" "
		    "\"*offer*%d*\"", i);
	}
}

static void
make_rules(struct buf *out, int n)
{
	buf_append_text(out, "require [\"fileinto\", \"imap4flags\"];\n");
	for (int i = 0; i < n; i++) {
		buf_append_text(out, "if ");
		make_test(out, i);
		buf_format(out, " {\n\tfileinto \"Folder %d\";\n\tstop;\n}\n",
		    i);
	}
}

static void
tell(const char *what, int64_t spent_us, int rounds, const char *want)
{
	printf("  %-52s %9.2f us  (wanted: %s)\n", what,
	    (double)spent_us / rounds, want);
}

/* ---- deciding ---- */

static void
write_file(const char *name, struct slice text)
{
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;

	if (io_replace_file(home_file(&path, "%s", name), text, 0600,
	    &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	buf_free(&path);
}

static void
make_home(const char *home, const char *site, int rules)
{
	static const char *const folders[] = {"run", "sieve",
	    "sieve/example.org", "sieve/example.org/alice"};
	struct buf text = BUF_INIT, path = BUF_INIT;

	home_set(home);
	for (size_t i = 0; i < 4; i++)
		mkdir(home_file(&path, "%s", folders[i]), 0700);
	write_file("run/recipients",
	    SLICE("alice@example.org\talice@example.org\n"));
	if (io_read_file(site, &text, NULL) < 0)
		exit(1);
	write_file("sieve/site.sieve", buf_slice(&text));
	buf_reset(&text);
	make_rules(&text, rules);
	write_file("sieve/example.org/alice/active", buf_slice(&text));
	buf_free(&text);
	buf_free(&path);
}

static void
bench_judge(const char *site, int rules, const char *what, const char *want)
{
	char home[] = "/tmp/fe-sieve-bench-XXXXXX", command[64];
	struct recipients recipients;
	struct buf path = BUF_INIT, users = BUF_INIT;
	struct record *r = record_new();
	struct judge judge = {.host = {"mx.example.org", "example.org", "+"},
	    .recipients = &recipients};
	int rounds = rules > 100 ? ROUNDS / 10 : ROUNDS;
	int64_t start;

	if (mkdtemp(home) == NULL)
		exit(1);
	make_home(home, site, rules);
	judge.library = library_new(home_file(&path, "sieve/site.sieve"),
	    true, home_file(&users, "sieve"));
	meta_free(&r->meta);
	if (recipients_open(&recipients, NULL) < 0 ||
	    meta_parse(&r->meta, SLICE(meta_line), NULL) < 0)
		exit(1);
	make_mail(&r->body);
	judge_record(&judge, r);
	start = clock_cpu_us();
	for (int i = 0; i < rounds; i++)
		judge_record(&judge, r);
	tell(what, clock_cpu_us() - start, rounds, want);
	if (verdict_action(meta_get(&r->meta, "verdict")) != VERDICT_ACCEPT)
		abort();
	judge_free(&judge);
	library_free(judge.library);
	recipients_close(&recipients);
	record_free(r);
	buf_free(&path);
	buf_free(&users);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	if (system(command) != 0)
		exit(1);
}

/* ---- reading a script ---- */

static void
bench_parse(int rules)
{
	struct buf text = BUF_INIT;
	int64_t start;

	make_rules(&text, rules);
	start = clock_cpu_us();
	for (int i = 0; i < ROUNDS / 10; i++) {
		struct sieve_script *script = sieve_parse("x",
		    buf_slice(&text), NULL, NULL);

		if (script == NULL)
			abort();
		script_free(script);
	}
	tell("reading a script of 100 rules", clock_cpu_us() - start,
	    ROUNDS / 10, "1000");
	buf_free(&text);
}

int
main(int argc, char *argv[])
{
	const char *site = argc > 1 ? argv[1] : "share/sieve/default.sieve";

	printf("Sieve (%d rounds): CPU time a message\n", ROUNDS);
	bench_judge(site, 30, "default.sieve and a user's 30 rules", "30");
	bench_judge(site, 1000, "default.sieve and a user's 1,000 rules",
	    "1000");
	bench_parse(100);
	return 0;
}
