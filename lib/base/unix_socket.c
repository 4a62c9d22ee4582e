/* SPDX-License-Identifier: ISC */
/*
 * UNIX sockets by path.
 */
#include "unix_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "io.h"

#define BACKLOG 1024

static int
fill_address(struct sockaddr_un *address, const char *path, struct err *err)
{
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(address->sun_path))
		return err_set(err, ERR_CONFIG,
		    "'%s' is no path for a socket: it has 1 to %zu octets",
		    path, sizeof(address->sun_path) - 1);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, path, n + 1);
	return 0;
}

int
unix_socket_check(const char *path, struct err *err)
{
	struct sockaddr_un address;

	return fill_address(&address, path, err);
}

static int
make_socket(struct sockaddr_un *address, const char *path, int type,
    struct err *err)
{
	int fd;

	if (fill_address(address, path, err) < 0)
		return -1;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	return fd < 0 ? err_errno(err, "cannot make a socket") : fd;
}

int
unix_socket_connect(const char *path, int type, struct err *err)
{
	struct sockaddr_un address;
	int fd = make_socket(&address, path, type | SOCK_NONBLOCK, err);

	if (fd < 0)
		return -1;
	/* a full backlog is EAGAIN at once: whoever asks may be the parent of
	 * all sessions, which must not wait */
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    ((type & SOCK_NONBLOCK) || io_set_nonblocking(fd, false) == 0))
		return fd;
	err_errno(err, "cannot connect to '%s'", path);
	close(fd);
	return -1;
}

/* Does nobody have it bound any more?  One whose server is too busy to take
 * us, or may not be asked by us, is not ours to replace. */
static bool
is_stale(const char *path, int type)
{
	struct sockaddr_un address;
	int fd = make_socket(&address, path, type | SOCK_NONBLOCK, NULL);
	bool refused = fd >= 0 &&
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 &&
	    errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return refused;
}

/* A socket file outlives its server. */
static int
remove_stale(const char *path, int type, struct err *err)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0
				       : err_errno(err, "cannot look at '%s'",
					     path);
	if (!S_ISSOCK(status.st_mode))
		return err_set(err, ERR_CONFIG,
		    "'%s' is there and is no socket", path);
	if (!is_stale(path, type))
		return err_set(err, ERR_SYSTEM,
		    "another process serves '%s'", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return err_errno(err, "cannot remove the stale '%s'", path);
	return 0;
}

int
unix_socket_listen(const char *path, int type, mode_t mode, gid_t group,
    struct err *err)
{
	struct sockaddr_un address;
	int fd = -1;

	if (remove_stale(path, type, err) < 0)
		return -1;
	fd = make_socket(&address, path, type, err);
	if (fd < 0)
		return -1;
	/* made with umask 077: nobody gets in before mode and group are set */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err_errno(err, "cannot make the socket '%s'", path);
	else if (group != (gid_t)-1 && chown(path, (uid_t)-1, group) < 0)
		err_errno(err, "cannot give '%s' to its group", path);
	else if (chmod(path, mode) < 0)
		err_errno(err, "cannot set the mode of '%s'", path);
	else if (io_set_nonblocking(fd, true) < 0 ||
	    (type != SOCK_DGRAM && listen(fd, BACKLOG) < 0))
		err_errno(err, "cannot listen on '%s'", path);
	else
		return fd;
	close(fd);
	return -1;
}

uid_t
unix_socket_peer(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return (uid_t)-1;
	return peer.uid;
}
