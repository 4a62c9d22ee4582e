/* SPDX-License-Identifier: ISC */
/* Files of any octets and names: pages, notes, RAR, disk images, messages.
 * What is said of them is said in our own flags. */
#include <stdint.h>
#include <stdlib.h>

#include "scan/content.h"
#include "scan/tnef.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data, size);
	struct tnef_file file;
	struct tnef t;
	size_t total = 0;

	if (content_flags(input, content_kind(input),
	    slice_part(input, 0, 40)) >> CONTENT_FLAGS_N != 0)
		abort();
	if (tnef_open(&t, input) < 0)
		return 0;
	while (tnef_next(&t, &file)) {
		total += file.data.n;
		buf_free(&file.name);
	}
	if (total > size)
		abort();
	return 0;
}
