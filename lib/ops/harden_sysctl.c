/* SPDX-License-Identifier: ISC */
/*
 * Kernel settings: the table, the live values against it, the drop-in.
 */
#include "ops/harden_sysctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ops/harden_config.h"
#include "ops/harden_plan.h"

#define DROP_IN "/etc/sysctl.d/zz-fe-harden.conf"

static const struct harden_item items[] = {
    /* What the kernel tells, and to whom. */
    {"host-kernel.kptr-restrict", HARDEN_MINIMAL, 0, "kernel.kptr_restrict",
	"2|1", "addresses of the kernel are hidden",
	"an exploit of the kernel needs to know where things lie", NULL},
    {"host-kernel.dmesg-restrict", HARDEN_MINIMAL, 0, "kernel.dmesg_restrict",
	"1", "only root reads the kernel's log",
	"it tells addresses, devices and what crashed", NULL},
    {"host-kernel.perf-event", HARDEN_MINIMAL, 0,
	"kernel.perf_event_paranoid", ">=2",
	"performance counters of the kernel are for root",
	"they leak timing across users, and had many holes", NULL},
    {"host-kernel.randomize-va-space", HARDEN_MINIMAL, 0,
	"kernel.randomize_va_space", "2",
	"programs lie at random addresses, heap included",
	"what an attacker cannot find he cannot jump to", NULL},
    {"host-kernel.mmap-min-addr", HARDEN_MINIMAL, 0, "vm.mmap_min_addr",
	">=65536", "nothing can be mapped at address 0",
	"a null pointer in the kernel stays a crash, not a way in", NULL},
    {"host-kernel.mmap-rnd-bits", HARDEN_STRICT, 0, "vm.mmap_rnd_bits",
	">=32", "the most random bits of addresses that x86-64 has",
	"guessing takes longer than the watch needs", NULL},

    /* What users may ask of the kernel. */
    {"host-kernel.bpf-unprivileged", HARDEN_MINIMAL, 0,
	"kernel.unprivileged_bpf_disabled", ">=1",
	"BPF programs are loaded by root alone",
	"its verifier has been the way to root again and again", NULL},
    {"host-kernel.bpf-jit-harden", HARDEN_MINIMAL, 0,
	"net.core.bpf_jit_harden", "2|1",
	"constants in compiled BPF are blinded",
	"else a filter can spray code of the attacker's choice", NULL},
    {"host-kernel.ptrace-scope", HARDEN_MAIL_SERVER, 0,
	"kernel.yama.ptrace_scope", ">=1",
	"a program can be traced by its parent only",
	"one captured process must not read the others' memory", NULL},
    {"host-kernel.sysrq", HARDEN_MAIL_SERVER, 0, "kernel.sysrq", "0|4|16|128",
	"no magic keys at the console, or harmless ones",
	"who holds a keyboard or a serial console could dump and kill", NULL},
    {"host-kernel.ctrl-alt-del", HARDEN_MAIL_SERVER, 0, "kernel.ctrl-alt-del",
	"0", "three keys do not reboot without warning",
	"a reboot by accident loses what was not yet written", NULL},
    {"host-kernel.kexec", HARDEN_STRICT, 0, "kernel.kexec_load_disabled", "1",
	"no other kernel can be put in place of this one",
	"root could start an unsigned kernel; kdump wants this off", NULL},
    {"host-kernel.userfaultfd", HARDEN_MINIMAL, 0,
	"vm.unprivileged_userfaultfd", "0",
	"page faults are not handled by plain users",
	"it stops the kernel at a chosen point: half of an exploit", NULL},
    {"host-kernel.userns", HARDEN_STRICT, 0,
	"kernel.unprivileged_userns_clone", "0",
	"users make no user namespaces (a Debian setting)",
	"they open root-only paths of the kernel to everybody", NULL},
    {"host-kernel.io-uring", HARDEN_MAIL_SERVER, 0,
	"kernel.io_uring_disabled", ">=1",
	"io_uring is not for plain users",
	"nothing in a mail service needs it, many exploits did", NULL},
    {"host-kernel.ldisc-autoload", HARDEN_MINIMAL, 0,
	"dev.tty.ldisc_autoload", "0",
	"terminals load no line disciplines by themselves",
	"old drivers with known holes came in so", NULL},
    {"host-kernel.tiocsti", HARDEN_MINIMAL, 0, "dev.tty.legacy_tiocsti", "0",
	"a program cannot type into its terminal",
	"a program run by root could type commands for him", NULL},
    {"host-kernel.panic-on-oops", HARDEN_STRICT, 0, "kernel.panic_on_oops",
	"1", "a kernel that erred stops and boots anew",
	"an exploit that failed must not get a second try", NULL},
    {"host-kernel.panic-reboot", HARDEN_STRICT, 0, "kernel.panic", ">=10",
	"a stopped kernel boots anew after some seconds",
	"a host in a cellar must come back by itself", NULL},
    {"host-kernel.protected-symlinks", HARDEN_MINIMAL, 0,
	"fs.protected_symlinks", "1",
	"links in /tmp are followed for their owner only",
	"the classic race of temporary files", NULL},
    {"host-kernel.protected-hardlinks", HARDEN_MINIMAL, 0,
	"fs.protected_hardlinks", "1",
	"nobody links to files that he cannot write",
	"else an old set-uid program can be kept past its update", NULL},
    {"host-kernel.protected-fifos", HARDEN_MINIMAL, 0, "fs.protected_fifos",
	">=1", "a pipe of another user in /tmp is not opened for writing",
	"what was meant for a file would go to him", NULL},
    {"host-kernel.protected-regular", HARDEN_MINIMAL, 0,
	"fs.protected_regular", ">=1",
	"a file of another user in /tmp is not opened for writing",
	"what was meant for a file of one's own would go to him", NULL},
    {"host-kernel.core-uses-pid", HARDEN_STRICT, 0, "kernel.core_uses_pid",
	"1", "a core file, where one is made, has its own name",
	"one crash must not wipe the trace of another", NULL},

    /* Core files. */
    {"host-coredumps.pattern", HARDEN_MAIL_SERVER, 0, "kernel.core_pattern",
	"|/bin/false", "core files go nowhere",
	"a core file is the memory of a program: keys, mail, passwords",
	NULL},
    {"host-coredumps.suid-dumpable", HARDEN_MINIMAL, 0, "fs.suid_dumpable",
	"0", "programs that changed their user leave no core",
	"theirs would hold what only that user may see", NULL},

    /* The network. */
    {"host-kernel.syncookies", HARDEN_MINIMAL, 0, "net.ipv4.tcp_syncookies",
	"1", "a flood of half connections does not fill the table",
	"SYN floods are the cheapest attack there is", NULL},
    {"host-kernel.rfc1337", HARDEN_MINIMAL, 0, "net.ipv4.tcp_rfc1337", "1",
	"a late RST does not end a new connection", "RFC 1337", NULL},
    {"host-kernel.rp-filter", HARDEN_MAIL_SERVER, 0,
	"net.ipv4.conf.*.rp_filter", "1|2",
	"packets from where no answer would go are dropped",
	"forged senders; 2 where a host has several ways out", NULL},
    /* Before the redirects: whoever changes it changes those, too. */
    {"host-kernel.forwarding", HARDEN_MAIL_SERVER, 0, "net.ipv4.ip_forward",
	"0", "packets are not passed on",
	"a mail server is no router; containers want an exception", NULL},
    {"host-kernel.forwarding-6", HARDEN_MAIL_SERVER, 0,
	"net.ipv6.conf.all.forwarding", "0", "IPv6 packets are not passed on",
	"a mail server is no router; containers want an exception", NULL},
    {"host-kernel.redirects-in", HARDEN_MINIMAL, 0,
	"net.ipv4.conf.*.accept_redirects", "0",
	"nobody on the wire tells us another route",
	"an ICMP redirect makes its sender the man in the middle", NULL},
    {"host-kernel.redirects-in-6", HARDEN_MINIMAL, 0,
	"net.ipv6.conf.*.accept_redirects", "0",
	"nobody on the wire tells us another IPv6 route",
	"an ICMP redirect makes its sender the man in the middle", NULL},
    {"host-kernel.redirects-secure", HARDEN_MAIL_SERVER, 0,
	"net.ipv4.conf.*.secure_redirects", "0",
	"nor does what poses as our gateway",
	"its address is easily forged on a shared wire", NULL},
    {"host-kernel.redirects-out", HARDEN_MAIL_SERVER, 0,
	"net.ipv4.conf.*.send_redirects", "0",
	"we tell nobody another route", "we are no router", NULL},
    {"host-kernel.source-route", HARDEN_MINIMAL, 0,
	"net.ipv4.conf.*.accept_source_route", "0",
	"a packet does not choose its own way",
	"source routes get around filters and forge senders", NULL},
    {"host-kernel.source-route-6", HARDEN_MINIMAL, 0,
	"net.ipv6.conf.*.accept_source_route", "<=0",
	"an IPv6 packet does not choose its own way",
	"routing headers get around filters (RFC 5095)", NULL},
    {"host-kernel.bootp-relay", HARDEN_MINIMAL, 0,
	"net.ipv4.conf.*.bootp_relay", "0", "boot requests are not passed on",
	"a mail server is no router", NULL},
    {"host-kernel.proxy-arp", HARDEN_MINIMAL, 0, "net.ipv4.conf.*.proxy_arp",
	"0", "we answer for no other host's address",
	"that would draw its traffic here", NULL},
    {"host-kernel.router-adverts", HARDEN_STRICT, 0,
	"net.ipv6.conf.*.accept_ra", "0",
	"addresses and routes are set by hand, not by the wire",
	"any host on the wire can pose as a router; clouds may need it",
	NULL},
    {"host-kernel.martians", HARDEN_MAIL_SERVER, 0,
	"net.ipv4.conf.*.log_martians", "1",
	"packets with impossible addresses are logged",
	"the first sign of forged senders or a wrong route", NULL},
    {"host-kernel.broadcast-echo", HARDEN_MINIMAL, 0,
	"net.ipv4.icmp_echo_ignore_broadcasts", "1",
	"a ping to all is not answered",
	"else we multiply an attack on somebody else", NULL},
    {"host-kernel.bogus-icmp", HARDEN_MINIMAL, 0,
	"net.ipv4.icmp_ignore_bogus_error_responses", "1",
	"senseless ICMP errors are not logged", "they would fill the log",
	NULL},
};

