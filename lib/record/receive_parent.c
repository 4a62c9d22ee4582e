/* SPDX-License-Identifier: ISC */
/*
 * fe-receive on listening sockets: a parent that accepts and is the monitor of
 * all sessions, one key process, and a session for each connection.  The
 * parent reads no octet of a connection and does not hold the TLS key.
 */
#include <sys/stat.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "net/acceptor.h"
#include "record/receive_parts.h"

/* TLS as the sessions to come will have it: certificate and key process. */
static int
prepare_tls(struct receive *r, struct err *err)
{
	struct signer fresh = {0, -1};
	struct tls_server *tls;

	r->conf.tls = r->tls_wanted;
	if (r->conf.tls == SMTP_TLS_OFF)
		return 0;
	if (receive_read_certificate(r, err) < 0 ||
	    signer_start(&fresh, buf_text(&r->key_path), buf_slice(&r->cert),
		r->conf.cmd.sandbox, err) < 0)
		return -1;
	tls = receive_make_tls(r, err);
	if (tls == NULL) {
		signer_leave(&fresh);
		return -1;
	}
	tls_server_free(r->tls);
	r->tls = tls;
	signers_add(&r->signers, fresh); /* who began with another keeps it */
	return 0;
}

static int
reach_signer(void *context, size_t slot, struct err *err)
{
	struct receive *r = context;

	return signers_connect(&r->signers, slot, err);
}

/* Where the one that died could not be replaced it is tried again. */
static void
replace_signer(struct receive *r)
{
	struct err err = ERR_INIT;

	if (prepare_tls(r, &err) < 0)
		log_error("no TLS: %s", err.text);
	r->smtp.tls = (enum smtp_tls)r->conf.tls;
}

/* The key process has died: another one takes its place, unless it was one
 * that only sessions of before a SIGHUP had. */
static void
reap_signer(void *context, pid_t pid)
{
	struct receive *r = context;

	if (!signers_bury(&r->signers, pid))
		return;
	log_error("the key process has died; starting another");
	replace_signer(r);
}

/* `fe-rotate-keys tls-tickets' replaces a file, which tells all servers. */
static void
tend_tickets(struct receive *r, int64_t now)
{
	struct timespec was = r->tickets_told;
	struct buf path = BUF_INIT;
	struct stat st;

	if (stat(home_file(&path, "keys/tls/tickets"), &st) == 0)
		r->tickets_told = st.st_mtim;
	buf_free(&path);
	if (r->tickets_told.tv_sec != was.tv_sec ||
	    r->tickets_told.tv_nsec != was.tv_nsec)
		tls_tickets_renew(r->tickets, now);
	else
		tls_tickets_rotate(r->tickets, now);
}

/* fe-account and fe-store replace the tables at any time, fe-rotate-keys the
 * keys. */
static void
refresh(struct receive *r)
{
	int64_t now = clock_monotonic_ms();
	struct acceptance fresh = r->receiver.acceptance;
	struct err err = ERR_INIT;

	if (now - r->refreshed_ms < RECEIVE_REFRESH_MS)
		return;
	r->refreshed_ms = now;
	if (r->tickets != NULL)
		tend_tickets(r, now);
	if (r->tls != NULL && signers_newest(&r->signers).pid <= 0)
		replace_signer(r);
	if (receive_read_fingerprint_key(r, &err) < 0) {
		log_warning("key not read again: %s", err.text);
		err_clear(&err);
	}
	if (acceptance_open(&fresh, &err) < 0) {
		log_warning("recipients not read again: %s", err.text);
		return;
	}
	acceptance_close(&r->receiver.acceptance);
	r->receiver.acceptance = fresh;
}

/* fe-ban's list, as it is now. */
static bool
is_banned(void *context, const struct ip *ip)
{
	struct receive *r = context;

	return bans_has(&r->bans, ip);
}

/* In a child of the accepting parent. */
static int
serve_connection(void *context, size_t slot, const struct ip *ip,
    uint16_t port, int delivery)
{
	struct receive *r = context;

	r->delivery = delivery;
	r->limit = r->limit >= 0 ? ACCEPTOR_EXTRA_FD : -1;
	ration_begin(&r->ration, r->tally, slot);
	r->smtp.limits.ration = &r->ration;
	return receive_run_session(r, ip, port);
}

/* What the next session needs. */
static int
prepare(void *context, size_t slot, const struct ip *ip)
{
	struct receive *r = context;

	refresh(r);
	signers_begin(&r->signers, slot);
	receive_lock_events(r, ip);
	r->limit = receive_reach_limit(r, ip);
	return r->limit;
}

static void
end_session(void *context, size_t slot)
{
	struct receive *r = context;

	signers_end(&r->signers, slot);
}

/* SIGHUP.  What cannot be had again stays as it is. */
static void
reload_all(void *context)
{
	struct receive *r = context;
	struct err err = ERR_INIT;
	int tls = r->conf.tls;

	r->refreshed_ms = -RECEIVE_REFRESH_MS;
	refresh(r);
	if (prepare_tls(r, &err) < 0) {
		log_warning("certificate not read again: %s", err.text);
		r->conf.tls = tls;
	}
	r->smtp.tls = (enum smtp_tls)r->conf.tls;
}

/* With a pool nothing is ever started from here. */
static enum sandbox_level
parent_level(const struct receive *r)
{
	return r->conf.pool != NULL ? SANDBOX_PARENT : SANDBOX_LAUNCH;
}

int
receive_run_parent(struct receive *r, const int *listeners, size_t n)
{
	struct acceptor_conf conf = {.launch = receive_launch(r),
	    .patience_ms = RECEIVE_PATIENCE_MS, .max = (size_t)r->conf.max,
	    .max_per_address = (size_t)r->conf.max_per_address,
	    .busy = r->tls_wanted == SMTP_TLS_IMPLICIT ? "" :
		"421 4.7.0 too many connections\r\n",
	    .drain_ms = r->conf.drain * 1000,
	    .grace_ms = r->conf.grace * 1000,
	    .session = serve_connection, .refuse = is_banned,
	    .prepare = prepare, .end = end_session,
	    .reload = reload_all, .reap = reap_signer,
	    .signer = reach_signer, .inherit = r->events.fd, .context = r};
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;
	int result = -1;

	bans_open(&r->bans, home_file(&path, "state/bans"));
	buf_free(&path);
	conf.tally = tally_make(
	    conf.max, r->conf.memory_max, r->conf.size_max, &err);
	r->tally = conf.tally;
	signers_init(&r->signers, conf.max);
	r->tickets = tls_tickets_new(clock_monotonic_ms());
	if (conf.tally != NULL &&
	    sandbox_enter(parent_level(r), NULL, 0, r->conf.cmd.sandbox,
		&err) == 0 &&
	    (prepare_tls(r, &err) == 0 || receive_may_do_without(r, &err))) {
		r->smtp.tls = (enum smtp_tls)r->conf.tls;
		receive_check_limit(r);
		result = acceptor_run(listeners, n, &conf, &err);
	}
	signers_free(&r->signers);
	receive_close(r);
	tls_tickets_free(r->tickets);
	bans_close(&r->bans);
	tally_free(conf.tally);
	return result < 0 ? cmd_fail(&err) : EXIT_DONE;
}
