/* SPDX-License-Identifier: ISC */
/*
 * fe-account: accounts, and the passwords that log in and open mailboxes.
 * Passwords come from the terminal, from standard input or from a descriptor;
 * they are in the locked arena from the first octet on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cmd.h"
#include "base/event_socket.h"
#include "base/home.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "base/secret.h"
#include "crypto/password.h"
#include "store/account_change.h"

enum { OUTPUT_TEXT, OUTPUT_JSON };
enum { PROOF_SERVICE, PROOF_PASSWORD, PROOF_RECOVERY };

struct account_conf {
	struct cmd_conf cmd;
	struct option_list alias;
	int64_t quota;
	int password_fd, output;
	bool adopt, erase, old, recovery, new_recovery;
};

static const struct option_def options[] = {
    CMD_OPTIONS(struct account_conf, cmd),
    {OPTION_LIST, 0, "alias", offsetof(struct account_conf, alias), "ADDRESS",
	.flags = OPTION_PER_RUN, .verbs = "add",
	.help = "another address of it; `@domain' takes what is left"},
    {OPTION_SIZE, 0, "quota", offsetof(struct account_conf, quota), "SIZE",
	.fallback = "0", .verbs = "add",
	.help = "what the mailbox may hold; 0: no limit"},
    {OPTION_FD, 0, "password-fd", offsetof(struct account_conf, password_fd),
	"N", .flags = OPTION_PER_RUN,
	.help = "read passwords from this descriptor, a line each"},
    {OPTION_FLAG, 0, "adopt", offsetof(struct account_conf, adopt),
	.flags = OPTION_PER_RUN, .verbs = "add",
	.help = "take over the mailbox of an earlier account"},
    {OPTION_FLAG, 0, "erase", offsetof(struct account_conf, erase),
	.flags = OPTION_PER_RUN, .verbs = "remove",
	.help = "destroy the mailbox, too, keys first"},
    {OPTION_FLAG, 0, "old", offsetof(struct account_conf, old),
	.flags = OPTION_PER_RUN, .verbs = "passwd",
	.help = "prove it by the old password, asked first"},
    {OPTION_FLAG, 0, "recovery", offsetof(struct account_conf, recovery),
	.flags = OPTION_PER_RUN, .verbs = "passwd",
	.help = "prove it by the recovery key, asked first"},
    {OPTION_FLAG, 0, "new-recovery",
	offsetof(struct account_conf, new_recovery), .flags = OPTION_PER_RUN,
	.verbs = "passwd",
	.help = "make a new recovery key, too"},
    {OPTION_CHOICE, 'o', "output", offsetof(struct account_conf, output),
	"FORM", .fallback = "text", .choices = "text|json",
	.flags = OPTION_PER_RUN, .verbs = "list",
	.help = "as a table or a JSON line each"},
    {OPTION_END}};

static const struct cmd account_cmd = {
    .name = "fe-account",
    .synopsis = "add [--alias ADDRESS]... [--quota SIZE] ADDRESS\n"
		"list [-o text|json] [ADDRESS]...\n"
		"remove [--erase] ADDRESS\n"
		"passwd [--old | --recovery] [--new-recovery] ADDRESS",
    .summary = "accounts, aliases and passwords",
    .options = options};

/* One secret: from --password-fd, else the terminal, else standard input. */
static int
read_secret(const struct account_conf *conf, const char *prompt, bool again,
    char **out, struct err *err)
{
	if (conf->password_fd >= 0)
		return secret_read_line(conf->password_fd, out, err);
	if (isatty(STDIN_FILENO))
		return secret_ask(prompt, again, out, err);
	return secret_read_line(STDIN_FILENO, out, err);
}

static int
read_new_password(const struct account_conf *conf, char **out, struct err *err)
{
	if (read_secret(conf, "new password: ", true, out, err) < 0)
		return -1;
	return password_check(*out, err);
}

/* The terminal and fe.conf are read: from here on only the home. */
static int
confine(const struct account_conf *conf, struct err *err)
{
	struct buf keys = BUF_INIT, paths[5] = {BUF_INIT, BUF_INIT, BUF_INIT,
	    BUF_INIT, BUF_INIT};
	static const char *const names[] = {
	    "accounts", "secrets", "mail", "run", "journal"};
	struct sandbox_path list[6];
	int result;

	for (size_t i = 0; i < 5; i++)
		list[i] = (struct sandbox_path){
		    home_file(&paths[i], "%s", names[i]),
		    SANDBOX_READ | SANDBOX_WRITE};
	list[5] = (struct sandbox_path){home_file(&keys, "keys"), SANDBOX_READ};
	result = sandbox_enter(
	    SANDBOX_STORE, list, 6, conf->cmd.sandbox == 1, err);
	for (size_t i = 0; i < 5; i++)
		buf_free(&paths[i]);
	buf_free(&keys);
	return result;
}

