/* SPDX-License-Identifier: ISC */
/*
 * SPF records, macro strings and DMARC records: what is valid expands, within
 * its limit.
 */
#include <stdint.h>
#include <stdlib.h>

#include "auth/dmarc_record.h"
#include "auth/spf_macro.h"
#include "auth/spf_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice
no_name(void *cookie)
{
	(void)cookie;
	return SLICE("unknown");
}

static void
expand(struct slice text)
{
	static const struct spf_macro_values values = {
	    .sender = {"strong-bad@email.example.com", 28},
	    .local = {"strong-bad", 10},
	    .sender_domain = {"email.example.com", 17},
	    .domain = {"email.example.com", 17}, .helo = {"h", 1},
	    .ip_dotted = {"192.0.2.3", 9}, .ip_text = {"192.0.2.3", 9},
	    .version = {"in-addr", 7}, .receiver = {"r", 1},
	    .validated_name = no_name};
	struct buf out = BUF_LIMITED(4096);

	spf_macro_expand(text, &values, &out);
	if (out.n > 4096)
		abort();
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size), bad = SLICE_NONE;
	struct spf_record record;
	struct dmarc_record dmarc;

	if (spf_record_is_one(text) &&
	    spf_record_parse(&record, text, &bad) == 0) {
		for (size_t i = 0; i < record.n; i++)
			expand(record.terms[i].domain);
		expand(record.redirect);
		expand(record.exp);
		spf_record_free(&record);
	}
	if (spf_macro_is_valid(text, SPF_MACRO_EXPLANATION))
		expand(text);
	if (dmarc_record_is_one(text)) {
		dmarc_record_parse(&dmarc, text);
		if (dmarc.p == DMARC_UNSET)
			abort();
	}
	return 0;
}
