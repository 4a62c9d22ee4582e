/* SPDX-License-Identifier: ISC */
/*
 * The program's end of UCSPI-TCP and of inetd.
 */
#include "inetd.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"

void
inetd_peer(struct ip *ip, uint16_t *port)
{
	struct slice ip_said = slice_text(getenv("TCPREMOTEIP"));
	struct slice port_said = slice_text(getenv("TCPREMOTEPORT"));
	struct sockaddr_storage address;
	socklen_t n = sizeof(address);
	int64_t number = 0;

	*ip = (struct ip){.size = 0};
	*port = 0;
	if (ip_said.p != NULL && ip_parse(ip_said, ip) == 0) {
		if (port_said.p != NULL)
			number_parse(port_said, 0, 65535, &number);
		*port = (uint16_t)number;
	} else if (getpeername(0, (struct sockaddr *)&address, &n) == 0) {
		ip_from_sockaddr(&address, ip, port);
	}
}

void
inetd_detach_stderr(void)
{
	struct stat in, error;
	int null;

	if (fstat(0, &in) < 0 || fstat(2, &error) < 0 ||
	    !S_ISSOCK(error.st_mode) || in.st_ino != error.st_ino ||
	    in.st_dev != error.st_dev)
		return;
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, 2);
		close(null);
	}
}
