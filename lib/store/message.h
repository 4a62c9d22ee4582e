/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_MESSAGE_H
#define FE_STORE_MESSAGE_H

#include "store/mailbox.h"

/*
 * Messages.  A body (the octets, what was known of them at delivery, index
 * terms) is stored once; a message is its place in a folder under a UID, so a
 * copy costs a row.  All functions run within a transaction of the mailbox.
 */

/* Flags of RFC 9051 that have a bit; all others are keywords. */
enum {
	MESSAGE_SEEN = 1,
	MESSAGE_ANSWERED = 2,
	MESSAGE_FLAGGED = 4,
	MESSAGE_DELETED = 8,
	MESSAGE_DRAFT = 16
};
#define MESSAGE_KEYWORDS_MAX 4096 /* octets of all keywords of one message */

/* Adds one flag in its IMAP spelling (`\Seen', `$Junk', `work'): sets a bit or
 * appends ` keyword' once.  -1 when it is no flag (RFC 9051 atom) or the
 * keywords are too long. */
int message_flag_add(uint32_t *flags, struct buf *keywords, struct slice flag);
int message_flag_remove(uint32_t *flags, struct buf *keywords,
    struct slice flag);
/* Appends `\Seen \Flagged $Junk'. */
void message_flags_format(struct buf *out, uint32_t flags,
    struct slice keywords);

struct message_new {
	struct slice record;   /* id of the record, or none */
	struct slice content;  /* the octets to store */
	struct slice meta;     /* what to keep of the record, or none */
	int64_t meta_until_ms; /* then meta is dropped */
	struct slice source;   /* member `source', kept for good, or none */
	struct slice terms;    /* index terms, blank between; or none */
	struct slice summary;  /* JSON of the indexer, or none: unparsed */
};
/* Stores a body; *body is its id. */
int message_body_insert(struct mailbox *m, const struct message_new *new,
    int64_t *body, struct err *err);
/* Puts a stored body into a folder; *uid is given. */
int message_place(struct mailbox *m, int64_t folder, int64_t body,
    int64_t received_ms, uint32_t flags, struct slice keywords, int64_t *uid,
    struct err *err);

struct message {
	int64_t folder, uid, modseq, body;
	uint32_t flags;
	struct buf keywords;  /* `$Junk work' */
	int64_t received_ms;
	int64_t octets;
	bool unparsed;
	struct buf record;    /* id it was delivered under, or empty */
	struct buf summary;   /* JSON (fe-mailbox(5)), or empty */
	struct buf meta;      /* JSON, or empty: none, or over its time */
	struct buf source;    /* JSON object, or empty */
	struct buf content;   /* octet for octet; if asked for */
};
void message_init(struct message *msg);
void message_free(struct message *msg);

enum { MESSAGE_META = 1, MESSAGE_CONTENT = 2 };
/* 1 found, 0 not there, -1.  *msg is initialised or used before; `want' says
 * what to read besides flags and summary (MESSAGE_META: meta and source). */
int message_get(struct mailbox *m, int64_t folder, int64_t uid, unsigned want,
    struct message *msg, struct err *err);

/* Where a message lies; lists of them come from search_run. */
struct message_ref {
	int64_t folder, uid;
};
struct message_refs {
	struct message_ref *items;
	size_t n, capacity;
};
void message_refs_free(struct message_refs *refs);

/* Replaces the flags.  1 done, 0 not there, -1. */
int message_set_flags(struct mailbox *m, int64_t folder, int64_t uid,
    uint32_t flags, struct slice keywords, struct err *err);
/* Into another folder under a new UID, the old one expunged.  1, 0, -1. */
int message_move(struct mailbox *m, int64_t folder, int64_t uid, int64_t to,
    int64_t *uid_new, struct err *err);
/* Expunges; the body goes with its last message.  1, 0, -1. */
int message_delete(struct mailbox *m, int64_t folder, int64_t uid,
    struct err *err);
/* Every message of a folder. */
int message_delete_all(struct mailbox *m, int64_t folder, struct err *err);

#endif
