/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LURE_H
#define FE_SCAN_LURE_H

#include "base/slice.h"

/* Words of letters that deceive, in several languages. */
enum lure {
	LURE_ACCOUNT, /* ask for an account */
	LURE_PRIZE,   /* promise something */
	LURE_ADVANCE, /* want a fee first, or a ransom */
	LURES_N
};
/* Of each kind the first of its list that the text (ASCII in lower case)
 * holds, or NULL. */
void lure_find(struct slice text, const char *found[LURES_N]);

#endif
