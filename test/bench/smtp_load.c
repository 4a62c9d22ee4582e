/* SPDX-License-Identifier: ISC */
/*
 * An SMTP load client for the benchmark and the kill tests: one thread, a
 * fixed number of connections at once, messages numbered from --first on.
 * What a message holds follows from its number alone, so a number sent again
 * is the same octets again.
 *
 *	smtp_load [options] HOST PORT
 *	--total N         messages in all (100)
 *	--concurrency N   connections at once (10)
 *	--per-connection N  messages a connection (20)
 *	--size N          octets of a message, about (10240)
 *	--to A,B,C        recipients; message N goes to the N-th, and round
 *	--to-file FILE    the same, one a line
 *	--from ADDRESS    sender (load@load.test)
 *	--first N         number of the first message (1)
 *	--numbers FILE    send the numbers in this file (first word of each
 *	                  line) instead: what had no answer, once more
 *	--message FILE    send this message (CRLF) behind a numbering header
 *	--pipelining      MAIL, RCPT and DATA in one write
 *	--log FILE        a line a message: NUMBER CODE MS RECIPIENT, where code
 *	                  0 is no answer
 *	--give-up S       seconds of failing connects until the rest is given up
 *	                  as unanswered (10)
 *	--timeout S       seconds without progress of a connection (150)
 *	--json            the summary as one JSON object
 *
 * The summary goes to standard output.  Exit 0 if every message got a 2xx, 1
 * if not, 64 for wrong usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/number.h"

enum state { IDLE, GREETING, HELLO, MAIL, RCPT, DATA, BODY, RESET, QUIT };

struct load {
	struct sockaddr_storage address;
	socklen_t address_n;
	int64_t total, concurrency, per_connection, size, first, give_up;
	int64_t timeout;
	const char *from;
	char **to;
	size_t to_n;
	int64_t *numbers; /* of --numbers, total of them */
	struct buf message;
	int pipelining, json;
	FILE *log;
	int epoll;
	int64_t next; /* index of the next message to send */
	int64_t done, ok, later, never, unanswered, unconnected;
	int64_t failing_since_ms;
	int64_t *latency_us; /* of the accepted ones */
};

struct connection {
	int fd;
	enum state state;
	int64_t number, sent;       /* message in hand (-1: none); so far */
	int64_t begun_us, alive_ms; /* message begun; last progress */
	unsigned expected; /* replies to a pipelined group still to come */
	int failed;        /* the code that spoilt the group */
	struct buf in, out;
	size_t out_done;
	bool waiting; /* for room to write */
};

static void
die(const char *text, const char *subject)
{
	fprintf(stderr, "smtp_load: %s '%s'\n", text, subject);
	exit(64);
}

static const char *
recipient(const struct load *l, int64_t number)
{
	return l->to[(size_t)number % l->to_n];
}

static void
put_message(const struct load *l, int64_t number, struct buf *out)
{
	static const char line[] = "The quick brown fox jumps over the lazy "
				   "dog, and the dog sleeps on.";
	size_t end = out->n + (size_t)l->size;

	if (l->message.n > 0) {
		buf_format(out, "X-Load-Number: %lld\r\n", (long long)number);
		buf_append_slice(out, buf_slice(&l->message));
	} else {
		buf_format(out,
		    "From: <%s>\r\nTo: <%s>\r\n"
		    "Subject: load number-%lld-\r\n"
		    "Date: Sun, 22 Nov 2026 00:00:00 +0000\r\n"
		    "Message-ID: <%lld@load.test>\r\n\r\n",
		    l->from, recipient(l, number), (long long)number,
		    (long long)number);
		for (int64_t i = 0; out->n + sizeof(line) + 16 < end; i++)
			buf_format(out, "%06lld %s\r\n", (long long)i, line);
	}
	buf_append_text(out, ".\r\n");
}

static void
finish_message(struct load *l, struct connection *c, int code)
{
	int64_t spent = clock_monotonic_us() - c->begun_us;

	if (c->number < 0)
		return;
	if (code >= 200 && code < 300)
		l->latency_us[l->ok++] = spent;
	else if (code >= 500)
		l->never++;
	else if (code >= 400)
		l->later++;
	else
		l->unanswered++;
	l->done++;
	if (l->log != NULL)
		fprintf(l->log, "%lld %d %.2f %s\n", (long long)c->number,
		    code, (double)spent / 1000, recipient(l, c->number));
	c->number = -1;
}

static void
take_number(struct load *l, struct connection *c)
{
	c->number = l->numbers != NULL ? l->numbers[l->next]
				       : l->first + l->next;
	l->next++;
	c->sent++;
}