/* Normalises the aliases; the caller frees each and the array. */
static int
read_aliases(const struct account_conf *conf, struct account_new *new,
    struct err *err)
{
	char **aliases = mem_zalloc((conf->alias.n + 1) * sizeof(*aliases));
	struct buf text = BUF_INIT;
	int result = 0;

	new->aliases = aliases;
	if (conf->alias.n > ACCOUNT_ALIASES_MAX)
		result = err_set(err, ERR_USAGE, "an account has at most %d "
		    "aliases", ACCOUNT_ALIASES_MAX);
	for (size_t i = 0; i < conf->alias.n && result == 0; i++) {
		result = account_alias(
		    slice_text(conf->alias.items[i]), &text, err);
		if (result == 0)
			aliases[new->aliases_n++] = mem_text(text.p);
	}
	for (size_t i = 0; i < new->aliases_n && result == 0; i++)
		for (size_t j = 0; j <= i && result == 0; j++)
			if (strcmp(aliases[i], j == i ? new->name
						      : aliases[j]) == 0)
				result = err_set(err, ERR_USAGE,
				    "the address '%s' is given twice",
				    aliases[i]);
	buf_free(&text);
	return result;
}

/* The recovery key on standard output; it must have got there before the
 * account counts. */
static int
hand_out(const char *recovery, struct err *err)
{
	printf("%s\n", recovery);
	if (fflush(stdout) != 0)
		return err_errno(err, "cannot write the recovery key");
	if (isatty(STDOUT_FILENO))
		fprintf(stderr, "This recovery key opens the mailbox when the "
				"password is lost.\nIt is shown this once: "
				"write it down.\n");
	return 0;
}

static int
add(const struct account_conf *conf, const char *name, struct err *err)
{
	struct account_new new = {
	    .name = name, .quota = conf->quota, .adopt = conf->adopt};
	char *password = NULL, *recovery = secret_alloc(RECOVERY_TEXT_SIZE);
	int lock = -1, result = -1;

	if (read_aliases(conf, &new, err) < 0 ||
	    read_new_password(conf, &password, err) < 0 ||
	    confine(conf, err) < 0)
		goto out;
	new.password = password;
	lock = account_lock(err);
	if (lock >= 0 && account_add(&new, recovery, err) == 0 &&
	    hand_out(recovery, err) == 0)
		result = account_activate(name, err);
out:
	for (size_t i = 0; i < new.aliases_n; i++)
		free(new.aliases[i]);
	free(new.aliases);
	secret_free(password);
	secret_free(recovery);
	if (lock >= 0)
		close(lock);
	return result;
}

static int
read_proof(const struct account_conf *conf, struct account_proof *proof,
    char **text, unsigned char *octets, struct err *err)
{
	proof->service = !conf->old && !conf->recovery;
	if (conf->old && conf->recovery)
		return err_set(err, ERR_USAGE,
		    "--old and --recovery exclude each other");
	if (proof->service)
		return 0;
	if (read_secret(conf, conf->old ? "old password: " : "recovery key: ",
		false, text, err) < 0)
		return -1;
	if (conf->old) {
		proof->password = *text;
		return 0;
	}
	proof->recovery = octets;
	return recovery_parse(slice_text(*text), octets, err);
}

/* Who has not the old password or the recovery key has tried to log in. */
static void
tell_failure(struct event_sender *events, const char *name)
{
	const struct event event = {.name = SLICE("login-failed"),
	    .severity = EVENT_NOTICE, .account = slice_text(name),
	    .object = SLICE("passwd")};

	event_sender_send(events, &event);
}

/* A recovery key that was used is replaced: it was typed somewhere. */
static int
passwd(const struct account_conf *conf, const char *name, struct err *err)
{
	struct account_proof proof = {.service = false};
	unsigned char *octets = secret_alloc(KEY_SIZE);
	char *proof_text = NULL, *password = NULL;
	char *recovery = conf->recovery || conf->new_recovery
	    ? secret_alloc(RECOVERY_TEXT_SIZE)
	    : NULL;
	struct event_sender events;
	int lock = -1, result = -1;

	event_sender_open(&events, account_cmd.name);
	if (read_proof(conf, &proof, &proof_text, octets, err) == 0 &&
	    read_new_password(conf, &password, err) == 0 &&
	    confine(conf, err) == 0)
		lock = account_lock(err);
	if (lock >= 0) {
		result = account_set_password(
		    name, &proof, password, recovery, err);
		if (result < 0 && !proof.service && err->kind == ERR_USAGE)
			tell_failure(&events, name);
		if (result == 0 && recovery != NULL)
			result = hand_out(recovery, err);
		close(lock);
	}
	event_sender_close(&events);
	secret_free(octets);
	secret_free(proof_text);
	secret_free(password);
	secret_free(recovery);
	return result;
}

