/* SPDX-License-Identifier: ISC */
/* The loop of fe-log: read, anonymise, write, sync, turn to the next day. */
#include "ops/log_stream.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"

#define READ_SIZE ((size_t)64 << 10)
#define BATCH_SIZE ((size_t)64 << 10)
#define RETRY_MS 1000
#define DROP_AGAIN_MS 3600000
#define DRAIN_MAX ((size_t)4 << 20) /* after SIGTERM: more than a pipe holds   \
				     */
#define DAY_MS 86400000
#define LATE_MS 600000 /* a line is read after its time */

enum event { EVENT_INPUT = 1, EVENT_STOP = 2, EVENT_TURN = 4 };

static int
take_key(struct log_stream *s, struct err *err)
{
	int64_t today;
	int result;

	s->now_ms = clock_now_ms();
	today = log_key_day(s->now_ms);
	if (s->key.key != NULL && s->key.day >= today)
		return 0;
	result = log_key_make(&s->key, today, err);
	if (result == 0)
		s->drop_at_ms = clock_monotonic_ms();
	return result;
}

/* Soon after midnight the key of the day before, where it is kept. */
static void
take_key_before(struct log_stream *s)
{
	int64_t today = log_key_day(s->now_ms);

	if (s->now_ms % DAY_MS >= LATE_MS || log_first_day_kept(s->now_ms,
		s->conf->keep_keys_s) >= today)
		log_key_free(&s->before);
	else if (s->before.key == NULL || s->before.day != today - 1)
		(void)log_key_read(&s->before, today - 1, NULL);
}

/* A line that was written before midnight has the key of its own day, as what
 * our programs wrote then: else who came at 23:59:59 would be two. */
static const unsigned char *
key_of(struct log_stream *s, struct slice line)
{
	struct log_line parsed;
	int result;

	if (s->before.key == NULL)
		return s->key.key;
	s->clock.now_ms = s->now_ms;
	result = line.n > 0 && line.p[0] == '{' ?
	    log_line_json(line, true, &parsed, &s->store) :
	    log_line_text(line, &s->clock, &parsed);
	return result == 0 && log_key_day(parsed.time_ms) == s->before.day ?
	    s->before.key : s->key.key;
}

/* The keys of days that are over, and files that are too old or too much. */
static int
drop_old(struct log_stream *s, struct err *err)
{
	int64_t now_ms = s->now_ms; /* we have a key of this day */
	size_t n;

	if (log_key_destroy(log_first_day_kept(now_ms, s->conf->keep_keys_s),
		&n, err) < 0 ||
	    (s->conf->folder.path != NULL &&
		log_folder_expire(&s->conf->folder, now_ms, &n, err) < 0))
		return -1;
	s->drop_at_ms = 0;
	return 0;
}

int
log_stream_open(
    struct log_stream *s, const struct log_stream_conf *conf, struct err *err)
{
	*s = (struct log_stream){.conf = conf,
	    .scrub = SCRUB_INIT,
	    .folder = {.fd = -1, .lock = -1},
	    .clock = {.hour = -1},
	    .store = BUF_INIT,
	    .input = BUF_INIT,
	    .output = BUF_INIT};
	if (take_key(s, err) < 0 ||
	    (conf->folder.path != NULL &&
		log_folder_open(&s->folder, &conf->folder, &s->key, err) < 0))
		return -1;
	return drop_old(s, err);
}

/* Which signals have come. */
static unsigned
read_signals(int fd)
{
	struct signalfd_siginfo info;
	unsigned events = 0;

	while (io_read(fd, &info, sizeof(info)) == sizeof(info))
		events |= info.ssi_signo == SIGHUP ? EVENT_TURN : EVENT_STOP;
	return events;
}

static unsigned
wait_for(int in, int signals, int64_t timeout_ms)
{
	struct pollfd p[2] = {
	    {.fd = signals, .events = POLLIN}, {.fd = in, .events = POLLIN}};
	unsigned events = 0;

	if (poll(p, 2, timeout_ms > 3600000 ? 3600000 : (int)timeout_ms) <= 0)
		return 0;
	if (p[0].revents != 0)
		events |= read_signals(signals);
	if (p[1].revents != 0)
		events |= EVENT_INPUT;
	return events;
}

/* Says what is wrong, once, and waits until it is worth another try; -1 when
 * we are told to stop instead. */
static int
wait_for_better(struct log_stream *s, int signals, const struct err *why,
    struct err *err)
{
	if (!s->warned && !s->stopping)
		log_error(
		    "%s: waiting, and nothing is read meanwhile", why->text);
	s->warned = true;
	if (!s->stopping &&
	    (wait_for(-1, signals, RETRY_MS) & EVENT_STOP) == 0)
		return 0;
	return err_set(err, ERR_SYSTEM, "%s: %zu octets of the log are lost",
	    why->text, s->output.n + s->input.n);
}

static void
is_better(struct log_stream *s)
{
	if (s->warned)
		log_warning("writing again");
	s->warned = false;
}

/* Midnight may come while the disk is full. */
static int
wait_for_key(struct log_stream *s, int signals, struct err *err)
{
	struct err why = ERR_INIT;

	while (take_key(s, &why) < 0) {
		if (wait_for_better(s, signals, &why, err) < 0)
			return -1;
		err_clear(&why);
	}
	is_better(s);
	return 0;
}

