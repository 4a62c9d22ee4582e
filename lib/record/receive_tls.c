/* SPDX-License-Identifier: ISC */
/*
 * TLS of fe-receive: the certificate is read here, the private key never.
 * Whoever holds it (monitor.h, signer.h) signs for the session.
 */
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "base/log.h"
#include "net/monitor.h"
#include "record/receive_parts.h"

#define CERT_SIZE_MAX ((size_t)256 << 10)

static const char *
path_or(struct buf *path, const char *given, const char *usual)
{
	if (given == NULL)
		return home_file(path, "%s", usual);
	buf_append_text(path, given);
	return buf_text(path);
}

/* Reads the certificate.  Without one, `offer' offers none. */
int
receive_read_certificate(struct receive *r, struct err *err)
{
	struct receive_conf *conf = &r->conf;
	const char *key = buf_text(&r->key_path);
	int result;

	if (conf->tls == SMTP_TLS_OFF)
		return 0;
	buf_reset(&r->cert);
	result = io_read_file(buf_text(&r->cert_path), &r->cert, err);
	if (result == 0 && access(key, R_OK) < 0)
		result = err_errno(err, "cannot read '%s'", key);
	return result;
}

int
receive_find_certificate(struct receive *r, struct err *err)
{
	r->tls_wanted = r->conf.tls;
	r->cert_path = r->key_path = (struct buf)BUF_INIT;
	r->cert = (struct buf)BUF_LIMITED(CERT_SIZE_MAX);
	path_or(&r->cert_path, r->conf.tls_cert, "keys/tls/cert.pem");
	path_or(&r->key_path, r->conf.tls_key, "keys/tls/key.pem");
	return receive_read_certificate(r, err);
}

/* Whether it is no fault that TLS cannot be had. */
bool
receive_may_do_without(struct receive *r, struct err *err)
{
	if (r->tls_wanted != SMTP_TLS_OFFER)
		return false;
	log_warning("no STARTTLS: %s", err->text);
	err_clear(err);
	r->conf.tls = SMTP_TLS_OFF;
	return true;
}

/* The key process is asked over a channel that is there for this alone. */
static int
sign(void *context, char algorithm, struct slice in,
    unsigned char out[TLS_SIGN_MAX])
{
	struct receive *r = context;
	struct err err = ERR_INIT;
	int channel, n;

	if (!r->accepts)
		return monitor_sign(&r->monitor, algorithm, in, out);
	channel = receive_reach_monitor(r, &err);
	if (channel == 0)
		channel = monitor_reach_signer(r->monitor, &err);
	if (channel < 0) {
		log_error("%s", err.text);
		return -1;
	}
	n = signer_ask(channel, algorithm, in, out);
	close(channel);
	return n;
}

struct tls_server *
receive_make_tls(struct receive *r, struct err *err)
{
	struct tls_signer signer = {sign, r};

	return tls_server_make(buf_slice(&r->cert), buf_text(&r->cert_path),
	    &signer, r->tickets, err);
}

struct tls_server *
receive_start_tls(void *context, struct err *err)
{
	struct receive *r = context;

	if (r->tls == NULL)
		r->tls = receive_make_tls(r, err);
	if (r->tls == NULL)
		r->receiver.failed = true;
	return r->tls;
}
