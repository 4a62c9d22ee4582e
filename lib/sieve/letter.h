/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_LETTER_H
#define FE_SIEVE_LETTER_H

#include "arena.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "record/meta.h"

/*
 * One record as scripts see it: its header with the changes that the record
 * asks for already made, decoded on demand and once; its text; its envelope.
 * Changes that a script makes are seen by what runs after it.
 */
#define LETTER_TEXT_MAX ((size_t)1 << 20)     /* octets read of one part */
#define LETTER_TEXTS_MAX ((size_t)4 << 20)    /* ... and of all */

struct letter_field {
	struct slice name, raw;
	struct slice decoded; /* none: not yet */
	struct address_list *addresses;
	struct letter_field *next_list; /* of those with addresses */
};

struct letter_header {
	struct letter_field **fields; /* from the top */
	size_t n, capacity;            /* capacity 0: shared, copy first */
};

struct letter {
	struct meta *meta;
	struct slice octets;
	struct arena *arena;
	bool is_open;
	struct header parsed;
	struct buf edited, scratch;
	struct slice body;
	bool has_body; /* ... was looked for */
	struct letter_header header, base;
	struct letter_field *lists;
	struct mime mime;
	bool has_mime;
	struct slice *texts; /* of text parts, as UTF-8 without markup */
	size_t texts_n;
	bool has_texts;
	struct slice sender;
	struct slice *recipients; /* envelope.to */
	size_t recipients_n;
};

/* Meta and octets outlive the message. */
void letter_init(struct letter *m, struct meta *meta, struct slice octets,
    struct arena *arena);
/* Leaves the arena as it is. */
void letter_close(struct letter *m);
/* ... or resets it too. */
void letter_free(struct letter *m);

struct letter_header *letter_header(struct letter *m);
/* None where the header is all, without an empty line behind it. */
struct slice letter_body(struct letter *m);
/* Unfolded, decoded, trimmed: UTF-8. */
struct slice field_text(struct letter *m, struct letter_field *f);
const struct address_list *field_addresses(struct letter *m,
    struct letter_field *f);
void letter_add_field(struct letter *m, struct slice name,
    struct slice value, bool last);
void letter_remove_field(struct letter *m, size_t index);
/* What was changed until now is what every recipient's script begins with;
 * back to that. */
void letter_keep_changes(struct letter *m);
void letter_undo_changes(struct letter *m);

const struct mime *letter_mime(struct letter *m);
/* The text parts; the slices live as long as the message. */
size_t letter_texts(struct letter *m, const struct slice **texts);

#endif
