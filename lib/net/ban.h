/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_BAN_H
#define FE_NET_BAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/event.h"
#include "net/ip.h"

/*
 * HOME/state/bans: who is banned until when.  fe-ban(8) writes it whole, by
 * rename; who accepts connections reads it.  A line each, by blanks:
 *
 *	CLIENT UNTIL STRIKES SINCE HOW EVENT
 *
 * CLIENT is an IPv4 address or an IPv6 network of 64 bits, HOW `proven' or
 * `unproven'.  One whose time is over is kept for its strikes.
 */
#define BANS_MAX ((size_t)65535) /* as many as a set of the firewall holds */
#define BANS_SIZE_MAX ((size_t)32 << 20)

struct ban {
	struct ip client; /* as ip_client */
	int64_t until_ms, since_ms;
	int64_t strikes;
	bool unproven;
	char event[EVENT_NAME_MAX + 1];
};

struct ban_list {
	struct ban *items; /* in the order of their addresses */
	size_t n;
};

void ban_list_free(struct ban_list *list);
/* ERR_CONFIG with the line; the list is then empty. */
int ban_list_parse(struct ban_list *list, struct slice text, struct err *err);
void ban_list_write(const struct ban_list *list, struct buf *out);
/* Of the client that an address belongs to, or NULL. */
struct ban *ban_list_find(const struct ban_list *list, const struct ip *ip);
/* The same, made if need be; pointers into the list die. */
struct ban *ban_list_add(struct ban_list *list, const struct ip *ip);
void ban_list_remove(struct ban_list *list, struct ban *ban);

/* The file as who accepts has it: looked at before each answer, read again
 * when it is another one. */
struct bans {
	struct buf path;
	struct ban_list list;
	int64_t changed_ns;
	uint64_t inode;
	int64_t size;
};

/* A missing file bans nobody. */
void bans_open(struct bans *b, const char *path);
void bans_close(struct bans *b);
/* Is the client of this address banned now?  What is wrong with the file is
 * said once each time that it changes; until then the old list holds. */
bool bans_has(struct bans *b, const struct ip *ip);

#endif
