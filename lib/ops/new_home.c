/* SPDX-License-Identifier: ISC */
/*
 * A new home.  Trusts the administrator, and nothing that may lie in the
 * folder already: what is there is not touched, only noted.
 */
#include "ops/new_home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/selector.h"
#include "base/clock.h"
#include "base/home.h"
#include "base/id.h"
#include "base/installation.h"
#include "base/io.h"
#include "base/log_key.h"
#include "base/secret.h"
#include "base/template.h"
#include "crypto/certificate.h"
#include "crypto/keyring.h"

/* Folders of fe-home(7).  Modes are those of a service of several users; with
 * one user the group is his own. */
static const struct {
	const char *name;
	mode_t mode;
} folders[] = {
    {"accounts", 0700},
    {"secrets", 0700},
    {"mail", 0750},
    {"journal", 0750},
    {"queue", 0700},
    {"state", 0711}, /* fe-listen reads state/bans */
    {"model", 0750},
    {"sieve", 0750},
    {"run", 0750},
    {"keys", 0750},
    {"keys/service", 0700},
    {"keys/dkim", 0700},
    {"keys/tls", 0750},
    {"keys/log", 0750},
    {"keys/backup", 0700},
    {"backup", 0750},
    {"service", 0750},
    {"service/systemd", 0750},
    {"service/s6", 0750},
    {"service/s6/fe-smtp", 0750},
    {"service/s6/fe-limit", 0750},
    {"service/s6/fe-watch", 0750},
    {"service/s6/fe-baseline", 0750},
    {"service/s6/fe-smtp/log", 0750},
};

/* Texts: name in share/, name in the home. */
static const struct {
	const char *template, *name;
	mode_t mode;
} texts[] = {
    {"home/fe.conf", "fe.conf", 0644},
    {"home/deliver", "deliver", 0750},
    {"sieve/default.sieve", "sieve/site.sieve", 0640},
    {"systemd/fe-smtp.socket", "service/systemd/fe-smtp.socket", 0644},
    {"systemd/fe-smtp.service", "service/systemd/fe-smtp.service", 0644},
    {"systemd/fe-audit.service", "service/systemd/fe-audit.service", 0644},
    {"systemd/fe-audit.timer", "service/systemd/fe-audit.timer", 0644},
    {"systemd/fe-rotate-keys.service",
	"service/systemd/fe-rotate-keys.service", 0644},
    {"systemd/fe-rotate-keys.timer", "service/systemd/fe-rotate-keys.timer",
	0644},
    {"s6/fe-smtp/run", "service/s6/fe-smtp/run", 0755},
    {"systemd/fe-log.service", "service/systemd/fe-log.service", 0644},
    {"systemd/fe-limit.service", "service/systemd/fe-limit.service", 0644},
    {"s6/fe-limit/run", "service/s6/fe-limit/run", 0755},
    {"systemd/fe-watch.service", "service/systemd/fe-watch.service", 0644},
    {"s6/fe-watch/run", "service/s6/fe-watch/run", 0755},
    {"systemd/fe-baseline.service", "service/systemd/fe-baseline.service",
	0644},
    {"s6/fe-baseline/run", "service/s6/fe-baseline/run", 0755},
    {"s6/fe-smtp/log/run", "service/s6/fe-smtp/log/run", 0755},
    {"cron/fe", "service/cron", 0644},
};

/* 32 raw octets each. */
static const struct {
	const char *name;
	mode_t mode;
} keys[] = {
    {"keys/state.key", 0400},
    {"keys/queue.key", 0400},
    {"keys/account.key", 0400},
    {"keys/fingerprint.key", 0640},
};

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

int
new_home_check_path(const char *path, struct err *err)
{
	static const char extra[] = "/._+,=:-";
	struct slice others = SLICE(extra);

	for (const char *p = path; *p != '\0'; p++)
		if (!ascii_is_alnum(*p) && slice_find(others, *p) == others.n)
			return err_set(err, ERR_USAGE, "the path '%s' would "
			    "need quotes in scripts and unit files", path);
	if (path[0] != '/')
		return err_set(
		    err, ERR_USAGE, "the path '%s' is not absolute", path);
	return 0;
}

static int
make_folder(const char *path, mode_t mode, unsigned *made, struct err *err)
{
	if (mkdir(path, mode) < 0) {
		if (errno == EEXIST)
			return 0;
		return err_errno(err, "cannot make folder '%s'", path);
	}
	/* the umask is stricter than the folder may be */
	if (chmod(path, mode) < 0)
		return err_errno(err, "cannot set the mode of '%s'", path);
	++*made;
	return io_sync_folder(path, err);
}

static int
make_folders(struct new_home *home, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) &&
	     result == 0; i++)
		result = make_folder(home_file(&path, "%s", folders[i].name),
		    folders[i].mode, &home->made, err);
	buf_free(&path);
	return result;
}

static int
make_file(struct new_home *home, const char *path, struct slice content,
    mode_t mode, struct err *err)
{
	if (exists(path))
		return 0;
	home->made++;
	return io_replace_file(path, content, mode, err);
}

static int
make_key(struct new_home *home, const char *name, mode_t mode, struct err *err)
{
	struct buf path = BUF_INIT;
	unsigned char *key = secret_alloc(KEY_SIZE);
	int result;

	random_octets(key, KEY_SIZE);
	result = make_file(home, home_file(&path, "%s", name),
	    slice_of(key, KEY_SIZE), mode, err);
	secret_free(key);
	buf_free(&path);
	return result;
}

