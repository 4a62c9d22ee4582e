/* SPDX-License-Identifier: ISC */
/* Replies of mail servers, line by line. */
#include "ops/probe_reply.h"

/* A whole line without its end; *rest goes on behind it. */
static bool
next_line(struct slice *rest, struct slice *line)
{
	size_t n = slice_find(*rest, '\n');

	if (n == rest->n)
		return false;
	*line = slice_part(*rest, 0, n);
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	*rest = slice_part(*rest, n + 1, rest->n);
	return true;
}

/* `250-TEXT', `250 TEXT', `250': 1 the last line, 0 one more, -1. */
static int
read_smtp(struct slice line, int *code)
{
	int value;

	if (line.n < 3 || !ascii_is_digit(line.p[0]) ||
	    !ascii_is_digit(line.p[1]) || !ascii_is_digit(line.p[2]))
		return -1;
	value = (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 +
		(line.p[2] - '0');
	if (value < 200 || value > 599 || (*code != 0 && value != *code))
		return -1;
	*code = value;
	if (line.n == 3 || line.p[3] == ' ')
		return 1;
	return line.p[3] == '-' ? 0 : -1;
}

static int
read_imap(const char *tag, struct slice line, int *code)
{
	struct slice rest = line, word = slice_cut(&rest, ' '), state;

	if (tag == NULL ? !slice_is(word, "*") : !slice_is(word, tag))
		return slice_is(word, "*") || slice_is(word, "+") ? 0 : -1;
	state = slice_cut(&rest, ' ');
	*code = slice_case_is(state, "OK") || slice_case_is(state, "PREAUTH")
		    ? 250
		    : 550;
	if (!slice_case_is(state, "OK") && !slice_case_is(state, "NO") &&
	    !slice_case_is(state, "BAD") && !slice_case_is(state, "BYE") &&
	    !slice_case_is(state, "PREAUTH"))
		return -1;
	return 1;
}

static int
read_pop3(const struct probe_expected *expected, struct slice line, int *code)
{
	if (*code != 0)
		return slice_is(line, ".");
	if (slice_case_starts(line, "+OK"))
		*code = 250;
	else if (slice_case_starts(line, "-ERR"))
		*code = 550;
	else
		return -1;
	return *code == 550 || !expected->many;
}

int
probe_reply_parse(const struct probe_expected *expected, struct slice input,
    struct probe_reply *reply, size_t *used)
{
	struct slice rest = input, line;
	int result = 0;

	reply->code = 0;
	while (result == 0 && next_line(&rest, &line))
		switch (expected->protocol) {
		case PROBE_SMTP:
			result = read_smtp(line, &reply->code);
			break;
		case PROBE_IMAP:
			result = read_imap(expected->tag, line, &reply->code);
			break;
		case PROBE_POP3:
			result = read_pop3(expected, line, &reply->code);
			break;
		default:
			result = -1;
			break;
		}
	if (result == 0)
		return input.n > PROBE_REPLY_MAX ? -1 : 0;
	*used = input.n - rest.n;
	reply->text = slice_part(input, 0, *used);
	return result;
}
