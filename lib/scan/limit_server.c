/* SPDX-License-Identifier: ISC */
/*
 * The server of limits.  Its peers are sessions with clients, any of which
 * may be in a stranger's hands: such a one can have itself counted and ask
 * about addresses, which its own client could do, too.  Nobody is waited
 * for; who does not read his answer, or speaks nonsense, is hung up on.
 */
#include "limit_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/unix_socket.h"
#include "net/limit_client.h"

#define EVENTS 64
#define SPARE_FDS 16

struct limit_server {
	struct limiter *limiter;
	const struct socket_access *access;
	int epoll, listener, signals;
	size_t peers_n, peers_max;
	struct buf answer;
	char *question; /* LIMIT_DATAGRAM_MAX */
};

/* The client of the connection, once told, is not told again. */
static int
learn_client(struct limit_peer *peer, const struct meta *question)
{
	struct slice text = json_plain(meta_at(question, "client.ip"));
	struct ip ip;

	if (peer->locked)
		return 0;
	if (text.p == NULL)
		return 0;
	if (ip_parse(text, &ip) < 0)
		return -1;
	ip_text(&ip, peer->ip);
	peer->locked = json_is_true(meta_get(question, "lock"));
	return 0;
}

static void
put_steps(const struct limiter *l, struct json_writer *w)
{
	json_open_array(w, "ask");
	if (limiter_has_step(l, LIMIT_AT_RECIPIENT))
		json_put_text(w, NULL, limit_step_name(LIMIT_AT_RECIPIENT));
	if (limiter_has_step(l, LIMIT_AT_UNKNOWN))
		json_put_text(w, NULL, limit_step_name(LIMIT_AT_UNKNOWN));
	json_close_array(w);
}

static int
judge(struct limiter *l, struct limit_peer *peer, const struct meta *question,
    struct buf *answer)
{
	int step = limit_step_find(json_plain(meta_get(question, "at")));
	struct limit_outcome outcome = {.over = false};
	struct json_writer w = JSON_WRITER(answer);
	struct limit_subject subject = {.meta = question};

	if (step < 0 || learn_client(peer, question) < 0)
		return -1;
	subject.step = (enum limit_step)step;
	if (peer->ip[0] != '\0')
		subject.ip = slice_text(peer->ip);
	json_open_object(&w, NULL);
	json_put_integer(&w, "fe", 1);
	if (step == LIMIT_AT_CONNECTION)
		put_steps(l, &w);
	json_open_array(&w, "limits");
	limiter_judge(l, &subject, &w, &outcome);
	json_close_array(&w);
	json_close_object(&w);
	return w.failed ? -1 : 0;
}

int
limit_server_answer(struct limiter *l, struct limit_peer *peer,
    struct slice question, struct buf *answer)
{
	struct meta meta;
	int result;

	if (meta_parse(&meta, question, NULL) < 0)
		return -1;
	result = judge(l, peer, &meta, answer);
	meta_free(&meta);
	return result;
}

static void
drop(struct limit_server *s, struct limit_peer *peer)
{
	close(peer->fd);
	free(peer);
	s->peers_n--;
}

static void
serve(struct limit_server *s, struct limit_peer *peer)
{
	ssize_t n = recv(peer->fd, s->question, LIMIT_DATAGRAM_MAX,
	    MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	buf_truncate(&s->answer, 0);
	if (n > 0 && n <= LIMIT_DATAGRAM_MAX &&
	    limit_server_answer(s->limiter, peer,
		slice_of(s->question, (size_t)n), &s->answer) == 0 &&
	    send(peer->fd, s->answer.p, s->answer.n,
		MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)s->answer.n)
		return;
	if (n > 0)
		log_debug("a peer is dropped: bad question, or full");
	drop(s, peer);
}

static void
take_peers(struct limit_server *s)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd;

	while ((fd = accept4(s->listener, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		struct limit_peer *peer;

		if (s->peers_n >= s->peers_max ||
		    !socket_access_allows(s->access->peers, s->access->peers_n,
			unix_socket_peer(fd))) {
			log_warning("refused a peer: %s", s->peers_n >=
			    s->peers_max ? "there are too many" : "its user "
			    "is none of ours; see --peer");
			close(fd);
			continue;
		}
		peer = mem_zalloc(sizeof(*peer));
		peer->fd = fd;
		event.data.ptr = peer;
		s->peers_n++;
		if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
			drop(s, peer);
	}
}

/* The listener's event has no pointer, that of the signals points to us. */
static bool
work(struct limit_server *s)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(s->epoll, events, EVENTS, -1);
	bool questions = false, listener = false;

	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == s)
			return false;
		if (events[i].data.ptr == NULL)
			listener = true;
		else
			questions = true;
	}
	if (questions)
		limiter_begin(s->limiter);
	for (int i = 0; i < n; i++)
		if (events[i].data.ptr != NULL)
			serve(s, events[i].data.ptr);
	if (questions)
		limiter_end(s->limiter);
	if (listener)
		take_peers(s);
	return true;
}

static int
watch(struct limit_server *s, int fd, void *what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event);
}

int
limit_server_run(struct limiter *l, int listener, int signals,
    const struct socket_access *access, struct err *err)
{
	struct limit_server s = {.limiter = l, .access = access,
	    .listener = listener, .signals = signals, .answer = BUF_INIT,
	    .epoll = epoll_create1(EPOLL_CLOEXEC)};
	struct rlimit limit;
	int result = 0;

	s.question = mem_alloc(LIMIT_DATAGRAM_MAX);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur > SPARE_FDS)
		s.peers_max = limit.rlim_cur - SPARE_FDS;
	if (s.epoll < 0 || watch(&s, listener, NULL) < 0 ||
	    watch(&s, signals, &s) < 0)
		result = err_errno(err, "cannot wait for questions");
	while (result == 0 && work(&s))
		;
	free(s.question);
	buf_free(&s.answer);
	close(s.epoll);
	close(listener);
	close(signals);
	return result;
}
