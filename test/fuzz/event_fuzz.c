/* SPDX-License-Identifier: ISC */
/*
 * Security events of anybody.  What must hold: one that was read, written
 * again and read again is the same, is one line, and holds no control
 * character.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct slice a, struct slice b)
{
	if (!slice_equal(a, b) || (a.p == NULL) != (b.p == NULL))
		abort();
	for (size_t i = 0; i < a.n; i++)
		if ((unsigned char)a.p[i] < 0x20 || a.p[i] == 0x7f)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = BUF_INIT, second = BUF_INIT, line = BUF_INIT;
	struct event a, b;

	if (event_read(slice_of(data, size), &a, &first, NULL) == 0) {
		event_write(&a, &line);
		if (slice_find(buf_slice(&line), '\n') != line.n - 1 ||
		    line.n > EVENT_LINE_MAX)
			abort();
		line.n--;
		if (event_read(buf_slice(&line), &b, &second, NULL) < 0)
			abort();
		check(a.name, b.name);
		check(a.source, b.source);
		check(a.host, b.host);
		check(a.address, b.address);
		check(a.network, b.network);
		check(a.account, b.account);
		check(a.object, b.object);
		check(a.detail, b.detail);
		if (a.count != b.count || a.window_s != b.window_s ||
		    a.severity != b.severity || a.unproven != b.unproven)
			abort();
		buf_truncate(&line, 0);
		event_show(&a, &line);
		if (slice_find(buf_slice(&line), '\n') != line.n)
			abort();
	}
	buf_free(&first);
	buf_free(&second);
	buf_free(&line);
	return 0;
}
