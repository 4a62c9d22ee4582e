/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_LOG_H
#define FE_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/*
 * Standard error for people (sentences, at warning and above) and, with
 * --log json, one JSON object an event for machines.  Addresses of people and
 * of clients go through log_event_address() and log_event_ip() only, which
 * make them anonymous unless `log-personal = yes'.
 */
enum log_format { LOG_TEXT, LOG_JSON };
enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Called by option_parse. */
void log_start(const char *program, enum log_format format,
    enum log_level threshold);
/* Reads today's key (log_key.h); without one addresses are left out.
 * `personal' switches anonymity off. */
int log_read_key(bool personal, struct err *err);

void log_say(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#define log_error(...) log_say(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_say(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_say(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_say(LOG_DEBUG, __VA_ARGS__)

/*
 * An event: begin, fields, end (which writes one line with one write(2)).
 * With --log text it costs nothing and writes nothing unless -v was given,
 * then one line `event: name=value ...'.
 */
struct log_event {
	struct buf line;
	int64_t time_ms; /* as it is told */
	bool active;
};
void log_event_begin(struct log_event *e, enum log_level level,
    const char *event);
void log_event_text(struct log_event *e, const char *name, struct slice value);
void log_event_number(struct log_event *e, const char *name, int64_t value);
/* As its pseudonym of the day of the event (pseudonym.h). */
void log_event_address(struct log_event *e, const char *name,
    struct slice address);
/* Cut to /24 (IPv4) or /48 (IPv6). */
void log_event_ip(struct log_event *e, const char *name, struct slice ip);
void log_event_end(struct log_event *e);

#endif
