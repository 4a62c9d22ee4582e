/* SPDX-License-Identifier: ISC */
/*
 * Addresses: a path that is taken normalises to something stable; what a list
 * gives is UTF-8 and bounded.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_normal(struct slice address)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;

	if (address_normalize(address, &once) == 0) {
		if (address_normalize(buf_slice(&once), &twice) < 0 ||
		    !slice_equal(buf_slice(&once), buf_slice(&twice)))
			abort();
	} else if (once.n != 0) {
		abort();
	}
	buf_free(&once);
	buf_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size), local, domain;
	struct address_list list;

	for (int utf8 = 0; utf8 < 2; utf8++)
		if (address_parse_path(text, utf8 != 0, &local, &domain) ==
		    0 && local.n + domain.n > text.n)
			abort();
	check_normal(text);
	address_list_parse(&list, text);
	if (list.n > ADDRESS_LIST_MAX)
		abort();
	for (size_t i = 0; i < list.n; i++) {
		const struct address *a = &list.items[i];

		if (!utf8_is_valid(buf_slice(&a->name)) ||
		    a->text.n > text.n ||
		    a->local.n + a->domain.n > a->text.n)
			abort();
		check_normal(buf_slice(&a->text));
	}
	address_list_free(&list);
	return 0;
}
