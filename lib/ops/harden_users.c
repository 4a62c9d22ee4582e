/* SPDX-License-Identifier: ISC */
/* Users, sudo, and who may read and write the files of both: a person changes
 * that. */
#include "ops/harden_users.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "ops/harden_config.h"
#include "ops/harden_plan.h"

static const struct harden_item items[] = {
    {"host-users.uid-0", HARDEN_MINIMAL, 0, "uid0", "root",
	"root is the only user with id 0",
	"a second one is how an intruder comes back",
	"look at who made that user; then userdel"},
    {"host-users.empty-password", HARDEN_MINIMAL, 0, "empty", "none",
	"no account is without a password",
	"su and the console take it", "passwd -l NAME"},
    {"host-users.operator", HARDEN_MAIL_SERVER, 0, "operator", "yes",
	"a named user works as root, by sudo",
	"who it was is known only of named users",
	"adduser NAME; adduser NAME sudo; and a key in his "
	"~/.ssh/authorized_keys"},
    {"host-users.deploy", HARDEN_MAIL_SERVER, HARDEN_ADVICE, "deploy", "yes",
	"who brings in new versions is another user, without sudo",
	"a build machine that was broken into is not yet root here",
	"adduser --disabled-password deploy, with a key of its own"},
    {"host-users.sudo-password", HARDEN_MAIL_SERVER, HARDEN_ADVICE,
	"nopasswd", "none", "sudo asks for the password",
	"a session left open, or a stolen key, is not yet root",
	"take NOPASSWD out of the file named"},
    {"host-users.service-users", HARDEN_MAIL_SERVER, HARDEN_ADVICE, "fe-users",
	"yes", "each part of the mail service has a user of its own",
	"who captures one has not the others' files",
	"systemd-sysusers /usr/local/share/fe/sysusers.d/fe.conf"},
    {"host-users.system-shells", HARDEN_MINIMAL, 0, "shells", "none",
	"users of services have no shell",
	"nobody logs in as them", "usermod -s /usr/sbin/nologin NAME"},
    {"host-users.hash", HARDEN_MINIMAL, 0, "login ENCRYPT_METHOD",
	"YESCRYPT|SHA512", "passwords are kept as slow hashes",
	"a copy of shadow is guessed slowly",
	"ENCRYPT_METHOD YESCRYPT in /etc/login.defs"},
    {"host-users.umask", HARDEN_MAIL_SERVER, HARDEN_ADVICE, "login UMASK",
	"027|077", "new files are not for everybody",
	"a dump or a key made in a hurry", "UMASK 027 in /etc/login.defs"},
    {"host-users.passwd", HARDEN_MINIMAL, 0, "mode /etc/passwd", "0644",
	"only root changes accounts", "who writes it is root",
	"chmod 644 /etc/passwd; chown root:root /etc/passwd"},
    {"host-users.shadow", HARDEN_MINIMAL, 0, "mode /etc/shadow", "0640",
	"only root reads password hashes", "they are guessed elsewhere",
	"chmod 640 /etc/shadow; chown root:shadow /etc/shadow"},
    {"host-users.group", HARDEN_MINIMAL, 0, "mode /etc/group", "0644",
	"only root changes groups", "who writes it is in sudo",
	"chmod 644 /etc/group; chown root:root /etc/group"},
    {"host-users.gshadow", HARDEN_MINIMAL, 0, "mode /etc/gshadow", "0640",
	"only root reads hashes of groups", "they are guessed elsewhere",
	"chmod 640 /etc/gshadow; chown root:shadow /etc/gshadow"},
    {"host-users.sudoers", HARDEN_MINIMAL, 0, "mode /etc/sudoers", "0440",
	"only root reads who may do what", "it tells whom to attack",
	"chmod 440 /etc/sudoers"},
    {"host-users.sudoers-folder", HARDEN_MINIMAL, 0, "mode /etc/sudoers.d",
	"0755", "only root adds to it", "who writes there is root",
	"chmod 750 /etc/sudoers.d"},
    {"host-users.crontab", HARDEN_MINIMAL, 0, "mode /etc/crontab", "0644",
	"only root changes what runs as root", "who writes it is root",
	"chmod 600 /etc/crontab"},
    {"host-users.cron-folder", HARDEN_MINIMAL, 0, "mode /etc/cron.d", "0755",
	"only root changes what runs as root", "who writes there is root",
	"chmod 700 /etc/cron.d"},
    {"host-users.sshd-config", HARDEN_MINIMAL, 0, "mode /etc/ssh/sshd_config",
	"0644", "only root changes who may log in", "who writes it logs in",
	"chmod 600 /etc/ssh/sshd_config"},
    {"host-users.root-ssh", HARDEN_MINIMAL, 0, "mode /root/.ssh", "0700",
	"only root changes root's keys", "who writes there is root",
	"chmod 700 /root/.ssh"},
    {"host-users.grub", HARDEN_MAIL_SERVER, 0, "mode /boot/grub/grub.cfg",
	"0600", "the boot menu, which may hold a password, is root's alone",
	"its hash is guessed elsewhere", "chmod 600 /boot/grub/grub.cfg"},
};

