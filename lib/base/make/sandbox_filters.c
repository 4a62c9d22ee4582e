/* SPDX-License-Identifier: ISC */
/*
 * A program of the build: writes sandbox_filters.h, the seccomp filter of each
 * level of sandbox.h as libseccomp makes it.  A call on no list kills the
 * process with SIGSYS, so that a missing entry is seen; what libraries try and
 * can do without is refused with EACCES.
 */
#include <errno.h>
#include <linux/filter.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "shorter_filter.h"

#define CALL(name) SCMP_SYS(name)

static const int stdio_calls[] = {CALL(read), CALL(write), CALL(readv),
    CALL(writev), CALL(pread64), CALL(pwrite64), CALL(preadv), CALL(pwritev),
    CALL(close), CALL(close_range), CALL(fstat), CALL(lseek), CALL(munmap),
    CALL(mremap), CALL(madvise), CALL(brk), CALL(mlock), CALL(mlock2),
    CALL(munlock), CALL(msync), CALL(rt_sigaction), CALL(rt_sigprocmask),
    CALL(rt_sigreturn), CALL(rt_sigtimedwait), CALL(sigaltstack), CALL(exit),
    CALL(exit_group), CALL(futex), CALL(clock_gettime), CALL(clock_getres),
    CALL(clock_nanosleep), CALL(nanosleep), CALL(gettimeofday), CALL(time),
    CALL(times), CALL(getrandom), CALL(getpid), CALL(gettid), CALL(getppid),
    CALL(getpgrp), CALL(getpgid), CALL(getuid), CALL(geteuid), CALL(getgid),
    CALL(getegid), CALL(poll), CALL(ppoll), CALL(select), CALL(pselect6),
    CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait),
    CALL(fcntl), CALL(dup), CALL(dup2), CALL(dup3), CALL(pipe2),
    CALL(eventfd2), CALL(memfd_create), CALL(ftruncate), CALL(fadvise64),
    CALL(splice), CALL(tee), CALL(tgkill), CALL(restart_syscall),
    CALL(sched_yield), CALL(sched_getaffinity), CALL(getrusage), CALL(uname),
    CALL(sysinfo), CALL(getcpu), CALL(set_robust_list), CALL(rseq),
    CALL(membarrier), CALL(alarm), CALL(setitimer), CALL(getitimer),
    CALL(timerfd_create), CALL(timerfd_settime)};

static const int session_calls[] = {CALL(recvmsg), CALL(sendmsg),
    CALL(recvfrom), CALL(sendto), CALL(shutdown), CALL(getsockopt),
    CALL(setsockopt), CALL(getpeername), CALL(getsockname)};

/* What Landlock judges, and children of our own. */
static const int file_calls[] = {CALL(open), CALL(openat), CALL(creat),
    CALL(stat), CALL(lstat), CALL(newfstatat), CALL(statx), CALL(access),
    CALL(faccessat), CALL(faccessat2), CALL(getdents64), CALL(readlink),
    CALL(readlinkat), CALL(getcwd), CALL(statfs), CALL(fstatfs), CALL(fsync),
    CALL(fdatasync), CALL(syncfs), CALL(sync_file_range), CALL(fallocate),
    CALL(flock),
    CALL(rename), CALL(renameat), CALL(renameat2), CALL(unlink),
    CALL(unlinkat), CALL(link), CALL(linkat), CALL(symlink), CALL(symlinkat),
    CALL(mkdir), CALL(mkdirat), CALL(rmdir), CALL(truncate), CALL(chmod),
    CALL(fchmod), CALL(fchmodat), CALL(fchown), CALL(umask), CALL(utimensat),
    CALL(fork), CALL(vfork), CALL(wait4), CALL(waitid), CALL(kill),
    CALL(pidfd_open), CALL(setpgid), CALL(inotify_init1),
    CALL(inotify_add_watch), CALL(inotify_rm_watch)};

static const int net_calls[] = {CALL(socket), CALL(connect), CALL(bind),
    CALL(listen), CALL(accept), CALL(accept4), CALL(sendmmsg),
    CALL(recvmmsg)};

/* A parent reads files again, accepts, connects, has children, and makes
 * sandboxes for them.  It is no more, so that a child has little to add. */
static const int parent_calls[] = {CALL(open), CALL(openat), CALL(stat),
    CALL(newfstatat), CALL(statx), CALL(access), CALL(faccessat),
    CALL(faccessat2), CALL(readlink), CALL(socket), CALL(connect),
    CALL(accept), CALL(accept4), CALL(bind), CALL(wait4), CALL(kill),
    CALL(prctl), CALL(seccomp), CALL(landlock_create_ruleset),
    CALL(landlock_add_rule), CALL(landlock_restrict_self), CALL(prlimit64),
    CALL(getrlimit), CALL(setrlimit)};

