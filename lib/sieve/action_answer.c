/* SPDX-License-Identifier: ISC */
/*
 * Mail that a script wants sent: answers while away, and notices.  Whether an
 * answer is in place at all is decided here (RFC 5230, 4.5 to 4.7; RFC 3834);
 * that a correspondent gets one once in so many days is for who sends it, by
 * the action's handle and seconds.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "actions.h"
#include "base/id.h"
#include "mailto.h"
#include "tests.h"

#define DAY INT64_C(86400)
#define VACATION_DAYS 7
#define VACATION_DAYS_MAX 14 /* so long marks are remembered */
#define HASH_SIZE 16

static struct slice
first_text(struct sieve_run *run, const char *name)
{
	const struct letter_header *h = letter_header(run->message);

	for (size_t i = 0; i < h->n; i++)
		if (slice_case_is(h->fields[i]->name, name))
			return field_text(run->message, h->fields[i]);
	return SLICE_NONE;
}

static bool
has_list_field(struct sieve_run *run)
{
	const struct letter_header *h = letter_header(run->message);

	for (size_t i = 0; i < h->n; i++)
		if (slice_case_starts(h->fields[i]->name, "List-"))
			return true;
	return false;
}

static bool
is_automatic(struct sieve_run *run)
{
	struct slice submitted = first_text(run, "Auto-Submitted");
	struct slice precedence = first_text(run, "Precedence");

	return (submitted.p != NULL && !slice_case_starts(submitted, "no")) ||
	    slice_case_is(precedence, "bulk") ||
	    slice_case_is(precedence, "list") ||
	    slice_case_is(precedence, "junk") || has_list_field(run) ||
	    first_text(run, "X-Auto-Response-Suppress").n > 0;
}

/* Nobody who would read an answer (RFC 5230, 4.6). */
static bool
is_robot(struct slice sender)
{
	static const char *const names[] = {"mailer-daemon", "listserv",
	    "majordomo", "noreply", "no-reply", NULL};
	struct slice local, domain;

	if (sender.n == 0 || address_split(sender, &local, &domain) < 0)
		return true;
	for (size_t i = 0; names[i] != NULL; i++)
		if (slice_case_is(local, names[i]))
			return true;
	return slice_case_starts(local, "owner-") ||
	    slice_case_ends(local, "-request") ||
	    slice_case_starts(local, "srs0") ||
	    slice_case_starts(local, "bounce");
}

static bool
is_mine(struct sieve_run *run, const struct sieve_node *node,
    struct slice address)
{
	const struct sieve_tag_use *mine = node_tag(node, TAG_ADDRESSES);

	if (slice_case_equal(address, run->recipient) ||
	    slice_case_equal(address, run->mailbox))
		return true;
	if (run->recipient.p == NULL) /* the site's script */
		for (size_t i = 0; i < run->message->recipients_n; i++)
			if (slice_case_equal(address,
			    run->message->recipients[i]))
				return true;
	for (size_t i = 0; mine != NULL && i < mine->value->n; i++)
		if (slice_case_equal(address, run_text(run,
		    &mine->value->strings[i])))
			return true;
	return false;
}

/* Was it written to this user, by one of his addresses (4.5)? */
static bool
is_addressed(struct sieve_run *run, const struct sieve_node *node)
{
	static const char *const names[] = {"To", "Cc", "Bcc", "Resent-To",
	    "Resent-Cc", "Resent-Bcc", NULL};
	const struct letter_header *h = letter_header(run->message);

	for (size_t i = 0; i < h->n; i++) {
		bool is_address = false;
		const struct address_list *list;

		for (size_t k = 0; names[k] != NULL; k++)
			is_address |= slice_case_is(h->fields[i]->name,
			    names[k]);
		if (!is_address)
			continue;
		list = field_addresses(run->message, h->fields[i]);
		for (size_t k = 0; k < list->n; k++)
			if (is_mine(run, node, buf_slice(&list->items[k].text)))
				return true;
	}
	return false;
}

static void
hash_slice(crypto_generichash_state *state, struct slice s)
{
	crypto_generichash_update(state, (const unsigned char *)
	    (s.p != NULL ? s.p : ""), s.n);
	crypto_generichash_update(state, (const unsigned char *)"", 1);
}

/* As the script has it, its variables not filled in. */
static void
hash_written(crypto_generichash_state *state, const struct sieve_node *node,
    enum sieve_tag tag)
{
	const struct sieve_tag_use *use = node_tag(node, tag);

	hash_slice(state, use == NULL ? SLICE_NONE :
	    use->value->strings[0].text);
}

/* The same answer to the same person (4.2): by :handle, else by all that
 * makes the answer what it is, but nothing of the message, or each of a
 * correspondent's subjects would get an answer of its own. */
