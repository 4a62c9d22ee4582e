/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_BLOCKLIST_H
#define FE_SCAN_BLOCKLIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Hosts that links should not lead to, out of a text file: one a line, a
 * domain (all hosts below it are meant, too), an address, or the SHA-256 of
 * either in 64 hex digits.  Behind an address as in hosts(5) the name counts;
 * `#' begins a comment.  A million lines take 8 MB.
 *
 * The file is read again when it was replaced or changed, looked after once a
 * second; one that cannot be read is told, and the old list stays.
 */
#define BLOCKLIST_FILE_MAX ((size_t)256 << 20)

struct blocklist {
	const char *path; /* the caller's */
	uint64_t *hashes; /* first 64 bits of a SHA-256, sorted */
	size_t n;
	int64_t looked_ms; /* monotonic; 0: never */
	uint64_t seen[4];  /* which file that was */
};
/* A path that may be that of a list: a file, or nothing yet.  For `check' of
 * an option (option.h). */
int blocklist_check(const char *path, struct err *err);
/* Of a file that need not be there yet: one that is not is told. */
void blocklist_init(struct blocklist *list, const char *path);
void blocklist_free(struct blocklist *list);
/* Is the host, or a domain that it is below, in the list?  A-labels in lower
 * case. */
bool blocklist_has(struct blocklist *list, struct slice host);

#endif