static void
hang_up(struct load *l, struct connection *c)
{
	finish_message(l, c, 0);
	close(c->fd);
	c->fd = -1;
	c->state = IDLE;
}

/* No connection, or none that greets: not a message's fault. */
static void
fail_connect(struct load *l)
{
	l->unconnected++;
	if (l->failing_since_ms == 0)
		l->failing_since_ms = clock_monotonic_ms();
}

static void
flush_out(struct load *l, struct connection *c)
{
	struct epoll_event event = {.data = {.ptr = c}, .events = EPOLLIN};

	while (c->out_done < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->out_done,
		    c->out.n - c->out_done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			event.events |= EPOLLOUT;
			epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &event);
			c->waiting = true;
			return;
		}
		if (n < 0)
			return; /* reading will tell */
		c->out_done += (size_t)n;
	}
	if (c->waiting)
		epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &event);
	c->waiting = false;
	buf_reset(&c->out);
	c->out_done = 0;
}

static void
begin_message(struct load *l, struct connection *c)
{
	if (c->number < 0) {
		if (l->next >= l->total || c->sent >= l->per_connection) {
			c->state = QUIT;
			buf_append_text(&c->out, "QUIT\r\n");
			return;
		}
		take_number(l, c);
		if (c->sent > 1) /* the first one has the connect in it */
			c->begun_us = clock_monotonic_us();
	}
	c->failed = 0;
	c->expected = l->pipelining ? 3 : 1;
	c->state = MAIL;
	buf_format(&c->out, "MAIL FROM:<%s>\r\n", l->from);
	if (l->pipelining)
		buf_format(&c->out, "RCPT TO:<%s>\r\nDATA\r\n",
		    recipient(l, c->number));
}

/* A reply to MAIL, RCPT or DATA. */
static void
take_envelope_reply(struct load *l, struct connection *c, int code)
{
	bool good = c->state == DATA ? code == 354 : code / 100 == 2;

	c->expected--;
	if (!good && c->failed == 0)
		c->failed = code;
	if (c->state == DATA && good) {
		c->state = BODY;
		if (c->failed != 0) /* the server takes it all the same */
			buf_append_text(&c->out, ".\r\n");
		else
			put_message(l, c->number, &c->out);
		return;
	}
	if (c->failed != 0 && c->expected == 0) {
		finish_message(l, c, c->failed);
		c->state = RESET;
		buf_append_text(&c->out, "RSET\r\n");
		return;
	}
	c->state = c->state == MAIL ? RCPT : DATA;
	if (l->pipelining)
		return;
	c->expected = 1;
	if (c->state == RCPT)
		buf_format(&c->out, "RCPT TO:<%s>\r\n",
		    recipient(l, c->number));
	else
		buf_append_text(&c->out, "DATA\r\n");
}

static void
take_reply(struct load *l, struct connection *c, int code)
{
	if (code == 421 && c->state != GREETING) {
		finish_message(l, c, code);
		hang_up(l, c);
		return;
	}
	switch (c->state) {
	case GREETING:
		if (code != 220) {
			fail_connect(l);
			hang_up(l, c);
			return;
		}
		l->failing_since_ms = 0;
		c->state = HELLO;
		buf_append_text(&c->out, "EHLO load.test\r\n");
		break;
	case BODY:
		finish_message(l, c, c->failed != 0 ? c->failed : code);
		begin_message(l, c);
		break;
	case HELLO:
	case RESET:
		begin_message(l, c);
		break;
	case MAIL:
	case RCPT:
	case DATA:
		take_envelope_reply(l, c, code);
		break;
	default:
		hang_up(l, c);
		return;
	}
	flush_out(l, c);
}

static void
take_input(struct load *l, struct connection *c)
{
	ssize_t n;

	buf_reserve(&c->in, 4096);
	n = recv(c->fd, c->in.p + c->in.n, 4096, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (c->state == GREETING)
			fail_connect(l);
		hang_up(l, c);
		return;
	}
	c->in.n += (size_t)n;
	c->alive_ms = clock_monotonic_ms();
	while (c->fd >= 0) {
		char *end = c->in.n > 0 ? memchr(c->in.p, '\n', c->in.n) : NULL;
		size_t length;
		int code = 0;
		bool last;

		if (end == NULL)
			break;
		length = (size_t)(end - c->in.p) + 1;
		for (int i = 0; i < 3 && length > 4; i++)
			code = code * 10 + (c->in.p[i] - '0');
		last = length < 5 || c->in.p[3] != '-';
		buf_remove(&c->in, 0, length);
		if (last)
			take_reply(l, c, code);
	}
}

