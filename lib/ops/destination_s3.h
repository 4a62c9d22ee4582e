/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DESTINATION_S3_H
#define FE_OPS_DESTINATION_S3_H

#include <curl/curl.h>

#include "ops/destination_kind.h"

/*
 * Requests to S3, for destination_s3.c alone: signed by libcurl, and where
 * they go to.
 */
#define S3_NOT_IMPLEMENTED 501

struct s3_destination {
	struct destination base;
	CURL *curl;
	struct curl_slist *fields;
	char *root;   /* http[s]://HOST/BUCKET */
	char *prefix; /* `PREFIX/', or empty */
	char *sign;   /* aws:amz:REGION:s3 */
	struct buf login; /* ID:SECRET */
	int64_t timeout_s;
	bool cannot_copy; /* it said so */
	char error[CURL_ERROR_SIZE];
};

/* One request and what came back. */
struct s3_request {
	const char *method;
	const char *name;  /* of the object, or NULL: the bucket */
	const char *query; /* behind the `?', sorted and escaped, or NULL */
	const char *range;
	struct curl_slist *fields; /* or NULL: those of all */
	struct slice body; /* of a PUT */
	size_t sent;
	struct buf *out;
	bool overflow;
	long code;
};

/* s3://HOST[:PORT]/BUCKET[/PREFIX] */
int s3_parse_url(struct s3_destination *d, const struct destination_options *o,
    struct err *err);
/* Two lines, access key id and secret key. */
int s3_read_login(struct s3_destination *d, const char *path,
    struct err *err);
/* 0: r->code says what the server does.  Tries again where the server or the
 * way to it may have had a bad moment. */
int s3_perform(struct s3_destination *d, struct s3_request *r,
    struct err *err);
/* The sentence of a code that is no success: -1.  The server's own words begin
 * at `from' of what came back. */
int s3_refused(const struct s3_destination *d, const struct s3_request *r,
    const char *what, size_t from, struct err *err);

#endif
