/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_SELECTOR_H
#define FE_AUTH_SELECTOR_H

#include <stdint.h>

#include "auth/dkim_key.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/option.h"

/*
 * DKIM selectors of the home: keys/dkim/DOMAIN/SELECTOR.pem, and beside each
 * SELECTOR.json, {"fe":1,"state":STATE,"since":TIME,"until":TIME}.  A key goes
 * through the states in this order, so that its record is in DNS before the
 * first signature and until nobody verifies the last one.
 *
 *	published  in DNS, not used yet: the next one
 *	active     signs
 *	retiring   signs no more; mail that it signed is under way
 *	withdrawn  to be taken out of DNS; its private key may be gone
 */
enum selector_state { SELECTOR_PUBLISHED, SELECTOR_ACTIVE, SELECTOR_RETIRING,
	SELECTOR_WITHDRAWN };
const char *selector_state_text(enum selector_state state);

#define SELECTORS_MAX 4000

struct selector {
	struct buf domain, name;     /* as the files are named */
	enum selector_state state;
	int64_t since_ms, until_ms;  /* -1: not said */
};
struct selectors {
	struct selector *items; /* by domain, then name */
	size_t n;
};
#define SELECTORS_INIT {NULL, 0}

/* Adds those of one domain, or (none) of all, with one of the names unless
 * there are none.  No folder is no selector; a key without a document is half
 * made and passed over, with a warning.  ERR_CONFIG for a document that is
 * none. */
int selectors_read(struct selectors *selectors, struct slice domain,
    const struct option_list *names, struct err *err);
void selectors_free(struct selectors *selectors);

/* Path of its private key; returns out's text. */
const char *selector_key_path(const struct selector *selector,
    struct buf *out);
/* Appends the record to publish, made from the private key. */
int selector_record(const struct selector *selector, struct buf *out,
    struct err *err);
/* Makes a key with its document under the first free name `rYYYYMMDDa' (RSA)
 * or `eYYYYMMDDa' (Ed25519) of today, and appends that name.  The document
 * comes last. */
int selector_make(struct slice domain, enum dkim_key_type type,
    enum selector_state state, struct buf *name, struct err *err);

/* Its next state, since now; until_ms is kept with it unless below 0. */
int selector_change(const struct selector *selector,
    enum selector_state state, int64_t until_ms, struct err *err);
/* Takes its document away; the private key is gone already. */
int selector_forget(const struct selector *selector, struct err *err);

#endif
