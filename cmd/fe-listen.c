/* SPDX-License-Identifier: ISC */
/*
 * fe-listen: a super-server.  Listens on TCP addresses (or takes sockets from
 * systemd), gives up root, and starts a program for each connection with the
 * environment of UCSPI-TCP (tcpserver, s6-tcpserver), or becomes one program
 * that accepts for itself (--wait).  It never reads an octet of a connection.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/home.h"
#include "base/io.h"
#include "base/log.h"
#include "base/number.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "base/user.h"
#include "net/accept.h"
#include "net/ban.h"

#define LISTENERS_MAX 64
#define LISTEN_FD_FIRST 3 /* SD_LISTEN_FDS_START */
#define BUSY_TEXT_MAX 200
#define PAUSE_MS 100 /* where the system has no more descriptors */

struct listen_conf {
	struct cmd_conf cmd;
	const char *user, *busy_text;
	bool wait;
	int64_t max, max_per_address, drain;
};

#define AT(member) offsetof(struct listen_conf, member)
static const struct option_def options[] = {
    CMD_OPTIONS(struct listen_conf, cmd),
    {OPTION_TEXT, 'u', "user", AT(user), "USER",
	.help = "become this user once the ports are bound (root must give "
	    "one)", .check = user_check},
    {OPTION_FLAG, 0, "wait", AT(wait),
	.help = "become the program, which accepts for itself"},
    {OPTION_NUMBER, 0, "max", AT(max), "N", "200", .min = 1, .max = 100000,
	.help = "connections at once; more wait in the backlog"},
    {OPTION_NUMBER, 0, "max-per-address", AT(max_per_address), "N", "20",
	.min = 1, .max = 100000,
	.help = "connections of one IPv4 address or IPv6 /64; more are closed"},
    {OPTION_TEXT, 0, "busy-text", AT(busy_text), "TEXT",
	.help = "line to send to those: 421 4.7.0 too many connections"},
    {OPTION_DURATION, 0, "drain", AT(drain), "TIME", "150s", .max = 86400,
	.help = "how long connections may go on after SIGTERM"},
    {OPTION_END}};

static const struct cmd listen_cmd = {.name = "fe-listen",
    .synopsis = "[options] ADDR PORT [ADDR PORT]... PROGRAM [ARGUMENT...]",
    .summary = "start a program for each TCP connection",
    .options = options,
    .flags = CMD_FIRST_WORD_ENDS};

struct listener {
	int fd;
	char ip[IP_TEXT_SIZE]; /* as bound */
	char port[8];
};

struct listen {
	struct listen_conf conf;
	struct listener listeners[LISTENERS_MAX];
	size_t n;
	char **program;
	struct accepted accepted;
	struct bans bans;
	uint64_t connections; /* since the start */
	sigset_t open; /* the signal mask while waiting */
};

static volatile sig_atomic_t terminated, reloaded;

static void
note_signal(int number)
{
	if (number == SIGHUP)
		reloaded = 1;
	else if (number != SIGCHLD)
		terminated = 1;
}

static int
add_listener(struct listen *l, int fd, struct err *err)
{
	struct sockaddr_storage address;
	socklen_t n = sizeof(address);
	struct listener *one = &l->listeners[l->n];
	uint16_t port = 0;
	struct ip ip;

	if (fd < 0)
		return -1;
	if (getsockname(fd, (struct sockaddr *)&address, &n) < 0 ||
	    ip_from_sockaddr(&address, &ip, &port) < 0)
		return err_errno(err, "cannot ask for a socket's address");
	one->fd = fd;
	ip_text(&ip, one->ip);
	snprintf(one->port, sizeof(one->port), "%u", port);
	l->n++;
	return 0;
}

/* ADDR PORT pairs; the first word that is no IP literal begins the program. */
static int
bind_words(struct listen *l, struct err *err)
{
	char **word = l->conf.cmd.words;
	struct ip ip;
	int64_t port;

	while (*word != NULL && ip_parse(slice_text(*word), &ip) == 0) {
		if (word[1] == NULL)
			return err_set(err, ERR_USAGE,
			    "no port behind address '%s'", *word);
		if (number_parse(slice_text(word[1]), 0, 65535, &port) < 0)
			return err_set(
			    err, ERR_USAGE, "'%s' is no port", word[1]);
		if (l->n == LISTENERS_MAX)
			return err_set(err, ERR_USAGE,
			    "more than %d addresses", LISTENERS_MAX);
		if (add_listener(l, accept_listen(&ip, (uint16_t)port, err),
			err) < 0)
			return -1;
		word += 2;
	}
	l->program = word;
	return 0;
}

