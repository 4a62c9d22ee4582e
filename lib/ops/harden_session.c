/* SPDX-License-Identifier: ISC */
/*
 * Sessions, by the ancestors in /proc.
 */
#include "ops/harden_session.h"

#include <string.h>
#include <unistd.h>

#include "base/number.h"

#define DEPTH_MAX 64

struct ancestor {
	int64_t parent, start_ms;
	bool is_sshd, is_login;
};

/* PID (COMM) STATE PPID ... STARTTIME, the 22nd; COMM may hold anything. */
static bool
read_ancestor(const struct tree *tree, int64_t pid, struct ancestor *out)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct slice rest, comm;
	int64_t ticks = 0;
	bool good = false;
	const char *end;

	buf_format(&path, "/proc/%lld/stat", (long long)pid);
	if (tree_read(tree, path.p, &text) == 0 &&
	    (end = strrchr(text.p, ')')) != NULL) {
		rest = buf_slice(&text);
		slice_cut(&rest, '(');
		comm = slice_part(rest, 0, (size_t)(end - rest.p));
		out->is_sshd = slice_starts(comm, "sshd");
		out->is_login = slice_is(comm, "login");
		rest = slice_part(buf_slice(&text),
		    (size_t)(end - text.p) + 2, text.n);
		slice_cut(&rest, ' ');
		good = number_parse(slice_cut(&rest, ' '), 0, INT32_MAX,
		    &out->parent) == 0;
		for (unsigned i = 5; i < 22; i++)
			slice_cut(&rest, ' ');
		good = good && number_parse(slice_cut(&rest, ' '), 0,
		    INT64_MAX / 1000, &ticks) == 0;
		out->start_ms = ticks * 1000 / sysconf(_SC_CLK_TCK);
	}
	buf_free(&path);
	buf_free(&text);
	return good;
}

int64_t
harden_session_start_ms(const struct tree *tree)
{
	struct ancestor one;
	int64_t pid = getpid(), top = -1, sshd = -1, above = -1, shell = -1;

	for (unsigned i = 0; i < DEPTH_MAX && pid > 1; i++) {
		if (!read_ancestor(tree, pid, &one))
			return -1;
		if (one.is_sshd) {
			/* the outermost of them is the one that listens */
			above = sshd;
			sshd = one.start_ms;
		}
		/* login was getty, which waited there since the last one */
		if (one.is_login)
			shell = top;
		top = one.start_ms;
		pid = one.parent;
	}
	return above >= 0 ? above
	    : sshd >= 0	  ? sshd
	    : shell >= 0  ? shell
			  : top;
}
