/* SPDX-License-Identifier: ISC */
/*
 * JSON: a walk never leaves its slice, whatever is in it; what the check lets
 * through is what a string of it says.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
walk(struct slice value, bool checked, int depth)
{
	struct json_walk w = json_walk(value);
	struct slice name, item;
	struct buf text = BUF_INIT;
	int64_t integer;
	double real;

	if (json_string(value, &text) == 0 && checked &&
	    !utf8_is_valid(buf_slice(&text)))
		abort();
	json_integer(value, &integer);
	json_real(value, &real);
	while (depth < JSON_DEPTH_MAX && json_next(&w, &name, &item)) {
		json_name_is(name, SLICE("name"));
		walk(item, checked, depth + 1);
	}
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = slice_of(data, size);
	bool checked = json_check(s, NULL) == 0;

	if (checked && !utf8_is_valid(s))
		abort();
	walk(s, checked, 0);
	json_get(s, "a.0.b");
	return 0;
}
