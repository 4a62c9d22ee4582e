/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_AUTHRES_H
#define FE_MAIL_AUTHRES_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * The text of Authentication-Results (RFC 8601, 2.2): who speaks, and what
 * was found.  Whether he may be believed is the caller's matter.
 */
#define AUTHRES_RESULTS_MAX 100
#define AUTHRES_PROPERTIES_MAX 20 /* of one result */

struct authres_property {
	struct slice type, name; /* `smtp', `mailfrom' */
	struct buf value;        /* quotes taken off */
};
struct authres_result {
	struct slice method, result; /* `spf', `pass'; as written */
	struct buf reason;
	struct authres_property *properties;
	size_t n;
};
struct authres {
	struct buf id; /* authserv-id */
	struct authres_result *items;
	size_t n;
	bool truncated; /* over a limit */
	bool malformed; /* from some point on it could not be read */
};
/* Of a raw value; comments go.  -1, and nothing else set, where not even the
 * authserv-id can be read: such a field may be taken by others for anybody's.
 * Free it in either case. */
int authres_parse(struct authres *a, struct slice value);
void authres_free(struct authres *a);

/* Writing appends.  Folds stand before each result and where a line would
 * pass 76 characters; what is no token is quoted; what may not even stand
 * within quotes becomes `?'.
 *	mx.example.org;
 *		spf=pass smtp.mailfrom=example.net;
 *		dkim=fail reason="body hash" header.d=example.net
 */
struct authres_writer {
	struct buf *out;
	size_t line; /* where the last one begins */
	bool any;    /* a result was written */
};
void authres_begin(struct authres_writer *w, struct buf *out,
    struct slice id);
void authres_put_result(struct authres_writer *w, const char *method,
    const char *result, struct slice reason); /* none: no reason */
void authres_put_property(struct authres_writer *w, const char *name,
    struct slice value);
/* One that was read, as it was: method, reason, properties. */
void authres_copy(struct authres_writer *w, const struct authres_result *r);
void authres_end(struct authres_writer *w); /* `; none' where there was none */

#endif
