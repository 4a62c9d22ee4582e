/* SPDX-License-Identifier: ISC */
/*
 * Asking a pool for its state.
 */
#include "record/pool_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/id.h"
#include "base/unix_socket.h"
#include "record/stream.h"

#define STATUS_WAIT_S 10

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
	int fd = unix_socket_connect(path, SOCK_STREAM, err);
	int result;

	if (fd < 0)
		return -1;
	result = ask_status(fd, out, err);
	close(fd);
	return result;
}
