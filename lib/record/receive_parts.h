/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_RECEIVE_PARTS_H
#define FE_RECORD_RECEIVE_PARTS_H

#include "net/launch.h"
#include "record/receive.h"

/*
 * What the files of receive.h need of each other.
 */

#define RECEIVE_PATIENCE_MS 30000 /* for the delivery to end */
#define RECEIVE_REFRESH_MS 1000   /* how old a new session's tables may be */

/* receive.c */
bool receive_is_trusted(const struct receive *r, const struct ip *ip);
void receive_close(struct receive *r);
/* What starts a delivery and where the tables are; points into r. */
struct launch_conf receive_launch(struct receive *r);

/* receive_tls.c */
/* Both: -1 where certificate or key cannot be read; 0 without a look where
 * conf.tls is off. */
int receive_find_certificate(struct receive *r, struct err *err);
int receive_read_certificate(struct receive *r, struct err *err);
/* Is it no fault that TLS cannot be had?  Then conf.tls is off from now on, a
 * warning says why and err is clear. */
bool receive_may_do_without(struct receive *r, struct err *err);
/* A server whose signatures come from the key's holder; the caller's. */
struct tls_server *receive_make_tls(struct receive *r, struct err *err);
/* The session's, made at first need; r's. */
struct tls_server *receive_start_tls(void *context, struct err *err);

/* receive_limit.c */
/* Sets limit_path. */
void receive_find_limit(struct receive *r);
/* Warns at the start where fe-limit is not there. */
void receive_check_limit(struct receive *r);
/* The client whom we name may not be exchanged by the session. */
bool receive_client_is_certain(const struct receive *r, const struct ip *ip);
/* The session to come may accuse its client, and nobody else. */
void receive_lock_events(struct receive *r, const struct ip *ip);
/* A socket to fe-limit for a session, or -1. */
int receive_reach_limit(struct receive *r, const struct ip *ip);

/* receive_session.c */
/* r->monitor, asked for at the parent's door if need be; 0 or -1. */
int receive_reach_monitor(struct receive *r, struct err *err);
/* Confines itself and serves the client on descriptors 0 and 1; r->limit is
 * the session's.  The exit code. */
int receive_run_session(struct receive *r, const struct ip *ip, uint16_t port);

#endif
