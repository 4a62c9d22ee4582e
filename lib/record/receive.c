/* SPDX-License-Identifier: ISC */
/*
 * fe-receive before the first octet of a client: files, tables and names are
 * read with the rights of whoever started it, and what is wrong with them is
 * said.
 */
#include "receive.h"

#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/unix_socket.h"
#include "record/receive_parts.h"

void
receive_init(struct receive *r)
{
	*r = (struct receive){.monitor = -1, .delivery = -1, .limit = -1,
	    .recipients_path = BUF_INIT, .full_path = BUF_INIT,
	    .limit_path = BUF_INIT};
	r->events.fd = r->events.null = -1;
}

static int
read_networks(struct receive *r, struct err *err)
{
	const struct option_list *list = &r->conf.trusted;

	r->trusted = mem_array(NULL, list->n + 1, sizeof(*r->trusted));
	for (size_t i = 0; i < list->n; i++)
		if (network_parse(
			slice_text(list->items[i]), &r->trusted[i]) < 0)
			return network_check(list->items[i], err);
	return 0;
}

bool
receive_is_trusted(const struct receive *r, const struct ip *ip)
{
	for (size_t i = 0; i < r->conf.trusted.n; i++)
		if (network_has(&r->trusted[i], ip))
			return true;
	return false;
}

static void
fill_conf(struct receive *r)
{
	const struct receive_conf *conf = &r->conf;

	r->smtp = (struct smtp_conf){.hostname = conf->hostname,
	    .lmtp = conf->lmtp, .tls = (enum smtp_tls)conf->tls,
	    .limits = {.size_max = conf->size_max,
		.memory_max = conf->memory_max,
		.header_max = conf->header_max,
		.line_max = conf->line_max,
		.received_max = conf->received_max},
	    .recipients_max = conf->recipients_max,
	    .mails_max = conf->messages_max,
	    .errors_max = conf->errors_max};
	r->receiver.deadline_ms = conf->deadline * 1000;
	r->receiver.acceptance.domain = conf->domain;
	r->receiver.acceptance.postmaster = conf->postmaster;
	r->receiver.acceptance.delimiter = conf->delimiter;
}

int
receive_read_fingerprint_key(struct receive *r, struct err *err)
{
	const struct stat *was = &r->fingerprint_file;
	struct buf path = BUF_INIT;
	struct stat now;
	unsigned char *key = NULL;
	int result = 0;

	home_file(&path, "keys/fingerprint.key");
	if (stat(buf_text(&path), &now) < 0)
		now = *was;
	/* it is replaced, never written to */
	if (r->receiver.fingerprint_key == NULL || now.st_ino != was->st_ino ||
	    now.st_mtim.tv_sec != was->st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != was->st_mtim.tv_nsec)
		result = secret_read_file(
		    buf_text(&path), RECEPTION_KEY_SIZE, &key, err);
	if (key != NULL) {
		secret_free(r->receiver.fingerprint_key);
		r->receiver.fingerprint_key = key;
		r->fingerprint_file = now;
	}
	buf_free(&path);
	return result;
}

int
receive_open(struct receive *r, struct err *err)
{
	static char name[256];
	int result = -1;

	if (r->conf.cmd.words_n == 0 && r->conf.pool == NULL)
		return err_set(err, ERR_USAGE, "no delivery is given; put its "
		    "command behind --, or name a --pool");
	if (r->conf.cmd.words_n > 0 && r->conf.pool != NULL)
		return err_set(err, ERR_USAGE,
		    "give a delivery or a --pool, not both");
	if (r->conf.hostname == NULL && gethostname(name, sizeof(name)) == 0)
		r->conf.hostname = name;
	if (sodium_init() >= 0 && read_networks(r, err) == 0 &&
	    log_read_key(r->conf.cmd.log_personal, err) == 0 &&
	    acceptance_open(&r->receiver.acceptance, err) == 0 &&
	    (receive_find_certificate(r, err) == 0 ||
		receive_may_do_without(r, err)))
		result = receive_read_fingerprint_key(r, err);
	receive_find_limit(r);
	fill_conf(r);
	event_sender_open(&r->events, cmd_name());
	r->receiver.events = &r->events;
	return result;
}

void
receive_close(struct receive *r)
{
	acceptance_close(&r->receiver.acceptance);
	tls_server_free(r->tls);
	buf_free(&r->cert_path);
	buf_free(&r->key_path);
	buf_free(&r->cert);
	buf_free(&r->recipients_path);
	buf_free(&r->full_path);
	buf_free(&r->limit_path);
	event_sender_close(&r->events);
	free(r->trusted);
}

int
receive_fail(struct receive *r, const struct err *err)
{
	static const char sorry[] = "421 4.3.0 service not available\r\n";

	if (!r->accepts && r->conf.tls != SMTP_TLS_IMPLICIT &&
	    err->kind != ERR_USAGE)
		io_write(1, sorry, sizeof(sorry) - 1);
	receive_close(r);
	return cmd_fail(err);
}

static int
reach_pool(const void *path, struct err *err)
{
	return unix_socket_connect(path, SOCK_STREAM | SOCK_NONBLOCK, err);
}

struct launch_conf
receive_launch(struct receive *r)
{
	return (struct launch_conf){
	    .deliver = r->conf.pool == NULL ? r->conf.cmd.words : NULL,
	    .reach = reach_pool,
	    .context = r->conf.pool,
	    .files = {home_file(&r->recipients_path, "run/recipients"),
		home_file(&r->full_path, "run/full")}};
}
