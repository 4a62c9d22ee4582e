/* SPDX-License-Identifier: ISC */
/*
 * The levels of sandbox.h in terms of seccomp (which calls) and Landlock
 * (which files).  A call on no list kills the process with SIGSYS, so that a
 * missing entry is seen; what libraries try and can do without is refused
 * with EACCES.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than Debian 12's headers. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

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
    CALL(fdatasync), CALL(syncfs), CALL(sync_file_range), CALL(fallocate), CALL(flock),
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

static int
refuse(scmp_filter_ctx filter, enum sandbox_level level)
{
	for (size_t i = 0; i < sizeof(refused_calls) / sizeof(int); i++) {
		int call = refused_calls[i];

		if (level >= SANDBOX_PARSE && IS_IN(call, file_calls))
			continue;
		if (level == SANDBOX_NET && IS_IN(call, net_calls))
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
	if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(prlimit64), 1,
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
	if (allow_only(filter, CALL(prctl), PR_SET_NAME) < 0)
		return -1;
#endif
	(void)namespaces;
	if (level >= SANDBOX_SESSION)
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
	if (level >= SANDBOX_PARSE && ALLOW(filter, file_calls) < 0)
		return -1;
	if (level == SANDBOX_NET && ALLOW(filter, net_calls) < 0)
		return -1;
#ifdef FE_SANITIZE
	if (ALLOW(filter, sanitizer_calls) < 0)
		return -1;
#endif
	return refuse(filter, level);
}

static int
enter_seccomp(enum sandbox_level level, struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int result = -1;

	if (filter == NULL)
		return err_set(err, ERR_SYSTEM, "cannot make a seccomp filter");
	if (build_filter(filter, level) < 0)
		err_set(err, ERR_BUG, "cannot build the seccomp filter");
	else if (seccomp_load(filter) < 0)
		err_set(err, ERR_SYSTEM, "cannot load the seccomp filter");
	else
		result = 0;
	seccomp_release(filter);
	return result;
}

static int
landlock_version(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
}

bool
sandbox_has_landlock(void)
{
	return landlock_version() >= 1;
}

static uint64_t
all_access(int version)
{
	uint64_t access = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	if (version >= 2)
		access |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		access |= LANDLOCK_ACCESS_FS_TRUNCATE;
	return access;
}

static int
allow_path(int ruleset, uint64_t handled, const struct sandbox_path *path,
    struct err *err)
{
	const uint64_t for_files = LANDLOCK_ACCESS_FS_READ_FILE |
	    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
	struct landlock_path_beneath_attr rule = {0};
	struct stat status;
	int result = 0;

	rule.parent_fd = open(path->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0) {
		if (errno == ENOENT)
			return 0;
		return err_errno(err, "cannot open '%s'", path->path);
	}
	if (path->access & SANDBOX_READ)
		rule.allowed_access |=
		    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	if (path->access & SANDBOX_WRITE)
		rule.allowed_access |= handled & ~(uint64_t)(
		    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
		    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |
		    LANDLOCK_ACCESS_FS_MAKE_BLOCK);
	if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
		rule.allowed_access &= for_files;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) < 0)
		result = err_errno(err, "cannot allow '%s'", path->path);
	close(rule.parent_fd);
	return result;
}

static int
enter_landlock(const struct sandbox_path *paths, size_t n,
    bool require_landlock, struct err *err)
{
	struct landlock_ruleset_attr attr = {0};
	int version = landlock_version();
	int ruleset, result = 0;

	if (version < 1) {
		if (require_landlock)
			return err_set(err, ERR_SYSTEM,
			    "this kernel has no Landlock (sandbox = require)");
		return 0;
	}
	attr.handled_access_fs = all_access(version);
	ruleset = (int)syscall(
	    SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return err_errno(err, "cannot make a Landlock ruleset");
	for (size_t i = 0; i < n && result == 0; i++)
		result = allow_path(
		    ruleset, attr.handled_access_fs, &paths[i], err);
#ifdef FE_SANITIZE
	if (result == 0)
		result = allow_path(ruleset, attr.handled_access_fs,
		    &(struct sandbox_path){"/proc", SANDBOX_READ}, err);
#endif
	if (result == 0 &&
	    syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		result = err_errno(err, "cannot enter the Landlock ruleset");
	close(ruleset);
	return result;
}

int
sandbox_enter(enum sandbox_level level, const struct sandbox_path *paths,
    size_t n, bool require_landlock, struct err *err)
{
	struct rlimit no_core = {0, 0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &no_core) < 0)
		return err_errno(err, "cannot give up privileges");
	if (level == SANDBOX_LAUNCH)
		return 0;
	if (enter_landlock(paths, n, require_landlock, err) < 0)
		return -1;
	return enter_seccomp(level, err);
}
