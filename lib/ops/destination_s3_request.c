/* SPDX-License-Identifier: ISC */
/* Requests to S3, one after the other. */
#include "ops/destination_s3.h"

#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "ops/destination_reply.h"

#define TRIES 3
#define TRY_AGAIN_MS 500 /* then twice that */
#define KEY_FILE_MAX 4096

static bool
is_plain_path(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_alnum(text.p[i]) && text.p[i] != '-' &&
		    text.p[i] != '_' && text.p[i] != '.' && text.p[i] != '/')
			return false;
	return text.n > 0;
}

int
s3_parse_url(struct s3_destination *d, const struct destination_options *o,
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

int
s3_read_login(struct s3_destination *d, const char *path, struct err *err)
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

static size_t
take_octets(char *p, size_t size, size_t n, void *context)
{
	struct s3_request *r = context;

	if (buf_append(r->out, p, size * n) < 0) {
		r->overflow = true;
		return 0;
	}
	return size * n;
}

static size_t
give_octets(char *p, size_t size, size_t n, void *context)
{
	struct s3_request *r = context;
	size_t room = size * n, left = r->body.n - r->sent;

	if (room > left)
		room = left;
	memcpy(p, r->body.p + r->sent, room);
	r->sent += room;
	return room;
}

static void
set_up(struct s3_destination *d, struct s3_request *r, const char *url)
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
make_url(const struct s3_destination *d, const struct s3_request *r,
    struct buf *url)
{
	buf_format(url, "%s%s%s%s", d->root, r->name != NULL ? "/" : "",
	    r->name != NULL ? d->prefix : "", r->name != NULL ? r->name : "");
	if (r->query != NULL)
		buf_format(url, "?%s", r->query);
}

int
s3_perform(struct s3_destination *d, struct s3_request *r, struct err *err)
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
			r->code == S3_NOT_IMPLEMENTED)) ||
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

int
s3_refused(const struct s3_destination *d, const struct s3_request *r,
    const char *what, size_t from, struct err *err)
{
	struct slice code = destination_s3_code(slice_part(
	    buf_slice(r->out), from, r->out->n));

	return err_set(err, ERR_SYSTEM, "cannot %s '%s/%s': the server says "
	    "%ld %.*s", what, d->base.name, r->name != NULL ? r->name : "",
	    r->code, code.n > 100 ? 100 : (int)code.n,
	    code.p != NULL ? code.p : "");
}
