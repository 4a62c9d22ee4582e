/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_SOCKET_TABLE_H
#define FE_OPS_SOCKET_TABLE_H

#include "net/ip.h"
#include "ops/tree.h"

/*
 * The kernel's tables of TCP and UDP sockets, /proc/net/tcp and the like
 * (proc_net(5)): of this network namespace.
 */
struct socket_entry {
	bool udp, listens; /* a UDP socket that is bound listens */
	struct ip local, remote;
	uint16_t local_port, remote_port;
	uint64_t inode; /* 0: not told */
};
struct socket_table {
	struct socket_entry *items;
	size_t n;
	bool readable; /* one of the tables was there */
};
#define SOCKET_TABLE_MAX 1000000

void socket_table_read(struct socket_table *table, const struct tree *tree);
void socket_table_free(struct socket_table *table);
/* One line of such a table; false for a heading or anything else. */
bool socket_entry_parse(struct slice line, bool udp,
    struct socket_entry *entry);
/* Can others than this host reach it? */
bool socket_entry_is_open(const struct socket_entry *entry);
bool socket_ip_is_loopback(const struct ip *ip);

#endif
