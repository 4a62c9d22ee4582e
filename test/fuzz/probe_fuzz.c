/* SPDX-License-Identifier: ISC */
/*
 * What servers say to fe-probe.  The first octet says which parser.  What must
 * hold: a prefix is `more', an error, or the same as the whole; nothing is
 * read beyond the end.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/client_hello.h"
#include "ops/probe_http.h"
#include "ops/probe_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
parse(unsigned kind, struct slice input, size_t *used, int *value)
{
	static const struct probe_expected expected[] = {
	    {PROBE_SMTP, NULL, false}, {PROBE_IMAP, NULL, false},
	    {PROBE_IMAP, "p1", false}, {PROBE_POP3, NULL, false},
	    {PROBE_POP3, NULL, true}};
	struct probe_reply reply;
	struct server_hello hello;
	int result;

	*used = 0;
	if (kind < 5) {
		result = probe_reply_parse(
		    &expected[kind], input, &reply, used);
		*value = result == 1 ? reply.code : 0;
		if (result == 1 && (*used > input.n || reply.text.n != *used))
			abort();
		return result;
	}
	result = server_hello_parse(input, &hello);
	*value = result == 1 ? hello.suite : 0;
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_answer answer;
	struct slice input = slice_of(data + 1, size > 0 ? size - 1 : 0);
	unsigned kind = size > 0 ? data[0] % 7 : 0;
	size_t used, used_part;
	int value = 0, part_value = 0, whole;

	if (size == 0)
		return 0;
	if (kind == 6) {
		if (http_answer_parse(input, &answer) == 0 &&
		    (answer.body.n > input.n || answer.status < 100))
			abort();
		return 0;
	}
	whole = parse(kind, input, &used, &value);
	for (size_t n = 0; n < input.n && n < 64; n++) {
		/* a copy of its own, so that reading beyond is seen */
		char *copy = malloc(n > 0 ? n : 1);
		int part;

		memcpy(copy, input.p, n);
		part = parse(kind, slice_of(copy, n), &used_part, &part_value);
		if (part == 1 &&
		    (whole != 1 || used != used_part || value != part_value))
			abort();
		free(copy);
	}
	return 0;
}