static void
connect_one(struct load *l, struct connection *c)
{
	struct epoll_event event = {.data = {.ptr = c}, .events = EPOLLIN};
	int on = 1;

	c->fd = socket(l->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		die("cannot make a socket:", strerror(errno));
	if (connect(c->fd, (struct sockaddr *)&l->address, l->address_n) < 0) {
		fail_connect(l);
		close(c->fd);
		c->fd = -1;
		return;
	}
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	io_set_nonblocking(c->fd, true);
	epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &event);
	buf_reset(&c->in);
	buf_reset(&c->out);
	c->out_done = 0;
	c->waiting = false;
	c->sent = 0;
	c->state = GREETING;
	c->begun_us = clock_monotonic_us();
	c->alive_ms = clock_monotonic_ms();
}

/* Opens what is missing; true while something is open or to be done. */
static bool
keep_connected(struct load *l, struct connection *all)
{
	int64_t now = clock_monotonic_ms();
	bool busy = false;

	for (int64_t i = 0; i < l->concurrency; i++) {
		struct connection *c = &all[i];

		if (c->fd >= 0 && now - c->alive_ms > l->timeout * 1000)
			hang_up(l, c);
		if (c->fd < 0 && l->next < l->total)
			connect_one(l, c);
		busy = busy || c->fd >= 0;
	}
	return busy || l->next < l->total;
}

static void
run(struct load *l)
{
	struct connection *all =
	    mem_zalloc(sizeof(*all) * (size_t)l->concurrency);
	struct epoll_event events[64];

	for (int64_t i = 0; i < l->concurrency; i++) {
		all[i].fd = -1;
		all[i].number = -1;
		all[i].in.max = all[i].out.max = BUF_MAX;
	}
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	while (keep_connected(l, all)) {
		bool failing = l->failing_since_ms != 0;
		int n = epoll_wait(l->epoll, events, 64, failing ? 50 : 1000);

		for (int i = 0; i < n; i++) {
			struct connection *c = events[i].data.ptr;

			if (c->fd >= 0 && events[i].events & EPOLLOUT)
				flush_out(l, c);
			if (c->fd >= 0 && events[i].events & ~EPOLLOUT)
				take_input(l, c);
		}
		if (l->failing_since_ms != 0 &&
		    clock_monotonic_ms() - l->failing_since_ms >
			l->give_up * 1000)
			while (l->next < l->total) {
				struct connection c = {.number = -1};

				take_number(l, &c);
				c.begun_us = clock_monotonic_us();
				finish_message(l, &c, 0);
			}
	}
	for (int64_t i = 0; i < l->concurrency; i++) {
		buf_free(&all[i].in);
		buf_free(&all[i].out);
	}
	free(all);
}

