/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PROGRESS_H
#define FE_OPS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How far long work is: one line on the terminal of standard error, written
 * over itself.  Nothing where there is no terminal.
 */
struct progress {
	bool shown;
	int64_t begun_ms;
};

/* Time runs from here; quiet: show nothing anywhere. */
void progress_begin(struct progress *p, bool quiet);
/* Octets and files done, of how many (of_octets 0: files alone); and the time
 * left, once it can be told. */
void progress_show(const struct progress *p, int64_t octets,
    int64_t of_octets, int64_t files, int64_t of_files);
/* Takes the line away. */
void progress_end(const struct progress *p);

#endif
