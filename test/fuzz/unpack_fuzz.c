/* SPDX-License-Identifier: ISC */
/*
 * Archives of any octets, within small limits: what is stated is valid JSON,
 * and no limit is passed by much.
 */
#include <stdint.h>
#include <stdlib.h>

#include "scan/content.h"
#include "scan/unpack.h"
#include "scan/unpacker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct unpack_limits limits = {3, 50, 1 << 20, 100, 1000};
	struct buf json = BUF_LIMITED(UNPACKER_ANSWER_MAX);
	struct unpack_result result;
	struct err err = ERR_INIT;

	unpack_look(slice_of(data, size), &limits, &result);
	if (result.depth > 3 || result.files > 60 ||
	    result.flags >> CONTENT_FLAGS_N != 0)
		abort();
	unpack_write(&result, &json);
	if (json_check(buf_slice(&json), &err) < 0)
		abort();
	buf_free(&json);
	return 0;
}
