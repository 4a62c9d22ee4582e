/* SPDX-License-Identifier: ISC */
/*
 * The asking side: names into normal form, the cache, questions under way,
 * and a resolver that may die, in which case every answer is trouble.
 */
#include "net/dns.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/dns_cache.h"
#include "net/dns_resolver.h"
#include "net/dns_wire.h"

#define TIMEOUT_MS 5000
/* The rest is for those who wait, each for one. */
#define PREFETCH_MAX (DNS_QUESTIONS_MAX / 2)
#define SLACK_MS 250 /* the resolver keeps time itself; this is if it hangs */

/* Somebody in dns_ask; it lies on his stack. */
struct waiter {
	struct task *task; /* NULL: he looks by himself */
	struct dns_answer *answer;
	bool answered;
	bool brief; /* as below */
	struct waiter *next;
};

struct pending {
	uint32_t id;
	enum dns_type type;
	int64_t deadline_ms;
	bool wanted; /* by dns_receive */
	bool brief;  /* asked with less than the usual time: trouble says
	                nothing to the next who asks */
	struct waiter *waiters;
	char *name;
	size_t name_n;
};

struct ready {
	uint32_t id;
	struct dns_answer answer;
};

struct dns {
	struct dns_conf conf;
	struct dns_zone zone; /* with conf.zone_file */
	int socket; /* -1: off or dead */
	pid_t pid;
	uint32_t last_id;
	bool answered; /* ever */
	struct dns_cache *cache;
	struct pending *pending;
	size_t pending_n, pending_capacity;
	struct ready *ready; /* first come first served */
	size_t ready_n, ready_from, ready_capacity;
	struct buf packet;
};

static void take_packets(void *cookie);

static int
start_resolver(struct dns *dns, struct err *err)
{
	struct dns_resolver_conf conf = {.validate = dns->conf.validate,
	    .require_landlock = dns->conf.require_landlock,
	    .local_zones_asked = dns->conf.local_zones_asked,
	    .zone = dns->conf.zone_file != NULL ? &dns->zone : NULL,
	    .servers = dns->conf.servers};
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return err_errno(err, "cannot make a socket pair");
	dns->pid = fork();
	if (dns->pid < 0) {
		err_errno(err, "cannot fork the resolver");
		close(sockets[0]);
		close(sockets[1]);
		return -1;
	}
	if (dns->pid == 0)
		dns_resolver_run(sockets[1], &conf);
	close(sockets[1]);
	dns->socket = sockets[0];
	return 0;
}

/* A zone that makes nobody wait needs no other process. */
static bool
answers_itself(const struct dns *dns)
{
	return dns->conf.zone_file != NULL && !dns->zone.waits;
}

struct dns *
dns_open(const struct dns_conf *conf, struct err *err)
{
	struct dns *dns = mem_zalloc(sizeof(*dns));
	int result = 0;

	dns->conf = *conf;
	if (dns->conf.timeout_ms <= 0)
		dns->conf.timeout_ms = TIMEOUT_MS;
	dns->socket = -1;
	dns->packet.max = DNS_ANSWER_MAX;
	dns->cache = dns_cache_new();
	if (conf->off)
		return dns;
	if (conf->zone_file != NULL)
		result = dns_zone_read(&dns->zone, conf->zone_file, err);
	if (result == 0 && !answers_itself(dns))
		result = start_resolver(dns, err);
	if (result < 0) {
		dns_close(dns);
		return NULL;
	}
	if (conf->tasks != NULL && dns->socket >= 0)
		task_set_watch(conf->tasks, dns->socket, take_packets, dns);
	return dns;
}

static void
close_socket(struct dns *dns)
{
	if (dns->socket < 0)
		return;
	if (dns->conf.tasks != NULL)
		task_set_unwatch(dns->conf.tasks, dns->socket);
	close(dns->socket);
	dns->socket = -1;
}

