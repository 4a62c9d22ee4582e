/* SPDX-License-Identifier: ISC */
/*
 * What our own server wrote into the header of a message (--trust-received):
 * the topmost Received field with its name behind `by', RFC 5321, 4.4, and
 * the Return-Path above it.  Below that field everything may be forged, and
 * within it the words of the client are told from those of the server by
 * place: the address is what the server put in brackets or parentheses, not
 * what the client called itself.
 */
#include "record/intake.h"

#include "mail/header.h"
#include "mail/received.h"
#include "net/ip.h"

/* An address that is none says nothing. */
static void
read_client(struct trusted *trusted, const struct received *received)
{
	struct ip ip;

	if (received->ip.p != NULL && ip_parse(received->ip, &ip) == 0)
		trusted->ip = received->ip;
	trusted->helo = received_helo(received);
}

static void
read_sender(struct trusted *trusted, struct slice value)
{
	value = slice_trim(value);
	if (value.n < 2 || value.p[0] != '<' || value.p[value.n - 1] != '>')
		return;
	trusted->sender = slice_part(value, 1, value.n - 1);
	trusted->has_sender = true;
}

void
trusted_find(struct trusted *trusted, struct slice message, const char *host)
{
	struct slice path = SLICE_NONE;
	struct received received;
	struct header header;

	*trusted = (struct trusted){.text = BUF_INIT};
	header_parse(&header, message);
	for (size_t i = 0; i < header.n; i++) {
		const struct header_field *field = &header.fields[i];

		if (path.p == NULL && slice_case_is(field->name, "Return-Path"))
			path = field->value;
		if (!slice_case_is(field->name, "Received"))
			continue;
		received_parse(&received, field->value);
		if (!slice_case_is(received.by, host))
			continue;
		/* again in a copy, unfolded, that the slices may live in */
		header_unfold(field->value, &trusted->text);
		received_parse(&received, buf_slice(&trusted->text));
		read_client(trusted, &received);
		read_sender(trusted, path);
		break;
	}
	header_free(&header);
}

void
trusted_free(struct trusted *trusted)
{
	buf_free(&trusted->text);
}
