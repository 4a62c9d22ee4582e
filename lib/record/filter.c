/* SPDX-License-Identifier: ISC */
/*
 * Standard input to records to standard output (fe-record(5)).  Nothing here
 * looks into a message; who made a stream is trusted, which is why only a
 * pipe or socket is ever taken for one without -i record.
 */
#include "record/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "record/intake.h"

#define STREAM_BEGIN "{\"fe\":1,"

static struct intake
intake_of(const struct filter_conf *conf)
{
	return (struct intake){.client_ip = conf->client_ip,
	    .helo = conf->helo, .mail_from = conf->mail_from,
	    .trust_received = conf->trust_received, .rcpt = &conf->rcpt,
	    .size_max = conf->size_max};
}

/* What reads our output is gone though we have written nothing: ending says
 * so to what writes to us, and to what waits for both of us. */
bool
filter_wait(struct filter *f)
{
	if (io_wait_between(STDIN_FILENO, STDOUT_FILENO) > 0 ||
	    errno != EPIPE)
		return true;
	f->ended = f->output.gone = true;
	return false;
}

static bool
has_input(void)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&p, 1, 0) != 0;
}

static bool
may_be_stream(const struct filter *f)
{
	return f->first.n < strlen(STREAM_BEGIN) &&
	    slice_starts(SLICE(STREAM_BEGIN), buf_text(&f->first));
}

/* Enough octets to tell a stream from a message: 1; 0: not yet. */
static int
peek(struct filter *f, struct err *err)
{
	size_t want = strlen(STREAM_BEGIN);

	while (may_be_stream(f)) {
		ssize_t got;

		buf_reserve(&f->first, want);
		if (f->no_wait ? !has_input() : !filter_wait(f))
			return 0;
		got = io_read(STDIN_FILENO, f->first.p + f->first.n,
		    want - f->first.n);
		if (got < 0)
			return err_errno(err, "cannot read standard input");
		if (got == 0)
			return 1;
		f->first.n += (size_t)got;
		f->first.p[f->first.n] = '\0';
	}
	return 1;
}

static int
set_nonblocking(struct filter *f, struct err *err)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	if (flags >= 0 && (flags & O_NONBLOCK) != 0)
		return 0;
	if (flags < 0 || io_set_nonblocking(STDIN_FILENO, true) < 0)
		return err_errno(err, "cannot prepare standard input");
	f->set_nonblocking = true;
	return 0;
}

static int
begin_input(struct filter *f, enum filter_input input, struct err *err)
{
	f->input = input;
	f->output.plain = input == INPUT_MAIL;
	if (input == INPUT_AUTO)
		return 0;
	if (input == INPUT_RECORD) {
		record_reader_feed(&f->reader, buf_slice(&f->first));
		buf_reset(&f->first);
	}
	f->no_wait = f->no_wait && input == INPUT_RECORD;
	return f->no_wait ? set_nonblocking(f, err) : 0;
}

/* The first octets of a pipe say what it holds.  They are a stranger's, and
 * so looked at here, in the sandbox, and not when the filter is opened.
 * False: not known yet, or there was a fault. */
static bool
choose_input(struct filter *f)
{
	struct err err = ERR_INIT;
	int got = peek(f, &err);

	if (got > 0 && begin_input(f, slice_starts(buf_slice(&f->first),
	    STREAM_BEGIN) ? INPUT_RECORD : INPUT_MAIL, &err) < 0)
		got = -1;
	if (got < 0) {
		f->ended = true;
		output_fail(&f->output, &err);
	}
	return got > 0;
}

int
filter_open(struct filter *f, const struct cmd *cmd,
    const struct filter_conf *conf, struct err *err)
{
	struct intake intake = intake_of(conf);
	enum filter_input input = (enum filter_input)conf->input;
	struct stat status;

	*f = (struct filter){.cmd = cmd, .conf = conf, .first = BUF_INIT};
	output_open(&f->output, (enum filter_output)conf->output, conf->crlf);
	if (intake_check(&intake, err) < 0)
		return -1;
	if (isatty(STDIN_FILENO))
		return err_set(err, ERR_USAGE, "a message or records are "
		    "expected on standard input, and it is a terminal");
	if (fstat(STDIN_FILENO, &status) < 0)
		return err_errno(err, "cannot read standard input");
	if (input == INPUT_AUTO && S_ISREG(status.st_mode))
		input = INPUT_MAIL;
	record_reader_init(&f->reader, STDIN_FILENO, conf->size_max);
	return begin_input(f, input, err);
}

/* Standard input to its end.  An empty pipe had nobody behind it; an empty
 * file is a bad message (intake.c). */
