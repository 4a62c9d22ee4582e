/* SPDX-License-Identifier: ISC */
/*
 * One loop over two descriptors, the program's socket and libunbound's, with
 * a deadline for each question, since libunbound has none.
 */
#include "net/dns_resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unbound.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "net/dns_unbound.h"
#include "net/dns_wire.h"

enum query_state { QUERY_HELD, QUERY_ASKED, QUERY_DONE };

struct query {
	struct resolver *resolver;
	struct dns_question question;
	enum query_state state;
	int async_id;
	int64_t start_ms;    /* of one held by $DELAY; -1: never asked */
	int64_t deadline_ms;
};

struct resolver {
	int socket;
	bool validate;
	const struct dns_zone *zone;
	struct dns_unbound_config config;
	struct ub_ctx *ctx;
	bool failed;
	struct query *queries[DNS_QUESTIONS_MAX];
	size_t n;
	struct buf packet;
};

static struct slice
query_name(const struct query *q)
{
	return slice_of(q->question.name, q->question.name_n);
}

static void
send_answer(struct query *q, const struct dns_answer *answer)
{
	struct resolver *r = q->resolver;
	ssize_t n;

	q->state = QUERY_DONE;
	dns_answer_write(&r->packet, q->question.id, answer);
	do
		n = send(r->socket, r->packet.p, r->packet.n, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		_exit(0); /* whoever asked is gone */
}

static void
send_trouble(struct query *q)
{
	struct dns_answer answer = {.status = DNS_TEMPERROR};

	send_answer(q, &answer);
}

static void
query_answered(void *data, int error, struct ub_result *result)
{
	struct query *q = data;
	struct dns_answer answer;

	dns_unbound_answer(error, result, (enum dns_type)q->question.type,
	    &answer);
	send_answer(q, &answer);
	dns_answer_free(&answer);
	ub_resolve_free(result);
}

static bool
open_context(struct resolver *r)
{
	struct err err = ERR_INIT;

	if (r->ctx == NULL && !r->failed) {
		r->ctx = dns_unbound_open(&r->config, r->validate, &err);
		if (r->ctx == NULL) {
			r->failed = true;
			log_warning("no DNS: %s", err.text);
		}
	}
	return r->ctx != NULL;
}

static void
ask_zone(struct query *q)
{
	struct dns_answer answer;

	dns_zone_answer(q->resolver->zone, query_name(q),
	    (enum dns_type)q->question.type, &answer);
	send_answer(q, &answer);
	dns_answer_free(&answer);
}

static void
ask_unbound(struct query *q)
{
	struct resolver *r = q->resolver;
	struct buf name = BUF_INIT;
	bool first = r->ctx == NULL;
	int failed = -1;

	buf_append_slice(&name, query_name(q));
	buf_append_char(&name, '.');
	q->state = QUERY_ASKED;
	if (open_context(r))
		failed = ub_resolve_async(r->ctx, name.p, q->question.type, 1,
		    q, query_answered, &q->async_id);
	buf_free(&name);
	if (failed != 0) {
		if (first && r->ctx != NULL)
			log_warning("no DNS: %s", ub_strerror(failed));
		send_trouble(q);
	}
}

static void
query_ask(struct query *q)
{
	if (q->resolver->zone != NULL)
		ask_zone(q);
	else
		ask_unbound(q);
}

static void
query_begin(struct resolver *r, const struct dns_question *question)
{
	struct query *q = mem_zalloc(sizeof(*q));
	const struct dns_special *special = NULL;
	int64_t now = clock_monotonic_ms();

	q->resolver = r;
	q->question = *question;
	q->deadline_ms = now + question->timeout_ms;
	q->start_ms = -1;
	r->queries[r->n++] = q;
	if (r->zone != NULL)
		special = dns_zone_special(r->zone, query_name(q));
	if (special == NULL || special->trouble == DNS_TROUBLE_SERVFAIL)
		query_ask(q);
	else if (special->trouble == DNS_TROUBLE_DELAY)
		q->start_ms = now + special->delay_ms;
}

/* Starts and ends what is due, takes out what is done; returns how long the
 * next may wait (-1: nothing is under way). */
static int
queries_tend(struct resolver *r)
{
	int64_t now = clock_monotonic_ms(), next = -1;
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct query *q = r->queries[i];

		if (q->state != QUERY_DONE && q->deadline_ms <= now) {
			if (q->state == QUERY_ASKED)
				ub_cancel(r->ctx, q->async_id);
			send_trouble(q);
		}
		if (q->state == QUERY_HELD && q->start_ms >= 0 &&
		    q->start_ms <= now)
			query_ask(q);
		if (q->state == QUERY_DONE) {
			free(q);
			continue;
		}
		r->queries[kept++] = q;
		if (next < 0 || q->deadline_ms < next)
			next = q->deadline_ms;
		if (q->state == QUERY_HELD && q->start_ms >= 0 &&
		    q->start_ms < next)
			next = q->start_ms;
	}
	r->n = kept;
	if (next < 0)
		return -1;
	return next - now > 60000 ? 60000 : (int)(next - now);
}

