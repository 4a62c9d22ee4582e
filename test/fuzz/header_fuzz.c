/* SPDX-License-Identifier: ISC */
/*
 * Headers: fields lie within the text and in order, nothing of the message is
 * lost between text and body, and what is decoded is UTF-8.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/message_id.h"
#include "mail/received.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct slice outer, struct slice inner)
{
	if (inner.p != NULL && inner.n > 0 && (inner.p < outer.p ||
	    inner.p + inner.n > outer.p + outer.n))
		abort();
}

static void
check_value(struct slice value)
{
	struct buf out = BUF_INIT;
	struct received r;
	struct slice rest = value, id;
	int64_t ms;

	header_decode(value, &out);
	if (!utf8_is_valid(buf_slice(&out)))
		abort();
	buf_reset(&out);
	header_unfold(value, &out);
	if (out.n > value.n)
		abort();
	received_parse(&r, value);
	check_inside(value, r.from);
	check_inside(value, r.ip);
	check_inside(value, r.helo);
	check_inside(value, r.recipient);
	check_inside(value, r.date);
	date_parse(value, &ms);
	while (message_id_next(&rest, &id))
		check_inside(value, id);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice message = slice_of(data, size);
	struct header h;
	const char *at;

	header_parse(&h, message);
	check_inside(message, h.text);
	check_inside(message, h.body);
	if (h.body.p != NULL && h.body.p + h.body.n != message.p + message.n)
		abort();
	at = h.text.p;
	for (size_t i = 0; i < h.n; i++) {
		const struct header_field *field = &h.fields[i];

		if (field->whole.p < at || field->name.n == 0)
			abort();
		at = field->whole.p + field->whole.n;
		check_inside(h.text, field->whole);
		check_inside(field->whole, field->name);
		check_inside(field->whole, field->value);
		check_value(field->value);
	}
	header_free(&h);
	return 0;
}
