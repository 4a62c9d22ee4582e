/* SPDX-License-Identifier: ISC */
/*
 * Phrases of sshd, PAM, sudo and cron: who came, and what he or a stranger
 * said.
 */
#include "ops/scrub_rule.h"

#include <string.h>

static size_t
bare_name(struct rule *r, size_t at, size_t end)
{
	rule_copy(r, at);
	scrub_name(r->s, slice_part(r->text, at, end), r->out);
	return end;
}

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
	return bare_name(r, at, end);
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
	return bare_name(r, at, end);
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

/* Of sshd: `Bad protocol version identification 'GET / HTTP/1.1' from', `Bad
 * remote protocol version identification: 'SSH-1.0-x''. */
size_t
rule_identification(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);
	size_t open = slice_starts(rest, ": '") ? 2 : 1;
	size_t end = rule_last_text(rest, open == 1 ? "' from " : "'");

	if (!slice_starts(slice_part(rest, open - 1, rest.n), " '") ||
	    end == rest.n || end <= open)
		return 0;
	return rule_between(r, SCRUB_TEXT, r->end + open, r->end + end);
}

/* Of sshd: `client sent invalid protocol identifier "GET / HTTP/1.1"'. */
size_t
rule_identifier(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);
	size_t end = rule_last_text(rest, "\"");

	if (!slice_starts(rest, " \"") || end < 2)
		return 0;
	return rule_between(r, SCRUB_TEXT, r->end + 1, r->end + end);
}

/* All from there on is the client's, but for sshd's word of when it was. */
static size_t
client_says(struct rule *r, size_t from)
{
	static const char when[] = " [preauth]";
	size_t end = r->text.n;

	if (slice_ends(rule_rest(r, from), when))
		end -= sizeof(when) - 1;
	rule_copy(r, from);
	buf_append_text(r->out, SCRUB_GONE);
	return end;
}

/* `Received disconnect from ADDRESS port 22:11: Bye Bye'; Postfix's
 * `disconnect from' is no such thing. */
size_t
rule_disconnect(struct rule *r)
{
	static const char before[] = "Received ", from[] = " from ";
	size_t n = sizeof(before) - 1, at;
	struct slice rest = rule_rest(r, r->end);

	if (r->word < n || !slice_starts(rule_rest(r, r->word - n), before) ||
	    !slice_starts(rest, from))
		return 0;
	/* an address has no blank, nor have its port and the number */
	at = slice_find_text(rest, SLICE(" port "));
	at += slice_find_text(slice_part(rest, at, rest.n), SLICE(": "));
	if (at == rest.n)
		return 0;
	rule_copy(r, r->end);
	scrub_text(r->s, slice_part(rest, 0, at + 2), r->out);
	r->at = r->end + at + 2;
	return client_says(r, r->at);
}

/* `Their offer: ssh-rsa,ssh-dss' */
size_t
rule_offer(struct rule *r)
{
	return slice_starts(rule_rest(r, r->end), ": ") ?
	    client_says(r, r->end + 2) : 0;
}

/* `Change of username or service not allowed: (NAME,ssh) -> (NAME,ssh)' */
size_t
rule_allowed(struct rule *r)
{
	return slice_starts(rule_rest(r, r->end), ": (") ?
	    client_says(r, r->end + 2) : 0;
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
	return bare_name(r, r->end + at, r->end + end);
}
