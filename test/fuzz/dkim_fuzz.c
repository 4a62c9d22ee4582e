/* SPDX-License-Identifier: ISC */
/*
 * A message with signatures of DKIM and of ARC and, before its first NUL, a
 * key record: nobody passes, since there is no DNS; key records are read by
 * themselves.
 */
#include <stdint.h>
#include <stdlib.h>

#include "auth/arc.h"
#include "auth/dkim.h"
#include "auth/dkim_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct verifier *verifier;
	static struct dns *dns;
	struct slice message = slice_of(data, size);
	struct slice record = slice_cut(&message, '\0');
	struct dns_conf conf = {.off = true};
	struct auth_context ctx = {.now_ms = 1700000000000, .explain = true,
	    .explained = BUF_INIT};
	struct signed_message m;
	struct dkim_report report;
	struct arc arc;
	struct dkim_key key;
	struct header header;
	const char *why;

	if (verifier == NULL) {
		verifier = verifier_new();
		dns = dns_open(&conf, NULL);
	}
	if (dkim_key_parse(&key, record, &why) == 0) {
		if (!key.revoked && key.type == DKIM_KEY_RSA &&
		    key.bits >= DKIM_KEY_BITS_MIN && key.powers == NULL)
			abort();
		dkim_key_free(&key);
	} else if (why == NULL) {
		abort();
	}
	ctx.dns = dns;
	header_parse(&header, message);
	dkim_prefetch(&ctx, &header);
	signed_message_init(&m, verifier, &ctx, &header);
	arc_read(&arc, &header);
	arc_prepare(&arc, &m);
	dkim_check(&m, &report);
	arc_verify(&arc, &m);
	if (arc.result == AUTH_PASS || (arc.result != AUTH_NONE &&
	    arc.reason == NULL))
		abort();
	arc_free(&arc);
	signed_message_free(&m);
	for (size_t i = 0; i < report.n; i++)
		if (report.items[i].result == AUTH_PASS ||
		    report.items[i].reason == NULL)
			abort();
	dkim_report_free(&report);
	header_free(&header);
	buf_free(&ctx.explained);
	return 0;
}