static int
bind_all(struct listen *l, struct err *err)
{
	int first, n = accept_inherited(&first, err);

	if (n < 0)
		return -1;
	if (n > LISTENERS_MAX)
		return err_set(err, ERR_CONFIG, "more than %d sockets",
		    LISTENERS_MAX);
	for (int i = 0; i < n; i++)
		if (add_listener(l, first + i, err) < 0)
			return -1;
	if (bind_words(l, err) < 0)
		return -1;
	if (l->n == 0)
		return err_set(err, ERR_USAGE,
		    "no address to listen on; give ADDR PORT, ADDR as an IP "
		    "address");
	if (*l->program == NULL)
		return err_set(err, ERR_USAGE, "no program to start");
	return 0;
}

static int
check_user(const struct listen_conf *conf, struct err *err)
{
	if (geteuid() != 0 || conf->user != NULL)
		return 0;
	return err_set(err, ERR_USAGE,
	    "running as root needs -u USER (-u root to stay root)");
}

/* Becomes the program: the first socket is its standard input, further ones
 * are LISTEN_FDS (sd_listen_fds(3)).  Returns only where that fails. */
static int
become_program(struct listen *l, struct err *err)
{
	static const char *const others[] = {"TCPREMOTEIP", "TCPREMOTEPORT",
	    "TCPREMOTEHOST", "TCPREMOTEINFO", "TCPLOCALIP", "TCPLOCALPORT",
	    "TCPLOCALHOST", "TCPCONNNUM", "PROTO"};
	int fds[LISTENERS_MAX], n = (int)l->n;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		unsetenv(others[i]);
	/* first all out of the way of each other */
	for (int i = 0; i < n; i++) {
		fds[i] = fcntl(
		    l->listeners[i].fd, F_DUPFD, LISTEN_FD_FIRST + n);
		if (fds[i] < 0 || io_set_nonblocking(fds[i], false) < 0)
			return err_errno(err, "cannot hand a socket on");
	}
	for (int i = 0; i < n; i++)
		if (dup2(fds[i], i == 0 ? 0 : LISTEN_FD_FIRST + i - 1) < 0)
			return err_errno(err, "cannot hand a socket on");
	close_range((unsigned)(LISTEN_FD_FIRST + n - 1), ~0U, 0);
	if (n > 1) {
		char number[24];

		snprintf(number, sizeof(number), "%d", n - 1);
		setenv("LISTEN_FDS", number, 1);
		snprintf(number, sizeof(number), "%d", (int)getpid());
		setenv("LISTEN_PID", number, 1);
	}
	signal(SIGPIPE, SIG_DFL);
	execvp(l->program[0], l->program);
	return err_errno(err, "cannot start '%s'", l->program[0]);
}

static void
set_variables(struct listen *l, const struct listener *one,
    const struct ip *ip, uint16_t port, int fd)
{
	char text[IP_TEXT_SIZE], number[24];
	struct sockaddr_storage address;
	socklen_t n = sizeof(address);
	struct ip local;

	setenv("TCPREMOTEIP", ip_text(ip, text), 1);
	snprintf(number, sizeof(number), "%u", port);
	setenv("TCPREMOTEPORT", number, 1);
	snprintf(number, sizeof(number), "%llu",
	    (unsigned long long)++l->connections);
	setenv("TCPCONNNUM", number, 1);
	/* of a wildcard's socket only the connection knows */
	if (getsockname(fd, (struct sockaddr *)&address, &n) == 0 &&
	    ip_from_sockaddr(&address, &local, NULL) == 0)
		setenv("TCPLOCALIP", ip_text(&local, text), 1);
	setenv("TCPLOCALPORT", one->port, 1);
}

