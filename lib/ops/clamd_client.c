/* SPDX-License-Identifier: ISC */
/* A short talk with clamd. */
#include "ops/clamd_client.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/unix_socket.h"

#define ANSWER_MAX 4096

/* The test file of EICAR, last octet first, so that no scanner takes this
 * program for one. */
static const char eicar[] =
    "*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\\4[PA@%P!O5X";

/* Up to the NUL that ends an answer. */
static int
read_answer(int fd, char *out, size_t size, struct err *err)
{
	int64_t until_ms = clock_monotonic_ms() + CLAMD_CLIENT_MS;
	size_t n = 0;

	while (n + 1 < size) {
		ssize_t got;

		if (io_wait_readable(fd, until_ms - clock_monotonic_ms()) <= 0)
			return err_set(
			    err, ERR_SYSTEM, "clamd does not answer in time");
		got = io_read(fd, out + n, 1);
		if (got < 0)
			return err_errno(err, "cannot read from clamd");
		if (got == 0 || out[n] == '\0')
			break;
		n++;
	}
	out[n] = '\0';
	return 0;
}

static int
ask(const char *path, struct slice question, char *out, size_t size,
    struct err *err)
{
	int fd = unix_socket_connect(path, SOCK_STREAM, err);
	int result;

	if (fd < 0)
		return -1;
	if (io_write(fd, question.p, question.n) < 0)
		result = err_errno(err, "cannot write to clamd");
	else
		result = read_answer(fd, out, size, err);
	close(fd);
	return result;
}

int64_t
clamd_version_time(const char *version)
{
	const char *slash = strrchr(version, '/');
	struct tm tm = {.tm_year = 0};

	if (slash == NULL ||
	    strptime(slash + 1, "%a %b %d %H:%M:%S %Y", &tm) == NULL)
		return 0;
	return (int64_t)timegm(&tm) * 1000;
}

/* The command, one piece of 68 octets behind its length, no more pieces. */
static void
make_stream(struct buf *out)
{
	static const unsigned char length[4] = {0, 0, 0, sizeof(eicar) - 1};
	static const unsigned char end[4] = {0, 0, 0, 0};

	buf_append(out, "zINSTREAM", sizeof("zINSTREAM"));
	buf_append(out, length, sizeof(length));
	for (size_t i = sizeof(eicar) - 1; i > 0; i--)
		buf_append_char(out, eicar[i - 1]);
	buf_append(out, end, sizeof(end));
}

int
clamd_ask(struct clamd_facts *facts, const char *path, struct err *err)
{
	char answer[ANSWER_MAX];
	struct buf stream = BUF_INIT;
	struct slice virus;
	int result;

	memset(facts, 0, sizeof(*facts));
	if (ask(path, slice_of("zVERSION", sizeof("zVERSION")), answer,
		sizeof(answer), err) < 0)
		return -1;
	snprintf(facts->version, sizeof(facts->version), "%s", answer);
	facts->signatures_ms = clamd_version_time(answer);
	make_stream(&stream);
	result = ask(path, buf_slice(&stream), answer, sizeof(answer), err);
	buf_free(&stream);
	if (result < 0)
		return -1;
	/* `stream: NAME FOUND' */
	virus = slice_text(answer);
	if (slice_starts(virus, "stream: ") && slice_ends(virus, " FOUND"))
		snprintf(facts->virus, sizeof(facts->virus), "%.*s",
		    SLICE_ARG(slice_part(virus, 8, virus.n - 6)));
	return 0;
}
