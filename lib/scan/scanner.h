/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_SCANNER_H
#define FE_SCAN_SCANNER_H

#include "mail/recipients.h"
#include "record/stream.h"
#include "scan/clamd.h"
#include "scan/reputation.h"
#include "scan/spam.h"
#include "scan/unpacker.h"
#include "scan/watch.h"

/*
 * All layers of fe-scan over a record: spam, links, deceit, files, viruses,
 * reputation.  With clamd or lists in DNS it waits in tasks (base/task.h), so
 * that several records are at work at once.
 */
struct scanner_conf {
	const char *model, *clamd, *recipient_delimiter, *domain;
	struct option_list block_lists, protect, protect_names;
	bool explain, no_unpack;
	int clamd_scope;       /* enum virus_scope */
	int64_t clamd_timeout; /* seconds */
	struct reputation_conf reputation;
	const char *dns_zone;
	bool no_dns;
	int64_t dns_timeout; /* seconds */
};

struct scanner {
	const struct scanner_conf *conf;
	int sandbox;       /* of struct cmd_conf */
	struct buf path;   /* of the site's model */
	char *folder;      /* ... in which those of users are, too */
	struct recipients recipients;
	struct spam_scanner spam;
	struct watch watch;
	struct porter porter;
	struct task_set *tasks; /* NULL: nothing is waited for */
	struct clamd_service service;
	struct scanner_session *idle;
	struct unpacker unpacker;
	struct reputation reputation;
	struct dns *dns; /* NULL: no list to ask */
};

/* Forks what opens sockets for us, and the resolver, before it reads a key;
 * loads what is looked up.  After -1 (ERR_CONFIG, ERR_SYSTEM), too, it is for
 * scanner_close. */
int scanner_open(struct scanner *s, const struct scanner_conf *conf,
    int sandbox, struct err *err);
void scanner_close(struct scanner *s);
/* From now on the process reads models and lists, and writes the state. */
int scanner_confine(const struct scanner *s, struct err *err);

/* States the facts in `scan' and the field in `headers'; true for spam and
 * viruses.  Learns: what it turned out to be is part of its sender's history,
 * which is written by scanner_flush at the latest. */
bool scanner_scan(struct scanner *s, struct record *r, bool learns);
void scanner_flush(struct scanner *s);

#endif
