/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_SCRUB_RULE_H
#define FE_OPS_SCRUB_RULE_H

#include "ops/scrub_parts.h"

/* A rule at work: it begins at a word, appends what it makes of the text, and
 * returns where to go on, or 0 when it does not apply. */
#define RULE_PHRASE_MAX 200

struct rule {
	struct scrub *s;
	struct slice text;
	size_t word, end;
	size_t at; /* what is before it has been written */
	struct buf *out;
};

struct slice rule_word(const struct rule *r);
struct slice rule_rest(const struct rule *r, size_t from);
/* Appends the text up to there as it is. */
void rule_copy(struct rule *r, size_t to);
/* Where that stands last in a text; its end where it does not. */
size_t rule_last_text(struct slice text, const char *what);
/* Where a value without quotes ends. */
size_t rule_bare_end(struct slice text, size_t at);
/* Appends the text with its opening quote, and the value up to the closing
 * one; returns `close'. */
size_t rule_between(
    struct rule *r, enum scrub_kind kind, size_t open, size_t close);

/* Phrases (scrub_phrase.c). */
size_t rule_phrase(struct rule *r);
/* Those of scrub_session.c. */
size_t rule_for_whom(struct rule *r);
size_t rule_by_whom(struct rule *r);
size_t rule_changed(struct rule *r);
size_t rule_sudo(struct rule *r);
size_t rule_sudo_command(struct rule *r);
size_t rule_cron_command(struct rule *r);
size_t rule_identification(struct rule *r);
size_t rule_identifier(struct rule *r);
size_t rule_disconnect(struct rule *r);
size_t rule_offer(struct rule *r);
size_t rule_allowed(struct rule *r);

#endif
