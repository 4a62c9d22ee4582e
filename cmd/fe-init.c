/* SPDX-License-Identifier: ISC */
/*
 * fe-init: makes a home for a mail service, all of one user.  Run as root it
 * makes the folder, reads what only root may, then becomes that user, so that
 * everything in the home is his.  What exists is never changed.
 */
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cmd.h"
#include "base/config.h"
#include "base/home.h"
#include "base/installation.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "crypto/certificate.h"
#include "mail/address.h"
#include "net/port.h"
#include "ops/new_home.h"

#define SYSTEM_HOME "/var/lib/fe"
#define SYSTEM_CONFIG "/etc/fe/fe.conf"
#define SYSTEM_UNITS "/etc/systemd/system"
#define SYSTEM_USER "fe"

struct init_conf {
	struct cmd_conf cmd;
	const char *domain, *host, *tls_cert, *tls_key, *user;
};

static const struct option_def options[] = {
    CMD_OPTIONS(struct init_conf, cmd),
    {OPTION_TEXT, 0, "domain", offsetof(struct init_conf, domain), "NAME",
	.flags = OPTION_SHARED, .help = "the first domain to have mail"},
    {OPTION_TEXT, 0, "host", offsetof(struct init_conf, host), "NAME",
	.flags = OPTION_PER_RUN,
	.help = "name of this host in the mail world (default: mx.DOMAIN)"},
    {OPTION_TEXT, 0, "tls-cert", offsetof(struct init_conf, tls_cert), "FILE",
	.flags = OPTION_PER_RUN,
	.help = "certificate chain in PEM, copied (default: self-signed)"},
    {OPTION_TEXT, 0, "tls-key", offsetof(struct init_conf, tls_key), "FILE",
	.flags = OPTION_PER_RUN, .help = "its private key in PEM, copied"},
    {OPTION_TEXT, 0, "user", offsetof(struct init_conf, user), "NAME",
	.flags = OPTION_PER_RUN,
	.help = "run as root: whose the home shall be (default: fe)"},
    {OPTION_END}};

static const struct cmd init_cmd = {
    .name = "fe-init",
    .synopsis = "[--home DIR] --domain NAME [options]",
    .summary = "make a home: keys, certificate, configuration, services",
    .options = options};

/* A domain as it is compared, in ASCII. */
static char *
normalise_domain(const char *text, const char *option, struct err *err)
{
	struct buf address = BUF_INIT, out = BUF_INIT;
	char *domain = NULL;

	buf_format(&address, "x@%s", text);
	if (address_normalize(buf_slice(&address), &out) < 0 ||
	    !home_name_is_valid(slice_part(buf_slice(&out), 2, out.n)))
		err_set(err, ERR_USAGE, "--%s: '%s' is no domain name",
		    option, text);
	else
		domain = mem_text(out.p + 2);
	buf_free(&address);
	buf_free(&out);
	return domain;
}

/* The host name that an earlier run wrote into fe.conf, or NULL. */
static char *
earlier_host(void)
{
	struct buf path = BUF_INIT;
	struct config config;
	struct err err = ERR_INIT;
	char *host = NULL;

	if (config_read(&config, home_file(&path, "fe.conf"), &err) == 0) {
		for (size_t i = 0; i < config.n; i++)
			if (host == NULL &&
			    slice_is(config.entries[i].section, "fe") &&
			    slice_is(config.entries[i].key, "hostname"))
				host = mem_dup(config.entries[i].value.p,
				    config.entries[i].value.n);
		config_free(&config);
	}
	buf_free(&path);
	return host;
}

static int
read_names(const struct init_conf *conf, struct new_home *home, struct err *err)
{
	struct buf fallback = BUF_INIT;
	char *earlier;

	if (conf->domain == NULL)
		return err_set(err, ERR_USAGE, "--domain is missing: which "
		    "domain shall have mail here?");
	home->domain = normalise_domain(conf->domain, "domain", err);
	if (home->domain == NULL)
		return -1;
	earlier = conf->host == NULL ? earlier_host() : NULL;
	buf_format(&fallback, "mx.%s", home->domain);
	home->host = normalise_domain(conf->host != NULL ? conf->host
		: earlier != NULL ? earlier : fallback.p, "host", err);
	free(earlier);
	buf_free(&fallback);
	return home->host == NULL ? -1 : 0;
}

