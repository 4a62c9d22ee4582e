/* SPDX-License-Identifier: ISC */
/*
 * Accounts, their sealed secrets and the table of recipients, in a home of
 * the test's own.
 */
#include "store/account.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"
#include "store/account_secret.h"
#include "unit.h"

static char folder[] = "/tmp/fe-account.XXXXXX";

static void
names_are_normalised_and_safe_as_files(void)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
	} rows[] = {
	    {"Alice@Example.ORG", "alice@example.org"},
	    {"\"alice\"@example.org", "alice@example.org"},
	    {"a+b@example.org", "a+b@example.org"},
	    {"alice", NULL},
	    {"@example.org", NULL},
	    {"alice@", NULL},
	    {"", NULL},
	    {"../x@example.org", NULL},
	    {".a@example.org", NULL},
	    {"\"a/b\"@example.org", NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;
		struct err err = ERR_INIT;
		int got = account_name(slice_text(rows[i].text), &out, &err);

		EXPECT_NUMBER(rows[i].text, rows[i].want != NULL ? 0 : -1, got);
		if (got == 0 && rows[i].want != NULL)
			EXPECT_SLICE(rows[i].text, slice_text(rows[i].want),
			    buf_slice(&out));
		if (got < 0)
			EXPECT(err.kind == ERR_USAGE);
		buf_free(&out);
	}
}

static void
an_alias_may_take_a_whole_domain(void)
{
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	EXPECT(account_alias(SLICE("@Example.org"), &out, &err) == 0);
	EXPECT_SLICE("alias", SLICE("@example.org"), buf_slice(&out));
	EXPECT(account_alias(SLICE("@"), &out, &err) < 0);
	buf_free(&out);
}

static void
write_account(const char *name, const char *alias, enum account_state state)
{
	struct account a = {.name = mem_text(name), .quota = 1 << 20,
	    .state = state};
	struct err err = ERR_INIT;

	if (alias != NULL) {
		a.aliases = mem_alloc(sizeof(*a.aliases));
		a.aliases[0] = mem_text(alias);
		a.aliases_n = 1;
	}
	EXPECT(account_write(&a, &err) == 0);
	EXPECT_SLICE("error", SLICE(""), slice_text(err.text));
	account_free(&a);
}

static void
an_account_is_read_as_it_was_written(void)
{
	struct account a;
	struct err err = ERR_INIT;
	struct buf path = BUF_INIT;
	struct stat st;

	write_account("carol@example.org", "c@example.org", ACCOUNT_MAKING);
	EXPECT_NUMBER("found", 1, account_read(&a, "carol@example.org", &err));
	EXPECT(strcmp(a.name, "carol@example.org") == 0);
	EXPECT_NUMBER("aliases", 1, a.aliases_n);
	EXPECT(strcmp(a.aliases[0], "c@example.org") == 0);
	EXPECT_NUMBER("quota", 1 << 20, a.quota);
	EXPECT(a.state == ACCOUNT_MAKING);
	account_free(&a);
	home_file(&path, "accounts/example.org/carol.json");
	EXPECT(stat(path.p, &st) == 0 && (st.st_mode & 0777) == 0600);
	EXPECT(account_delete("carol@example.org", &err) == 0);
	EXPECT_NUMBER("gone", 0, account_read(&a, "carol@example.org", &err));
	EXPECT(account_delete("carol@example.org", &err) == 0);
	buf_free(&path);
}

static void
write_text(const char *name, const char *text)
{
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;

	home_file(&path, "accounts/example.org/%s.json", name);
	EXPECT(io_replace_file(path.p, slice_text(text), 0600, &err) == 0);
	buf_free(&path);
}