static int
compare_latency(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void
report(struct load *l, int64_t spent_us)
{
	double seconds = (double)spent_us / 1e6;
	int64_t *sorted = l->latency_us;
	double p50 = 0, p99 = 0, most = 0;

	qsort(sorted, (size_t)l->ok, sizeof(*sorted), compare_latency);
	if (l->ok > 0) {
		p50 = (double)sorted[l->ok / 2] / 1000;
		p99 = (double)sorted[l->ok * 99 / 100] / 1000;
		most = (double)sorted[l->ok - 1] / 1000;
	}
	printf(l->json
		? "{\"messages\":%lld,\"accepted\":%lld,\"later\":%lld,"
		  "\"refused\":%lld,\"unanswered\":%lld,"
		  "\"unconnected\":%lld,\"seconds\":%.3f,"
		  "\"rate\":%.1f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
		  "\"max_ms\":%.2f}\n"
		: "messages %lld, accepted %lld, 4xx %lld, 5xx %lld, "
		  "unanswered %lld, failed connects %lld, "
		  "seconds %.3f, rate %.1f/s, p50 %.2f ms, "
		  "p99 %.2f ms, max %.2f ms\n",
	    (long long)l->done, (long long)l->ok, (long long)l->later,
	    (long long)l->never, (long long)l->unanswered,
	    (long long)l->unconnected, seconds,
	    seconds > 0 ? (double)l->ok / seconds : 0, p50, p99, most);
}

static void
read_words(const char *path, struct buf *text)
{
	struct err err = ERR_INIT;

	if (io_read_file(path, text, &err) < 0)
		die(err.text, path);
}

static void
add_recipients(struct load *l, struct slice list, char separator)
{
	while (list.p != NULL) {
		struct slice one = slice_trim(slice_cut(&list, separator));

		if (one.n == 0)
			continue;
		l->to = mem_array(l->to, l->to_n + 1, sizeof(*l->to));
		l->to[l->to_n++] = mem_dup(one.p, one.n);
	}
}

static void
read_numbers(struct load *l, const char *path)
{
	struct buf text = BUF_INIT;
	struct slice rest;

	read_words(path, &text);
	rest = buf_slice(&text);
	l->total = 0;
	l->numbers = mem_alloc(sizeof(*l->numbers));
	while (rest.p != NULL) {
		struct slice line = slice_line(&rest);
		struct slice word = slice_cut(&line, ' ');
		int64_t number;

		if (number_parse(word, 0, INT64_MAX, &number) < 0)
			continue;
		l->numbers = mem_array(l->numbers, (size_t)l->total + 1,
		    sizeof(*l->numbers));
		l->numbers[l->total++] = number;
	}
	buf_free(&text);
}

static void
resolve(struct load *l, const char *host, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;

	if (getaddrinfo(host, port, &hints, &found) != 0)
		die("no such address", host);
	memcpy(&l->address, found->ai_addr, found->ai_addrlen);
	l->address_n = found->ai_addrlen;
	freeaddrinfo(found);
}

static int64_t
number_option(const char *text)
{
	int64_t number;

	if (number_parse(slice_text(text), 0, INT64_MAX, &number) < 0)
		die("not a number:", text);
	return number;
}

static void
read_options(struct load *l, int argc, char **argv)
{
	static const struct option options[] = {
	    {"total", 1, NULL, 't'}, {"concurrency", 1, NULL, 'c'},
	    {"per-connection", 1, NULL, 'm'}, {"size", 1, NULL, 's'},
	    {"to", 1, NULL, 'r'}, {"to-file", 1, NULL, 'R'},
	    {"from", 1, NULL, 'f'}, {"first", 1, NULL, 'n'},
	    {"numbers", 1, NULL, 'N'}, {"message", 1, NULL, 'M'},
	    {"pipelining", 0, NULL, 'p'}, {"log", 1, NULL, 'l'},
	    {"give-up", 1, NULL, 'g'}, {"timeout", 1, NULL, 'T'},
	    {"json", 0, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct buf list = BUF_INIT;
	int letter;

	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (letter) {
		case 't': l->total = number_option(optarg); break;
		case 'c': l->concurrency = number_option(optarg); break;
		case 'm': l->per_connection = number_option(optarg); break;
		case 's': l->size = number_option(optarg); break;
		case 'n': l->first = number_option(optarg); break;
		case 'g': l->give_up = number_option(optarg); break;
		case 'T': l->timeout = number_option(optarg); break;
		case 'f': l->from = optarg; break;
		case 'p': l->pipelining = 1; break;
		case 'j': l->json = 1; break;
		case 'N': read_numbers(l, optarg); break;
		case 'M': read_words(optarg, &l->message); break;
		case 'r':
			add_recipients(l, slice_text(optarg), ',');
			break;
		case 'R':
			read_words(optarg, &list);
			add_recipients(l, buf_slice(&list), '\n');
			break;
		case 'l':
			l->log = fopen(optarg, "we");
			if (l->log == NULL)
				die("cannot write", optarg);
			break;
		default: exit(64);
		}
	if (argc - optind != 2 || l->to_n == 0 || l->concurrency == 0)
		die("usage: smtp_load [options] --to A,B HOST PORT;", argv[0]);
	resolve(l, argv[optind], argv[optind + 1]);
	buf_free(&list);
}

int
main(int argc, char *argv[])
{
	struct load l = {.total = 100, .concurrency = 10, .per_connection = 20,
	    .size = 10240, .first = 1, .give_up = 10, .timeout = 150,
	    .from = "load@load.test", .message = BUF_INIT};
	int64_t begun;

	signal(SIGPIPE, SIG_IGN);
	read_options(&l, argc, argv);
	l.latency_us = mem_array(NULL, (size_t)l.total + 1, sizeof(int64_t));
	begun = clock_monotonic_us();
	run(&l);
	report(&l, clock_monotonic_us() - begun);
	if (l.log != NULL && fclose(l.log) != 0)
		die("cannot write", "the log");
	for (size_t i = 0; i < l.to_n; i++)
		free(l.to[i]);
	free(l.to);
	free(l.numbers);
	free(l.latency_us);
	buf_free(&l.message);
	return l.ok == l.total ? 0 : 1;
}
