/* SPDX-License-Identifier: ISC */
/*
 * What becomes of what a client says: its senders and recipients are judged,
 * its messages become records, and the receipts replies.  The client is a
 * stranger; what comes back is trusted as far as receipt.h says.
 */
#include "receiver.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "record/receipt.h"

static int
judge_sender(void *context, struct slice path, bool utf8, struct buf *address,
    struct smtp_reply *reply)
{
	struct receiver *r = context;

	r->refresh(r->context);
	limit_client_reset(&r->limit);
	r->envelope_size = 0;
	r->mail_begun_us = clock_monotonic_us();
	return acceptance_sender(&r->acceptance, path, utf8, address, reply);
}

/* What the client did, with its whole address: to fe-watch, not to a log. */
static void
tell(struct receiver *r, const char *name, enum event_severity severity,
    struct slice account, const char *object)
{
	char ip[IP_TEXT_SIZE];
	struct event event = {.name = slice_text(name), .severity = severity,
	    .account = account, .object = slice_text(object)};

	if (r->session.client.ip.size == 0)
		return;
	event.address = slice_text(ip_text(&r->session.client.ip, ip));
	event_sender_send(r->events, &event);
}

/* An answer is held back; SIGTERM ends the wait. */
static void
hold_back(int64_t seconds)
{
	struct timespec pause = {.tv_sec = (time_t)seconds};

	if (seconds > 0)
		nanosleep(&pause, NULL);
}

static void
log_limited(struct receiver *r, const char *at,
    const struct limit_answer *answer)
{
	struct log_event e;
	char ip[IP_TEXT_SIZE];

	tell(r, "rate-limited", EVENT_INFO, SLICE_NONE, at);
	log_event_begin(&e, LOG_INFO, "limited");
	log_event_text(&e, "at", slice_text(at));
	log_event_ip(&e, "client",
	    slice_text(ip_text(&r->session.client.ip, ip)));
	log_event_number(&e, "retry_after_s", answer->retry_after_s);
	log_event_end(&e);
}

bool
receiver_is_limited(struct receiver *r, struct smtp_reply *reply)
{
	struct limit_answer answer;

	limit_client_connection(&r->limit, &r->session.client.ip, &answer);
	if (!answer.over)
		return false;
	log_limited(r, "connection", &answer);
	smtp_reply_set(reply, 421, "4.7.1",
	    "not now; try again in %lld seconds",
	    (long long)answer.retry_after_s);
	return true;
}

/* Asks fe-limit about a recipient, `path' as the client wrote it. */
static bool
is_over_limit(struct receiver *r, bool exists, struct slice path,
    struct smtp_reply *reply)
{
	const struct smtp_client *client = &r->session.client;
	struct limit_question question = {.ip = &client->ip,
	    .helo = buf_slice(&client->helo), .user = buf_slice(&client->user),
	    .from = buf_slice(&r->session.envelope.from), .to = path};
	struct limit_answer answer;

	if (slice_starts(path, "<") && slice_ends(path, ">"))
		question.to = slice_part(path, 1, path.n - 1);
	limit_client_recipient(&r->limit, exists, &question, &answer);
	hold_back(answer.slow_s);
	if (!answer.over)
		return false;
	log_limited(r, exists ? "recipient" : "unknown", &answer);
	smtp_reply_set(reply, 450, "4.7.1",
	    "not now; try again in %lld seconds",
	    (long long)answer.retry_after_s);
	return true;
}

/* Nobody here, or not ours: what one guesses addresses with. */
static bool
is_unknown(const struct smtp_reply *reply)
{
	return reply->code == 550;
}

/* The first recipient that is accepted starts the delivery. */
static int
judge_recipient(void *context, struct slice path, bool utf8,
    struct buf *address, struct smtp_reply *reply)
{
	struct receiver *r = context;
	struct err err = ERR_INIT;

	if (acceptance_recipient(
		&r->acceptance, path, utf8, address, reply) < 0) {
		if (is_unknown(reply)) {
			tell(r, "recipient-unknown", EVENT_INFO, path, NULL);
			is_over_limit(r, false, path, reply);
		}
		return -1;
	}
	if (is_over_limit(r, true, buf_slice(address), reply))
		return -1;
	r->envelope_size += reception_recipient_size(buf_text(address));
	if (r->envelope_size > META_ENVELOPE_MAX - 4096) {
		smtp_reply_set(reply, 452, "4.5.3", "too many recipients");
		return -1;
	}
	if (pipeline_ensure(&r->pipeline, &err) < 0) {
		r->failed = true;
		log_error("%s", err.text);
		smtp_reply_set(
		    reply, 451, "4.3.0", "delivery is not possible now");
		return -1;
	}
	return 0;
}

static void
log_message(const struct receiver *r, const struct reception *reception,
    const struct smtp_reply *reply, int64_t delivery_us)
{
	const struct smtp_session *s = &r->session;
	const struct smtp_client *origin = smtp_session_origin(s);
	struct log_event e;
	char ip[IP_TEXT_SIZE];

	log_event_begin(&e, LOG_INFO, "message");
	log_event_text(&e, "id", slice_text(reception->id));
	log_event_number(&e, "code", reply->code);
	log_event_text(&e, "enhanced", slice_text(reply->enhanced));
	if (origin->ip.size != 0)
		log_event_ip(
		    &e, "client", slice_text(ip_text(&origin->ip, ip)));
	log_event_text(&e, "tls", slice_text(s->client.tls_version));
	log_event_address(&e, "from", buf_slice(&s->envelope.from));
	log_event_address(&e, "to", slice_text(s->envelope.to[0]));
	log_event_number(&e, "recipients", (int64_t)s->envelope.to_n);
	log_event_number(&e, "size", (int64_t)s->body.n);
	log_event_number(&e, "delivery_ms", delivery_us / 1000);
	log_event_number(&e, "total_ms",
	    (clock_monotonic_us() - r->mail_begun_us) / 1000);
	log_event_end(&e);
}

