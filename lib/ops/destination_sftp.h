/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DESTINATION_SFTP_H
#define FE_OPS_DESTINATION_SFTP_H

#include <sys/types.h>

#include "ops/destination.h"

/*
 * What destination_sftp.c stands on: a client of SFTP version 3
 * (draft-ietf-secsh-filexfer-02) with OpenSSH's extensions posix-rename and
 * fsync, over `ssh -s HOST sftp', which does the cryptography and is started
 * before the sandbox.
 *
 * A request is begun, its fields are put to `out', and then it is asked, or
 * sent and its answer received later; that is in type, id and body until the
 * next one.  Once the line is lost every call fails at once.
 */
enum {
	FXP_INIT = 1, FXP_VERSION, FXP_OPEN, FXP_CLOSE, FXP_READ, FXP_WRITE,
	FXP_LSTAT, FXP_FSTAT, FXP_OPENDIR = 11, FXP_READDIR, FXP_REMOVE,
	FXP_MKDIR, FXP_STAT = 17, FXP_STATUS = 101, FXP_HANDLE, FXP_DATA,
	FXP_NAME, FXP_ATTRS, FXP_EXTENDED = 200
};
enum { FX_OK, FX_EOF, FX_NO_SUCH_FILE, FX_PERMISSION_DENIED, FX_FAILURE };

struct sftp_client {
	const char *name; /* the URL, for sentences; the caller's */
	char *root;       /* folder on the server */
	pid_t pid;
	int to, from, said;
	uint32_t next_id;
	int64_t timeout_ms;
	bool has_fsync, lost;
	struct buf out, in; /* one packet each */
	uint8_t type;       /* of the answer in `in' */
	uint32_t id;
	struct slice body;  /* behind its id */
};

/* Connects; sftp_client_close it, whatever comes back. */
int sftp_client_open(struct sftp_client *c,
    const struct destination_options *options, struct err *err);
void sftp_client_close(struct sftp_client *c);

/* Begins a request, and says its id. */
uint32_t sftp_begin(struct sftp_client *c, uint8_t type);
void sftp_put_number(struct buf *out, uint32_t n);
void sftp_put_string(struct buf *out, struct slice text);
/* The path of a name below the root. */
void sftp_put_path(struct sftp_client *c, const char *name);
/* The request with `more' behind it. */
int sftp_send(struct sftp_client *c, struct slice more, struct err *err);
int sftp_receive(struct sftp_client *c, struct err *err);
/* Both, where only this one is on its way. */
int sftp_ask(struct sftp_client *c, uint32_t id, struct err *err);
/* The code of a status answer; FX_FAILURE for any other. */
uint32_t sftp_status(const struct sftp_client *c);
/* -1 and the sentence about an answer that is not what was wanted. */
int sftp_refused(const struct sftp_client *c, const char *what,
    const char *name, struct err *err);

#endif
