/* SPDX-License-Identifier: ISC */
/*
 * The UNIX socket of a pool.
 */
#include "record/pool_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/id.h"
#include "base/io.h"
#include "record/stream.h"

#define BACKLOG 1024
#define STATUS_WAIT_S 10

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

static int
make_socket(struct sockaddr_un *address, const char *path, struct err *err)
{
	int fd;

	if (fill_address(address, path, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd < 0 ? err_errno(err, "cannot make a socket") : fd;
}

int
pool_connect(const char *path, struct err *err)
{
	struct sockaddr_un address;
	int fd = make_socket(&address, path, err);

	if (fd < 0)
		return -1;
	/* a full backlog is EAGAIN at once: whoever asks may be the parent of
	 * all sessions, which must not wait */
	if (io_set_nonblocking(fd, true) == 0 &&
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    io_set_nonblocking(fd, false) == 0)
		return fd;
	err_errno(err, "cannot connect to '%s'", path);
	close(fd);
	return -1;
}

/* A socket file outlives its server: only one that nobody answers is ours to
 * replace. */
static int
remove_stale(const char *path, struct err *err)
{
	struct stat status;
	int fd;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0
				       : err_errno(err, "cannot look at '%s'",
					     path);
	if (!S_ISSOCK(status.st_mode))
		return err_set(err, ERR_CONFIG,
		    "'%s' is there and is no socket", path);
	fd = pool_connect(path, NULL);
	if (fd >= 0) {
		close(fd);
		return err_set(err, ERR_SYSTEM,
		    "another pool serves '%s'", path);
	}
	if (unlink(path) < 0 && errno != ENOENT)
		return err_errno(err, "cannot remove the stale '%s'", path);
	return 0;
}

int
pool_listen(const char *path, mode_t mode, gid_t group, struct err *err)
{
	struct sockaddr_un address;
	int fd = -1;

	if (remove_stale(path, err) < 0)
		return -1;
	fd = make_socket(&address, path, err);
	if (fd < 0)
		return -1;
	/* made with umask 077: nobody gets in before mode and group are set */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err_errno(err, "cannot make the socket '%s'", path);
	else if (group != (gid_t)-1 && chown(path, (uid_t)-1, group) < 0)
		err_errno(err, "cannot give '%s' to its group", path);
	else if (chmod(path, mode) < 0)
		err_errno(err, "cannot set the mode of '%s'", path);
	else if (io_set_nonblocking(fd, true) < 0 || listen(fd, BACKLOG) < 0)
		err_errno(err, "cannot listen on '%s'", path);
	else
		return fd;
	close(fd);
	return -1;
}

uid_t
pool_peer(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return (uid_t)-1;
	return peer.uid;
}

static int
ask_status(int fd, struct buf *out, struct err *err)
{
	struct timeval wait = {.tv_sec = STATUS_WAIT_S};
	struct record *question = record_new(), *answer = NULL;
	struct record_writer writer;
	struct record_reader reader;
	char id[ID_SIZE];
	int result = -1;

	id_make(id);
	meta_set_text(&question->meta, "id", slice_text(id));
	meta_set(&question->meta, "pool", SLICE("\"status\""));
	record_writer_init(&writer, fd);
	record_reader_init(&reader, fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (record_write(&writer, question, err) == 0 &&
	    record_write_mark(&writer, err) == 0) {
		if (record_read(&reader, &answer, err) == RECORD_READ)
			result = buf_append_slice(
			    out, meta_get(&answer->meta, "pool"));
		else
			err_set(err, ERR_SYSTEM, "the pool does not answer");
	}
	record_free(question);
	record_free(answer);
	record_writer_free(&writer);
	record_reader_free(&reader);
	return result;
}

int
pool_status(const char *path, struct buf *out, struct err *err)
{
	int fd = pool_connect(path, err);
	int result;

	if (fd < 0)
		return -1;
	result = ask_status(fd, out, err);
	close(fd);
	return result;
}
