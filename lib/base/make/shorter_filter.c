/* SPDX-License-Identifier: ISC */
/*
 * A program of the build has this.  What a filter of libseccomp answers is
 * read off its steps: for each call there is, what it says or which arguments
 * it looks at; ranges of calls with one answer then make a tree.
 */
#include "shorter_filter.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 1024

/* Where a step goes on: another step, or behind all an answer. */
struct place {
	bool is_answer;
	unsigned at; /* the step, or what is answered */
};

struct program {
	struct sock_filter steps[SHORTER_FILTER_MAX];
	/* of the jumps */
	struct place yes[SHORTER_FILTER_MAX], no[SHORTER_FILTER_MAX];
	unsigned n;
};

struct original {
	const struct sock_filter *steps;
	uint32_t call, machine;
};

static void
give_up(const char *why)
{
	fprintf(stderr, "cannot make a shorter filter: %s\n", why);
	exit(1);
}

static unsigned
add_step(struct program *p, struct sock_filter step)
{
	if (p->n == SHORTER_FILTER_MAX)
		give_up("it is too long");
	p->steps[p->n] = step;
	return p->n++;
}

static bool
is_jump(struct sock_filter step)
{
	return BPF_CLASS(step.code) == BPF_JMP && BPF_OP(step.code) != BPF_JA;
}

static bool
is_taken(struct sock_filter step, uint32_t value)
{
	switch (BPF_OP(step.code)) {
	case BPF_JEQ: return value == step.k;
	case BPF_JGT: return value > step.k;
	case BPF_JGE: return value >= step.k;
	case BPF_JSET: return (value & step.k) != 0;
	}
	give_up("it has a step that we do not know");
	return false;
}

/* Passes over what the call and the machine decide; false where something
 * else is loaded, or `known' is not what is to be compared. */
static bool
pass_over(const struct original *o, unsigned *at, const uint32_t **known)
{
	struct sock_filter step = o->steps[*at];

	if (step.code == (BPF_LD | BPF_W | BPF_ABS) &&
	    step.k <= offsetof(struct seccomp_data, arch)) {
		*known = step.k == 0 ? &o->call : &o->machine;
		++*at;
		return true;
	}
	if (step.code == (BPF_JMP | BPF_JA))
		*at += 1 + step.k;
	else if (is_jump(step) && *known != NULL)
		*at += 1u + (is_taken(step, **known) ? step.jt : step.jf);
	else
		return false;
	return true;
}

/* What the filter does from a step on, for one call. */
static struct place
copy_from(struct program *p, const struct original *o, unsigned at,
    const uint32_t *known)
{
	struct place start = {false, p->n};

	while (pass_over(o, &at, &known))
		;
	if (BPF_CLASS(o->steps[at].code) == BPF_RET)
		return (struct place){true, o->steps[at].k};
	for (;; at++) {
		struct sock_filter step = o->steps[at];
		unsigned here = add_step(p, step);

		if (is_jump(step)) {
			p->yes[here] = copy_from(p, o, at + 1u + step.jt, NULL);
			p->no[here] = copy_from(p, o, at + 1u + step.jf, NULL);
			return start;
		}
		if (BPF_CLASS(step.code) != BPF_LD &&
		    BPF_CLASS(step.code) != BPF_ALU)
			give_up("arguments are not simply compared");
	}
}

struct range {
	unsigned first;
	struct place place;
};

static struct place
add_tree(struct program *p, const struct range *ranges, size_t n)
{
	unsigned here;

	if (n == 1)
		return ranges[0].place;
	here = add_step(p, (struct sock_filter)BPF_JUMP(
	    BPF_JMP | BPF_JGE | BPF_K, ranges[n / 2].first, 0, 0));
	p->no[here] = add_tree(p, ranges, n / 2);
	p->yes[here] = add_tree(p, ranges + n / 2, n - n / 2);
	return (struct place){false, here};
}

static bool
are_alike(const struct program *p, const struct program *q)
{
	bool same = p->n == q->n;

	for (unsigned i = 0; same && i < p->n; i++)
		same = p->steps[i].code == q->steps[i].code &&
		    p->steps[i].k == q->steps[i].k && (!is_jump(p->steps[i]) ||
		    (p->yes[i].is_answer == q->yes[i].is_answer &&
		    p->yes[i].at == q->yes[i].at &&
		    p->no[i].is_answer == q->no[i].is_answer &&
		    p->no[i].at == q->no[i].at));
	return same;
}

/* What the outer filter says of a call makes no difference to: of two answers
 * the stricter counts. */
enum freedom {
	NONE,
	AS_OR_ALLOW, /* its own answer, or none */
	ANY          /* it kills */
};

static enum freedom
settle(const struct original *o, const struct original *outer,
    struct place *answer)
{
	struct original around = *outer;
	struct program inside = {.n = 0}, outside = {.n = 0};

