/* SPDX-License-Identifier: ISC */
/*
 * Rules of fe-watch, and under them a message: what stands behind the first
 * NUL.  What must hold: what was read can be used, and a field lies within the
 * message.
 */
#include <stdint.h>
#include <stdlib.h>

#include "ops/watch_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct slice field, struct slice message)
{
	if (field.p != NULL && (field.p < message.p ||
		field.p + field.n > message.p + message.n))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice message = slice_of(data, size);
	struct slice text = slice_cut(&message, '\0');
	struct watch_rules rules;
	struct watch_match m;

	if (watch_rules_parse(&rules, "rules", text, NULL) < 0)
		return 0;
	watch_rules_program(&rules, message.p != NULL ? message : SLICE("x"));
	for (size_t i = 0; i < rules.lines_n; i++)
		if (message.p != NULL && watch_pattern_match(
			&rules.lines[i].pattern, message, &m)) {
			check(m.account, message);
			check(m.object, message);
			check(m.detail, message);
			check(m.port, message);
		}
	for (size_t i = 0; i < rules.alarms_n; i++)
		if (rules.alarms[i].signals == 0 ||
		    !event_name_is_valid(rules.alarms[i].event))
			abort();
	watch_rules_free(&rules);
	return 0;
}
