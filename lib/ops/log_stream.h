/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_LOG_STREAM_H
#define FE_OPS_LOG_STREAM_H

#include "ops/log_folder.h"
#include "ops/log_line.h"
#include "ops/scrub.h"

/*
 * Lines in, anonymous lines out: into a folder (log_folder.h), or to standard
 * output where there is none.  Makes the log key of each day and destroys
 * those whose time is over, with or without lines.
 */
#define LOG_KEEP "14d" /* of --keep and --keep-keys, where nothing is said */
#define LOG_KEEP_KEYS "7d"
struct log_stream_conf {
	struct log_folder_conf folder; /* path NULL: to standard output */
	int64_t keep_keys_s, sync_s;
	bool time; /* before lines that are no JSON object */
};

struct log_stream {
	const struct log_stream_conf *conf;
	struct log_key key;
	int64_t now_ms; /* when its day was looked at, once for all lines of a
			 * batch: none may be of another day than the key */
	struct log_key before; /* for lines that come late, or none */
	struct log_clock clock;
	struct buf store; /* scratch */
	struct scrub scrub;
	struct log_folder folder;
	struct buf input, output;
	bool skipping;            /* the rest of a line that was too long */
	int64_t sync_at_ms;       /* 0: nothing to sync */
	int64_t drop_at_ms;       /* old keys and files; 0: they have gone */
	bool warned, stopping;
	bool reader_gone; /* EPIPE */
};

int log_stream_open(
    struct log_stream *s, const struct log_stream_conf *conf, struct err *err);
/* Until the input ends or SIGTERM (or SIGINT) comes, which takes what is there
 * to read and leaves; SIGHUP begins a new file.  While the disk is full, or
 * the key of the day cannot be made, it waits and tries again, and does not
 * read: the writers wait, too.  A signal
 * to stop ends that, and ERR_SYSTEM says what was lost. */
int log_stream_run(struct log_stream *s, int in, int signals, struct err *err);
/* err may be NULL. */
int log_stream_close(struct log_stream *s, struct err *err);

#endif
