/* SPDX-License-Identifier: ISC */
#include "record/mbox.h"

#include <unistd.h>

#include "base/io.h"
#include "unit.h"

#define MESSAGES_MAX 4

static const struct {
	const char *name, *file;
	const char *messages[MESSAGES_MAX]; /* NULL behind the last */
} rows[] = {
    {"empty", "", {NULL}},
    {"one", "From a\nS: 1\n\nb\n", {"S: 1\n\nb\n"}},
    {"two", "From a\nS: 1\n\nb\n\nFrom c\nS: 2\n", {"S: 1\n\nb\n", "S: 2\n"}},
    {"the empty line at the end is the file's", "From a\nb\n\n", {"b\n"}},
    {"of two empty lines one is the message's", "From a\nb\n\n\n", {"b\n\n"}},
    {"no line end at the end", "From a\nb", {"b"}},
    {"CRLF", "From a\r\nb\r\n\r\nFrom c\r\nd\r\n", {"b\r\n", "d\r\n"}},
    {"From in the middle of a paragraph", "From a\nb\nFrom c\nd\n",
	{"b\nFrom c\nd\n"}},
    {"quotes", "From a\n>From x\n>>From y\n> From z\n>Fromm\nx>From\n",
	{"From x\n>From y\n> From z\n>Fromm\nx>From\n"}},
    {"nothing in it", "From a\n\nFrom b\nc\n", {"", "c\n"}},
    {"From and no more", "From a", {""}},
    {"what stands before the first", "x\n\nFrom a\nb\n", {"b\n"}},
};

/* A descriptor to read the text from. */
static int
open_text(struct slice text)
{
	int fds[2];

	EXPECT(pipe(fds) == 0);
	EXPECT(io_write(fds[1], text.p, text.n) == 0);
	close(fds[1]);
	return fds[0];
}

static void
messages_end_where_the_next_begins(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int fd = open_text(slice_text(rows[i].file));
		struct buf message = BUF_INIT, from = BUF_INIT;
		struct mbox m;
		size_t n = 0;

		mbox_open(&m, fd, SLICE_NONE, 1000);
		while (n < MESSAGES_MAX &&
		    mbox_next(&m, &message, &from, NULL) == 1) {
			EXPECT(rows[i].messages[n] != NULL);
			EXPECT_SLICE(rows[i].name,
			    slice_text(rows[i].messages[n]),
			    buf_slice(&message));
			EXPECT(slice_starts(buf_slice(&from), "From "));
			n++;
		}
		EXPECT(rows[i].messages[n] == NULL);
		mbox_close(&m);
		buf_free(&message);
		buf_free(&from);
		close(fd);
	}
}

static void
a_message_over_the_limit_is_passed_over(void)
{
	int fd = open_text(SLICE("From a\n1\n\nFrom b\n1234567890\n\nFrom c\n"
				 "3\n"));
	struct buf message = BUF_INIT, from = BUF_INIT;
	struct err err = ERR_INIT;
	struct mbox m;

	mbox_open(&m, fd, SLICE_NONE, 5);
	EXPECT(mbox_next(&m, &message, &from, &err) == 1);
	EXPECT(mbox_next(&m, &message, &from, &err) == -1);
	EXPECT_NUMBER("kind", ERR_MESSAGE, err.kind);
	EXPECT(mbox_next(&m, &message, &from, &err) == 1);
	EXPECT_SLICE("third", SLICE("3\n"), buf_slice(&message));
	EXPECT(mbox_next(&m, &message, &from, &err) == 0);
	mbox_close(&m);
	buf_free(&message);
	buf_free(&from);
	close(fd);
}

static void
what_is_appended_is_read_again(void)
{
	static const char *const messages[] = {"A: 1\n\nFrom x\n", ">From\n",
	    "\n", "\n\nFrom a\n\n>>From b\n\n", "no end"};
	struct buf file = BUF_INIT, message = BUF_INIT, from = BUF_INIT;
	const size_t n = sizeof(messages) / sizeof(*messages);
	struct mbox m;
	int fd;

	for (size_t i = 0; i < n; i++)
		mbox_append(&file, SLICE("a b@c"), 86400000,
		    slice_text(messages[i]));
	fd = open_text(buf_slice(&file));
	mbox_open(&m, fd, SLICE_NONE, 1000);
	for (size_t i = 0; i < n; i++) {
		EXPECT(mbox_next(&m, &message, &from, NULL) == 1);
		EXPECT_SLICE("from", SLICE("From a_b@c Fri Jan  2 00:00:00 "
		    "1970"), buf_slice(&from));
		EXPECT_NUMBER("date", 86400000,
		    mbox_date_ms(buf_slice(&from)));
		if (i + 1 < n)
			EXPECT_SLICE("message", slice_text(messages[i]),
			    buf_slice(&message));
		else
			EXPECT_SLICE("ended", SLICE("no end\n"),
			    buf_slice(&message));
	}
	EXPECT(mbox_next(&m, &message, &from, NULL) == 0);
	mbox_close(&m);
	buf_free(&file);
	buf_free(&message);
	buf_free(&from);
	close(fd);
}

int
main(void)
{
	UNIT_RUN(messages_end_where_the_next_begins);
	UNIT_RUN(a_message_over_the_limit_is_passed_over);
	UNIT_RUN(what_is_appended_is_read_again);
	return UNIT_RESULT;
}