static int
remove_account(
    const struct account_conf *conf, const char *name, struct err *err)
{
	int lock, result;

	if (confine(conf, err) < 0 || (lock = account_lock(err)) < 0)
		return -1;
	result = account_remove(name, conf->erase, err);
	close(lock);
	if (result == 0 && !conf->erase && isatty(STDERR_FILENO) &&
	    !conf->cmd.quiet)
		fprintf(stderr, "The mailbox is kept: `fe-mailbox erase %s' "
				"destroys it.\n", name);
	return result;
}

static void
list_json(const struct account *a)
{
	struct buf line = BUF_INIT;
	struct json_writer w = JSON_WRITER(&line);

	json_open_object(&w, NULL);
	json_put_text(&w, "address", a->name);
	json_open_array(&w, "aliases");
	for (size_t i = 0; i < a->aliases_n; i++)
		json_put_text(&w, NULL, a->aliases[i]);
	json_close_array(&w);
	json_put_integer(&w, "quota", a->quota);
	json_put_text(&w, "state", account_state_text(a->state));
	json_put_text(&w, "mailbox", a->name);
	json_close_object(&w);
	puts(line.p);
	buf_free(&line);
}

static void
list_text(const struct account *a)
{
	printf("%s\t%s\t", a->name, account_state_text(a->state));
	if (a->quota == 0)
		printf("-\t");
	else
		printf("%lld\t", (long long)a->quota);
	for (size_t i = 0; i < a->aliases_n; i++)
		printf("%s%s", i > 0 ? "," : "", a->aliases[i]);
	putchar('\n');
}

static int
list_one(const struct account_conf *conf, const struct account_list *all,
    const char *address, struct err *err)
{
	struct buf name = BUF_INIT;
	const struct account *a = NULL;
	int result = account_alias(slice_text(address), &name, err);

	if (result == 0) {
		a = account_list_owner(all, name.p);
		if (a == NULL)
			result = err_set(err, ERR_USAGE,
			    "there is no account '%s'", name.p);
		else if (conf->output == OUTPUT_JSON)
			list_json(a);
		else
			list_text(a);
	}
	buf_free(&name);
	return result;
}

/* A document that cannot be read is said, the others are listed. */
static int
list(const struct account_conf *conf, struct err *err)
{
	struct account_list all;
	int result = 0;

	if (confine(conf, err) < 0 || account_list_read(&all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n && conf->cmd.words_n == 1; i++)
		(conf->output == OUTPUT_JSON ? list_json : list_text)(
		    &all.items[i]);
	for (int i = 1; i < conf->cmd.words_n && result == 0; i++)
		result = list_one(conf, &all, conf->cmd.words[i], err);
	if (all.bad > 0 && result == 0) {
		*err = all.bad_first;
		result = -1;
	}
	account_list_free(&all);
	return result;
}

static int
run(const struct account_conf *conf, struct err *err)
{
	static const struct {
		const char *name;
		int (*run)(const struct account_conf *, const char *,
		    struct err *);
	} verbs[] = {{"add", add}, {"passwd", passwd},
	    {"remove", remove_account}};
	const char *verb = conf->cmd.words_n > 0 ? conf->cmd.words[0] : "";
	struct buf name = BUF_INIT;
	int result = -1;

	if (verb[0] == '\0')
		return err_set(err, ERR_USAGE, "say what to do: add, list, "
		    "remove or passwd");
	if (strcmp(verb, "list") == 0)
		return list(conf, err);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verb, verbs[i].name) != 0)
			continue;
		if (conf->cmd.words_n != 2)
			err_set(err, ERR_USAGE, "%s takes one ADDRESS", verb);
		else if (account_name(slice_text(conf->cmd.words[1]), &name,
			     err) == 0)
			result = verbs[i].run(conf, name.p, err);
		buf_free(&name);
		return result;
	}
	return err_set(err, ERR_USAGE, "say what to do: add, list, remove or "
	    "passwd, not '%s'", verb);
}

int
main(int argc, char *argv[])
{
	struct account_conf conf = {.password_fd = -1};
	struct err err = ERR_INIT;
	int code;

	cmd_start(&account_cmd);
	if (option_parse(&account_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	code = run(&conf, &err) < 0 ? cmd_usage(&err) : cmd_finish(&err);
	return code;
}
