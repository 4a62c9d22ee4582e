/* SPDX-License-Identifier: ISC */
/* The answer of a web server, which is hostile. */
#include "ops/probe_http.h"

#include "base/number.h"

/* `HTTP/1.1 200 OK' */
static int
read_status(struct slice line, int *status)
{
	struct slice version = slice_cut(&line, ' ');
	int64_t value;

	if (!slice_starts(version, "HTTP/1.") ||
	    number_parse(slice_cut(&line, ' '), 100, 599, &value) < 0)
		return -1;
	*status = (int)value;
	return 0;
}

int
http_answer_parse(struct slice text, struct http_answer *answer)
{
	struct slice rest = text, line = slice_line(&rest);
	int64_t length = -1;

	*answer = (struct http_answer){.type = SLICE_NONE};
	if (read_status(line, &answer->status) < 0)
		return -1;
	for (;;) {
		struct slice name;

		if (rest.p == NULL)
			return -1; /* the head has no end */
		line = slice_line(&rest);
		if (line.n == 0)
			break;
		name = slice_cut(&line, ':');
		if (slice_case_is(name, "content-type") && line.p != NULL)
			answer->type = slice_trim(slice_cut(&line, ';'));
		else if (slice_case_is(name, "content-length") &&
			 line.p != NULL &&
			 number_parse(slice_trim(line), 0, 1 << 30, &length) <
			     0)
			return -1;
		else if (slice_case_is(name, "transfer-encoding"))
			return -1; /* not for HTTP/1.0 */
	}
	answer->body = rest.p != NULL ? rest : SLICE("");
	if (length >= 0 && (size_t)length > answer->body.n)
		return -1;
	if (length >= 0)
		answer->body.n = (size_t)length;
	return 0;
}
