/* SPDX-License-Identifier: ISC */
/*
 * fe-receive on a connection: the session that speaks with the client, and the
 * monitor, which starts the delivery and holds the TLS key.
 */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "base/secret.h"
#include "net/inetd.h"
#include "net/monitor.h"
#include "record/receive_parts.h"

/* The monitor has no business with the client's descriptors and our keys. */
static int
run_monitor(struct receive *r, int socket, pid_t session)
{
	struct monitor_conf conf = {.launch = receive_launch(r),
	    .key_path = buf_text(&r->key_path),
	    .patience_ms = RECEIVE_PATIENCE_MS};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), status;
	struct err err = ERR_INIT;
	char text[64];

	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		close(null);
	}
	secret_drop_all();
	if (sandbox_enter(SANDBOX_LAUNCH, NULL, 0, r->conf.cmd.sandbox,
		&err) < 0)
		return cmd_fail(&err);
	status = monitor_run(socket, session, &conf);
	receive_close(r);
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 0 ? EXIT_DONE : EXIT_RETRY;
	log_error("session ended with %s", process_status_text(status, text));
	return EXIT_RETRY;
}

int
receive_run_pair(struct receive *r)
{
	struct err err = ERR_INIT;
	pid_t monitor = getpid(), session;
	uint16_t port;
	struct ip ip;
	int pair[2];

	inetd_peer(&ip, &port);
	if (ip.size != 0)
		receive_lock_events(r, &ip);
	r->limit = receive_reach_limit(r, &ip);
	if (process_socketpair(pair, &err) < 0 ||
	    (session = process_fork(&err)) < 0)
		return receive_fail(r, &err);
	if (session > 0) {
		close(pair[0]);
		if (r->limit >= 0)
			close(r->limit);
		return run_monitor(r, pair[1], session);
	}
	/* without a monitor it could deliver nothing, and nobody would count
	 * its connection */
	process_follow(monitor);
	close(pair[1]);
	r->monitor = pair[0];
	return receive_run_session(r, &ip, port);
}
