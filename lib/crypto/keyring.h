/* SPDX-License-Identifier: ISC */
#ifndef FE_CRYPTO_KEYRING_H
#define FE_CRYPTO_KEYRING_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * The service's wrapping keys (keys/service/KEYID.key, `current' a link) and
 * one mailbox's data keys (USER.keys, fe-home(7)).  All key octets live in
 * the locked arena (base/secret.h).
 */
#define KEY_SIZE 32
#define KEY_ID_SIZE 33 /* 16 random octets in hex, and the NUL */

struct service_key {
	char id[KEY_ID_SIZE];
	unsigned char *key; /* KEY_SIZE octets */
};
struct service_keys {
	struct service_key *items;
	size_t n;
	size_t current; /* index */
	bool of_home;   /* as service_keys_read had them there */
};
/* Reads HOME/keys/service. ERR_CONFIG when there is none. */
int service_keys_read(struct service_keys *keys, struct err *err);
void service_keys_free(struct service_keys *keys);
/* Is `current' of the home another one than when these were read there? */
bool service_keys_are_stale(const struct service_keys *keys);
/* Makes HOME/keys/service/KEYID.key and points `current' at it. */
int service_key_make(struct err *err);

#endif
