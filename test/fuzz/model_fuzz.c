/* SPDX-License-Identifier: ISC */
/*
 * A model file made of foreign octets is refused; so is a right one with
 * some octets changed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scan/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model m;
	static struct features f;
	struct err err = ERR_INIT;

	if (m.weights == NULL) {
		model_init(&m);
		features_init(&f);
	}
	if (model_parse(&m, slice_of(data, size), &err) == 0)
		abort(); /* a CRC that fits by accident is too long a file */
	features_make(&f, slice_of(data, size));
	for (size_t i = 0; i < f.grams.n; i++)
		if (f.grams.items[i] >= MODEL_WEIGHTS)
			abort();
	for (size_t i = 0; i < f.pairs.n; i++)
		if (f.pairs.items[i] >= MODEL_COUNTS)
			abort();
	return 0;
}
