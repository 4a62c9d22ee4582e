/* SPDX-License-Identifier: ISC */
#ifndef FE_CRYPTO_KEYSLOT_H
#define FE_CRYPTO_KEYSLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/keyring.h"

/*
 * The keys of one mailbox (USER.keys, fe-home(7)), in two steps:
 *
 *	service key, password, recovery key ...   open a slot that holds
 *	the mailbox key (random, never leaves memory unwrapped), which opens
 *	slots of kind `mailbox' that hold the data keys.
 *
 * A data key encrypts USER.sqlite.  The step between is there for rekey: the
 * service can make a new data key and wrap it under the mailbox key without
 * knowing password or recovery key, and both still open the mailbox after.
 * (The other way, the new data key wrapped under the old one, would give the
 * new key to whoever stole the old one.)  All of it is symmetric with keys of
 * 256 bits, so a quantum computer gains nothing that matters.
 *
 * Whoever learnt the mailbox key itself keeps it until mailbox_keys_renew(),
 * which makes every slot anew and so needs password and recovery key anew.
 *
 * A box is XChaCha20-Poly1305 (random nonce of 24 octets) over 32 octets of
 * key.  Its associated data are the five texts
 *	`fe-keyslot/1', mailbox id, slot id, kind, id of the wrapped key
 * each behind its length as 4 octets, most significant first: a box cannot be
 * moved to another slot, kind or mailbox.  Ids are 32 lower-case hex digits,
 * random: they say nothing of a key.
 *
 * Key octets live in the locked arena (base/secret.h).  Reading and writing
 * the file: crypto/keys_file.h.
 */
enum keyslot_kind {
	KEYSLOT_MAILBOX,  /* a data key, wrapped by the mailbox key */
	KEYSLOT_SERVICE,  /* the mailbox key from here on; `by' names the key */
	KEYSLOT_PASSWORD, /* by argon2id of the login password */
	KEYSLOT_RECOVERY, /* by the recovery key (crypto/recovery.h) */
	KEYSLOT_APP,      /* by argon2id of an app password */
	KEYSLOT_BACKUP    /* by a repository's subkey; `by' names it */
};
const char *keyslot_kind_text(enum keyslot_kind kind);

#define KEYSLOT_SALT_SIZE 16
#define KEYSLOT_NONCE_SIZE 24
#define KEYSLOT_BOX_SIZE (KEY_SIZE + 16)

/* argon2id; bounds of what a file may ask for: it could be hostile. */
#define KEYSLOT_OPS 3
#define KEYSLOT_MEMORY ((int64_t)64 << 20)
#define KEYSLOT_OPS_MAX 16
#define KEYSLOT_MEMORY_MAX ((int64_t)512 << 20)

struct keyslot_kdf {
	int64_t ops;    /* passes; 0: no KDF, the wrapping key is random */
	int64_t memory; /* octets */
	unsigned char salt[KEYSLOT_SALT_SIZE];
};

struct keyslot {
	char id[KEY_ID_SIZE];
	enum keyslot_kind kind;
	char by[KEY_ID_SIZE];  /* id of the wrapping key, or empty */
	char key[KEY_ID_SIZE]; /* id of the wrapped key */
	struct keyslot_kdf kdf;
	unsigned char nonce[KEYSLOT_NONCE_SIZE];
	unsigned char box[KEYSLOT_BOX_SIZE];
	char *kept; /* members of the file that we do not know */
};

enum data_key_state { DATA_KEY_CURRENT, DATA_KEY_OLD };

struct data_key {
	char id[KEY_ID_SIZE];
	enum data_key_state state;
	unsigned char *key; /* KEY_SIZE octets; NULL while locked */
};

#define MAILBOX_DATA_KEYS_MAX 16
#define MAILBOX_SLOTS_MAX 256

