/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_CHECKS_H
#define FE_AUTH_CHECKS_H

#include "auth/arc.h"
#include "auth/bimi.h"
#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/iprev.h"
#include "auth/spf.h"

/*
 * All facts of one message, and the member `checks' of its record
 * (fe-record(5)).
 */
struct checks {
	struct iprev_result iprev;
	struct spf_result spf, spf_helo;
	enum spf_scope scope; /* of spf */
	struct dkim_report dkim;
	struct arc arc;
	struct dmarc_result dmarc;
	struct bimi_result bimi;
	struct buf disagreements; /* a JSON array, or nothing */
};

struct checks_query {
	struct spf_query spf;
	const struct header *header; /* the message, body and all */
	enum dmarc_rule rule;
	const struct dmarc_trust *trust; /* NULL: nobody */
	/* Called between SPF and DKIM, and DMARC; may change the former. */
	void (*review)(void *cookie, struct checks *checks); /* or NULL */
	void *cookie;
};

/* Runs every check.  All first questions go out together. */
void checks_run(struct checks *checks, struct auth_context *ctx,
    struct verifier *verifier, const struct checks_query *query);
void checks_free(struct checks *checks);
/* Did mail that claims an author fail to prove it?  DMARC says fail or
 * permerror, or SPF says fail and DMARC does not say pass. */
bool checks_found(const struct checks *checks);
/* What a person may require to pass: names with commas between. */
enum checks_name { CHECKS_IPREV = 1, CHECKS_SPF = 2, CHECKS_DKIM = 4,
	CHECKS_ARC = 8, CHECKS_DMARC = 16 };
/* 0 or more of the above; -1 and *bad, the name that is none. */
int checks_read_names(struct slice list, struct slice *bad);
/* Does each of them pass?  Of signatures one is enough. */
bool checks_pass(const struct checks *checks, int names);

/* Appends the JSON object, within its share of the meta: lists are cut and
 * `truncated' says by how many.  `explained' is auth_context.explained. */
void checks_write(const struct checks *checks, const struct auth_context *ctx,
    struct buf *out);

#endif
