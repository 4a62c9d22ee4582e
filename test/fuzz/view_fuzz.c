/* SPDX-License-Identifier: ISC */
/*
 * What is shown of any message is UTF-8 without control characters but LF,
 * and without a link that a terminal would open.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "scan/link.h"
#include "scan/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct buf *out)
{
	struct slice rest = buf_slice(out), url;

	if (!utf8_is_valid(rest))
		abort();
	for (size_t i = 0; i < rest.n; i++)
		if (((unsigned char)rest.p[i] < 0x20 && rest.p[i] != '\n') ||
		    rest.p[i] == 0x7f)
			abort();
	while (link_next(&rest, &url))
		if (slice_case_starts(url, "http://"))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record *r = record_new();
	struct buf out = BUF_LIMITED(VIEW_SIZE_MAX);
	struct err err = ERR_INIT;

	buf_append(&r->body, data, size);
	view_message(r, &out);
	check(&out);
	buf_reset(&out);
	view_header(r, &out);
	check(&out);
	buf_reset(&out);
	if (view_part(r, 1, true, &out, &err) == 0)
		check(&out);
	buf_free(&out);
	record_free(r);
	return 0;
}
