/* SPDX-License-Identifier: ISC */
/*
 * Authentication-Results: what was read can be written, and is then read as
 * the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "mail/authres.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_back(const struct authres *a, struct buf *out)
{
	struct authres_writer w;

	authres_begin(&w, out, buf_slice(&a->id));
	for (size_t i = 0; i < a->n; i++) {
		authres_put_result(&w, "x", "pass",
		    buf_slice(&a->items[i].reason));
		for (size_t k = 0; k < a->items[i].n; k++)
			authres_put_property(&w, "smtp.x", buf_slice(
			    &a->items[i].properties[k].value));
	}
	authres_end(&w);
}

static bool
has_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] >= 0 && s.p[i] < ' ') || s.p[i] == 0x7f)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct authres first, second;
	struct buf out = BUF_INIT;

	if (authres_parse(&first, slice_of(data, size)) == 0) {
		write_back(&first, &out);
		if (authres_parse(&second, buf_slice(&out)) < 0 ||
		    second.n != first.n || second.malformed)
			abort();
		if (!has_control(buf_slice(&first.id)) && !slice_equal(
		    buf_slice(&first.id), buf_slice(&second.id)))
			abort();
		for (size_t i = 0; i < first.n; i++)
			if (first.items[i].n != second.items[i].n)
				abort();
		authres_free(&second);
	}
	authres_free(&first);
	buf_free(&out);
	return 0;
}
