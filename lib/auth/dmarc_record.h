/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_DMARC_RECORD_H
#define FE_AUTH_DMARC_RECORD_H

#include "base/slice.h"

/*
 * One DMARC record (RFC 9989, 4.7; RFC 7489, 6.3).  What cannot be read takes
 * its default, but for the policies: a bad one means `none' where reports are
 * wanted (rua), and no policy at all where they are not.
 */
enum dmarc_policy { DMARC_UNSET, DMARC_POLICY_NONE, DMARC_QUARANTINE,
	DMARC_REJECT };
const char *dmarc_policy_text(enum dmarc_policy policy); /* "" for unset */

enum dmarc_psd { DMARC_PSD_UNKNOWN, DMARC_PSD_YES, DMARC_PSD_NO };

struct dmarc_record {
	bool has_policy;
	enum dmarc_policy p, sp, np; /* sp and np may be unset */
	bool strict_dkim, strict_spf;
	enum dmarc_psd psd;
	bool testing; /* t=y */
};

/* Does the text begin with the tag v=DMARC1? */
bool dmarc_record_is_one(struct slice text);
void dmarc_record_parse(struct dmarc_record *record, struct slice text);

#endif
