/* SPDX-License-Identifier: ISC */
/*
 * Receipts, and the table of what a client hears (fe-record(5)).  A receipt
 * is trusted to be true, not to be well meant on the wire: its text is cut to
 * one line of printable ASCII.
 */
#include "record/receipt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct {
	const char *name;
	enum delivery_outcome outcome;
	int code; /* where the receipt gives none */
	const char *enhanced, *text;
} statuses[] = {
    [DELIVERY_STORED] = {"stored", DELIVERY_DONE, 250, "2.0.0", ""},
    [DELIVERY_QUEUED] = {"queued", DELIVERY_DONE, 250, "2.0.0", ""},
    [DELIVERY_DUPLICATE] = {"duplicate", DELIVERY_DONE, 250, "2.0.0", ""},
    [DELIVERY_DISCARDED] = {"discarded", DELIVERY_DONE, 250, "2.0.0", ""},
    [DELIVERY_QUARANTINED] = {"quarantined", DELIVERY_DONE, 250, "2.0.0", ""},
    [DELIVERY_REJECTED] = {"rejected", DELIVERY_NO, 550, "5.7.1",
	"message refused"},
    [DELIVERY_FAILED] = {"failed", DELIVERY_NO, 550, "5.3.0",
	"message cannot be delivered"},
    [DELIVERY_DEFERRED] = {"deferred", DELIVERY_LATER, 451, "4.3.0",
	"try again later"},
};
#define STATUSES (sizeof(statuses) / sizeof(*statuses))

enum delivery_outcome
delivery_outcome(enum delivery_status status)
{
	return statuses[status].outcome;
}

const char *
delivery_status_name(enum delivery_status status)
{
	return statuses[status].name;
}

static void
put_optional(struct json_writer *w, const char *name, struct slice text)
{
	if (text.p != NULL)
		json_put_slice(w, name, text);
}

static void
put_delivery(struct json_writer *w, const struct delivery *d)
{
	json_open_object(w, NULL);
	json_put_slice(w, "address", d->address);
	put_optional(w, "mailbox", d->mailbox);
	put_optional(w, "folder", d->folder);
	json_put_text(w, "status", statuses[d->status].name);
	if (d->code != 0)
		json_put_integer(w, "code", d->code);
	put_optional(w, "enhanced", d->enhanced);
	put_optional(w, "text", d->text);
	json_close_object(w);
}

struct record *
receipt_new(const struct meta *answered, const struct delivery *items,
    size_t n)
{
	struct record *r = record_new();
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER(&out);

	meta_set_text(&r->meta, "id", meta_id(answered));
	meta_set_integer(&r->meta, "size", 0);
	meta_set(&r->meta, "verdict", meta_get(answered, "verdict"));
	json_open_array(&w, NULL);
	for (size_t i = 0; i < n; i++)
		put_delivery(&w, &items[i]);
	json_close_array(&w);
	meta_set(&r->meta, "delivery", buf_slice(&out));
	buf_free(&out);
	return r;
}

/* The text has room reserved for all strings of the meta: slices into it stay
 * good. */
static struct slice
take_string(struct receipt *receipt, struct slice value)
{
	size_t from = receipt->text.n;

	if (json_string(value, &receipt->text) < 0)
		return SLICE_NONE;
	return slice_of(receipt->text.p + from, receipt->text.n - from);
}

static int
parse_delivery(struct receipt *receipt, struct slice entry, struct err *err)
{
	struct delivery d = {0};
	struct slice status = json_get(entry, "status");
	int64_t code = 0;
	size_t i;

	for (i = 0; i < STATUSES; i++)
		if (json_string_is(status, statuses[i].name))
			break;
	if (i == STATUSES)
		return err_set(err, ERR_MESSAGE,
		    "a receipt has an unknown status");
	d.status = (enum delivery_status)i;
	d.address = take_string(receipt, json_get(entry, "address"));
	d.mailbox = take_string(receipt, json_get(entry, "mailbox"));
	d.folder = take_string(receipt, json_get(entry, "folder"));
	d.enhanced = take_string(receipt, json_get(entry, "enhanced"));
	d.text = take_string(receipt, json_get(entry, "text"));
	if (json_integer(json_get(entry, "code"), &code) == 0 &&
	    code >= 200 && code <= 599)
		d.code = (int)code;
	receipt->items[receipt->n++] = d;
	return 0;
}

