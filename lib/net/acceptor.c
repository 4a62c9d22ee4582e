/* SPDX-License-Identifier: ISC */
/*
 * The accepting parent.  One epoll(7) over the listeners, the door (door.h)
 * and a socket to each session that has asked for something, signals only
 * while it waits, nothing that blocks.  Nothing that is done for a connection
 * costs more where there are more of them.  It trusts
 * nothing that a session says: one in a stranger's hands can have one
 * pipeline started after the other, and the memory of one message counted as
 * its own, and that is all; one that does not read
 * its answers, or speaks nonsense, is killed.
 */
#include "acceptor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"
#include "net/accept.h"
#include "net/ahead.h"
#include "net/children.h"
#include "net/door.h"
#include "net/dying.h"
#include "net/ration.h"

#define EVENTS 64
#define BURST 64       /* connections taken before sessions are served */
#define TICK_MS 1000
#define DEATH_MS 100   /* of a pipeline that is to be replaced */
#define SPARE_FDS 64   /* beside those of sessions that deliver */
#define SESSION_FDS 512 /* of those, as many as we want to have room for */
#define REAP_MS 20     /* between two looks at all of many children */
#define MANY 512
#define FEW 64         /* sessions that are born with a delivery */
#define KEYS_MAX 4     /* channels to the key process; a handshake wants one */
#define LISTENER 0x80000000U
#define DOOR 0x7fffffffU

struct acceptor {
	const struct acceptor_conf *conf;
	const int *listeners;
	size_t listeners_n;
	int epoll;
	bool listening; /* the listeners are watched */
	int door[2];
	struct children children;
	int64_t reaped_ms; /* when last */
	struct dying dying;
	struct ahead ahead;
	sigset_t open; /* the signal mask while waiting; */
	sigset_t calm; /* and where a death alone need not wake us */
};

static volatile sig_atomic_t terminated, reloaded, died;

static void
note_signal(int number)
{
	if (number == SIGHUP)
		reloaded = 1;
	else if (number == SIGCHLD)
		died = 1;
	else
		terminated = 1;
}

/* The session starts with them blocked and opens them when it is ready. */
static void
catch_signals(struct acceptor *a)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
	struct sigaction action = {.sa_handler = note_signal};
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaddset(&blocked, numbers[i]);
		sigaction(numbers[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, &a->open);
	a->calm = a->open;
	sigaddset(&a->calm, SIGCHLD);
}

static void
watch(struct acceptor *a, int fd, uint32_t what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = what};

	if (epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		log_error("cannot watch a socket: %s", strerror(errno));
}

/* A full house does not look at who is at the door. */
static void
watch_listeners(struct acceptor *a)
{
	bool wanted = a->children.n < a->conf->max && !terminated;

	if (wanted == a->listening)
		return;
	a->listening = wanted;
	for (size_t i = 0; i < a->listeners_n; i++)
		if (wanted)
			watch(a, a->listeners[i], LISTENER | (uint32_t)i);
		else
			epoll_ctl(a->epoll, EPOLL_CTL_DEL, a->listeners[i],
			    NULL);
}

static void
log_connection(const struct acceptor *a, const char *event,
    const struct ip *ip, pid_t pid)
{
	struct log_event e;
	char text[IP_TEXT_SIZE];

	log_event_begin(&e, pid > 0 ? LOG_DEBUG : LOG_INFO, event);
	if (!e.active)
		return;
	log_event_ip(&e, "client", slice_text(ip_text(ip, text)));
	if (pid > 0)
		log_event_number(&e, "child", pid);
	log_event_number(&e, "connections", (int64_t)a->children.n);
	log_event_end(&e);
}

/* Of those above the door's these are kept, in order; -1 is none. */
static void
close_others(const int *kept, size_t n)
{
	unsigned next = ACCEPTOR_DOOR_FD + 1;

	for (size_t i = 0; i < n; i++) {
		if (kept[i] < 0)
			continue;
		if ((unsigned)kept[i] > next)
			close_range(next, (unsigned)kept[i] - 1, 0);
		next = (unsigned)kept[i] + 1;
	}
	close_range(next, ~0U, 0);
}

/* To its place, or -1. */
static int
move(int fd, int place)
{
	if (fd < 0)
		return -1;
	if (dup2(fd, place) < 0)
		_exit(75);
	return place;
}

struct birth {
	size_t slot;
	int connection, extra, delivery; /* the last two: or -1 */
};

/* In the child: nothing of the parent's stays open but its standard error and
 * what it inherits. */
