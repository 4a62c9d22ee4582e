/* SPDX-License-Identifier: ISC */
/*
 * Logs of anybody through the rules that ship.  What must hold: what comes
 * out are lines, each an event that can be read again and says what the rules
 * can say; memory stays what it was.  The first octet says how: bit 0 replay,
 * bit 1 events instead of lines.
 */
#include <stdint.h>
#include <stdlib.h>

#include "ops/watcher.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_events(struct slice rest)
{
	struct buf store = BUF_INIT;
	struct event event;

	while (rest.p != NULL && rest.n > 0) {
		struct slice line = slice_line(&rest);

		if (line.n >= EVENT_LINE_MAX ||
		    event_read(line, &event, &store, NULL) < 0)
			abort();
	}
	buf_free(&store);
}

static void
take(struct watcher *w, struct slice line, int is_event)
{
	struct buf store = BUF_INIT;
	struct event event;

	if (!is_event)
		watcher_take_line(w, line);
	else if (event_read(line, &event, &store, NULL) == 0)
		watcher_take_event(w, &event);
	buf_free(&store);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct watch_rules rules;
	static struct watcher w;
	struct slice rest = slice_of(data, size);
	struct buf out = BUF_INIT;

	if (rules.lines_n == 0 &&
	    watch_rules_read(&rules, "share/watch.rules", NULL) < 0)
		abort();
	if (size == 0)
		return 0;
	if (w.rules == NULL)
		watcher_init(&w, &rules, 65536, NULL, &out);
	w.out = &out;
	w.form = WATCHER_UNKNOWN;
	w.replay = data[0] & 1;
	w.now_ms = 1795773601000;
	rest = slice_part(rest, 1, rest.n);
	while (rest.p != NULL)
		take(&w, slice_line(&rest), data[0] & 2);
	check_events(buf_slice(&out));
	buf_free(&out);
	return 0;
}