/* The path below /proc/sys; the dots of an interface's name are slashes in
 * the key, as sysctl(8) has it. */
static void
put_path(struct buf *path, const char *key)
{
	buf_truncate(path, 0);
	buf_append_text(path, "/proc/sys/");
	for (; *key != '\0'; key++)
		buf_append_char(path, *key == '.' ? '/' : *key);
}

/* One kernel file, its first line, white space as single blanks. */
static int
read_value(const struct harden_host *host, const char *path, char out[128])
{
	struct buf text = BUF_LIMITED(4096);
	struct slice line, rest;
	size_t n = 0;

	out[0] = '\0';
	if (tree_read(&host->tree, path, &text) < 0) {
		buf_free(&text);
		return -1;
	}
	rest = buf_slice(&text);
	line = slice_trim(slice_line(&rest));
	for (size_t i = 0; i < line.n && n < 127; i++)
		if (!ascii_is_space(line.p[i]))
			out[n++] = line.p[i];
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	out[n] = '\0';
	buf_free(&text);
	return 0;
}

/* Calls for each kernel file that the key means. */
typedef void visitor(void *arg, const char *path, const char *value);

static bool
walk(const struct harden_host *host, const char *key, visitor *visit, void *arg)
{
	struct buf path = BUF_INIT, one = BUF_INIT;
	struct tree_names names;
	const char *star;
	char value[128];
	bool any = false, denied = false;

	put_path(&path, key);
	star = strchr(path.p, '*');
	if (star == NULL) {
		any = read_value(host, path.p, value) == 0;
		denied = !any && (errno == EACCES || errno == EPERM);
		if (any)
			visit(arg, path.p, value);
	} else {
		buf_append(&one, path.p, (size_t)(star - path.p) - 1);
		tree_list(&host->tree, one.p, &names);
		for (size_t i = 0; i < names.n; i++) {
			buf_truncate(&one, (size_t)(star - path.p) - 1);
			buf_format(&one, "/%s%s", names.items[i], star + 1);
			if (read_value(host, one.p, value) < 0)
				continue;
			any = true;
			visit(arg, one.p, value);
		}
		tree_names_free(&names);
	}
	buf_free(&path);
	buf_free(&one);
	if (!any)
		errno = denied ? EACCES : ENOENT;
	return any;
}