static int
read_pem(const char *path, struct buf *out, struct err *err)
{
	if (buf_reserve(out, 65536) < 0 || io_read_file(path, out, err) < 0) {
		if (err->kind == ERR_SYSTEM)
			err->kind = ERR_USAGE; /* the name was typed */
		return -1;
	}
	return 0;
}

static int
read_pair(const struct init_conf *conf, struct new_home *home,
    struct buf *certificate, struct buf *key, struct err *err)
{
	if ((conf->tls_cert == NULL) != (conf->tls_key == NULL))
		return err_set(err, ERR_USAGE,
		    "--tls-cert and --tls-key go together");
	if (conf->tls_cert == NULL)
		return 0;
	if (read_pem(conf->tls_cert, certificate, err) < 0 ||
	    read_pem(conf->tls_key, key, err) < 0)
		return -1;
	home->certificate = buf_slice(certificate);
	home->key = buf_slice(key);
	if (certificate_check_pair(home->certificate, home->key, err) < 0)
		return err_prefix(
		    err, "'%s', '%s'", conf->tls_cert, conf->tls_key);
	return 0;
}

/* Whose the home shall be.  *entry stays NULL for ourselves. */
static int
find_user(const struct init_conf *conf, struct new_home *home,
    struct passwd **entry, struct err *err)
{
	const struct passwd *self;

	*entry = NULL;
	if (geteuid() == 0) {
		*entry = getpwnam(
		    conf->user != NULL ? conf->user : SYSTEM_USER);
		if (*entry == NULL && conf->user != NULL)
			return err_set(err, ERR_USAGE,
			    "--user: there is no user '%s'", conf->user);
		if (*entry != NULL) {
			home->user = mem_text((*entry)->pw_name);
			return 0;
		}
	} else if (conf->user != NULL)
		return err_set(err, ERR_USAGE, "--user: only root can give a "
		    "home to another user");
	self = getpwuid(geteuid());
	home->user = self != NULL ? mem_text(self->pw_name)
				  : mem_text("root");
	return 0;
}

/* The folder itself, owned by its user; --home from now on is absolute. */
static int
make_root(const struct passwd *user, struct err *err)
{
	struct stat st;
	bool fresh = stat(home_path(), &st) < 0;
	char *path;

	if (io_make_folders(home_path(), 0755, err) < 0)
		return -1;
	if (fresh && (chmod(home_path(), 0750) < 0 || (user != NULL &&
		chown(home_path(), user->pw_uid, user->pw_gid) < 0)))
		return err_errno(err, "cannot give away '%s'", home_path());
	path = realpath(home_path(), NULL);
	if (path == NULL)
		return err_errno(err, "cannot find '%s'", home_path());
	home_set(path);
	free(path);
	return new_home_check_path(home_path(), err);
}

/* One at a time: two would give one home a key of the one and a certificate
 * of the other.  Held until the end of the process. */
