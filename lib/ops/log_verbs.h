/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_LOG_VERBS_H
#define FE_OPS_LOG_VERBS_H

#include "base/cmd.h"
#include "ops/log_stream.h"

/*
 * What fe-log does besides its filter, by its verbs; fe-log(8) says what each
 * is.  `words' are those behind the verb, NULL at their end; what is wrong
 * with them ends the process.  Each returns the exit code, and has said why
 * it is not 0.
 */
enum { LOG_OUTPUT_TEXT, LOG_OUTPUT_JSON };

struct log_conf {
	struct cmd_conf cmd;
	struct log_stream_conf stream;
	int64_t max;  /* --max, of findings in one file */
	int64_t date; /* --date in ms; below 0: none */
	int output;   /* LOG_OUTPUT_* */
};

int log_verb_audit(struct log_conf *conf, char **words, struct err *err);
int log_verb_find(struct log_conf *conf, char **words, struct err *err);
int log_verb_cat(struct log_conf *conf, char **words, struct err *err);
int log_verb_expire(struct log_conf *conf, char **words, struct err *err);

#endif
