/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_HEADER_H
#define FE_MAIL_HEADER_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * The header of a message as it stands (RFC 5322, 2.2), zero-copy.  Line ends
 * may be CRLF or LF.  Lines that are no field (no colon, and no continuation)
 * end the header as real mail readers have it: see header_parse.
 */
#define HEADER_SIZE_MAX ((size_t)256 << 10)
#define HEADER_FIELDS_MAX 4096

struct header_field {
	struct slice name;  /* as written, without trailing blanks */
	struct slice value; /* raw: behind the colon, folds kept, no last CRLF */
	struct slice whole; /* name to last CRLF, inclusive */
};

struct header {
	struct slice text; /* all fields, without the empty line */
	struct slice body; /* behind the empty line; none if there is none */
	struct header_field *fields;
	size_t n;
	bool truncated; /* over HEADER_SIZE_MAX or HEADER_FIELDS_MAX */
};

/* Splits a message.  Never fails: what is odd is kept as well as it can be. */
void header_parse(struct header *h, struct slice message);
void header_free(struct header *h);
/* The index-th field of that name from the top (0 based), or NULL. */
const struct header_field *header_find(
    const struct header *h, const char *name, size_t index);
size_t header_count(const struct header *h, const char *name);
/* Value with folds taken out (RFC 5322, 2.2.3) and blanks trimmed. */
void header_unfold(struct slice value, struct buf *out);
/* As header_unfold, and encoded words (RFC 2047) decoded to UTF-8. */
void header_decode(struct slice value, struct buf *out);
/* Decoded value of the first field of that name, or 0 octets. */
void header_decoded(const struct header *h, const char *name, struct buf *out);

#endif