struct account {
	struct slice name, password, home, shell;
	int64_t uid;
};

static bool
next_account(struct slice *rest, struct account *account)
{
	while (rest->p != NULL) {
		struct slice line = slice_line(rest), field[7];

		for (size_t i = 0; i < 7; i++)
			field[i] = slice_cut(&line, ':');
		if (field[0].n == 0 || field[0].p[0] == '#' ||
		    number_parse(field[2], 0, UINT32_MAX, &account->uid) < 0)
			continue;
		account->name = field[0];
		account->password = field[1];
		account->home = field[5];
		account->shell = field[6];
		return true;
	}
	return false;
}

static bool
has_shell(const struct account *account)
{
	return account->shell.n > 0 &&
	    !slice_ends(account->shell, "/nologin") &&
	    !slice_ends(account->shell, "/false") &&
	    !slice_ends(account->shell, "/sync");
}

/* Is the name in the list of members of sudo, wheel or admin? */
static bool
is_in_group(const struct harden_host *host, struct slice name)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	bool may = false;

	tree_read(&host->tree, "/etc/group", &text);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);
		struct slice group = slice_cut(&line, ':');

		if (!slice_is(group, "sudo") && !slice_is(group, "wheel") &&
		    !slice_is(group, "admin"))
			continue;
		slice_cut(&line, ':');
		slice_cut(&line, ':');
		while (line.p != NULL)
			may |= slice_equal(slice_cut(&line, ','), name);
	}
	buf_free(&text);
	return may;
}

/* `ada ALL=(ALL) ...' in a file of sudo's. */
static bool
is_named_in(
    const struct harden_host *host, const char *path, struct slice name)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	bool named = false;

	tree_read(&host->tree, path, &text);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);

		named |= slice_equal(harden_word(&line), name) &&
		    slice_find(line, '=') < line.n;
	}
	buf_free(&text);
	return named;
}

static bool
may_sudo(const struct harden_host *host, struct slice name)
{
	struct tree_names names;
	struct buf path = BUF_INIT;
	bool may = is_in_group(host, name) ||
	    is_named_in(host, "/etc/sudoers", name);

	tree_list(&host->tree, "/etc/sudoers.d", &names);
	for (size_t i = 0; i < names.n && !may; i++) {
		/* sudo passes over names with a dot, and `x~' */
		if (strpbrk(names.items[i], ".~") != NULL)
			continue;
		buf_truncate(&path, 0);
		buf_format(&path, "/etc/sudoers.d/%s", names.items[i]);
		may = is_named_in(host, path.p, name);
	}
	tree_names_free(&names);
	buf_free(&path);
	return may;
}

static void
read_accounts(const struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct buf text = BUF_INIT;
	struct account account;
	struct slice rest;
	bool uid0 = strcmp(item->key, "uid0") == 0;
	bool shells = strcmp(item->key, "shells") == 0;
	bool operator_ = strcmp(item->key, "operator") == 0;

	if (tree_read(&host->tree, "/etc/passwd", &text) < 0) {
		harden_result_set(
		    result, HARDEN_UNKNOWN, "cannot read '/etc/passwd'");
		return;
	}
	harden_result_value(
	    result, item, uid0 ? "root" : shells ? "none" : "no");
	rest = buf_slice(&text);
	while (next_account(&rest, &account)) {
		bool person = account.uid >= 1000 && account.uid < 65534 &&
		    has_shell(&account);

		if ((uid0 && account.uid == 0 &&
			!slice_is(account.name, "root")) ||
		    (shells && account.uid > 0 && account.uid < 1000 &&
			has_shell(&account)))
			harden_result_set(result, HARDEN_FAIL, "%.*s",
			    SLICE_ARG(account.name));
		else if (!uid0 && !shells && person &&
		    may_sudo(host, account.name) == operator_)
			harden_result_set(result, HARDEN_PASS, "%.*s",
			    SLICE_ARG(account.name));
	}
	buf_free(&text);
}

