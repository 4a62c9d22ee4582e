/* SPDX-License-Identifier: ISC */
/*
 * Phrases of Postfix and Dovecot behind which people or strangers speak, and
 * all phrases by their words.
 */
#include "ops/scrub_rule.h"

#include <string.h>

/* `header Subject: ... from client[ip]; from=<>': only the last `from' can be
 * Postfix's own. */
static size_t
header(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);
	size_t colon = slice_find(rest, ':'), tail;

	if (rest.n == 0 || rest.p[0] != ' ' || colon == rest.n || colon > 100)
		return 0;
	rule_copy(r, r->end + colon + 1);
	buf_append_text(r->out, " " SCRUB_GONE);
	rest = rule_rest(r, r->at);
	tail = rule_last_text(rest, " from ");
	return r->at + tail;
}

static size_t
body(struct rule *r)
{
	if (r->at < 2 || r->text.p[r->at - 2] != ':')
		return 0;
	rule_copy(r, r->end + 1);
	buf_append_text(r->out, SCRUB_GONE);
	return r->at + rule_last_text(rule_rest(r, r->at), " from ");
}

/* The codes of a reply stay, its words go; `tail' is where they end. */
static size_t
reply(struct rule *r, size_t at, size_t tail)
{
	struct slice queued = SLICE(" queued as ");
	size_t word;

	rule_copy(r, at);
	while (r->at < tail &&
	       (ascii_is_digit(r->text.p[r->at]) ||
		   strchr(".- ", r->text.p[r->at]) != NULL) &&
	       r->at < at + 16)
		rule_copy(r, r->at + 1);
	if (r->at == tail)
		return tail;
	buf_append_text(r->out, SCRUB_GONE);
	word =
	    r->at + slice_find_text(slice_part(r->text, r->at, tail), queued);
	if (word < tail) {
		size_t end = word += queued.n;

		while (end < tail && ascii_is_alnum(r->text.p[end]))
			end++;
		buf_append_slice(r->out, queued);
		buf_append_slice(r->out, slice_part(r->text, word, end));
	}
	return tail;
}

static size_t
said(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);

	if (!slice_starts(rest, ": "))
		return 0;
	return reply(r, r->end + 2,
	    r->end + rule_last_text(rest, " (in reply to "));
}

static size_t
refused(struct rule *r)
{
	static const char phrase[] = " to talk to me: ";

	if (!slice_starts(rule_rest(r, r->end), phrase))
		return 0;
	return reply(r, r->end + sizeof(phrase) - 1, r->text.n);
}

static size_t
sent(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);

	if (!slice_starts(rest, " (") || rest.n < 6 ||
	    !ascii_is_digit(rest.p[2]) || !ascii_is_digit(rest.p[4]))
		return 0;
	return reply(r, r->end + 2, r->end + rule_last_text(rest, ")"));
}

static size_t
drop_after(struct rule *r, const char *what)
{
	struct slice rest = rule_rest(r, r->end);
	size_t at = slice_find_text(rest, slice_text(what));

	if (at == rest.n)
		return 0;
	/* what stands before it is still to be looked at; the word is not, or
	 * it would be this one again */
	rule_copy(r, r->end);
	scrub_text(r->s, slice_part(r->text, r->end, r->end + at + 1), r->out);
	buf_append_text(r->out, what + 1);
	buf_append_text(r->out, SCRUB_GONE);
	return r->text.n;
}

static size_t
stranger(struct rule *r)
{
	return drop_after(r, "]: ");
}

static size_t
command(struct rule *r)
{
	if (!slice_starts(rule_rest(r, r->end), ": "))
		return 0;
	rule_copy(r, r->end + 2);
	buf_append_text(r->out, SCRUB_GONE);
	return r->text.n;
}

static size_t
auth(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);
	size_t n = 1;

	if (rest.n == 0 || rest.p[0] != ' ')
		return 0;
	while (n < rest.n && (ascii_is_alnum(rest.p[n]) || rest.p[n] == '-'))
		n++;
	if (n == 1 || n + 1 >= rest.n || rest.p[n] != ' ')
		return 0;
	rule_copy(r, r->end + n + 1);
	buf_append_text(r->out, SCRUB_GONE);
	return r->text.n;
}

/* Dovecot's `Mailbox created: NAME', `Mailbox NAME: what became of it'. */
static size_t
plain_folder(struct rule *r)
{
	static const char *const verbs[] = {
	    " created: ", " deleted: ", " renamed: "};
	struct slice rest = rule_rest(r, r->end);
	size_t end = slice_find_text(rest, SLICE(": "));

	if (rest.n < 2 || rest.p[0] != ' ' || end == rest.n)
		return 0;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (slice_starts(rest, verbs[i])) {
			rule_copy(r, r->end + strlen(verbs[i]));
			scrub_value(
			    r->s, SCRUB_FOLDER, rule_rest(r, r->at), r->out);
			return r->text.n;
		}
	rule_copy(r, r->end + 1);
	scrub_value(r->s, SCRUB_FOLDER, slice_part(rest, 1, end), r->out);
	return r->end + end;
}

/* `copy from NAME: box=' */
static size_t
copied(struct rule *r)
{
	static const char phrase[] = " from ";
	struct slice rest = rule_rest(r, r->end);
	size_t end = rule_last_text(rest, ": box=");

	if (!slice_starts(rest, phrase) || end == rest.n)
		return 0;
	rule_copy(r, r->end + sizeof(phrase) - 1);
	scrub_value(r->s, SCRUB_FOLDER,
	    slice_part(rest, sizeof(phrase) - 1, end), r->out);
	return r->text.n - rest.n + end;
}

