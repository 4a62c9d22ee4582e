/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_REPOSITORY_H
#define FE_OPS_REPOSITORY_H

#include "ops/blob_index.h"
#include "ops/destination.h"
#include "ops/pack.h"

/*
 * A repository at a destination (fe-backup-repo(5)).  What is written becomes
 * part of it in the order packs, index, snapshot, so a crash leaves packs that
 * nobody names, and nothing else.
 *
 *	config                  plain JSON: format, id, which key
 *	packs/XX/ID             content
 *	index/ID                which blob lies where
 *	snapshots/TIME-ID       one moment of a home
 *	mailboxes/ID            keys of a mailbox (key_object.h)
 *	keys/ID                 slots with the repository key
 *	locks/ID                who works on it
 *	drills/TIME             reports of restore drills
 *	reserve                 nothing: what it takes is for a full disk
 */
#define REPOSITORY_FORMAT 1

struct repository {
	struct destination *destination; /* the caller's */
	const struct repository_keys *keys; /* the caller's */
	char id[KEY_ID_SIZE];
	char slot_id[KEY_ID_SIZE]; /* of its slot key, whoever holds that */
	struct blob_index index;
	bool has_index;
	bool failed; /* something could not be written */
	struct repository_writer *writer; /* repository_write.c */
	struct repository_reader *reader; /* repository_read.c */
	int64_t written; /* octets given to the destination since opened */
};

/* What the config object says, for those who have no key. */
struct repository_config {
	char id[KEY_ID_SIZE];
	char check[KEY_ID_SIZE];
	char slot_id[KEY_ID_SIZE];
	bool sealed;
	int64_t made_ms;
};
/* 1; 0 there is no repository; -1. */
int repository_config_read(struct destination *d,
    struct repository_config *config, struct err *err);
/* Makes an empty repository.  ERR_USAGE when one is there. */
int repository_make(struct destination *d, const struct repository_keys *keys,
    struct err *err);

/* ERR_USAGE: there is none, or these are the keys of another. */
struct repository *repository_open(struct destination *d,
    const struct repository_keys *keys, struct err *err);
/* Is it still that one?  Who waited for a lock asks: a rotation of its key may
 * have put a new one in its place, a person may have taken the disk away.
 * ERR_SYSTEM. */
int repository_is_there(struct repository *r, struct err *err);
/* For who tells one fault among many and goes on: true, and *err says so,
 * where the error came of the repository having gone; nothing to go on to. */
bool repository_is_lost(struct repository *r, struct err *err);
/* What was put and not flushed is lost. */
void repository_close(struct repository *r); /* accepts NULL */

/* On a disk that is full nothing could be written, so nothing taken away: no
 * lock, no index without what goes, no pack without what nobody needs of it.
 * A repository on a disk has an object that is given up for that, and made
 * again when there is room.  Whether that could be done is no matter of a
 * backup. */
#define REPOSITORY_RESERVE "reserve"
void repository_keep_reserve(struct repository *r);
/* Reads all index objects; before any of the below.  Harmless when done.
 * Beside a backup that runs it has all that a snapshot needs whose name was
 * seen before: names first, then the index. */
int repository_read_index(struct repository *r, struct err *err);

bool repository_has(const struct repository *r, const unsigned char *id);
/* It is there, but pages that no snapshot needed were taken out of it. */
bool repository_is_thinned(const struct repository *r,
    const unsigned char *id);
/* Stores a blob that is not there yet. */
int repository_put(struct repository *r, const unsigned char *id,
    enum blob_kind kind, struct slice octets, struct err *err);
int repository_put_thinned(struct repository *r, const unsigned char *id,
    struct slice octets, struct err *err);
/* All that was put is durable and in an index when it returns 0. */
int repository_flush(struct repository *r, struct err *err);

/* Replaces out.  ERR_CONFIG: missing or damaged.  Several threads may read
 * at once while nobody writes or reads the index. */
int repository_get(struct repository *r, const unsigned char *id,
    struct buf *out, struct err *err);
/* The name of a pack's object. */
#define REPOSITORY_PACK_NAME_SIZE 48
void repository_pack_name(const unsigned char *id,
    char out[REPOSITORY_PACK_NAME_SIZE]);

/* Ids: keyed BLAKE2b of what a blob holds, or of what stands for it. */
void repository_blob_id(const struct repository *r, enum blob_kind kind,
    struct slice scope, struct slice octets, unsigned char id[BLOB_ID_SIZE]);

/* Sealed objects that are read whole. */
int repository_put_object(struct repository *r, const char *name,
    struct slice octets, struct err *err);
/* 1; 0 not there; -1.  Replaces out. */
int repository_get_object(struct repository *r, const char *name,
    struct buf *out, struct err *err);

#endif