struct seen {
	const struct harden_item *item;
	struct harden_result *result;
	struct harden_plan *plan;
	bool any;
};

static void
see(void *arg, const char *path, const char *value)
{
	struct seen *seen = arg;
	const struct slice conf = SLICE("/conf/");
	struct slice rest = slice_text(path);
	bool met = harden_want_is_met(seen->item->want, value);
	size_t at = slice_find_text(rest, conf);

	if (seen->any && (met || seen->result->state == HARDEN_FAIL))
		return;
	seen->any = true;
	if (met || at == rest.n || strchr(seen->item->key, '*') == NULL) {
		harden_result_value(seen->result, seen->item, value);
		return;
	}
	rest = slice_part(rest, at + conf.n, rest.n);
	rest = slice_part(rest, 0, slice_find(rest, '/'));
	harden_result_set(seen->result, HARDEN_FAIL, "%s on %.*s", value,
	    SLICE_ARG(rest));
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	struct seen seen = {.item = item, .result = result};
	struct buf value = BUF_INIT, where = BUF_INIT;
	char now[32];
	bool live = walk(host, item->key, see, &seen);
	int why = errno;
	bool in_file = harden_sysctl_file(
	    &host->tree, item->key, &value, &where);

	if (live && in_file && result->state == HARDEN_PASS &&
	    !harden_want_is_met(item->want, buf_text(&value))) {
		snprintf(now, sizeof(now), "%s", result->seen);
		harden_result_set(result, HARDEN_FAIL, "%s now, but '%s' makes "
		    "it %s at the next start", now, where.p,
		    buf_text(&value));
	} else if (!live && why == EACCES)
		harden_result_set(result, HARDEN_UNKNOWN, "only root can read "
		    "it");
	else if (!live && host->tree.is_host)
		harden_result_set(
		    result, HARDEN_SKIP, "this kernel has no %s", item->key);
	else if (!live && in_file)
		harden_result_value(result, item, buf_text(&value));
	else if (!live)
		harden_result_set(result, HARDEN_FAIL, "no file sets it");
	buf_free(&value);
	buf_free(&where);
}