static struct slice
vacation_handle(struct sieve_run *run, const struct sieve_node *node,
    const struct result_action *a)
{
	crypto_generichash_state state;
	unsigned char hash[HASH_SIZE];
	char digits[2 * HASH_SIZE + 1];

	crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
	hash_slice(&state, arena_lower(run->arena, a->to));
	if (node_tag(node, TAG_HANDLE) != NULL)
		hash_slice(&state, run_tag(run, node, TAG_HANDLE));
	else {
		hash_written(&state, node, TAG_SUBJECT);
		hash_written(&state, node, TAG_FROM);
		hash_slice(&state, a->mime ? SLICE("mime") : SLICE(""));
		hash_slice(&state, node->args[0]->strings[0].text);
	}
	crypto_generichash_final(&state, hash, HASH_SIZE);
	hex_encode(hash, HASH_SIZE, digits);
	return arena_join(run->arena, SLICE("vacation:"), slice_text(digits));
}

static int64_t
vacation_seconds(const struct sieve_node *node)
{
	int64_t days = run_tag_number(node, TAG_DAYS, VACATION_DAYS);

	if (node_tag(node, TAG_SECONDS) != NULL) {
		int64_t seconds = run_tag_number(node, TAG_SECONDS, 0);

		return seconds > VACATION_DAYS_MAX * DAY ?
		    VACATION_DAYS_MAX * DAY : seconds;
	}
	days = days < 1 ? 1 : days > VACATION_DAYS_MAX ? VACATION_DAYS_MAX :
	    days;
	return days * DAY;
}

static struct slice
vacation_subject(struct sieve_run *run, const struct sieve_node *node)
{
	struct slice subject = run_tag(run, node, TAG_SUBJECT);

	if (subject.p != NULL)
		return subject;
	subject = first_text(run, "Subject");
	return arena_join(run->arena, SLICE("Auto: "), subject.p != NULL ?
	    subject : SLICE("your message"));
}

int
action_vacation(struct sieve_run *run, const struct sieve_node *node)
{
	struct slice sender = run->message->sender;
	struct result_action *a;

	if (result_find(run->result, ACTION_VACATION) != NULL)
		return run_fail(run, node, "a second 'vacation'");
	if (result_find(run->result, ACTION_REJECT) != NULL)
		return run_fail(run, node, "'vacation' after the message was "
		    "refused");
	if (is_robot(sender) || is_automatic(run) ||
	    slice_case_equal(sender, run->recipient) ||
	    !is_addressed(run, node))
		return 0;
	a = run_add_action(run, node, ACTION_VACATION);
	if (a == NULL)
		return -1;
	a->to = sender;
	a->text = run_arg(run, node->args[0]);
	a->subject = vacation_subject(run, node);
	a->from = run_tag(run, node, TAG_FROM);
	a->mime = node_tag(node, TAG_MIME) != NULL;
	a->seconds = vacation_seconds(node);
	a->handle = vacation_handle(run, node, a);
	return 0;
}

/* ---- RFC 5435, 5436 ---- */

static struct slice
notify_text(struct sieve_run *run, const struct sieve_node *node,
    const struct mailto *mailto)
{
	struct slice text = run_tag(run, node, TAG_MESSAGE);
	struct slice from = first_text(run, "From");
	struct slice subject = first_text(run, "Subject");
	struct buf out = BUF_LIMITED(1000);
	struct slice copy;

	if (text.p != NULL)
		return text;
	if (mailto->subject.p != NULL)
		return mailto->subject;
	(void)buf_append_text(&out, "New mail from ");
	(void)buf_append_slice(&out, slice_part(from, 0, 200));
	(void)buf_append_text(&out, ": ");
	(void)buf_append_slice(&out, slice_part(subject, 0, 400));
	copy = arena_copy(run->arena, buf_slice(&out));
	buf_free(&out);
	return copy;
}

int
action_notify(struct sieve_run *run, const struct sieve_node *node)
{
	struct slice method = run_arg(run, node->args[0]);
	struct slice importance = run_tag(run, node, TAG_IMPORTANCE);
	struct slice submitted = first_text(run, "Auto-Submitted");
	struct mailto mailto;

	if (mailto_parse(method, run->arena, &mailto) < 0)
		return run_fail(run, node, "'%.*s' is no way to notify",
		    method.n > 100 ? 100 : (int)method.n, method.p);
	/* a notice about notices is a loop (RFC 5436, 2.7.1) */
	if (slice_case_starts(submitted, "auto-notified"))
		return 0;
	for (size_t i = 0; i < mailto.n; i++) {
		struct result_action *a = run_add_action(run, node,
		    ACTION_NOTIFY);

		if (a == NULL)
			return -1;
		a->to = mailto.to[i];
		a->subject = notify_text(run, node, &mailto);
		a->text = mailto.body.p != NULL ? mailto.body : a->subject;
		a->from = run_tag(run, node, TAG_FROM);
		a->importance = importance.p != NULL ? importance : SLICE("2");
	}
	return 0;
}
