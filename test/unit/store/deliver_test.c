/* SPDX-License-Identifier: ISC */
/* Records into journal and mailboxes: together, one by one, and what spoils
 * what. */
#include "store/deliver.h"

#include "base/io.h"
#include "base/secret.h"
#include "mailbox_home.h"
#include "store/folder.h"
#include "store/mailbox_sql.h"
#include "unit.h"

#define ALICE SLICE("alice@example.org")
#define BOB SLICE("bob@example.org")
#define JOBS_MAX 8

static struct indexer *indexer;
static struct recipients recipients;

/* A delivery of some records, which are accepted together. */
struct delivering {
	struct handles handles;
	struct deliverer d;
	struct delivery_job *jobs[JOBS_MAX];
	size_t n;
};

static void
start(struct delivering *t)
{
	struct mailbox_opener opener = {.service = &service, .wait_ms = 50};

	memset(t, 0, sizeof(*t));
	handles_init(&t->handles, &opener);
	t->d = (struct deliverer){.handles = &t->handles, .indexer = indexer,
	    .recipients = &recipients, .service = &service,
	    .keep_meta_ms = 1000, .delimiter = "+", .wait_ms = 50,
	    .journal_max = 1 << 20};
	deliver_open(&t->d);
	EXPECT(deliver_adopt(&t->d, NULL) == 0);
	deliver_apply(&t->d);
}

/* A record: its number (the id), its recipients as JSON, other members. */
static void
add(struct delivering *t, int number, const char *to, const char *members)
{
	struct record *r = record_new();
	struct buf line = BUF_INIT;

	buf_format(&r->body, "Subject: number %d\r\n\r\nbody\r\n", number);
	buf_format(&line, "{\"fe\":1,\"id\":\"01M80000000000000000%06d\","
	    "\"size\":%zu,\"envelope\":{\"to\":[%s]}%s}", number, r->body.n,
	    to, members);
	meta_free(&r->meta);
	EXPECT(meta_parse(&r->meta, buf_slice(&line), NULL) == 0);
	buf_free(&line);
	t->jobs[t->n++] = deliver_prepare(&t->d, r);
}

#define TO_ALICE "{\"address\":\"alice@example.org\"}"
#define TO_BOB "{\"address\":\"bob@example.org\"}"
#define TO_NOBODY "{\"address\":\"nobody@example.org\"}"

/* Accepts, gives the statuses of all receipts, a blank between, and applies. */
static const char *
finish(struct delivering *t)
{
	static struct buf out = BUF_INIT;

	buf_reset(&out);
	deliver_accept(&t->d, t->jobs, t->n);
	for (size_t i = 0; i < t->n; i++) {
		struct record *r = deliver_receipt(t->jobs[i], NULL);
		struct receipt receipt;

		EXPECT(receipt_parse(&receipt, &r->meta, NULL) == 0);
		for (size_t k = 0; k < receipt.n; k++)
			buf_format(&out, "%s%s", out.n > 0 ? " " : "",
			    delivery_status_name(receipt.items[k].status));
		receipt_free(&receipt);
		record_free(r);
	}
	t->n = 0;
	(void)deliver_close(&t->d);
	handles_free(&t->handles);
	return buf_text(&out);
}

static int64_t
count(struct slice name, const char *sql)
{
	struct mailbox *m = open_mailbox(name);
	struct err err = ERR_INIT;
	int64_t n = -1;

	EXPECT(mailbox_begin(m, MAILBOX_READ, &err) == 0);
	EXPECT(sql_integer(mailbox_sql(m), -1, &n, &err, sql, "") == 0);
	mailbox_close(m);
	return n;
}

static void
change(struct slice name, const char *sql)
{
	struct mailbox *m = open_mailbox(name);
	struct err err = ERR_INIT;

	EXPECT(mailbox_begin(m, MAILBOX_WRITE, &err) == 0);
	EXPECT(sql_do(mailbox_sql(m), &err, sql, "") == 0);
	EXPECT(mailbox_commit(m, &err) == 0);
	mailbox_close(m);
}

#define MESSAGES "SELECT count(*) FROM message"

static void
records_in_hand_get_uids_in_their_order(void)
{
	struct delivering t;

	start(&t);
	add(&t, 1, TO_ALICE "," TO_BOB, "");
	add(&t, 2, TO_BOB, "");
	add(&t, 3, TO_ALICE, "");
	EXPECT_SLICE("all", SLICE("stored stored stored stored"),
	    slice_text(finish(&t)));
	EXPECT_NUMBER("order", 2, count(ALICE, "SELECT uid FROM message m"
	    " JOIN letter l ON l.id = m.body WHERE record LIKE '%000003'"));
	EXPECT_NUMBER("of bob", 2, count(BOB, MESSAGES));
}

static void
a_record_that_comes_twice_at_once_is_stored_once(void)
{
	struct delivering t;

	start(&t);
	add(&t, 11, TO_BOB, ",\"fingerprint\":\"f\"");
	add(&t, 12, TO_BOB, ",\"fingerprint\":\"f\"");
	add(&t, 11, TO_BOB, ",\"fingerprint\":\"other\"");
	add(&t, 13, TO_BOB "," TO_BOB, "");
	EXPECT_SLICE("all", SLICE("stored duplicate failed stored duplicate"),
	    slice_text(finish(&t)));
	EXPECT_NUMBER("of bob", 4, count(BOB, MESSAGES));
}

