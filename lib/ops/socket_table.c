/* SPDX-License-Identifier: ISC */
/* Sockets as the kernel lists them. */
#include "ops/socket_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"

#define LISTEN 0x0a
#define UNCONNECTED 0x07 /* a UDP socket without a peer */

static bool
hex_number(struct slice text, unsigned digits, uint32_t *out)
{
	*out = 0;
	if (text.n == 0 || text.n > digits)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		int digit = ascii_hex(text.p[i]);

		if (digit < 0)
			return false;
		*out = *out << 4 | (uint32_t)digit;
	}
	return true;
}

/* `0100007F:0019': words of the host's own octet order. */
static bool
parse_address(struct slice text, struct ip *ip, uint16_t *port)
{
	struct slice address = slice_cut(&text, ':');
	uint32_t word;

	if ((address.n != 8 && address.n != 32) || text.p == NULL)
		return false;
	ip->size = (unsigned char)(address.n / 2);
	for (size_t i = 0; i < address.n / 8; i++) {
		if (!hex_number(slice_part(address, i * 8, i * 8 + 8), 8,
			&word))
			return false;
		memcpy(ip->octets + i * 4, &word, 4);
	}
	if (!hex_number(text, 4, &word))
		return false;
	*port = (uint16_t)word;
	/* an IPv4 address in IPv6 is the IPv4 address that it is */
	if (ip->size == 16 && memcmp(ip->octets,
		"\0\0\0\0\0\0\0\0\0\0\377\377", 12) == 0) {
		memmove(ip->octets, ip->octets + 12, 4);
		memset(ip->octets + 4, 0, 12);
		ip->size = 4;
	}
	return true;
}

static struct slice
next_word(struct slice *rest)
{
	*rest = slice_trim(*rest);
	return slice_cut(rest, ' ');
}

bool
socket_entry_parse(struct slice line, bool udp, struct socket_entry *entry)
{
	uint32_t state;
	int64_t inode = 0;

	*entry = (struct socket_entry){.udp = udp};
	next_word(&line); /* `0:' */
	if (!parse_address(next_word(&line), &entry->local,
		&entry->local_port) || !parse_address(next_word(&line),
		&entry->remote, &entry->remote_port) ||
	    !hex_number(next_word(&line), 2, &state))
		return false;
	for (size_t i = 0; i < 5; i++) /* queues, timers, uid, timeout */
		next_word(&line);
	(void)number_parse(next_word(&line), 0, INT64_MAX, &inode);
	entry->inode = (uint64_t)inode;
	entry->listens = state == (udp ? UNCONNECTED : LISTEN);
	return true;
}

static void
read_table(struct socket_table *table, const struct tree *tree,
    const char *path, bool udp)
{
	struct buf text = BUF_INIT;
	struct slice rest;
	struct socket_entry entry;

	if (tree_read(tree, path, &text) == 0)
		table->readable = true;
	rest = buf_slice(&text);
	while (rest.p != NULL && table->n < SOCKET_TABLE_MAX) {
		if (!socket_entry_parse(slice_line(&rest), udp, &entry))
			continue;
		if ((table->n & (table->n - 1)) == 0)
			table->items = mem_array(table->items,
			    table->n == 0 ? 1 : table->n * 2,
			    sizeof(*table->items));
		table->items[table->n++] = entry;
	}
	buf_free(&text);
}

void
socket_table_read(struct socket_table *table, const struct tree *tree)
{
	*table = (struct socket_table){.n = 0};
	read_table(table, tree, "/proc/net/tcp", false);
	read_table(table, tree, "/proc/net/tcp6", false);
	read_table(table, tree, "/proc/net/udp", true);
	read_table(table, tree, "/proc/net/udp6", true);
}

void
socket_table_free(struct socket_table *table)
{
	free(table->items);
	*table = (struct socket_table){.n = 0};
}

bool
socket_ip_is_loopback(const struct ip *ip)
{
	static const unsigned char one[16] = {[15] = 1};

	return ip->size == 4 ? ip->octets[0] == 127
			     : memcmp(ip->octets, one, 16) == 0;
}

bool
socket_entry_is_open(const struct socket_entry *entry)
{
	return entry->listens && !socket_ip_is_loopback(&entry->local);
}
