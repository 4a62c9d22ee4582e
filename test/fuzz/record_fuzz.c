/* SPDX-License-Identifier: ISC */
/*
 * Streams of records from memory: whatever is read must be written such that
 * it is read again the same, and the renderer must take it.  Who has no room
 * for some of the bodies reads as many records.
 */
#include <stdint.h>
#include <stdlib.h>

#include "record/receipt.h"
#include "record/render.h"
#include "record/source.h"
#include "record/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_and_read_again(const struct record *r)
{
	struct buf line = BUF_INIT;
	struct meta again;

	if (meta_write(&r->meta, &line, NULL) == 0) {
		if (meta_parse(&again, slice_part(buf_slice(&line), 0,
			line.n - 1), NULL) < 0 || again.n != r->meta.n ||
		    meta_size(&again) != meta_size(&r->meta))
			abort();
		meta_free(&again);
	}
	buf_free(&line);
}

static void
use(struct record *r)
{
	struct receipt receipt;
	struct source source;
	struct reply reply;
	struct buf out = BUF_INIT;

	write_and_read_again(r);
	if (receipt_parse(&receipt, &r->meta, NULL) == 0)
		receipt_free(&receipt);
	receipt_reply(&r->meta, meta_id(&r->meta), &reply);
	source_get(meta_get(&r->meta, "source"), &source, &out);
	buf_truncate(&out, 0);
	render_text(r, false, &out);
	buf_truncate(&out, 0);
	render_mail(r, false, &out, NULL);
	meta_add_timing(&r->meta, "fe-fuzz", 1, 2);
	meta_drop_header_ops(&r->meta, "fe-fuzz");
	meta_add_header_op(&r->meta, HEADER_PREPEND, "X",
	    slice_part(buf_slice(&r->body), 0, 100), 0, "fe-fuzz");
	meta_set_tempfail(&r->meta, "fe-fuzz", "text");
	write_and_read_again(r);
	buf_free(&out);
}

static void
read_all(struct slice octets, int64_t room, size_t *n, size_t *marks)
{
	struct record_reader reader;
	enum record_event event;

	record_reader_init_memory(&reader, octets, 65536);
	reader.room = room;
	*n = *marks = 0;
	do {
		struct record *r = NULL;

		event = record_read(&reader, &r, NULL);
		if (event == RECORD_READ && room == INT64_MAX)
			use(r);
		if (event == RECORD_AGAIN)
			r = record_reader_refuse(&reader);
		*n += r != NULL;
		*marks += event == RECORD_MARK;
		record_free(r);
	} while (event != RECORD_BROKEN && event != RECORD_END);
	record_reader_free(&reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n, marks, refused_n, refused_marks;

	read_all(slice_of(data, size), INT64_MAX, &n, &marks);
	read_all(slice_of(data, size), 10, &refused_n, &refused_marks);
	/* one whose body is cut short has been refused already */
	if (refused_n < n || refused_n > n + 1 || refused_marks != marks)
		abort();
	return 0;
}
