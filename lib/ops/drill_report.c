/* SPDX-License-Identifier: ISC */
/* Reports of restore drills. */
#include <sodium.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/id.h"
#include "base/io.h"
#include "base/json.h"
#include "base/secret.h"
#include "ops/drill.h"

#define SEED_PATH "keys/backup/drill.seed"

static int
need_seed(unsigned char **seed, struct err *err)
{
	struct buf path = BUF_INIT;
	unsigned char *fresh;
	int result = 0;

	if (access(home_file(&path, SEED_PATH), F_OK) < 0) {
		fresh = secret_alloc(crypto_sign_SEEDBYTES);
		random_octets(fresh, crypto_sign_SEEDBYTES);
		result = io_make_folders(home_file(&path, "keys/backup"),
		    0700, err);
		if (result == 0)
			result = io_replace_file(home_file(&path, SEED_PATH),
			    slice_of(fresh, crypto_sign_SEEDBYTES), 0400,
			    err);
		secret_free(fresh);
	}
	if (result == 0)
		result = secret_read_file(path.p, crypto_sign_SEEDBYTES, seed,
		    err);
	buf_free(&path);
	return result;
}

static void
format_report(const char *name, const char *destination,
    const struct drill_options *o, const struct drill_result *r,
    struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);
	char time[CLOCK_TEXT_SIZE], host[256] = "";

	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	json_put_text(&w, "time", clock_rfc3339(r->time_ms, time));
	json_put_text(&w, "host", host);
	json_put_text(&w, "name", name);
	json_put_text(&w, "destination", destination);
	json_put_text(&w, "snapshot", r->snapshot);
	json_put_text(&w, "opened_by", o->opened_by);
	json_put_bool(&w, "ok", r->faults == 0);
	json_put_integer(&w, "faults", r->faults);
	json_put_integer(&w, "mailboxes", r->mailboxes);
	json_put_integer(&w, "of_mailboxes", r->of_mailboxes);
	json_put_integer(&w, "messages", r->messages);
	json_put_integer(&w, "files", r->files);
	json_put_integer(&w, "octets", r->octets);
	json_put_integer(&w, "of_octets", r->of_octets);
	json_put_integer(&w, "took_ms", r->took_ms);
	json_put_integer(&w, "full_ms", r->full_ms);
	json_close_object(&w);
}

static int
sign(struct slice report, struct buf *out, struct err *err)
{
	unsigned char *seed, *secret = secret_alloc(crypto_sign_SECRETKEYBYTES);
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	unsigned char signature[crypto_sign_BYTES];
	char hex[2 * crypto_sign_BYTES + 1];
	struct json_writer w = JSON_WRITER(out);
	int result = need_seed(&seed, err);

	if (result == 0) {
		crypto_sign_seed_keypair(public, secret, seed);
		secret_free(seed);
		crypto_sign_detached(signature, NULL,
		    (const unsigned char *)report.p, report.n, secret);
		json_open_object(&w, NULL);
		json_put_raw(&w, "report", report);
		hex_encode(public, sizeof(public), hex);
		json_put_text(&w, "key", hex);
		hex_encode(signature, sizeof(signature), hex);
		json_put_text(&w, "signature", hex);
		json_close_object(&w);
		buf_append_char(out, '\n');
	}
	secret_free(secret);
	return result;
}

int
drill_report(struct destination *d, const char *name,
    const struct drill_options *options, const struct drill_result *result,
    struct buf *text, struct err *err)
{
	struct buf report = BUF_INIT, path = BUF_INIT;
	char time[CLOCK_TEXT_SIZE];
	int status;

	format_report(name, destination_name(d), options, result, &report);
	clock_rfc3339(result->time_ms, time);
	status = sign(buf_slice(&report), text, err);
	if (status == 0)
		status = io_make_folders(home_file(&path, "backup"), 0750,
		    err);
	if (status == 0)
		status = io_replace_file(home_file(&path,
		    "backup/drill-%s-%.19sZ.json", name, time),
		    buf_slice(text), 0644, err);
	if (status == 0) {
		buf_truncate(&path, 0);
		buf_format(&path, "drills/%.19sZ", time);
		status = destination_put(d, path.p, buf_slice(text), err);
	}
	buf_free(&report);
	buf_free(&path);
	return status;
}

int
drill_verify(struct slice text, char key[65], struct err *err)
{
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	unsigned char signature[crypto_sign_BYTES];
	struct slice report;

	text = slice_trim(text);
	if (json_check(text, err) < 0)
		return -1;
	report = json_get(text, "report");
	if (report.p == NULL || hex_decode(json_plain(json_get(text, "key")),
		public, sizeof(public)) < 0 ||
	    hex_decode(json_plain(json_get(text, "signature")), signature,
		sizeof(signature)) < 0)
		return err_set(err, ERR_MESSAGE, "that is no report of a "
		    "drill");
	if (crypto_sign_verify_detached(signature,
		(const unsigned char *)report.p, report.n, public) < 0)
		return err_set(err, ERR_MESSAGE, "the report was changed "
		    "after it was signed");
	hex_encode(public, sizeof(public), key);
	return 0;
}
