/* SPDX-License-Identifier: ISC */
/*
 * authorized_keys of another host: the key that is added is there once for
 * each old one, and what is taken out is gone.
 */
#include <stdint.h>
#include <stdlib.h>

#include "ops/authorized_keys.h"

#define OLD "AAAAC3NzaC1lZDI1NTE5AAAAIOldOldOldOldOldOldOldO"
#define NEW "AAAAC3NzaC1lZDI1NTE5AAAAINewNewNewNewNewNewNewN"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size), type, base64;
	struct buf added = BUF_INIT, left = BUF_INIT;
	size_t old = authorized_keys_count(text, SLICE(OLD));
	size_t new = authorized_keys_count(text, SLICE(NEW));

	(void)authorized_key_parse(text, &type, &base64);
	authorized_keys_add(text, SLICE(OLD), SLICE("ssh-ed25519 " NEW " x\n"),
	    &added);
	if (authorized_keys_count(buf_slice(&added), SLICE(NEW)) !=
		(new > 0 ? new : old) ||
	    authorized_keys_count(buf_slice(&added), SLICE(OLD)) != old)
		abort();
	authorized_keys_remove(buf_slice(&added), SLICE(OLD), &left);
	if (authorized_keys_count(buf_slice(&left), SLICE(OLD)) != 0)
		abort();
	buf_free(&added);
	buf_free(&left);
	return 0;
}
