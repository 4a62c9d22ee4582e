/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_HEADER_H
#define FE_MAIL_HEADER_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * The header of a message as it stands (RFC 5322, 2.2), zero-copy.  Line ends
 * may be CRLF or LF.  An empty line ends it; so does a line that is neither a
 * field (a name of printable ASCII, then a colon) nor a continuation (a blank
 * in front), which is then the first line of the body.  An mbox `From ' line
 * at the very top is passed over.
 */
#define HEADER_SIZE_MAX ((size_t)256 << 10)
#define HEADER_FIELDS_MAX 4096

struct header_field {
	struct slice name;  /* as written, without trailing blanks */
	struct slice value; /* raw: behind the colon, folded, no last CRLF */
	struct slice whole; /* name to last CRLF, inclusive */
};

struct header {
	struct slice text; /* all fields, without the empty line */
	struct slice body; /* behind the empty line; none if there is no more */
	struct header_field *fields;
	size_t n;
	/* Over HEADER_SIZE_MAX or HEADER_FIELDS_MAX: the fields beyond are in
	 * text and not in fields; body is right nevertheless. */
	bool truncated;
};

/* Splits a message.  Never fails: what is odd is kept as well as it can be. */
void header_parse(struct header *h, struct slice message);
void header_free(struct header *h);
/* The index-th field of that name from the top (0 based), or NULL. */
const struct header_field *header_find(
    const struct header *h, const char *name, size_t index);
size_t header_count(const struct header *h, const char *name);
/* Printable ASCII without a colon (RFC 5322, 2.2). */
bool header_name_is_valid(struct slice name);
/* These append to out.  Value with folds taken out (RFC 5322, 2.2.3: line
 * ends only) and blanks around it trimmed. */
void header_unfold(struct slice value, struct buf *out);
/* For people and search: each fold is one blank, encoded words (RFC 2047) are
 * decoded, and the result is UTF-8 whatever came (encoded_word.h). */
void header_decode(struct slice value, struct buf *out);
/* header_decode of the first field of that name, or nothing. */
void header_decoded(const struct header *h, const char *name, struct buf *out);

#endif