static bool
folder_is_empty(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	bool empty = true;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			empty = false;
	if (folder != NULL)
		closedir(folder);
	return empty;
}

/* The key of today's log, unless there is one of an earlier day. */
static int
make_log_key(struct new_home *home, struct err *err)
{
	struct log_key key = LOG_KEY_INIT;
	struct buf path = BUF_INIT;
	int result = 0;

	if (folder_is_empty(home_file(&path, "keys/log"))) {
		home->made++;
		/* a log that begins meanwhile has the same one */
		result = log_key_make(&key, log_key_day(clock_now_ms()), err);
	}
	log_key_free(&key);
	buf_free(&path);
	return result;
}

static int
make_keys(struct new_home *home, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	if (!exists(home_file(&path, "keys/service/current"))) {
		home->made++;
		result = service_key_make(err);
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && result == 0;
	     i++)
		result = make_key(home, keys[i].name, keys[i].mode, err);
	if (result == 0)
		result = make_log_key(home, err);
	buf_free(&path);
	return result;
}

/* DKIM keys of both sorts: those that sign from now on, and the next ones,
 * whose records are in DNS long before the change. */
static int
make_signing_keys(struct new_home *home, struct err *err)
{
	static const enum dkim_key_type types[] = {DKIM_KEY_RSA,
	    DKIM_KEY_ED25519};
	struct buf path = BUF_INIT, name = BUF_INIT;
	int result = 0;

	if (folder_is_empty(home_file(&path, "keys/dkim/%s", home->domain)))
		for (size_t i = 0; i < 4 && result == 0; i++) {
			home->made++;
			result = selector_make(slice_text(home->domain),
			    types[i % 2], i < 2 ? SELECTOR_ACTIVE :
			    SELECTOR_PUBLISHED, &name, err);
		}
	buf_free(&path);
	buf_free(&name);
	return result;
}

/* The private key comes first: a certificate says that both are there. */
static int
write_pair(struct new_home *home, struct slice certificate, struct slice key,
    struct err *err)
{
	struct buf path = BUF_INIT;
	int result;

	home->made++;
	result = io_replace_file(
	    home_file(&path, "keys/tls/key.pem"), key, 0640, err);
	if (result == 0)
		result = make_file(home, home_file(&path, "keys/tls/cert.pem"),
		    certificate, 0640, err);
	buf_free(&path);
	return result;
}

static int
make_certificate(struct new_home *home, struct err *err)
{
	struct buf path = BUF_INIT, key = BUF_INIT, certificate = BUF_INIT;
	int result = 0;

	buf_reserve(&key, 4096); /* so that growing leaves no copies */
	if (exists(home_file(&path, "keys/tls/cert.pem"))) {
		buf_free(&path);
		buf_wipe(&key);
		return 0;
	}
	if (home->certificate.p != NULL)
		result = write_pair(home, home->certificate, home->key, err);
	else {
		result = certificate_make_key(&key, err);
		if (result == 0)
			result = certificate_make(buf_slice(&key), home->host,
			    NEW_HOME_CERTIFICATE_DAYS, &certificate, err);
		if (result == 0)
			result = write_pair(home, buf_slice(&certificate),
			    buf_slice(&key), err);
		home->certificate_made = result == 0;
	}
	buf_free(&path);
	buf_wipe(&key);
	buf_free(&certificate);
	return result;
}

int
new_home_render(const struct new_home *home, const char *template,
    const char *path, unsigned mode, struct err *err)
{
	const struct template_value values[] = {
	    {"HOST", home->host}, {"DOMAIN", home->domain},
	    {"BIN", home->bin}, {"HOME", home_path()}, {"USER", home->user},
	    {NULL, NULL}};
	struct buf source = BUF_INIT, text = BUF_INIT, out = BUF_INIT;
	int result = -1;

	if (exists(path))
		return 0;
	if (installation_share(&source, template, err) == 0 &&
	    io_read_file(source.p, &text, err) == 0) {
		template_fill(buf_slice(&text), values, &out);
		result = io_replace_file(
		    path, buf_slice(&out), (mode_t)mode, err);
	}
	buf_free(&source);
	buf_free(&text);
	buf_free(&out);
	return result < 0 ? -1 : 1;
}

int
new_home_render_units(const struct new_home *home, const char *folder,
    struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && result >= 0;
	     i++) {
		struct slice unit = slice_text(texts[i].template);

		if (!slice_starts(unit, "systemd/"))
			continue;
		slice_cut(&unit, '/');
		buf_truncate(&path, 0);
		buf_format(&path, "%s/%.*s", folder, SLICE_ARG(unit));
		result = new_home_render(home, texts[i].template, path.p,
		    (unsigned)texts[i].mode, err);
	}
	buf_free(&path);
	return result < 0 ? -1 : 0;
}

static int
make_texts(struct new_home *home, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && result >= 0;
	     i++) {
		result = new_home_render(home, texts[i].template,
		    home_file(&path, "%s", texts[i].name),
		    (unsigned)texts[i].mode, err);
		if (result > 0)
			home->made++;
	}
	buf_free(&path);
	return result < 0 ? -1 : 0;
}

int
new_home_make(struct new_home *home, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = -1;

	if (make_folders(home, err) == 0 && make_keys(home, err) == 0 &&
	    make_signing_keys(home, err) == 0 &&
	    make_certificate(home, err) == 0 &&
	    make_file(home, home_file(&path, "run/recipients"), SLICE(""),
		0640, err) == 0)
		result = make_texts(home, err);
	buf_free(&path);
	return result;
}
