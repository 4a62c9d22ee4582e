/* SPDX-License-Identifier: ISC */
/* Questions to the person at the terminal. */
#include "ops/ask.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"

int
ask_to_go_on(const char *what, struct err *err)
{
	struct buf line = BUF_INIT;
	char c;
	bool yes;

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return err_set(err, ERR_USAGE, "%s: say --yes to do that",
		    what);
	fflush(stdout);
	fprintf(stderr, "%s. Type yes to go on: ", what);
	while (line.n < 16 && io_read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		buf_append_char(&line, c);
	yes = slice_is(buf_slice(&line), "yes");
	buf_free(&line);
	return yes ? 0 : err_set(err, ERR_USAGE, "nothing was done");
}