/* Into the folder, however long it takes.  -1: told to stop. */
static int
put_batch(struct log_stream *s, int signals, struct err *err)
{
	bool taken = false;

	for (;;) {
		struct err why = ERR_INIT;
		int result = taken ? log_folder_flush(&s->folder, &why)
				   : log_folder_write(&s->folder, &s->key,
					 buf_slice(&s->output), &why);

		if (result == 0)
			break;
		taken |= result == 1;
		if (wait_for_better(s, signals, &why, err) < 0)
			return -1;
	}
	is_better(s);
	if (s->sync_at_ms == 0)
		s->sync_at_ms = clock_monotonic_ms() + s->conf->sync_s * 1000;
	return 0;
}

static int
put_output(struct log_stream *s, int signals, struct err *err)
{
	int result = 0;

	if (s->output.n == 0)
		return 0;
	if (s->conf->folder.path != NULL)
		result = put_batch(s, signals, err);
	else if (io_write(STDOUT_FILENO, s->output.p, s->output.n) < 0) {
		s->reader_gone = errno == EPIPE;
		result = err_errno(err, "cannot write standard output");
	}
	buf_truncate(&s->output, 0);
	return result;
}

static int
take_line(struct log_stream *s, struct slice line, int signals, struct err *err)
{
	char now[CLOCK_TEXT_SIZE];

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (s->conf->time && (line.n == 0 || line.p[0] != '{')) {
		buf_append_text(&s->output, clock_rfc3339(s->now_ms, now));
		buf_append_char(&s->output, ' ');
	}
	s->scrub.key = key_of(s, line);
	scrub_line(&s->scrub, line, &s->output);
	buf_append_char(&s->output, '\n');
	return s->output.n >= BATCH_SIZE ? put_output(s, signals, err) : 0;
}

/* All whole lines of the input; at its end what is left, too. */
static int
take_lines(struct log_stream *s, bool at_end, int signals, struct err *err)
{
	size_t used = 0;

	if (wait_for_key(s, signals, err) < 0)
		return -1;
	take_key_before(s);
	while (used < s->input.n) {
		struct slice rest =
		    slice_of(s->input.p + used, s->input.n - used);
		size_t n = slice_find(rest, '\n');

		if (n == rest.n && rest.n <= SCRUB_LINE_MAX && !at_end)
			break;
		if (!s->skipping &&
		    take_line(s, slice_part(rest, 0, n), signals, err) < 0)
			return -1;
		s->skipping = n == rest.n;
		used += n < rest.n ? n + 1 : n;
	}
	buf_remove(&s->input, 0, used);
	return put_output(s, signals, err);
}

/* 1 there was something, 0 the end, -1. */
static int
read_some(struct log_stream *s, int in, int signals, struct err *err)
{
	ssize_t got;

	buf_reserve(&s->input, READ_SIZE);
	got = io_read(in, s->input.p + s->input.n, READ_SIZE);
	if (got < 0)
		return errno == EAGAIN ? 1 : err_errno(err, "cannot read");
	s->input.n += (size_t)got;
	if (take_lines(s, got == 0, signals, err) < 0)
		return -1;
	return got > 0;
}

/* What the writers have written before we were told to stop. */
static int
drain(struct log_stream *s, int in, int signals, struct err *err)
{
	size_t total = 0;
	int more = 1;

	while (more == 1 && total < DRAIN_MAX && io_wait_readable(in, 0) == 1) {
		more = read_some(s, in, signals, err);
		total += READ_SIZE;
	}
	return more < 0 ? -1 : take_lines(s, true, signals, err);
}

static int64_t
next_wake_ms(const struct log_stream *s)
{
	int64_t now = clock_now_ms(), left = DAY_MS - now % DAY_MS;

	if (s->sync_at_ms != 0) {
		int64_t sync = s->sync_at_ms - clock_monotonic_ms();

		left = sync < left ? sync : left;
	}
	return left > 0 ? left : 0;
}

/* What cannot be dropped is said, and tried again: no line waits for it. */
static void
drop_due(struct log_stream *s)
{
	struct err why = ERR_INIT;

	if (s->drop_at_ms == 0 || clock_monotonic_ms() < s->drop_at_ms ||
	    drop_old(s, &why) == 0)
		return;
	log_error("%s", why.text);
	s->drop_at_ms = clock_monotonic_ms() + DROP_AGAIN_MS;
}

static int
do_due(struct log_stream *s, unsigned events, int signals, struct err *err)
{
	struct err why = ERR_INIT;
	bool due = s->sync_at_ms != 0 && clock_monotonic_ms() >= s->sync_at_ms;

	if (due)
		s->sync_at_ms = 0;
	if ((due && log_folder_sync(&s->folder, &why) < 0) ||
	    ((events & EVENT_TURN) != 0 &&
		log_folder_rotate(&s->folder, &why) < 0))
		log_error("%s", why.text);
	if (wait_for_key(s, signals, err) < 0)
		return -1;
	take_key_before(s);
	drop_due(s);
	return 0;
}

int
log_stream_run(struct log_stream *s, int in, int signals, struct err *err)
{
	for (;;) {
		unsigned events = wait_for(in, signals, next_wake_ms(s));

		s->stopping |= (events & EVENT_STOP) != 0;
		if (do_due(s, events, signals, err) < 0)
			return -1;
		if (s->stopping)
			return drain(s, in, signals, err);
		if ((events & EVENT_INPUT) != 0) {
			int more = read_some(s, in, signals, err);

			if (more <= 0)
				return more;
		}
	}
}

int
log_stream_close(struct log_stream *s, struct err *err)
{
	int result =
	    s->folder.lock >= 0 ? log_folder_close(&s->folder, err) : 0;

	log_key_free(&s->key);
	log_key_free(&s->before);
	scrub_free(&s->scrub);
	buf_free(&s->store);
	buf_free(&s->input);
	buf_free(&s->output);
	return result;
}
