/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_SMTP_H
#define FE_NET_SMTP_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * The words of SMTP (RFC 5321) and LMTP (RFC 2033): commands in, replies out.
 * Pure text, no input or output.  All slices point into the line given.
 */
enum smtp_verb {
	SMTP_UNKNOWN,
	SMTP_HELO,
	SMTP_EHLO,
	SMTP_LHLO,
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_DATA,
	SMTP_BDAT,
	SMTP_RSET,
	SMTP_NOOP,
	SMTP_QUIT,
	SMTP_VRFY,
	SMTP_EXPN,
	SMTP_HELP,
	SMTP_STARTTLS,
	SMTP_AUTH,
	SMTP_XCLIENT,
	SMTP_XFORWARD
};

struct smtp_command {
	enum smtp_verb verb;
	struct slice argument; /* behind the verb, trimmed; may be empty */
};
/* The line has no line end.  A control character anywhere makes it unknown
 * (a bare CR above all), so that none ever gets into a header or a log. */
void smtp_command_parse(struct slice line, struct smtp_command *command);

/* Splits `FROM:<path> PARAMETERS' (keyword `FROM:' or `TO:'): the path with
 * its angle brackets where there are any, quotes respected (`<"a>b"@c>').
 * Blanks behind the colon are let pass.  -1 if it is not of that form. */
int smtp_path_split(struct slice argument, const char *keyword,
    struct slice *path, struct slice *parameters);
/* Cuts the next `NAME' or `NAME=VALUE' off (RFC 5321, 4.1.2); a value of none
 * where there is no `='.  1 there is one, 0 the end, -1 malformed. */
int smtp_parameter_next(
    struct slice *parameters, struct slice *name, struct slice *value);
/* Decodes xtext (RFC 3461, 4) and appends it; -1 if it is none. */
int smtp_xtext_decode(struct slice text, struct buf *out);
/* `SIZE' or `SIZE LAST' of BDAT (RFC 3030); -1 for anything else. */
int smtp_chunk_parse(struct slice argument, int64_t *size, bool *last);
/* Name or address literal of EHLO: 1 to 255 octets without blanks, controls
 * and what would break out of a Received line: ( ) < > " \ ; , */
bool smtp_helo_is_valid(struct slice name);

#define SMTP_REPLY_TEXT_MAX 400
/* One reply: code, enhanced code (RFC 2034; "" for none) and text. */
struct smtp_reply {
	int code;
	char enhanced[12];
	char text[SMTP_REPLY_TEXT_MAX + 1];
};
/* Fills a reply.  The text is cut at 400 octets, and what is not printable
 * ASCII becomes `?'. */
void smtp_reply_set(struct smtp_reply *reply, int code, const char *enhanced,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Appends `CODE ENHANCED TEXT CRLF'. */
void smtp_reply_put(const struct smtp_reply *reply, struct buf *out);
/* Both at once. */
void smtp_answer(struct buf *out, int code, const char *enhanced,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
