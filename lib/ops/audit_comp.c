/* SPDX-License-Identifier: ISC */
/* Probes of compliance: providers, SSH keys, scans, known holes. */
#include <stdio.h>
#include <string.h>

#include "base/home.h"
#include "ops/audit_probe.h"
#include "ops/providers.h"
#include "ops/vulnerability.h"

#define REVIEW_DAYS 365
#define HOST_KEY_DAYS 365
#define USER_KEY_DAYS 365
#define DATA_DAYS 7 /* of the copy of Debian's data */
#define SAID_MAX 20 /* holes that are named one by one */

void
audit_providers(struct audit *a, struct audit_result *r)
{
	struct providers p;
	struct err err = ERR_INIT;
	size_t whole = 0;

	if (providers_read(&p, &err) < 0) {
		audit_say(r, AUDIT_FAIL, "%s", err.text);
		return;
	}
	for (size_t i = 0; i < p.n; i++) {
		if (p.items[i].lacks != NULL)
			audit_say(r, AUDIT_FAIL, "'%s' lacks '%s'",
			    p.items[i].name, p.items[i].lacks);
		else
			whole++;
	}
	if (p.n == 0)
		audit_say(r, AUDIT_FAIL, "'%s' names nobody, not even who "
		    "lets this host or its line", p.path);
	else
		audit_say(r, AUDIT_PASS, "%zu of %zu providers in '%s' are "
		    "complete", whole, p.n, p.path);
	if (!p.is_ours)
		audit_say(r, AUDIT_FAIL, "it is the example that came with "
		    "the programs: make it yours, HOME/providers.json");
	else if (p.reviewed_ms == 0)
		audit_say(r, AUDIT_FAIL, "nobody has reviewed it");
	else
		audit_say_age(a, r, "its review", p.reviewed_ms, REVIEW_DAYS);
	providers_free(&p);
}

/*
 * SSH keys.
 */

static void
say_key(const struct audit *a, struct audit_result *r, const char *path,
    int64_t days)
{
	struct stat st;
	char what[300];

	if (tree_stat(&a->tree, path, &st) < 0)
		return;
	snprintf(what, sizeof(what), "'%s'", path);
	audit_say_age(a, r, what, (int64_t)st.st_mtime * 1000, days);
}

static void
say_user_keys(const struct audit *a, struct audit_result *r,
    const char *folder, bool below)
{
	struct buf path = BUF_INIT;
	struct tree_names users = {.n = 0};

	if (below)
		tree_list(&a->tree, folder, &users);
	for (size_t i = 0; i < (below ? users.n : 1); i++) {
		buf_truncate(&path, 0);
		buf_format(&path, "%s%s%s/.ssh/authorized_keys", folder,
		    below ? "/" : "", below ? users.items[i] : "");
		say_key(a, r, path.p, USER_KEY_DAYS);
	}
	tree_names_free(&users);
	buf_free(&path);
}

/* Is the chain of what was done to keys whole? */
static void
say_ledger(const struct audit *a, struct audit_result *r)
{
	static const char *const words[] = {"fe-rotate-keys", "check", NULL};
	struct buf out = BUF_INIT;
	struct slice rest, line;
	int status = audit_run_program(a, words, SLICE_NONE, &out, NULL);

	rest = buf_slice(&out);
	line = slice_line(&rest);
	if (status >= 0)
		audit_say(r, status == 0 ? AUDIT_PASS : AUDIT_FAIL,
		    "the ledger of keys is %s: %.*s",
		    status == 0 ? "whole" : "not whole", SLICE_ARG(line));
	buf_free(&out);
}

void
audit_ssh_keys(struct audit *a, struct audit_result *r)
{
	struct tree_names names;
	struct buf path = BUF_INIT;
	size_t hosts = 0;

	tree_list(&a->tree, "/etc/ssh", &names);
	for (size_t i = 0; i < names.n; i++) {
		struct slice name = slice_text(names.items[i]);

		if (!slice_starts(name, "ssh_host_") ||
		    !slice_ends(name, "_key"))
			continue;
		hosts++;
		buf_truncate(&path, 0);
		buf_format(&path, "/etc/ssh/%s", names.items[i]);
		say_key(a, r, path.p, HOST_KEY_DAYS);
	}
	tree_names_free(&names);
	say_user_keys(a, r, "/root", false);
	say_user_keys(a, r, "/home", true);
	if (hosts == 0)
		audit_say(r, AUDIT_UNKNOWN, "this host has no SSH host key");
	if (audit_say_keys(a, r, "ssh-host") == 0 && a->keys.asked)
		audit_say(r, AUDIT_NOTE, "[fe-rotate-keys] of fe.conf has no "
		    "ssh-host-key: nobody rotates them");
	(void)audit_say_keys(a, r, "ssh-user");
	say_ledger(a, r);
	buf_free(&path);
}

/*
 * Scans.
 */

