/* SPDX-License-Identifier: ISC */
/*
 * What the record costs: json_check and meta_parse of a meta as fe-verify and
 * fe-scan leave it (CPU time), and records of 10 KB through a pipe into
 * another process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "record/stream.h"

#define ROUNDS 20000
#define ID "01ARZ3NDEKTSV4RRFFQ69G5FAV"

static void
make_meta(struct buf *out, size_t size)
{
	buf_append_text(out, "{\"fe\":1,\"id\":\"" ID "\",\"size\":10240,"
	    "\"checks\":{\"spf\":{\"result\":\"pass\",\"domain\":"
	    "\"example.org\"}},\"scan\":{\"urls\":[");
	for (int i = 0; out->n < size - 10; i++)
		buf_format(out, "%s{\"host\":\"www%d.example.net\",\"path\":"
		    "\"/a/b?c=%d\",\"score\":0.%03d,\"seen\":true}",
		    i ? "," : "", i, i * 7, i % 1000);
	buf_append_text(out, "]}}");
}

static void
tell(const char *what, size_t octets, int64_t spent_us)
{
	double us = (double)spent_us / ROUNDS;

	printf("  %-34s %6zu octets %8.2f us %8.0f MB/s\n", what, octets, us,
	    (double)octets / us);
}

static void
bench_meta(size_t size)
{
	struct buf line = BUF_INIT;
	int64_t start;

	make_meta(&line, size);
	start = clock_cpu_us();
	for (int i = 0; i < ROUNDS; i++)
		if (json_check(buf_slice(&line), NULL) < 0)
			abort();
	tell("json_check", line.n, clock_cpu_us() - start);
	start = clock_cpu_us();
	for (int i = 0; i < ROUNDS; i++) {
		struct meta m;

		if (meta_parse(&m, buf_slice(&line), NULL) < 0)
			abort();
		meta_free(&m);
	}
	tell("meta_parse", line.n, clock_cpu_us() - start);
	buf_free(&line);
}

static int
write_records(int fd)
{
	struct record_writer writer;
	struct record *r = record_new();
	struct buf line = BUF_INIT;

	meta_free(&r->meta);
	make_meta(&line, 2048);
	if (meta_parse(&r->meta, buf_slice(&line), NULL) < 0)
		return 1;
	for (int i = 0; i < 10240; i++)
		buf_append_char(&r->body, (char)('a' + i % 26));
	record_writer_init(&writer, fd);
	for (int i = 0; i < ROUNDS; i++)
		if (record_write(&writer, r, NULL) < 0)
			return 1;
	return record_write_mark(&writer, NULL) < 0;
}

static void
bench_pipe(void)
{
	struct record_reader reader;
	struct record *r;
	int fds[2], n = 0;
	int64_t start, cpu;

	if (pipe(fds) < 0)
		abort();
	fflush(stdout);
	start = clock_monotonic_us();
	if (fork() == 0)
		_exit(write_records(fds[1]));
	close(fds[1]);
	cpu = clock_cpu_us();
	record_reader_init(&reader, fds[0], 1 << 20);
	while (record_read(&reader, &r, NULL) == RECORD_READ) {
		record_free(r);
		n++;
	}
	if (n != ROUNDS)
		abort();
	tell("record through a pipe", 10240 + 2048,
	    clock_monotonic_us() - start);
	printf("  %-34s %13s %8.2f us\n", "of which CPU of the reader", "",
	    (double)(clock_cpu_us() - cpu) / ROUNDS);
	record_reader_free(&reader);
	wait(NULL);
}

int
main(void)
{
	printf("Records (%d rounds)\n", ROUNDS);
	bench_meta(2048);
	bench_meta(10240);
	bench_pipe();
	return 0;
}