/* Refused with EACCES where not allowed above. */
static const int refused_calls[] = {CALL(open), CALL(openat), CALL(openat2),
    CALL(creat), CALL(stat), CALL(lstat), CALL(newfstatat), CALL(statx),
    CALL(access), CALL(faccessat), CALL(faccessat2), CALL(readlink),
    CALL(readlinkat), CALL(getdents64), CALL(getcwd), CALL(statfs),
    CALL(unlink), CALL(unlinkat), CALL(rename), CALL(renameat),
    CALL(renameat2), CALL(link), CALL(linkat), CALL(symlink), CALL(symlinkat),
    CALL(mkdir), CALL(mkdirat), CALL(rmdir), CALL(chmod), CALL(fchmod),
    CALL(fchown), CALL(chown), CALL(lchown), CALL(utimensat), CALL(socket),
    CALL(connect), CALL(bind), CALL(listen), CALL(accept), CALL(accept4),
    CALL(execve), CALL(execveat), CALL(fork), CALL(vfork),
    CALL(ptrace), CALL(process_vm_readv), CALL(process_vm_writev),
    CALL(kill), CALL(sched_setaffinity), CALL(sched_setscheduler),
    CALL(sched_getparam), CALL(sched_getscheduler), CALL(setrlimit),
    CALL(setpriority), CALL(getpriority), CALL(setpgid), CALL(setsid),
    CALL(io_uring_setup), CALL(inotify_init1), CALL(flock), CALL(fsync),
    CALL(fdatasync), CALL(wait4), CALL(waitid), CALL(umask), CALL(mincore)};

#ifdef FE_SANITIZE
/* What LeakSanitizer's tracer of its own process needs. */
static const int sanitizer_calls[] = {CALL(clone), CALL(clone3), CALL(ptrace),
    CALL(prctl), CALL(wait4), CALL(getdents), CALL(open), CALL(openat),
    CALL(readlink),
    CALL(readlinkat), CALL(getdents64), CALL(newfstatat), CALL(stat),
    CALL(process_vm_readv), CALL(sched_setaffinity), CALL(mincore),
    CALL(prlimit64), CALL(arch_prctl), CALL(personality), CALL(kill)};
#endif

static int
allow(scmp_filter_ctx filter, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) < 0)
			return -1;
	return 0;
}
#define ALLOW(filter, list) allow(filter, list, sizeof(list) / sizeof(*(list)))

static bool
is_in(int call, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (calls[i] == call)
			return true;
	return false;
}
#define IS_IN(call, list) is_in(call, list, sizeof(list) / sizeof(*(list)))

/* Beside what every level may do. */
static bool
is_allowed(int call, enum sandbox_level level)
{
	if (level == SANDBOX_PARENT)
		return IS_IN(call, parent_calls);
	return (level >= SANDBOX_PARSE && IS_IN(call, file_calls)) ||
	    (level >= SANDBOX_NET && IS_IN(call, net_calls));
}

static int
refuse(scmp_filter_ctx filter, enum sandbox_level level)
{
	for (size_t i = 0; i < sizeof(refused_calls) / sizeof(int); i++) {
		int call = refused_calls[i];

		if (is_allowed(call, level))
			continue;
#ifdef FE_SANITIZE
		if (IS_IN(call, sanitizer_calls))
			continue;
#endif
		if (seccomp_rule_add(
			filter, SCMP_ACT_ERRNO(EACCES), call, 0) < 0)
			return -1;
	}
	return 0;
}

/* The call with this first argument; with another it is refused. */
static int
allow_only(scmp_filter_ctx filter, int call, unsigned first)
{
	if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
		SCMP_A0(SCMP_CMP_EQ, first)) < 0)
		return -1;
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), call, 1,
	    SCMP_A0(SCMP_CMP_NE, first));
}

/* Memory never becomes executable; a clone makes no name space; ioctl only
 * asks about terminals and what is readable; limits are only read. */
static int
allow_by_argument(scmp_filter_ctx filter, enum sandbox_level level)
{
	const unsigned namespaces = CLONE_NEWUSER | CLONE_NEWNS |
	    CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
	    CLONE_NEWCGROUP;

	if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(mmap), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) < 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(mprotect), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) < 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), CALL(mmap), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC)) < 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(ioctl), 1,
		SCMP_A1(SCMP_CMP_EQ, TCGETS)) < 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(ioctl), 1,
		SCMP_A1(SCMP_CMP_EQ, FIONREAD)) < 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(ioctl), 1,
		SCMP_A1(SCMP_CMP_EQ, FIONBIO)) < 0)
		return -1;