static void
send_away(const struct listen *l, int fd)
{
	char line[BUSY_TEXT_MAX + 3];
	int n;

	if (l->conf.busy_text == NULL)
		return;
	n = snprintf(line, sizeof(line), "%.*s\r\n", BUSY_TEXT_MAX,
	    l->conf.busy_text);
	if (send(fd, line, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("cannot say that we are busy");
}

static void
log_connection(const char *event, const struct ip *ip, pid_t pid, size_t now)
{
	struct log_event e;
	char text[IP_TEXT_SIZE];

	log_event_begin(&e, pid > 0 ? LOG_DEBUG : LOG_INFO, event);
	log_event_ip(&e, "client", slice_text(ip_text(ip, text)));
	if (pid > 0)
		log_event_number(&e, "child", pid);
	log_event_number(&e, "connections", (int64_t)now);
	log_event_end(&e);
}

static void
serve(struct listen *l, const struct listener *one, int fd,
    const struct ip *ip, uint16_t port)
{
	struct process_fd fds[] = {{fd, 0}, {fd, 1}};
	struct err err = ERR_INIT;
	pid_t pid;

	if (bans_has(&l->bans, ip)) {
		log_connection("banned", ip, 0, l->accepted.n);
		return;
	}
	if (accepted_count(&l->accepted, ip) >=
	    (size_t)l->conf.max_per_address) {
		log_connection("too-many", ip, 0, l->accepted.n);
		send_away(l, fd);
		return;
	}
	set_variables(l, one, ip, port, fd);
	pid = process_start(l->program, fds, 2, &err);
	if (pid < 0) {
		log_error("%s", err.text);
		return;
	}
	accepted_add(&l->accepted, pid, ip);
	log_connection("connect", ip, pid, l->accepted.n);
}

/* Takes what one listener has, while there is room. */
static void
accept_all(struct listen *l, const struct listener *one)
{
	while (l->accepted.n < l->accepted.max) {
		struct ip ip;
		uint16_t port;
		int fd = accept_next(one->fd, &ip, &port);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE ||
				  errno == ENOMEM || errno == ENOBUFS)) {
			struct timespec pause = {0, PAUSE_MS * 1000000};

			log_error("cannot accept: %s", strerror(errno));
			nanosleep(&pause, NULL);
		}
		if (fd < 0)
			return;
		serve(l, one, fd, &ip, port);
		close(fd);
	}
}

static void
reap(struct listen *l)
{
	char text[64];
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		accepted_remove(&l->accepted, pid);
		if (status != 0)
			log_info("child %d ended with %s", (int)pid,
			    process_status_text(status, text));
	}
}

/* Signals come in only while ppoll waits. */
static void
catch_signals(struct listen *l)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
	struct sigaction action = {.sa_handler = note_signal};
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaddset(&blocked, numbers[i]);
		sigaction(numbers[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, &l->open);
}

static void
run(struct listen *l)
{
	struct pollfd fds[LISTENERS_MAX] = {{0}};

	while (!terminated) {
		bool room = l->accepted.n < l->accepted.max;
		int ready;

		for (size_t i = 0; i < l->n; i++) {
			fds[i].fd = l->listeners[i].fd;
			fds[i].events = POLLIN;
		}
		ready = ppoll(fds, room ? l->n : 0, NULL, &l->open);
		reap(l);
		if (reloaded)
			accepted_kill(&l->accepted, SIGHUP);
		reloaded = 0;
		for (size_t i = 0; ready > 0 && i < l->n; i++)
			if (fds[i].revents != 0)
				accept_all(l, &l->listeners[i]);
	}
}

/* SIGTERM: nobody new; the children finish what they have in hand. */
static void
drain(struct listen *l)
{
	int64_t end = clock_monotonic_ms() + l->conf.drain * 1000;

	for (size_t i = 0; i < l->n; i++)
		close(l->listeners[i].fd);
	accepted_kill(&l->accepted, SIGTERM);
	for (;;) {
		int64_t left = end - clock_monotonic_ms();
		struct timespec wait = {left / 1000, left % 1000 * 1000000};

		reap(l);
		if (l->accepted.n == 0 || left <= 0)
			break;
		ppoll(NULL, 0, &wait, &l->open);
	}
	if (l->accepted.n > 0) {
		log_warning("%zu connections did not end in time and were cut",
		    l->accepted.n);
		accepted_kill(&l->accepted, SIGKILL);
	}
}

static void
prepare(struct listen *l)
{
	struct buf path = BUF_INIT;

	bans_open(&l->bans, home_file(&path, "state/bans"));
	buf_free(&path);
	accepted_init(&l->accepted, (size_t)l->conf.max);
	setenv("PROTO", "TCP", 1);
	unsetenv("TCPREMOTEHOST"); /* we ask no DNS */
	unsetenv("TCPREMOTEINFO");
	unsetenv("TCPLOCALHOST");
}

int
main(int argc, char *argv[])
{
	struct listen l = {0};
	struct err err = ERR_INIT;

	cmd_start(&listen_cmd);
	if (option_parse(&listen_cmd, argc, argv, &l.conf, &err) < 0 ||
	    check_user(&l.conf, &err) < 0)
		return cmd_usage(&err);
	if (l.conf.cmd.log_personal)
		log_read_key(true, &err);
	if (bind_all(&l, &err) < 0 || user_become(l.conf.user, &err) < 0 ||
	    sandbox_enter(
		SANDBOX_LAUNCH, NULL, 0, l.conf.cmd.sandbox, &err) < 0)
		return cmd_fail(&err);
	if (l.conf.wait && become_program(&l, &err) < 0)
		return cmd_fail(&err);
	prepare(&l);
	catch_signals(&l);
	run(&l);
	drain(&l);
	accepted_free(&l.accepted);
	bans_close(&l.bans);
	return cmd_finish(&err);
}
