/* SPDX-License-Identifier: ISC */
/*
 * Deliveries and tables for a session.
 */
#include "launch.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/process.h"

static int
make_pipes(int in[2], int out[2], struct err *err)
{
	if (pipe2(in, O_CLOEXEC) < 0)
		return err_errno(err, "cannot make a pipe");
	if (pipe2(out, O_CLOEXEC) == 0)
		return 0;
	err_errno(err, "cannot make a pipe");
	close(in[0]);
	close(in[1]);
	return -1;
}

static pid_t
start(const struct launch_conf *conf, int socket, struct err *err)
{
	int in[2], out[2], ends[2];
	pid_t pid;

	if (make_pipes(in, out, err) < 0)
		return -1;
	pid = process_start(conf->deliver,
	    (struct process_fd[]){{in[0], 0}, {out[1], 1}}, 2, err);
	ends[0] = in[1];
	ends[1] = out[0];
	if (pid > 0 && process_send_fds(socket, 'd', ends, 2, err) < 0) {
		int status;

		process_kill(pid, SIGKILL);
		process_wait(pid, -1, &status);
		pid = -1;
	}
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
	return pid;
}

/* The one descriptor is both ends. */
static int
reach(const struct launch_conf *conf, int socket, struct err *err)
{
	int fd = conf->reach(conf->context, err);
	int result;

	if (fd < 0)
		return -1;
	result = process_send_fds(socket, 'd', &fd, 1, err);
	close(fd);
	return result;
}

pid_t
launch_delivery(const struct launch_conf *conf, int socket, struct err *err)
{
	return conf->deliver != NULL ? start(conf, socket, err)
				     : reach(conf, socket, err);
}

int
launch_files(const struct launch_conf *conf, int socket, struct err *err)
{
	int fds[2], result;

	for (int i = 0; i < 2; i++) {
		fds[i] = open(conf->files[i], O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	result = process_send_fds(socket, 'r', fds, 2, err);
	close(fds[0]);
	close(fds[1]);
	return result;
}