static void
become_session(const struct acceptor *a, const struct birth *b, pid_t parent,
    const struct ip *ip, uint16_t port)
{
	const struct acceptor_conf *conf = a->conf;
	int kept[3];

	process_follow(parent);
	move(b->connection, 0);
	move(b->connection, 1);
	move(a->door[1], ACCEPTOR_DOOR_FD);
	kept[0] = move(b->extra, ACCEPTOR_EXTRA_FD);
	kept[1] = move(b->delivery, ACCEPTOR_DELIVERY_FD);
	kept[2] = conf->inherit;
	close_others(kept, sizeof(kept) / sizeof(kept[0]));
	signal(SIGCHLD, SIG_DFL);
	_exit(conf->session(conf->context, b->slot, ip, port, kept[1]));
}

static void
fork_session(struct acceptor *a, int connection, const struct ip *ip,
    uint16_t port)
{
	struct birth b = {.slot = children_next_slot(&a->children),
	    .connection = connection, .delivery = -1};
	struct ip client = ip_client(ip);
	struct err err = ERR_INIT;
	pid_t parent = getpid(), pid;

	tally_begin(a->conf->tally, b.slot);
	/* many may have come to sit there: those ask for it if they want it */
	if (a->children.n < FEW)
		b.delivery = ahead_take(&a->ahead, ACCEPTOR_DELIVERY_FD);
	b.extra = a->conf->prepare(a->conf->context, b.slot, ip);
	pid = process_fork_bare(&err);
	if (pid == 0)
		become_session(a, &b, parent, ip, port);
	if (b.extra >= 0)
		close(b.extra);
	if (b.delivery >= 0)
		close(b.delivery);
	if (pid < 0) {
		log_error("%s", err.text);
		tally_end(a->conf->tally, b.slot);
		a->conf->end(a->conf->context, b.slot);
		return;
	}
	children_add(&a->children, pid, &client);
	log_connection(a, "connect", ip, pid);
}