	around.call = o->call;
	*answer = copy_from(&outside, &around, 0, NULL);
	if (answer->is_answer)
		return answer->at == SECCOMP_RET_ALLOW ? NONE
		    : answer->at == SECCOMP_RET_KILL_PROCESS ? ANY
							     : AS_OR_ALLOW;
	copy_from(&inside, o, 0, NULL);
	*answer = (struct place){true, SECCOMP_RET_ALLOW};
	return are_alike(&inside, &outside) ? AS_OR_ALLOW : NONE;
}

/* Need this call no range of its own behind one with that place? */
static bool
joins(enum freedom freedom, struct place answer, struct place before)
{
	return freedom == ANY || (freedom == AS_OR_ALLOW && before.is_answer &&
	    (before.at == SECCOMP_RET_ALLOW || before.at == answer.at));
}

/* The calls' answers.  What is about arguments has its steps in `tail'.  In a
 * process that has an outer filter the stricter answer of both counts, so that
 * this one need not say again what that one says. */
static size_t
find_ranges(struct original *o, const struct original *outer,
    struct program *tail, struct range *ranges)
{
	static const uint32_t beyond[] = {0x3fffffff, 0x40000000, 0x7fffffff,
	    0x80000000, 0xffffffff};
	struct range last = {0};
	size_t n = 0;

	for (o->call = 0; o->call < CALLS_MAX; o->call++) {
		enum freedom freedom = NONE;
		struct place answer;

		if (outer != NULL)
			freedom = settle(o, outer, &answer);
		if (n > 0 && freedom != NONE &&
		    joins(freedom, answer, ranges[n - 1].place))
			continue;
		last.first = o->call;
		if (freedom != NONE)
			last.place = (struct place){true, SECCOMP_RET_ALLOW};
		else
			last.place = copy_from(tail, o, 0, NULL);
		if (n == 0 || !last.place.is_answer ||
		    !ranges[n - 1].place.is_answer ||
		    last.place.at != ranges[n - 1].place.at)
			ranges[n++] = last;
	}
	for (size_t i = 0; i < sizeof(beyond) / sizeof(*beyond); i++) {
		o->call = beyond[i];
		last.place = copy_from(tail, o, 0, NULL);
		if (!last.place.is_answer ||
		    (last.place.at != SECCOMP_RET_KILL_PROCESS &&
			last.place.at != SECCOMP_RET_KILL_THREAD))
			give_up("calls that there are not do not kill");
	}
	return n;
}

static unsigned char
distance(struct program *p, unsigned from, struct place to)
{
	unsigned at = to.at;

	if (to.is_answer) {
		for (at = from + 1; at < p->n; at++)
			if (p->steps[at].code == (BPF_RET | BPF_K) &&
			    p->steps[at].k == to.at)
				break;
		if (at == p->n)
			add_step(p, (struct sock_filter)BPF_STMT(
			    BPF_RET | BPF_K, to.at));
	}
	return (unsigned char)(at - from - 1);
}

void
shorter_filter_make(struct shorter_filter *filter,
    const struct sock_filter *steps, const struct sock_filter *around)
{
	struct program whole = {.n = 0}, *p = &whole;
	struct original o = {.steps = steps, .machine = seccomp_arch_native()};
	struct original outer = {.steps = around, .machine = o.machine};
	struct program tail = {.n = 0};
	struct range ranges[CALLS_MAX] = {{0}};
	size_t n = find_ranges(&o, around != NULL ? &outer : NULL, &tail,
	    ranges);
	const struct place kill = {true, SECCOMP_RET_KILL_PROCESS};
	unsigned nodes, head;

	if (n < 2 || n + 3 + tail.n > SHORTER_FILTER_MAX)
		give_up("it is too long");
	p->n = 0;
	add_step(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, arch)));
	head = add_step(p, (struct sock_filter)BPF_JUMP(
	    BPF_JMP | BPF_JEQ | BPF_K, o.machine, 0, 0));
	p->no[head] = kill;
	p->yes[head] = (struct place){false, head + 1};
	add_step(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr)));
	/* A tree of n leaves has n - 1 nodes; the tail follows. */
	nodes = p->n + (unsigned)n - 1;
	for (size_t i = 0; i < n; i++)
		if (!ranges[i].place.is_answer)
			ranges[i].place.at += nodes;
	add_tree(p, ranges, n);
	for (unsigned i = 0; i < tail.n; i++) {
		unsigned here = add_step(p, tail.steps[i]);

		p->yes[here] = tail.yes[i];
		p->no[here] = tail.no[i];
		p->yes[here].at += tail.yes[i].is_answer ? 0 : nodes;
		p->no[here].at += tail.no[i].is_answer ? 0 : nodes;
	}
	for (unsigned i = 0, end = p->n; i < end; i++)
		if (is_jump(p->steps[i])) {
			p->steps[i].jt = distance(p, i, p->yes[i]);
			p->steps[i].jf = distance(p, i, p->no[i]);
		}
	memcpy(filter->steps, p->steps, sizeof(filter->steps));
	filter->n = p->n;
}
