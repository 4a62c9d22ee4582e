/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_VIEW_FACTS_H
#define FE_SCAN_VIEW_FACTS_H

#include "base/buf.h"
#include "record/meta.h"

/* What the record says of its message, in a few lines for a person: verdict
 * and reason, the checks, what fe-scan found.  Nothing where it says nothing.
 */
void view_facts(const struct meta *m, struct buf *out);

#endif
