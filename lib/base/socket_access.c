/* SPDX-License-Identifier: ISC */
/*
 * Users, groups and modes of a socket, as the administrator names them.
 */
#include "socket_access.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "mem.h"
#include "number.h"

static int
read_mode(const char *text, mode_t *out, struct err *err)
{
	mode_t mode = 0;
	const char *c;

	for (c = text; *c >= '0' && *c <= '7' && mode <= 0777; c++)
		mode = mode << 3 | (mode_t)(*c - '0');
	if (*c != '\0' || mode == 0 || mode > 0777)
		return err_set(err, ERR_USAGE, "'%s' is no octal mode", text);
	*out = mode;
	return 0;
}

static int
read_group(const char *text, gid_t *out, struct err *err)
{
	const struct group *group = text == NULL ? NULL : getgrnam(text);
	int64_t gid = -1;

	if (group != NULL)
		gid = group->gr_gid;
	else if (text != NULL &&
	    number_parse(slice_text(text), 0, UINT32_MAX - 1, &gid) < 0)
		return err_set(
		    err, ERR_USAGE, "there is no group '%s'", text);
	*out = (gid_t)gid;
	return 0;
}

static int
read_user(const char *text, uid_t *out, struct err *err)
{
	const struct passwd *user = getpwnam(text);
	int64_t uid;

	if (user != NULL)
		uid = user->pw_uid;
	else if (number_parse(slice_text(text), 0, UINT32_MAX - 1, &uid) < 0)
		return err_set(err, ERR_USAGE, "there is no user '%s'", text);
	*out = (uid_t)uid;
	return 0;
}

int
socket_access_check_mode(const char *text, struct err *err)
{
	mode_t mode;

	return read_mode(text, &mode, err);
}

int
socket_access_check_group(const char *text, struct err *err)
{
	gid_t gid;

	return read_group(text, &gid, err);
}

int
socket_access_check_user(const char *text, struct err *err)
{
	uid_t uid;

	return read_user(text, &uid, err);
}

int
socket_access_read(struct socket_access *access,
    const struct socket_access_conf *conf, struct err *err)
{
	*access = (struct socket_access){.peers_n = 0};
	if (read_mode(conf->mode, &access->mode, err) < 0 ||
	    read_group(conf->group, &access->group, err) < 0)
		return -1;
	access->peers =
	    mem_zalloc((conf->peers.n + 1) * sizeof(*access->peers));
	for (; access->peers_n < conf->peers.n; access->peers_n++)
		if (read_user(conf->peers.items[access->peers_n],
			&access->peers[access->peers_n], err) < 0) {
			socket_access_free(access);
			return -1;
		}
	return 0;
}

void
socket_access_free(struct socket_access *access)
{
	free(access->peers);
	*access = (struct socket_access){.peers_n = 0};
}

bool
socket_access_allows(const uid_t *peers, size_t n, uid_t uid)
{
	if (uid == 0 || uid == geteuid())
		return true;
	for (size_t i = 0; i < n; i++)
		if (peers[i] == uid)
			return true;
	return false;
}