static void
take_connection(struct acceptor *a, int connection, const struct ip *ip,
    uint16_t port)
{
	const struct acceptor_conf *conf = a->conf;
	struct ip client = ip_client(ip);

	if (conf->refuse(conf->context, ip)) {
		log_connection(a, "banned", ip, 0);
		return;
	}
	if (children_of(&a->children, &client) < conf->max_per_address) {
		fork_session(a, connection, ip, port);
		return;
	}
	log_connection(a, "too-many", ip, 0);
	if (send(connection, conf->busy, strlen(conf->busy),
		MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("cannot say that we are busy");
}

static void
accept_some(struct acceptor *a, int listener)
{
	for (int i = 0; i < BURST && a->children.n < a->conf->max; i++) {
		struct ip ip;
		uint16_t port;
		int fd = accept_next(listener, &ip, &port);

		if (fd < 0 && errno != EAGAIN && errno != ECONNABORTED) {
			struct timespec pause = {0, 100 * 1000000};

			log_error("cannot accept: %s", strerror(errno));
			nanosleep(&pause, NULL);
		}
		if (fd < 0)
			return;
		take_connection(a, fd, &ip, port);
		close(fd);
	}
}

static void
start_delivery(struct acceptor *a, struct child *child, struct err *err)
{
	pid_t pid;

	tally_progress(a->conf->tally, children_slot(&a->children, child));
	if (child->pipeline != 0)
		dying_add(&a->dying, child->pipeline, DEATH_MS);
	pid = launch_delivery(&a->conf->launch, child->fd, err);
	children_set_pipeline(&a->children, child, pid > 0 ? pid : 0);
	if (pid >= 0)
		return;
	log_error("%s", err->text);
	err_clear(err);
	process_send_fds(child->fd, 'x', NULL, 0, err);
}

static void
reach_signer(struct acceptor *a, struct child *child, struct err *err)
{
	size_t slot = children_slot(&a->children, child);
	int fd;

	/* whoever keeps them all leaves the others without TLS */
	if (child->keys == KEYS_MAX) {
		err_set(err, ERR_BUG,
		    "session wants the key process again and again");
		return;
	}
	child->keys++;
	fd = a->conf->signer(a->conf->context, slot, err);
	if (fd < 0)
		log_error("%s", err->text);
	err_clear(err);
	process_send_fds(child->fd, fd < 0 ? 'x' : 't', &fd, fd >= 0, err);
	if (fd >= 0)
		close(fd);
}

/* What a session may hold in memory. */
static void
grant_memory(struct acceptor *a, struct child *child, struct err *err)
{
	int granted =
	    tally_grant(a->conf->tally, children_slot(&a->children, child));

	if (granted < 0)
		err_set(err, ERR_BUG,
		    "session wants more memory than a message may have");
	else
		process_send_fds(child->fd, granted > 0 ? RATION_MORE : 'x',
		    NULL, 0, err);
}

/* One command of a session's. */
static void
serve(struct acceptor *a, struct child *child)
{
	struct err err = ERR_INIT;
	char command = 0;
	ssize_t n = recv(child->fd, &command, 1, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		child_hang_up(child);
		return;
	}
	if (command == 'd')
		start_delivery(a, child, &err);
	else if (command == 'r')
		launch_files(&a->conf->launch, child->fd, &err);
	else if (command == 't')
		reach_signer(a, child, &err);
	else if (command == RATION_MORE)
		grant_memory(a, child, &err);
	else if (command == RATION_RETURN)
		tally_return(
		    a->conf->tally, children_slot(&a->children, child));
	else if (command == RATION_PROGRESS)
		tally_progress(
		    a->conf->tally, children_slot(&a->children, child));
	else if (command == 'k' && child->pipeline != 0) {
		dying_add(&a->dying, child->pipeline, DEATH_MS);
		children_set_pipeline(&a->children, child, 0);
	} else if (command != 'k')
		err_set(&err, ERR_BUG, "session sent an unknown command");
	if (err.kind == ERR_NONE)
		return;
	log_error("session %d: %s", (int)child->pid, err.text);
	child_hang_up(child);
	kill(child->pid, SIGKILL);
}

/* Those that want something for the first time; mostly they have said by now
 * what it is. */
static void
open_door(struct acceptor *a)
{
	struct child *child;
	pid_t pid;
	int channel;

	while (door_answer(a->door[0], &pid, &channel)) {
		child = children_find(&a->children, pid, false);
		if (child != NULL && channel >= 0 && !child->knocked) {
			child->knocked = true;
			child->fd = channel;
			io_set_nonblocking(channel, true);
			watch(a, channel,
			    (uint32_t)children_slot(&a->children, child));
			serve(a, child);
			continue;
		}
		if (channel >= 0)
			close(channel);
		if (child != NULL) {
			log_error("session %d: knocked again", (int)pid);
			kill(pid, SIGKILL);
		}
	}
}

static void
end_child(struct acceptor *a, struct child *child, int status)
{
	size_t slot = children_slot(&a->children, child);
	char text[64];

	if (status != 0)
		log_info("child %d ended with %s", (int)child->pid,
		    process_status_text(status, text));
	if (child->pipeline != 0)
		dying_add(&a->dying, child->pipeline, a->conf->patience_ms);
	children_remove(&a->children, child);
	tally_end(a->conf->tally, slot);
	a->conf->end(a->conf->context, slot);
}

static void
end_pipeline(struct acceptor *a, struct child *child, int status)
{
	char text[64];

	if (status != 0)
		log_warning("delivery ended early with %s",
		    process_status_text(status, text));
	process_kill(child->pipeline, SIGKILL);
	children_set_pipeline(&a->children, child, 0);
}

/* waitpid(2) looks at all children that live before it finds one that does
 * not: where they are many we let some gather. */
static void
reap(struct acceptor *a)
{
	int64_t now = clock_monotonic_ms();
	struct child *child;
	int status;
	pid_t pid;

	if (!died || (a->children.n > MANY && now - a->reaped_ms < REAP_MS))
		return;
	died = 0;
	a->reaped_ms = now;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (dying_reap(&a->dying, pid, status))
			continue;
		if ((child = children_find(&a->children, pid, false)))
			end_child(a, child, status);
		else if ((child = children_find(&a->children, pid, true)))
			end_pipeline(a, child, status);
		else
			a->conf->reap(a->conf->context, pid);
	}
}

static bool
somebody_waits(const struct acceptor *a)
{
	for (size_t i = 0; i < a->listeners_n; i++)
		if (io_wait_readable(a->listeners[i], 0) > 0)
			return true;
	return false;
}

struct sitter {
	int64_t since;
	size_t slot;
};

static int
compare_sitters(const void *a, const void *b)
{
	const struct sitter *x = a, *y = b;

	return (x->since > y->since) - (x->since < y->since);
}

/* The house is full and somebody waits: those go who have sat here for
 * longest with nothing to show, a fiftieth of all at a time. */
static void
make_room(struct acceptor *a)
{
	int64_t limit = clock_monotonic_ms() - a->conf->grace_ms;
	size_t wanted = a->conf->max / 50 + 1, n = 0;
	struct sitter *sitters;

	if (a->children.n < a->conf->max || !somebody_waits(a))
		return;
	sitters = mem_array(NULL, a->children.top, sizeof(*sitters));
	for (size_t i = 0; i < a->children.top; i++) {
		const struct child *child = &a->children.items[i];
		int64_t since = tally_time(a->conf->tally, i);

		if (child->pid != 0 && !child->told && since < limit)
			sitters[n++] = (struct sitter){since, i};
	}
	qsort(sitters, n, sizeof(*sitters), compare_sitters);
	for (size_t i = 0; i < n && i < wanted; i++) {
		struct child *child = &a->children.items[sitters[i].slot];

		child->told = true;
		log_connection(a, "crowded-out", &child->client, 0);
	}
	free(sitters);
}

/* Once a second.  A signal that arrives just before a read is noticed only
 * after it, so those who were told to end are told again. */
static void
tick(struct acceptor *a)
{
	dying_kill(&a->dying, false);
	make_room(a);
	children_signal(&a->children, SIGTERM, terminated);
}

/* A session that has ended keeps its slot until the next one comes, or the
 * next tick, where that harms nobody. */
static bool
is_calm(const struct acceptor *a)
{
	return a->conf->launch.deliver == NULL && a->dying.n == 0 &&
	    a->children.n > 0 && a->children.n < a->conf->max && !terminated;
}

static void
look_for_deaths(void)
{
	const struct timespec now = {0, 0};
	sigset_t death;

	sigemptyset(&death);
	sigaddset(&death, SIGCHLD);
	if (sigtimedwait(&death, NULL, &now) == SIGCHLD)
		died = 1;
}

static void
wait_for_work(struct acceptor *a)
{
	bool calm = is_calm(a);
	bool busy = a->children.n > 0 || a->dying.n > 0;
	int patience = died ? REAP_MS : busy ? TICK_MS : -1;
	struct epoll_event events[EVENTS];
	int n = epoll_pwait(a->epoll, events, EVENTS, patience,
	    calm ? &a->calm : &a->open);

	if (calm)
		look_for_deaths();
	/* sessions first: a slot that is taken anew is not theirs any more */
	for (int i = 0; i < n; i++)
		if (events[i].data.u32 == DOOR) {
			open_door(a);
		} else if ((events[i].data.u32 & LISTENER) == 0) {
			struct child *child =
			    &a->children.items[events[i].data.u32];

			if (child->pid > 0 && child->fd >= 0)
				serve(a, child);
		}
	reap(a);
	for (int i = 0; i < n; i++)
		if ((events[i].data.u32 & LISTENER) != 0 && !terminated)
			accept_some(a,
			    a->listeners[events[i].data.u32 & ~LISTENER]);
}

static void
run(struct acceptor *a)
{
	int64_t next = clock_monotonic_ms() + TICK_MS;

	while (!terminated) {
		watch_listeners(a);
		wait_for_work(a);
		if (reloaded) {
			reloaded = 0;
			a->conf->reload(a->conf->context);
			children_signal(&a->children, SIGHUP, true);
		}
		if (clock_monotonic_ms() >= next) {
			tick(a);
			next = clock_monotonic_ms() + TICK_MS;
		}
	}
}

/* Nobody new; the sessions finish what they have in hand. */
static void
drain(struct acceptor *a)
{
	int64_t end = clock_monotonic_ms() + a->conf->drain_ms;

	watch_listeners(a);
	for (size_t i = 0; i < a->listeners_n; i++)
		close(a->listeners[i]);
	while ((a->children.n > 0 || a->dying.n > 0) &&
	    clock_monotonic_ms() < end) {
		tick(a);
		wait_for_work(a);
	}
	if (a->children.n > 0)
		log_warning("%zu connections did not end in time and were cut",
		    a->children.n);
	children_signal(&a->children, SIGKILL, true);
	dying_kill(&a->dying, true);
}

/* A socket for each session that asks for something, as far as the system
 * lets us: where there is none to be had, that session's delivery fails. */
static int
reserve_descriptors(size_t max, struct err *err)
{
	int64_t limit;

	if (max > SESSION_FDS)
		max = SESSION_FDS;
	if (process_raise_descriptors(&limit, err) < 0)
		return -1;
	if (limit < (int64_t)max + SPARE_FDS)
		return err_set(err, ERR_CONFIG,
		    "%zu connections need %zu descriptors, and we may have "
		    "%lld: raise LimitNOFILE or lower --max", max,
		    max + SPARE_FDS, (long long)limit);
	return 0;
}

int
acceptor_run(const int *listeners, size_t n, const struct acceptor_conf *conf,
    struct err *err)
{
	struct acceptor a = {
	    .conf = conf, .listeners = listeners, .listeners_n = n};

	if (reserve_descriptors(conf->max, err) < 0)
		return -1;
	if (door_make(a.door, err) < 0)
		return -1;
	a.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (a.epoll < 0)
		return err_errno(err, "cannot wait for connections");
	watch(&a, a.door[0], DOOR);
	ahead_init(&a.ahead, &conf->launch);
	children_init(&a.children, conf->max);
	catch_signals(&a);
	mem_settle();
	run(&a);
	drain(&a);
	close(a.epoll);
	close(a.door[0]);
	close(a.door[1]);
	ahead_free(&a.ahead);
	dying_free(&a.dying);
	children_free(&a.children);
	return 0;
}
