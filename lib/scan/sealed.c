/* SPDX-License-Identifier: ISC */
/* Octets behind a descriptor (sealed.h), never in a file on disk. */
#include "sealed.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int
sealed_make(struct slice octets, struct err *err)
{
	int fd = memfd_create("fe", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return err_errno(err, "cannot make a memory file");
	if (io_write(fd, octets.p, octets.n) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0 ||
	    fcntl(fd, F_ADD_SEALS, SEALS) < 0) {
		err_errno(err, "cannot fill a memory file");
		close(fd);
		return -1;
	}
	return fd;
}

int
sealed_begin(struct buf *octets, size_t max, struct err *err)
{
	int fd = memfd_create("fe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *p = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, (off_t)max + 1) == 0)
		p = mmap(NULL, max + 1, PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, 0);
	if (p == MAP_FAILED) {
		err_errno(err, "cannot make a memory file");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	/* As long as there is room no verb of buf.h moves it. */
	*octets = (struct buf){.p = p, .capacity = max + 1, .max = max};
	return fd;
}

int
sealed_end(int fd, struct buf *octets, struct slice *mapped, struct err *err)
{
	size_t n = octets->n;

	munmap(octets->p, octets->capacity);
	*octets = (struct buf)BUF_INIT;
	if (ftruncate(fd, (off_t)n) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		err_errno(err, "cannot seal a memory file");
	else if (sealed_map(fd, mapped, err) == 0 &&
	    lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return -1;
}

int
sealed_map(int fd, struct slice *octets, struct err *err)
{
	int seals = fcntl(fd, F_GET_SEALS);
	off_t size = lseek(fd, 0, SEEK_END); /* fstat(2) would be an open */
	void *p;

	if (seals < 0 || (seals & SEALS) != SEALS || size < 0)
		return err_set(err, ERR_SYSTEM, "this is no sealed memory");
	*octets = SLICE("");
	if (size == 0)
		return 0;
	/* shared, it might become writable: older kernels refuse that */
	p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_errno(err, "cannot map sealed memory");
	*octets = slice_of(p, (size_t)size);
	return 0;
}
