/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_MIME_H
#define FE_MAIL_MIME_H

#include "base/buf.h"
#include "base/slice.h"
#include "mail/encoding.h"

/*
 * The parts of a message (RFC 2046), as slices of it, in the order in which
 * they stand there: part 0 is the message itself, a part comes before its
 * children.  message/rfc822 is descended into: its only child is the message
 * inside.  One pass over the octets, whatever the boundaries are.
 *
 * Malformed mail: a part that is not closed ends where one around it does; a
 * boundary need not follow an empty line; a multipart without a boundary
 * parameter, or deeper than the limit, is a part without children.
 */
#define MIME_PARTS_MAX 1000
#define MIME_DEPTH_MAX 32

struct mime_limits {
	size_t parts_max;
	unsigned depth_max; /* of a part; at most MIME_DEPTH_MAX; root is 0 */
};
#define MIME_LIMITS {MIME_PARTS_MAX, MIME_DEPTH_MAX}

struct mime_part {
	struct slice header; /* its fields, without the empty line */
	struct slice body;   /* as it stands, transfer encoding on */
	/* As written; text/plain where there is no Content-Type (in a
	 * multipart/digest message/rfc822); none where it cannot be read. */
	struct slice type, subtype;
	struct slice content_type; /* raw value for parameter.h, or none */
	struct slice charset;      /* parameter, or none */
	struct slice disposition;  /* `attachment', as written, or none */
	struct slice filename;     /* UTF-8: filename=, else name=, or none */
	struct slice id;           /* Content-ID without <>, or none */
	enum encoding encoding;
	int parent;                /* index, or -1 */
	unsigned depth;
	bool has_children;
};

struct mime {
	struct mime_part *parts;
	size_t n;
	bool truncated; /* a limit was reached: not all parts are listed */
	struct mime_text *owned;
};

/* Never fails.  `limits' NULL: the default ones.  The message must outlive
 * the result. */
void mime_parse(struct mime *m, struct slice message,
    const struct mime_limits *limits);
void mime_free(struct mime *m);

/* Subtype NULL: any. */
bool mime_part_is(const struct mime_part *part, const char *type,
    const char *subtype);
/* A leaf that is meant to be saved rather than shown: disposition attachment,
 * or a file name without `inline', or of a type that has no text and no image
 * of the text; signatures are none; an attached message is one. */
bool mime_part_is_attachment(const struct mime_part *part);
/* A leaf with words to read: text, XHTML, or a multipart in which no part
 * begins as its boundary says, which some programs show as it stands. */
bool mime_part_has_text(const struct mime_part *part);
bool mime_part_is_html(const struct mime_part *part); /* XHTML too */
/* Both append.  -1: out is full, and holds the beginning. */
int mime_part_decode(const struct mime_part *part, struct buf *out);
int mime_part_text(const struct mime_part *part, struct buf *out); /* UTF-8 */

#endif
