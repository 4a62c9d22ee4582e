/* SPDX-License-Identifier: ISC */
/* Evidence, and what follows from it. */
#include "ops/audit_result.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"

static const char *const names[AUDIT_STATES] = {
    "pass", "fail", "unknown", "attested"};

const char *
audit_state_text(enum audit_state state)
{
	return state == AUDIT_NOTE ? "note" : names[state];
}

int
audit_state_parse(struct slice text, enum audit_state *state)
{
	for (int i = 0; i < AUDIT_STATES; i++)
		if (slice_is(text, names[i])) {
			*state = (enum audit_state)i;
			return 0;
		}
	return -1;
}

/* How much a clause weighs: fail, unknown, attested, pass, note. */
static int
weight(enum audit_state state)
{
	static const int weights[] = {[AUDIT_PASS] = 1, [AUDIT_FAIL] = 4,
	    [AUDIT_UNKNOWN] = 3, [AUDIT_ATTESTED] = 2, [AUDIT_NOTE] = 0};

	return weights[state];
}

/* What is foreign may hold controls, or halves of characters. */
static char *
make_printable(const char *text)
{
	struct slice rest = slice_text(text);
	struct buf out = BUF_INIT;

	while (rest.n > 0) {
		uint32_t code;
		bool valid;
		size_t n = utf8_next(rest, &code, &valid);
		bool hidden = !valid || code < 0x20 ||
		    (code >= 0x7f && code < 0xa0) ||
		    (code >= 0x200b && code <= 0x200f) ||
		    (code >= 0x2028 && code <= 0x202e) ||
		    (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;

		if (hidden)
			buf_append_char(&out, '?');
		else
			buf_append(&out, rest.p, n);
		rest = slice_part(rest, n, rest.n);
	}
	return out.n > 0 ? buf_take(&out, NULL) : mem_text("");
}

void
audit_say(struct audit_result *result, enum audit_state state,
    const char *format, ...)
{
	char text[AUDIT_CLAUSE_MAX];
	va_list args;

	if (result->n == AUDIT_CLAUSES_MAX) {
		if (result->left_out++ == 0 ||
		    weight(state) > weight(result->worst_left_out))
			result->worst_left_out = state;
		return;
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	result->clauses = mem_array(
	    result->clauses, result->n + 1, sizeof(*result->clauses));
	result->clauses[result->n++] =
	    (struct audit_clause){state, make_printable(text)};
}

enum audit_state
audit_result_state(const struct audit_result *result)
{
	enum audit_state worst = AUDIT_NOTE;

	for (size_t i = 0; i < result->n; i++)
		if (weight(result->clauses[i].state) > weight(worst))
			worst = result->clauses[i].state;
	if (result->left_out > 0 &&
	    weight(result->worst_left_out) > weight(worst))
		worst = result->worst_left_out;
	/* who looked and said nothing knows nothing */
	return worst == AUDIT_NOTE ? AUDIT_UNKNOWN : worst;
}

bool
audit_result_is_bad(const struct audit_result *result)
{
	return result->practice->required &&
	    audit_result_state(result) == AUDIT_FAIL;
}

void
audit_result_text(const struct audit_result *result, struct buf *out)
{
	size_t start = out->n;

	for (int w = 4; w >= 0; w--)
		for (size_t i = 0; i < result->n; i++)
			if (weight(result->clauses[i].state) == w)
				buf_format(out, "%s%s",
				    out->n > start ? "; " : "",
				    result->clauses[i].text);
	if (result->left_out > 0)
		buf_format(out, "; and %zu more", result->left_out);
}

void
audit_result_free(struct audit_result *result)
{
	for (size_t i = 0; i < result->n; i++)
		free(result->clauses[i].text);
	free(result->clauses);
	*result = (struct audit_result){.practice = NULL};
}
