/* SPDX-License-Identifier: ISC */
/*
 * Changes over several files that are cut short: a child makes the change and
 * is killed the moment a certain file has changed.
 */
#include "store/account_change.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/secret.h"
#include "crypto/keys_file.h"
#include "store/account_secret.h"
#include "store/mailbox.h"
#include "unit.h"

#define ALICE "alice@example.org"

static char folder[] = "/tmp/fe-change.XXXXXX";

static int
add(const char *name, const char *password, bool adopt, struct err *err)
{
	struct account_new new = {
	    .name = name, .password = password, .adopt = adopt};
	char recovery[RECOVERY_TEXT_SIZE];

	if (account_add(&new, recovery, err) < 0)
		return -1;
	return account_activate(name, err);
}

static int
set_password(const char *password, struct err *err)
{
	struct account_proof proof = {.service = true};

	return account_set_password(ALICE, &proof, password, NULL, err);
}

static bool
hash_fits(const char *password)
{
	struct account_secret *secret = NULL;
	struct err err = ERR_INIT;
	bool fits = account_secret_read(&secret, ALICE, &err) == 1 &&
	    password_verify(password, secret->password);

	account_secret_free(secret);
	return fits;
}

static bool
slot_fits(const char *password)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;
	bool fits = keys_file_read(&keys,
			home_file(&path, "mail/example.org/alice.keys"),
			&err) == 0 &&
	    mailbox_keys_unlock_password(&keys, password, &err) == 0;

	mailbox_keys_free(&keys);
	buf_free(&path);
	return fits;
}

static ino_t
inode(const char *name)
{
	struct buf path = BUF_INIT;
	struct stat st;
	ino_t result = stat(home_file(&path, "%s", name), &st) == 0
	    ? st.st_ino
	    : 0;

	buf_free(&path);
	return result;
}

/* Kills the child as soon as the file is another one. */
static void
kill_at(pid_t child, const char *name, ino_t before)
{
	struct timespec step = {0, 200000};
	int64_t until = clock_monotonic_ms() + 10000;
	int status = 0;

	while (inode(name) == before && clock_monotonic_ms() < until &&
	    waitpid(child, &status, WNOHANG) == 0)
		nanosleep(&step, NULL);
	EXPECT(inode(name) != before);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
}

static void
one_password_always_fits_hash_and_slot(void)
{
	static const char *const files[] = {"mail/example.org/alice.keys",
	    "secrets/example.org/alice.json"};
	static const char *const passwords[] = {
	    "password 0", "password 1", "password 2"};
	struct err err = ERR_INIT;

	EXPECT(add(ALICE, passwords[0], false, &err) == 0);
	EXPECT_SLICE("error", SLICE(""), slice_text(err.text));
	for (size_t i = 0; i < 2; i++) {
		const char *old = passwords[i], *new = passwords[i + 1];
		ino_t before = inode(files[i]);
		pid_t child = fork();

		if (child == 0)
			_exit(set_password(new, &err) < 0);
		kill_at(child, files[i], before);
		if (hash_fits(new))
			EXPECT(slot_fits(new));
		else
			EXPECT(hash_fits(old) && slot_fits(old));
		/* again, to its end */
		EXPECT(set_password(new, &err) == 0);
		EXPECT(hash_fits(new) && slot_fits(new) && !slot_fits(old));
	}
}

static void
an_account_that_was_cut_short_is_finished_by_the_same_command(void)
{
	static const char *const files[] = {"accounts/example.org/bob.json",
	    "mail/example.org/bob.sqlite"};
	struct account_list list;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < 2; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(add("bob@example.org", "password", false, &err) <
			    0);
		kill_at(child, files[i], 0);
		EXPECT(account_list_read(&list, &err) == 0);
		EXPECT_NUMBER("accounts", 2, list.n);
		EXPECT(list.items[1].state == ACCOUNT_MAKING);
		account_list_free(&list);
		EXPECT(add("bob@example.org", "password", false, &err) == 0);
		EXPECT_SLICE("error", SLICE(""), slice_text(err.text));
		EXPECT(add("bob@example.org", "password", false, &err) < 0);
		EXPECT(err.kind == ERR_USAGE);
		err_clear(&err);
		EXPECT(account_remove("bob@example.org", true, &err) == 0);
		EXPECT_SLICE("error", SLICE(""), slice_text(err.text));
		EXPECT(inode("mail/example.org/bob.sqlite") == 0);
	}
}

static void
a_kept_mailbox_is_only_taken_over_when_asked(void)
{
	struct err err = ERR_INIT;

	EXPECT(account_remove(ALICE, false, &err) == 0);
	EXPECT(inode("mail/example.org/alice.sqlite") != 0);
	EXPECT(inode("secrets/example.org/alice.json") == 0);
	EXPECT(add(ALICE, "another person", false, &err) < 0);
	EXPECT(err.kind == ERR_USAGE);
	EXPECT(strstr(err.text, "--adopt") != NULL);
	EXPECT(add(ALICE, "another person", true, &err) == 0);
	EXPECT(slot_fits("another person") && !slot_fits("password 2"));
}

static void
nothing_is_changed_while_a_document_is_damaged(void)
{
	struct buf path = BUF_INIT, before = BUF_INIT, after = BUF_INIT;
	struct err err = ERR_INIT;

	EXPECT(io_read_file(home_file(&path, "run/recipients"), &before,
		   &err) == 0);
	EXPECT(io_replace_file(home_file(&path,
		   "accounts/example.org/eve.json"), SLICE("{"), 0600, &err) ==
	    0);
	EXPECT(add("carol@example.org", "password", false, &err) < 0);
	EXPECT(err.kind == ERR_CONFIG);
	EXPECT(strstr(err.text, "eve.json") != NULL);
	EXPECT(io_read_file(home_file(&path, "run/recipients"), &after,
		   &err) == 0);
	EXPECT_SLICE("recipients", buf_slice(&before), buf_slice(&after));
	EXPECT(inode("accounts/example.org/carol.json") == 0);
	buf_free(&path);
	buf_free(&before);
	buf_free(&after);
}

static int
make_home(void)
{
	static const char *const folders[] = {"accounts", "secrets", "run",
	    "mail", "keys/service"};
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;
	unsigned char key[KEY_SIZE];
	int result = 0;

	if (mkdtemp(folder) == NULL)
		return -1;
	home_set(folder);
	for (size_t i = 0; i < 5; i++)
		result |= io_make_folders(
		    home_file(&path, "%s", folders[i]), 0700, &err);
	random_octets(key, sizeof(key));
	result |= io_replace_file(home_file(&path, "keys/account.key"),
	    slice_of(key, sizeof(key)), 0400, &err);
	result |= service_key_make(&err);
	buf_free(&path);
	return result;
}

int
main(void)
{
	struct buf command = BUF_INIT;

	if (make_home() < 0)
		return 1;
	UNIT_RUN(one_password_always_fits_hash_and_slot);
	UNIT_RUN(an_account_that_was_cut_short_is_finished_by_the_same_command);
	UNIT_RUN(a_kept_mailbox_is_only_taken_over_when_asked);
	UNIT_RUN(nothing_is_changed_while_a_document_is_damaged);
	buf_format(&command, "rm -rf %s", folder);
	if (system(command.p) != 0)
		printf("# cannot remove %s\n", folder);
	buf_free(&command);
	return UNIT_RESULT;
}
