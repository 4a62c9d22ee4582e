/* SPDX-License-Identifier: ISC */
/*
 * Authentication-Results as strangers write it: a field that begins with our
 * name, and nothing else that could be part of it, is known as ours.
 */
#include <stdint.h>
#include <stdlib.h>

#include "auth/authres.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice id = SLICE("mx.example.org");
	struct buf value = BUF_INIT;

	authres_claims(slice_of(data, size), id);
	buf_append_text(&value, " mx.example.org; ");
	buf_append(&value, data, size);
	if (!authres_claims(buf_slice(&value), id))
		abort();
	buf_free(&value);
	return 0;
}
