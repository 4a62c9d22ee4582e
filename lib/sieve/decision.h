/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_DECISION_H
#define FE_SIEVE_DECISION_H

#include "base/json.h"
#include "result.h"

/*
 * Decisions as members of the record (fe-record(5)): `verdict', and the
 * entries of `plan'.
 */

/* What a result is for the whole record. */
enum verdict_action decision_verdict(const struct sieve_result *r);
/* {"action","code","enhanced","text","by","why"}.  A text may begin with the
 * code and enhanced code of the reply, `550 5.7.1 no'. */
void decision_write_verdict(struct json_writer *w, const char *name,
    const struct sieve_result *r);
/* The members of an entry behind its address and mailbox.  site: what the
 * site's script wants done beside keeping; user NULL: it has no script.
 * site_edits: the site's changes to the header stand here, too. */
void decision_write_entry(struct json_writer *w,
    const struct sieve_result *site, const struct sieve_result *user,
    bool site_edits);
/* Is it a refusal, or kept apart from all mailboxes: final, and not for a
 * case to say? */
bool decision_is_refusal(const struct sieve_result *r);
/* Is there nothing to say but that the message is kept? */
bool decision_is_empty(const struct sieve_result *site,
    const struct sieve_result *user);
/* Does it keep, so that the next script is asked? */
bool decision_keeps(const struct sieve_result *r);

#endif
