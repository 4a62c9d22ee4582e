/* SPDX-License-Identifier: ISC */
/* TLS hellos by hand.  What the server sends is hostile. */
#include "client_hello.h"

#include <string.h>

#include "base/id.h"

#define RECORD_HANDSHAKE 22
#define RECORD_ALERT 21
#define RECORD_MAX 18432 /* 2^14 and 2048 */
#define SERVER_HELLO 2
#define EXTENSION_NAME 0
#define EXTENSION_GROUPS 10
#define EXTENSION_POINTS 11
#define EXTENSION_SIGNATURES 13
#define EXTENSION_RENEGOTIATION 0xff01

static void
put(struct buf *out, unsigned octets, size_t value)
{
	while (octets-- > 0)
		buf_append_char(out, (char)(value >> 8 * octets));
}

/* A length in front of what has been appended since `from'. */
static void
put_length(struct buf *out, size_t from, unsigned octets)
{
	size_t n = out->n - from - octets;

	for (unsigned i = 0; i < octets; i++)
		out->p[from + i] = (char)(n >> 8 * (octets - 1 - i));
}

static size_t
begin(struct buf *out, unsigned octets)
{
	put(out, octets, 0);
	return out->n - octets;
}

static void
put_list(struct buf *out, unsigned extension, const uint16_t *list, size_t n)
{
	put(out, 2, extension);
	put(out, 2, 2 * n + 2);
	put(out, 2, 2 * n);
	for (size_t i = 0; i < n; i++)
		put(out, 2, list[i]);
}

static void
put_name(struct buf *out, const char *host)
{
	size_t whole, list, name;

	put(out, 2, EXTENSION_NAME);
	whole = begin(out, 2);
	list = begin(out, 2);
	put(out, 1, 0);
	name = begin(out, 2);
	buf_append_text(out, host);
	put_length(out, name, 2);
	put_length(out, list, 2);
	put_length(out, whole, 2);
}

static void
put_extensions(const struct client_hello *hello, struct buf *out)
{
	static const uint16_t groups[] = {29, 23, 24, 25}; /* X25519, P-256 */
	static const uint16_t signatures[] = {0x0403, 0x0503, 0x0603, 0x0804,
	    0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0807};
	size_t from = begin(out, 2);

	if (hello->host != NULL)
		put_name(out, hello->host);
	put_list(out, EXTENSION_GROUPS, groups, 4);
	put(out, 2, EXTENSION_POINTS);
	put(out, 4, 0x00020100);
	if (hello->version >= 0x0303)
		put_list(out, EXTENSION_SIGNATURES, signatures,
		    sizeof(signatures) / sizeof(signatures[0]));
	put(out, 2, EXTENSION_RENEGOTIATION);
	put(out, 3, 0x000100);
	put_length(out, from, 2);
}

void
client_hello_write(const struct client_hello *hello, struct buf *out)
{
	unsigned char random[32];
	size_t record, message;

	put(out, 1, RECORD_HANDSHAKE);
	/* servers look at the version within, some only let 1.0 in here */
	put(out, 2, hello->version > 0x0301 ? 0x0301 : hello->version);
	record = begin(out, 2);
	put(out, 1, 1);
	message = begin(out, 3);
	put(out, 2, hello->version);
	random_octets(random, sizeof(random));
	buf_append(out, random, sizeof(random));
	put(out, 1, 0);
	put(out, 2, 2 * hello->suites_n);
	for (size_t i = 0; i < hello->suites_n; i++)
		put(out, 2, hello->suites[i]);
	if (hello->compression)
		put(out, 3, 0x020100);
	else
		put(out, 2, 0x0100);
	if (hello->version > 0x0300)
		put_extensions(hello, out);
	put_length(out, message, 3);
	put_length(out, record, 2);
}

/*
 * The answer.
 */

static size_t
get(struct slice s, size_t at, unsigned octets)
{
	size_t value = 0;

	for (unsigned i = 0; i < octets; i++)
		value = value << 8 | (unsigned char)s.p[at + i];
	return value;
}

static void
read_extensions(struct slice s, struct server_hello *answer)
{
	for (size_t at = 0; at + 4 <= s.n;) {
		if (get(s, at, 2) == EXTENSION_RENEGOTIATION)
			answer->secure_renegotiation = true;
		at += 4 + get(s, at + 2, 2);
	}
}

/* The body of a ServerHello. */
static int
read_hello(struct slice s, struct server_hello *answer)
{
	size_t at;

	if (s.n < 35)
		return -1;
	answer->version = (uint16_t)get(s, 0, 2);
	at = 35 + (unsigned char)s.p[34];
	if (at + 3 > s.n)
		return -1;
	answer->suite = (uint16_t)get(s, at, 2);
	answer->compression = (uint8_t)s.p[at + 2];
	at += 3;
	if (at + 2 <= s.n)
		read_extensions(slice_part(s, at + 2, s.n), answer);
	return 1;
}

/* A handshake message, which records may have cut, from its beginning. */
static int
read_message(const struct buf *message, struct server_hello *answer)
{
	struct slice s = buf_slice(message);
	size_t n;

	if (s.n < 4)
		return 0;
	n = get(s, 1, 3);
	if (s.p[0] != SERVER_HELLO || n > RECORD_MAX)
		return -1;
	return s.n < 4 + n ? 0 : read_hello(slice_part(s, 4, 4 + n), answer);
}

int
server_hello_parse(struct slice octets, struct server_hello *answer)
{
	struct buf message = BUF_INIT;
	int result = 0;

	*answer = (struct server_hello){.refused = false};
	for (size_t at = 0; result == 0 && at + 5 <= octets.n;) {
		size_t n = get(octets, at + 3, 2);
		unsigned type = (unsigned char)octets.p[at];

		if ((type != RECORD_HANDSHAKE && type != RECORD_ALERT) ||
		    octets.p[at + 1] != 3 || n == 0 || n > RECORD_MAX)
			result = -1;
		else if (at + 5 + n > octets.n)
			break;
		else if (type == RECORD_ALERT) {
			answer->refused = n >= 2 && octets.p[at + 5] == 2;
			answer->alert = n >= 2 ? (uint8_t)octets.p[at + 6] : 0;
			/* a warning (unrecognized name) may come first */
			result = answer->refused;
		} else {
			buf_append(&message, octets.p + at + 5, n);
			result = read_message(&message, answer);
		}
		at += 5 + n;
	}
	buf_free(&message);
	return result;
}