static void
one_that_cannot_be_stored_spoils_no_other(void)
{
	struct delivering t;

	change(ALICE, "UPDATE folder SET uidnext = 4294967297"
	    " WHERE name = 'Junk'");
	start(&t);
	add(&t, 21, TO_ALICE, "");
	add(&t, 22, TO_ALICE, ",\"verdict\":{\"action\":\"junk\"}");
	add(&t, 23, TO_ALICE, "");
	EXPECT_SLICE("all", SLICE("stored stored stored"),
	    slice_text(finish(&t)));
	EXPECT_NUMBER("nothing is half there", 0, count(ALICE,
	    "SELECT count(*) FROM letter WHERE record LIKE '%000022'"));
	EXPECT_NUMBER("once", 1, count(ALICE, "SELECT count(*) FROM letter"
	    " WHERE record LIKE '%000021'"));
	change(ALICE, "UPDATE folder SET uidnext = 1 WHERE name = 'Junk'");
	start(&t);
	(void)finish(&t);
	EXPECT_NUMBER("it waited in the journal", 1, count(ALICE,
	    "SELECT count(*) FROM letter WHERE record LIKE '%000022'"));
}

static void
a_busy_mailbox_gets_its_own_later(void)
{
	struct mailbox *m = open_mailbox(ALICE);
	struct err err = ERR_INIT;
	struct delivering t;

	EXPECT(mailbox_begin(m, MAILBOX_WRITE, &err) == 0);
	start(&t);
	add(&t, 31, TO_ALICE "," TO_BOB, "");
	add(&t, 32, TO_ALICE, "");
	EXPECT_SLICE("all", SLICE("stored stored stored"),
	    slice_text(finish(&t)));
	mailbox_close(m);
	start(&t);
	add(&t, 31, TO_ALICE "," TO_BOB, "");
	EXPECT_SLICE("again", SLICE("duplicate duplicate"),
	    slice_text(finish(&t)));
	EXPECT_NUMBER("both", 2, count(ALICE, "SELECT count(*) FROM letter"
	    " WHERE record LIKE '%00003_'"));
}

static void
a_wish_of_ones_own_is_stored_apart(void)
{
	struct delivering t;

	start(&t);
	add(&t, 41, TO_ALICE "," TO_BOB, ",\"plan\":[{},{\"headers\":[{\"op\":"
	    "\"prepend\",\"name\":\"X-Bob\",\"value\":\"1\"}]}]");
	add(&t, 42, TO_BOB, "");
	EXPECT_SLICE("all", SLICE("stored stored stored"),
	    slice_text(finish(&t)));
	EXPECT_NUMBER("bob", 1, count(BOB, "SELECT count(*) FROM body"
	    " WHERE CAST(content AS TEXT) LIKE 'X-Bob: 1%'"));
	EXPECT_NUMBER("alice", 0, count(ALICE, "SELECT count(*) FROM body"
	    " WHERE CAST(content AS TEXT) LIKE 'X-Bob: 1%'"));
}

static void
a_client_hears_no_yes_for_a_mailbox_that_is_gone(void)
{
	struct delivering t;

	start(&t);
	add(&t, 51, TO_ALICE "," TO_NOBODY, ",\"client\":{}");
	add(&t, 52, TO_NOBODY, ",\"client\":{}");
	add(&t, 53, TO_ALICE "," TO_NOBODY, "");
	EXPECT_SLICE("all", SLICE("stored deferred failed stored failed"),
	    slice_text(finish(&t)));
}

static void
too_many_folders_cost_no_mail(void)
{
	struct delivering t;

	change(BOB, "INSERT INTO folder(name, uidvalidity) WITH RECURSIVE"
	    " n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < 10000) SELECT 'f' || i, i FROM n");
	start(&t);
	add(&t, 61, TO_BOB, ",\"plan\":[{\"actions\":[{\"do\":\"fileinto\","
	    "\"folder\":\"New\",\"create\":true}]}]");
	EXPECT_SLICE("kept", SLICE("stored"), slice_text(finish(&t)));
	EXPECT_NUMBER("in INBOX", 1, count(BOB, "SELECT count(*) FROM message"
	    " m JOIN letter l ON l.id = m.body JOIN folder f ON"
	    " f.id = m.folder WHERE l.record LIKE '%000061'"
	    " AND f.name = 'INBOX'"));
}

static int
prepare(void)
{
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;
	int result;

	if (make_home() < 0 || make_mailbox(ALICE) < 0 ||
	    make_mailbox(BOB) < 0)
		return -1;
	mkdir(home_file(&path, "run"), 0700);
	result = io_replace_file(home_file(&path, "run/recipients"),
	    SLICE("alice@example.org\talice@example.org\n"
	    "bob@example.org\tbob@example.org\n"), 0640, &err);
	buf_free(&path);
	return result < 0 ? -1 : recipients_open(&recipients, &err);
}

int
main(void)
{
	struct err err = ERR_INIT;

	if (indexer_open(&indexer, 1 << 20, &err) < 0 || prepare() < 0)
		return 1;
	UNIT_RUN(records_in_hand_get_uids_in_their_order);
	UNIT_RUN(a_record_that_comes_twice_at_once_is_stored_once);
	UNIT_RUN(one_that_cannot_be_stored_spoils_no_other);
	UNIT_RUN(a_busy_mailbox_gets_its_own_later);
	UNIT_RUN(a_wish_of_ones_own_is_stored_apart);
	UNIT_RUN(a_client_hears_no_yes_for_a_mailbox_that_is_gone);
	UNIT_RUN(too_many_folders_cost_no_mail);
	recipients_close(&recipients);
	indexer_close(indexer);
	service_keys_free(&service);
	secret_drop_all();
	remove_home();
	return UNIT_RESULT;
}