static int
lock_home(struct err *err)
{
	int fd = open(home_path(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return err_errno(err, "cannot lock '%s'", home_path());
	return 0;
}

/* What the system's own home has outside of itself: the configuration in
 * /etc, the units where systemd looks for them. */
static int
install_outside(const struct new_home *home, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	if (geteuid() != 0 || strcmp(home_path(), SYSTEM_HOME) != 0)
		return 0;
	if (io_make_folders("/etc/fe", 0755, err) < 0 ||
	    new_home_render(home, "home/fe.conf", SYSTEM_CONFIG, 0644, err) < 0)
		return -1;
	home_file(&path, "fe.conf");
	if (access(path.p, F_OK) < 0 && symlink(SYSTEM_CONFIG, path.p) < 0)
		result = err_errno(err, "cannot make link '%s'", path.p);
	if (result == 0 && access(SYSTEM_UNITS, W_OK) == 0)
		result = new_home_render_units(home, SYSTEM_UNITS, err);
	buf_free(&path);
	return result;
}

static int
become(const struct passwd *user, struct err *err)
{
	if (user == NULL || user->pw_uid == 0)
		return 0;
	if (initgroups(user->pw_name, user->pw_gid) < 0 ||
	    setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0)
		return err_errno(
		    err, "cannot become the user '%s'", user->pw_name);
	return 0;
}

static int
confine(const struct init_conf *conf, struct err *err)
{
	struct buf share = BUF_INIT;
	char *end;
	int result;

	if (installation_share(&share, "home/fe.conf", err) < 0)
		return -1;
	end = strstr(share.p, "/home/fe.conf");
	*end = '\0';
	const struct sandbox_path paths[] = {
	    {home_path(), SANDBOX_READ | SANDBOX_WRITE},
	    {share.p, SANDBOX_READ}};
	result = sandbox_enter(
	    SANDBOX_STORE, paths, 2, conf->cmd.sandbox == 1, err);
	buf_free(&share);
	return result;
}

static void
say_what_next(const struct new_home *home, const char *holder, bool quiet)
{
	const char *dir = home_path();
	bool system = strcmp(dir, SYSTEM_HOME) == 0;

	if (quiet)
		return;
	printf(home->made > 0 ? "%s is ready for mail to %s as %s\n"
			      : "%s was ready for mail to %s as %s: "
				"nothing changed\n",
	    dir, home->domain, home->host);
	if (home->certificate_made)
		printf("the TLS certificate is self-signed: put a real one "
		       "into %s/keys/tls\n", dir);
	if (holder[0] != '\0')
		printf("port 25 is held by %s: stop that first\n", holder);
	if (strcmp(home->user, "root") == 0)
		printf("it belongs to root: better give it to a user of its "
		       "own (--user)\n");
	printf("next:\n  fe-account add you@%s%s%s\n", home->domain,
	    system ? "" : " --home ", system ? "" : dir);
	printf("  fe-dns%s%s\n", system ? "" : " --home ", system ? "" : dir);
	if (system)
		printf("  systemctl enable --now fe-smtp.socket\n");
	else
		printf("  FE_HOME=%s fe-listen ::1 2525 fe-receive -- "
		       "%s/deliver\n", dir, dir);
	printf("units for systemd and s6 and a cron file: %s/service\n", dir);
}

static int
make(const struct init_conf *conf, struct new_home *home, struct err *err)
{
	struct buf certificate = BUF_LIMITED(CERTIFICATE_SIZE_MAX);
	struct buf key = BUF_LIMITED(CERTIFICATE_SIZE_MAX);
	struct passwd *user = NULL;
	int result = -1;

	if (read_names(conf, home, err) == 0 &&
	    read_pair(conf, home, &certificate, &key, err) == 0 &&
	    find_user(conf, home, &user, err) == 0 &&
	    make_root(user, err) == 0 && lock_home(err) == 0 &&
	    install_outside(home, err) == 0 && become(user, err) == 0 &&
	    confine(conf, err) == 0)
		result = new_home_make(home, err);
	buf_wipe(&key);
	buf_free(&certificate);
	return result;
}

int
main(int argc, char *argv[])
{
	struct init_conf conf = {0};
	struct new_home home = {.made = 0};
	struct buf bin = BUF_INIT, holder = BUF_INIT;
	struct err err = ERR_INIT;
	int code;

	cmd_start(&init_cmd);
	if (option_parse(&init_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	if (conf.cmd.words_n > 0)
		cmd_usage_exit("unexpected argument '%s'", conf.cmd.words[0]);
	if (installation_bin(&bin, &err) < 0 ||
	    new_home_check_path(bin.p, &err) < 0)
		return cmd_fail(&err);
	home.bin = bin.p;
	port_holder(NULL, 25, &holder);
	code = make(&conf, &home, &err) < 0 ? cmd_fail(&err) : EXIT_DONE;
	if (code == EXIT_DONE) {
		say_what_next(&home, buf_text(&holder), conf.cmd.quiet);
		code = cmd_finish(&err);
	}
	free(home.domain);
	free(home.host);
	free(home.user);
	buf_free(&bin);
	buf_free(&holder);
	return code;
}