#ifndef FE_SANITIZE
	if (level != SANDBOX_PARENT &&
	    seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(prlimit64), 1,
		SCMP_A2(SCMP_CMP_EQ, 0)) < 0)
		return -1;
	if (seccomp_rule_add(filter,
		level >= SANDBOX_PARSE ? SCMP_ACT_ALLOW
				       : SCMP_ACT_ERRNO(EACCES),
		CALL(clone), 1,
		SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces, 0)) < 0 ||
	    /* its flags are in memory: glibc then takes clone */
	    seccomp_rule_add(
		filter, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0) < 0)
		return -1;
	if (level != SANDBOX_PARENT &&
	    allow_only(filter, CALL(prctl), PR_SET_NAME) < 0)
		return -1;
#endif
	(void)namespaces;
	/* a datagram socket of its own could reach any other by its path */
	if (level == SANDBOX_SESSION &&
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), CALL(socketpair),
		1, SCMP_A0(SCMP_CMP_NE, AF_UNIX)) < 0)
		return -1;
	if (level == SANDBOX_SESSION)
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    CALL(socketpair), 2, SCMP_A0(SCMP_CMP_EQ, AF_UNIX),
		    SCMP_A1(SCMP_CMP_EQ, SOCK_STREAM | SOCK_CLOEXEC));
	if (level > SANDBOX_SESSION)
		return allow_only(filter, CALL(socketpair), AF_UNIX);
	return seccomp_rule_add(
	    filter, SCMP_ACT_ERRNO(EACCES), CALL(socketpair), 0);
}

static int
build_filter(scmp_filter_ctx filter, enum sandbox_level level)
{
	if (ALLOW(filter, stdio_calls) < 0 ||
	    allow_by_argument(filter, level) < 0)
		return -1;
	if (level >= SANDBOX_SESSION && ALLOW(filter, session_calls) < 0)
		return -1;
	if (level == SANDBOX_PARENT) {
		if (ALLOW(filter, parent_calls) < 0)
			return -1;
	} else if ((level >= SANDBOX_PARSE &&
		       ALLOW(filter, file_calls) < 0) ||
	    (level >= SANDBOX_NET && ALLOW(filter, net_calls) < 0)) {
		return -1;
	}
#ifdef FE_SANITIZE
	if (ALLOW(filter, sanitizer_calls) < 0)
		return -1;
#endif
	return refuse(filter, level);
}

struct steps {
	struct sock_filter p[BPF_MAXINSNS];
};

static int
make_filter(enum sandbox_level level, struct steps *steps)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	FILE *file = tmpfile();
	size_t n = 0;

	if (filter != NULL && file != NULL &&
	    build_filter(filter, level) == 0 &&
	    seccomp_export_bpf(filter, fileno(file)) == 0) {
		rewind(file);
		n = fread(steps->p, sizeof(*steps->p), BPF_MAXINSNS, file);
	}
	seccomp_release(filter);
	return n > 0 && fclose(file) == 0 ? 0 : -1;
}

static void
print_filter(const char *name, const struct steps *steps,
    const struct steps *around)
{
	struct shorter_filter filter;

	shorter_filter_make(&filter, steps->p,
	    around != NULL ? around->p : NULL);
	printf("static const struct sock_filter filter_%s[] = {\n", name);
	for (unsigned i = 0; i < filter.n; i++)
		printf("    {0x%04x, %u, %u, 0x%08x},\n",
		    filter.steps[i].code, filter.steps[i].jt,
		    filter.steps[i].jf, filter.steps[i].k);
	printf("};\n\n");
}

int
main(void)
{
	static const char *const names[] = {
	    [SANDBOX_STDIO] = "stdio", [SANDBOX_SESSION] = "session",
	    [SANDBOX_PARSE] = "parse", [SANDBOX_STORE] = "store",
	    [SANDBOX_NET] = "net", [SANDBOX_PARENT] = "parent"};
	static struct steps steps[SANDBOX_PARENT + 1];

	printf("/* Made by lib/base/make/sandbox_filters.c: do not edit. */\n");
	for (int level = SANDBOX_STDIO; level <= SANDBOX_PARENT; level++) {
		if (make_filter((enum sandbox_level)level, &steps[level]) < 0) {
			fprintf(stderr, "cannot make the filter '%s'\n",
			    names[level]);
			return 1;
		}
		print_filter(names[level], &steps[level], NULL);
	}
	print_filter("session_of_parent", &steps[SANDBOX_SESSION],
	    &steps[SANDBOX_PARENT]);
	return fflush(stdout) != 0;
}
