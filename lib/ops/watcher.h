/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_WATCHER_H
#define FE_OPS_WATCHER_H

#include "ops/log_line.h"
#include "ops/watch_places.h"
#include "ops/watch_rules.h"
#include "ops/watch_table.h"

/*
 * From lines and events to events: each line that a rule knows is a signal, as
 * is each event whose name is one; signals are told, counted and compared
 * (watch_rules.h).  Memory is bounded, whatever comes in.
 *
 * A stream is either text or JSON, as its first line is: a line of the other
 * sort is somebody's who found a way to put a line end into a text, and is
 * passed over.
 */
#define WATCHER_PROGRAMS 256 /* names whose rules are remembered */

struct watcher {
	const struct watch_rules *rules;
	struct watch_table tables[WATCH_SIGNALS_MAX]; /* of alarms */
	struct watch_places places;
	bool replay; /* the time of a line counts, not the present */
	int64_t now_ms; /* the present; the caller keeps it */
	struct buf *out; /* where events are appended */
	struct {
		char name[40];
		const struct watch_program *program;
	} programs[WATCHER_PROGRAMS];
	enum { WATCHER_UNKNOWN, WATCHER_TEXT, WATCHER_JSON } form;
	struct log_clock clock;
	struct buf store, account;
	int64_t lines, strange, signals, events;
};

/* `state_max': octets for counters, all alarms together.  The places' key as
 * in watch_places.h. */
void watcher_init(struct watcher *w, const struct watch_rules *rules,
    size_t state_max, const unsigned char *places_key, struct buf *out);
void watcher_free(struct watcher *w);
/* A line without its LF. */
void watcher_take_line(struct watcher *w, struct slice line);
/* An event of a program of ours: a signal where its name is one, else it goes
 * on as it is. */
void watcher_take_event(struct watcher *w, const struct event *event);
/* Octets that counters and places may take at most. */
size_t watcher_memory(const struct watcher *w);

#endif