/* What the receipt says (none: NULL), as replies to the client. */
static void
fill_replies(const struct receiver *r, const struct meta *receipt,
    struct slice id, struct smtp_reply *replies, size_t n)
{
	const struct smtp_session *s = &r->session;
	const struct smtp_envelope *e = &s->envelope;
	struct reply *said = mem_array(NULL, n, sizeof(*said));
	struct slice *to = mem_array(NULL, e->to_n, sizeof(*to));

	for (size_t i = 0; i < e->to_n; i++)
		to[i] = slice_text(e->to[i]);
	if (s->conf->lmtp)
		receipt_replies(receipt, id, to, n, said);
	else
		receipt_reply(receipt, id, said);
	for (size_t i = 0; i < n; i++)
		smtp_reply_set(&replies[i], said[i].code, said[i].enhanced,
		    "%s", said[i].text);
	free(to);
	free(said);
}

/* Fingerprint, trace header and meta of the message. */
static int
describe(struct receiver *r, struct reception *reception,
    const struct smtp_header_facts *facts,
    char fingerprint[RECEPTION_FINGERPRINT_SIZE], struct buf *head,
    struct buf *meta)
{
	const struct smtp_session *s = &r->session;

	reception->session = s;
	reception->limits = buf_slice(&r->limit.entries);
	reception->received_ms = clock_now_ms();
	reception->deadline_ms =
	    reception->received_ms + r->deadline_ms;
	if (facts->has_date || facts->has_message_id) {
		reception_fingerprint(r->fingerprint_key,
		    buf_slice(&s->envelope.from), buf_slice(&s->body),
		    fingerprint);
		reception->fingerprint = fingerprint;
	}
	reception_received(reception, head);
	return reception_meta(reception, head->n + s->body.n, meta);
}

static void
take_message(void *context, struct smtp_session *s,
    const struct smtp_header_facts *facts, struct smtp_reply *replies,
    size_t n)
{
	struct receiver *r = context;
	const struct smtp_limits *limits = &s->conf->limits;
	char id[ID_SIZE], fingerprint[RECEPTION_FINGERPRINT_SIZE];
	struct reception reception = {.id = id};
	int64_t begun = clock_monotonic_us();
	struct buf meta = BUF_LIMITED(META_SIZE_MAX + 1), head = BUF_INIT;
	enum pipeline_result result = PIPELINE_DIED;
	struct err err = ERR_INIT;
	struct meta receipt;

	id_make(id);
	if (describe(r, &reception, facts, fingerprint, &head, &meta) == 0)
		result = pipeline_deliver(&r->pipeline, slice_text(id),
		    buf_slice(&meta), buf_slice(&head), buf_slice(&s->body),
		    begun / 1000 + r->deadline_ms, &receipt, &err);
	if (result != PIPELINE_RECEIPT) {
		r->failed = true;
		log_error("message %s: %s", id, err.text);
	}
	fill_replies(r, result == PIPELINE_RECEIPT ? &receipt : NULL,
	    slice_text(id), replies, n);
	if (result == PIPELINE_RECEIPT)
		meta_free(&receipt);
	if (result == PIPELINE_RECEIPT && limits->ration != NULL)
		ration_progress(limits->ration);
	log_message(
	    r, &reception, &replies[0], clock_monotonic_us() - begun);
	buf_free(&head);
	buf_free(&meta);
}

/* A CR or LF alone is how messages are smuggled. */
static void
see_fault(void *context, enum smtp_fault fault)
{
	struct receiver *r = context;

	if (fault == SMTP_BARE_LINE_END)
		tell(r, "smuggling", EVENT_NOTICE, SLICE_NONE,
		    "a CR or LF stands alone");
}

void
receiver_log_end(
    struct receiver *r, enum smtp_end end, const struct err *err)
{
	const struct smtp_conf *conf = r->session.conf;
	struct log_event e;
	char ip[IP_TEXT_SIZE];

	if (end == SMTP_END_EARLY)
		tell(r, "protocol-abuse", EVENT_NOTICE, SLICE_NONE,
		    "spoke before it was greeted");
	else if (r->session.errors >= conf->errors_max)
		tell(r, "protocol-abuse", EVENT_NOTICE, SLICE_NONE,
		    "too many errors");

	log_event_begin(&e, end == SMTP_END_QUIT ? LOG_DEBUG : LOG_INFO,
	    "connection");
	log_event_text(&e, "end", slice_text(smtp_end_name(end)));
	if (r->session.client.ip.size != 0)
		log_event_ip(&e, "client",
		    slice_text(ip_text(&r->session.client.ip, ip)));
	log_event_number(&e, "messages", r->session.messages);
	log_event_number(&e, "errors", r->session.errors);
	if (err->kind != ERR_NONE)
		log_event_text(&e, "why", slice_text(err->text));
	log_event_end(&e);
}

struct smtp_handler
receiver_handler(struct receiver *r)
{
	return (struct smtp_handler){
	    judge_sender, judge_recipient, take_message, r, see_fault};
}
