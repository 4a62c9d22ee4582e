/* SPDX-License-Identifier: ISC */
/*
 * sshd: keys only, no passwords, no root.
 */
#include "ops/harden_ssh.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "ops/harden_config.h"
#include "ops/harden_plan.h"
#include "ops/tool.h"

#define MAIN "/etc/ssh/sshd_config"
#define DROP_IN "/etc/ssh/sshd_config.d/00-fe-harden.conf"

static const struct harden_item items[] = {
    {"host-ssh.passwords", HARDEN_MINIMAL, 0, "PasswordAuthentication", "no",
	"no login by password", "passwords are guessed day and night", NULL},
    {"host-ssh.keyboard-interactive", HARDEN_MINIMAL, 0,
	"KbdInteractiveAuthentication", "no", "nor by PAM's questions",
	"they are passwords by another name", NULL},
    {"host-ssh.empty-passwords", HARDEN_MINIMAL, 0, "PermitEmptyPasswords",
	"no", "no account without a password can log in",
	"it needs no guessing at all", NULL},
    {"host-ssh.root", HARDEN_MAIL_SERVER, 0, "PermitRootLogin", "no",
	"root does not log in", "who it was is known only of named users",
	NULL},
    {"host-ssh.keys", HARDEN_MINIMAL, 0, "PubkeyAuthentication", "yes",
	"keys are how one logs in", "with all else off it must be on", NULL},
    {"host-ssh.methods", HARDEN_STRICT, 0, "AuthenticationMethods",
	"publickey", "a key is always part of a login",
	"whatever another file switches on later", NULL},
    {"host-ssh.hostbased", HARDEN_MINIMAL, 0, "HostbasedAuthentication", "no",
	"another host's word is no login",
	"one captured host would be all of them", NULL},
    {"host-ssh.rhosts", HARDEN_MINIMAL, 0, "IgnoreRhosts", "yes",
	"files of users name no trusted hosts",
	"a user could let everybody in", NULL},
    {"host-ssh.strict-modes", HARDEN_MINIMAL, 0, "StrictModes", "yes",
	"key files that others can write do not count",
	"else any local user adds a key", NULL},
    {"host-ssh.user-environment", HARDEN_MINIMAL, 0, "PermitUserEnvironment",
	"no", "users set no environment of the session",
	"LD_PRELOAD gets around a forced command", NULL},
    {"host-ssh.auth-tries", HARDEN_MAIL_SERVER, 0, "MaxAuthTries", "3|1|2|4",
	"few tries a connection", "guessing becomes slow and visible", NULL},
    {"host-ssh.grace", HARDEN_MAIL_SERVER, 0, "LoginGraceTime",
	"30|10|15|20|45|60", "a login has little time",
	"open doors are few, and some holes needed long ones", NULL},
    {"host-ssh.max-sessions", HARDEN_MAIL_SERVER, 0, "MaxSessions",
	"4|1|2|3|5|6|7|8|9|10", "few sessions a connection",
	"one key opens no hundred shells", NULL},
    {"host-ssh.max-startups", HARDEN_MAIL_SERVER, 0, "MaxStartups",
	"10:30:60", "few connections that have not logged in",
	"a flood of them keeps the administrator out", NULL},
    {"host-ssh.alive-interval", HARDEN_MAIL_SERVER, 0, "ClientAliveInterval",
	"300|60|120|180|240|600|900", "dead connections are noticed",
	"a forgotten session is an open door", NULL},
    {"host-ssh.alive-count", HARDEN_MAIL_SERVER, 0, "ClientAliveCountMax",
	"2|1|3", "and ended", "a forgotten session is an open door", NULL},
    {"host-ssh.tcp-keepalive", HARDEN_STRICT, 0, "TCPKeepAlive", "no",
	"life is proved inside the encryption only",
	"TCP's own sign of life can be forged", NULL},
    {"host-ssh.x11", HARDEN_MINIMAL, 0, "X11Forwarding", "no",
	"no windows through ssh", "a server could read the keys typed "
	"on the administrator's screen", NULL},
    {"host-ssh.agent", HARDEN_MAIL_SERVER, 0, "AllowAgentForwarding", "no",
	"the administrator's keys stay with him",
	"root of this host could use a forwarded agent elsewhere; use "
	"ssh -J", NULL},
    {"host-ssh.tcp-forwarding", HARDEN_STRICT, 0, "AllowTcpForwarding", "no",
	"ssh is no way around the firewall",
	"a key of a user would open the inner network", NULL},
    {"host-ssh.stream-forwarding", HARDEN_STRICT, 0,
	"AllowStreamLocalForwarding", "no", "nor to local sockets",
	"they trust whoever reaches them", NULL},
    {"host-ssh.gateway-ports", HARDEN_MINIMAL, 0, "GatewayPorts", "no",
	"forwarded ports are not for others",
	"a user could open a port to the world", NULL},
    {"host-ssh.tunnel", HARDEN_MINIMAL, 0, "PermitTunnel", "no",
	"no network devices through ssh", "it is a VPN nobody watches", NULL},
    {"host-ssh.compression", HARDEN_STRICT, 0, "Compression", "no",
	"nothing is compressed",
	"sizes tell of what is inside, and the code has had holes", NULL},
    {"host-ssh.use-dns", HARDEN_MINIMAL, 0, "UseDNS", "no",
	"names are not looked up at login",
	"who owns the reverse zone must not delay or name himself", NULL},
    {"host-ssh.log-level", HARDEN_MAIL_SERVER, 0, "LogLevel",
	"VERBOSE|DEBUG|DEBUG1|DEBUG2|DEBUG3",
	"which key logged in is logged", "fe-watch and the incident need it",
	NULL},
    {"host-ssh.banner", HARDEN_STRICT, 0, "DebianBanner", "no",
	"the version of the package is not told",
	"scanners sort their targets by it", NULL},
    {"host-ssh.kex", HARDEN_MAIL_SERVER, 0, "KexAlgorithms",
	"only:sntrup761x25519-sha512@openssh.com,curve25519-sha256,"
	"curve25519-sha256@libssh.org,diffie-hellman-group16-sha512,"
	"diffie-hellman-group18-sha512,diffie-hellman-group-exchange-sha256",
	"modern key exchange", "no SHA-1, no NIST curves, the first one "
	"stands against quantum computers", NULL},
    {"host-ssh.ciphers", HARDEN_MAIL_SERVER, 0, "Ciphers",
	"only:chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,"
	"aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr",
	"modern ciphers", "no CBC, no RC4, no 3DES", NULL},
    {"host-ssh.macs", HARDEN_MAIL_SERVER, 0, "MACs",
	"only:hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,"
	"umac-128-etm@openssh.com", "packets are authenticated as encrypted",
	"encrypt-and-MAC was broken more than once; no SHA-1, no 64 bits",
	NULL},
    {"host-ssh.match", HARDEN_MINIMAL, 0, "Match", "none",
	"no Match block takes any of that back",
	"an old block for one user is how passwords come back",
	"take the line out of the Match block of sshd_config"},
    {"host-ssh.host-keys", HARDEN_MINIMAL, 0, "/etc/ssh", "0600|0400",
	"private host keys are root's alone",
	"who has them poses as this host",
	"chmod 600 /etc/ssh/ssh_host_*_key; then give the host new ones"},
};