static void
read_questions(struct resolver *r)
{
	struct dns_question question;
	ssize_t n;

	while (r->n < DNS_QUESTIONS_MAX) {
		n = recv(r->socket, &question, sizeof(question), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0)
			_exit(0);
		if (dns_question_check(&question, (size_t)n) < 0)
			_exit(1);
		query_begin(r, &question);
	}
}

static void
serve(struct resolver *r)
{
	for (;;) {
		struct pollfd fds[2] = {{.fd = r->socket, .events = POLLIN},
		    {.fd = -1, .events = POLLIN}};
		int wait_ms = queries_tend(r);

		if (r->n >= DNS_QUESTIONS_MAX)
			fds[0].events = 0;
		if (r->ctx != NULL)
			fds[1].fd = ub_fd(r->ctx);
		if (poll(fds, 2, wait_ms) < 0 && errno != EINTR)
			_exit(1);
		if (fds[1].revents != 0)
			ub_process(r->ctx);
		if (fds[0].revents != 0)
			read_questions(r);
	}
}

/* Nothing of the program's but the socket and standard error: an output pipe
 * left open here would hide the program's end from its reader. */
static int
keep_only(int socket)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		return -1;
	if (socket != 3 && dup3(socket, 3, O_CLOEXEC) < 0)
		return -1;
	close_range(4, ~0U, 0);
	return 3;
}

void
dns_resolver_run(int socket, const struct dns_resolver_conf *conf)
{
	const struct sandbox_path live[] = {{DNS_RESOLV_CONF, SANDBOX_READ},
	    {DNS_ROOT_KEY, SANDBOX_READ}};
	struct resolver *r = mem_zalloc(sizeof(*r));
	struct err err = ERR_INIT;
	int entered;

	prctl(PR_SET_NAME, "fe-resolver");
	r->socket = keep_only(socket);
	r->validate = conf->validate;
	r->zone = conf->zone;
	if (r->socket < 0 || (conf->zone == NULL &&
	    dns_unbound_config_make(&r->config, conf->servers,
	    conf->local_zones_asked, &err) < 0))
		_exit(1);
	/* The sandbox lets no code in any more. */
	if (conf->zone == NULL && dns_unbound_load != NULL &&
	    dns_unbound_load(&err) < 0) {
		log_warning("no DNS: %s", err.text);
		r->failed = true;
	}
	/* Landlock binds the calling thread: before libunbound starts one. */
	if (conf->zone != NULL)
		entered = sandbox_enter(SANDBOX_PARSE, NULL, 0,
		    conf->require_landlock, &err);
	else
		entered = sandbox_enter(SANDBOX_NET, live, 2,
		    conf->require_landlock, &err);
	if (entered < 0) {
		log_error("resolver: %s", err.text);
		_exit(1);
	}
	serve(r);
	_exit(0);
}