static void
a_document_that_is_odd_is_refused_with_its_member(void)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
	    {"", "no account"},
	    {"[1]", "no JSON object"},
	    {"{\"fe\":2}", "newer program"},
	    {"{\"fe\":1}", "'mailbox'"},
	    {"{\"fe\":1,\"mailbox\":\"eve@example.org\",\"addresses\":"
	     "[\"eve@example.org\"]}", "'mailbox'"},
	    {"{\"fe\":1,\"mailbox\":\"odd@example.org\",\"addresses\":"
	     "[\"odd@example.org\"],\"state\":\"gone\"}", "'state'"},
	    {"{\"fe\":1,\"mailbox\":\"odd@example.org\",\"addresses\":"
	     "[\"odd@example.org\"],\"state\":\"active\",\"quota\":-1}",
	     "'quota'"},
	    {"{\"fe\":1,\"mailbox\":\"odd@example.org\",\"addresses\":"
	     "[\"odd@example.org\"],\"state\":\"active\",\"quota\":0,"
	     "\"aliases\":[\"a\\tb\"]}", "alias"},
	    {"{\"fe\":1,\"mailbox\":\"odd@example.org\",\"addresses\":"
	     "[\"odd@example.org\",\"x@example.org\"],\"state\":\"active\","
	     "\"quota\":0}", "more than one"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct account a;
		struct err err = ERR_INIT;

		write_text("odd", rows[i].text);
		EXPECT_NUMBER(rows[i].text, -1,
		    account_read(&a, "odd@example.org", &err));
		EXPECT(err.kind == ERR_CONFIG);
		EXPECT(strstr(err.text, rows[i].why) != NULL);
		EXPECT(strstr(err.text, "odd.json") != NULL);
	}
}

static void
members_of_a_newer_program_are_kept(void)
{
	struct account a;
	struct err err = ERR_INIT;
	struct buf path = BUF_INIT, text = BUF_INIT;

	write_text("new", "{\"fe\":1,\"mailbox\":\"new@example.org\","
	    "\"addresses\":[\"new@example.org\"],\"state\":\"active\","
	    "\"quota\":0,\"language\":[\"de\"]}");
	EXPECT_NUMBER("found", 1, account_read(&a, "new@example.org", &err));
	EXPECT(account_write(&a, &err) == 0);
	account_free(&a);
	home_file(&path, "accounts/example.org/new.json");
	EXPECT(io_read_file(path.p, &text, &err) == 0);
	EXPECT(strstr(text.p, "\"language\":[\"de\"]") != NULL);
	EXPECT(account_delete("new@example.org", &err) == 0);
	buf_free(&path);
	buf_free(&text);
}

static void
read_recipients(struct buf *out)
{
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;

	buf_truncate(out, 0);
	EXPECT(io_read_file(home_file(&path, "run/recipients"), out, &err) ==
	    0);
	buf_free(&path);
}

static ino_t
recipients_inode(void)
{
	struct buf path = BUF_INIT;
	struct stat st = {0};

	EXPECT(stat(home_file(&path, "run/recipients"), &st) == 0);
	buf_free(&path);
	return st.st_ino;
}

static void
recipients_are_the_active_accounts_sorted(void)
{
	struct account_list list;
	struct err err = ERR_INIT;
	struct buf text = BUF_INIT;
	ino_t before;

	write_account("zoe@example.org", "info@example.org", ACCOUNT_ACTIVE);
	write_account("adam@example.org", "@example.net", ACCOUNT_ACTIVE);
	write_account("half@example.org", NULL, ACCOUNT_MAKING);
	write_account("gone@example.org", NULL, ACCOUNT_REMOVING);
	EXPECT(account_list_read(&list, &err) == 0);
	EXPECT_NUMBER("accounts", 4, list.n);
	EXPECT_NUMBER("the odd one is counted", 1, list.bad);
	EXPECT(strstr(list.bad_first.text, "odd.json") != NULL);
	EXPECT(account_list_publish(&list, &err) == 0);
	read_recipients(&text);
	EXPECT_SLICE("table", SLICE("@example.net\tadam@example.org\n"
	    "adam@example.org\tadam@example.org\n"
	    "info@example.org\tzoe@example.org\n"
	    "zoe@example.org\tzoe@example.org\n"), buf_slice(&text));
	EXPECT(strcmp(account_list_owner(&list, "info@example.org")->name,
		   "zoe@example.org") == 0);
	EXPECT(account_list_owner(&list, "nobody@example.org") == NULL);
	before = recipients_inode();
	EXPECT(account_list_publish(&list, &err) == 0);
	EXPECT(recipients_inode() == before); /* nothing new, nothing written */
	account_list_free(&list);
	buf_free(&text);
}

