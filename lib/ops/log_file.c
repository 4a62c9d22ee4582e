/* SPDX-License-Identifier: ISC */
/* Log files, sealed and read again.  What is read may be damaged. */
#include "ops/log_file.h"

#include <string.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/secret.h"

#define MAGIC "fe-log/1 "
#define MAGIC_SIZE (sizeof(MAGIC) - 1 + LOG_KEY_DATE_SIZE - 1 + 1)
#define HEADER_SIZE crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define FRAME_EXTRA crypto_secretstream_xchacha20poly1305_ABYTES
#define FINAL crypto_secretstream_xchacha20poly1305_TAG_FINAL
#define PART_SIZE ((size_t)128 << 10)

/* The key of the files of a day. */
static unsigned char *
file_key(const struct log_key *key)
{
	static const char purpose[] = "fe-log-file/1";
	unsigned char *out =
	    secret_alloc(crypto_secretstream_xchacha20poly1305_KEYBYTES);

	crypto_generichash(out, crypto_secretstream_xchacha20poly1305_KEYBYTES,
	    (const unsigned char *)purpose, sizeof(purpose) - 1, key->key,
	    PSEUDONYM_KEY_SIZE);
	return out;
}

void
log_seal_begin(
    struct log_seal *seal, const struct log_key *key, struct buf *out)
{
	unsigned char header[HEADER_SIZE], *of_file = file_key(key);
	char date[LOG_KEY_DATE_SIZE];

	log_seal_end(seal);
	seal->state = secret_alloc(sizeof(*seal->state));
	crypto_secretstream_xchacha20poly1305_init_push(
	    seal->state, header, of_file);
	secret_free(of_file);
	buf_format(out, MAGIC "%s\n", log_key_date(key->day, date));
	buf_append(out, header, sizeof(header));
}

void
log_seal_add(
    struct log_seal *seal, struct slice plain, bool last, struct buf *out)
{
	size_t n = plain.n + FRAME_EXTRA;
	unsigned char length[4] = {(unsigned char)(n >> 24),
	    (unsigned char)(n >> 16), (unsigned char)(n >> 8),
	    (unsigned char)n};

	buf_append(out, length, sizeof(length));
	buf_reserve(out, n);
	crypto_secretstream_xchacha20poly1305_push(seal->state,
	    (unsigned char *)out->p + out->n, NULL,
	    (const unsigned char *)plain.p, plain.n, NULL, 0, last ? FINAL : 0);
	out->n += n;
	out->p[out->n] = '\0';
}

void
log_seal_end(struct log_seal *seal)
{
	secret_free(seal->state);
	seal->state = NULL;
}

/*
 * Reading.
 */

struct reading {
	int fd;
	const char *name;
	struct buf input;
	bool at_end;
	log_take *take;
	void *cookie;
};

/* 0, or -1; at_end when there is no more. */
static int
fill(struct reading *r, struct err *err)
{
	ssize_t got;

	buf_reserve(&r->input, PART_SIZE);
	got = io_read(r->fd, r->input.p + r->input.n, PART_SIZE);
	if (got < 0)
		return err_errno(err, "cannot read '%s'", r->name);
	r->at_end = got == 0;
	r->input.n += (size_t)got;
	return 0;
}

static int
read_plain(struct reading *r, struct err *err)
{
	while (!r->at_end || r->input.n > 0) {
		if (r->input.n > 0 &&
		    r->take(r->cookie, buf_slice(&r->input), err) < 0)
			return -1;
		buf_truncate(&r->input, 0);
		if (!r->at_end && fill(r, err) < 0)
			return -1;
	}
	return 0;
}

static int
inflate_all(
    struct reading *r, z_stream *z, unsigned char *part, struct err *err)
{
	int state = Z_OK;

	while (!r->at_end || r->input.n > 0) {
		z->next_in = (unsigned char *)r->input.p;
		z->avail_in = (unsigned)r->input.n;
		do {
			z->next_out = part;
			z->avail_out = PART_SIZE;
			if (state == Z_STREAM_END) /* one more behind it */
				inflateReset(z);
			state = inflate(z, Z_NO_FLUSH);
			if (state != Z_OK && state != Z_STREAM_END &&
			    state != Z_BUF_ERROR)
				return err_set(err, ERR_MESSAGE,
				    "'%s' is damaged", r->name);
			if (r->take(r->cookie,
				slice_of(part, PART_SIZE - z->avail_out),
				err) < 0)
				return -1;
		} while (z->avail_in > 0 || z->avail_out == 0);
		buf_truncate(&r->input, 0);
		if (!r->at_end && fill(r, err) < 0)
			return -1;
	}
	return state == Z_STREAM_END
		   ? 0
		   : err_set(err, ERR_MESSAGE, "'%s' is cut short", r->name);
}

static int
read_gzip(struct reading *r, struct err *err)
{
	struct buf part = BUF_INIT;
	z_stream z = {.next_in = NULL};
	int result;

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return err_set(err, ERR_SYSTEM, "cannot start zlib");
	buf_reserve(&part, PART_SIZE);
	result = inflate_all(r, &z, (unsigned char *)part.p, err);
	inflateEnd(&z);
	buf_free(&part);
	return result;
}

