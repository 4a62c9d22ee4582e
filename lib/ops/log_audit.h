/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_LOG_AUDIT_H
#define FE_OPS_LOG_AUDIT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "ops/personal.h"

/*
 * Looks for people in logs: e-mail addresses and whole IP addresses, in files
 * and folders, whatever wrote them.
 */
struct log_audit_finding {
	const char *file;
	int64_t line;
	enum personal_kind kind;
	struct slice text; /* what was found; not for everyone's eyes */
};

struct log_audit {
	void (*found)(void *cookie, const struct log_audit_finding *finding);
	void (*failed)(void *cookie, const struct err *err);
	void *cookie;
	int64_t files, lines, findings, failures;
	/* the file at hand */
	const char *file;
	int64_t line;
	struct buf rest, plain; /* BUF_INIT */
};
const char *log_audit_kind_text(enum personal_kind kind);

/* A file, or a folder with all in it (links are not followed).  What cannot be
 * looked at is told by `failed', and counted. */
void log_audit_path(struct log_audit *audit, const char *path);
void log_audit_fd(struct log_audit *audit, int fd, const char *name);
void log_audit_free(struct log_audit *audit);

#endif
