/* SPDX-License-Identifier: ISC */
/*
 * fe.conf: whatever the file holds, every entry lies within the text and has
 * a key, and an error names a line.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_part(const struct config *config, struct slice part)
{
	if (part.n > 0 &&
	    (part.p < config->text.p ||
		part.p + part.n > config->text.p + config->text.n))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config;
	struct err err = ERR_INIT;
	int result = config_parse(&config, "f", slice_of(data, size), &err);

	if ((result < 0) != (err.kind == ERR_CONFIG))
		abort();
	for (size_t i = 0; i < config.n; i++) {
		const struct config_entry *entry = &config.entries[i];

		if (entry->key.n == 0 || entry->section.p == NULL ||
		    entry->line == 0)
			abort();
		check_part(&config, entry->key);
		check_part(&config, entry->value);
		check_part(&config, entry->section);
	}
	config_free(&config);
	return 0;
}
