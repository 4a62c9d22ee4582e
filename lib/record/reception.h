/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_RECEPTION_H
#define FE_RECORD_RECEPTION_H

#include "net/smtp_session.h"

/*
 * A message as it was received, as a record: the meta line and the Received
 * field that goes in front of the body.
 */
#define RECEPTION_KEY_SIZE 32 /* keys/fingerprint.key */
#define RECEPTION_FINGERPRINT_SIZE 65 /* 32 octets in hex, and the NUL */

/* Keyed BLAKE2b-256 of the sender, a NUL, and the body without our trace
 * header. */
void reception_fingerprint(const unsigned char key[RECEPTION_KEY_SIZE],
    struct slice from, struct slice body,
    char out[RECEPTION_FINGERPRINT_SIZE]);

struct reception {
	const char *id;
	int64_t received_ms, deadline_ms;
	const char *fingerprint; /* NULL: none */
	const struct smtp_session *session; /* client, envelope, conf */
	struct slice limits; /* items of `limits', with commas between */
};
/* Appends `Received: ...' (RFC 5321, 4.4; the protocols of RFC 3848 and 6531;
 * the tls clause of RFC 8314), its CRLF included. */
void reception_received(const struct reception *r, struct buf *out);
/* Appends the meta line with its LF, for a body of `size' octets.  -1: the
 * envelope is over its share (cannot happen with the usual limits). */
int reception_meta(const struct reception *r, size_t size, struct buf *out);
/* What an address adds to the envelope at most; META_ENVELOPE_MAX is its
 * bound. */
size_t reception_recipient_size(const char *address);

#endif