/* What OpenSSH 9.2 of Debian 12 does where no file speaks. */
static const struct {
	const char *keyword, *value;
} defaults[] = {{"PasswordAuthentication", "yes"},
    {"KbdInteractiveAuthentication", "yes"}, {"PermitEmptyPasswords", "no"},
    {"PermitRootLogin", "prohibit-password"}, {"PubkeyAuthentication", "yes"},
    {"AuthenticationMethods", "any"}, {"HostbasedAuthentication", "no"},
    {"IgnoreRhosts", "yes"}, {"StrictModes", "yes"},
    {"PermitUserEnvironment", "no"}, {"MaxAuthTries", "6"},
    {"LoginGraceTime", "120"}, {"MaxSessions", "10"},
    {"MaxStartups", "10:30:100"}, {"ClientAliveInterval", "0"},
    {"ClientAliveCountMax", "3"}, {"TCPKeepAlive", "yes"},
    {"X11Forwarding", "no"}, {"AllowAgentForwarding", "yes"},
    {"AllowTcpForwarding", "yes"}, {"AllowStreamLocalForwarding", "yes"},
    {"GatewayPorts", "no"}, {"PermitTunnel", "no"}, {"Compression", "yes"},
    {"UseDNS", "no"}, {"LogLevel", "INFO"}, {"DebianBanner", "yes"},
    {"KexAlgorithms", "sntrup761x25519-sha512@openssh.com,curve25519-sha256,"
		      "curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
		      "ecdh-sha2-nistp384,ecdh-sha2-nistp521"},
    {"Ciphers", "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,"
		"aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com"},
    {"MACs", "umac-64-etm@openssh.com,umac-128-etm@openssh.com,"
	     "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
	     "hmac-sha1-etm@openssh.com"}};

