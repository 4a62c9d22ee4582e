/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_SPAM_H
#define FE_SCAN_SPAM_H

#include "base/json.h"
#include "model.h"

/*
 * The spam layer: the site's model and those of users, read again when their
 * files change, and what they say of a message.  Both scores are joined as log
 * odds, the user's with the more weight the more it has learned.  Without a
 * model, or with one that knows one class only, the class is `unknown'.
 */
#define SPAM_AT 0.9   /* probability from which the class is `spam' */
#define HAM_BELOW 0.5 /* ... below which it is `ham'; `unsure' between */
#define SPAM_EXPLAINED 12 /* features that are named */
#define SPAM_USERS_MAX 4  /* models of users that are held at once */
/* Messages after which the model of a user counts as much as the site's: the
 * fewer of both classes, twice. */
#define SPAM_USER_EVEN 200.0

/* A model file, read again when it is another one. */
struct spam_model {
	struct buf path;
	const char *fallback; /* taken while there is no such file, or NULL */
	struct model model;
	bool is_there;
	int64_t looked_ms;    /* monotonic: last look at the file */
	int64_t used_ms;      /* ... at the model; 0: the place is free */
	uint64_t seen[4];     /* which file that was */
};
struct spam_scanner {
	struct spam_model site;
	struct spam_model users[SPAM_USERS_MAX];
	struct features features;
};
struct spam_result {
	double score;      /* 0.5 where unknown */
	const char *class; /* spam, unsure, ham, unknown */
	bool gtube;        /* holds the test text for spam filters */
	double user_share; /* 0..1: of the user's model in the score */
	struct feature_name names[SPAM_EXPLAINED];
	size_t names_n;    /* with `explain' only */
};

/* A model that cannot be read is told in the log and is none. */
void spam_open(struct spam_scanner *s, const char *path,
    const char *fallback);
void spam_close(struct spam_scanner *s);
/* What is read of the message comes first: begin, each text, then judge.  Looks
 * once a second whether files are others. */
void spam_begin(struct spam_scanner *s, const struct reading *reading);
void spam_add_text(struct spam_scanner *s, const struct reading *reading);
/* `user' is the path of the model of the one whom the message is for, or NULL;
 * there need be no such file. */
void spam_judge(struct spam_scanner *s, const char *user,
    struct spam_result *r);
/* Names the features that weighed most in what was judged last. */
void spam_explain(struct spam_scanner *s, struct slice message,
    struct spam_result *r);
/* Writes the member `spam'. */
void spam_write(const struct spam_scanner *s, const struct spam_result *r,
    struct json_writer *w);

#endif
