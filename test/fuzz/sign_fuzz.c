/* SPDX-License-Identifier: ISC */
/*
 * A message is signed, and sealed.  What comes out still holds the message,
 * and our signature is right but for its key, which no DNS tells of.
 */
#include <stdint.h>
#include <stdlib.h>

#include "auth/dkim.h"
#include "auth/signer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct signing_key key;
static struct signing_keys keys = {&key, 1};
static struct signer *signer;
static struct verifier *verifier;
static struct dns *dns;

static void
start(void)
{
	struct dns_conf conf = {.off = true};

	key.domain = key.selector = (struct buf)BUF_INIT;
	buf_append_text(&key.domain, "example.org");
	buf_append_text(&key.selector, "s");
	key.type = DKIM_KEY_ED25519;
	key.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	signer = signer_new();
	verifier = verifier_new();
	dns = dns_open(&conf, NULL);
}

static void
check_signature(struct slice message)
{
	struct auth_context ctx = {.dns = dns, .explained = BUF_INIT};
	struct signed_message m;
	struct dkim_report report;
	struct header header;

	header_parse(&header, message);
	signed_message_init(&m, verifier, &ctx, &header);
	dkim_check(&m, &report);
	if (report.n == 0 || report.items[0].result != AUTH_NEUTRAL ||
	    !slice_is(slice_text(report.items[0].reason), "dns is off"))
		abort();
	dkim_report_free(&report);
	signed_message_free(&m);
	header_free(&header);
}

static void
check_seal(struct slice message, size_t sets_before)
{
	struct header header;
	struct arc arc;

	header_parse(&header, message);
	arc_read(&arc, &header);
	if (!header.truncated && arc.n != sets_before + 1)
		abort();
	arc_free(&arc);
	header_free(&header);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = BUF_INIT;
	struct header header;
	struct signer_request request = {.header = &header, .keys = &keys,
	    .domain = SLICE("example.org"), .now_s = 1700000000};
	enum signer_seal outcome;
	struct arc arc;

	if (signer == NULL)
		start();
	header_parse(&header, slice_of(data, size));
	/* As fe-sign does: what is before the first field goes. */
	if (header.n > 0) {
		const char *first = header.fields[0].whole.p;

		size -= (size_t)(first - (const char *)data);
		data = (const uint8_t *)first;
	}
	if (signer_sign(signer, &request, &out, NULL) == 0) {
		buf_append(&out, data, size);
		check_signature(buf_slice(&out));
	}
	buf_reset(&out);
	arc_read(&arc, &header);
	if (signer_seal(signer, &request, SLICE("mx.example.org"), AUTH_NONE,
	    &outcome, &out, NULL) == 0 && outcome == SEALED) {
		buf_append(&out, data, size);
		check_seal(buf_slice(&out), arc.n);
	}
	arc_free(&arc);
	header_free(&header);
	buf_free(&out);
	return 0;
}
