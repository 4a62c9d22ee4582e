/* SPDX-License-Identifier: ISC */
/*
 * Baselines.  What must hold: one that was parsed, written and read again
 * under its signature has the same entries; nobody else's signature is good.
 */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ops/baseline_look.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
nothing(void *context, const struct event *event)
{
	(void)context;
	(void)event;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char seed[BASELINE_KEY_SIZE] = {1};
	unsigned char public_key[BASELINE_PUBLIC_SIZE];
	struct slice text = slice_of(data, size);
	struct baseline b, again;
	struct buf out = BUF_INIT;

	if (sodium_init() < 0)
		abort();
	baseline_public(seed, public_key);
	if (baseline_read(&b, text, public_key, NULL) == 0)
		baseline_free(&b); /* a seed that we have signed */
	if (baseline_parse(&b, text, NULL) < 0)
		return 0;
	if (baseline_write(&b, seed, &out, NULL) < 0 ||
	    baseline_read(&again, buf_slice(&out), public_key, NULL) < 0 ||
	    again.n != b.n ||
	    baseline_compare(&b, &again, 0, nothing, NULL) != 0)
		abort();
	baseline_free(&b);
	baseline_free(&again);
	buf_free(&out);
	return 0;
}
