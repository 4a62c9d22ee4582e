/* SPDX-License-Identifier: ISC */
/*
 * Zone files: an error names a line; each record that was read is found by its
 * owner's name, and no question is without an answer.
 */
#include <stdint.h>
#include <stdlib.h>

#include "net/dns_name.h"
#include "net/dns_zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The name of a key, its labels the other way round. */
static void
name_of(struct slice key, struct buf *name)
{
	while (key.n > 0) {
		size_t start = key.n - 1;

		while (start > 0 && key.p[start - 1] != '\0')
			start--;
		if (name->n > 0)
			buf_append_char(name, '.');
		buf_append_slice(name, slice_part(key, start, key.n - 1));
		key = slice_part(key, 0, start);
	}
}

static enum dns_status
ask(const struct dns_zone *zone, struct slice name, unsigned type)
{
	struct dns_answer answer;

	dns_zone_answer(zone, name, (enum dns_type)type, &answer);
	if ((answer.status == DNS_FOUND) != (answer.n > 0))
		abort();
	dns_answer_free(&answer);
	return answer.status;
}

static void
ask_for(const struct dns_zone *zone, const struct dns_zone_record *r)
{
	struct buf name = BUF_INIT, below = BUF_INIT;

	name_of(slice_of(zone->octets.p + r->key, r->key_n), &name);
	switch (ask(zone, slice_text(buf_text(&name)), r->type)) {
	case DNS_FOUND:
	case DNS_TEMPERROR: /* malformed, or to fail */
		break;
	default:
		abort();
	}
	ask(zone, slice_text(buf_text(&name)), DNS_A);
	if (dns_name_normalize(SLICE("x"), slice_text(buf_text(&name)),
	    &below) == 0)
		ask(zone, slice_text(buf_text(&below)), DNS_TXT);
	buf_free(&name);
	buf_free(&below);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_zone zone;
	struct err err = ERR_INIT;

	if (dns_zone_parse(&zone, "z", slice_of(data, size), &err) < 0) {
		if (err.kind != ERR_CONFIG ||
		    !slice_starts(slice_text(err.text), "z:"))
			abort();
		return 0;
	}
	for (size_t i = 0; i < zone.records_n; i++)
		ask_for(&zone, &zone.records[i]);
	for (size_t i = 0; i < zone.specials_n; i++)
		if (dns_zone_special(&zone,
		    slice_text(zone.specials[i].name)) == NULL)
			abort();
	dns_zone_free(&zone);
	return 0;
}