static int
read_message(struct filter *f, struct buf *octets, struct err *err)
{
	struct stat status;

	octets->max = (size_t)f->conf->size_max;
	if (buf_append_slice(octets, buf_slice(&f->first)) < 0)
		return err_set(err, ERR_MESSAGE, "the message is larger than "
		    "%zu octets", octets->max);
	if (io_read_all(STDIN_FILENO, "standard input", octets, err) < 0)
		return -1;
	if (octets->n == 0 && (fstat(STDIN_FILENO, &status) < 0 ||
	    !S_ISREG(status.st_mode)))
		return err_set(err, ERR_SYSTEM, "standard input is empty: the "
		    "program before this one ended too early");
	return 0;
}

static struct record *
next_message(struct filter *f)
{
	struct intake intake = intake_of(f->conf);
	struct record *r = record_new();
	struct buf octets = BUF_INIT;
	struct err err = ERR_INIT;

	f->ended = true;
	if (read_message(f, &octets, &err) == 0 &&
	    intake_message(&intake, &octets, r, &err) == 0) {
		f->mark_due = true;
		return r;
	}
	output_fail(&f->output, &err);
	buf_free(&octets);
	record_free(r);
	return NULL;
}

/* The mark goes out when every record that was read is out. */
static void
write_mark(struct filter *f)
{
	if (!f->mark_due || f->out > 0)
		return;
	f->mark_due = false;
	output_mark(&f->output);
}

static struct record *
next_record(struct filter *f)
{
	struct err err = ERR_INIT;
	struct record *r;

	while (!f->ended && !f->output.broken) {
		if (!f->no_wait && !record_reader_has_ahead(&f->reader) &&
		    !filter_wait(f))
			break;
		switch (record_read(&f->reader, &r, &err)) {
		case RECORD_READ:
			f->mark_due = false;
			return r;
		case RECORD_MARK:
			f->mark_due = true;
			write_mark(f);
			break;
		case RECORD_AGAIN:
			if (f->no_wait)
				return NULL;
			filter_wait(f);
			break;
		case RECORD_END:
			f->ended = true;
			break;
		case RECORD_BROKEN:
			f->ended = true;
			output_fail(&f->output, &err);
			break;
		}
	}
	return NULL;
}

int
filter_set_no_wait(struct filter *f, struct err *err)
{
	f->no_wait = true;
	return begin_input(f, f->input, err);
}

void
filter_set_room(struct filter *f, int64_t octets)
{
	f->reader.room = octets;
}

bool
filter_has_room(const struct filter *f)
{
	return record_reader_has_room(&f->reader);
}

void
filter_break(struct filter *f, const char *why)
{
	struct err err = ERR_INIT;

	if (f->input != INPUT_RECORD || f->ended || f->output.broken)
		return;
	f->ended = true;
	err_set(&err, ERR_SYSTEM, "%s", why);
	output_fail(&f->output, &err);
}

bool
filter_has_ended(const struct filter *f)
{
	return f->ended || f->output.broken;
}

struct record *
filter_next(struct filter *f)
{
	struct record *r;

	if (f->ended || f->output.broken ||
	    (f->input == INPUT_AUTO && !choose_input(f)))
		return NULL;
	r = f->input == INPUT_RECORD ? next_record(f) : next_message(f);
	if (r != NULL)
		f->out++;
	return r;
}

bool
filter_has_ahead(const struct filter *f)
{
	if (f->ended || f->output.broken)
		return true;
	return f->input == INPUT_RECORD &&
	    record_reader_has_ahead(&f->reader);
}

bool
filter_is_final(const struct record *r)
{
	if (verdict_is_final(verdict_action(meta_get(&r->meta, "verdict"))))
		return true;
	return r->body.n == 0 && meta_get(&r->meta, "delivery").p != NULL;
}

void
filter_emit(struct filter *f, struct record *r)
{
	f->out--;
	/* what is whole is finished also when the input broke behind it */
	output_put(&f->output, r);
	record_free(r);
	write_mark(f);
}

void
filter_found(struct filter *f)
{
	f->finding = true;
}

int
filter_close(struct filter *f)
{
	int code;

	write_mark(f);
	code = output_close(&f->output);
	if (code == EXIT_DONE && f->finding && f->conf->exit_code &&
	    !cmd_is_delivery())
		code = EXIT_FINDING;
	/* who reads on behind us did not ask for it */
	if (f->set_nonblocking)
		io_set_nonblocking(STDIN_FILENO, false);
	record_reader_free(&f->reader);
	buf_free(&f->first);
	return code;
}
