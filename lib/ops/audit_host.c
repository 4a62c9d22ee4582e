/* SPDX-License-Identifier: ISC */
/* Probes of the host: what fe-harden knows, and who runs as whom. */
#include <pwd.h>
#include <string.h>

#include "base/sandbox.h"
#include "ops/audit_probe.h"

void
audit_harden_row(struct audit *a, struct audit_result *r)
{
	audit_say_harden(a, r, r->practice->id);
}

/* A core file is memory on a disk, too. */
void
audit_memory_kept(struct audit *a, struct audit_result *r)
{
	audit_say_harden(a, r, "enc-memory");
	audit_say_harden(a, r, "host-coredumps");
}

void
audit_firewall(struct audit *a, struct audit_result *r)
{
	audit_say_harden(a, r, "net-firewall");
}

/* As fe-home(7) has it.  What serves clients runs as fe-net, or is started as
 * root to bind and drops that at once. */
static const struct {
	const char *program, *user;
} users[] = {{"fe-listen", "fe-net"}, {"fe-receive", "fe-net"},
    {"fe-imap", "fe-net"}, {"fe-pop3", "fe-net"}, {"fe-pool", "fe-parse"},
    {"fe-verify", "fe-parse"}, {"fe-scan", "fe-parse"},
    {"fe-limit", "fe-parse"}, {"fe-sieve", "fe-parse"},
    {"fe-store", "fe-mail"}, {"fe-sign", "fe-sign"},
    {"fe-queue", "fe-out"}, {"fe-send", "fe-out"},
    {"fe-account", "fe-acct"}, {"fe-backup", "fe-backup"}};

/* These have no user of their own, but no need of root either. */
static bool
needs_no_root(const char *program)
{
	static const char *const names[] = {
	    "fe-watch", "fe-unpack", "fe-opinion", "fe-probe"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], program) == 0)
			return true;
	return false;
}

static const char *
user_of(const char *program)
{
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		if (strcmp(users[i].program, program) == 0)
			return users[i].user;
	return NULL;
}

/* The name of a uid by the host's own passwd; NULL. */
static const char *
name_of(int64_t uid)
{
	const struct passwd *entry = getpwuid((uid_t)uid);

	return entry != NULL ? entry->pw_name : NULL;
}

/* One user for everything is a whole service, and gives up the walls between
 * its parts: said, not counted. */
static void
say_one_user(const struct audit *a, struct audit_result *r)
{
	const struct host_process *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < a->processes.n; i++) {
		const struct host_process *p = &a->processes.items[i];

		if (user_of(p->name) == NULL)
			continue;
		if (first != NULL && first->uid != p->uid)
			return;
		if (first == NULL)
			first = p;
		n++;
	}
	if (n > 1 && first->uid != 0)
		audit_say(r, AUDIT_NOTE, "one user runs all %zu of them: who "
		    "captures one has the files of all (fe-security(7))", n);
}

static void
say_users(const struct audit *a, struct audit_result *r)
{
	size_t right = 0, other = 0;

	for (size_t i = 0; i < a->processes.n; i++) {
		const struct host_process *p = &a->processes.items[i];
		const char *want = user_of(p->name), *is = name_of(p->uid);

		if (want == NULL) {
			if (p->uid == 0 && needs_no_root(p->name))
				audit_say(r, AUDIT_FAIL, "%s (pid %lld) runs "
				    "as root", p->name, (long long)p->pid);
			continue;
		}
		if (is != NULL && strcmp(is, want) == 0)
			right++;
		else if (p->uid == 0)
			audit_say(r, AUDIT_FAIL, "%s (pid %lld) runs as root, "
			    "not as %s", p->name, (long long)p->pid, want);
		else if (other++ < 10)
			audit_say(r, AUDIT_NOTE, "%s (pid %lld) runs as %s; "
			    "in a service of the whole host it is %s",
			    p->name, (long long)p->pid,
			    is != NULL ? is : "a user without a name", want);
	}
	if (right > 0)
		audit_say(r, AUDIT_PASS,
		    "%zu programs run as fe-home(7) has it", right);
}

static void
say_confinement(const struct audit *a, struct audit_result *r)
{
	size_t filtered = 0;

	for (size_t i = 0; i < a->processes.n; i++) {
		const struct host_process *p = &a->processes.items[i];

		filtered += p->seccomp == 2;
		if (user_of(p->name) != NULL && !p->no_new_privs)
			audit_say(r, AUDIT_FAIL, "%s (pid %lld) may get new "
			    "rights by exec", p->name, (long long)p->pid);
	}
	if (filtered > 0)
		audit_say(r, AUDIT_PASS, "%zu of our %zu processes are "
		    "confined by seccomp", filtered, a->processes.n);
}

void
audit_isolation(struct audit *a, struct audit_result *r)
{
	audit_say_harden(a, r, "host-isolation");
	say_users(a, r);
	say_one_user(a, r);
	say_confinement(a, r);
	if (a->tree.is_host && !sandbox_has_landlock())
		audit_say(r, AUDIT_NOTE, "this kernel has no Landlock: files "
		    "are bounded by their modes alone");
}
