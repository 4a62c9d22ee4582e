/* SPDX-License-Identifier: ISC */
/* The data comes from DNS: lengths are checked before anything is compared. */
#include "net/dane.h"

#include "base/id.h"

int
tlsa_parse(struct tlsa *tlsa, struct slice rdata)
{
	if (rdata.n < 4 || rdata.n > 3 + TLSA_DATA_MAX)
		return -1;
	tlsa->usage = (uint8_t)rdata.p[0];
	tlsa->selector = (uint8_t)rdata.p[1];
	tlsa->matching = (uint8_t)rdata.p[2];
	tlsa->data = slice_part(rdata, 3, rdata.n);
	if ((tlsa->matching == 1 && tlsa->data.n != 32) ||
	    (tlsa->matching == 2 && tlsa->data.n != 64))
		return -1;
	return 0;
}

bool
tlsa_is_usable(const struct tlsa *tlsa)
{
	return (tlsa->usage == 2 || tlsa->usage == 3) && tlsa->selector <= 1 &&
	    tlsa->matching <= 2;
}

bool
tlsa_equal(const struct tlsa *a, const struct tlsa *b)
{
	return a->usage == b->usage && a->selector == b->selector &&
	    a->matching == b->matching && slice_equal(a->data, b->data);
}

void
tlsa_text(const struct tlsa *tlsa, struct buf *out)
{
	buf_format(out, "%u %u %u ", tlsa->usage, tlsa->selector,
	    tlsa->matching);
	for (size_t i = 0; i < tlsa->data.n; i++) {
		char digits[3];

		hex_encode(tlsa->data.p + i, 1, digits);
		buf_append_text(out, digits);
	}
}

void
tlsa_name(struct slice host, unsigned port, struct buf *out)
{
	buf_format(out, "_%u._tcp.%.*s", port, SLICE_ARG(host));
}
