/* SPDX-License-Identifier: ISC */
#include "record/stream.h"

#include <string.h>
#include <unistd.h>

#include "unit.h"

#define ID1 "01ARZ3NDEKTSV4RRFFQ69G5FAV"
#define ID2 "01ARZ3NDEKTSV4RRFFQ69G5FAW"
#define MARK(n) "{\"fe\":1,\"end\":" #n "}\n"
#define RECORD(id, size, body) \
	"{\"fe\":1,\"id\":\"" id "\",\"size\":" #size "}\n" body

/* Events as letters: r record, m mark, e end, b broken. */
static void
run(struct record_reader *reader, char events[16], struct err *err)
{
	size_t n = 0;

	for (;;) {
		struct record *r = NULL;
		enum record_event event = record_read(reader, &r, err);

		record_free(r);
		events[n++] = "bermb"[event == RECORD_BROKEN ? 0
						: (int)event + 1];
		if (event == RECORD_BROKEN || event == RECORD_END || n == 15)
			break;
	}
	events[n] = '\0';
}

static const struct {
	const char *name, *stream, *events;
	enum err_kind kind;
} rows[] = {
    {"one record", RECORD(ID1, 3, "abc") MARK(1), "rme", ERR_NONE},
    {"two segments", RECORD(ID1, 3, "a\nc") MARK(1) RECORD(ID2, 0, "") MARK(1),
	"rmrme", ERR_NONE},
    {"an empty segment", MARK(0), "me", ERR_NONE},
    {"an empty stream", "", "b", ERR_SYSTEM},
    {"no mark", RECORD(ID1, 3, "abc"), "rb", ERR_SYSTEM},
    {"no second mark", RECORD(ID1, 3, "abc") MARK(1) RECORD(ID2, 1, "x"),
	"rmrb", ERR_SYSTEM},
    {"too few", RECORD(ID1, 3, "abc") MARK(2), "rb", ERR_SYSTEM},
    {"too many", RECORD(ID1, 3, "abc") RECORD(ID2, 1, "d") MARK(1), "rrb",
	ERR_SYSTEM},
    {"a short body", RECORD(ID1, 4, "abc"), "b", ERR_SYSTEM},
    {"a body cut to nothing", RECORD(ID1, 4, ""), "b", ERR_SYSTEM},
    {"a cut meta", "{\"fe\":1,\"id\":\"" ID1, "b", ERR_SYSTEM},
    {"a cut mark", RECORD(ID1, 3, "abc") "{\"fe\":1,\"end\":1}", "rb",
	ERR_SYSTEM},
    {"a longer body than its size", RECORD(ID1, 2, "abc\n") MARK(1), "rb",
	ERR_MESSAGE},
    {"no JSON", "hello\n", "b", ERR_MESSAGE},
    {"an empty line", "\n", "b", ERR_MESSAGE},
    {"no id", "{\"fe\":1,\"size\":0}\n", "b", ERR_MESSAGE},
    {"an id to climb with", "{\"fe\":1,\"id\":\"../../x\",\"size\":0}\n", "b",
	ERR_MESSAGE},
    {"no size", "{\"fe\":1,\"id\":\"" ID1 "\"}\n", "b", ERR_MESSAGE},
    {"a size below 0", RECORD(ID1, -1, ""), "b", ERR_MESSAGE},
    {"a broken size", RECORD(ID1, 1.5, ""), "b", ERR_MESSAGE},
    {"a size over the limit", RECORD(ID1, 1001, ""), "b", ERR_MESSAGE},
    {"a mark of no number", "{\"fe\":1,\"end\":\"1\"}\n", "b", ERR_MESSAGE},
    {"a later version", "{\"fe\":2,\"end\":0}\n", "b", ERR_MESSAGE},
};

static void
tells_whole_streams_from_cut_ones(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct record_reader reader;
		struct err err = ERR_INIT;
		char events[16];

		record_reader_init_memory(
		    &reader, slice_text(rows[i].stream), 1000);
		run(&reader, events, &err);
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].events),
		    slice_text(events));
		EXPECT_NUMBER(rows[i].name, rows[i].kind, err.kind);
		record_reader_free(&reader);
	}
}

