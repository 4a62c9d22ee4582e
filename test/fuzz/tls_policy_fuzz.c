/* SPDX-License-Identifier: ISC */
/*
 * What strangers' DNS and web servers say of their TLS: MTA-STS records and
 * policies, TLSRPT records, TLSA and CAA rdata.  What is taken keeps its
 * promises; a policy written again reads the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "net/caa.h"
#include "net/dane.h"
#include "net/mta_sts.h"
#include "net/tlsrpt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
policy(struct slice text)
{
	struct mta_sts_policy first, again;
	struct buf out = BUF_INIT;
	const char *why;

	if (mta_sts_policy_parse(&first, text, &why) == 0) {
		mta_sts_policy_write(&first, &out);
		if (mta_sts_policy_parse(&again, buf_slice(&out), &why) < 0 ||
		    again.mode != first.mode || again.mx_n != first.mx_n ||
		    again.max_age_s != first.max_age_s)
			abort();
		for (size_t i = 0; i < first.mx_n; i++) {
			struct slice host = first.mx[i];

			if (!slice_equal(host, again.mx[i]))
				abort();
			if (slice_starts(host, "*."))
				host = slice_part(host, 2, host.n);
			else if (!mta_sts_policy_covers(&first, host))
				abort();
			mta_sts_policy_covers(&again, host);
		}
		mta_sts_policy_covers(&first, text);
	} else if (why == NULL) {
		abort();
	}
	buf_free(&out);
}

static void
records(struct slice text)
{
	struct tlsrpt_record tlsrpt;
	struct slice id;
	const char *why;

	if (mta_sts_record_parse(text, &id, &why) == 0 &&
	    (id.n < 1 || id.n > MTA_STS_ID_MAX ||
	    !mta_sts_record_is_one(text)))
		abort();
	if (tlsrpt_record_parse(&tlsrpt, text, &why) == 0 &&
	    (tlsrpt.n < 1 || tlsrpt.n > TLSRPT_URIS_MAX ||
	    !tlsrpt_record_is_one(text)))
		abort();
}

static void
rdata(struct slice octets)
{
	struct buf text = BUF_INIT;
	struct tlsa tlsa;
	struct caa caa;

	if (tlsa_parse(&tlsa, octets) == 0) {
		if (!tlsa_equal(&tlsa, &tlsa))
			abort();
		tlsa_is_usable(&tlsa);
		tlsa_text(&tlsa, &text);
		if (text.n < 6 + 2 * tlsa.data.n)
			abort();
	}
	if (caa_parse(&caa, octets) == 0 &&
	    2 + caa.tag.n + caa.value.n != octets.n)
		abort();
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data, size);

	policy(input);
	records(input);
	rdata(input);
	return 0;
}
