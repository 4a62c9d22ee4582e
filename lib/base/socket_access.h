/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_SOCKET_ACCESS_H
#define FE_BASE_SOCKET_ACCESS_H

#include <sys/types.h>

#include "option.h"

/*
 * Who may come in at a UNIX socket: its permissions and group, and of those
 * who can connect, which users are served.
 */
struct socket_access_conf {
	const char *mode, *group;
	struct option_list peers;
};
#define SOCKET_ACCESS_OPTIONS(type, member) \
	{OPTION_TEXT, 0, "mode", offsetof(type, member.mode), "MODE", \
	    "0660", .help = "permissions of the socket, octal", \
	    .check = socket_access_check_mode}, \
	{OPTION_TEXT, 0, "group", offsetof(type, member.group), "GROUP", \
	    .help = "group of the socket", \
	    .check = socket_access_check_group}, \
	{OPTION_LIST, 0, "peer", offsetof(type, member.peers), "USER", \
	    .help = "a user, by name or uid, who may connect besides root " \
	    "and our own", .check = socket_access_check_user}

/* Of those options: is there one, and is it well written? */
int socket_access_check_mode(const char *text, struct err *err);
int socket_access_check_group(const char *text, struct err *err);
int socket_access_check_user(const char *text, struct err *err);

struct socket_access {
	mode_t mode;
	gid_t group; /* (gid_t)-1: ours */
	uid_t *peers;
	size_t peers_n;
};

/* Looks the names up.  ERR_USAGE. */
int socket_access_read(struct socket_access *access,
    const struct socket_access_conf *conf, struct err *err);
void socket_access_free(struct socket_access *access);
/* A peer, root, or our own user. */
bool socket_access_allows(const uid_t *peers, size_t n, uid_t uid);

#endif