static void
what_was_peeked_at_is_read_first(void)
{
	static const char stream[] =
	    RECORD(ID1, 3, "abc") MARK(1) RECORD(ID2, 2, "\r\n") MARK(1);
	struct record_reader reader;
	struct err err = ERR_INIT;
	char events[16];
	int fds[2];

	EXPECT(pipe(fds) == 0);
	record_reader_init(&reader, fds[0], 1000);
	record_reader_feed(&reader, slice_of(stream, 1));
	EXPECT(write(fds[1], stream + 1, sizeof(stream) - 2) ==
	    sizeof(stream) - 2);
	close(fds[1]);
	run(&reader, events, &err);
	EXPECT_SLICE("events", SLICE("rmrme"), slice_text(events));
	record_reader_free(&reader);
	close(fds[0]);
}

static void
an_endless_meta_is_refused_at_a_mebibyte(void)
{
	struct record_reader reader;
	struct buf stream = BUF_INIT;
	struct record *r;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < META_SIZE_MAX + 10; i++)
		buf_append_char(&stream, ' ');
	record_reader_init_memory(&reader, buf_slice(&stream), 1000);
	EXPECT(record_read(&reader, &r, &err) == RECORD_BROKEN);
	EXPECT_NUMBER("kind", ERR_MESSAGE, err.kind);
	record_reader_free(&reader);
	buf_free(&stream);
}

static void
what_is_written_can_be_read_again(void)
{
	struct record_writer writer;
	struct record_reader reader;
	struct record *r = record_new();
	struct err err = ERR_INIT;
	int fds[2];

	EXPECT(pipe(fds) == 0);
	record_writer_init(&writer, fds[1]);
	meta_set_text(&r->meta, "id", SLICE(ID1));
	buf_append(&r->body, "a\0\r\n", 4);
	EXPECT(record_write(&writer, r, &err) == 0);
	EXPECT(record_write_mark(&writer, &err) == 0);
	EXPECT(record_write_mark(&writer, &err) == 0);
	close(fds[1]);
	record_free(r);
	record_reader_init(&reader, fds[0], 1000);
	EXPECT(record_read(&reader, &r, &err) == RECORD_READ);
	EXPECT_SLICE("id", SLICE(ID1), meta_id(&r->meta));
	EXPECT_NUMBER("size", 4, meta_size(&r->meta));
	EXPECT_SLICE("body", slice_of("a\0\r\n", 4), buf_slice(&r->body));
	record_free(r);
	EXPECT(record_read(&reader, &r, &err) == RECORD_MARK);
	EXPECT(record_read(&reader, &r, &err) == RECORD_MARK);
	EXPECT(record_read(&reader, &r, &err) == RECORD_END);
	record_reader_free(&reader);
	record_writer_free(&writer);
	close(fds[0]);
}

static void
a_large_body_passes_whole(void)
{
	struct record_reader reader;
	struct buf stream = BUF_INIT;
	struct record *r = NULL;
	struct err err = ERR_INIT;
	const size_t size = 3 << 20;

	buf_format(&stream, "{\"fe\":1,\"id\":\"" ID1 "\",\"size\":%zu}\n",
	    size);
	for (size_t i = 0; i < size; i++)
		buf_append_char(&stream, (char)i);
	buf_append_text(&stream, MARK(1));
	record_reader_init_memory(&reader, buf_slice(&stream), 4 << 20);
	EXPECT(record_read(&reader, &r, &err) == RECORD_READ);
	EXPECT_NUMBER("size", size, r->body.n);
	EXPECT(record_read(&reader, &(struct record *){NULL}, &err) ==
	    RECORD_MARK);
	record_free(r);
	record_reader_free(&reader);
	buf_free(&stream);
}

int
main(void)
{
	UNIT_RUN(tells_whole_streams_from_cut_ones);
	UNIT_RUN(what_was_peeked_at_is_read_first);
	UNIT_RUN(an_endless_meta_is_refused_at_a_mebibyte);
	UNIT_RUN(what_is_written_can_be_read_again);
	UNIT_RUN(a_large_body_passes_whole);
	return UNIT_RESULT;
}