static bool
has_sshd(const struct harden_host *host)
{
	return tree_exists(&host->tree, MAIN) ||
	    tree_exists(&host->tree, "/usr/sbin/sshd");
}

static void
load(struct harden_host *host)
{
	static const char *const ask[] = {"sshd", "-T", NULL};
	struct buf match = BUF_INIT;
	struct err err = ERR_INIT;
	struct slice rest, line;

	if (host->sshd_read)
		return;
	host->sshd_read = true;
	if (host->tree.is_host) {
		if (tool_run(ask, SLICE_NONE, &host->sshd, &err) == 0)
			return;
		rest = buf_slice(&host->sshd);
		line = slice_line(&rest);
		snprintf(host->sshd_fault, sizeof(host->sshd_fault), "%.*s",
		    SLICE_ARG(line));
		buf_reset(&host->sshd);
	}
	harden_sshd_files(&host->tree, &host->sshd, &match);
	buf_free(&match);
}

static const char *
default_of(const char *keyword)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (strcmp(defaults[i].keyword, keyword) == 0)
			return defaults[i].value;
	return NULL;
}

/* Does that line of a Match block let in whom the items keep out? */
static bool
is_loose(const struct harden_host *host, struct slice line)
{
	static const char *const keywords[] = {"passwordauthentication",
	    "kbdinteractiveauthentication", "challengeresponseauthentication",
	    "permitemptypasswords", "hostbasedauthentication"};
	struct slice keyword = slice_cut(&line, ' ');
	bool yes = slice_case_is(line, "yes");

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (slice_case_is(keyword, keywords[i]))
			return yes;
	/* `minimal' wants no more of root than that he has a key */
	return slice_case_is(keyword, "permitrootlogin") &&
	    (yes || (host->profile >= HARDEN_MAIL_SERVER &&
			!slice_case_is(line, "no")));
}

static void
read_match(const struct harden_host *host, struct harden_result *result)
{
	struct buf global = BUF_INIT, match = BUF_INIT;
	struct slice rest;

	harden_sshd_files(&host->tree, &global, &match);
	harden_result_set(result, HARDEN_PASS, "none");
	rest = buf_slice(&match);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);

		if (is_loose(host, line))
			harden_result_set(result, HARDEN_FAIL, "%.*s",
			    SLICE_ARG(line));
	}
	buf_free(&global);
	buf_free(&match);
}

