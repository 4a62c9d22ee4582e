/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PROBE_HTTP_H
#define FE_OPS_PROBE_HTTP_H

#include "base/slice.h"

/* An answer to a request of HTTP/1.0 (RFC 9112) that has come whole.  Slices
 * point into it. */
struct http_answer {
	int status;
	struct slice type; /* Content-Type without parameters; none */
	struct slice body;
};
/* -1: it is none. */
int http_answer_parse(struct slice text, struct http_answer *answer);

#endif
