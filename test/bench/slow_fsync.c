/* SPDX-License-Identifier: ISC */
/*
 * A preloaded library that makes each fsync(2) and fdatasync(2) take FSYNC_MS
 * milliseconds at least, as a plain SSD does: the disks of virtual machines
 * are often too good to be true.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct timespec least;

int fsync(int fd);
int fdatasync(int fd);

__attribute__((constructor)) static void
read_time(void)
{
	const char *text = getenv("FSYNC_MS");
	long ms = text != NULL ? strtol(text, NULL, 10) : 0;

	least = (struct timespec){ms / 1000, ms % 1000 * 1000000};
}

static int
slow_call(long call, int fd)
{
	struct timespec end;
	int result;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += least.tv_sec;
	end.tv_nsec += least.tv_nsec;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	result = (int)syscall(call, fd);
	while (clock_nanosleep(
		   CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) != 0)
		continue;
	return result;
}

int
fsync(int fd)
{
	return slow_call(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	return slow_call(SYS_fdatasync, fd);
}
