/* SPDX-License-Identifier: ISC */
/* A line for whoever watches. */
#include "ops/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "ops/backup_status.h"

/* Before that a guess at the time left is worth nothing. */
#define GUESS_MS 1000

void
progress_begin(struct progress *p, bool quiet)
{
	p->shown = !quiet && isatty(STDERR_FILENO);
	p->begun_ms = clock_monotonic_ms();
}

void
progress_show(const struct progress *p, int64_t octets, int64_t of_octets,
    int64_t files, int64_t of_files)
{
	int64_t took_ms = clock_monotonic_ms() - p->begun_ms;
	double done = of_octets > 0 ? (double)octets / (double)of_octets :
	    of_files > 0 ? (double)files / (double)of_files : 0;
	struct buf line = BUF_INIT;

	if (!p->shown)
		return;
	if (of_octets > 0) {
		backup_put_octets(&line, octets);
		buf_append_text(&line, " of ");
		backup_put_octets(&line, of_octets);
		buf_append_text(&line, ", ");
	}
	buf_format(&line, "%lld of %lld files", (long long)files,
	    (long long)of_files);
	if (done > 0 && took_ms > GUESS_MS) {
		buf_append_text(&line, ", ");
		backup_put_duration(&line, (int64_t)((double)took_ms / 1000 *
		    (1 / done - 1)));
		buf_append_text(&line, " left");
	}
	fprintf(stderr, "\r%s\033[K", buf_text(&line));
	buf_free(&line);
}

void
progress_end(const struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
}
