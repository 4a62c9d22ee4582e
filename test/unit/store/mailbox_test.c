/* SPDX-License-Identifier: ISC */
/* Mailboxes in a home of their own: make, open, store, change, find. */
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/home.h"
#include "base/secret.h"
#include "store/database.h"
#include "store/delivered.h"
#include "store/folder.h"
#include "store/mailbox_sql.h"
#include "store/message.h"
#include "store/rekey.h"
#include "store/schema.h"
#include "store/search.h"
#include "mailbox_home.h"
#include "unit.h"

#define NAME SLICE("alice@example.org")

/* Stores one message in a folder; its UID. */
static int64_t
store(struct mailbox *m, const char *folder, const char *content,
    const char *terms, int64_t received_ms)
{
	struct message_new new = {.record = SLICE("R"),
	    .content = slice_text(content), .terms = slice_text(terms),
	    .summary = SLICE("{}"), .meta = SLICE("{\"fe\":1}"),
	    .meta_until_ms = 5000};
	struct err err = ERR_INIT;
	struct folder f;
	int64_t body, uid = -1;

	EXPECT(mailbox_begin(m, MAILBOX_WRITE, &err) == 0);
	EXPECT(folder_make(m, slice_text(folder), &f, &err) == 1);
	EXPECT(message_body_insert(m, &new, &body, &err) == 0);
	EXPECT(message_place(m, f.id, body, received_ms, 0, SLICE_NONE, &uid,
	    &err) == 0);
	EXPECT(mailbox_commit(m, &err) == 0);
	if (err.kind != ERR_NONE)
		printf("# %s\n", err.text);
	return uid;
}

static size_t
search(struct mailbox *m, const char *text)
{
	struct message_refs refs = {NULL, 0, 0};
	struct err err = ERR_INIT;
	struct query *q;
	size_t n;

	EXPECT(query_parse(&q, slice_text(text), 1000000000, &err) == 0);
	EXPECT(search_run(m, q, 0, 0, &refs, &err) == 0);
	if (err.kind != ERR_NONE)
		printf("# %s: %s\n", text, err.text);
	n = refs.n;
	query_free(q);
	message_refs_free(&refs);
	return n;
}

static void
makes_a_mailbox_once(void)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct err err = ERR_INIT;
	struct mailbox *m;
	struct folder *folders;
	size_t n;

	EXPECT(make_mailbox(NAME) == 0);
	EXPECT(mailbox_keys_make(&keys, &service, &err) == 0);
	EXPECT(mailbox_create(NAME, &keys, &err) < 0);
	EXPECT(err.kind == ERR_USAGE);
	mailbox_keys_free(&keys);
	m = open_mailbox(NAME);
	EXPECT(m != NULL);
	EXPECT(mailbox_begin(m, MAILBOX_READ, &err) == 0);
	EXPECT(folder_list(m, &folders, &n, &err) == 0);
	EXPECT_NUMBER("folders", 6, n);
	EXPECT_SLICE("first", SLICE("INBOX"), slice_text(folders[0].name));
	EXPECT_SLICE("special", SLICE("\\Archive"),
	    slice_text(folders[1].special));
	free(folders);
	mailbox_close(m);
}

static void
refuses_a_mailbox_that_is_not_there(void)
{
	struct mailbox_opener opener = {.service = &service};
	struct err err = ERR_INIT;
	struct buf path = BUF_INIT;
	struct mailbox *m;

	EXPECT(mailbox_open(&m, SLICE("bob@example.org"), &opener, &err) < 0);
	EXPECT(err.kind == ERR_USAGE);
	EXPECT(access(home_file(&path, "mail/example.org/bob.lock"),
	    F_OK) < 0);
	EXPECT(mailbox_open(&m, SLICE("../x@example.org"), &opener,
	    &err) < 0);
	EXPECT(mailbox_open(&m, SLICE("no-domain"), &opener, &err) < 0);
	buf_free(&path);
}

