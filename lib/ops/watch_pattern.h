/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_WATCH_PATTERN_H
#define FE_OPS_WATCH_PATTERN_H

#include "base/err.h"
#include "base/slice.h"
#include "net/ip.h"

/*
 * What a message of a log looks like: text with fields, `Failed password for
 * {account} from {address} port {port} ssh2'.  It must fit from the first
 * octet to the last.
 *
 * A stranger chooses some of what stands in a message, and may choose what
 * looks like the rest of it: a user `x from 192.0.2.1 port 22 ssh2'.  So the
 * last of {account}, {object} and {detail} in a pattern is where a stranger
 * may have written: what is ahead of it is matched from the left, each text at
 * its first place, what is behind it from the right, each text at its last
 * place, and nothing is tried twice.
 *
 *	{address}          an IP address
 *	{network}          an IP network, or an address
 *	{port} {number}    digits
 *	{word}             no space
 *	{account} {object} {detail}   anything
 *	{skip}             anything, and nobody wants it
 */
enum watch_field {
	WATCH_TEXT, /* literal */
	WATCH_ADDRESS,
	WATCH_NETWORK,
	WATCH_PORT,
	WATCH_NUMBER,
	WATCH_WORD,
	WATCH_ACCOUNT,
	WATCH_OBJECT,
	WATCH_DETAIL,
	WATCH_SKIP
};
#define WATCH_PARTS_MAX 32

struct watch_part {
	enum watch_field field;
	struct slice text; /* into the text given to watch_pattern_read */
};

struct watch_pattern {
	struct watch_part parts[WATCH_PARTS_MAX];
	size_t n;
	size_t pivot; /* n: there is none */
};

struct watch_match {
	struct network network; /* of {address} and {network} */
	bool has_address, has_network;
	struct slice port, account, object, detail; /* into the message */
};

/* The text must outlive the pattern.  ERR_CONFIG. */
int watch_pattern_read(struct watch_pattern *pattern, struct slice text,
    struct err *err);
/* True, and what the fields hold; false for any other message. */
bool watch_pattern_match(const struct watch_pattern *pattern,
    struct slice message, struct watch_match *match);

#endif
