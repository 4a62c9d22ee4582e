/* SPDX-License-Identifier: ISC */
/* Probes of the network: floods, scans, what the parts say to one another. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/unix_socket.h"
#include "ops/audit_probe.h"

#define BASELINE_DAYS 90

/* Is there a rule of fe-limit that looks at that step? */
static bool
has_rule(const struct audit *a, const char *step)
{
	struct slice section, value;
	size_t at = 0;

	while (audit_next_setting(a, "fe-limit", "rule", &at, &section,
	    &value))
		if (slice_find_text(value, slice_text(step)) < value.n)
			return true;
	return false;
}

/* fe-receive asks behind that socket at each connection. */
static void
say_limit_server(const struct audit *a, struct audit_result *r)
{
	struct slice value;
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;
	int fd;

	if (audit_setting(a, "fe-receive", "limit", &value))
		buf_append_slice(&path, value);
	else
		home_file(&path, "run/limit.sock");
	if (slice_is(buf_slice(&path), "off")) {
		audit_say(r, AUDIT_FAIL, "fe-receive is told not to ask "
		    "fe-limit (limit = off)");
	} else {
		fd = unix_socket_connect(path.p, SOCK_SEQPACKET, &err);
		if (fd < 0)
			fd = unix_socket_connect(path.p, SOCK_STREAM, &err);
		audit_say(r, fd >= 0 ? AUDIT_PASS : AUDIT_FAIL, "%s '%s'",
		    fd >= 0 ? "fe-limit answers on" : "nobody answers on",
		    path.p);
		if (fd >= 0)
			close(fd);
	}
	buf_free(&path);
}

void
audit_flood(struct audit *a, struct audit_result *r)
{
	audit_say_harden(a, r, "host-kernel.syncookies");
	audit_say_harden(a, r, "net-firewall.rate-4");
	audit_say_harden(a, r, "net-firewall.rate-6");
	if (has_rule(a, "at=connection"))
		audit_say(r, AUDIT_PASS,
		    "[fe-limit] has a rule for connections");
	else
		audit_say(r, AUDIT_FAIL, "no rule of [fe-limit] says "
		    "at=connection");
	say_limit_server(a, r);
}

void
audit_outside(struct audit *a, struct audit_result *r)
{
	audit_say_probe(a, r, "");
	audit_say_harden(a, r, "net-firewall.listeners");
	audit_packages(a, r);
}

/* Its age, and whether files are as it has them. */
static void
say_baseline(const struct audit *a, struct audit_result *r)
{
	static const char *const words[] = {
	    "fe-baseline", "check", "-q", NULL};
	struct buf path = BUF_INIT, out = BUF_INIT;
	struct err err = ERR_INIT;
	struct slice rest;
	int status;

	home_file(&path, "state/baseline");
	if (access(path.p, F_OK) < 0) {
		audit_say(r, AUDIT_FAIL, "there is no baseline: fe-baseline "
		    "make");
		buf_free(&path);
		return;
	}
	audit_say_file_age(a, r, "the baseline", path.p, BASELINE_DAYS);
	status = audit_run_program(a, words, SLICE_NONE, &out, &err);
	rest = buf_slice(&out);
	if (status == 0)
		audit_say(r, AUDIT_PASS, "files are as the baseline has them");
	else if (status < 0)
		audit_say(r, AUDIT_UNKNOWN, "%s", err.text);
	while (status > 0 && rest.p != NULL) {
		struct slice line = slice_line(&rest);

		if (line.n > 0)
			audit_say(r, status == 1 ? AUDIT_FAIL : AUDIT_UNKNOWN,
			    "%.*s", SLICE_ARG(line));
	}
	buf_free(&path);
	buf_free(&out);
}

void
audit_intrusion(struct audit *a, struct audit_result *r)
{
	(void)audit_say_running(a, r, "fe-watch");
	(void)audit_say_running(a, r, "fe-ban");
	if (audit_need_program(r, "fe-baseline"))
		say_baseline(a, r);
}

void
audit_access_logs(struct audit *a, struct audit_result *r)
{
	struct buf path = BUF_INIT;
	struct stat st;

	if (audit_say_running(a, r, "fe-watch") &&
	    stat(home_file(&path, "state/places"), &st) == 0)
		audit_say(r, AUDIT_NOTE, "it last saw a login %lld days ago",
		    (long long)(a->now_ms / 1000 - st.st_mtime) / 86400);
	buf_free(&path);
}

/* A scan as the kernel logs what our own firewall rule sees. */
void
audit_portscan(struct audit *a, struct audit_result *r)
{
	audit_say_harden(a, r, "net-portscan");
	audit_say_made_up(a, r, "a port scan", "kernel: fe-portscan: IN=eth0 "
	    "OUT= MAC=00 SRC=" AUDIT_STRANGER " DST=198.51.100.1 LEN=60 "
	    "TTL=54 PROTO=TCP SPT=4000 DPT=23 WINDOW=64240 SYN URGP=0", 1);
}

/* Two of our processes that talk over TCP on this host. */
static void
say_inner_connections(const struct audit *a, struct audit_result *r)
{
	size_t seen = 0, plain = 0;

	for (size_t i = 0; i < a->sockets.n; i++) {
		const struct socket_entry *s = &a->sockets.items[i];
		const struct host_process *p = host_processes_owner(
		    &a->processes, s->inode);

		if (p == NULL || s->udp || s->listens)
			continue;
		seen++;
		for (size_t k = i + 1; k < a->sockets.n; k++) {
			const struct socket_entry *t = &a->sockets.items[k];
			const struct host_process *q;

			if (t->udp || t->listens ||
			    t->local_port != s->remote_port ||
			    t->remote_port != s->local_port ||
			    !ip_equal(&t->local, &s->remote))
				continue;
			q = host_processes_owner(&a->processes, t->inode);
			if (q == NULL)
				continue;
			plain++;
			audit_say(r, AUDIT_FAIL, "%s and %s talk over TCP on "
			    "this host", p->name, q->name);
		}
	}
	if (a->processes.n == 0)
		audit_say(r, AUDIT_UNKNOWN, "none of our programs runs");
	else if (plain == 0)
		audit_say(r, AUDIT_PASS, "no two of our %zu processes talk "
		    "over TCP (%zu connections seen)", a->processes.n, seen);
}

static bool
is_local_only(const struct audit *a, struct slice section)
{
	struct slice value;
	char name[128];

	snprintf(name, sizeof(name), "%.*s", SLICE_ARG(section));
	return audit_setting(a, name, "lmtp", &value) &&
	    slice_is(value, "yes");
}

void
audit_endpoints(struct audit *a, struct audit_result *r)
{
	struct slice section, value;
	size_t at = 0;

	if (!a->sockets.readable)
		audit_say(r, AUDIT_UNKNOWN, "cannot read /proc/net/tcp");
	else if (a->processes.closed)
		audit_say(r, AUDIT_UNKNOWN, "only root sees which sockets "
		    "belong to whom");
	else
		say_inner_connections(a, r);
	while (audit_next_setting(a, "fe-receive", "tls", &at, &section,
	    &value))
		if (slice_is(value, "off") && !is_local_only(a, section))
			audit_say(r, AUDIT_FAIL, "[%.*s] of fe.conf says tls "
			    "= off", SLICE_ARG(section));
	if (audit_setting(a, "fe-scan", "clamd", &value) &&
	    !slice_starts(value, "/"))
		audit_say(r, AUDIT_FAIL, "clamd is not behind a UNIX socket: "
		    "'%.*s'", SLICE_ARG(value));
}
