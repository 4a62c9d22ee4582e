/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_RECIPIENTS_H
#define FE_MAIL_RECIPIENTS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * run/recipients: sorted lines `address TAB user@domain', replaced by rename.
 * A table of it is one mapping, searched by halves.
 */
struct recipients {
	const char *p;
	size_t n;
	int64_t inode, mtime_ns; /* recipients_refresh compares these */
};
/* HOME/run/recipients; a missing file is an empty table. */
int recipients_open(struct recipients *r, struct err *err);
/* The same of another table of that form (`run/full'). */
int recipients_open_file(
    struct recipients *r, const char *name, struct err *err);
/* The same of an open descriptor, which stays the caller's. */
int recipients_open_fd(struct recipients *r, int fd, struct err *err);
/* Opens again when the file was replaced. */
int recipients_refresh(struct recipients *r, struct err *err);
void recipients_close(struct recipients *r);
/* The mailbox `user@domain' of an address (normalised here; exact, then
 * without the part behind `delimiter', then `@domain' catch-all), or none. */
struct slice recipients_find(const struct recipients *r, struct slice address,
    const char *delimiter);
/* Is any address of that domain in the table?  Reads all of it (0.1 ms for
 * 10,000 addresses): ask for an address that was not found only. */
bool recipients_has_domain(const struct recipients *r, struct slice domain);

#endif