void
dns_close(struct dns *dns)
{
	if (dns == NULL)
		return;
	close_socket(dns);
	if (dns->pid > 0) {
		kill(dns->pid, SIGKILL);
		while (waitpid(dns->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	for (size_t i = 0; i < dns->pending_n; i++)
		free(dns->pending[i].name);
	for (size_t i = dns->ready_from; i < dns->ready_n; i++)
		dns_answer_free(&dns->ready[i].answer);
	free(dns->pending);
	free(dns->ready);
	dns_cache_free(dns->cache);
	buf_free(&dns->packet);
	dns_zone_free(&dns->zone);
	free(dns);
}

static void
add_ready(struct dns *dns, uint32_t id, struct dns_answer *answer)
{
	if (dns->ready_from == dns->ready_n)
		dns->ready_from = dns->ready_n = 0;
	if (dns->ready_n == dns->ready_capacity) {
		dns->ready_capacity = dns->ready_capacity * 2 + 16;
		dns->ready = mem_array(dns->ready, dns->ready_capacity,
		    sizeof(*dns->ready));
	}
	dns->ready[dns->ready_n++] = (struct ready){id, *answer};
}

/* The question is over: its answer into the cache, and to whom it belongs. */
static void
end_pending(struct dns *dns, size_t i, struct dns_answer *answer)
{
	struct pending p = dns->pending[i];

	dns->pending[i] = dns->pending[--dns->pending_n];
	for (struct waiter *w = p.waiters; w != NULL; w = w->next) {
		dns_answer_copy(w->answer, answer);
		w->answered = true;
		w->brief = p.brief;
		if (w->task != NULL)
			task_wake(w->task);
	}
	if (answer->status != DNS_TEMPERROR || !p.brief)
		dns_cache_add(dns->cache, slice_of(p.name, p.name_n), p.type,
		    answer);
	if (p.wanted)
		add_ready(dns, p.id, answer);
	else
		dns_answer_free(answer);
	free(p.name);
}

static void
resolver_died(struct dns *dns)
{
	struct dns_answer trouble = {.status = DNS_TEMPERROR};

	log_warning("the resolver process ended; no DNS from now on");
	close_socket(dns);
	while (dns->pending_n > 0)
		end_pending(dns, dns->pending_n - 1, &trouble);
}

/* Takes one packet if there is one. 1, or 0. */
static int
take_packet(struct dns *dns)
{
	struct dns_answer answer;
	uint32_t id;
	ssize_t n;

	if (dns->socket < 0)
		return 0;
	buf_reset(&dns->packet);
	buf_reserve(&dns->packet, DNS_ANSWER_MAX);
	n = recv(dns->socket, dns->packet.p, DNS_ANSWER_MAX, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0 || dns_answer_read(slice_of(dns->packet.p, (size_t)n), &id,
	    &answer) < 0) {
		resolver_died(dns);
		return 0;
	}
	dns->answered = true;
	for (size_t i = 0; i < dns->pending_n; i++)
		if (dns->pending[i].id == id) {
			end_pending(dns, i, &answer);
			return 1;
		}
	dns_answer_free(&answer); /* nobody waits any more */
	return 1;
}

static void
take_packets(void *cookie)
{
	while (take_packet(cookie) > 0)
		;
}

static void
send_question(struct dns *dns, const struct dns_question *question)
{
	for (;;) {
		ssize_t n = dns->socket < 0 ? 0 : send(dns->socket, question,
		    dns_question_size(question), MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n >= 0)
			return;
		/* Both directions may be full: make room in ours. */
		if (errno == EAGAIN) {
			if (io_wait_readable(dns->socket, 10) > 0)
				take_packet(dns);
		} else if (errno != EINTR) {
			resolver_died(dns);
		}
	}
}

/* Asks for a name in normal form; waiter may be NULL. */
static uint32_t
begin(struct dns *dns, struct slice name, enum dns_type type,
    int64_t timeout_ms, bool wanted, struct waiter *waiter)
{
	struct dns_question q = {.timeout_ms = (uint32_t)timeout_ms,
	    .type = (uint16_t)type, .name_n = (uint16_t)name.n};
	struct pending *p;

	if (++dns->last_id == 0)
		dns->last_id = 1;
	q.id = dns->last_id;
	memcpy(q.name, name.p, name.n);
	if (dns->pending_n == dns->pending_capacity) {
		dns->pending_capacity = dns->pending_capacity * 2 + 16;
		dns->pending = mem_array(dns->pending, dns->pending_capacity,
		    sizeof(*dns->pending));
	}
	p = &dns->pending[dns->pending_n++];
	*p = (struct pending){.id = q.id, .type = type, .wanted = wanted,
	    .waiters = waiter,
	    .brief = timeout_ms < dns->conf.timeout_ms,
	    .deadline_ms = clock_monotonic_ms() + timeout_ms + SLACK_MS,
	    .name = mem_dup(name.p, name.n), .name_n = name.n};
	send_question(dns, &q);
	return q.id;
}

static struct pending *
find_pending(struct dns *dns, struct slice name, enum dns_type type)
{
	for (size_t i = 0; i < dns->pending_n; i++) {
		struct pending *p = &dns->pending[i];

		if (p->type == type && slice_equal(name,
		    slice_of(p->name, p->name_n)))
			return p;
	}
	return NULL;
}

/* What can be said without asking: true, and *answer (the caller's). */
static bool
known(struct dns *dns, struct slice text, enum dns_type type,
    struct buf *name, struct dns_answer *answer)
{
	const struct dns_answer *cached;

	*answer = (struct dns_answer){.status = DNS_TEMPERROR};
	if (dns->conf.off) {
		answer->status = DNS_OFF;
		return true;
	}
	if (dns_name_normalize(text, SLICE_NONE, name) < 0) {
		answer->status = DNS_NXDOMAIN;
		return true;
	}
	if (answers_itself(dns)) {
		dns_zone_answer(&dns->zone, buf_slice(name), type, answer);
		return true;
	}
	cached = dns_cache_find(dns->cache, buf_slice(name), type);
	if (cached != NULL)
		dns_answer_copy(answer, cached);
	return cached != NULL || dns->socket < 0;
}

static void
forget_waiter(struct dns *dns, const struct waiter *w)
{
	for (size_t i = 0; i < dns->pending_n; i++)
		for (struct waiter **at = &dns->pending[i].waiters;
		     *at != NULL; at = &(*at)->next)
			if (*at == w) {
				*at = w->next;
				return;
			}
}

/* Waits for a question under way; at until_ms it is not answered. */
static void
wait_for(struct dns *dns, int64_t until_ms, struct waiter *w)
{
	while (!w->answered) {
		int64_t left_ms = until_ms - clock_monotonic_ms();

		if (left_ms <= 0)
			break;
		if (w->task != NULL) {
			if (!task_wait(dns->conf.tasks, until_ms))
				break;
		} else if (io_wait_readable(dns->socket, left_ms) > 0) {
			take_packet(dns);
		}
	}
	if (!w->answered)
		forget_waiter(dns, w);
}

/* Asks, or joins who has asked already.  True when the answer is final: who
 * asked before may have had less time, and his trouble is not ours. */
static bool
ask(struct dns *dns, struct slice name, enum dns_type type, int64_t timeout_ms,
    struct dns_answer *answer)
{
	struct waiter w = {.task = task_running(dns->conf.tasks),
	    .answer = answer};
	struct pending *p = find_pending(dns, name, type);
	int64_t until_ms = clock_monotonic_ms() + timeout_ms + SLACK_MS;
	bool joined = p != NULL;

	if (joined) {
		w.next = p->waiters;
		p->waiters = &w;
	} else {
		begin(dns, name, type, timeout_ms, false, &w);
	}
	wait_for(dns, until_ms, &w);
	if (!joined || !w.answered || !w.brief ||
	    answer->status != DNS_TEMPERROR)
		return true;
	dns_answer_free(answer);
	answer->status = DNS_TEMPERROR;
	return false;
}

void
dns_ask(struct dns *dns, struct slice name, enum dns_type type,
    int64_t deadline_ms, struct dns_answer *answer)
{
	struct buf normal = BUF_LIMITED(DNS_NAME_TEXT_MAX);
	int64_t until_ms = clock_monotonic_ms() + dns->conf.timeout_ms;
	int64_t left_ms;
	bool final;

	if (deadline_ms > 0 && deadline_ms < until_ms)
		until_ms = deadline_ms;
	final = known(dns, name, type, &normal, answer);
	while (!final && dns->socket >= 0 &&
	    (left_ms = until_ms - clock_monotonic_ms()) > 0)
		final = ask(dns, buf_slice(&normal), type, left_ms, answer);
	buf_free(&normal);
}

void
dns_prefetch(struct dns *dns, struct slice name, enum dns_type type)
{
	struct buf normal = BUF_LIMITED(DNS_NAME_TEXT_MAX);
	struct dns_answer answer;

	if (answers_itself(dns))
		return;
	if (!known(dns, name, type, &normal, &answer) &&
	    dns->pending_n < PREFETCH_MAX &&
	    find_pending(dns, buf_slice(&normal), type) == NULL)
		begin(dns, buf_slice(&normal), type, dns->conf.timeout_ms,
		    false, NULL);
	dns_answer_free(&answer);
	buf_free(&normal);
}

uint32_t
dns_send(struct dns *dns, struct slice name, enum dns_type type)
{
	struct buf normal = BUF_LIMITED(DNS_NAME_TEXT_MAX);
	struct dns_answer answer;
	uint32_t id;

	if (known(dns, name, type, &normal, &answer)) {
		if (++dns->last_id == 0)
			dns->last_id = 1;
		id = dns->last_id;
		add_ready(dns, id, &answer);
	} else {
		id = begin(dns, buf_slice(&normal), type,
		    dns->conf.timeout_ms, true, NULL);
	}
	buf_free(&normal);
	return id;
}

int
dns_fd(const struct dns *dns)
{
	return dns->socket;
}

int
dns_receive(struct dns *dns, uint32_t *id, struct dns_answer *answer)
{
	struct dns_answer trouble = {.status = DNS_TEMPERROR};
	int64_t now;

	while (dns->ready_from == dns->ready_n && take_packet(dns) > 0)
		;
	if (dns->ready_from == dns->ready_n) {
		now = clock_monotonic_ms();
		for (size_t i = dns->pending_n; i-- > 0;)
			if (dns->pending[i].deadline_ms <= now)
				end_pending(dns, i, &trouble);
	}
	if (dns->ready_from == dns->ready_n)
		return 0;
	*id = dns->ready[dns->ready_from].id;
	*answer = dns->ready[dns->ready_from++].answer;
	return 1;
}

const char *
dns_obstacle(struct dns *dns)
{
	char octet;

	if (dns == NULL)
		return NULL;
	if (dns->socket >= 0 &&
	    recv(dns->socket, &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		resolver_died(dns);
	return dns->answered && dns->socket < 0
	    ? "the resolver process has ended"
	    : NULL;
}
