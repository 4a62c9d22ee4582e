/* SPDX-License-Identifier: ISC */
/*
 * The ledger of keys as a hostile file: what was read hangs together.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ops/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ledger ledger;

	ledger_parse(&ledger, slice_of(data, size));
	for (size_t i = 0; i < ledger.n; i++) {
		const struct ledger_entry *e = &ledger.items[i];

		if (strlen(ledger.chain.lines[i].hash) !=
			HASH_CHAIN_TEXT_SIZE - 1 ||
		    ledger_find(&ledger, e->kind, e->name, NULL) < e)
			abort();
	}
	if (ledger.chain.bad != 0 && ledger.chain.bad != ledger.n + 1)
		abort();
	ledger_close(&ledger);
	return 0;
}
