/* SPDX-License-Identifier: ISC */
/*
 * mbox files: what is read of one and written into another is read again the
 * same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "record/lines.h"
#include "record/mbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
open_octets(struct slice octets)
{
	int fd = memfd_create("mbox", MFD_CLOEXEC);

	if (fd < 0 || io_write(fd, octets.p, octets.n) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		abort();
	return fd;
}

/* Line ends pass both ways as well. */
static void
check_lines(struct slice octets)
{
	struct buf lines = BUF_INIT, body = BUF_INIT, back = BUF_INIT;

	buf_append_slice(&body, octets);
	if (lines_look(octets, &lines) != LINES_MIXED &&
	    (lines_to_crlf(&body) < 0 ||
		lines_restore(buf_slice(&body), buf_slice(&lines), &back) < 0 ||
		!slice_equal(octets, buf_slice(&back))))
		abort();
	buf_free(&lines);
	buf_free(&body);
	buf_free(&back);
}

static void
check_again(struct slice written, struct slice message)
{
	struct buf again = BUF_INIT, from = BUF_INIT;
	int fd = open_octets(written);
	struct mbox m;

	mbox_open(&m, fd, SLICE_NONE, 1 << 20);
	if (mbox_next(&m, &again, &from, NULL) != 1 ||
	    !slice_equal(slice_part(buf_slice(&again), 0, message.n),
		message) || again.n > message.n + 1)
		abort();
	mbox_close(&m);
	buf_free(&again);
	buf_free(&from);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf message = BUF_INIT, from = BUF_INIT, written = BUF_INIT;
	int fd = open_octets(slice_of(data, size)), got;
	struct mbox m;

	check_lines(slice_of(data, size));
	mbox_open(&m, fd, SLICE_NONE, 4096);
	while ((got = mbox_next(&m, &message, &from, NULL)) != 0) {
		if (got < 0)
			continue;
		mbox_date_ms(buf_slice(&from));
		buf_truncate(&written, 0);
		mbox_append(&written, buf_slice(&from), 0,
		    buf_slice(&message));
		check_again(buf_slice(&written), buf_slice(&message));
	}
	mbox_close(&m);
	buf_free(&message);
	buf_free(&from);
	buf_free(&written);
	close(fd);
	return 0;
}
