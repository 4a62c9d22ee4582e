/* SPDX-License-Identifier: ISC */
/* Decisions as data. */
#include "result.h"

#include <string.h>

void
result_init(struct sieve_result *r)
{
	r->n = r->edits_n = r->marks_n = 0;
	r->implicit_keep = true;
	r->keep_flags = SLICE_NONE;
	err_clear(&r->fault);
}

const struct result_action *
result_find(const struct sieve_result *r, enum action_verb verb)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->actions[i].verb == verb)
			return &r->actions[i];
	return NULL;
}

const char *
action_name(enum action_verb verb)
{
	static const char *const names[] = {"keep", "fileinto", "redirect",
	    "discard", "reject", "quarantine", "tempfail", "vacation",
	    "notify"};

	return names[verb];
}

bool
result_is_plain_keep(const struct sieve_result *r)
{
	if (r->n == 0)
		return r->implicit_keep && r->keep_flags.n == 0;
	return r->n == 1 && r->actions[0].verb == ACTION_KEEP &&
	    r->actions[0].flags.n == 0;
}

static void
describe_action(const struct result_action *a, struct buf *out)
{
	buf_append_text(out, out->n > 0 ? ", " : "");
	buf_append_text(out, action_name(a->verb));
	if (a->folder.p != NULL)
		buf_format(out, " \"%.*s\"", SLICE_ARG(a->folder));
	if (a->to.p != NULL)
		buf_format(out, " %.*s", SLICE_ARG(a->to));
	if (a->text.n > 0)
		buf_format(out, " \"%.*s\"", (int)(a->text.n > 80 ? 80 :
		    a->text.n), a->text.p);
	if (a->flags.n > 0)
		buf_format(out, " with flags %.*s", SLICE_ARG(a->flags));
}

void
result_describe(const struct sieve_result *r, struct buf *out)
{
	for (size_t i = 0; i < r->n; i++)
		describe_action(&r->actions[i], out);
	if (r->implicit_keep) {
		buf_append_text(out, out->n > 0 ? ", keep" : "keep");
		if (r->keep_flags.n > 0)
			buf_format(out, " with flags %.*s",
			    SLICE_ARG(r->keep_flags));
	}
	for (size_t i = 0; i < r->edits_n; i++)
		buf_format(out, ", %s %.*s",
		    r->edits[i].op == HEADER_DELETE ? "deleteheader" :
		    "addheader", SLICE_ARG(r->edits[i].name));
}