/* Until n octets are there, or the end. 1, 0, -1. */
static int
need(struct reading *r, size_t n, struct err *err)
{
	while (r->input.n < n && !r->at_end)
		if (fill(r, err) < 0)
			return -1;
	return r->input.n >= n;
}

static size_t
frame_size(const struct buf *input)
{
	const unsigned char *p = (const unsigned char *)input->p;

	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 |
	       p[3];
}

/* 1 a frame, 0 the end, -1. */
static int
read_frame(struct reading *r,
    crypto_secretstream_xchacha20poly1305_state *state, struct buf *plain,
    unsigned char *tag, struct err *err)
{
	int there = need(r, 4, err);
	size_t n;

	if (there <= 0)
		return there;
	n = frame_size(&r->input);
	if (n < FRAME_EXTRA || n > LOG_FRAME_MAX + FRAME_EXTRA)
		return err_set(err, ERR_MESSAGE, "'%s' is damaged", r->name);
	there = need(r, 4 + n, err);
	if (there <= 0)
		return there;
	buf_truncate(plain, 0);
	buf_reserve(plain, n);
	if (crypto_secretstream_xchacha20poly1305_pull(state,
		(unsigned char *)plain->p, NULL, tag,
		(unsigned char *)r->input.p + 4, n, NULL, 0) < 0)
		return err_set(err, ERR_MESSAGE,
		    "'%s' is damaged, or its key was another one", r->name);
	plain->n = n - FRAME_EXTRA;
	buf_remove(&r->input, 0, 4 + n);
	return 1;
}

static int
read_frames(struct reading *r,
    crypto_secretstream_xchacha20poly1305_state *state, bool *cut,
    struct err *err)
{
	struct buf plain = BUF_INIT;
	unsigned char tag = 0;
	int result;

	while ((result = read_frame(r, state, &plain, &tag, err)) == 1) {
		if (r->take(r->cookie, buf_slice(&plain), err) < 0)
			result = -1;
		if (result < 0 || tag == FINAL)
			break;
	}
	*cut = result == 0 || (result == 1 && r->input.n > 0);
	buf_free(&plain);
	return result < 0 ? -1 : 0;
}

static int
read_sealed(struct reading *r, bool *cut, struct err *err)
{
	struct log_key key = LOG_KEY_INIT;
	crypto_secretstream_xchacha20poly1305_state *state;
	unsigned char *of_file;
	int64_t ms = 0;
	int there = need(r, MAGIC_SIZE + HEADER_SIZE, err), result;
	struct slice date;

	if (there < 0)
		return -1;
	if (there == 0) {
		*cut = true;
		return 0;
	}
	date = slice_of(r->input.p + sizeof(MAGIC) - 1, LOG_KEY_DATE_SIZE - 1);
	if (clock_parse(date, &ms) < 0 || r->input.p[MAGIC_SIZE - 1] != '\n')
		return err_set(err, ERR_MESSAGE, "'%s' is damaged", r->name);
	there = log_key_read(&key, log_key_day(ms), err);
	if (there <= 0)
		return there < 0 ? -1
				 : err_set(err, ERR_CONFIG,
				       "'%s' cannot be read: the log key of "
				       "%.*s is not here, or "
				       "was destroyed",
				       r->name, SLICE_ARG(date));
	of_file = file_key(&key);
	state = secret_alloc(sizeof(*state));
	result = crypto_secretstream_xchacha20poly1305_init_pull(state,
		     (unsigned char *)r->input.p + MAGIC_SIZE, of_file) < 0
		     ? err_set(err, ERR_MESSAGE, "'%s' is damaged", r->name)
		     : 0;
	buf_remove(&r->input, 0, MAGIC_SIZE + HEADER_SIZE);
	if (result == 0)
		result = read_frames(r, state, cut, err);
	secret_free(of_file);
	secret_free(state);
	log_key_free(&key);
	return result;
}

/* Forms of which the lines cannot be had here. */
static const char *
foreign_form(struct slice head)
{
	if (slice_starts(head, "LPKSHHRH"))
		return "a journal of systemd: `journalctl | fe-log audit -'";
	if (slice_starts(head, "\xfd"
			       "7zXZ"))
		return "xz: `xzcat FILE | fe-log audit -'";
	if (slice_starts(head, "\x28\xb5\x2f\xfd"))
		return "zstd: `zstdcat FILE | fe-log audit -'";
	if (slice_starts(head, "BZh"))
		return "bzip2: `bzcat FILE | fe-log audit -'";
	return NULL;
}

int
log_file_read(int fd, const char *name, log_take *take, void *cookie, bool *cut,
    struct err *err)
{
	struct reading r = {.fd = fd,
	    .name = name,
	    .take = take,
	    .cookie = cookie,
	    .input = BUF_INIT};
	struct slice head;
	int result = need(&r, MAGIC_SIZE, err) < 0 ? -1 : 0;

	*cut = false;
	head = buf_slice(&r.input);
	if (result < 0)
		;
	else if (slice_starts(head, MAGIC))
		result = read_sealed(&r, cut, err);
	else if (slice_starts(head, "\x1f\x8b"))
		result = read_gzip(&r, err);
	else if (foreign_form(head) != NULL)
		result = err_set(err, ERR_MESSAGE, "cannot look into '%s', %s",
		    name, foreign_form(head));
	else
		result = read_plain(&r, err);
	buf_free(&r.input);
	return result;
}
