/* SPDX-License-Identifier: ISC */
/*
 * Sentences for people and events for machines, on standard error.  One
 * write(2) a line, so that lines of several processes do not mix.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "json.h"
#include "log_key.h"
#include "pseudonym.h"

static struct {
	const char *program;
	enum log_format format;
	enum log_level threshold;
	bool personal;
	struct log_key key; /* none: addresses are left out */
} state = {.program = "fe", .threshold = LOG_WARNING}; /* set at start */

static const char *const level_names[] = {"error", "warning", "info", "debug"};

void
log_start(const char *program, enum log_format format, enum log_level threshold)
{
	state.program = program;
	state.format = format;
	state.threshold = threshold;
}

int
log_read_key(bool personal, struct err *err)
{
	state.personal = personal;
	if (personal)
		return 0;
	return log_key_read(&state.key, log_key_day(clock_now_ms()), err) < 0
	    ? -1
	    : 0;
}

static void
write_line(struct buf *line)
{
	buf_append_char(line, '\n');
	/* where even this fails there is nobody left to tell */
	if (io_write(STDERR_FILENO, line->p, line->n) < 0)
		return;
}

static void
put_head(struct json_writer *w, enum log_level level, int64_t time_ms)
{
	char now[CLOCK_TEXT_SIZE];

	json_open_object(w, NULL);
	json_put_text(w, "time", clock_rfc3339(time_ms, now));
	json_put_text(w, "level", level_names[level]);
	json_put_text(w, "program", state.program);
	json_put_integer(w, "pid", getpid());
}

void
log_say(enum log_level level, const char *format, ...)
{
	struct buf line = BUF_INIT;
	struct err text = ERR_INIT;
	va_list args;

	if (level > state.threshold)
		return;
	va_start(args, format);
	vsnprintf(text.text, sizeof(text.text), format, args);
	va_end(args);
	if (state.format == LOG_JSON) {
		struct json_writer w = JSON_WRITER(&line);

		put_head(&w, level, clock_now_ms());
		json_put_text(&w, "event", "message");
		json_put_text(&w, "text", text.text);
		json_close_object(&w);
	} else {
		struct err printable = ERR_INIT;

		err_set(&printable, ERR_NONE, "%s: %s", state.program,
		    text.text);
		buf_append_text(&line, printable.text);
	}
	write_line(&line);
	buf_free(&line);
}

void
log_event_begin(struct log_event *e, enum log_level level, const char *event)
{
	struct json_writer w = JSON_WRITER(&e->line);

	e->line = (struct buf)BUF_LIMITED(65536);
	e->time_ms = clock_now_ms();
	/* an event is for machines: --log text shows it only when asked */
	e->active = state.format == LOG_JSON
	    ? level <= (state.threshold > LOG_INFO ? state.threshold : LOG_INFO)
	    : level <= state.threshold;
	if (!e->active)
		return;
	if (state.format == LOG_TEXT) {
		buf_format(&e->line, "%s: %s:", state.program, event);
		return;
	}
	put_head(&w, level, e->time_ms);
	json_put_text(&w, "event", event);
}

void
log_event_text(struct log_event *e, const char *name, struct slice value)
{
	struct json_writer w = JSON_WRITER(&e->line);

	if (!e->active || value.p == NULL)
		return;
	w.comma = true;
	if (state.format == LOG_JSON) {
		json_put_slice(&w, name, value);
		return;
	}
	buf_format(&e->line, " %s=", name);
	w.comma = false;
	json_put_slice(&w, NULL, value);
}

void
log_event_number(struct log_event *e, const char *name, int64_t value)
{
	struct json_writer w = JSON_WRITER(&e->line);

	if (!e->active)
		return;
	w.comma = true;
	if (state.format == LOG_JSON)
		json_put_integer(&w, name, value);
	else
		buf_format(&e->line, " %s=%lld", name, (long long)value);
}

void
log_event_address(struct log_event *e, const char *name, struct slice address)
{
	char text[PSEUDONYM_SIZE];

	if (!e->active || address.p == NULL)
		return;
	if (state.personal) {
		log_event_text(e, name, address);
		return;
	}
	/* however long this process has been running; and where midnight
	 * comes in between, of the day that the event's time tells */
	log_key_advance(&state.key, log_key_day(e->time_ms));
	if (state.key.key == NULL)
		return;
	pseudonym_make(state.key.key, address, text);
	log_event_text(e, name, slice_text(text));
}

void
log_event_ip(struct log_event *e, const char *name, struct slice ip)
{
	char text[PSEUDONYM_IP_SIZE];

	if (!e->active || ip.p == NULL || ip.n >= PSEUDONYM_IP_SIZE)
		return;
	if (state.personal)
		log_event_text(e, name, ip);
	else if (pseudonym_ip(ip, text) == 0)
		log_event_text(e, name, slice_text(text));
}

void
log_event_end(struct log_event *e)
{
	if (e->active) {
		if (state.format == LOG_JSON)
			buf_append_char(&e->line, '}');
		write_line(&e->line);
	}
	buf_free(&e->line);
	e->active = false;
}
