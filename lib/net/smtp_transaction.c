/* SPDX-License-Identifier: ISC */
/*
 * The mail transaction (RFC 5321, 3.3): envelope, message, answers.
 */
#include "net/smtp_transaction.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"

static void
reset_envelope(struct smtp_session *s)
{
	struct smtp_envelope *e = &s->envelope;

	for (size_t i = 0; i < e->to_n; i++)
		free(e->to[i]);
	buf_reset(&e->from);
	e->begun = e->utf8 = e->eight_bit = e->body_given = false;
	e->to_n = 0;
	e->size = 0;
	buf_reset(&s->body);
	smtp_data_release(&s->data);
	s->in_chunks = false;
	s->mail_refused = false;
}

/* What was forwarded holds for one message (XFORWARD_README). */
void
smtp_transaction_reset(struct smtp_session *s)
{
	reset_envelope(s);
	if (s->forwarded)
		smtp_client_reset(&s->origin);
	s->forwarded = false;
}

/* Behind a refused MAIL a pipelining client sends the rest all the same. */
static void
refuse_order(struct smtp_session *s, const char *text)
{
	if (s->mail_refused)
		smtp_answer(s->out, 503, "5.5.1", "%s", text);
	else
		smtp_refuse(s, 503, "5.5.1", text);
}

static int
take_size(struct smtp_session *s, struct slice value, struct smtp_reply *reply)
{
	int64_t size;

	/* number_parse refuses more than 63 bits: too large as well */
	for (size_t i = 0; i < value.n; i++)
		if (!ascii_is_digit(value.p[i]))
			goto malformed;
	if (value.n == 0 || value.n > 20)
		goto malformed;
	if (number_parse(value, 0, INT64_MAX, &size) < 0 ||
	    size > s->conf->limits.size_max) {
		smtp_reply_set(reply, 552, "5.3.4",
		    "message larger than %lld octets",
		    (long long)s->conf->limits.size_max);
		return -1;
	}
	s->envelope.size = size;
	return 0;
malformed:
	smtp_reply_set(reply, 501, "5.5.4", "SIZE is a number of octets");
	return -1;
}

static int
take_mail_parameter(struct smtp_session *s, struct slice name,
    struct slice value, struct smtp_reply *reply)
{
	if (slice_case_is(name, "SIZE") && value.p != NULL)
		return take_size(s, value, reply);
	if (slice_case_is(name, "BODY") &&
	    (slice_case_is(value, "7BIT") ||
		slice_case_is(value, "8BITMIME"))) {
		s->envelope.body_given = true;
		s->envelope.eight_bit = slice_case_is(value, "8BITMIME");
		return 0;
	}
	if (slice_case_is(name, "SMTPUTF8") && value.p == NULL) {
		s->envelope.utf8 = true;
		return 0;
	}
	smtp_reply_set(reply, 555, "5.5.4", "parameter %.*s not supported",
	    (int)(name.n < 40 ? name.n : 40), name.p);
	return -1;
}

/* Is there room for a message of the declared size, or for any? */
static bool
has_memory(const struct smtp_session *s)
{
	const struct smtp_limits *limits = &s->conf->limits;
	int64_t room = limits->ration == NULL ? limits->memory_max
	    : ration_room(limits->ration, limits->memory_max);

	return room > 0 && s->envelope.size <= room;
}

static int
take_mail(struct smtp_session *s, struct slice argument,
    struct smtp_reply *reply)
{
	struct slice path, parameters, name, value;
	int more;

	if (smtp_path_split(argument, "FROM:", &path, &parameters) < 0) {
		smtp_reply_set(reply, 501, "5.5.4",
		    "syntax: MAIL FROM:<address>");
		return -1;
	}
	while ((more = smtp_parameter_next(&parameters, &name, &value)) == 1)
		if (take_mail_parameter(s, name, value, reply) < 0)
			return -1;
	if (more < 0) {
		smtp_reply_set(reply, 501, "5.5.4", "malformed parameter");
		return -1;
	}
	if (!has_memory(s)) {
		smtp_reply_set(reply, 452, "4.3.1", "no memory for that now");
		return -1;
	}
	return s->handler->sender(s->handler->context, path, s->envelope.utf8,
	    &s->envelope.from, reply);
}

