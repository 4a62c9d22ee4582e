/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_RECEIVE_H
#define FE_RECORD_RECEIVE_H

#include <sys/stat.h>
#include <time.h>

#include "base/cmd.h"
#include "base/event_socket.h"
#include "net/ban.h"
#include "net/line.h"
#include "net/signers.h"
#include "record/receiver.h"

/*
 * The server fe-receive, whose options fe-receive(8) explains.  On a
 * connection it is two processes (monitor.h), on listening sockets a parent
 * that accepts (acceptor.h), a key process and a session for each connection.
 */

#define RECEIVE_LISTENERS_MAX 64
#define RECEIVE_SECRETS ((size_t)16 << 10) /* locked anew in each session */

struct receive_conf {
	struct cmd_conf cmd;
	const char *hostname, *domain, *postmaster, *delimiter;
	const char *tls_cert, *tls_key;
	struct option_list trusted;
	bool lmtp, proxy;
	const char *pool, *limit;
	int tls; /* enum smtp_tls */
	int64_t size_max, header_max, line_max, memory_max;
	int64_t recipients_max, messages_max, errors_max, received_max;
	int64_t command_timeout, data_timeout, message_timeout;
	int64_t deadline, greet_delay;
	int64_t max, max_per_address, grace, drain;
};

struct receive {
	struct receive_conf conf;
	struct smtp_conf smtp;
	struct receiver receiver;
	struct tally *tally;   /* of a parent that accepts */
	struct ration ration;  /* of its session */
	struct line line;
	struct network *trusted;
	struct buf cert_path, key_path, cert;
	struct buf recipients_path, full_path, limit_path;
	struct tls_server *tls;
	int monitor;           /* socket; -1: not asked for anything yet */
	int delivery;          /* a session was born with; -1: none */
	bool accepts;          /* for itself */
	int tls_wanted;        /* conf.tls as it was asked for */
	struct signers signers; /* of a parent that accepts */
	struct tls_tickets *tickets;
	struct timespec tickets_told; /* time of keys/tls/tickets */
	struct stat fingerprint_file; /* whose octets we have */
	int64_t refreshed_ms;  /* the tables */
	struct event_sender events;
	struct bans bans;      /* of a parent that accepts */
	int limit;             /* socket of the next session to fe-limit */
	int64_t limit_retry_ms;
	bool limit_missed;     /* and a warning said so */
};

/* Before the options are read into r->conf. */
void receive_init(struct receive *r);
/* Everything that needs a file, before the first octet is read; r->conf and
 * r->accepts are set. */
int receive_open(struct receive *r, struct err *err);

/* keys/fingerprint.key, where it is another file than before; -1: it stays as
 * it was. */
int receive_read_fingerprint_key(struct receive *r, struct err *err);

/* All three take r over; the result is the exit code.
 *
 * Whoever has connected is told that it is not his fault. */
int receive_fail(struct receive *r, const struct err *err);
/* One connection, on descriptors 0 and 1: monitor and session. */
int receive_run_pair(struct receive *r);
/* Listening sockets: a parent, a key process, a session a connection. */
int receive_run_parent(struct receive *r, const int *listeners, size_t n);

#endif
