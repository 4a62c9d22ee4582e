/* SPDX-License-Identifier: ISC */
/*
 * A destination that speaks S3: libcurl signs (AWS Signature Version 4) and
 * does TLS.  Objects are whole or not there, and a put that was answered is
 * durable; that is all that a repository needs.
 */
#include "ops/destination_s3.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/destination_reply.h"

#define ERROR_TEXT_MAX 4096
#define LIST_MAX ((size_t)16 << 20)

static struct s3_destination *
self(struct destination *d)
{
	return (struct s3_destination *)(void *)d;
}

static int
s3_put(struct destination *base, const char *name, struct slice octets,
    struct err *err)
{
	struct s3_destination *d = self(base);
	struct buf answer = BUF_LIMITED(ERROR_TEXT_MAX * 16);
	struct s3_request r = {.method = "PUT", .name = name, .body = octets,
	    .out = &answer};
	int result = s3_perform(d, &r, err);

	if (result == 0 && r.code != 200)
		result = s3_refused(d, &r, "write", 0, err);
	buf_free(&answer);
	return result;
}

static int
s3_get(struct destination *base, const char *name, uint64_t offset, size_t n,
    struct buf *out, struct err *err)
{
	struct s3_destination *d = self(base);
	struct buf range = BUF_INIT;
	size_t from = out->n;
	struct s3_request r = {.method = "GET", .name = name, .out = out};
	int result;

	if (offset > 0 || n > 0) {
		buf_format(&range, "%llu-", (unsigned long long)offset);
		if (n > 0)
			buf_format(&range, "%llu",
			    (unsigned long long)(offset + n - 1));
		r.range = range.p;
	}
	result = s3_perform(d, &r, err);
	if (result == 0 && r.code != 200 && r.code != 206) {
		result = r.code == 404 ? 0 :
		    s3_refused(d, &r, "read", from, err);
		buf_truncate(out, from);
	} else if (result == 0) {
		result = 1;
		/* A server that knows no ranges sent all of it. */
		if (r.code == 200 && offset > 0)
			buf_remove(out, from, from + (offset < out->n - from ?
			    (size_t)offset : out->n - from));
		if (r.code == 200 && n > 0 && out->n - from > n)
			buf_truncate(out, from + n);
		if (n > 0 && out->n - from != n)
			result = err_set(err, ERR_CONFIG, "'%s/%s' is cut "
			    "short", base->name, name);
	}
	buf_free(&range);
	return result;
}

static int
s3_remove(struct destination *base, const char *name, struct err *err)
{
	struct s3_destination *d = self(base);
	struct buf answer = BUF_LIMITED(ERROR_TEXT_MAX * 16);
	struct s3_request r = {.method = "DELETE", .name = name,
	    .out = &answer};
	int result = s3_perform(d, &r, err);

	if (result == 0 && r.code != 204 && r.code != 200 && r.code != 404)
		result = s3_refused(d, &r, "remove", 0, err);
	buf_free(&answer);
	return result;
}

/* 1; 0 the server cannot; -1.  Some answer 200 and say what went wrong; some do
 * not know the field, and have made an empty object. */
static int
copied(const struct s3_destination *d, const struct s3_request *r,
    struct err *err)
{
	struct slice answer = buf_slice(r->out);
	struct slice code = destination_s3_code(answer);

	if (r->code == S3_NOT_IMPLEMENTED || r->code == 405 ||
	    slice_is(code, "NotImplemented"))
		return 0;
	if (r->code != 200 || code.n > 0)
		return s3_refused(d, r, "copy", 0, err);
	return slice_find_text(answer, SLICE("CopyObjectResult")) < answer.n;
}

static int
s3_clone(struct destination *base, struct destination *from_base,
    const char *name, struct err *err)
{
	struct s3_destination *d = self(base), *from = self(from_base);
	struct buf answer = BUF_LIMITED(ERROR_TEXT_MAX * 16);
	struct buf source = BUF_INIT;
	struct s3_request r = {.method = "PUT", .name = name, .out = &answer};
	int result;

	if (strcmp(d->root, from->root) != 0 || d->cannot_copy)
		return 0;
	buf_format(&source, "x-amz-copy-source: %s/%s%s",
	    strrchr(from->root, '/'), from->prefix, name);
	for (struct curl_slist *f = d->fields; f != NULL; f = f->next)
		r.fields = curl_slist_append(r.fields, f->data);
	r.fields = curl_slist_append(r.fields, source.p);
	result = s3_perform(d, &r, err);
	if (result == 0)
		result = copied(d, &r, err);
	d->cannot_copy = result == 0;
	curl_slist_free_all(r.fields);
	buf_free(&source);
	buf_free(&answer);
	return result;
}

