/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_TEMPLATE_H
#define FE_BASE_TEMPLATE_H

#include "buf.h"
#include "err.h"

/*
 * Texts of share/ with places to fill: `@NAME@', capitals only.  A name that
 * is not in the table stays as it is (`@system-service' of systemd, `you@').
 */
struct template_value {
	const char *name;
	const char *value;
};

/* Appends the text with its places filled; the table ends with a NULL name. */
void template_fill(
    struct slice text, const struct template_value *values, struct buf *out);

#endif