int
receipt_parse(struct receipt *receipt, const struct meta *m, struct err *err)
{
	struct slice delivery = meta_get(m, "delivery"), entry;
	struct json_walk walk = json_walk(delivery);
	size_t n = json_count(delivery);

	*receipt = (struct receipt){.text = BUF_INIT};
	if (meta_size(m) != 0 || json_type(delivery) != JSON_ARRAY)
		return err_set(err, ERR_MESSAGE, "record '%.*s' is no receipt",
		    SLICE_ARG(meta_id(m)));
	if (n > RECEIPT_ITEMS_MAX)
		return err_set(err, ERR_MESSAGE, "a receipt has %zu entries",
		    n);
	receipt->items = mem_alloc(n * sizeof(*receipt->items));
	buf_reserve(&receipt->text, delivery.n);
	while (json_next(&walk, NULL, &entry))
		if (parse_delivery(receipt, entry, err) < 0) {
			receipt_free(receipt);
			return -1;
		}
	return 0;
}

void
receipt_free(struct receipt *receipt)
{
	free(receipt->items);
	buf_free(&receipt->text);
	*receipt = (struct receipt){.text = BUF_INIT};
}

static void
set_text(struct reply *out, struct slice text)
{
	size_t n = 0;

	text = slice_trim(text);
	for (size_t i = 0; i < text.n && n < REPLY_TEXT_MAX; i++) {
		char c = text.p[i];

		if (c == '\r')
			continue;
		if (c == '\n' || c == '\t')
			c = ' ';
		out->text[n++] = c >= ' ' && c <= '~' ? c : '?';
	}
	out->text[n] = '\0';
}

static bool
enhanced_fits(struct slice enhanced, int code)
{
	unsigned dots = 0, digits = 0;

	if (enhanced.n < 5 || enhanced.n > 9 ||
	    enhanced.p[0] != '0' + code / 100 || enhanced.p[1] != '.')
		return false;
	for (size_t i = 1; i < enhanced.n; i++) {
		if (enhanced.p[i] == '.') {
			if (i > 1 && digits == 0)
				return false;
			dots++;
			digits = 0;
		} else if (!ascii_is_digit(enhanced.p[i]) || ++digits > 3) {
			return false;
		}
	}
	return dots == 2 && digits > 0;
}

/* What a record says, where it fits the class of the usual reply. */
static void
set_reply(struct reply *out, int usual, const char *usual_enhanced,
    int64_t code, struct slice enhanced, struct slice text)
{
	out->code = code / 100 == usual / 100 ? (int)code : usual;
	if (!enhanced_fits(enhanced, out->code))
		enhanced = slice_text(usual_enhanced);
	snprintf(out->enhanced, sizeof(out->enhanced), "%.*s",
	    SLICE_ARG(enhanced));
	set_text(out, text);
}

static void
reply_fixed(struct reply *out, int code, const char *enhanced,
    struct slice text)
{
	set_reply(out, code, enhanced, code, SLICE_NONE, text);
}

/* The first row of the table: a verdict for the whole record. */
static bool
reply_to_verdict(const struct meta *m, struct slice id, struct reply *out)
{
	struct slice verdict = meta_get(m, "verdict");
	enum verdict_action action = verdict_action(verdict);
	bool later = action == VERDICT_TEMPFAIL;
	struct buf text = BUF_INIT;
	int64_t code = 0;

	if (!verdict_is_final(action))
		return false;
	if (action == VERDICT_DISCARD) {
		reply_fixed(out, 250, "2.0.0", id);
		return true;
	}
	json_integer(json_get(verdict, "code"), &code);
	if (json_string(json_get(verdict, "text"), &text) < 0 || text.n == 0)
		buf_append_text(&text,
		    later ? "try again later" : "message refused");
	set_reply(out, later ? 451 : 550, later ? "4.3.0" : "5.7.1", code,
	    json_plain(json_get(verdict, "enhanced")), buf_slice(&text));
	buf_free(&text);
	return true;
}