static void
keeps_octets_and_gives_uids_that_only_grow(void)
{
	struct mailbox *m = open_mailbox(NAME);
	struct err err = ERR_INIT;
	struct message msg;
	struct folder f;

	message_init(&msg);
	EXPECT_NUMBER("first", 1, store(m, "INBOX", "one\r\n", "one", 1000));
	EXPECT_NUMBER("second", 2, store(m, "inbox", "two\r\n", "two", 2000));
	EXPECT(mailbox_begin(m, MAILBOX_WRITE, &err) == 0);
	EXPECT(folder_find(m, SLICE("INBOX"), &f, &err) == 1);
	EXPECT_NUMBER("messages", 2, f.messages);
	EXPECT_NUMBER("unseen", 2, f.unseen);
	EXPECT_NUMBER("octets", 10, f.octets);
	EXPECT(message_get(m, f.id, 2, MESSAGE_CONTENT | MESSAGE_META, &msg,
	    &err) == 1);
	EXPECT_SLICE("content", SLICE("two\r\n"), buf_slice(&msg.content));
	EXPECT_SLICE("meta", SLICE("{\"fe\":1}"), buf_slice(&msg.meta));
	EXPECT(message_delete(m, f.id, 2, &err) == 1);
	EXPECT(message_delete(m, f.id, 2, &err) == 0);
	EXPECT(message_get(m, f.id, 2, 0, &msg, &err) == 0);
	EXPECT(mailbox_commit(m, &err) == 0);
	EXPECT_NUMBER("third", 3, store(m, "INBOX", "3", "three", 3000));
	message_free(&msg);
	mailbox_close(m);
}

static void
flags_and_moves(void)
{
	struct mailbox *m = open_mailbox(NAME);
	struct err err = ERR_INIT;
	struct buf keywords = BUF_INIT, text = BUF_INIT;
	struct folder from, to;
	struct message msg;
	uint32_t flags = 0;
	int64_t uid = 0, modseq;

	message_init(&msg);
	EXPECT(message_flag_add(&flags, &keywords, SLICE("\\seen")) == 0);
	EXPECT(message_flag_add(&flags, &keywords, SLICE("work")) == 0);
	EXPECT(message_flag_add(&flags, &keywords, SLICE("$Junk")) == 0);
	EXPECT(message_flag_add(&flags, &keywords, SLICE("WORK")) == 0);
	EXPECT(message_flag_add(&flags, &keywords, SLICE("a b")) < 0);
	EXPECT(message_flag_add(&flags, &keywords, SLICE("\\Odd")) < 0);
	EXPECT_SLICE("keywords", SLICE("work $Junk"), buf_slice(&keywords));
	message_flags_format(&text, flags, buf_slice(&keywords));
	EXPECT_SLICE("text", SLICE("\\Seen work $Junk"), buf_slice(&text));
	EXPECT(mailbox_begin(m, MAILBOX_WRITE, &err) == 0);
	EXPECT(folder_find(m, SLICE("INBOX"), &from, &err) == 1);
	EXPECT(folder_find(m, SLICE("Archive"), &to, &err) == 1);
	EXPECT(message_get(m, from.id, 1, 0, &msg, &err) == 1);
	modseq = msg.modseq;
	EXPECT(message_set_flags(m, from.id, 1, flags, buf_slice(&keywords),
	    &err) == 1);
	EXPECT(message_get(m, from.id, 1, 0, &msg, &err) == 1);
	EXPECT(msg.modseq > modseq);
	EXPECT(msg.flags == MESSAGE_SEEN);
	EXPECT(message_move(m, from.id, 1, to.id, &uid, &err) == 1);
	EXPECT_NUMBER("uid there", 1, uid);
	EXPECT(message_get(m, from.id, 1, 0, &msg, &err) == 0);
	EXPECT(message_get(m, to.id, 1, MESSAGE_CONTENT, &msg, &err) == 1);
	EXPECT_SLICE("flags move along", SLICE("work $Junk"),
	    buf_slice(&msg.keywords));
	EXPECT(folder_status(m, to.id, &to, &err) == 1);
	EXPECT_NUMBER("messages", 1, to.messages);
	EXPECT_NUMBER("unseen", 0, to.unseen);
	EXPECT(message_flag_remove(&flags, &keywords, SLICE("work")) == 0);
	EXPECT_SLICE("one left", SLICE("$Junk"), buf_slice(&keywords));
	EXPECT(mailbox_commit(m, &err) == 0);
	buf_free(&keywords);
	buf_free(&text);
	message_free(&msg);
	mailbox_close(m);
}

