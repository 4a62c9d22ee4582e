/* SPDX-License-Identifier: ISC */
/*
 * Makes another process try system calls, as one who has taken it over would,
 * and says what came of each: `NAME RESULT', the result negative for an error
 * number, or `killed'.  For tests that prove what a sandbox forbids.
 *
 *	intrude PID
 *
 * The process must be waiting in a system call, and goes on with it
 * afterwards.  Exit 75 where it cannot be traced, 77 on another machine than
 * x86-64.
 */
#include <stdio.h>
#include <stdlib.h>

#ifndef __x86_64__
int
main(void)
{
	return 77;
}
#else
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#define DEPTH 4096 /* below what the process has on its stack */

enum { PATH = 1 }; /* stands for the address of the path */
static const struct attempt {
	const char *name;
	long call;
	long arguments[4];
} attempts[] = {
    {"getpid", SYS_getpid, {0}}, /* which is allowed */
    {"open", SYS_open, {PATH, O_RDONLY}},
    {"openat", SYS_openat, {AT_FDCWD, PATH, O_RDONLY}},
    {"stat", SYS_stat, {PATH, PATH}},
    {"socket-inet", SYS_socket, {AF_INET, SOCK_STREAM}},
    {"socket-unix", SYS_socket, {AF_UNIX, SOCK_STREAM}},
    {"socketpair-inet", SYS_socketpair, {AF_INET, SOCK_STREAM, 0, PATH}},
    {"connect", SYS_connect, {0, PATH, 16}},
    {"accept", SYS_accept, {0}},
    {"execve", SYS_execve, {PATH}},
    {"clone", SYS_clone, {SIGCHLD}},
    {"fork", SYS_fork, {0}},
    {"kill", SYS_kill, {1, 0}},
    {"ptrace", SYS_ptrace, {PTRACE_ATTACH, 1}},
    {"process_vm_readv", SYS_process_vm_readv, {1}}};

static int
wait_stopped(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) ? 0 : -1;
}

static long
argument(long value, unsigned long path)
{
	return value == PATH ? (long)path : value;
}

static int
try(pid_t pid, const struct user_regs_struct *old, const struct attempt *a)
{
	struct user_regs_struct regs = *old;
	unsigned long path = old->rsp - DEPTH;

	regs.rip -= 2; /* back on the instruction it waits in */
	regs.orig_rax = (unsigned long long)-1;
	regs.rax = (unsigned long long)a->call;
	regs.rdi = (unsigned long long)argument(a->arguments[0], path);
	regs.rsi = (unsigned long long)argument(a->arguments[1], path);
	regs.rdx = (unsigned long long)argument(a->arguments[2], path);
	regs.r10 = (unsigned long long)argument(a->arguments[3], path);
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) < 0 ||
	    ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) < 0)
		return -1;
	if (wait_stopped(pid) < 0) {
		printf("%s killed\n", a->name);
		return 1;
	}
	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		return -1;
	printf("%s %lld\n", a->name, (long long)regs.rax);
	return 0;
}

int
main(int argc, char *argv[])
{
	static const char path[16] = "/etc/passwd";
	pid_t pid = argc == 2 ? (pid_t)atoi(argv[1]) : 0;
	struct user_regs_struct old;
	int result = 0;

	if (pid <= 1 || ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0 ||
	    wait_stopped(pid) < 0 ||
	    ptrace(PTRACE_GETREGS, pid, NULL, &old) < 0)
		return 75;
	for (size_t i = 0; i < sizeof(path); i += sizeof(long)) {
		long word;

		memcpy(&word, path + i, sizeof(word));
		ptrace(PTRACE_POKEDATA, pid, old.rsp - DEPTH + i, word);
	}
	for (size_t i = 0; result == 0 &&
	     i < sizeof(attempts) / sizeof(attempts[0]); i++)
		result = try(pid, &old, &attempts[i]);
	if (result == 0) {
		ptrace(PTRACE_SETREGS, pid, NULL, &old);
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	}
	return result < 0 ? 75 : result;
}
#endif