struct mailbox_keys {
	char mailbox[KEY_ID_SIZE]; /* random id of the mailbox */
	int64_t generation;        /* raised by each keys_file_write */
	struct data_key *keys;     /* exactly one is current; it comes first */
	size_t keys_n;
	struct keyslot *slots;
	size_t slots_n;
	char root_id[KEY_ID_SIZE]; /* of the mailbox key */
	unsigned char *root;       /* the mailbox key; NULL while locked */
	char *kept;
};
#define MAILBOX_KEYS_INIT {.generation = 0}

/* A new mailbox: fresh ids, mailbox key and data key, one service slot under
 * the current service key.  Unlocked; generation 0 (the first write makes it
 * 1). */
int mailbox_keys_make(struct mailbox_keys *k,
    const struct service_keys *service, struct err *err);
/* Wipes; accepts one that was only initialised; ready for use again. */
void mailbox_keys_free(struct mailbox_keys *k);

/* Unlock: mailbox key and all data keys.  ERR_CONFIG when no slot fits or a
 * box does not open (a wrong key, or damage); for a password or recovery key
 * that does not fit ERR_USAGE.  Harmless when unlocked already.  Where the
 * service key was rotated since `service' was read, the home's are read. */
int mailbox_keys_unlock(struct mailbox_keys *k,
    const struct service_keys *service, struct err *err);
int mailbox_keys_unlock_password(struct mailbox_keys *k, const char *password,
    struct err *err);
/* The 32 octets of recovery_parse(). */
int mailbox_keys_unlock_recovery(struct mailbox_keys *k,
    const unsigned char key[KEY_SIZE], struct err *err);
/* `by' as in mailbox_keys_add_backup. */
int mailbox_keys_unlock_backup(struct mailbox_keys *k, const char *by,
    const unsigned char key[KEY_SIZE], struct err *err);
bool mailbox_keys_is_unlocked(const struct mailbox_keys *k);

/* The data key to write with; never NULL. */
const struct data_key *mailbox_keys_current(const struct mailbox_keys *k);
const struct data_key *mailbox_keys_find(const struct mailbox_keys *k,
    const char *id);
bool mailbox_keys_has(const struct mailbox_keys *k, enum keyslot_kind kind);

/* All below need unlocked keys, change memory only, and leave everything as
 * it was on failure; keys_file_write makes it lasting. */

/* Each replaces the slots of its kind by one new slot. */
int mailbox_keys_set_service(struct mailbox_keys *k,
    const struct service_keys *service, struct err *err);
int mailbox_keys_set_password(struct mailbox_keys *k, const char *password,
    struct err *err);
int mailbox_keys_set_recovery(struct mailbox_keys *k,
    const unsigned char key[KEY_SIZE], struct err *err);
/* Adds one (KEYSLOT_PASSWORD or KEYSLOT_APP) and leaves the others, so that
 * for a moment both passwords open the mailbox. */
int mailbox_keys_add_password(struct mailbox_keys *k, enum keyslot_kind kind,
    const char *password, char slot_id[KEY_ID_SIZE], struct err *err);
int mailbox_keys_add_recovery(struct mailbox_keys *k,
    const unsigned char key[KEY_SIZE], char slot_id[KEY_ID_SIZE],
    struct err *err);
/* `by' is the id of the repository's subkey. */
int mailbox_keys_add_backup(struct mailbox_keys *k, const char *by,
    const unsigned char key[KEY_SIZE], struct err *err);
void mailbox_keys_remove_slot(struct mailbox_keys *k, const char *slot_id);
/* All of a kind, but for the one of this id (NULL: all). */
void mailbox_keys_remove_kind(struct mailbox_keys *k, enum keyslot_kind kind,
    const char *but);

/* Rekey: a fresh data key becomes current, the former ones old.  Then write
 * the file, swap the database, drop the old ones, write again. */
int mailbox_keys_add_data_key(struct mailbox_keys *k, struct err *err);
void mailbox_keys_drop_old(struct mailbox_keys *k);
/* A fresh mailbox key: keeps the data keys and one service slot, removes all
 * other slots; set password and recovery key again. */
int mailbox_keys_renew(struct mailbox_keys *k,
    const struct service_keys *service, struct err *err);

#endif