void
smtp_do_mail(struct smtp_session *s, const struct smtp_command *command)
{
	struct smtp_reply reply;

	if (s->client.helo.n == 0) {
		smtp_refuse(s, 503, "5.5.1", "say hello first");
		return;
	}
	if (s->envelope.begun) {
		smtp_refuse(s, 503, "5.5.1", "a message is begun already");
		return;
	}
	if (s->mails >= s->conf->mails_max) {
		smtp_session_close(
		    s, 421, "4.5.3", "enough messages; connect again");
		return;
	}
	reset_envelope(s);
	if (take_mail(s, command->argument, &reply) < 0) {
		reset_envelope(s);
		s->mail_refused = true;
		smtp_refuse_with(s, &reply);
		return;
	}
	s->envelope.begun = true;
	s->mails++;
	smtp_answer(s->out, 250, "2.1.0", "sender ok");
}

static void
add_recipient(struct smtp_envelope *e, const struct buf *address)
{
	if (e->to_n == e->to_capacity) {
		e->to_capacity = e->to_capacity * 2 + 4;
		e->to = mem_array(e->to, e->to_capacity, sizeof(*e->to));
	}
	e->to[e->to_n++] = mem_dup(buf_text(address), address->n);
}

void
smtp_do_rcpt(struct smtp_session *s, const struct smtp_command *command)
{
	struct buf address = BUF_LIMITED(SMTP_ADDRESS_MAX);
	struct slice path, parameters, name, value;
	struct smtp_reply reply;

	if (!s->envelope.begun || s->in_chunks) {
		refuse_order(s, "MAIL first");
		return;
	}
	if (smtp_path_split(
		command->argument, "TO:", &path, &parameters) < 0) {
		smtp_refuse(s, 501, "5.5.4", "syntax: RCPT TO:<address>");
		return;
	}
	if (smtp_parameter_next(&parameters, &name, &value) != 0) {
		smtp_refuse(s, 555, "5.5.4",
		    "RCPT parameters are not supported");
		return;
	}
	if ((int64_t)s->envelope.to_n >= s->conf->recipients_max) {
		smtp_answer(s->out, 452, "4.5.3", "too many recipients");
		return;
	}
	if (s->handler->recipient(s->handler->context, path, s->envelope.utf8,
		&address, &reply) < 0) {
		smtp_refuse_with(s, &reply);
	} else {
		add_recipient(&s->envelope, &address);
		smtp_answer(s->out, 250, "2.1.5", "recipient ok");
	}
	buf_free(&address);
}

/* Is there a message to give octets of?  Answers if not. */
static bool
has_recipients(struct smtp_session *s)
{
	if (!s->envelope.begun)
		refuse_order(s, "MAIL first");
	else if (s->envelope.to_n == 0)
		smtp_answer(s->out, s->conf->lmtp ? 503 : 554, "5.5.1",
		    "no valid recipients");
	else
		return true;
	return false;
}

void
smtp_do_data(struct smtp_session *s, const struct smtp_command *command)
{
	if (command->argument.n > 0) {
		smtp_refuse(s, 501, "5.5.4", "DATA takes no parameter");
		return;
	}
	if (s->in_chunks) {
		smtp_refuse(s, 503, "5.5.1", "BDAT and DATA do not mix");
		return;
	}
	if (!has_recipients(s))
		return;
	smtp_data_start(&s->data, &s->conf->limits, &s->body);
	s->next = SMTP_NEXT_OCTETS;
	smtp_answer(s->out, 354, "", "end with CRLF.CRLF");
}

