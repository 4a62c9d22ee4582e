/* SPDX-License-Identifier: ISC */
/*
 * Who holds a port: /proc/net/tcp and tcp6 tell the inode of the listening
 * socket, the links in /proc/PID/fd tell whose it is.  Asked only when a bind
 * has failed, so speed does not matter.
 */
#include "port.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

/* The kernel prints an address as 32-bit words in host order, in hex. */
static int
proc_address(struct slice hex, struct ip *ip)
{
	struct sockaddr_storage address;
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	unsigned char octets[16];

	if (hex.n != 8 && hex.n != 32)
		return -1;
	for (size_t i = 0; i < hex.n / 2; i++) {
		int high = ascii_hex(hex.p[2 * i]);
		int low = ascii_hex(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		/* within a word the printed order is big end first */
		octets[i ^ (htonl(1) == 1 ? 0 : 3)] =
		    (unsigned char)(high << 4 | low);
	}
	memset(ip, 0, sizeof(*ip));
	if (hex.n == 8) {
		memcpy(ip->octets, octets, 4);
		ip->size = 4;
		return 0;
	}
	memcpy(&v6.sin6_addr, octets, 16);
	memcpy(&address, &v6, sizeof(v6));
	return ip_from_sockaddr(&address, ip, NULL);
}

static bool
collides(const struct ip *bound, const struct ip *wanted)
{
	static const struct ip any4 = {.size = 4}, any6 = {.size = 16};

	return wanted == NULL || ip_equal(bound, wanted) ||
	    ip_equal(bound, &any6) || ip_equal(wanted, &any6) ||
	    (wanted->size == 4 && ip_equal(bound, &any4)) ||
	    (bound->size == 4 && ip_equal(wanted, &any4));
}

/* `sl local:port remote:port st ...' with the inode as the tenth word. */
static bool
line_listens(struct slice line, const struct ip *ip, uint16_t port,
    char inode[24])
{
	struct slice words[10], address;
	struct ip bound;
	size_t n = 0;
	char port_hex[8];

	while (n < 10 && (line = slice_trim(line)).n > 0)
		words[n++] = slice_cut(&line, ' ');
	if (n < 10 || !slice_is(words[3], "0A") || words[9].n >= 24)
		return false;
	address = slice_cut(&words[1], ':');
	snprintf(port_hex, sizeof(port_hex), "%04X", port);
	if (words[1].p == NULL || !slice_is(words[1], port_hex) ||
	    proc_address(address, &bound) < 0 || !collides(&bound, ip))
		return false;
	memcpy(inode, words[9].p, words[9].n);
	inode[words[9].n] = '\0';
	return true;
}

static bool
find_listener(
    const char *path, const struct ip *ip, uint16_t port, char inode[24])
{
	struct buf text = BUF_LIMITED((size_t)64 << 20);
	struct slice rest;
	bool found = false;

	if (io_read_file(path, &text, NULL) == 0) {
		rest = buf_slice(&text);
		while (!found && rest.p != NULL)
			found = line_listens(
			    slice_line(&rest), ip, port, inode);
	}
	buf_free(&text);
	return found;
}

static bool
process_holds(const char *pid, const char *link)
{
	char path[64], target[64];
	struct dirent *entry;
	bool found = false;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	folder = opendir(path);
	if (folder == NULL)
		return false;
	while (!found && (entry = readdir(folder)) != NULL) {
		ssize_t n = readlinkat(
		    dirfd(folder), entry->d_name, target, sizeof(target) - 1);

		if (n <= 0)
			continue;
		target[n] = '\0';
		found = strcmp(target, link) == 0;
	}
	closedir(folder);
	return found;
}

static void
put_holder(const char *inode, struct buf *out)
{
	char link[48], path[64];
	struct buf name = BUF_LIMITED(4096);
	struct dirent *entry;
	bool found = false;
	DIR *folder = opendir("/proc");

	snprintf(link, sizeof(link), "socket:[%s]", inode);
	while (!found && folder != NULL && (entry = readdir(folder)) != NULL) {
		if (!ascii_is_digit(entry->d_name[0]) ||
		    !process_holds(entry->d_name, link))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/comm",
		    entry->d_name);
		io_read_file(path, &name, NULL);
		buf_format(out, "%.*s (pid %s)",
		    SLICE_ARG(slice_trim(buf_slice(&name))), entry->d_name);
		found = true;
	}
	if (folder != NULL)
		closedir(folder);
	if (!found)
		buf_append_text(out, "another program");
	buf_free(&name);
}

int
port_holder(const struct ip *ip, uint16_t port, struct buf *out)
{
	char inode[24];

	if (!find_listener("/proc/net/tcp", ip, port, inode) &&
	    !find_listener("/proc/net/tcp6", ip, port, inode))
		return 0;
	put_holder(inode, out);
	return 1;
}
