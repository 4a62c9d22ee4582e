/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_SCRUB_PARTS_H
#define FE_OPS_SCRUB_PARTS_H

#include "ops/personal.h"
#include "ops/scrub.h"

/*
 * The parts of scrub.h.  Texts are normalized (personal.h); all append.
 */
#define SCRUB_GONE "[text]"

/* What a named value is. */
enum scrub_kind {
	SCRUB_PLAIN,
	SCRUB_PERSON, /* an address or account, perhaps a phrase before it */
	SCRUB_HOST,   /* of a client */
	SCRUB_TEXT,   /* goes */
	SCRUB_REST,   /* goes, and all behind it */
	SCRUB_TOKEN,  /* identifies; only sameness counts */
	SCRUB_FOLDER,
	SCRUB_URL,
	SCRUB_REQUEST,
	SCRUB_AGENT
};
/* By the value's name, in any case. (scrub_names.c) */
enum scrub_kind scrub_kind_of(struct slice name);
/* Does NAME(...) hold an account: a service of Dovecot, a password driver? */
bool scrub_is_service(struct slice name);
/* Is NAME/... a folder of people's folders? */
bool scrub_is_root(struct slice name);

/* Free text (scrub_text.c); with no rules only addresses go. */
void scrub_text(struct scrub *s, struct slice text, struct buf *out);
void scrub_spans(struct scrub *s, struct slice text, struct buf *out);
/* A whole value of that kind (scrub_value.c). */
void scrub_value(
    struct scrub *s, enum scrub_kind kind, struct slice value, struct buf *out);
/* Replaces one thing found. */
void scrub_found(struct scrub *s, struct slice text,
    const struct personal *found, struct buf *out);
/* `p5b2a.dip0.t-ipconnect.de' to `*.t-ipconnect.de'. */
void scrub_host(struct slice host, struct buf *out);
/* A line of a web server's access log; false if it is none (scrub_web.c). */
bool scrub_web(struct scrub *s, struct slice text, struct buf *out);
/* A JSON object; false if it is none (scrub_json.c).  Not normalized. */
bool scrub_json(struct scrub *s, struct slice line, struct buf *out);
/* A rule that begins with the word text[at, end): appends what it makes, and
 * returns where to go on, or 0 where there is none (scrub_rule.c). */
size_t scrub_rule(
    struct scrub *s, struct slice text, size_t at, size_t end, struct buf *out);

#endif
