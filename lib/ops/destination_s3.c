/* SPDX-License-Identifier: ISC */
/*
 * A destination that speaks S3: libcurl signs (AWS Signature Version 4) and
 * does TLS.  Objects are whole or not there, and a put that was answered is
 * durable; that is all that a repository needs.
 */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "ops/destination_kind.h"
#include "ops/destination_reply.h"

#define NOT_IMPLEMENTED 501
#define TRIES 3
#define TRY_AGAIN_MS 500 /* then twice that */
#define ERROR_TEXT_MAX 4096
#define LIST_MAX ((size_t)16 << 20)
#define KEY_FILE_MAX 4096

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
struct request {
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

static struct s3_destination *
self(struct destination *d)
{
	return (struct s3_destination *)(void *)d;
}

static size_t
take_octets(char *p, size_t size, size_t n, void *context)
{
	struct request *r = context;

	if (buf_append(r->out, p, size * n) < 0) {
		r->overflow = true;
		return 0;
	}
	return size * n;
}

static size_t
give_octets(char *p, size_t size, size_t n, void *context)
{
	struct request *r = context;
	size_t room = size * n, left = r->body.n - r->sent;

	if (room > left)
		room = left;
	memcpy(p, r->body.p + r->sent, room);
	r->sent += room;
	return room;
}

static void
set_up(struct s3_destination *d, struct request *r, const char *url)
{
	CURL *c = d->curl;

	curl_easy_reset(c);
	d->error[0] = '\0';
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, d->error);
	curl_easy_setopt(c, CURLOPT_USERPWD, d->login.p);
	curl_easy_setopt(c, CURLOPT_AWS_SIGV4, d->sign);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, r->fields != NULL ?
	    r->fields : d->fields);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)d->timeout_s);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)d->timeout_s);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_octets);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, r);
	if (strcmp(r->method, "PUT") == 0) {
		curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(c, CURLOPT_READFUNCTION, give_octets);
		curl_easy_setopt(c, CURLOPT_READDATA, r);
		curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE,
		    (curl_off_t)r->body.n);
	} else if (strcmp(r->method, "GET") != 0)
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
	if (r->range != NULL)
		curl_easy_setopt(c, CURLOPT_RANGE, r->range);
}

static void
make_url(const struct s3_destination *d, const struct request *r,
    struct buf *url)
{
	buf_format(url, "%s%s%s%s", d->root, r->name != NULL ? "/" : "",
	    r->name != NULL ? d->prefix : "", r->name != NULL ? r->name : "");
	if (r->query != NULL)
		buf_format(url, "?%s", r->query);
}

/* Tries again where the server or the way to it may have had a bad moment. */
static int
perform(struct s3_destination *d, struct request *r, struct err *err)
{
	struct buf url = BUF_INIT;
	size_t kept = r->out->n;
	CURLcode code = CURLE_OK;

	make_url(d, r, &url);
	for (int i = 0; i < TRIES; i++) {
		if (i > 0)
			clock_sleep_ms(TRY_AGAIN_MS << (i - 1));
		r->sent = 0;
		r->code = 0;
		buf_truncate(r->out, kept);
		set_up(d, r, url.p);
		code = curl_easy_perform(d->curl);
		curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &r->code);
		if (r->overflow || (code == CURLE_OK && (r->code < 500 ||
			r->code == NOT_IMPLEMENTED)) ||
		    code == CURLE_COULDNT_CONNECT ||
		    code == CURLE_COULDNT_RESOLVE_HOST)
			break;
	}
	buf_free(&url);
	if (r->overflow)
		return err_set(err, ERR_CONFIG, "'%s/%s' is too large",
		    d->base.name, r->name != NULL ? r->name : "");
	if (code != CURLE_OK)
		return err_set(err, ERR_SYSTEM, "cannot reach the destination "
		    "'%s': %s", d->base.name, d->error[0] != '\0' ?
		    d->error : curl_easy_strerror(code));
	return 0;
}

static int
refused(const struct s3_destination *d, const struct request *r,
    const char *what, size_t from, struct err *err)
{
	struct slice code = destination_s3_code(slice_part(
	    buf_slice(r->out), from, r->out->n));

	return err_set(err, ERR_SYSTEM, "cannot %s '%s/%s': the server says "
	    "%ld %.*s", what, d->base.name, r->name != NULL ? r->name : "",
	    r->code, code.n > 100 ? 100 : (int)code.n,
	    code.p != NULL ? code.p : "");
}

static int
s3_put(struct destination *base, const char *name, struct slice octets,
    struct err *err)
{
	struct s3_destination *d = self(base);
	struct buf answer = BUF_LIMITED(ERROR_TEXT_MAX * 16);
	struct request r = {.method = "PUT", .name = name, .body = octets,
	    .out = &answer};
	int result = perform(d, &r, err);

	if (result == 0 && r.code != 200)
		result = refused(d, &r, "write", 0, err);
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
	struct request r = {.method = "GET", .name = name, .out = out};
	int result;