/* Dovecot's `USER TAB 1 TAB alice TAB uid=...' */
static size_t
record(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);
	size_t at = 1, end;

	if (rest.n == 0 || rest.p[0] != '\t')
		return 0;
	while (at < rest.n && ascii_is_digit(rest.p[at]))
		at++;
	if (at == 1 || at == rest.n || rest.p[at] != '\t')
		return 0;
	at++;
	end = at + slice_find(slice_part(rest, at, rest.n), '\t');
	rule_copy(r, r->end + at);
	scrub_name(r->s, slice_part(rest, at, end), r->out);
	return r->text.n - rest.n + end;
}

/* `saved mail to NAME' */
static size_t
saved(struct rule *r)
{
	static const char phrase[] = " mail to ";

	if (!slice_starts(rule_rest(r, r->end), phrase))
		return 0;
	rule_copy(r, r->end + sizeof(phrase) - 1);
	scrub_value(r->s, SCRUB_FOLDER, rule_rest(r, r->at), r->out);
	return r->text.n;
}

static size_t
folder(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);
	char quote[2] = "";
	size_t last;

	if (rest.n < 3 || rest.p[0] != ' ' ||
	    (rest.p[1] != '\'' && rest.p[1] != '"'))
		return rule_word(r).p[0] == 'M' ? plain_folder(r) : 0;
	quote[0] = rest.p[1];
	last = rule_last_text(rest, quote);
	return rule_between(r, SCRUB_FOLDER, r->end + 1,
	    r->end + (last > 1 ? last : rest.n));
}

static size_t
hostname(struct rule *r)
{
	size_t at = r->end + 1;

	if (r->end >= r->text.n || r->text.p[r->end] != ' ')
		return 0;
	rule_copy(r, at);
	scrub_value(r->s, SCRUB_HOST,
	    slice_part(r->text, at, rule_bare_end(r->text, at)), r->out);
	return rule_bare_end(r->text, at);
}

static bool
is_stop_word(struct slice word)
{
	static const char *const words[] = {"", "unknown", "not", "does", "has",
	    "is", "name", "names", "in", "and", "or", "lookup", "failed",
	    "authentication", "database", "session", "sessions", "from", "with",
	    "was", "exists", "id", "over", "disabled", "to", "unknown)", "by",
	    "of", "for", "on", "at"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_case_is(word, words[i]))
			return true;
	return slice_starts(word, "doesn");
}

/* sshd's `invalid user NAME from ADDRESS' or `NAME ADDRESS port': the name is
 * a stranger's text; where it ends within rest. */
static size_t
invalid_end(struct slice rest)
{
	size_t end = rule_last_text(rest, " from ");

	if (end < rest.n)
		return end;
	end = rule_last_text(rest, " port ");
	if (end == rest.n)
		return 0;
	while (end > 0 && rest.p[end - 1] != ' ')
		end--;
	return end > 0 ? end - 1 : 0;
}

static size_t
user(struct rule *r)
{
	struct slice rest = rule_rest(r, r->end);
	bool invalid =
	    r->at > 7 &&
	    slice_case_is(slice_part(r->text, r->at - 8, r->at), "invalid ");
	size_t at = r->end + 1, end = rule_bare_end(r->text, at);

	if (rest.n < 2 || rest.p[0] != ' ')
		return 0;
	if (invalid && invalid_end(rest) > 0)
		end = r->end + invalid_end(rest);
	if (end <= at ||
	    (!invalid && is_stop_word(slice_part(r->text, at, end))))
		return 0;
	rule_copy(r, at);
	if (!invalid &&
	    slice_find(slice_part(r->text, at, end), '@') < end - at)
		return at;
	scrub_name(r->s, slice_part(r->text, at, end), r->out);
	return end;
}

static const struct phrase {
	struct slice word;
	size_t (*take)(struct rule *r);
} phrases[] = {
    {SLICE("header"), header}, {SLICE("body"), body}, {SLICE("said"), said},
    {SLICE("refused"), refused}, {SLICE("sent"), sent},
    {SLICE("non-SMTP"), stranger}, {SLICE("improper"), stranger},
    {SLICE("command"), command}, {SLICE("password"), command},
    {SLICE("AUTH"), auth}, {SLICE("mailbox"), folder},
    {SLICE("folder"), folder}, {SLICE("Mailbox"), folder},
    {SLICE("hostname"), hostname}, {SLICE("user"), user},
    {SLICE("User"), user}, {SLICE("for"), rule_for_whom},
    {SLICE("by"), rule_by_whom}, {SLICE("changed"), rule_changed},
    {SLICE("sudo"), rule_sudo},
    {SLICE("saved"), saved}, {SLICE("copy"), copied}, {SLICE("USER"), record},
    {SLICE("COMMAND"), rule_sudo_command}, {SLICE("CMD"), rule_cron_command},
    {SLICE("identification"), rule_identification},
    {SLICE("identifier"), rule_identifier},
    {SLICE("disconnect"), rule_disconnect}, {SLICE("offer"), rule_offer},
    {SLICE("allowed"), rule_allowed}};

size_t
rule_phrase(struct rule *r)
{
	struct slice word = rule_word(r);

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		size_t next;

		/* most words are none: seen without a call */
		if (word.n == phrases[i].word.n &&
		    word.p[0] == phrases[i].word.p[0] &&
		    slice_equal(word, phrases[i].word) &&
		    (next = phrases[i].take(r)) > 0)
			return next;
	}
	return 0;
}