static void
reply_to_delivery(const struct delivery *d, struct slice id,
    struct reply *out)
{
	struct slice text = d->text;

	if (statuses[d->status].outcome == DELIVERY_DONE) {
		reply_fixed(out, 250, "2.0.0", id);
		return;
	}
	if (slice_trim(text).n == 0)
		text = slice_text(statuses[d->status].text);
	set_reply(out, statuses[d->status].code, statuses[d->status].enhanced,
	    d->status == DELIVERY_DEFERRED ? 451 : d->code, d->enhanced, text);
}

static void
reply_no_answer(struct reply *out)
{
	reply_fixed(out, 451, "4.4.2", SLICE("no answer in time"));
}

static void
reply_no_receipt(struct reply *out)
{
	reply_fixed(out, 451, "4.3.0", SLICE("try again later"));
}

static const struct delivery *
first_of(const struct receipt *receipt, enum delivery_outcome outcome)
{
	for (size_t i = 0; i < receipt->n; i++)
		if (delivery_outcome(receipt->items[i].status) == outcome)
			return &receipt->items[i];
	return NULL;
}

void
receipt_reply(const struct meta *m, struct slice id, struct reply *out)
{
	struct receipt receipt;
	const struct delivery *d;

	if (m == NULL) {
		reply_no_answer(out);
		return;
	}
	if (reply_to_verdict(m, id, out))
		return;
	if (receipt_parse(&receipt, m, NULL) < 0) {
		reply_no_receipt(out);
		return;
	}
	/* one to be tried again decides, then one that was done */
	if ((d = first_of(&receipt, DELIVERY_LATER)) != NULL ||
	    (d = first_of(&receipt, DELIVERY_DONE)) != NULL ||
	    (d = first_of(&receipt, DELIVERY_NO)) != NULL)
		reply_to_delivery(d, id, out);
	else
		reply_no_receipt(out);
	receipt_free(&receipt);
}

static const struct delivery *
find_delivery(const struct receipt *receipt, struct slice address,
    size_t place, size_t n)
{
	if (receipt->n == n &&
	    slice_case_equal(receipt->items[place].address, address))
		return &receipt->items[place];
	for (size_t i = 0; i < receipt->n; i++)
		if (slice_case_equal(receipt->items[i].address, address))
			return &receipt->items[i];
	return NULL;
}

void
receipt_replies(const struct meta *m, struct slice id,
    const struct slice *recipients, size_t n, struct reply *out)
{
	struct receipt receipt = {.text = BUF_INIT};
	struct reply all;
	bool same = true;

	if (m == NULL)
		reply_no_answer(&all);
	else if (!reply_to_verdict(m, id, &all)) {
		same = receipt_parse(&receipt, m, NULL) < 0;
		reply_no_receipt(&all);
	}
	for (size_t i = 0; i < n; i++) {
		const struct delivery *d = same ? NULL
		    : find_delivery(&receipt, recipients[i], i, n);

		if (d == NULL)
			out[i] = all;
		else
			reply_to_delivery(d, id, &out[i]);
	}
	receipt_free(&receipt);
}

struct record *
receipt_deferral(const struct meta *m, const char *enhanced, const char *text)
{
	struct slice to = meta_at(m, "envelope.to"), recipient;
	size_t n = json_count(to), at = 0;
	struct delivery *items = mem_zalloc((n + 1) * sizeof(*items));
	struct buf *addresses = mem_zalloc((n + 1) * sizeof(*addresses));
	struct json_walk walk = json_walk(to);
	struct record *receipt;

	while (at < n && json_next(&walk, NULL, &recipient)) {
		addresses[at] = (struct buf)BUF_INIT;
		json_string(json_get(recipient, "address"), &addresses[at]);
		items[at].address = buf_slice(&addresses[at]);
		items[at].status = DELIVERY_DEFERRED;
		items[at].enhanced = slice_text(enhanced);
		items[at].text = slice_text(text);
		at++;
	}
	receipt = receipt_new(m, items, at);
	for (size_t i = 0; i < at; i++)
		buf_free(&addresses[i]);
	free(addresses);
	free(items);
	return receipt;
}