	if (offset > 0 || n > 0) {
		buf_format(&range, "%llu-", (unsigned long long)offset);
		if (n > 0)
			buf_format(&range, "%llu",
			    (unsigned long long)(offset + n - 1));
		r.range = range.p;
	}
	result = perform(d, &r, err);
	if (result == 0 && r.code != 200 && r.code != 206) {
		result = r.code == 404 ? 0 : refused(d, &r, "read", from, err);
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
	struct request r = {.method = "DELETE", .name = name, .out = &answer};
	int result = perform(d, &r, err);

	if (result == 0 && r.code != 204 && r.code != 200 && r.code != 404)
		result = refused(d, &r, "remove", 0, err);
	buf_free(&answer);
	return result;
}

/* 1; 0 the server cannot; -1.  Some answer 200 and say what went wrong; some do
 * not know the field, and have made an empty object. */
static int
copied(const struct s3_destination *d, const struct request *r,
    struct err *err)
{
	struct slice answer = buf_slice(r->out);
	struct slice code = destination_s3_code(answer);

	if (r->code == NOT_IMPLEMENTED || r->code == 405 ||
	    slice_is(code, "NotImplemented"))
		return 0;
	if (r->code != 200 || code.n > 0)
		return refused(d, r, "copy", 0, err);
	return slice_find_text(answer, SLICE("CopyObjectResult")) < answer.n;
}

static int
s3_clone(struct destination *base, struct destination *from_base,
    const char *name, struct err *err)
{
	struct s3_destination *d = self(base), *from = self(from_base);
	struct buf answer = BUF_LIMITED(ERROR_TEXT_MAX * 16);
	struct buf source = BUF_INIT;
	struct request r = {.method = "PUT", .name = name, .out = &answer};
	int result;

	if (strcmp(d->root, from->root) != 0 || d->cannot_copy)
		return 0;
	buf_format(&source, "x-amz-copy-source: %s/%s%s",
	    strrchr(from->root, '/'), from->prefix, name);
	for (struct curl_slist *f = d->fields; f != NULL; f = f->next)
		r.fields = curl_slist_append(r.fields, f->data);
	r.fields = curl_slist_append(r.fields, source.p);
	result = perform(d, &r, err);
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
	struct request r = {.method = "GET", .out = &answer};
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
	result = perform(d, &r, err);
	if (result == 0 && r.code != 200)
		result = refused(d, &r, "list", 0, err);
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

static bool
is_plain_path(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_alnum(text.p[i]) && text.p[i] != '-' &&
		    text.p[i] != '_' && text.p[i] != '.' && text.p[i] != '/')
			return false;
	return text.n > 0;
}

/* s3://HOST[:PORT]/BUCKET[/PREFIX] */
static int
parse_url(struct s3_destination *d, const struct destination_options *o,
    struct err *err)
{
	struct slice rest = slice_part(slice_text(o->url), 5, strlen(o->url));
	struct slice host = slice_cut(&rest, '/'), bucket;
	struct buf root = BUF_INIT, prefix = BUF_INIT;

	while (rest.n > 0 && rest.p[rest.n - 1] == '/')
		rest.n--;
	bucket = slice_cut(&rest, '/');
	if (host.n == 0 || !is_plain_path(bucket) ||
	    (rest.p != NULL && !is_plain_path(rest)))
		return err_set(err, ERR_USAGE, "'%s' is no URL like "
		    "s3://HOST/BUCKET/PREFIX", o->url);
	buf_format(&root, "%s://%.*s/%.*s", o->s3_plain ? "http" : "https",
	    SLICE_ARG(host), SLICE_ARG(bucket));
	if (rest.n > 0)
		buf_format(&prefix, "%.*s/", SLICE_ARG(rest));
	d->root = buf_take(&root, NULL);
	d->prefix = mem_text(buf_text(&prefix));
	buf_free(&prefix);
	return 0;
}

static int
read_login(struct s3_destination *d, const char *path, struct err *err)
{
	struct buf text = BUF_LIMITED(KEY_FILE_MAX);
	struct slice rest, id, secret;
	int result = -1;

	if (path == NULL)
		return err_set(err, ERR_CONFIG, "S3 needs s3-key-file: two "
		    "lines, access key id and secret key");
	buf_reserve(&text, KEY_FILE_MAX); /* growing leaves no copies */
	buf_reserve(&d->login, KEY_FILE_MAX);
	if (io_read_file(path, &text, err) == 0) {
		rest = buf_slice(&text);
		id = slice_trim(slice_line(&rest));
		secret = rest.p == NULL ? SLICE_NONE :
		    slice_trim(slice_line(&rest));
		if (id.n == 0 || secret.n == 0 || slice_find(id, ':') < id.n)
			err_set(err, ERR_CONFIG, "'%s' has not two lines, "
			    "access key id and secret key", path);
		else {
			buf_format(&d->login, "%.*s:%.*s", SLICE_ARG(id),
			    SLICE_ARG(secret));
			result = 0;
		}
	}
	buf_wipe(&text);
	return result;
}

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
	if (parse_url(d, options, err) == 0 &&
	    read_login(d, options->s3_key_file, err) == 0) {
		if (curl_global_init(CURL_GLOBAL_DEFAULT) == 0 &&
		    (d->curl = curl_easy_init()) != NULL)
			return &d->base;
		err_set(err, ERR_SYSTEM, "cannot start libcurl");
	}
	destination_close(&d->base);
	return NULL;
}
