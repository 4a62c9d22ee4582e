/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_SPAM_H
#define FE_SCAN_SPAM_H

#include "base/json.h"
#include "model.h"

/*
 * The spam layer: a model that is read again when its file changes, and what
 * it says of a message.  Without a model, or with one that knows one class
 * only, the class is `unknown'.
 */
#define SPAM_AT 0.9   /* probability from which the class is `spam' */
#define HAM_BELOW 0.5 /* ... below which it is `ham'; `unsure' between */
#define SPAM_EXPLAINED 12 /* features that are named */

struct spam_scanner {
	const char *path;     /* of the model; the caller's */
	const char *fallback; /* taken while there is no such file, or NULL */
	struct model model;
	struct features features;
	int64_t looked_ms;    /* monotonic: last look at the file */
	uint64_t seen[4];     /* which file that was */
};
struct spam_result {
	double score;      /* 0.5 where unknown */
	const char *class; /* spam, unsure, ham, unknown */
	bool gtube;        /* holds the test text for spam filters */
	struct feature_name names[SPAM_EXPLAINED];
	size_t names_n;    /* with `explain' only */
};

/* A model that cannot be read is told in the log and is none. */
void spam_open(struct spam_scanner *s, const char *path,
    const char *fallback);
void spam_close(struct spam_scanner *s);
/* Looks once a second whether the file is another one. */
void spam_scan(struct spam_scanner *s, struct slice message, bool explain,
    struct spam_result *r);
/* Writes the member `spam'. */
void spam_write(const struct spam_scanner *s, const struct spam_result *r,
    struct json_writer *w);

#endif
