/* SPDX-License-Identifier: ISC */
/*
 * USER.keys as a hostile file.  What is accepted must survive being written
 * and read again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "crypto/keys_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mailbox_keys k = MAILBOX_KEYS_INIT, again = MAILBOX_KEYS_INIT;
	struct buf text = BUF_LIMITED(KEYS_FILE_SIZE_MAX);
	struct err err = ERR_INIT;

	if (keys_file_parse(&k, slice_of(data, size), "fuzz", &err) < 0)
		return 0;
	if (keys_file_format(&k, &text, &err) == 0) {
		if (keys_file_parse(&again, buf_slice(&text), "fuzz", &err) < 0)
			abort();
		if (again.slots_n != k.slots_n || again.keys_n != k.keys_n)
			abort();
	}
	mailbox_keys_free(&again);
	mailbox_keys_free(&k);
	buf_free(&text);
	return 0;
}