void
smtp_do_bdat(struct smtp_session *s, const struct smtp_command *command)
{
	if (smtp_chunk_parse(
		command->argument, &s->chunk_left, &s->chunk_last) < 0) {
		/* how much follows is anybody's guess */
		smtp_session_close(s, 501, "5.5.4", "syntax: BDAT SIZE [LAST]");
		return;
	}
	s->chunk_size = s->chunk_left;
	s->in_chunk = true;
	s->chunk_wanted = s->in_chunks || (s->envelope.begun &&
	    s->envelope.to_n > 0);
	if (s->chunk_wanted && !s->in_chunks) {
		smtp_data_start(&s->data, &s->conf->limits, &s->body);
		s->in_chunks = true;
	}
	s->next = SMTP_NEXT_OCTETS;
	if (s->chunk_left == 0)
		smtp_session_take(s, SLICE(""));
}

static const struct {
	int code;
	char enhanced[8];
	const char *text;
} faults[] = {
    [SMTP_TOO_LARGE] = {552, "5.3.4", "message too large"},
    [SMTP_NO_MEMORY] = {452, "4.3.1", "no memory for that now"},
    [SMTP_BARE_LINE_END] = {554, "5.6.0",
	"a CR or LF stands alone; lines end with CRLF"},
    [SMTP_LINE_TOO_LONG] = {554, "5.6.0", "line too long"},
    [SMTP_HEADER_TOO_LARGE] = {554, "5.6.0", "header too large"},
    [SMTP_LOOP] = {554, "5.4.6", "too many Received lines: a mail loop"}};

static void
tell_fault(const struct smtp_session *s, enum smtp_fault fault)
{
	if (fault != SMTP_SOUND && s->handler->fault != NULL)
		s->handler->fault(s->handler->context, fault);
}

/* The message is whole: answers, once or once for each recipient. */
static void
finish_message(struct smtp_session *s)
{
	size_t n = s->conf->lmtp ? s->envelope.to_n : 1;
	struct smtp_reply *replies = mem_array(NULL, n, sizeof(*replies));
	struct smtp_header_facts facts;
	enum smtp_fault fault = smtp_data_finish(&s->data, &facts);

	if (fault == SMTP_SOUND)
		s->handler->message(
		    s->handler->context, s, &facts, replies, n);
	tell_fault(s, fault);
	for (size_t i = 0; i < n; i++) {
		if (fault != SMTP_SOUND)
			smtp_reply_set(&replies[i], faults[fault].code,
			    faults[fault].enhanced, "%s", faults[fault].text);
		smtp_reply_put(&replies[i], s->out);
	}
	if (replies[0].code < 300)
		s->messages++;
	s->idle_commands = 0;
	s->next = SMTP_NEXT_COMMAND;
	if (replies[0].code >= 500 && ++s->errors >= s->conf->errors_max)
		smtp_session_close(s, 421, "4.7.0", "too many errors");
	free(replies);
	smtp_transaction_reset(s);
}

static void
finish_chunk(struct smtp_session *s)
{
	enum smtp_fault fault = s->data.fault;

	s->in_chunk = false;
	s->next = SMTP_NEXT_COMMAND;
	if (!s->chunk_wanted) {
		has_recipients(s);
	} else if (s->chunk_last) {
		finish_message(s);
	} else if (fault != SMTP_SOUND) {
		tell_fault(s, fault);
		smtp_refuse(s, faults[fault].code, faults[fault].enhanced,
		    faults[fault].text);
		smtp_transaction_reset(s);
		s->mail_refused = true;
	} else {
		smtp_answer(s->out, 250, "2.0.0", "%lld octets taken",
		    (long long)s->chunk_size);
	}
}

size_t
smtp_session_take(struct smtp_session *s, struct slice octets)
{
	size_t used;

	if (s->in_chunk) {
		used = (int64_t)octets.n < s->chunk_left
		    ? octets.n : (size_t)s->chunk_left;
		if (s->chunk_wanted)
			smtp_data_take_chunk(
			    &s->data, slice_part(octets, 0, used));
		s->chunk_left -= (int64_t)used;
		if (s->chunk_left == 0)
			finish_chunk(s);
		return used;
	}
	used = smtp_data_take(&s->data, octets);
	if (s->data.ended)
		finish_message(s);
	return used;
}