static void
searches_what_is_not_indexed_yet(void)
{
	struct mailbox *m = open_mailbox(NAME);
	struct err err = ERR_INIT;
	struct folder f;

	EXPECT_NUMBER("three", 1, search(m, "three"));
	EXPECT_NUMBER("deleted", 0, search(m, "two"));
	store(m, "Work", "x", "f:bob bob s:invoice invoice h:attachment",
	    990000000);
	EXPECT_NUMBER("bob", 1, search(m, "from:bob subject:INVOICE"));
	EXPECT_NUMBER("prefix", 1, search(m, "inv*"));
	EXPECT_NUMBER("not", 0, search(m, "bob -invoice"));
	EXPECT_NUMBER("field", 0, search(m, "to:bob"));
	EXPECT_NUMBER("attachment", 1, search(m, "has:attachment"));
	EXPECT_NUMBER("no attachment", 2, search(m, "-has:attachment"));
	EXPECT_NUMBER("since", 1, search(m, "since:6h"));
	EXPECT_NUMBER("before", 2, search(m, "before:6h"));
	EXPECT_NUMBER("unseen", 2, search(m, "is:unseen"));
	EXPECT_NUMBER("seen", 1, search(m, "is:seen"));
	EXPECT_NUMBER("flag", 1, search(m, "flag:WORK"));
	EXPECT_NUMBER("folder", 1, search(m, "folder:work"));
	EXPECT_NUMBER("larger", 2, search(m, "smaller:2"));
	EXPECT_NUMBER("quote", 1, search(m, "\"bob invoice\""));
	EXPECT_NUMBER("injection", 0, search(m, "x\"OR*bob"));
	/* The highest body goes and its number comes again. */
	EXPECT(mailbox_begin(m, MAILBOX_WRITE, &err) == 0);
	EXPECT(folder_delete(m, SLICE("Work"), &err) == 0);
	EXPECT(mailbox_commit(m, &err) == 0);
	EXPECT_NUMBER("gone", 0, search(m, "bob"));
	store(m, "Work", "y", "carol", 1);
	EXPECT_NUMBER("new", 1, search(m, "carol"));
	EXPECT(mailbox_begin(m, MAILBOX_WRITE, &err) == 0);
	EXPECT(folder_rename(m, SLICE("Work"), SLICE("Done/Work"),
	    &err) == 0);
	EXPECT(folder_find(m, SLICE("Done/Work"), &f, &err) == 1);
	EXPECT(folder_delete(m, SLICE("INBOX"), &err) < 0);
	EXPECT(folder_make(m, SLICE("a//b"), &f, &err) < 0);
	mailbox_close(m);
}

static void
remembers_deliveries_for_a_while(void)
{
	struct mailbox *m = open_mailbox(NAME);
	struct err err = ERR_INIT;
	const int64_t day = 86400000, now = 100 * day;

	EXPECT(mailbox_begin(m, MAILBOX_WRITE, &err) == 0);
	EXPECT(delivered_check(m, SLICE("A"), SLICE("f"), now, &err) ==
	    DELIVERED_NO);
	EXPECT(delivered_add(m, SLICE("A"), SLICE("f"), now, &err) == 0);
	EXPECT(delivered_check(m, SLICE("A"), SLICE("f"), now, &err) ==
	    DELIVERED_YES);
	EXPECT(delivered_check(m, SLICE("A"), SLICE("g"), now, &err) ==
	    DELIVERED_CONFLICT);
	EXPECT(delivered_check(m, SLICE("B"), SLICE("f"), now, &err) ==
	    DELIVERED_YES);
	EXPECT(delivered_check(m, SLICE("B"), SLICE_NONE, now, &err) ==
	    DELIVERED_NO);
	EXPECT(mark_set(m, SLICE("vac"), now + 5, &err) == 0);
	EXPECT(mark_has(m, SLICE("vac"), now, &err) == 1);
	EXPECT(mark_has(m, SLICE("vac"), now + 5, &err) == 0);
	EXPECT(delivered_expire(m, now + 15 * day, &err) == 0);
	EXPECT(delivered_check(m, SLICE("A"), SLICE("g"), now + 15 * day,
	    &err) == DELIVERED_NO);
	EXPECT(mailbox_commit(m, &err) == 0);
	mailbox_close(m);
}