static void
read_empty(const struct harden_host *host, struct harden_result *result)
{
	struct buf text = BUF_INIT;
	struct slice rest;

	if (tree_read(&host->tree, "/etc/shadow", &text) < 0) {
		harden_result_set(result, HARDEN_UNKNOWN,
		    "cannot read '/etc/shadow'");
		return;
	}
	harden_result_set(result, HARDEN_PASS, "none");
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);
		struct slice name = slice_cut(&line, ':');

		if (name.n > 0 && line.p != NULL &&
		    slice_cut(&line, ':').n == 0)
			harden_result_set(result, HARDEN_FAIL, "%.*s",
			    SLICE_ARG(name));
	}
	explicit_bzero(text.p, text.n);
	buf_free(&text);
}

static bool
allows_without_password(const struct harden_host *host, const char *path)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	bool allows = false;

	tree_read(&host->tree, path, &text);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_trim(slice_line(&rest));

		allows |= line.n > 0 && line.p[0] != '#' &&
		    slice_find_text(line, SLICE("NOPASSWD")) < line.n;
	}
	buf_free(&text);
	return allows;
}

static void
read_nopasswd(const struct harden_host *host, struct harden_result *result)
{
	struct tree_names names;
	struct buf path = BUF_INIT;

	harden_result_set(result, HARDEN_PASS, "none");
	if (allows_without_password(host, "/etc/sudoers"))
		harden_result_set(result, HARDEN_FAIL, "/etc/sudoers");
	tree_list(&host->tree, "/etc/sudoers.d", &names);
	for (size_t i = 0; i < names.n; i++) {
		buf_truncate(&path, 0);
		buf_format(&path, "/etc/sudoers.d/%s", names.items[i]);
		if (allows_without_password(host, path.p))
			harden_result_set(result, HARDEN_FAIL, "%s", path.p);
	}
	if (names.failed != 0 && names.failed != ENOENT)
		harden_result_set(result, HARDEN_UNKNOWN,
		    "only root can read '/etc/sudoers.d'");
	tree_names_free(&names);
	buf_free(&path);
}

static void
read_login(const struct harden_host *host, const struct harden_item *item,
    const char *name, struct harden_result *result)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	char value[32] = "";

	tree_read(&host->tree, "/etc/login.defs", &text);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_trim(slice_line(&rest));

		if (slice_starts(line, name) && line.n > strlen(name) &&
		    ascii_is_space(line.p[strlen(name)]))
			snprintf(value, sizeof(value), "%.*s",
			    SLICE_ARG(slice_trim(slice_part(
				line, strlen(name), line.n))));
	}
	buf_free(&text);
	harden_result_value(result, item, value[0] != '\0' ? value : "not set");
}

static void
read_mode(const struct harden_host *host, const struct harden_item *item,
    const char *path, struct harden_result *result)
{
	unsigned most = 0;
	struct stat st;

	for (const char *digit = item->want; *digit != '\0'; digit++)
		most = most * 8 + (unsigned)(*digit - '0');
	if (tree_stat(&host->tree, path, &st) < 0) {
		harden_result_set(result,
		    errno == ENOENT ? HARDEN_SKIP : HARDEN_UNKNOWN,
		    errno == ENOENT ? "there is no %s" : "cannot look at %s",
		    path);
		return;
	}
	harden_result_set(result,
	    (st.st_mode & 07777 & ~most) == 0 && st.st_uid == 0 ? HARDEN_PASS
								: HARDEN_FAIL,
	    "%04o%s", st.st_mode & 07777,
	    st.st_uid == 0 ? "" : ", not root's");
}

static void
read_users_of_fe(const struct harden_host *host, struct harden_result *result)
{
	static const char *const names[] = {
	    "\nfe-net:", "\nfe-parse:", "\nfe-mail:"};
	struct buf text = BUF_INIT;
	bool all = true;

	(void)tree_read(&host->tree, "/etc/passwd", &text);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		all = all && slice_find_text(buf_slice(&text),
				 slice_text(names[i])) < text.n;
	harden_result_set(result, all ? HARDEN_PASS : HARDEN_FAIL, "%s",
	    all ? "yes" : "the users fe-* are not there");
	buf_free(&text);
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	const char *blank = strchr(item->key, ' ');

	if (strncmp(item->key, "mode ", 5) == 0)
		read_mode(host, item, blank + 1, result);
	else if (strncmp(item->key, "login ", 6) == 0)
		read_login(host, item, blank + 1, result);
	else if (strcmp(item->key, "empty") == 0)
		read_empty(host, result);
	else if (strcmp(item->key, "nopasswd") == 0)
		read_nopasswd(host, result);
	else if (strcmp(item->key, "fe-users") == 0)
		read_users_of_fe(host, result);
	else
		read_accounts(host, item, result);
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	(void)host;
	harden_plan_hand(plan, item);
}

const struct harden_kind harden_users = {.name = "users",
    .how = "the files of accounts and sudo, and their modes",
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
