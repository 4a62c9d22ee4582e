/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_MEM_H
#define FE_BASE_MEM_H

#include <stddef.h>

/*
 * Memory, or the end of the process: when none is left these write one line
 * and exit 75.  Our processes are short and their work is retried, so no
 * caller checks for NULL.  Attacker-sized data goes into a struct buf, which
 * has a maximum.
 */
void *mem_alloc(size_t n);                   /* not zeroed */
void *mem_zalloc(size_t n);                  /* zeroed */
void *mem_array(void *old, size_t n, size_t size); /* realloc; checks n*size */
char *mem_dup(const void *p, size_t n);      /* a copy, NUL behind it */
char *mem_text(const char *text);            /* strdup; NULL gives NULL */

/* Zeroed whole pages that a fork does not copy: a child has nothing there.
 * With them a parent may change what it keeps of its children without a copy
 * of each page that it touches.  n of the one is n of the other. */
void *mem_own(size_t n);
void mem_own_free(void *p, size_t n); /* accepts NULL */

/* Before many forks: puts in order what lies free in small pieces and has
 * room behind it, so that no child does, which would copy a page for each
 * piece. */
void mem_settle(void);
/* For who gets many messages: up to 2 MiB of what was freed stays ours, where
 * it else goes back to the kernel and is faulted in again for each large one.
 * Pieces of a MiB and more go back at once, as before. */
void mem_stay(void);

/* There is none: for those who ask the system themselves. */
void mem_fail(void) __attribute__((noreturn));

#endif
