/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_TOOL_H
#define FE_OPS_TOOL_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Programs of the host that are run for an answer: nft, sshd -T, systemctl.
 */

/* Finds the program in PATH, else in the sbin folders, which are not in
 * everybody's PATH; a name with a slash is a path.  NULL when it is nowhere;
 * else for free(3). */
char *tool_find(const char *name);

/* Runs argv (argv[0] as for tool_find) with `input' on its standard input and
 * appends what it says to *out (standard output and error together; NULL:
 * nobody wants it).  Returns its exit status, or -1: not there (ERR_CONFIG),
 * killed, or not done in TOOL_SECONDS (it is killed then). */
#define TOOL_SECONDS 20
int tool_run(const char *const argv[], struct slice input, struct buf *out,
    struct err *err);
/* The same with a limit of its own. */
int tool_run_for(const char *const argv[], int seconds, struct slice input,
    struct buf *out, struct err *err);
/* Runs it for what it does: 0, or -1.  Another exit status is an error of that
 * kind, the first line of what it said behind `lead: '. */
int tool_do(const char *const argv[], struct slice input, enum err_kind kind,
    const char *lead, struct err *err);

#endif