static void
read_host_keys(const struct harden_host *host, struct harden_result *result)
{
	struct tree_names names;
	struct buf path = BUF_INIT;
	struct stat st;

	tree_list(&host->tree, "/etc/ssh", &names);
	harden_result_set(result, HARDEN_SKIP, "there are none");
	for (size_t i = 0; i < names.n; i++) {
		if (fnmatch("ssh_host_*_key", names.items[i], 0) != 0)
			continue;
		buf_truncate(&path, 0);
		buf_format(&path, "/etc/ssh/%s", names.items[i]);
		if (tree_stat(&host->tree, path.p, &st) < 0)
			continue;
		if (result->state == HARDEN_SKIP)
			harden_result_set(result, HARDEN_PASS, "0600");
		if (st.st_mode & 077 || st.st_uid != 0)
			harden_result_set(result, HARDEN_FAIL,
			    "%04o of uid %u: %s", st.st_mode & 07777, st.st_uid,
			    path.p);
	}
	tree_names_free(&names);
	buf_free(&path);
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct slice value;
	char seen[1024];

	if (!has_sshd(host)) {
		harden_result_set(result, HARDEN_SKIP, "there is no sshd");
		return;
	}
	if (item->key[0] == '/') {
		read_host_keys(host, result);
		return;
	}
	if (strcmp(item->key, "Match") == 0) {
		read_match(host, result);
		return;
	}
	load(host);
	if (harden_sshd_value(buf_slice(&host->sshd), item->key, &value))
		snprintf(seen, sizeof(seen), "%.*s", SLICE_ARG(value));
	else
		snprintf(seen, sizeof(seen), "%s", default_of(item->key));
	harden_result_value(result, item, seen);
}

/* One word of AuthorizedKeysFile for an account of /etc/passwd. */
static void
keys_path(struct slice word, const struct slice *field, struct buf *path)
{
	buf_truncate(path, 0);
	if (word.p[0] != '/' && !slice_starts(word, "%h")) {
		buf_append_slice(path, field[5]);
		buf_append_char(path, '/');
	}
	for (size_t i = 0; i < word.n; i++) {
		char next = i + 1 < word.n ? word.p[i + 1] : '\0';

		if (word.p[i] != '%' || strchr("uhU%", next) == NULL ||
		    next == '\0') {
			buf_append_char(path, word.p[i]);
			continue;
		}
		if (next == '%')
			buf_append_char(path, '%');
		else
			buf_append_slice(path, field[next == 'u' ? 0 :
			    next == 'h' ? 5 : 2]);
		i++;
	}
}

static bool
has_key(const struct harden_host *host, struct slice files,
    const struct slice *field)
{
	struct buf path = BUF_INIT;
	struct stat st;
	bool found = false;

	while (!found && files.p != NULL) {
		struct slice word = slice_cut(&files, ' ');

		if (word.n == 0 || slice_case_is(word, "none"))
			continue;
		keys_path(word, field, &path);
		found = tree_stat(&host->tree, path.p, &st) == 0 &&
		    st.st_size > 0;
	}
	buf_free(&path);
	return found;
}

/* May one log in with a key, as root or as another? */
static void
find_login_keys(const struct harden_host *host, bool *root, bool *other)
{
	struct buf passwd = BUF_INIT;
	struct slice rest, files;

	*root = *other = false;
	if (!harden_sshd_value(buf_slice(&host->sshd), "AuthorizedKeysFile",
		&files))
		files = SLICE(".ssh/authorized_keys .ssh/authorized_keys2");
	tree_read(&host->tree, "/etc/passwd", &passwd);
	rest = buf_slice(&passwd);
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest), field[7];

		for (size_t i = 0; i < 7; i++)
			field[i] = slice_cut(&line, ':');
		if (field[5].n == 0 || field[5].p[0] != '/' ||
		    slice_ends(field[6], "/nologin") ||
		    slice_ends(field[6], "/false"))
			continue;
		if (has_key(host, files, field))
			*(slice_is(field[2], "0") ? root : other) = true;
	}
	buf_free(&passwd);
}