/* The kernel sets accept_redirects anew when it starts or stops to forward:
 * then it is written whatever it is now, and restored whatever it was. */
static bool
forwarding_changes(const struct harden_plan *plan)
{
	for (size_t i = 0; i < plan->lives_n; i++)
		if (slice_ends(slice_text(plan->lives[i].key), "/ip_forward"))
			return true;
	return false;
}

static void
change(void *arg, const char *path, const char *value)
{
	struct seen *seen = arg;
	char want[128];

	seen->any = true;
	harden_want_first(seen->item->want, want, sizeof(want));
	if (!harden_want_is_met(seen->item->want, value) ||
	    (strstr(path, "_redirects") != NULL &&
		forwarding_changes(seen->plan)))
		harden_plan_live(seen->plan, HARDEN_POKE, path, want, value);
}

static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	struct seen seen = {.item = item, .plan = plan};
	struct harden_plan none = HARDEN_PLAN_INIT;
	struct buf path = BUF_INIT;
	char want[128], now[128];

	/* what is stricter than the least that is wanted stays so */
	harden_want_first(item->want, want, sizeof(want));
	put_path(&path, item->key);
	if (strchr(item->key, '*') == NULL &&
	    read_value(host, path.p, now) == 0 &&
	    harden_want_is_met(item->want, now))
		snprintf(want, sizeof(want), "%s", now);
	buf_free(&path);
	/* on the running host a key that the kernel has not is no line */
	seen.plan = host->tree.is_host ? plan : &none;
	walk(host, item->key, change, &seen);
	harden_plan_free(&none);
	if (seen.any || !host->tree.is_host)
		harden_plan_line(plan, DROP_IN, "# Sorted last, so that it "
		    "wins; see `fe-harden explain'.\n", "%s = %s", item->key,
		    want);
}

const struct harden_kind harden_sysctl = {.name = "sysctl",
    .how = "the kernel's value below /proc/sys, and what sysctl.d(5) makes "
	   "of it at the next start",
    .drop_in = DROP_IN,
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
