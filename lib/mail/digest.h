/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_DIGEST_H
#define FE_MAIL_DIGEST_H

#include <stdint.h>

#include "base/buf.h"
#include "mail/terms.h"

/*
 * What a mailbox keeps of a message beside its octets: index terms, and what
 * a list of messages shows.  Made by the indexer, a process that sees the
 * message and holds nothing else; all of it is bounded.
 *
 * Terms: words of Subject, From, To, Cc, of text parts (HTML and XHTML: what is
 * seen of it) and names of attachments; those of the four fields also behind
 * `s:', `f:', `t:' and `c:' (Bcc is under t:).
 */
#define DIGEST_FIELD_MAX 1000         /* octets of subject, from, ... */
#define DIGEST_PREVIEW_MAX 256        /* octets of text */
#define DIGEST_ATTACHMENTS_MAX 50
#define DIGEST_NAME_MAX 255           /* octets of an attachment's name */
#define DIGEST_PART_MAX ((size_t)1 << 20)  /* text read of one part */
#define DIGEST_TEXT_MAX ((size_t)2 << 20)  /* ... and of all */
#define DIGEST_MS_MAX 500                  /* then the rest is left out */

struct digest_attachment {
	struct buf name, type; /* `report.pdf', `application/pdf' */
	size_t size;           /* octets as they stand in the message */
};
struct digest {
	/* UTF-8; addresses as `Name <local@domain>, ...'. */
	struct buf subject, from, to, cc, reply_to;
	struct buf message_id, in_reply_to; /* without <> */
	struct buf preview; /* beginning of the text, blanks joined */
	int64_t date_ms;    /* of Date; -1: none that can be read */
	int64_t size;       /* of the message */
	size_t parts;
	bool has_attachment;
	bool truncated;     /* some limit was reached */
	struct digest_attachment *attachments;
	size_t attachments_n;
	struct terms terms;
};

/* Never fails.  The result owns copies; free it. */
void digest_make(struct digest *d, struct slice message);
void digest_free(struct digest *d);

#endif
