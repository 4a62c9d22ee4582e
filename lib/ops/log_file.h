/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_LOG_FILE_H
#define FE_OPS_LOG_FILE_H

#include <sodium.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/log_key.h"

/*
 * Files of logs: plain lines, gzip of them, or sealed by fe-log.
 *
 * A sealed file is `fe-log/1 DATE' and an LF, the header of libsodium's
 * secretstream (XChaCha20-Poly1305), and frames: four octets of length, the
 * highest first, and as much ciphertext.  Its key is made of the log key of
 * DATE: when that is destroyed the file is gone, too.  The last frame of a
 * file that was closed in order is marked so.
 */
#define LOG_FRAME_MAX ((size_t)1 << 20)

struct log_seal {
	crypto_secretstream_xchacha20poly1305_state *state; /* in the arena */
};
#define LOG_SEAL_INIT                                                          \
	{                                                                      \
		NULL                                                           \
	}

/* Appends the head of a file. */
void log_seal_begin(
    struct log_seal *seal, const struct log_key *key, struct buf *out);
/* Appends a frame of at most LOG_FRAME_MAX octets. */
void log_seal_add(
    struct log_seal *seal, struct slice plain, bool last, struct buf *out);
void log_seal_end(struct log_seal *seal);

/* Gets the plain octets in parts; -1 stops. */
typedef int log_take(void *cookie, struct slice part, struct err *err);
/* Reads a file to its end, whatever of the three it is.  -1: ERR_SYSTEM,
 * ERR_CONFIG (no key), ERR_MESSAGE (damaged, or of a form that cannot be
 * read); what came before has been handed out.  *cut: a sealed file that was
 * not closed, or whose last frame is not whole. */
int log_file_read(int fd, const char *name, log_take *take, void *cookie,
    bool *cut, struct err *err);

#endif
