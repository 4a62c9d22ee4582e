/* SPDX-License-Identifier: ISC */
/*
 * What the filters that the build makes answer, call by call, as the kernel
 * would run them.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "sandbox_filters.h"
#include "unit.h"

#define REFUSED (SECCOMP_RET_ERRNO | EACCES)

static uint32_t
load(const struct seccomp_data *data, uint32_t at)
{
	uint32_t word;

	memcpy(&word, (const char *)data + at, sizeof(word));
	return word;
}

static bool
jumps(struct sock_filter step, uint32_t value)
{
	switch (BPF_OP(step.code)) {
	case BPF_JEQ: return value == step.k;
	case BPF_JGT: return value > step.k;
	case BPF_JGE: return value >= step.k;
	default: return (value & step.k) != 0;
	}
}

static uint32_t
ask(const struct sock_filter *step, const struct seccomp_data *data)
{
	uint32_t value = 0;

	for (;; step++)
		switch (BPF_CLASS(step->code)) {
		case BPF_LD:
			value = load(data, step->k);
			break;
		case BPF_ALU:
			value &= step->k;
			break;
		case BPF_JMP:
			step += jumps(*step, value) ? step->jt : step->jf;
			break;
		case BPF_RET:
			return step->k;
		default:
			return 0;
		}
}

/* Of two filters the lower action counts, as a signed number. */
static uint32_t
ask_both(const struct sock_filter *inner, const struct sock_filter *outer,
    const struct seccomp_data *data)
{
	uint32_t in = ask(inner, data), out = ask(outer, data);

	return (int32_t)(in & SECCOMP_RET_ACTION_FULL) <=
	    (int32_t)(out & SECCOMP_RET_ACTION_FULL) ? in : out;
}

static const uint64_t arguments[] = {0, 1, 2, 4, 8, 15, 0x5401, 0x541b,
    0x5421, 0x10000000, 0x7e020000, 0x100000000, UINT64_MAX};
#define ARGUMENTS (sizeof(arguments) / sizeof(*arguments))

/* In a child of PARENT all that SESSION refuses is refused, and what it allows
 * is allowed, whatever the arguments. */
static void
the_rest_of_session_makes_a_session_of_a_parent(void)
{
	struct seccomp_data data = {.arch = seccomp_arch_native()};
	unsigned wrong = 0, allowed = 0;

	for (data.nr = 0; data.nr < 1024; data.nr++)
		for (size_t i = 0; i < ARGUMENTS; i++) {
			uint32_t want, got;

			for (size_t j = 0; j < 6; j++)
				data.args[j] = arguments[(i + j) % ARGUMENTS];
			want = ask_both(filter_session, filter_parent, &data);
			got = ask_both(filter_session_of_parent,
			    filter_parent, &data);
			allowed += got == SECCOMP_RET_ALLOW;
			if (got == want ||
			    (got == REFUSED && want != SECCOMP_RET_ALLOW))
				continue;
			printf("# call %d: %x, not %x\n", data.nr, got, want);
			wrong++;
		}
	EXPECT_NUMBER("wrong", 0, wrong);
	EXPECT(allowed > 50 * ARGUMENTS);
}

static void
another_machine_and_its_calls_are_killed(void)
{
	struct seccomp_data data = {.arch = 0x40000003, .nr = SYS_read};

	EXPECT_NUMBER("another", (int)SECCOMP_RET_KILL_PROCESS,
	    (int)ask(filter_session_of_parent, &data));
	data.arch = seccomp_arch_native();
	EXPECT_NUMBER("ours", (int)SECCOMP_RET_ALLOW,
	    (int)ask(filter_session_of_parent, &data));
	data.nr = 0x40000000 | SYS_read; /* x32 */
	EXPECT_NUMBER("x32", (int)SECCOMP_RET_KILL_PROCESS,
	    (int)ask_both(filter_session_of_parent, filter_parent, &data));
}

#ifndef FE_SANITIZE
static void
a_parent_has_only_what_it_needs(void)
{
	static const int refused[] = {SYS_rename, SYS_unlink, SYS_link,
	    SYS_symlink, SYS_mkdir, SYS_chmod, SYS_listen, SYS_execve};
	static const int allowed[] = {SYS_openat, SYS_accept4, SYS_socket,
	    SYS_connect, SYS_wait4, SYS_seccomp};
	struct seccomp_data data = {.arch = seccomp_arch_native()};

	for (size_t i = 0; i < sizeof(refused) / sizeof(int); i++) {
		data.nr = refused[i];
		EXPECT_NUMBER("refused", REFUSED, ask(filter_parent, &data));
	}
	for (size_t i = 0; i < sizeof(allowed) / sizeof(int); i++) {
		data.nr = allowed[i];
		EXPECT_NUMBER("allowed", SECCOMP_RET_ALLOW,
		    ask(filter_parent, &data));
	}
	EXPECT(sizeof(filter_session_of_parent) / sizeof(struct sock_filter) <
	    64);
}
#endif

int
main(void)
{
	/* not of interest here */
	(void)filter_stdio;
	(void)filter_parse;
	(void)filter_store;
	(void)filter_net;
	UNIT_RUN(the_rest_of_session_makes_a_session_of_a_parent);
	UNIT_RUN(another_machine_and_its_calls_are_killed);
#ifndef FE_SANITIZE
	UNIT_RUN(a_parent_has_only_what_it_needs);
#endif
	return UNIT_RESULT;
}
