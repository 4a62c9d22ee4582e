/* SPDX-License-Identifier: ISC */
/*
 * Phrases of sshd, PAM, sudo and cron: who came, and what he or a stranger
 * said.
 */
#include "ops/scrub_rule.h"

#include <string.h>

/* `for NAME from', `by NAME(uid=0)' */
static size_t
before_word(struct rule *r, const char *follows)
{
	size_t at = r->end + 1, end;

	if (r->end >= r->text.n || r->text.p[r->end] != ' ')
		return 0;
	end = rule_bare_end(r->text, at);
	if (end == at || !slice_starts(rule_rest(r, end), follows) ||
	    slice_find(slice_part(r->text, at, end), '@') < end - at)
		return 0;
	rule_copy(r, at);
	scrub_name(r->s, slice_part(r->text, at, end), r->out);
	return end;
}

size_t
rule_for_whom(struct rule *r)
{
	return before_word(r, " from ");
}

/* PAM's `password changed for NAME' */
size_t
rule_changed(struct rule *r)
{
	static const char phrase[] = " for ";
	size_t at = r->end + sizeof(phrase) - 1, end;

	if (!slice_starts(rule_rest(r, r->end), phrase))
		return 0;
	end = rule_bare_end(r->text, at);
	rule_copy(r, at);
	scrub_name(r->s, slice_part(r->text, at, end), r->out);
	return end;
}

size_t
rule_by_whom(struct rule *r)
{
	return before_word(r, "(uid=");
}

/* sudo's `COMMAND=/usr/bin/passwd alice': the program stays. */
size_t
rule_sudo_command(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);
	size_t blank = slice_find(rest, ' ');

	if (rest.n == 0 || rest.p[0] != '=' || blank == rest.n)
		return 0;
	rule_copy(r, r->end + 1);
	scrub_text(r->s, slice_part(rest, 1, blank + 1), r->out);
	buf_append_text(r->out, SCRUB_GONE);
	return r->text.n;
}

/* cron's `CMD (program words...)', likewise. */
size_t
rule_cron_command(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);
	size_t blank = 2 + slice_find(slice_part(rest, 2, rest.n), ' ');

	if (!slice_starts(rest, " (") || blank >= rest.n)
		return 0;
	rule_copy(r, r->end);
	scrub_text(r->s, slice_part(rest, 0, blank + 1), r->out);
	buf_append_text(r->out, SCRUB_GONE);
	return r->text.n - (rest.p[rest.n - 1] == ')');
}

/* sshd's `Bad protocol version identification 'GET / HTTP/1.1' from' */
size_t
rule_identification(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);
	size_t end = rule_last_text(rest, "' from ");

	if (!slice_starts(rest, " '") || end == rest.n)
		return 0;
	return rule_between(r, SCRUB_TEXT, r->end + 1, r->end + end);
}

/* `sudo:  alice : TTY=...' */
size_t
rule_sudo(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);
	size_t end = slice_find_text(rest, SLICE(" : ")), at;

	at = slice_find_text(slice_part(rest, 0, end), SLICE(": "));
	if (end == rest.n || at == end)
		return 0;
	while (at + 1 < end && (rest.p[at] == ':' || rest.p[at] == ' '))
		at++;
	rule_copy(r, r->end + at);
	scrub_name(r->s, slice_part(rest, at, end), r->out);
	return r->end + end;
}
