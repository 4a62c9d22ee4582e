/* SPDX-License-Identifier: ISC */
/*
 * The end of a delivery pipeline, played: reads records, answers receipts,
 * stores nothing.  For benchmarks of what comes before it, and for tests of
 * what servers make of receipts.
 *
 *	receipts [DIR]
 *
 * With DIR each record is left there as ID.json and ID.eml, and the count of
 * every end mark is added to DIR/marks.  A recipient whose local part (up to
 * a `-') is the name of a status gets that status, all others `stored'.  The
 * sender's local part may ask for more:
 *	reject discard tempfail		that verdict
 *	reject-552			with a code and text of its own
 *	die, die-once			no answer, exit 1 (once: by DIR/died)
 *	stall				no answer at all
 *	garbage, echo			an answer that is no receipt
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "record/receipt.h"
#include "record/stream.h"

static void
leave_file(const char *folder, struct slice name, const char *suffix,
    struct slice content, int flags)
{
	char path[1024];
	int fd;

	if (folder == NULL)
		return;
	snprintf(path, sizeof(path), "%s/%.*s%s", folder, SLICE_ARG(name),
	    suffix);
	fd = open(path, O_WRONLY | O_CREAT | flags, 0600);
	if (fd < 0 || io_write(fd, content.p, content.n) < 0)
		exit(75);
	close(fd);
}

static enum delivery_status
status_of(struct slice address)
{
	struct slice local = slice_part(address, 0, slice_find(address, '@'));
	struct slice name = slice_part(local, 0, slice_find(local, '-'));

	for (enum delivery_status s = DELIVERY_STORED; s <= DELIVERY_DEFERRED;
	     s++)
		if (slice_is(name, delivery_status_name(s)))
			return s;
	return DELIVERY_STORED;
}

static void
set_verdict(struct meta *m, struct slice from)
{
	if (slice_starts(from, "reject-552@"))
		meta_set(m, "verdict", SLICE("{\"action\":\"reject\","
		    "\"code\":552,\"enhanced\":\"5.3.4\",\"text\":\"no\\r\\n"
		    "250 such thing\"}"));
	else if (slice_starts(from, "reject@"))
		meta_set(m, "verdict", SLICE("{\"action\":\"reject\"}"));
	else if (slice_starts(from, "discard@"))
		meta_set(m, "verdict", SLICE("{\"action\":\"discard\"}"));
	else if (slice_starts(from, "tempfail@"))
		meta_set(m, "verdict", SLICE("{\"action\":\"tempfail\"}"));
}

/* What the sender asks for instead of an answer. */
static void
misbehave(struct slice from, const char *folder)
{
	char path[1024];

	if (slice_starts(from, "die@"))
		exit(1);
	if (slice_starts(from, "die-once@") && folder != NULL) {
		snprintf(path, sizeof(path), "%s/died", folder);
		if (access(path, F_OK) < 0) {
			leave_file(folder, SLICE("died"), "", SLICE(""), 0);
			exit(1);
		}
	}
	while (slice_starts(from, "stall@"))
		sleep(1);
}

static void
answer(struct record_writer *out, struct record *r, const char *folder)
{
	struct slice to = meta_at(&r->meta, "envelope.to"), item;
	struct slice from = json_plain(meta_at(&r->meta, "envelope.from"));
	struct delivery *items = mem_alloc(1);
	struct json_walk walk = json_walk(to);
	struct err err = ERR_INIT;
	struct record *receipt;
	size_t n = 0;

	misbehave(from, folder);
	if (slice_starts(from, "garbage@"))
		io_write(1, "what?\n", 6);
	set_verdict(&r->meta, from);
	while (json_next(&walk, NULL, &item)) {
		struct slice address = json_plain(json_get(item, "address"));

		items = mem_array(items, n + 1, sizeof(*items));
		items[n++] = (struct delivery){.address = address,
		    .mailbox = address, .status = status_of(address)};
	}
	receipt = receipt_new(&r->meta, items, n);
	if (slice_starts(from, "echo@"))
		buf_append_text(&receipt->body, "no receipt\r\n");
	if (record_write(out, receipt, &err) < 0) {
		fprintf(stderr, "receipts: %s\n", err.text);
		exit(75);
	}
	record_free(receipt);
	free(items);
}

static void
leave(struct record *r, const char *folder)
{
	struct buf line = BUF_INIT;
	struct slice id = json_plain(meta_get(&r->meta, "id"));

	if (folder == NULL)
		return;
	meta_write(&r->meta, &line, NULL);
	leave_file(folder, id, ".json", buf_slice(&line), O_TRUNC);
	leave_file(folder, id, ".eml", buf_slice(&r->body), O_TRUNC);
	buf_free(&line);
}

int
main(int argc, char *argv[])
{
	const char *folder = argc > 1 ? argv[1] : NULL;
	struct record_reader reader;
	struct record_writer writer;
	struct record *record = NULL;
	struct err err = ERR_INIT;
	int64_t n = 0;

	record_reader_init(&reader, 0, INT64_MAX);
	record_writer_init(&writer, 1);
	for (;;) {
		struct buf mark = BUF_INIT;

		switch (record_read(&reader, &record, &err)) {
		case RECORD_READ:
			leave(record, folder);
			answer(&writer, record, folder);
			record_free(record);
			n++;
			break;
		case RECORD_MARK:
			buf_format(&mark, "%lld\n", (long long)n);
			leave_file(folder, SLICE("marks"), "",
			    buf_slice(&mark), O_APPEND);
			buf_free(&mark);
			n = 0;
			break;
		case RECORD_END:
			record_reader_free(&reader);
			record_writer_free(&writer);
			return 0;
		default:
			fprintf(stderr, "receipts: %s\n", err.text);
			return 75;
		}
	}
}