static void
one_address_of_two_accounts_is_an_error(void)
{
	struct account_list list;
	struct err err = ERR_INIT;

	write_account("bob@example.org", "zoe@example.org", ACCOUNT_ACTIVE);
	EXPECT(account_list_read(&list, &err) == 0);
	EXPECT(account_list_publish(&list, &err) < 0);
	EXPECT(err.kind == ERR_CONFIG);
	EXPECT(strstr(err.text, "'zoe@example.org' is an address of both") !=
	    NULL);
	account_list_free(&list);
}

static void
one_at_a_time_holds_the_lock(void)
{
	struct err err = ERR_INIT;
	int fd = account_lock(&err);

	EXPECT(fd >= 0);
	close(fd);
	fd = account_lock(&err);
	EXPECT(fd >= 0);
	close(fd);
}

static void
secrets_come_back_and_are_no_plain_text(void)
{
	struct account_secret *s = account_secret_new(), *again = NULL;
	struct err err = ERR_INIT;
	struct buf path = BUF_INIT, text = BUF_INIT, other = BUF_INIT;

	memcpy(s->password, "$argon2id$marker", 17);
	EXPECT(account_secret_write(s, "zoe@example.org", &err) == 0);
	EXPECT_SLICE("error", SLICE(""), slice_text(err.text));
	account_secret_free(s);
	home_file(&path, "secrets/example.org/zoe.json");
	EXPECT(io_read_file(path.p, &text, &err) == 0);
	EXPECT(slice_find_text(buf_slice(&text), SLICE("argon2id")) == text.n);
	EXPECT(account_secret_read(&again, "zoe@example.org", &err) == 1);
	EXPECT(strcmp(again->password, "$argon2id$marker") == 0);
	account_secret_free(again);

	/* another account's file, a changed octet, another key */
	home_file(&other, "secrets/example.org/eve.json");
	EXPECT(io_replace_file(other.p, buf_slice(&text), 0600, &err) == 0);
	EXPECT(account_secret_read(&again, "eve@example.org", &err) < 0);
	EXPECT(err.kind == ERR_CONFIG);
	text.p[text.n - 4] = text.p[text.n - 4] == '0' ? '1' : '0';
	EXPECT(io_replace_file(path.p, buf_slice(&text), 0600, &err) == 0);
	EXPECT(account_secret_read(&again, "zoe@example.org", &err) < 0);
	EXPECT(err.kind == ERR_CONFIG);
	EXPECT_NUMBER("none", 0,
	    account_secret_read(&again, "nobody@example.org", &err));
	EXPECT(account_secret_delete("zoe@example.org", &err) == 0);
	EXPECT_NUMBER("deleted", 0,
	    account_secret_read(&again, "zoe@example.org", &err));
	buf_free(&path);
	buf_free(&other);
	buf_free(&text);
}

static int
make_home(void)
{
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;
	unsigned char key[32];
	int result;

	if (mkdtemp(folder) == NULL)
		return -1;
	home_set(folder);
	random_octets(key, sizeof(key));
	result = io_make_folders(home_file(&path, "accounts"), 0700, &err) |
	    io_make_folders(home_file(&path, "run"), 0700, &err) |
	    io_make_folders(home_file(&path, "keys"), 0700, &err) |
	    io_replace_file(home_file(&path, "keys/account.key"),
		slice_of(key, sizeof(key)), 0400, &err);
	buf_free(&path);
	return result;
}

int
main(void)
{
	struct buf command = BUF_INIT;

	if (make_home() < 0)
		return 1;
	UNIT_RUN(names_are_normalised_and_safe_as_files);
	UNIT_RUN(an_alias_may_take_a_whole_domain);
	UNIT_RUN(an_account_is_read_as_it_was_written);
	UNIT_RUN(a_document_that_is_odd_is_refused_with_its_member);
	UNIT_RUN(members_of_a_newer_program_are_kept);
	UNIT_RUN(recipients_are_the_active_accounts_sorted);
	UNIT_RUN(one_address_of_two_accounts_is_an_error);
	UNIT_RUN(one_at_a_time_holds_the_lock);
	UNIT_RUN(secrets_come_back_and_are_no_plain_text);
	buf_format(&command, "rm -rf %s", folder);
	if (system(command.p) != 0)
		printf("# cannot remove %s\n", folder);
	buf_free(&command);
	return UNIT_RESULT;
}