/* Everything but what RFC 3986 calls unreserved, as the signature wants it. */
static void
put_escaped(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (ascii_is_alnum(c) || c == '-' || c == '_' || c == '.' ||
		    c == '~')
			buf_append_char(out, c);
		else
			buf_format(out, "%%%02X", (unsigned char)c);
	}
}

static int
list_page(struct s3_destination *d, const char *folder,
    struct destination_list *list, struct buf *token, struct err *err)
{
	struct buf query = BUF_INIT, prefix = BUF_INIT;
	struct buf answer = BUF_LIMITED(LIST_MAX);
	struct s3_request r = {.method = "GET", .out = &answer};
	int result;

	buf_format(&prefix, "%s%s/", d->prefix, folder);
	if (token->n > 0) {
		buf_append_text(&query, "continuation-token=");
		put_escaped(&query, buf_slice(token));
		buf_append_char(&query, '&');
	}
	buf_append_text(&query, "list-type=2&prefix=");
	put_escaped(&query, buf_slice(&prefix));
	r.query = query.p;
	result = s3_perform(d, &r, err);
	if (result == 0 && r.code != 200)
		result = s3_refused(d, &r, "list", 0, err);
	if (result == 0)
		result = destination_parse_s3_list(buf_slice(&answer),
		    d->prefix, list, token, err);
	buf_free(&query);
	buf_free(&prefix);
	buf_free(&answer);
	return result;
}

static int
s3_list(struct destination *base, const char *folder,
    struct destination_list *list, struct err *err)
{
	struct buf token = BUF_INIT;
	int result;

	do
		result = list_page(self(base), folder, list, &token, err);
	while (result == 0 && token.n > 0);
	buf_free(&token);
	return result;
}

static int
s3_prepare(struct destination *d, struct err *err)
{
	/* The bucket is the owner's to make; a list says whether we may. */
	struct destination_list list = {NULL, 0};
	int result = s3_list(d, "snapshots", &list, err);

	destination_list_free(&list);
	return result;
}

static void
s3_close(struct destination *base)
{
	struct s3_destination *d = self(base);

	if (d->curl != NULL)
		curl_easy_cleanup(d->curl);
	curl_slist_free_all(d->fields);
	buf_wipe(&d->login);
	free(d->root);
	free(d->prefix);
	free(d->sign);
	free(d);
}

static const struct destination_kind s3_kind = {
    .parallel_put = false,
    .prepare = s3_prepare,
    .put = s3_put,
    .get = s3_get,
    .clone = s3_clone,
    .remove = s3_remove,
    .list = s3_list,
    .close = s3_close};

struct destination *
destination_s3_open(const struct destination_options *options,
    struct err *err)
{
	struct s3_destination *d = mem_zalloc(sizeof(*d));
	struct buf sign = BUF_INIT;

	d->base.kind = &s3_kind;
	pthread_mutex_init(&d->base.getting, NULL);
	d->base.name = mem_text(options->url);
	d->login = (struct buf)BUF_INIT;
	d->timeout_s = options->timeout_s;
	buf_format(&sign, "aws:amz:%s:s3", options->s3_region);
	d->sign = buf_take(&sign, NULL);
	/* What is sent has seals of its own: TLS need not be doubled. */
	d->fields = curl_slist_append(NULL,
	    "x-amz-content-sha256: UNSIGNED-PAYLOAD");
	d->fields = curl_slist_append(d->fields, "Expect:");
	if (s3_parse_url(d, options, err) == 0 &&
	    s3_read_login(d, options->s3_key_file, err) == 0) {
		if (curl_global_init(CURL_GLOBAL_DEFAULT) == 0 &&
		    (d->curl = curl_easy_init()) != NULL)
			return &d->base;
		err_set(err, ERR_SYSTEM, "cannot start libcurl");
	}
	destination_close(&d->base);
	return NULL;
}