static void
drops_metas_when_their_time_is_over(void)
{
	struct mailbox *m = open_mailbox(NAME);
	struct err err = ERR_INIT;
	int64_t uid = store(m, "INBOX", "m", "m", 1);
	struct message msg;
	struct folder f;

	message_init(&msg);
	EXPECT(mailbox_begin(m, MAILBOX_WRITE, &err) == 0);
	EXPECT(folder_find(m, SLICE("INBOX"), &f, &err) == 1);
	EXPECT(delivered_expire(m, 5000, &err) == 0);
	EXPECT(message_get(m, f.id, uid, MESSAGE_META, &msg, &err) == 1);
	EXPECT_SLICE("still there", SLICE("{\"fe\":1}"), buf_slice(&msg.meta));
	EXPECT(delivered_expire(m, 5001, &err) == 0);
	EXPECT(message_get(m, f.id, uid, MESSAGE_META | MESSAGE_CONTENT, &msg,
	    &err) == 1);
	EXPECT_NUMBER("meta", 0, msg.meta.n);
	EXPECT_SLICE("content", SLICE("m"), buf_slice(&msg.content));
	mailbox_close(m);
	message_free(&msg);
}

static int
rekey(struct slice name)
{
	struct err err = ERR_INIT;
	int result = mailbox_rekey(name, &service, 200, NULL, &err);

	if (result < 0)
		printf("# %s\n", err.text);
	return result;
}

static void
an_open_handle_notices_a_rekey(void)
{
	struct mailbox *m = open_mailbox(NAME), *other = open_mailbox(NAME);
	int64_t generation = mailbox_generation(m);

	store(m, "INBOX", "before", "before", 1);
	store(other, "INBOX", "before", "before", 1);
	EXPECT(rekey(NAME) == 0);
	store(m, "INBOX", "after", "after", 1);
	EXPECT(mailbox_generation(m) > generation);
	EXPECT_NUMBER("before", 2, search(m, "before"));
	/* The stale handle must not take the new WAL away. */
	mailbox_close(other);
	mailbox_close(m);
	m = open_mailbox(NAME);
	EXPECT_NUMBER("before", 2, search(m, "before"));
	EXPECT_NUMBER("after", 1, search(m, "after"));
	mailbox_close(m);
}

static void
rekey_waits_for_a_transaction_only(void)
{
	struct mailbox *m = open_mailbox(NAME);
	struct err err = ERR_INIT;

	EXPECT(mailbox_begin(m, MAILBOX_READ, &err) == 0);
	EXPECT(mailbox_rekey(NAME, &service, 20, NULL, &err) < 0);
	EXPECT(err.kind == ERR_SYSTEM);
	mailbox_rollback(m);
	EXPECT(rekey(NAME) == 0);
	mailbox_close(m);
}

static int stop_at;

static void
stop(int step)
{
	if (step == stop_at)
		_exit(1);
}

