/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_DOCUMENT_H
#define FE_BASE_DOCUMENT_H

#include "buf.h"
#include "err.h"
#include "json.h"

/*
 * JSON documents at rest that are read whole, changed and written back: keys
 * of a mailbox, accounts.  Each is one object whose member `fe' is 1; members
 * that a program does not know are kept and written back.
 */

/* Valid JSON, an object, "fe":1.  Else ERR_CONFIG: `'NAME' is no WHAT: why'. */
int document_check(struct slice text, const char *name, const char *what,
    struct err *err);
/* The same sentence for a fault that the caller found. */
int document_fault(const char *name, const char *what, const char *why,
    struct err *err);
/* The members whose names are not in the list (NULL behind the last), as the
 * text of an object for free(3); *out is NULL where there are none.  -1: a
 * name has an escape, which none of ours ever will. */
int document_kept(struct slice object, const char *const known[], char **out);
/* Writes those members into the object that is open; NULL writes nothing. */
void document_put_kept(struct json_writer *w, const char *kept);

#endif
