/* SPDX-License-Identifier: ISC */
/*
 * PROXY v2 headers.  What must hold: the answer for a prefix is `more', an
 * error, or the same as for the whole, and never reads beyond it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy proxy;
	struct err err = ERR_INIT;
	size_t used = 0, missing;
	int whole = proxy_parse(slice_of(data, size), &proxy, &used, &err);

	if (whole == 1 && (used > size || used > PROXY_SIZE_MAX))
		abort();
	if (whole == 0) {
		missing = proxy_missing(slice_of(data, size));
		if (missing == 0 || missing > PROXY_SIZE_MAX)
			abort();
	}
	for (size_t n = 0; n < size && n < 32; n++) {
		/* a copy of its own, so that reading beyond is seen */
		uint8_t *part = malloc(n > 0 ? n : 1);

		memcpy(part, data, n);
		if (proxy_parse(slice_of(part, n), &proxy, &used, &err) == 1 &&
		    (whole != 1 || used > n))
			abort();
		free(part);
	}
	return 0;
}