void
audit_scanning(struct audit *a, struct audit_result *r)
{
	const struct audit_run *last =
	    a->log == NULL ? NULL : audit_log_last(a->log, false);

	if (last == NULL)
		audit_say(r, AUDIT_UNKNOWN, "this is the first run");
	else
		audit_say_age(a, r, "the run before this one", last->time_ms,
		    2);
	(void)audit_need_program(r, "fe-probe");
}

static const struct vulnerabilities *
read_holes(struct audit *a, struct audit_result *r)
{
	if (a->vulnerabilities == NULL)
		a->vulnerabilities =
		    vulnerabilities_read(&a->tree, a->advisories);
	if (a->vulnerabilities->fault[0] != '\0') {
		audit_say(r, AUDIT_UNKNOWN, "%s", a->vulnerabilities->fault);
		return NULL;
	}
	return a->vulnerabilities;
}

/* The sources of what our programs load, by their Debian names. */
static bool
is_library(const char *source)
{
	static const char *const names[] = {"glibc", "openssl", "libsodium",
	    "sqlite3", "unbound", "libpsl", "libidn2", "libunistring",
	    "pcre2", "zlib", "libzstd", "libarchive", "curl", "libspf2",
	    "opendkim", "libevent", "nettle", "gmp", "expat", "libseccomp",
	    "gcc-12"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], source) == 0)
			return true;
	return false;
}

static void
say_holes(const struct audit *a, struct audit_result *r,
    const struct vulnerabilities *v, bool libraries)
{
	size_t closed = 0, open[URGENCIES] = {0};

	for (size_t i = 0; i < v->n; i++) {
		const struct vulnerability *one = &v->items[i];

		if (libraries && !is_library(one->source))
			continue;
		if (one->fixed == NULL)
			open[one->urgency]++;
		else if (closed++ < SAID_MAX)
			audit_say(r, AUDIT_FAIL, "%s: %s %s is mended in %s",
			    one->name, one->source, one->installed,
			    one->fixed);
	}
	if (closed > SAID_MAX)
		audit_say(r, AUDIT_FAIL, "and %zu more that are mended",
		    closed - SAID_MAX);
	for (int u = URGENCIES - 1; u >= 0; u--)
		if (open[u] > 0)
			audit_say(r, u == URGENCY_ENDED ? AUDIT_FAIL
							: AUDIT_NOTE,
			    "%zu known and not mended in %s, urgency: %s",
			    open[u], v->codename, vulnerability_urgency_text(
			    (enum vulnerability_urgency)u));
	if (closed == 0)
		audit_say(r, AUDIT_PASS, "no hole is known in %zu source "
		    "packages that %s has mended", v->sources, v->codename);
	audit_say_age(a, r, "the copy of Debian's security data", v->time_ms,
	    DATA_DAYS);
}

/* A library that was replaced while a program runs: it still has the old one,
 * holes included (maps of proc(5): `... PATH (deleted)').  1 library, 0, or -1
 * where it cannot be told. */
static int
find_stale(const struct audit *a, const struct host_process *p,
    struct buf *library)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct slice rest;

	bool closed;

	buf_truncate(library, 0);
	buf_format(&path, "/proc/%lld/maps", (long long)p->pid);
	closed = tree_read(&a->tree, path.p, &text) < 0;
	rest = buf_slice(&text);
	while (rest.p != NULL && library->n == 0) {
		struct slice line = slice_line(&rest);

		line = slice_part(line, slice_find(line, '/'), line.n);
		if (slice_ends(line, " (deleted)") &&
		    slice_find_text(line, SLICE(".so")) < line.n)
			buf_append_slice(
			    library, slice_part(line, 0, line.n - 10));
	}
	buf_free(&path);
	buf_free(&text);
	return closed ? -1 : library->n > 0;
}

static void
say_stale(const struct audit *a, struct audit_result *r)
{
	struct buf library = BUF_INIT;
	size_t n = 0, closed = 0;

	for (size_t i = 0; i < a->processes.n; i++) {
		const struct host_process *p = &a->processes.items[i];
		int stale = find_stale(a, p, &library);

		closed += stale < 0;
		if (stale > 0 && n++ < SAID_MAX)
			audit_say(r, AUDIT_FAIL, "%s (pid %lld) runs with the "
			    "'%s' of before an update: start it again",
			    p->name, (long long)p->pid, library.p);
	}
	if (closed > 0)
		audit_say(r, AUDIT_UNKNOWN, "only root sees the libraries of "
		    "%zu of our %zu processes", closed, a->processes.n);
	else if (n == 0 && a->processes.n > 0)
		audit_say(r, AUDIT_PASS, "none of our %zu processes runs with "
		    "a library of before an update", a->processes.n);
	buf_free(&library);
}

void
audit_packages(struct audit *a, struct audit_result *r)
{
	const struct vulnerabilities *v = read_holes(a, r);

	if (v != NULL)
		say_holes(a, r, v, false);
}

void
audit_libraries(struct audit *a, struct audit_result *r)
{
	const struct vulnerabilities *v = read_holes(a, r);

	if (v != NULL)
		say_holes(a, r, v, true);
	say_stale(a, r);
}