/* Does it end what is left to those who have no key? */
static bool
needs_keys(const struct harden_host *host, const char *keyword)
{
	struct slice passwords;

	if (strcmp(keyword, "KbdInteractiveAuthentication") == 0)
		return harden_sshd_value(buf_slice(&host->sshd),
		    "PasswordAuthentication", &passwords) &&
		    slice_case_is(passwords, "no");
	return strcmp(keyword, "PasswordAuthentication") == 0 ||
	    strcmp(keyword, "AuthenticationMethods") == 0;
}

/* Would the change shut out whoever is in charge? */
static const char *
locks_out(struct harden_host *host, const struct harden_item *item)
{
	struct slice command;
	bool root, other;

	load(host);
	if (harden_sshd_value(buf_slice(&host->sshd), "AuthorizedKeysCommand",
		&command) && !slice_is(command, "none"))
		return NULL;
	find_login_keys(host, &root, &other);
	if (needs_keys(host, item->key) && !root && !other)
		return "nobody has a key in ~/.ssh/authorized_keys: nobody "
		       "could log in any more";
	if (strcmp(item->key, "PermitRootLogin") == 0 && !other)
		return "no user but root has a key in "
		       "~/.ssh/authorized_keys: nobody could log in any more";
	return NULL;
}

/* sshd takes the first value that it meets: the folder of drop-ins must be
 * read before the keyword.  NULL, or why it is not. */
static const char *
not_included(const struct harden_host *host, const char *keyword)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	const char *why = "'" MAIN "' has no line `Include "
			  "/etc/ssh/sshd_config.d/*.conf': put one at its top";

	tree_read(&host->tree, MAIN, &text);
	rest = buf_slice(&text);
	while (rest.p != NULL) {
		struct slice line = slice_trim(slice_line(&rest));

		if (slice_case_starts(line, "include") &&
		    slice_find_text(line, SLICE("sshd_config.d/*.conf")) <
			line.n) {
			why = NULL;
			break;
		}
		if (slice_case_starts(line, keyword)) {
			why = "'" MAIN "' sets it before it includes the "
			      "drop-ins: take that line out";
			break;
		}
		if (slice_case_starts(line, "match") &&
		    (line.n == 5 || strchr(" \t=", line.p[5]) != NULL))
			break;
	}
	buf_free(&text);
	return why;
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	const char *why;
	char want[512];

	if (!has_sshd(host))
		return;
	if (item->hand != NULL) {
		harden_plan_hand(plan, item);
		return;
	}
	why = not_included(host, item->key);
	if (why == NULL)
		why = locks_out(host, item);
	if (why != NULL) {
		harden_plan_refuse(plan, item, "%s", why);
		return;
	}
	harden_want_first(item->want, want, sizeof(want));
	harden_plan_line(plan, DROP_IN, "# Sorted first: sshd takes the first "
	    "value that it meets.\n", "%s %s", item->key, want);
	harden_plan_live(plan, HARDEN_SSHD, "sshd", "reload", NULL);
}

size_t
harden_ssh_ports(struct harden_host *host, uint16_t *ports, size_t max)
{
	struct slice rest;
	int64_t port;
	size_t n = 0;

	if (!has_sshd(host))
		return 0;
	load(host);
	rest = buf_slice(&host->sshd);
	while (rest.p != NULL && n < max) {
		struct slice value = slice_line(&rest);
		struct slice name = slice_cut(&value, ' ');

		if (slice_is(name, "port") && value.p != NULL &&
		    number_parse(slice_trim(value), 1, 65535, &port) == 0)
			ports[n++] = (uint16_t)port;
	}
	if (n == 0)
		ports[n++] = 22;
	return n;
}

int
harden_ssh_validate(const char *path, struct err *err)
{
	const char *const argv[] = {"sshd", "-t", "-f", path, NULL};

	return tool_do(argv, SLICE_NONE, ERR_CONFIG, "sshd refuses it", err);
}

const struct harden_kind harden_ssh = {.name = "sshd",
    .how = "`sshd -T', which says what sshd does; of a tree its files",
    .drop_in = DROP_IN,
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
