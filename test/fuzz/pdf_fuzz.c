/* SPDX-License-Identifier: ISC */
/* Files of any octets: what is said of them is said in our own flags. */
#include <stdint.h>
#include <stdlib.h>

#include "scan/content.h"
#include "scan/pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data, size);

	if (pdf_flags(input) >> CONTENT_FLAGS_N != 0 ||
	    content_flags(input, content_kind(input), input) >>
	    CONTENT_FLAGS_N != 0)
		abort();
	return 0;
}