static void
a_rekey_that_stops_at_any_step_leaves_a_mailbox_that_opens(void)
{
	struct err err = ERR_INIT;
	struct mailbox *m = open_mailbox(NAME);
	size_t before = search(m, "before");

	EXPECT(before > 0);
	for (stop_at = 1; stop_at <= 6; stop_at++) {
		pid_t child = fork();
		struct mailbox *other;
		int status = 0;

		if (child == 0) {
			(void)secret_lock(&err);
			_exit(mailbox_rekey(NAME, &service, 200, stop,
			    &err) < 0 ? 2 : 0);
		}
		EXPECT(waitpid(child, &status, 0) == child);
		EXPECT_NUMBER("stopped there", 1, WEXITSTATUS(status));
		/* A handle from before, a new one, and both write. */
		EXPECT_NUMBER("old handle", before, search(m, "before"));
		store(m, "INBOX", "x", "before", 1);
		other = open_mailbox(NAME);
		EXPECT_NUMBER("new handle", before + 1,
		    search(other, "before"));
		store(other, "INBOX", "x", "before", 1);
		before += 2;
		mailbox_close(other);
	}
	mailbox_close(m);
	EXPECT(rekey(NAME) == 0);
	m = open_mailbox(NAME);
	EXPECT_NUMBER("all", before, search(m, "before"));
	mailbox_close(m);
}

static void
refuses_a_newer_version_and_upgrades_in_one_transaction(void)
{
	static const char *const step[] = {
	    "CREATE TABLE two(x)", "CREATE TABLE three(x); SELECT broken"};
	struct err err = ERR_INIT;
	struct mailbox *m = open_mailbox(NAME);
	sqlite3 *db = mailbox_connection(m);
	int64_t n;

	EXPECT(schema_upgrade(db, step, 3, &err) < 0);
	EXPECT(database_number(db, "PRAGMA user_version", &n, &err) == 0);
	EXPECT_NUMBER("version after a failed upgrade", 1, n);
	EXPECT(database_number(db, "SELECT count(*) FROM sqlite_schema WHERE"
	    " name IN ('two', 'three')", &n, &err) == 0);
	EXPECT_NUMBER("tables", 0, n);
	EXPECT(schema_upgrade(db, step, 2, &err) == 0);
	EXPECT(database_number(db, "PRAGMA user_version", &n, &err) == 0);
	EXPECT_NUMBER("version", 2, n);
	EXPECT(schema_check(db, false, &err) < 0);
	EXPECT(err.kind == ERR_CONFIG);
	EXPECT(strstr(err.text, "newer version") != NULL);
	mailbox_close(m);
}

static void
an_erased_mailbox_is_gone_for_open_handles(void)
{
	struct mailbox *m = open_mailbox(NAME);
	struct err err = ERR_INIT;
	struct buf path = BUF_INIT;

	EXPECT(m != NULL);
	EXPECT(mailbox_erase(NAME, 200, &err) == 0);
	EXPECT(mailbox_begin(m, MAILBOX_WRITE, &err) < 0);
	EXPECT(err.kind == ERR_USAGE);
	mailbox_close(m);
	EXPECT(rmdir(home_file(&path, "mail/example.org")) == 0);
	EXPECT(mailbox_erase(NAME, 200, &err) < 0);
	EXPECT(err.kind == ERR_USAGE);
	buf_free(&path);
	EXPECT(make_mailbox(NAME) == 0);
}

int
main(void)
{
	if (make_home() < 0)
		return 1;
	UNIT_RUN(makes_a_mailbox_once);
	UNIT_RUN(refuses_a_mailbox_that_is_not_there);
	UNIT_RUN(keeps_octets_and_gives_uids_that_only_grow);
	UNIT_RUN(flags_and_moves);
	UNIT_RUN(searches_what_is_not_indexed_yet);
	UNIT_RUN(remembers_deliveries_for_a_while);
	UNIT_RUN(drops_metas_when_their_time_is_over);
	UNIT_RUN(an_open_handle_notices_a_rekey);
	UNIT_RUN(rekey_waits_for_a_transaction_only);
	UNIT_RUN(a_rekey_that_stops_at_any_step_leaves_a_mailbox_that_opens);
	UNIT_RUN(an_erased_mailbox_is_gone_for_open_handles);
	UNIT_RUN(refuses_a_newer_version_and_upgrades_in_one_transaction);
	service_keys_free(&service);
	secret_drop_all();
	remove_home();
	return UNIT_RESULT;
}
