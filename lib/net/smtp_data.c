/* SPDX-License-Identifier: ISC */
/*
 * DATA and BDAT.  A state machine whose only loop over octets is memchr; the
 * rest happens at line ends.
 *
 *	START   behind a CRLF (or at the very begin)
 *	TEXT    within a line
 *	CR      behind a CR, within a line
 *	DOT     a dot at the start of a line (DATA only)
 *	DOT_CR  that dot and a CR
 */
#include "smtp_data.h"

#include <string.h>

enum { START, TEXT, CR, DOT, DOT_CR };

void
smtp_data_start(
    struct smtp_data *d, const struct smtp_limits *limits, struct buf *body)
{
	smtp_data_release(d);
	*d = (struct smtp_data){.limits = limits, .body = body, .state = START};
	buf_reset(body);
}

void
smtp_data_spoil(struct smtp_data *d, enum smtp_fault fault)
{
	if (d->fault != SMTP_SOUND)
		return;
	d->fault = fault;
	buf_free(d->body);
	smtp_data_release(d);
}

void
smtp_data_release(struct smtp_data *d)
{
	if (d->limits != NULL && d->limits->ration != NULL)
		ration_release(d->limits->ration);
}

static bool
has_memory(struct smtp_data *d)
{
	const struct smtp_limits *limits = d->limits;

	if (d->size > limits->memory_max)
		return false;
	return limits->ration == NULL ||
	    ration_hold(limits->ration, d->size) == 0;
}

static void
keep(struct smtp_data *d, const char *from, const char *to)
{
	size_t n = (size_t)(to - from);

	d->size += (int64_t)n;
	if (d->fault != SMTP_SOUND || n == 0)
		return;
	if (d->size > d->limits->size_max)
		smtp_data_spoil(d, SMTP_TOO_LARGE);
	else if (!has_memory(d))
		smtp_data_spoil(d, SMTP_NO_MEMORY);
	else
		buf_append(d->body, from, n);
}

static void
grow_line(struct smtp_data *d, size_t n)
{
	d->line += (int64_t)n;
	if (d->line > d->limits->line_max)
		smtp_data_spoil(d, SMTP_LINE_TOO_LONG);
}

/* Goes over text up to and with the next LF, or to the end.  Sets the state;
 * p < end. */
static const char *
take_text(struct smtp_data *d, const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));
	const char *stop = lf != NULL ? lf : end;
	const char *cr = stop > p && stop[-1] == '\r' ? stop - 1 : NULL;
	const char *text_end = cr != NULL ? cr : stop;

	if (d->fault == SMTP_SOUND &&
	    memchr(p, '\r', (size_t)(text_end - p)) != NULL)
		smtp_data_spoil(d, SMTP_BARE_LINE_END);
	grow_line(d, (size_t)(text_end - p));
	if (lf == NULL) {
		d->state = cr != NULL ? CR : TEXT;
		return end;
	}
	if (cr == NULL) {
		smtp_data_spoil(d, SMTP_BARE_LINE_END);
		d->state = TEXT;
	} else {
		d->state = START;
	}
	d->line = 0;
	return lf + 1;
}

/* The octet behind a CR. */
static const char *
take_after_cr(struct smtp_data *d, const char *p)
{
	if (*p == '\n') {
		d->state = START;
		d->line = 0;
		return p + 1;
	}
	smtp_data_spoil(d, SMTP_BARE_LINE_END);
	d->state = TEXT; /* which sees this octet itself */
	return p;
}

size_t
smtp_data_take(struct smtp_data *d, struct slice octets)
{
	const char *p = octets.p, *end = octets.p + octets.n;
	const char *kept = p; /* all before it is in the body or left out */

	while (p < end && !d->ended) {
		switch (d->state) {
		case START:
			if (*p == '.') {
				keep(d, kept, p);
				kept = ++p;
				d->state = DOT;
				break;
			}
			p = take_text(d, p, end);
			break;
		case TEXT:
			p = take_text(d, p, end);
			break;
		case CR:
			p = take_after_cr(d, p);
			break;
		case DOT:
			if (*p == '\r') {
				p++;
				d->state = DOT_CR;
			} else {
				d->state = TEXT;
			}
			break;
		default: /* DOT_CR */
			if (*p == '\n') {
				kept = ++p;
				d->ended = true;
			} else {
				smtp_data_spoil(d, SMTP_BARE_LINE_END);
				d->state = TEXT;
			}
			break;
		}
	}
	/* the CR of an end that is cut in two is not text */
	keep(d, kept, d->state == DOT_CR && kept < p ? p - 1 : p);
	return (size_t)(p - octets.p);
}

void
smtp_data_take_chunk(struct smtp_data *d, struct slice octets)
{
	const char *p = octets.p, *end = octets.p + octets.n;

	while (p < end && d->fault == SMTP_SOUND)
		p = d->state == CR ? take_after_cr(d, p)
				   : take_text(d, p, end);
	keep(d, octets.p, end);
}

static void
take_field(struct slice line, struct smtp_header_facts *facts)
{
	if (slice_case_starts(line, "received:"))
		facts->received++;
	else if (slice_case_starts(line, "date:"))
		facts->has_date = true;
	else if (slice_case_starts(line, "message-id:"))
		facts->has_message_id = true;
}

enum smtp_fault
smtp_data_finish(struct smtp_data *d, struct smtp_header_facts *facts)
{
	struct slice rest = buf_slice(d->body);

	*facts = (struct smtp_header_facts){0};
	if (d->state == CR)
		smtp_data_spoil(d, SMTP_BARE_LINE_END);
	if (d->fault != SMTP_SOUND)
		return d->fault;
	while (rest.p != NULL && facts->size <= d->limits->header_max) {
		const char *from = rest.p;
		struct slice line = slice_line(&rest);

		if (line.n == 0)
			break;
		facts->size += rest.p != NULL ? rest.p - from : (int64_t)line.n;
		take_field(line, facts);
	}
	if (facts->size > d->limits->header_max)
		smtp_data_spoil(d, SMTP_HEADER_TOO_LARGE);
	else if (facts->received > d->limits->received_max)
		smtp_data_spoil(d, SMTP_LOOP);
	return d->fault;
}
