/* SPDX-License-Identifier: ISC */
/* The key of the delivery journal for one mailbox. */
#include "journal_key.h"

#include <sodium.h>
#include <string.h>

#include "base/secret.h"

#define CONTEXT "fe-journal/1"

void
journal_key_derive(struct journal_key *k, const struct mailbox_keys *keys)
{
	journal_key_free(k);
	memcpy(k->mailbox, keys->mailbox, sizeof(k->mailbox));
	memcpy(k->root, keys->root_id, sizeof(k->root));
	k->key = secret_alloc(KEY_SIZE);
	crypto_generichash(k->key, KEY_SIZE, (const unsigned char *)CONTEXT,
	    sizeof(CONTEXT) - 1, keys->root, KEY_SIZE);
}

void
journal_key_free(struct journal_key *k)
{
	secret_free(k->key);
	*k = (struct journal_key)JOURNAL_KEY_INIT;
}
