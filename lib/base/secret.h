/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_SECRET_H
#define FE_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/*
 * One locked arena for keys and passwords: mlocked, left out of core files,
 * between guard pages, wiped when freed.  It fails loudly at set-up where the
 * limit on locked memory is too low (sodium_malloc ignores that).  Several
 * threads may take and free blocks of it.
 */
int secret_open(size_t size, struct err *err); /* idempotent; rounds up */
/* Zeroed; opens an arena of 256 KiB at the first call if there is none.
 * Ends the process with 75 when the arena is full or cannot be locked. */
void *secret_alloc(size_t n);
void secret_free(void *p); /* wipes; accepts NULL */
/* Locks the arena again: a fork keeps its content, not the lock. */
int secret_lock(struct err *err);
/* Wipes and unmaps everything: for a child that must hold no secret. */
void secret_drop_all(void);

/* Reads a key file of exactly n octets into *out (secret_alloc).  ERR_CONFIG
 * when the file is readable by others than owner and group, or of another
 * size. */
int secret_read_file(const char *path, size_t n, unsigned char **out,
    struct err *err);
/* The same of a file that somebody else has opened; takes the descriptor. */
int secret_read_fd(int fd, const char *path, size_t n, unsigned char **out,
    struct err *err);
/* Reads the first line of fd (without its line end) of at most 1023 octets as
 * a password: *out is a C string in the arena. */
int secret_read_line(int fd, char **out, struct err *err);
/* Asks on the terminal without echo; `again' asks twice. */
int secret_ask(const char *prompt, bool again, char **out, struct err *err);

#endif
